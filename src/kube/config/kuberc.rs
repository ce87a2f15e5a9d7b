//! kubectl's own preferences, as far as they decide which exec plugins it runs.
//!
//! <https://kubernetes.io/docs/reference/kubectl/kuberc/>, since kubectl 1.35.

use super::edit::Doc;
use super::schema::{present, string};
use super::{Error, decode};

/// Which exec plugins kubectl runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugins {
    All,
    None,
    /// These: paths, or names that are looked up on the PATH.
    Listed(Vec<String>),
    /// A policy that we have not heard of.
    Other(String),
}

/// # Errors
/// It is not YAML that can be read.
pub fn read(file: &[u8]) -> Result<Plugins, Error> {
    let (_, text) = decode(file)?;
    let tree = Doc::parse(text)?.tree;
    let Some(root) = tree.root().filter(|&root| tree.pairs(root).is_some()) else {
        return Ok(Plugins::All);
    };
    let list = present(&tree, root, "credentialPluginAllowlist");
    let items = list.and_then(|list| tree.items(list)).unwrap_or_default();
    // 1.35 called it `name`, kubectl since then `command`.
    let entry = |&item: &usize| {
        tree.pairs(item)?;
        let names = ["command", "name"].map(|key| string(&tree, item, key));
        names.into_iter().find(|name| !name.is_empty())
    };
    Ok(
        match string(&tree, root, "credentialPluginPolicy").as_str() {
            "" | "AllowAll" => Plugins::All,
            "DenyAll" => Plugins::None,
            "Allowlist" => Plugins::Listed(items.iter().filter_map(entry).collect()),
            other => Plugins::Other(other.to_owned()),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        let head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
        let cases = [
            ("", Plugins::All),
            ("credentialPluginPolicy: AllowAll\n", Plugins::All),
            ("credentialPluginPolicy: DenyAll\n", Plugins::None),
            (
                "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n- command: /bin/apono-login\n- 7\n",
                Plugins::Listed(vec!["aws".into(), "/bin/apono-login".into()]),
            ),
            (
                "credentialPluginPolicy: Allowlist\n",
                Plugins::Listed(vec![]),
            ),
            (
                "credentialPluginPolicy: Ask\n",
                Plugins::Other("Ask".into()),
            ),
        ];
        for (text, expected) in cases {
            let file = format!("{head}{text}");
            assert_eq!(read(file.as_bytes()), Ok(expected), "{text}");
        }
        assert_eq!(read(b""), Ok(Plugins::All));
        assert!(read(b"a: [").is_err());
    }
}
