//! Reads and edits kubeconfig files: bytes in, bytes out.
//!
//! Owns the meaning of a kubeconfig, and adds and removes the entries of apono-login. It does not access files, locks, paths or
//! the environment; its callers do.
//!
//! An edit finds the entry, or the place for it, with a YAML parser that reports byte positions, and replaces only those bytes.
//! All others stay: comments, order, quotes, line ends and unknown fields, inside the entry too. The result is parsed again
//! before it is returned ([`verify`]): it must contain exactly the requested change, and everything else unchanged. An edit
//! that is not possible that way (an entry that is an alias) fails with the line.
//!
//! The format is client-go's `tools/clientcmd/api/v1`,
//! <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>, in the YAML that kubectl's
//! parser reads.

mod edit;
pub mod kuberc;
mod ours;
mod render;
mod schema;
#[cfg(test)]
mod tests;
mod upsert;
mod verify;

use std::collections::HashSet;

use edit::{Doc, apply};
use render::Value;
use verify::Editable;

use crate::yaml;

/// Why a kubeconfig was not read or not edited. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("line {line}: not UTF-8")]
    NotUtf8 { line: usize },
    #[error("line {line}: {reason}")]
    Syntax { line: usize, reason: String },
    /// The file has deeper nesting, or more aliases, than any real kubeconfig.
    #[error("line {line}: too deeply nested, or too many aliases")]
    TooLarge { line: usize },
    /// The file has another `kind` or `apiVersion`.
    #[error("not a kubeconfig: {key} is {found:?}")]
    NotAKubeconfig { key: &'static str, found: String },
    #[error("line {line}: {} must be {expected}", named(field))]
    Type {
        line: usize,
        /// As in `clusters[].cluster.server`; empty for the document itself.
        field: String,
        expected: &'static str,
    },
    #[error("line {line}: duplicate key {key:?}")]
    DuplicateKey { line: usize, key: String },
    #[error("line {line}: duplicate name {name:?} in {list}")]
    DuplicateName {
        line: usize,
        list: &'static str,
        name: String,
    },
    /// The file is valid, but the entry cannot be edited without changing other text.
    #[error("line {line}: cannot edit this YAML: {what}")]
    Unsupported { line: usize, what: &'static str },
    /// An existing entry of this name has a field that kubectl rejects together with the new ones, or that the new ones would
    /// silently override.
    #[error("line {line}: the existing entry {name:?} has {field}")]
    Conflict {
        line: usize,
        name: String,
        field: &'static str,
    },
    /// kubectl could not read the entry to write.
    #[error("invalid {field}")]
    Entry { field: &'static str },
    /// The edited text, parsed again, was not as expected.
    #[error("the edit would have changed more than the entries of apono-login")]
    Unverified,
}

impl From<yaml::Error> for Error {
    fn from(error: yaml::Error) -> Self {
        match error {
            yaml::Error::Syntax { line, reason } => Error::Syntax { line, reason },
            yaml::Error::TooLarge { line } => Error::TooLarge { line },
        }
    }
}

fn named(field: &str) -> &str {
    match field {
        "" => "the document",
        field => field,
    }
}

/// The entry that `update-kubeconfig` writes: one item in each of the three lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub cluster: Cluster,
    pub user: User,
    pub context: Context,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    pub server: String,
    /// PEM in standard base64; empty if the file does not have it.
    pub certificate_authority_data: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub exec: Exec,
}

/// A context. Its cluster and user are those of its [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    /// `None` keeps the namespace in the file.
    pub namespace: Option<String>,
}

/// An exec credential plugin, `ExecConfig` of client-go. Without `env`, which belongs to the user: a new entry has it as null,
/// and an edit does not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    pub api_version: String,
    pub command: String,
    pub args: Vec<String>,
    pub interactive_mode: String,
    pub install_hint: String,
    pub provide_cluster_info: bool,
}

impl Exec {
    /// Returns the argument after this flag.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut pairs = self.args.windows(2);
        let found = pairs.find(|pair| pair[0] == name);
        found.map(|pair| pair[1].as_str())
    }
}

/// The content of a kubeconfig, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    pub clusters: Vec<Cluster>,
    pub users: Vec<FoundUser>,
    pub contexts: Vec<FoundContext>,
    pub current_context: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    pub name: String,
    pub exec: Option<Exec>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundContext {
    pub name: String,
    pub cluster: String,
    pub user: String,
    pub namespace: Option<String>,
}

const BOM: &str = "\u{feff}";

/// An empty kubeconfig, as kubectl writes it.
const EMPTY: &str = "\
apiVersion: v1
clusters: []
contexts: []
current-context: \"\"
kind: Config
users: []
";

/// Returns the content of a kubeconfig, as far as it is used here. An empty file is an empty config.
///
/// # Errors
/// kubectl could not read the file (which includes a duplicate name in a list), or a mapping has a duplicate key, of which
/// kubectl uses the last.
pub fn read(file: &[u8]) -> Result<Config, Error> {
    let (_, text) = decode(file)?;
    schema::read(&Doc::parse(text)?.tree)
}

/// Adds `entry`, or updates it. Existing items with its names get its values and keep their other fields; missing ones are
/// added at the end of their lists. Returns the same bytes if nothing differs.
pub fn upsert(file: &[u8], entry: &Entry) -> Result<Vec<u8>, Error> {
    upsert::check(entry)?;
    let (bom, text) = decode(file)?;
    let before = with_skeleton(text)?;
    let mut config = schema::read(&Doc::parse(&before)?.tree)?;
    upsert::expect(&mut config, entry);
    let after = upsert::apply(&before, entry)?;
    let editable = Editable {
        clusters: HashSet::from([entry.cluster.name.clone()]),
        users: HashSet::from([entry.user.name.clone()]),
        contexts: HashSet::from([entry.context.name.clone()]),
        ..Editable::default()
    };
    verify::check(&before, &after, &config, &editable)?;
    if after == before {
        return Ok(file.to_vec());
    }
    Ok([bom, &after].concat().into_bytes())
}

/// Sets the current context. It does not check that a context of that name exists, in this file or another one of
/// `KUBECONFIG`.
pub fn use_context(file: &[u8], name: &str) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let before = with_skeleton(text)?;
    let doc = Doc::parse(&before)?;
    let mut config = schema::read(&doc.tree)?;
    let wanted = Some(name.to_owned()).filter(|n| !n.is_empty());
    if config.current_context == wanted {
        return Ok(file.to_vec());
    }
    let after = set_current(&doc, name)?;
    config.current_context = wanted;
    let editable = Editable {
        current_context: true,
        ..Editable::default()
    };
    verify::check(&before, &after, &config, &editable)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Removes the users for which `is_own(name, exec)` is true, the contexts that use them, and the clusters that only those
/// contexts use. Clears `current-context` if it is one of those contexts. Returns the same bytes if there are none.
pub fn remove(file: &[u8], is_own: impl Fn(&str, &Exec) -> bool) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let mut config = schema::read(&Doc::parse(text)?.tree)?;
    let is_own = |u: &&FoundUser| u.exec.as_ref().is_some_and(|exec| is_own(&u.name, exec));
    let users: HashSet<String> = config
        .users
        .iter()
        .filter(is_own)
        .map(|u| u.name.clone())
        .collect();
    if users.is_empty() {
        return Ok(file.to_vec());
    }
    let (removed, kept): (Vec<_>, Vec<_>) = config
        .contexts
        .into_iter()
        .partition(|c| users.contains(&c.user));
    let mut clusters: HashSet<String> = removed.iter().map(|c| c.cluster.clone()).collect();
    for context in &kept {
        clusters.remove(&context.cluster);
    }
    let contexts: HashSet<String> = removed.into_iter().map(|c| c.name).collect();
    let current_context = config
        .current_context
        .as_ref()
        .is_some_and(|c| contexts.contains(c));

    config.contexts = kept;
    config.users.retain(|u| !users.contains(&u.name));
    config.clusters.retain(|c| !clusters.contains(&c.name));
    if current_context {
        config.current_context = None;
    }
    let editable = Editable {
        clusters,
        users,
        contexts,
        current_context,
        renamed: None,
    };

    let mut after = text.to_owned();
    for list in ["users", "contexts", "clusters"] {
        after = remove_items(&after, list, editable.names(list))?;
    }
    if editable.current_context {
        after = set_current(&Doc::parse(&after)?, "")?;
    }
    if !text.ends_with(['\n', '\r']) {
        // If the removed items were last, the line break before them was added with them, unless it belongs to a block scalar.
        let end = after.strip_suffix('\n').unwrap_or(&after);
        let end = end.strip_suffix('\r').unwrap_or(end);
        if verify::check(text, end, &config, &editable).is_ok() {
            return Ok([bom, end].concat().into_bytes());
        }
    }
    verify::check(text, &after, &config, &editable)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Renames the context `from` to `to`; it stays the current context if it was. If there already is a context `to`, `from` is
/// removed. Returns the same bytes if there is no context `from`.
pub fn rename_context(file: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let doc = Doc::parse(text)?;
    let mut config = schema::read(&doc.tree)?;
    let position = |name: &str| config.contexts.iter().position(|c| c.name == name);
    let Some(at) = position(from).filter(|_| from != to) else {
        return Ok(file.to_vec());
    };
    let current_context = config.current_context.as_deref() == Some(from);
    let mut editable = Editable {
        contexts: HashSet::from([from.to_owned()]),
        current_context,
        ..Editable::default()
    };
    let mut after = match position(to) {
        Some(_) => {
            config.contexts.remove(at);
            remove_items(text, "contexts", &editable.contexts)?
        }
        None => {
            to.clone_into(&mut config.contexts[at].name);
            editable.contexts.insert(to.to_owned());
            editable.renamed = Some(from.to_owned());
            let root = doc.tree.root();
            let list = root.and_then(|root| schema::present(&doc.tree, root, "contexts"));
            let items = list.and_then(|list| doc.tree.items(list));
            let alias = |id: &&yaml::Id| doc.tree.is_alias(**id);
            match items.and_then(|items| items.get(at)) {
                // The text that an alias stands for is also used elsewhere.
                Some(item) if alias(&item) => return Err(doc.unsupported(*item, "alias")),
                Some(item) => apply(text, doc.set(*item, "name", &Value::str(to))?),
                None => return Err(Error::Unverified),
            }
        }
    };
    if current_context {
        after = set_current(&Doc::parse(&after)?, to)?;
        config.current_context = Some(to.to_owned());
    }
    verify::check(text, &after, &config, &editable)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Sets the namespace of the context `name`; an empty one means no namespace. Returns the same bytes if there is no such
/// context, or nothing differs.
pub fn set_namespace(file: &[u8], name: &str, namespace: &str) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let doc = Doc::parse(text)?;
    let tree = &doc.tree;
    let mut config = schema::read(tree)?;
    let wanted = Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty());
    let differs = |c: &FoundContext| c.name == name && c.namespace != wanted;
    let Some(at) = config.contexts.iter().position(differs) else {
        return Ok(file.to_vec());
    };
    let list = tree
        .root()
        .and_then(|root| schema::present(tree, root, "contexts"));
    let item = list.and_then(|list| tree.items(list)?.get(at).copied());
    let Some(item) = item else {
        return Err(doc.unverified());
    };
    let body = schema::present(tree, item, "context");
    // The text that an alias stands for is also used elsewhere.
    if let Some(alias) = [Some(item), body]
        .into_iter()
        .flatten()
        .find(|&id| tree.is_alias(id))
    {
        return Err(doc.unsupported(alias, "alias"));
    }
    let value = Value::str(namespace);
    let splices = match body {
        Some(body) => doc.set(body, "namespace", &value)?,
        None => doc.set(item, "context", &Value::Map(vec![("namespace", value)]))?,
    };
    let after = apply(text, splices);
    config.contexts[at].namespace = wanted;
    let editable = Editable {
        contexts: HashSet::from([name.to_owned()]),
        ..Editable::default()
    };
    verify::check(text, &after, &config, &editable)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Removes the items with these names from a list.
fn remove_items(text: &str, list: &'static str, names: &HashSet<String>) -> Result<String, Error> {
    let doc = Doc::parse(text)?;
    let tree = &doc.tree;
    let Some(root) = tree.root() else {
        return Ok(text.to_owned());
    };
    let items = schema::present(tree, root, list).and_then(|l| tree.items(l));
    let items = items.unwrap_or_default().iter().enumerate();
    let found = items.filter(|&(_, &item)| names.contains(&schema::string(tree, item, "name")));
    let indices: Vec<usize> = found.map(|(i, _)| i).collect();
    match indices.is_empty() {
        true => Ok(text.to_owned()),
        false => Ok(apply(text, doc.remove(root, list, &indices)?)),
    }
}

fn set_current(doc: &Doc<'_>, name: &str) -> Result<String, Error> {
    match doc.tree.root() {
        Some(root) => {
            let splices = doc.set(root, "current-context", &Value::str(name))?;
            Ok(apply(doc.text, splices))
        }
        None => Ok(doc.text.to_owned()),
    }
}

/// Returns the byte order mark, if any, and the text after it.
fn decode(file: &[u8]) -> Result<(&str, &str), Error> {
    let text = std::str::from_utf8(file).map_err(|e| Error::NotUtf8 {
        line: 1 + file[..e.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count(),
    })?;
    Ok(text.split_at(if text.starts_with(BOM) { BOM.len() } else { 0 }))
}

/// Returns the text, with the text of an empty kubeconfig added if it has only comments.
fn with_skeleton(text: &str) -> Result<String, Error> {
    if Doc::parse(text)?.tree.root().is_some() {
        return Ok(text.to_owned());
    }
    let open_line = !text.is_empty() && !text.ends_with(['\n', '\r']);
    let whole = [text, if open_line { "\n" } else { "" }, EMPTY].concat();
    // An end marker, for example: what follows it is another document, which kubectl does not read.
    match Doc::parse(&whole)?.tree.root() {
        Some(_) => Ok(whole),
        None => Err(Error::Unsupported {
            line: 1,
            what: "empty document",
        }),
    }
}
