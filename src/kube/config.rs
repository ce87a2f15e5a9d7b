//! Surgery on kubeconfig files: bytes in, bytes out.
//!
//! Owns what a kubeconfig means and how our own entries get into one and out again. It touches no
//! file, lock, path or environment; whoever calls it does.
//!
//! An edit locates our item, or the place for it, with a YAML parser that knows byte positions,
//! replaces those bytes and leaves all others alone: comments, order, quoting, line ends, unknown
//! fields, in our own items too. The outcome is read again before it is returned ([`verify`]): we
//! must find there exactly what was asked, and everything else as it was. What cannot be edited that
//! way (an entry behind an alias) is refused, with its line.
//!
//! The format is client-go's `tools/clientcmd/api/v1`,
//! <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>, in the YAML that kubectl's
//! parser reads.

mod edit;
pub mod kuberc;
mod render;
mod scalar;
mod schema;
#[cfg(test)]
mod tests;
mod tree;
mod upsert;
mod verify;

use std::collections::HashSet;

use edit::{Doc, apply};
use render::Value;
use verify::Ours;

/// Why a kubeconfig was not read or not edited. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("line {line}: not UTF-8")]
    NotUtf8 { line: usize },
    #[error("line {line}: {reason}")]
    Syntax { line: usize, reason: String },
    /// Deeper, or with more aliases, than any kubeconfig.
    #[error("line {line}: nested or repeated too much")]
    TooLarge { line: usize },
    /// `kind` or `apiVersion` is another's.
    #[error("{key} is {found:?}")]
    NotAKubeconfig { key: &'static str, found: String },
    #[error("line {line}: {field} is not {expected}")]
    Type {
        line: usize,
        /// As in `clusters[].cluster.server`; empty for the document itself.
        field: String,
        expected: &'static str,
    },
    #[error("line {line}: key {key:?} occurs twice")]
    DuplicateKey { line: usize, key: String },
    #[error("line {line}: {name:?} occurs twice in {list}")]
    DuplicateName {
        line: usize,
        list: &'static str,
        name: String,
    },
    /// Readable, but our entry cannot be changed here without changing somebody else's text.
    #[error("line {line}: cannot edit: {what}")]
    Unsupported { line: usize, what: &'static str },
    /// The entry of this name holds a field that kubectl refuses beside ours, or that ours would
    /// silently replace.
    #[error("line {line}: {name:?} has {field}")]
    Conflict {
        line: usize,
        name: String,
        field: &'static str,
    },
    /// The entry to write is one kubectl could not read.
    #[error("entry: {field} is not valid")]
    Entry { field: &'static str },
    /// Read again, the edited text did not say what it should.
    #[error("the edit would have changed more than its own entries")]
    Unverified,
}

/// What `update-kubeconfig` writes: one item in each of the three lists.
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
    /// PEM in standard base64; empty where the file has none.
    pub certificate_authority_data: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub exec: Exec,
}

/// The context's cluster and user are those of its [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    /// None keeps the namespace the file has.
    pub namespace: Option<String>,
}

/// An exec credential plugin, `ExecConfig` of client-go. `env` is not ours: it is never written but
/// as null, and never changed.
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
    /// The word behind this flag.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut pairs = self.args.windows(2);
        let found = pairs.find(|pair| pair[0] == name);
        found.map(|pair| pair[1].as_str())
    }
}

/// What a kubeconfig says, in file order.
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

/// A kubeconfig with nothing in it, as kubectl writes one.
const FRESH: &str = "\
apiVersion: v1
clusters: []
contexts: []
current-context: \"\"
kind: Config
users: []
";

/// What a kubeconfig says, as far as we care. An empty file is an empty config.
///
/// # Errors
/// On anything kubectl could not read (a name used twice in a list among it), and on a mapping that
/// has one key twice, where kubectl takes the last.
pub fn read(file: &[u8]) -> Result<Config, Error> {
    let (_, text) = decode(file)?;
    schema::read(&Doc::parse(text)?.tree)
}

/// Writes `entry`: existing items of its names get its values and keep their other fields, missing
/// ones are added at the end of their lists. The same bytes when nothing differs.
pub fn upsert(file: &[u8], entry: &Entry) -> Result<Vec<u8>, Error> {
    upsert::check(entry)?;
    let (bom, text) = decode(file)?;
    let before = fresh_if_empty(text)?;
    let mut config = schema::read(&Doc::parse(&before)?.tree)?;
    let after = upsert::apply(&before, entry)?;
    if after == before {
        return Ok(file.to_vec());
    }
    upsert::expect(&mut config, entry);
    let ours = Ours {
        clusters: HashSet::from([entry.cluster.name.clone()]),
        users: HashSet::from([entry.user.name.clone()]),
        contexts: HashSet::from([entry.context.name.clone()]),
        ..Ours::default()
    };
    verify::check(&before, &after, &config, &ours)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Makes `name` the current context. Whether a context of that name exists, in this file or another
/// one of `KUBECONFIG`, is not asked.
pub fn use_context(file: &[u8], name: &str) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let before = fresh_if_empty(text)?;
    let doc = Doc::parse(&before)?;
    let mut config = schema::read(&doc.tree)?;
    let wanted = Some(name.to_owned()).filter(|n| !n.is_empty());
    if config.current_context == wanted {
        return Ok(file.to_vec());
    }
    let after = set_current(&doc, name)?;
    config.current_context = wanted;
    let ours = Ours {
        current_context: true,
        ..Ours::default()
    };
    verify::check(&before, &after, &config, &ours)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Takes out the users for which `ours(name, exec)` holds, the contexts that use them, and the
/// clusters that were used by those contexts and by no other; clears `current-context` if it named
/// one of those contexts. The same bytes when there is none.
pub fn remove(file: &[u8], ours: impl Fn(&str, &Exec) -> bool) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let mut config = schema::read(&Doc::parse(text)?.tree)?;
    let is_ours = |u: &&FoundUser| u.exec.as_ref().is_some_and(|exec| ours(&u.name, exec));
    let users: HashSet<String> = config
        .users
        .iter()
        .filter(is_ours)
        .map(|u| u.name.clone())
        .collect();
    if users.is_empty() {
        return Ok(file.to_vec());
    }
    let (gone, kept): (Vec<_>, Vec<_>) = config
        .contexts
        .into_iter()
        .partition(|c| users.contains(&c.user));
    let mut clusters: HashSet<String> = gone.iter().map(|c| c.cluster.clone()).collect();
    for context in &kept {
        clusters.remove(&context.cluster);
    }
    let contexts: HashSet<String> = gone.into_iter().map(|c| c.name).collect();
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
    let ours = Ours {
        clusters,
        users,
        contexts,
        current_context,
        renamed: None,
    };

    let mut after = text.to_owned();
    for list in ["users", "contexts", "clusters"] {
        after = take(&after, list, ours.names(list))?;
    }
    if ours.current_context {
        after = set_current(&Doc::parse(&after)?, "")?;
    }
    if !text.ends_with(['\n', '\r']) {
        // Our items may have stood last, where the line break before them is ours as well.
        let end = after.strip_suffix('\n').unwrap_or(&after);
        after = end.strip_suffix('\r').unwrap_or(end).to_owned();
    }
    verify::check(text, &after, &config, &ours)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Gives the context `from` the name `to`; it stays the current one if it was. Where there is a context `to` already, `from`
/// is taken out. The same bytes when there is no `from`.
pub fn rename_context(file: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let doc = Doc::parse(text)?;
    let mut config = schema::read(&doc.tree)?;
    let there = |name: &str| config.contexts.iter().position(|c| c.name == name);
    let Some(at) = there(from).filter(|_| from != to) else {
        return Ok(file.to_vec());
    };
    let current_context = config.current_context.as_deref() == Some(from);
    let mut ours = Ours {
        contexts: HashSet::from([from.to_owned()]),
        current_context,
        ..Ours::default()
    };
    let mut after = match there(to) {
        Some(_) => {
            config.contexts.remove(at);
            take(text, "contexts", &ours.contexts)?
        }
        None => {
            to.clone_into(&mut config.contexts[at].name);
            ours.contexts.insert(to.to_owned());
            ours.renamed = Some(from.to_owned());
            let root = doc.tree.root();
            let list = root.and_then(|root| schema::present(&doc.tree, root, "contexts"));
            let items = list.and_then(|list| doc.tree.items(list));
            let alias = |id: &&tree::Id| doc.tree.is_alias(**id);
            match items.and_then(|items| items.get(at)) {
                // What stands behind an alias is written elsewhere and belongs to others as well.
                Some(item) if alias(&item) => return Err(doc.unsupported(*item, "alias")),
                Some(item) => apply(text, doc.put(*item, "name", &Value::str(to))?),
                None => return Err(Error::Unverified),
            }
        }
    };
    if current_context {
        after = set_current(&Doc::parse(&after)?, to)?;
        config.current_context = Some(to.to_owned());
    }
    verify::check(text, &after, &config, &ours)?;
    Ok([bom, &after].concat().into_bytes())
}

/// Gives the context `name` this namespace; an empty one is none. The same bytes when there is no such context, or nothing
/// differs.
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
    let body = item.and_then(|item| schema::present(tree, item, "context"));
    let Some((item, body)) = item.zip(body) else {
        return Err(Error::Unverified);
    };
    // What stands behind an alias is written elsewhere and belongs to others as well.
    if let Some(alias) = [item, body].into_iter().find(|&id| tree.is_alias(id)) {
        return Err(doc.unsupported(alias, "alias"));
    }
    let after = apply(text, doc.put(body, "namespace", &Value::str(namespace))?);
    config.contexts[at].namespace = wanted;
    let ours = Ours {
        contexts: HashSet::from([name.to_owned()]),
        ..Ours::default()
    };
    verify::check(text, &after, &config, &ours)?;
    Ok([bom, &after].concat().into_bytes())
}

fn take(text: &str, list: &'static str, names: &HashSet<String>) -> Result<String, Error> {
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
        false => Ok(apply(text, doc.take(root, list, &indices)?)),
    }
}

fn set_current(doc: &Doc<'_>, name: &str) -> Result<String, Error> {
    match doc.tree.root() {
        Some(root) => {
            let splices = doc.put(root, "current-context", &Value::str(name))?;
            Ok(apply(doc.text, splices))
        }
        None => Ok(doc.text.to_owned()),
    }
}

/// The text without its byte order mark, and the mark.
fn decode(file: &[u8]) -> Result<(&str, &str), Error> {
    let text = std::str::from_utf8(file).map_err(|e| Error::NotUtf8 {
        line: 1 + file[..e.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count(),
    })?;
    Ok(text.split_at(if text.starts_with(BOM) { BOM.len() } else { 0 }))
}

/// A file without content gets the skeleton behind whatever comments it has.
fn fresh_if_empty(text: &str) -> Result<String, Error> {
    if Doc::parse(text)?.tree.root().is_some() {
        return Ok(text.to_owned());
    }
    let open_line = !text.is_empty() && !text.ends_with(['\n', '\r']);
    Ok([text, if open_line { "\n" } else { "" }, FRESH].concat())
}
