//! A kubeconfig: every edit, against a translation of libyaml (kubectl's parser is one too).

use std::collections::HashSet;

use serde::Deserialize as _;
use serde_norway::{Mapping, Value};

use crate::kube::config::{
    Cluster, Config, Context, Edit, Entry, Error, Exec, Others, Ours, User, Variable, apply, read,
};

const NAME: &str = "prod";
const OTHER: &str = "other";
const LISTS: [(&str, &str); 3] = [
    ("clusters", "cluster"),
    ("users", "user"),
    ("contexts", "context"),
];
/// The fields that an entry sets or removes: those of each body, and of `exec`.
const OWNED: [&str; 14] = [
    "certificate-authority-data",
    "server",
    "cluster",
    "namespace",
    "user",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "username",
    "password",
    "auth-provider",
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
    let [entry, other] = [entry(NAME), entry(OTHER)];
    let upsert = Edit::Upsert(Box::new(entry.clone()));
    let remove = Edit::Remove(ours());
    let switch = Edit::Use(OTHER.to_owned());
    let rename = Edit::Rename {
        from: NAME.to_owned(),
        to: OTHER.to_owned(),
    };
    let namespace = Edit::Namespace {
        context: NAME.to_owned(),
        namespace: "n".to_owned(),
    };
    let Ok(before) = read(file) else {
        for edit in [&upsert, &switch, &remove, &Edit::Unset] {
            let result = one(file, edit);
            assert!(result.is_err(), "a file that is not read is not edited");
        }
        return;
    };
    let foreign = reading(file);

    if let Some(once) = edited(one(file, &upsert)) {
        let after = read(&once).expect("the edited file is read");
        let of_entry = &entry.cluster;
        assert!(after.clusters.iter().any(|found| {
            found.name == of_entry.name
                && found.server == of_entry.server
                && found.certificate_authority_data == of_entry.certificate_authority_data
        }));
        let exec = |config: &Config| {
            let user = config.users.iter().find(|user| user.name == NAME);
            user.and_then(|user| user.exec.clone())
        };
        let wanted = entry.user.exec_over(exec(&before).as_ref());
        assert_eq!(exec(&after), Some(wanted));
        assert_eq!(after.current_context, before.current_context);
        twice(&once, &upsert);
        same(&foreign, &once, &[NAME], false);
        let uses = |config: &Config| {
            let mut users = config.users.iter();
            users.any(|user| user.name == NAME || ours().owns(user))
        };
        let is_new = !uses(&before)
            && before.clusters.iter().all(|c| c.name != NAME)
            && before
                .contexts
                .iter()
                .all(|c| c.name != NAME && c.user != NAME && c.cluster != NAME);
        if let (true, Some(back)) = (is_new, edited(one(&once, &remove))) {
            let back = read(&back).expect("the file is read after the removal");
            let mut before = before.clone();
            if before.current_context.as_deref() == Some(NAME) {
                before.current_context = None;
            }
            // Where there was no document, an empty kubeconfig is written, with this key.
            before.has_current_key |= back.has_current_key;
            assert_eq!(back, before, "a removal undoes an edit");
        }
    }
    if let Some(after) = edited(one(file, &switch)) {
        let read = read(&after).expect("the edited file is read");
        assert_eq!(read.current_context.as_deref(), Some(OTHER));
        twice(&after, &switch);
        same(&foreign, &after, &[], true);
    }
    if let Some(after) = edited(one(file, &Edit::Unset)) {
        let read = read(&after).expect("the edited file is read");
        assert!(!read.has_current_key);
        assert!(before.has_current_key || after == file);
        twice(&after, &Edit::Unset);
        same_or_empty(&foreign, &after);
    }
    if let Some(after) = edited(one(file, &rename)) {
        twice(&after, &rename);
        same(&foreign, &after, &[NAME, OTHER], true);
    }
    if let Some(after) = edited(one(file, &namespace)) {
        twice(&after, &namespace);
        same(&foreign, &after, &[NAME], false);
    }
    if let Some(after) = edited(one(file, &remove)) {
        let read = read(&after).expect("the edited file is read");
        let owned = |config: &Config| {
            let mut users = config.users.iter();
            users.any(|user| ours().owns(user))
        };
        assert!(!owned(&read));
        twice(&after, &remove);
        assert!(
            owned(&before) || after == file,
            "a removal of nothing changes nothing"
        );
    }
    let edits = [
        rename,
        upsert,
        Edit::Upsert(Box::new(other)),
        namespace,
        switch,
    ];
    let in_turn = edits
        .iter()
        .try_fold(file.to_vec(), |file, edit| one(&file, edit));
    if let (Some(at_once), Ok(in_turn)) = (edited(apply(file, Others::default(), &edits)), in_turn)
    {
        assert_eq!(
            content(&at_once),
            content(&in_turn),
            "at once is one by one"
        );
        same(&foreign, &at_once, &[NAME, OTHER], true);
    }
}

fn one(file: &[u8], edit: &Edit) -> Result<Vec<u8>, Error> {
    apply(file, Others::default(), std::slice::from_ref(edit))
}

fn twice(once: &[u8], edit: &Edit) {
    let twice = edited(one(once, edit));
    assert_eq!(
        twice.as_deref(),
        Some(once),
        "an edit twice is an edit once"
    );
}

/// The entries that [`entry`] is one of.
fn ours() -> Ours {
    Ours {
        profile: "dev".parse().expect("a name"),
        cluster: None,
    }
}

/// The content, without the order of items.
fn content(file: &[u8]) -> Config {
    let mut config = read(file).expect("the edited file is read");
    config.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    config.users.sort_by(|a, b| a.name.cmp(&b.name));
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    config
}

/// `None` if the edit was refused. That includes edits the editor undoes because they do not read as wanted: few of the bytes
/// that come here are a file that a person has. That such files are edited is a law in `kube/config/tests/laws.rs`.
fn edited(result: Result<Vec<u8>, Error>) -> Option<Vec<u8>> {
    result.ok()
}

fn entry(name: &str) -> Entry {
    let name = name.to_owned();
    // As it is called now, so that no other cluster gets a new name.
    let former = name.clone();
    Entry {
        cluster: Cluster {
            name: name.clone(),
            server: "https://prod.eks".to_owned(),
            certificate_authority_data: "Q0E=".to_owned(),
            proxy_url: None,
        },
        user: User {
            name: name.clone(),
            exec: Exec {
                api_version: "client.authentication.k8s.io/v1beta1".to_owned(),
                command: "/opt/apono-login".to_owned(),
                args: [
                    "get-token",
                    "--cluster-name",
                    "prod",
                    "--profile",
                    "dev",
                    "--api-version",
                    "v1",
                ]
                .map(str::to_owned)
                .to_vec(),
                env: vec![Variable {
                    name: "HTTPS_PROXY".to_owned(),
                    value: "http://proxy:3128".to_owned(),
                }],
                interactive_mode: "IfAvailable".to_owned(),
                install_hint: "see #install: here".to_owned(),
                provide_cluster_info: false,
            },
            kept_env: Vec::new(),
        },
        context: Context {
            name,
            namespace: None,
        },
        former_cluster: former,
    }
}

/// Returns what libyaml reads. `None` if it reads nothing, there are two keys of one name, or two anchors of one name:
/// serde_norway 0.9.42 then takes an alias for another node (YAML 1.2.2, 3.2.2.2, allows it).
fn reading(file: &[u8]) -> Option<Mapping> {
    let text = std::str::from_utf8(file).ok()?;
    let text = text.trim_start_matches('\u{feff}');
    let mut anchors = HashSet::new();
    let mut names = text.split('&').skip(1).map(|rest| {
        rest.split(|c: char| c.is_whitespace() || ",[]{}".contains(c))
            .next()
    });
    if !names.all(|name| anchors.insert(name)) {
        return None;
    }
    let document = serde_norway::Deserializer::from_str(text).next()?;
    match Value::deserialize(document).ok()? {
        Value::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

/// Whatever is not the entry reads as before.
fn same(before: &Option<Mapping>, after: &[u8], names: &[&str], current_too: bool) {
    let Some(before) = before else { return };
    let Some(after) = reading(after) else {
        let after = String::from_utf8_lossy(after);
        panic!("libyaml read the file before the edit, but not after it:\n{after}");
    };
    let [before, after] = [before.clone(), after].map(|mapping| rest(mapping, names, current_too));
    assert_eq!(before, after);
}

/// Like [`same`], where the document may have had nothing but the current context.
fn same_or_empty(before: &Option<Mapping>, after: &[u8]) {
    if reading(after).is_some() {
        return same(before, after, &[], true);
    }
    let left = before.clone().map(|mapping| rest(mapping, &[], true));
    assert!(left.is_none_or(|left| left.is_empty()));
}

/// kubectl does not look at tags either.
fn untagged(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) => untagged(tagged.value),
        value => value,
    }
}

fn rest(mut root: Mapping, names: &[&str], current_too: bool) -> Mapping {
    if current_too {
        root.remove("current-context");
    }
    for (list, body) in LISTS {
        let mut items = match root.remove(list).map(untagged) {
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
            if item.get(body) == Some(&Value::Null) {
                item.remove(body);
            }
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
