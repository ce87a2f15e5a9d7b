//! The variables of an entry: those of apono-login are as they are to be, and all others stay.

use proptest::prelude::*;

use super::super::*;
use super::{entry, upsert};

fn variables(env: &[(&str, &str)]) -> Vec<Variable> {
    let variable = |(name, value): &(&str, &str)| Variable {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    env.iter().map(variable).collect()
}

fn entry_with(env: &[(&str, &str)]) -> Entry {
    let mut entry = entry();
    entry.user.exec.env = variables(env);
    entry
}

#[track_caller]
fn written(file: &str, env: &[(&str, &str)]) -> String {
    let after = upsert(file.as_bytes(), &entry_with(env)).unwrap();
    String::from_utf8(after).unwrap()
}

fn env_of(file: &str) -> Vec<Variable> {
    let config = read(file.as_bytes()).unwrap();
    config.users[0].exec.clone().unwrap().env
}

#[test]
fn variables_come_and_go() {
    let without = written("", &[]);
    assert!(without.contains("      env: null\n"), "{without}");
    let proxy = [("HTTPS_PROXY", "http://proxy:3128")];
    let with = written(&without, &proxy);
    assert_eq!(
        with,
        without.replace(
            "      env: null\n",
            "      env:\n      - name: HTTPS_PROXY\n        value: http://proxy:3128\n"
        )
    );
    assert_eq!(written("", &proxy), with);
    assert_eq!(written(&with, &proxy), with);
    let both = [proxy[0], ("AWS_CONFIG_FILE", "/a b/config")];
    let more = written(&with, &both);
    assert_eq!(env_of(&more), variables(&both));
    assert_eq!(
        written(&more, &[("AWS_CONFIG_FILE", "/c")]),
        written("", &[("AWS_CONFIG_FILE", "/c")])
    );
    assert_eq!(written(&more, &[]), without);
}

#[test]
fn those_of_a_person_stay_with_their_comments() {
    let clean = written("", &[]);
    let env = "      env: # mine\n      # of my own\n      - name: AWS_ENDPOINT_URL # x\n        value: \"http://e\"\n      \
               - {value: old, name: HTTPS_PROXY}\n      - name: MINE\n        value: '1'\n";
    let file = clean.replace("      env: null\n", env);
    let set = written(&file, &[("HTTPS_PROXY", "new")]);
    assert_eq!(set, file.replace("value: old", "value: \"new\""));
    let gone = file.replace("      - {value: old, name: HTTPS_PROXY}\n", "");
    assert_eq!(written(&file, &[]), gone);
    let added = written(&gone, &[("NO_PROXY", "a,b")]);
    let last = "        value: '1'\n";
    assert_eq!(
        added,
        gone.replace(
            last,
            &format!("{last}      - name: NO_PROXY\n        value: a,b\n")
        )
    );
    // All at once: one other value, one gone, one new.
    let two = file.replace(
        "      - name: MINE",
        "      - name: NO_PROXY\n        value: a\n      - name: MINE",
    );
    let all = written(&two, &[("NO_PROXY", "b"), ("AWS_CA_BUNDLE", "/ca")]);
    assert_eq!(
        env_of(&all),
        variables(&[
            ("AWS_ENDPOINT_URL", "http://e"),
            ("NO_PROXY", "b"),
            ("MINE", "1"),
            ("AWS_CA_BUNDLE", "/ca")
        ])
    );
    assert!(all.contains("# mine\n      # of my own\n"), "{all}");
}

/// A variable that is not written, because it has a password, may have been written by a person without one.
#[test]
fn one_that_is_withheld_stays() {
    let file = written("", &[("HTTPS_PROXY", "http://localhost:3128")]);
    let mut entry = entry();
    entry.user.kept_env = vec!["HTTPS_PROXY"];
    assert_eq!(upsert(file.as_bytes(), &entry).unwrap(), file.as_bytes());
    let config = read(file.as_bytes()).unwrap();
    assert!(Index::of(&config).has(&entry));
    entry.user.kept_env.clear();
    assert!(!Index::of(&config).has(&entry));
}

#[test]
fn what_becomes_of_them_is_told() {
    let found = entry_with(&[("HTTPS_PROXY", "a"), ("NO_PROXY", "b"), ("MINE", "c")]);
    let wanted = entry_with(&[("HTTPS_PROXY", "x"), ("AWS_CA_BUNDLE", "/ca")]);
    let change = wanted.user.env_change(Some(&found.user.exec));
    assert_eq!(change.set, ["HTTPS_PROXY", "AWS_CA_BUNDLE"]);
    assert_eq!(change.removed, ["NO_PROXY"]);
    let same = found.user.env_change(Some(&found.user.exec));
    assert_eq!(same, EnvChange::default());
}

#[test]
fn a_list_elsewhere_is_not_edited() {
    let clean = written("", &[]);
    let file = clean.replace("      env: null\n", "      env: *e\n");
    let file =
        format!("extensions:\n- name: e\n  extension: &e [{{name: MINE, value: x}}]\n{file}");
    let error = upsert(file.as_bytes(), &entry_with(&[("NO_PROXY", "a")])).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert_eq!(written(&file, &[]), file);
}

const NAMES: [&str; 5] = [
    "HTTPS_PROXY",
    "AWS_CONFIG_FILE",
    "MINE",
    "NO_PROXY",
    "OTHER",
];

fn found() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let values = prop::sample::select(vec!["", "a", "x: #y", "-"]);
    prop::collection::vec((prop::sample::select(NAMES.to_vec()), values), 0..6)
}

fn in_style(env: &[(&str, &str)], style: usize) -> String {
    let items = |open: &str, middle: &str, close: &str, between: &str| {
        let items = env
            .iter()
            .map(|(name, value)| format!("{open}{name}{middle}{value:?}{close}"));
        items.collect::<Vec<_>>().join(between)
    };
    match style {
        _ if env.is_empty() => [" null", " []", ""][style % 3].to_owned(),
        0 => items("\n      - name: ", "\n        value: ", "", ""),
        1 => items("\n        - {name: ", ", value: ", "} # c", ""),
        _ => format!(" [{}]", items("{name: ", ", value: ", "}", ", ")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn of_any_list_only_ours_change(found in found(), wanted in found(), style in 0..3_usize) {
        let is_ours = |name: &str| crate::context::DECIDING.contains(&name);
        let mut once: Vec<(&str, &str)> = Vec::new();
        for (name, value) in wanted {
            if is_ours(name) && once.iter().all(|(other, _)| *other != name) {
                once.push((name, value));
            }
        }
        let file = written("", &[]).replace(" null\n", &format!("{}\n", in_style(&found, style)));
        let after = written(&file, &once);
        prop_assert_eq!(written(&after, &once), after.clone());
        let now = env_of(&after);
        let (ours, others): (Vec<_>, Vec<_>) = now.into_iter().partition(|of| is_ours(&of.name));
        let theirs: Vec<_> = found.iter().copied().filter(|(name, _)| !is_ours(name)).collect();
        prop_assert_eq!(others, variables(&theirs));
        let sorted = |mut all: Vec<Variable>| {
            all.sort_by(|a, b| a.name.cmp(&b.name));
            all
        };
        prop_assert_eq!(sorted(ours), sorted(variables(&once)));
        if once.is_empty() && theirs.len() == found.len() {
            prop_assert_eq!(after, file);
        }
    }
}
