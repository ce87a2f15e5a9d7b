//! kubectl's preferences file (kuberc): which exec plugins kubectl may run, and what makes every command of kubectl fail.
//!
//! <https://kubernetes.io/docs/reference/kubectl/kuberc/>, since kubectl 1.35; `k8s.io/kubectl/pkg/kuberc`.

use std::collections::HashSet;
use std::path::{MAIN_SEPARATOR, is_separator};

use super::decode;
use crate::yaml::{Id, Scalar, Tree};

/// The versions of kubectl, which read the list of plugins in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.35: an entry has a `name`.
    V1_35,
    /// 1.36 and later: an entry has a `command`, or a `name` in its place.
    Later,
}

/// The exec plugins that kubectl may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugins {
    All,
    None,
    /// Only these: paths, or names that are looked up on the PATH.
    Listed(Vec<String>),
    /// kubectl rejects what the file says, and every command fails. The text is the reason.
    Invalid(String),
    /// kubectl cannot use the file: it runs all plugins, with a warning, or fails if it was told to use this file.
    Unusable(String),
}

/// Returns the exec plugins that kubectl of this version may run.
pub fn read(file: &[u8], version: Version) -> Plugins {
    let text = match decode(file) {
        Ok((_, text)) => text,
        Err(error) => return Plugins::Unusable(error.to_string()),
    };
    let mut unusable = None;
    for document in documents(text) {
        match document.and_then(|text| Preferences::read(text, version)) {
            Ok(preferences) => return preferences.plugins(),
            Err(reason) => unusable = unusable.or(Some(reason)),
        }
    }
    unusable.map_or(Plugins::All, Plugins::Unusable)
}

/// Returns the documents of a file that are not empty. kubectl uses the first that it can.
fn documents(text: &str) -> impl Iterator<Item = Result<&str, String>> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let lines = text.split_inclusive('\n');
        let mut at = 0;
        for line in lines {
            let start = at;
            at += line.len();
            let Some(after) = line.strip_prefix("---") else {
                continue;
            };
            let after = after.trim();
            if !after.is_empty() && !after.starts_with('#') {
                return Some(Err(format!("invalid separator of documents: {after:?}")));
            }
            rest = Some(&text[at..]);
            return Some(Ok(&text[..start]));
        }
        Some(Ok(text))
    })
    .filter(|document| {
        document
            .as_ref()
            .map_or(true, |text| !text.trim().is_empty())
    })
}

/// A document that kubectl can use.
struct Preferences {
    /// Why every command fails, for what has nothing to do with plugins.
    invalid: Option<String>,
    policy: String,
    /// `None` where the key is missing or null. An entry is empty where it has no key that kubectl reads.
    allowlist: Option<Vec<String>>,
}

impl Preferences {
    /// Decodes a document. The error says why kubectl skips it.
    fn read(text: &str, version: Version) -> Result<Self, String> {
        let tree = &Tree::parse(text).map_err(|error| super::Error::from(error).to_string())?;
        let root = tree.root().ok_or("no preferences")?;
        let reader = Reader { tree };
        let api = reader.text(root, "apiVersion")?;
        let (defaults, options) = match api.strip_prefix("kubectl.config.k8s.io/") {
            Some("v1beta1") => ("defaults", "options"),
            Some("v1alpha1") => ("overrides", "flags"),
            _ => return Err(format!("apiVersion is {api:?}")),
        };
        let kind = reader.text(root, "kind")?;
        if kind != "Preference" {
            return Err(format!("kind is {kind:?}"));
        }
        let (mut invalid, mut names) = (None, HashSet::new());
        for &alias in reader.items(root, "aliases")?.unwrap_or_default() {
            let name = reader.text(alias, "name")?;
            reader.text(alias, "command")?;
            reader.texts(alias, "prependArgs")?;
            reader.texts(alias, "appendArgs")?;
            let has_dashes = reader.option_with_dashes(alias, options)?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphabetic()) {
                invalid.get_or_insert(format!("alias {name:?} may have letters only"));
            } else if !names.insert(name) {
                invalid.get_or_insert(format!("alias {name:?} is there more than once"));
            }
            invalid = invalid.or(has_dashes);
        }
        for &command in reader.items(root, defaults)?.unwrap_or_default() {
            reader.text(command, "command")?;
            let has_dashes = reader.option_with_dashes(command, options)?;
            invalid = invalid.or(has_dashes);
        }
        let mut preferences = Preferences {
            invalid,
            policy: String::new(),
            allowlist: None,
        };
        // Earlier versions of the file have no policy: kubectl ignores the keys.
        if defaults == "defaults" {
            preferences.policy = reader.text(root, "credentialPluginPolicy")?.to_owned();
            let list = reader.items(root, "credentialPluginAllowlist")?;
            let entry = |&item: &Id| reader.entry(item, version);
            let list = list.map(|items| items.iter().map(entry).collect());
            preferences.allowlist = list.transpose()?;
        }
        Ok(preferences)
    }

    fn plugins(self) -> Plugins {
        if let Some(why) = self.invalid {
            return Plugins::Invalid(why);
        }
        let invalid = |why: &str| Plugins::Invalid(why.to_owned());
        match (self.policy.as_str(), self.allowlist) {
            ("" | "AllowAll", None) => Plugins::All,
            ("DenyAll", None) => Plugins::None,
            ("" | "AllowAll" | "DenyAll", Some(_)) => invalid(
                "credentialPluginAllowlist is set, but credentialPluginPolicy is not Allowlist",
            ),
            ("Allowlist", list) => {
                let list = list.unwrap_or_default();
                match list.iter().find(|entry| !is_clean(entry)) {
                    _ if list.is_empty() => invalid(
                        "credentialPluginPolicy is Allowlist, but credentialPluginAllowlist is empty",
                    ),
                    Some(entry) if entry.is_empty() => {
                        invalid("an entry of credentialPluginAllowlist has no command")
                    }
                    Some(entry) => Plugins::Invalid(format!(
                        "{entry:?} in credentialPluginAllowlist is not a plain path: `.`, `..` and empty parts are not permitted"
                    )),
                    None => Plugins::Listed(list),
                }
            }
            (other, _) => Plugins::Invalid(format!(
                "credentialPluginPolicy is {other:?}, but must be AllowAll, DenyAll or Allowlist"
            )),
        }
    }
}

/// Reads fields as kubectl decodes them: null is the zero value, and a wrong type makes the document unusable.
struct Reader<'t> {
    tree: &'t Tree,
}

impl<'t> Reader<'t> {
    fn field(&self, map: Id, key: &str) -> Result<Option<Id>, String> {
        if self.tree.pairs(map).is_none() && !self.tree.is_null(map) {
            return Err(self.wrong(map, "a mapping"));
        }
        let value = self.tree.get(map, key);
        Ok(value.filter(|&id| !self.tree.is_null(id)))
    }

    fn wrong(&self, id: Id, expected: &str) -> String {
        format!("line {}: must be {expected}", self.tree.node(id).line)
    }

    fn string(&self, id: Id) -> Result<&'t str, String> {
        let text = self.tree.scalar(id).and_then(Scalar::as_str);
        text.ok_or_else(|| self.wrong(id, "a string"))
    }

    fn text(&self, map: Id, key: &str) -> Result<&'t str, String> {
        let value = self.field(map, key)?;
        value.map_or(Ok(""), |id| self.string(id))
    }

    fn items(&self, map: Id, key: &str) -> Result<Option<&'t [Id]>, String> {
        let items = |id| self.tree.items(id).ok_or_else(|| self.wrong(id, "a list"));
        self.field(map, key)?.map(items).transpose()
    }

    fn texts(&self, map: Id, key: &str) -> Result<(), String> {
        let items = self.items(map, key)?.unwrap_or_default();
        let mut items = items.iter().filter(|&&item| !self.tree.is_null(item));
        items.try_for_each(|&item| self.string(item).map(drop))
    }

    /// Returns why kubectl rejects the options of an alias or a command, if it does.
    fn option_with_dashes(&self, map: Id, key: &str) -> Result<Option<String>, String> {
        let mut found = None;
        for &option in self.items(map, key)?.unwrap_or_default() {
            self.text(option, "default")?;
            let name = self.text(option, "name")?;
            if name.starts_with('-') {
                found.get_or_insert(format!("option {name:?} must be written without dashes"));
            }
        }
        Ok(found)
    }

    /// Returns the plugin that an entry of the list names; an empty text if it names none.
    fn entry(&self, item: Id, version: Version) -> Result<String, String> {
        let name = self.text(item, "name")?;
        let command = match version {
            Version::V1_35 => name,
            Version::Later => match self.text(item, "command")? {
                "" => name,
                command if name.is_empty() || name == command => command,
                _ => return Err(self.wrong(item, "one plugin, but `name` and `command` differ")),
            },
        };
        Ok(command.to_owned())
    }
}

/// Returns whether a path is as Go's `filepath.Clean` leaves it. An empty one is not.
fn is_clean(path: &str) -> bool {
    let rest = path.strip_prefix(MAIN_SEPARATOR).unwrap_or(path);
    if rest.is_empty() {
        return !path.is_empty();
    }
    let is_foreign = |c| is_separator(c) && c != MAIN_SEPARATOR;
    let mut is_up = rest.len() == path.len();
    !rest.contains(is_foreign)
        && rest.split(MAIN_SEPARATOR).all(|part| {
            is_up &= part == "..";
            !part.is_empty() && (part != "." || path == ".") && (part != ".." || is_up)
        })
}

#[cfg(test)]
mod tests;
