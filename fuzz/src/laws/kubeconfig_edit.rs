//! A kubeconfig: every edit, against a translation of libyaml (kubectl's parser is one too).

use serde::Deserialize as _;
use serde_norway::{Mapping, Value};

use crate::kube::config::{
    Cluster, Context, Entry, Error, Exec, User, read, remove, rename_context, set_namespace,
    upsert, use_context,
};

const NAME: &str = "prod";
const OTHER: &str = "other";
const LISTS: [(&str, &str); 3] = [
    ("clusters", "cluster"),
    ("users", "user"),
    ("contexts", "context"),
];
/// The fields that an entry sets: those of each body, and of `exec`.
const OWNED: [&str; 5] = [
    "certificate-authority-data",
    "server",
    "cluster",
    "namespace",
    "user",
];
const OWNED_EXEC: [&str; 7] = [
    "apiVersion",
    "args",
    "command",
    "env",
    "installHint",
    "interactiveMode",
    "provideClusterInfo",
];

pub fn kubeconfig_edit(file: &[u8]) {
    let Ok(before) = read(file) else {
        for result in [
            upsert(file, &entry()),
            use_context(file, NAME),
            remove(file, |_, _| true),
        ] {
            assert!(result.is_err(), "a file that is not read is not edited");
        }
        return;
    };
    let foreign = reading(file);

    if let Some(once) = edited(upsert(file, &entry())) {
        let after = read(&once).expect("the edited file is read");
        let entry = entry();
        assert!(after.clusters.contains(&entry.cluster));
        let user = after.users.iter().find(|user| user.name == NAME);
        assert_eq!(
            user.and_then(|user| user.exec.as_ref()),
            Some(&entry.user.exec)
        );
        assert_eq!(after.current_context, before.current_context);
        assert_eq!(
            edited(upsert(&once, &entry)).as_deref(),
            Some(&*once),
            "an edit twice is an edit once"
        );
        same(&foreign, &once, &[NAME], false);
        let is_new = before.users.iter().all(|u| u.name != NAME)
            && before.clusters.iter().all(|c| c.name != NAME)
            && before
                .contexts
                .iter()
                .all(|c| c.name != NAME && c.user != NAME && c.cluster != NAME);
        if let (true, Some(back)) = (
            is_new,
            edited(remove(&once, |name, exec| {
                name == NAME && *exec == entry.user.exec
            })),
        ) {
            let back = read(&back).expect("the file is read after the removal");
            let mut before = before.clone();
            if before.current_context.as_deref() == Some(NAME) {
                before.current_context = None;
            }
            assert_eq!(back, before, "a removal undoes an edit");
        }
    }
    if let Some(after) = edited(use_context(file, OTHER)) {
        let read = read(&after).expect("the edited file is read");
        assert_eq!(read.current_context.as_deref(), Some(OTHER));
        assert_eq!(edited(use_context(&after, OTHER)).as_deref(), Some(&*after));
        same(&foreign, &after, &[], true);
    }
    if let Some(after) = edited(rename_context(file, NAME, OTHER)) {
        assert_eq!(
            edited(rename_context(&after, NAME, OTHER)).as_deref(),
            Some(&*after)
        );
        same(&foreign, &after, &[NAME, OTHER], true);
    }
    if let Some(after) = edited(set_namespace(file, NAME, "n")) {
        assert_eq!(
            edited(set_namespace(&after, NAME, "n")).as_deref(),
            Some(&*after)
        );
        same(&foreign, &after, &[NAME], false);
    }
    if let Some(after) = edited(remove(file, |name, _| name == NAME)) {
        let read = read(&after).expect("the edited file is read");
        assert!(
            read.users
                .iter()
                .all(|user| user.name != NAME || user.exec.is_none())
        );
        assert_eq!(
            edited(remove(&after, |name, _| name == NAME)).as_deref(),
            Some(&*after)
        );
        let gone = before
            .users
            .iter()
            .any(|user| user.name == NAME && user.exec.is_some());
        assert!(
            gone || after == file,
            "a removal of nothing changes nothing"
        );
    }
}

fn edited(result: Result<Vec<u8>, Error>) -> Option<Vec<u8>> {
    match result {
        Ok(file) => Some(file),
        Err(Error::Unverified) => panic!("the edit changed too much, or too little"),
        Err(_) => None,
    }
}

fn entry() -> Entry {
    let name = NAME.to_owned();
    Entry {
        cluster: Cluster {
            name: name.clone(),
            server: "https://prod.eks".to_owned(),
            certificate_authority_data: "Q0E=".to_owned(),
        },
        user: User {
            name: name.clone(),
            exec: Exec {
                api_version: "client.authentication.k8s.io/v1beta1".to_owned(),
                command: "/opt/apono-login".to_owned(),
                args: ["get-token", "--cluster-name", "prod"]
                    .map(str::to_owned)
                    .to_vec(),
                interactive_mode: "IfAvailable".to_owned(),
                install_hint: "see #install: here".to_owned(),
                provide_cluster_info: false,
            },
        },
        context: Context {
            name,
            namespace: None,
        },
    }
}

/// Returns what libyaml reads. `None` if it reads nothing, or there are two keys of one name.
fn reading(file: &[u8]) -> Option<Mapping> {
    let text = std::str::from_utf8(file).ok()?;
    let text = text.trim_start_matches('\u{feff}');
    let document = serde_norway::Deserializer::from_str(text).next()?;
    match Value::deserialize(document).ok()? {
        Value::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

/// Whatever is not the entry reads as before.
fn same(before: &Option<Mapping>, after: &[u8], names: &[&str], current_too: bool) {
    let Some(before) = before else { return };
    let after = reading(after).expect("what libyaml read, it reads after an edit");
    let [before, after] = [before.clone(), after].map(|mapping| rest(mapping, names, current_too));
    assert_eq!(before, after);
}

fn rest(mut root: Mapping, names: &[&str], current_too: bool) -> Mapping {
    if current_too {
        root.remove("current-context");
    }
    for (list, body) in LISTS {
        let mut items = match root.remove(list) {
            Some(Value::Sequence(items)) => items,
            Some(Value::Null) | None => Vec::new(),
            Some(other) => vec![other],
        };
        items.retain_mut(|item| {
            let Value::Mapping(item) = item else {
                return true;
            };
            let named = |item: &Mapping| {
                names
                    .iter()
                    .any(|name| item.get("name") == Some(&Value::from(*name)))
            };
            if !named(item) {
                return true;
            }
            item.remove("name");
            let Some(Value::Mapping(fields)) = item.get_mut(body) else {
                return item.keys().any(|key| key != body);
            };
            for key in OWNED {
                fields.remove(key);
            }
            if let Some(Value::Mapping(exec)) = fields.get_mut("exec") {
                for key in OWNED_EXEC {
                    exec.remove(key);
                }
                if exec.is_empty() {
                    fields.remove("exec");
                }
            } else if fields.get("exec") == Some(&Value::Null) {
                fields.remove("exec");
            }
            let empty = fields.is_empty();
            if empty {
                item.remove(body);
            }
            !item.is_empty()
        });
        if !items.is_empty() {
            root.insert(list.into(), Value::Sequence(items));
        }
    }
    // Where there was no document, an empty kubeconfig is written.
    root.retain(|key, value| {
        !((key == "apiVersion" || key == "kind" || key == "current-context")
            && *value != Value::Null
            && !value.is_mapping())
    });
    root
}
