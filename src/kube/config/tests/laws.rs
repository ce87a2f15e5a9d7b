//! Properties that hold for any kubeconfig, tested with generated files in common styles.

use proptest::prelude::*;

use super::super::*;
use super::{entry, remove, upsert, use_context};

/// The style of a generated file.
#[derive(Debug, Clone)]
struct Style {
    /// Block lists have indented dashes; else the indent of their key, as kubectl writes them.
    indented: bool,
    /// Keys are sorted as kubectl does, so `name` is last.
    name_last: bool,
    /// Lists are in flow style.
    flow: bool,
    quoted: bool,
    comments: bool,
    crlf: bool,
    final_break: bool,
    bom: bool,
    /// The text of an empty list.
    empty: &'static str,
}

fn style() -> impl Strategy<Value = Style> {
    let empty = prop::sample::select(vec!["", " null", " []", " ~ # none", "-"]);
    (any::<[bool; 8]>(), empty).prop_map(|(b, empty)| Style {
        indented: b[0],
        name_last: b[1],
        flow: b[2] && b[3],
        quoted: b[4],
        comments: b[5],
        crlf: b[6],
        final_break: b[7],
        bom: b[3] && !b[2],
        empty,
    })
}

pub const NAMES: [&str; 6] = [
    "dev",
    "prod",
    "arn:aws:eks:r:1:cluster/x",
    "ü-β",
    "a b",
    "yes",
];

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()).prop_shuffle()
}

/// Generates a file, and whether it is in block style with three non-empty lists and no item named `prod`.
pub fn file() -> impl Strategy<Value = (String, bool)> {
    (
        style(),
        names(),
        names(),
        names(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(style, clusters, users, contexts, current)| {
            let lists = [&clusters, &users, &contexts];
            let plain = !style.flow && lists.iter().all(|l| !l.is_empty() && !l.contains(&"prod"));
            let current = contexts.get(current.index(contexts.len().max(1))).copied();
            (write(&style, lists, current.unwrap_or("")), plain)
        })
}

fn write(style: &Style, [clusters, users, contexts]: [&Vec<&str>; 3], current: &str) -> String {
    let mut lines = vec!["apiVersion: v1".to_owned(), "kind: Config".to_owned()];
    if style.comments {
        lines.insert(0, "# a file of mine".to_owned());
    }
    let cluster = |n: &str| {
        vec![
            format!("server: \"https://{n}\""),
            "proxy-url: http://p".into(),
        ]
    };
    let user = |_: &str| {
        [
            "unknown: {a: [1, 2]}",
            "token: 'it''s'  # secret",
            "note: |",
            "  two",
            "  lines",
        ]
        .map(str::to_owned)
        .to_vec()
    };
    let context = |n: &str| vec![format!("cluster: \"{n}\""), format!("user: \"{n}\"")];
    list(&mut lines, style, "clusters", "cluster", clusters, &cluster);
    lines.push(format!("current-context: {current:?} # now"));
    list(&mut lines, style, "users", "user", users, &user);
    list(&mut lines, style, "contexts", "context", contexts, &context);
    lines.push("preferences: {}".to_owned());
    let eol = if style.crlf { "\r\n" } else { "\n" };
    let mut text = lines.join(eol);
    if style.final_break {
        text.push_str(eol);
    }
    if style.bom {
        format!("\u{feff}{text}")
    } else {
        text
    }
}

fn list(
    lines: &mut Vec<String>,
    style: &Style,
    key: &str,
    body: &str,
    names: &[&str],
    fields: &dyn Fn(&str) -> Vec<String>,
) {
    let key = if style.quoted {
        format!("{key:?}")
    } else {
        key.to_owned()
    };
    if names.is_empty() {
        if style.empty != "-" {
            lines.push(format!("{key}:{}", style.empty));
        }
        return;
    }
    if style.flow {
        let item = |n: &&str| format!("{{name: {n:?}, {body}: {{x: \"{n}\"}}}}");
        lines.push(format!(
            "{key}: [{}]",
            names.iter().map(item).collect::<Vec<_>>().join(", ")
        ));
        return;
    }
    lines.push(format!(
        "{key}:{}",
        if style.comments { "   # list" } else { "" }
    ));
    let indent = if style.indented { "  " } else { "" };
    for name in names {
        let mut item = vec![format!("{body}:")];
        item.extend(fields(name).iter().map(|f| format!("    {f}")));
        let at = if style.name_last { item.len() } else { 0 };
        item.insert(at, format!("name: {name:?}"));
        if style.comments {
            lines.push(format!("{indent}# the {name} one"));
            item.push(String::new());
        }
        for (i, line) in item.iter().enumerate() {
            let dash = if i == 0 { "- " } else { "  " };
            lines.push(format!("{indent}{dash}{line}").trim_end().to_owned());
        }
    }
}

/// Returns the edited file; `None` if user `prod` has a token, which is a conflict.
fn upserted(file: &str) -> Option<String> {
    match upsert(file.as_bytes(), &entry()) {
        Ok(after) => Some(String::from_utf8(after).unwrap()),
        Err(Error::Conflict { field: "token", .. }) => None,
        Err(error) => panic!("{error:?}\n{file}"),
    }
}

proptest! {
    #[test]
    fn every_generated_file_reads((file, _) in file()) {
        read(file.as_bytes()).unwrap();
    }

    #[test]
    fn upsert_twice_is_upsert_once((file, _) in file()) {
        if let Some(once) = upserted(&file) {
            prop_assert_eq!(upserted(&once).unwrap(), once);
        }
    }

    #[test]
    fn upsert_leaves_every_other_entry((file, _) in file()) {
        if let Some(after) = upserted(&file) {
            let (mut old, mut new) = (read(file.as_bytes()).unwrap(), read(after.as_bytes()).unwrap());
            prop_assert_eq!(&old.current_context, &new.current_context);
            for config in [&mut old, &mut new] {
                config.clusters.retain(|c| c.name != "prod");
                config.users.retain(|u| u.name != "prod");
                config.contexts.retain(|c| c.name != "prod");
            }
            prop_assert_eq!(old, new);
        }
    }

    #[test]
    fn upsert_adds_lines_and_changes_none((file, plain) in file()) {
        if plain {
            let after = upserted(&file).unwrap();
            let mut rest = after.lines();
            prop_assert!(file.lines().all(|line| rest.any(|l| l == line)), "{}\n->\n{}", file, after);
            prop_assert_eq!(file.contains('\r'), after.contains("\r\n"));
            prop_assert_eq!(after.matches('\n').count() - after.matches("\r\n").count(),
                if file.contains('\r') { 0 } else { after.matches('\n').count() });
        }
    }

    #[test]
    fn remove_undoes_upsert((file, plain) in file()) {
        let foreign = !file.contains("\"prod\"");
        if let Some(after) = upserted(&file).filter(|_| foreign) {
            let back = String::from_utf8(remove(after.as_bytes()).unwrap()).unwrap();
            if plain {
                prop_assert_eq!(&back, &file);
            }
            prop_assert_eq!(read(back.as_bytes()).unwrap(), read(file.as_bytes()).unwrap());
        }
    }

    #[test]
    fn use_context_changes_one_line((file, _) in file(), name in prop::sample::select(NAMES.to_vec())) {
        let after = String::from_utf8(use_context(file.as_bytes(), name).unwrap()).unwrap();
        let differing: Vec<_> = file.lines().zip(after.lines()).filter(|(a, b)| a != b).collect();
        prop_assert_eq!(file.lines().count(), after.lines().count());
        prop_assert!(differing.len() <= 1, "{:?}", differing);
        prop_assert!(after.contains(" # now"));
        prop_assert_eq!(read(after.as_bytes()).unwrap().current_context.unwrap(), name);
    }

    /// Random bytes, and files with a piece replaced, give a result or an error, never a panic. A result can be read.
    #[test]
    fn nothing_panics(
        (file, _) in file(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        noise in "[-a&*:?#|>'\"\\[\\]{},! \t\r\n<~é]{0,12}",
    ) {
        let mut bytes = upserted(&file).unwrap_or(file).into_bytes();
        let (a, b) = (cut.0.index(bytes.len()), cut.1.index(bytes.len()));
        let end = b.max(a).min(a + 40);
        bytes.splice(a.min(end)..end, noise.bytes());
        if let Ok(after) = upsert(&bytes, &entry()) {
            prop_assert!(read(&after).is_ok());
        }
        if let Ok(after) = remove(&bytes) {
            prop_assert!(read(&after).is_ok());
        }
        if let Ok(after) = use_context(noise.as_bytes(), "x") {
            prop_assert!(read(&after).is_ok());
        }
    }
}
