//! The items of an entry, and the edits that make a file contain them.

use super::edit::{self, Doc, Splice};
use super::render::Value;
use super::schema::{is_base64, present, read_exec, string};
use super::{Config, Entry, Error, Exec, FoundContext, FoundUser};
use crate::yaml::{Id, Meaning, Scalar};

/// Maximum number of edits: more than an entry has fields. An edit without effect must not be repeated forever.
const MAX_EDITS: usize = 40;

/// Credentials that kubectl prefers over an exec plugin, or that an exec plugin would override.
const OTHER_CREDENTIALS: [&str; 9] = [
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

/// Checks that kubectl can read the entry.
pub(super) fn check(entry: &Entry) -> Result<(), Error> {
    let Entry {
        cluster,
        user,
        context,
    } = entry;
    let fields = [
        ("cluster name", !cluster.name.is_empty()),
        ("server", !cluster.server.is_empty()),
        (
            "certificate-authority-data",
            is_base64(&cluster.certificate_authority_data),
        ),
        ("user name", !user.name.is_empty()),
        ("command", !user.exec.command.is_empty()),
        ("context name", !context.name.is_empty()),
    ];
    match fields.into_iter().find(|(_, valid)| !valid) {
        Some((field, _)) => Err(Error::Entry { field }),
        None => Ok(()),
    }
}

/// Makes the changes of `entry` to `config`: the content that the edited file must have.
pub(super) fn expect(config: &mut Config, entry: &Entry) {
    let Entry {
        cluster,
        user,
        context,
    } = entry;
    match config.clusters.iter_mut().find(|c| c.name == cluster.name) {
        Some(found) => found.clone_from(cluster),
        None => config.clusters.push(cluster.clone()),
    }
    match config.users.iter_mut().find(|u| u.name == user.name) {
        Some(found) => found.exec = Some(user.exec.clone()),
        None => config.users.push(FoundUser {
            name: user.name.clone(),
            exec: Some(user.exec.clone()),
        }),
    }
    let mut wanted = FoundContext {
        name: context.name.clone(),
        cluster: cluster.name.clone(),
        user: user.name.clone(),
        namespace: context.namespace.clone().filter(|n| !n.is_empty()),
    };
    match config.contexts.iter_mut().find(|c| c.name == context.name) {
        Some(found) => {
            if context.namespace.is_none() {
                wanted.namespace = found.namespace.take();
            }
            *found = wanted;
        }
        None => config.contexts.push(wanted),
    }
}

/// Edits `text`, one difference after another. The text must have a document.
pub(super) fn apply(text: &str, entry: &Entry) -> Result<String, Error> {
    let mut text = text.to_owned();
    for _ in 0..MAX_EDITS {
        let doc = Doc::parse(&text)?;
        let Some(splices) = next(&doc, entry)? else {
            return Ok(text);
        };
        text = edit::apply(&text, splices);
    }
    Err(Doc::parse(&text)?.unverified())
}

/// One item: its list, and the fields of its body in kubectl's order, which is alphabetical.
struct Item<'e> {
    list: &'static str,
    body: &'static str,
    name: &'e str,
    fields: Vec<(&'static str, Value)>,
}

impl Item<'_> {
    fn whole(&self) -> Value {
        let body = (self.body, Value::Map(self.fields.clone()));
        let mut pairs = vec![("name", Value::str(self.name)), body];
        pairs.sort_by_key(|&(key, _)| key);
        Value::Map(pairs)
    }
}

fn items(entry: &Entry) -> [Item<'_>; 3] {
    let Entry {
        cluster,
        user,
        context,
    } = entry;
    let mut cluster_fields = vec![("server", Value::str(&cluster.server))];
    let authority = &cluster.certificate_authority_data;
    if !authority.is_empty() {
        cluster_fields.insert(0, ("certificate-authority-data", Value::str(authority)));
    }
    let mut context_fields = vec![("cluster", Value::str(&cluster.name))];
    if let Some(namespace) = &context.namespace {
        context_fields.push(("namespace", Value::str(namespace)));
    }
    context_fields.push(("user", Value::str(&user.name)));
    [
        Item {
            list: "clusters",
            body: "cluster",
            name: &cluster.name,
            fields: cluster_fields,
        },
        Item {
            list: "contexts",
            body: "context",
            name: &context.name,
            fields: context_fields,
        },
        Item {
            list: "users",
            body: "user",
            name: &user.name,
            fields: vec![("exec", Value::Map(exec_fields(&user.exec)))],
        },
    ]
}

fn exec_fields(exec: &Exec) -> Vec<(&'static str, Value)> {
    let args = exec.args.iter().map(|a| Value::str(a)).collect();
    vec![
        ("apiVersion", Value::str(&exec.api_version)),
        ("args", Value::List(args)),
        ("command", Value::str(&exec.command)),
        ("env", Value::Null),
        ("installHint", Value::str(&exec.install_hint)),
        ("interactiveMode", Value::str(&exec.interactive_mode)),
        ("provideClusterInfo", Value::Bool(exec.provide_cluster_info)),
    ]
}

fn next(doc: &Doc<'_>, entry: &Entry) -> Result<Option<Vec<Splice>>, Error> {
    for item in items(entry) {
        let splices = next_in(doc, &item, entry)?;
        if splices.is_some() {
            return Ok(splices);
        }
    }
    Ok(None)
}

fn next_in(doc: &Doc<'_>, item: &Item<'_>, entry: &Entry) -> Result<Option<Vec<Splice>>, Error> {
    let tree = &doc.tree;
    let Some(root) = tree.root() else {
        return Ok(None);
    };
    let list = tree.get(root, item.list);
    let found = list.and_then(|l| tree.items(l)).unwrap_or_default();
    if found.is_empty() {
        let all = Value::List(vec![item.whole()]);
        return doc.set(root, item.list, &all).map(Some);
    }
    let named = |&&i: &&Id| string(tree, i, "name") == item.name;
    let Some(&at) = found.iter().find(named) else {
        return doc.push(root, item.list, &item.whole()).map(Some);
    };
    let Some(body) = present(tree, at, item.body) else {
        let whole = Value::Map(item.fields.clone());
        return change(doc, &[list, Some(at)], at, item.body, &whole);
    };
    refuse_conflict(doc, item, body)?;
    for (key, wanted) in &item.fields {
        let exec = present(tree, body, key);
        if let (Value::Map(fields), Some(exec)) = (wanted, exec) {
            let now = read_exec(tree, exec);
            if now == entry.user.exec {
                continue;
            }
            let had = exec_fields(&now);
            let differing = fields.iter().zip(had).find(|(want, had)| *want != had);
            if let Some(((key, wanted), _)) = differing {
                let path = [list, Some(at), Some(body), Some(exec)];
                return change(doc, &path, exec, key, wanted);
            }
        } else if *wanted != Value::Str(string(tree, body, key)) {
            return change(doc, &[list, Some(at), Some(body)], body, key, wanted);
        }
    }
    Ok(None)
}

/// Sets `key` in `map`, unless an alias is on the path to it: the text that an alias stands for is also used elsewhere.
fn change(
    doc: &Doc<'_>,
    path: &[Option<Id>],
    map: Id,
    key: &str,
    value: &Value,
) -> Result<Option<Vec<Splice>>, Error> {
    match path.iter().flatten().find(|&&id| doc.tree.is_alias(id)) {
        Some(&alias) => Err(doc.unsupported(alias, "alias")),
        None => doc.set(map, key, value).map(Some),
    }
}

/// Fails if the existing item has fields that conflict with the new ones.
///
/// kubectl rejects `certificate-authority-data` together with the two fields for clusters. TLS verification that the user has
/// turned off must not be turned on silently, nor stay off. A user with other credentials and no exec plugin is one of the same
/// name that apono-login did not write.
fn refuse_conflict(doc: &Doc<'_>, item: &Item<'_>, body: Id) -> Result<(), Error> {
    let tree = &doc.tree;
    let set = |key: &str| {
        present(tree, body, key).filter(|&value| {
            let text = tree.scalar(value).map(Scalar::meaning);
            text != Some(Meaning::Str("")) && text != Some(Meaning::Bool(false))
        })
    };
    let suspects: &[&'static str] = match item.list {
        "clusters"
            if item
                .fields
                .iter()
                .any(|(k, _)| *k == "certificate-authority-data") =>
        {
            &["certificate-authority", "insecure-skip-tls-verify"]
        }
        "users" if present(tree, body, "exec").is_none() => &OTHER_CREDENTIALS,
        _ => &[],
    };
    match suspects
        .iter()
        .find_map(|&field| set(field).map(|at| (field, at)))
    {
        Some((field, at)) => Err(Error::Conflict {
            line: tree.node(at).line,
            name: item.name.to_owned(),
            field,
        }),
        None => Ok(()),
    }
}
