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
    /// kubectl refuses the file, and with it every command.
    Invalid(String),
}

/// Of the first document, which is kubectl's only one where it has written the file itself.
///
/// # Errors
/// It is not YAML that can be read.
pub fn read(file: &[u8]) -> Result<Plugins, Error> {
    let (_, text) = decode(file)?;
    let tree = Doc::parse(text)?.tree;
    let Some(root) = tree.root().filter(|&root| tree.pairs(root).is_some()) else {
        return Ok(Plugins::All);
    };
    // What is not its kind kubectl passes over.
    if !string(&tree, root, "apiVersion").starts_with("kubectl.config.k8s.io/")
        || string(&tree, root, "kind") != "Preference"
    {
        return Ok(Plugins::All);
    }
    let list = present(&tree, root, "credentialPluginAllowlist");
    let items = list.and_then(|list| tree.items(list)).unwrap_or_default();
    // 1.35 called it `name`, kubectl since then `command`.
    let entry = |&item: &usize| {
        tree.pairs(item)?;
        let names = ["command", "name"].map(|key| string(&tree, item, key));
        names.into_iter().find(|name| !name.is_empty())
    };
    let entries: Vec<Option<String>> = items.iter().map(entry).collect();
    let policy = string(&tree, root, "credentialPluginPolicy");
    let invalid = |why: &str| Plugins::Invalid(why.to_owned());
    Ok(match policy.as_str() {
        "" | "AllowAll" | "DenyAll" if list.is_some() => invalid(
            "credentialPluginAllowlist is there, and credentialPluginPolicy is not Allowlist",
        ),
        "" | "AllowAll" => Plugins::All,
        "DenyAll" => Plugins::None,
        "Allowlist" if entries.is_empty() => {
            invalid("credentialPluginPolicy is Allowlist, and credentialPluginAllowlist is empty")
        }
        "Allowlist" => match entries.into_iter().collect() {
            Some(listed) => Plugins::Listed(listed),
            None => invalid("an entry of credentialPluginAllowlist names nothing"),
        },
        other => invalid(&format!(
            "credentialPluginPolicy is {other:?}, which is none of AllowAll, DenyAll and Allowlist"
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
        // Somebody else's kind of file.
        let other = b"apiVersion: v1\nkind: Config\ncredentialPluginPolicy: DenyAll\n";
        assert_eq!(read(other), Ok(Plugins::All));
        assert_eq!(read(b""), Ok(Plugins::All));
        assert!(read(b"a: [").is_err());
    }
}
