//! kubectl's preferences file (kuberc): which exec plugins kubectl may run.
//!
//! <https://kubernetes.io/docs/reference/kubectl/kuberc/>, since kubectl 1.35.

use super::schema::{present, string};
use super::{Error, decode, tree};

/// The exec plugins that kubectl may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugins {
    All,
    None,
    /// Only these: paths, or names that are looked up on the PATH.
    Listed(Vec<String>),
    /// kubectl rejects the file, and every command fails. The text is the reason.
    Invalid(String),
}

/// Returns the exec plugins that kubectl may run. Reads the first document only; files written by kubectl have one.
///
/// # Errors
/// The file is not valid YAML.
pub fn read(file: &[u8]) -> Result<Plugins, Error> {
    let (_, text) = decode(file)?;
    let tree = tree(text)?;
    let Some(root) = tree.root().filter(|&root| tree.pairs(root).is_some()) else {
        return Ok(Plugins::All);
    };
    // kubectl ignores documents of another kind.
    if !string(&tree, root, "apiVersion").starts_with("kubectl.config.k8s.io/")
        || string(&tree, root, "kind") != "Preference"
    {
        return Ok(Plugins::All);
    }
    let list = present(&tree, root, "credentialPluginAllowlist");
    let items = list.and_then(|list| tree.items(list)).unwrap_or_default();
    // The key is `name` in kubectl 1.35, and `command` in later versions.
    let entry = |&item: &usize| {
        tree.pairs(item)?;
        let names = ["command", "name"].map(|key| string(&tree, item, key));
        let name = names.into_iter().find(|name| !name.is_empty());
        name.map(str::to_owned)
    };
    let entries: Vec<Option<String>> = items.iter().map(entry).collect();
    let policy = string(&tree, root, "credentialPluginPolicy");
    let invalid = |why: &str| Plugins::Invalid(why.to_owned());
    Ok(match policy {
        "" | "AllowAll" | "DenyAll" if list.is_some() => {
            invalid("credentialPluginAllowlist is set, but credentialPluginPolicy is not Allowlist")
        }
        "" | "AllowAll" => Plugins::All,
        "DenyAll" => Plugins::None,
        "Allowlist" if entries.is_empty() => {
            invalid("credentialPluginPolicy is Allowlist, but credentialPluginAllowlist is empty")
        }
        "Allowlist" => match entries.into_iter().collect() {
            Some(listed) => Plugins::Listed(listed),
            None => invalid("an entry of credentialPluginAllowlist has no command"),
        },
        other => invalid(&format!(
            "credentialPluginPolicy is {other:?}, but must be AllowAll, DenyAll or Allowlist"
        )),
    })
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
                "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n- command: /bin/apono-login\n",
                Plugins::Listed(vec!["aws".into(), "/bin/apono-login".into()]),
            ),
        ];
        for (text, expected) in cases {
            let file = format!("{head}{text}");
            assert_eq!(read(file.as_bytes()), Ok(expected), "{text}");
        }
        for invalid in [
            "credentialPluginPolicy: Allowlist\n",
            "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []\n",
            "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n- 7\n",
            "credentialPluginPolicy: Ask\n",
            "credentialPluginAllowlist:\n- name: aws\n",
        ] {
            let found = read(format!("{head}{invalid}").as_bytes());
            assert!(matches!(found, Ok(Plugins::Invalid(_))), "{invalid}");
        }
        // Another kind of file.
        let other = b"apiVersion: v1\nkind: Config\ncredentialPluginPolicy: DenyAll\n";
        assert_eq!(read(other), Ok(Plugins::All));
        assert_eq!(read(b""), Ok(Plugins::All));
        assert!(read(b"a: [").is_err());
    }
}
