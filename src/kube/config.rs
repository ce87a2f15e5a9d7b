//! Reads and edits kubeconfig files: bytes in, bytes out.
//!
//! Owns the meaning of a kubeconfig, and adds and removes the entries of apono-login. It does not access files, locks, paths or
//! the environment; its callers do.
//!
//! Edits are decided on the content ([`wanted`]). Then the entries that differ, or the place for them, are found with a YAML
//! parser that reports byte positions, and only those bytes are replaced ([`mod@apply`]). All others stay: comments, order,
//! quotes, line ends and unknown fields, inside the entries too. The result is parsed again before it is returned
//! ([`verify`]): it must contain exactly the requested changes, and everything else unchanged. An edit that is not possible
//! that way (an entry that is an alias) fails with the line.
//!
//! The format is client-go's `tools/clientcmd/api/v1`,
//! <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>, in the YAML that kubectl's
//! parser reads.

mod apply;
mod edit;
mod env;
mod index;
mod item;
pub mod kuberc;
mod ours;
mod render;
mod schema;
#[cfg(test)]
mod tests;
pub mod validate;
mod verify;
mod wanted;

use crate::sys::text::is_utf16;
use crate::yaml::{self, Tree};

pub use apply::{Edit, apply, apply_to};
pub use env::{EnvChange, Variable};
pub use index::Index;
pub use ours::{MARK, Ours};

/// Why a kubeconfig was not read or not edited. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the file is UTF-16, as `>` in PowerShell 5 writes it, and not UTF-8")]
    Utf16,
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
            yaml::Error::Escape { line } => Error::Syntax {
                line,
                reason: "escape that YAML 1.1 does not have".to_owned(),
            },
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
    /// The name of the cluster item that older versions wrote: the cluster's ARN, as `aws eks update-kubeconfig` names its own.
    pub former_cluster: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    pub server: String,
    /// PEM in standard base64; empty if the file does not have it.
    pub certificate_authority_data: String,
    /// `None` keeps the `proxy-url` in the file; an empty one means no proxy.
    pub proxy_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    /// Its `env` has the variables to set. Those that other programs or people added stay.
    pub exec: Exec,
    /// The variables of [`DECIDING`](crate::context::DECIDING) that stay as they are in the file, if they are.
    pub kept_env: Vec<&'static str>,
}

/// A context. Its cluster and user are those of its [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    /// `None` keeps the namespace in the file.
    pub namespace: Option<String>,
}

/// An exec credential plugin, `ExecConfig` of client-go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    pub api_version: String,
    pub command: String,
    pub args: Vec<String>,
    /// What is added to the environment of the client, in order: of two variables with one name, the last counts.
    pub env: Vec<Variable>,
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

/// The other kubeconfigs in use, which are one with the edited file: of two items with one name, kubectl uses the first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Others<'c> {
    pub before: &'c [Config],
    pub after: &'c [Config],
}

/// The content of a kubeconfig, in file order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    pub clusters: Vec<FoundCluster>,
    pub users: Vec<FoundUser>,
    pub contexts: Vec<FoundContext>,
    /// `None` if it is missing or empty.
    pub current_context: Option<String>,
    /// Whether the file has the key, whatever its value.
    pub has_current_key: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCluster {
    pub name: String,
    pub server: String,
    pub certificate_authority_data: String,
    /// `proxy-url`; empty if it is missing.
    pub proxy_url: String,
    /// `tls-server-name`; empty if it is missing.
    pub tls_server_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    pub name: String,
    pub exec: Option<Exec>,
    /// The fields with other credentials, such as `token`: kubectl prefers them to an exec plugin, or rejects them beside one.
    pub credentials: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundContext {
    pub name: String,
    pub cluster: String,
    pub user: String,
    pub namespace: Option<String>,
}

const BOM: &str = "\u{feff}";

/// Returns the content of a kubeconfig, as far as it is used here. An empty file is an empty config.
///
/// # Errors
/// kubectl could not read the file (which includes a duplicate name in a list), or a mapping has a duplicate key, of which
/// kubectl uses the last.
pub fn read(file: &[u8]) -> Result<Config, Error> {
    Ok(parse(file)?.1)
}

/// Returns the tree of a kubeconfig, which its edits need, and its content.
///
/// # Errors
/// Those of [`read`].
pub fn parse(file: &[u8]) -> Result<(Tree, Config), Error> {
    let (_, text) = decode(file)?;
    let tree = tree(text)?;
    let config = schema::read(&tree)?;
    Ok((tree, config))
}

#[cfg(test)]
thread_local! {
    /// How many texts were parsed.
    pub static PARSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn tree(text: &str) -> Result<Tree, Error> {
    #[cfg(test)]
    PARSES.set(PARSES.get() + 1);
    Ok(Tree::parse(text)?)
}

/// Returns the byte order mark, if any, and the text after it.
fn decode(file: &[u8]) -> Result<(&str, &str), Error> {
    if is_utf16(file) {
        return Err(Error::Utf16);
    }
    let text = std::str::from_utf8(file).map_err(|e| Error::NotUtf8 {
        line: 1 + file[..e.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count(),
    })?;
    // kubectl skips a second one, too: a file that two editors saved.
    let rest = text.strip_prefix(BOM).unwrap_or(text);
    let rest = rest.strip_prefix(BOM).unwrap_or(rest);
    Ok(text.split_at(text.len() - rest.len()))
}
