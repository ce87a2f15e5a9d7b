//! What client-go finds wrong with an entry before it makes a request, and what it uses in place of an exec plugin.
//!
//! `tools/clientcmd/validation.go`, `plugin/pkg/client/auth/exec` and `transport` of <https://github.com/kubernetes/client-go>.

use http::Uri;

use super::schema::{is_set, present, read_exec, string};
use crate::yaml::{Id, Tree};

/// The versions of the exec plugin API that clients know.
const API_VERSIONS: [&str; 2] = [
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
];

/// Why clients cannot use an entry that has an exec plugin, or do not run the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub why: String,
    pub remedy: Remedy,
}

/// What makes a [`Fault`] go away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Writing the user entry again.
    Rewrite,
    /// `kubectl config set-cluster` with this flag.
    SetCluster(&'static str),
    /// Removing the field in an editor.
    Remove(&'static str),
}

/// How clients reach the server of a cluster entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// `proxy-url`; empty if there is none.
    pub proxy: String,
    /// `tls-server-name`: the name that the server's certificate has to have; empty if it is the server's.
    pub certificate_name: String,
    /// `certificate-authority`: the file with the certificate authority; empty if the entry has that itself.
    pub certificate_authority: String,
}

/// Returns the user that clients ask the server to act as (`as`) with a user entry that has an exec plugin; empty if it is
/// the plugin's. `None` if there is no such entry.
///
/// # Errors
/// They refuse the entry, or do not run the plugin.
pub fn user<'t>(tree: &'t Tree, name: &str) -> Option<Result<&'t str, Fault>> {
    let user = body(tree, ("users", "user"), name)?;
    let exec_id = present(tree, user, "exec")?;
    let exec = read_exec(tree, exec_id);
    let first = |fields: &[&'static str]| {
        let mut fields = fields.iter().copied();
        fields.find(|field| is_set(tree, user, field))
    };
    let fault = |why: String| {
        let remedy = Remedy::Rewrite;
        Some(Err(Fault { why, remedy }))
    };
    if present(tree, user, "auth-provider").is_some() {
        return fault("it has `auth-provider` beside `exec`, which kubectl refuses".to_owned());
    }
    let version = exec.api_version.as_str();
    if !API_VERSIONS.contains(&version) {
        let [v1, v1beta1] = API_VERSIONS;
        return fault(match version {
            "" => "`exec` has no `apiVersion`".to_owned(),
            other => format!("`apiVersion` of `exec` is {other:?}, but must be {v1} or {v1beta1}"),
        });
    }
    match exec.interactive_mode.as_str() {
        "Never" | "IfAvailable" => {}
        // The default of this version.
        "" if version.ends_with("/v1beta1") => {}
        "" => {
            return fault(format!(
                "`exec` has no `interactiveMode`, which {version} requires"
            ));
        }
        "Always" => {
            return fault(
                "`interactiveMode` is Always: programs without a terminal do not run apono-login"
                    .to_owned(),
            );
        }
        other => {
            return fault(format!(
                "`interactiveMode` is {other:?}, but must be Never or IfAvailable"
            ));
        }
    }
    let env = present(tree, exec_id, "env").and_then(|env| tree.items(env));
    let is_nameless = |&item: &Id| string(tree, item, "name").is_empty();
    if env.unwrap_or_default().iter().any(is_nameless) {
        return fault("a variable under `env` of `exec` has no name".to_owned());
    }
    if let Some(field) = first(&["client-certificate", "client-certificate-data"]) {
        return fault(match first(&["client-key", "client-key-data"]) {
            Some(_) => instead(field),
            None => format!("it has `{field}` without a key, which kubectl refuses"),
        });
    }
    if let Some(field) = first(&["token", "tokenFile", "username"]) {
        return fault(instead(field));
    }
    let acts_as = string(tree, user, "as");
    match first(&["as-uid", "as-groups", "as-user-extra"]) {
        Some(field) if acts_as.is_empty() => Some(Err(Fault {
            why: format!("it has `{field}` without `as`, which kubectl refuses"),
            remedy: Remedy::Remove(field),
        })),
        _ => Some(Ok(acts_as)),
    }
}

fn instead(field: &str) -> String {
    format!("it has `{field}`, which kubectl uses instead of running apono-login")
}

/// Returns how clients reach the server of a cluster entry. `None` if there is no such entry.
///
/// # Errors
/// They refuse the entry.
pub fn route(tree: &Tree, name: &str) -> Option<Result<Route, Fault>> {
    let cluster = body(tree, ("clusters", "cluster"), name)?;
    let set = |field| is_set(tree, cluster, field);
    let has_data = set("certificate-authority-data");
    let fault = |why: String, remedy| Some(Err(Fault { why, remedy }));
    if has_data && set("certificate-authority") {
        let why = "it has both `certificate-authority` and `certificate-authority-data`, which kubectl refuses";
        return fault(why.to_owned(), Remedy::Remove("certificate-authority"));
    }
    if set("insecure-skip-tls-verify") {
        let why = match has_data {
            true => {
                "it has both `insecure-skip-tls-verify` and a certificate authority, which kubectl refuses"
            }
            false => {
                "it has `insecure-skip-tls-verify`: kubectl sends your token to any server that answers"
            }
        };
        let remedy = Remedy::SetCluster("--insecure-skip-tls-verify=false");
        return fault(why.to_owned(), remedy);
    }
    let route = Route {
        proxy: string(tree, cluster, "proxy-url").to_owned(),
        certificate_name: string(tree, cluster, "tls-server-name").to_owned(),
        certificate_authority: string(tree, cluster, "certificate-authority").to_owned(),
    };
    // The URL may have a password in it.
    match is_proxy(&route.proxy) || route.proxy.is_empty() {
        true => Some(Ok(route)),
        false => fault(
            "`proxy-url` is not a URL of http, https or socks5".to_owned(),
            Remedy::SetCluster("--proxy-url="),
        ),
    }
}

/// Returns whether clients accept this `proxy-url`.
fn is_proxy(url: &str) -> bool {
    let url = url.parse::<Uri>().ok();
    let scheme = url.as_ref().and_then(Uri::scheme_str);
    matches!(scheme, Some("http" | "https" | "socks5"))
}

/// Checks a `proxy-url` that is to be written: clients accept it, it has a host, and no secret. An empty one means no proxy.
///
/// # Errors
/// What it must be.
pub fn check_new_proxy(url: &str) -> Result<(), &'static str> {
    let parsed = url.parse::<Uri>().ok();
    let has_host = parsed.is_some_and(|url| {
        let authority = url.authority().map_or("", |authority| authority.as_str());
        // Behind an IPv6 address.
        let port = authority.rsplit(']').next().unwrap_or_default();
        let is_port = !port.contains(':') || url.port_u16().is_some();
        is_port && url.host().is_some_and(|host| !host.is_empty())
    });
    match url {
        "" => Ok(()),
        url if url.contains('@') => Err("it must have no user name and no password"),
        url if is_proxy(url) && has_host => Ok(()),
        url if url.starts_with("socks5h:") => {
            Err("kubectl refuses socks5h; with socks5, too, the proxy looks up the names")
        }
        _ => Err("it must be an http, https or socks5 URL, such as socks5://localhost:1080"),
    }
}

/// Returns the body of the item with this name in one of the lists.
fn body(tree: &Tree, (list, key): (&str, &str), name: &str) -> Option<Id> {
    let items = tree.items(present(tree, tree.root()?, list)?)?;
    let item = items
        .iter()
        .find(|&&item| string(tree, item, "name") == name);
    present(tree, *item?, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "apiVersion: client.authentication.k8s.io/v1";

    fn file(cluster: &str, user: &str, exec: &str) -> String {
        format!(
            "clusters:\n- name: k\n  cluster:\n    server: https://a\n    certificate-authority-data: AAAA\n{cluster}\nusers:\n- name: u\n  user:\n    exec:\n      command: apono-login\n{exec}\n{user}\n"
        )
    }

    /// Each verdict is that of kubectl 1.37.1 for the same entry: "" where it sends the plugin's token, else a word of why it
    /// fails or sends something else.
    #[test]
    fn users() {
        let good = format!("      {V1}\n      interactiveMode: Never");
        for (user_fields, word) in [
            ("", ""),
            ("    token: abc", "instead"),
            ("    tokenFile: /f", "instead"),
            ("    token: ''", ""),
            ("    username: a\n    password: b", "instead"),
            ("    username: a", "instead"),
            ("    password: a", ""),
            ("    token: abc\n    username: a", "instead"),
            ("    client-certificate-data: AAAA", "without a key"),
            ("    client-certificate: /c", "without a key"),
            (
                "    client-certificate-data: AAAA\n    client-key-data: AAAA",
                "instead",
            ),
            ("    client-key-data: AAAA", ""),
            ("    auth-provider:\n      name: gcp", "auth-provider"),
            ("    auth-provider: {}", "auth-provider"),
            ("    auth-provider:", ""),
            ("    as: bob\n    as-groups: [x]", ""),
            ("    as-groups: [x]", "without `as`"),
            ("    as-uid: x", "without `as`"),
            ("    as-groups: []", ""),
        ] {
            let tree = Tree::parse(&file("", user_fields, &good)).unwrap();
            let found = user(&tree, "u").unwrap();
            let found = found.map_or_else(|fault| fault.why, |_| String::new());
            assert!(
                found.contains(word) && found.is_empty() == word.is_empty(),
                "{user_fields}: {found}"
            );
        }
        let beta = format!("      {V1}beta1");
        for (exec, word) in [
            (format!("      {V1}"), "no `interactiveMode`"),
            (beta.clone(), ""),
            (format!("{beta}\n      interactiveMode: Never"), ""),
            (format!("{beta}\n      interactiveMode: IfAvailable"), ""),
            (format!("{beta}\n      interactiveMode: Always"), "Always"),
            (
                format!("{beta}\n      interactiveMode: Sometimes"),
                "Sometimes",
            ),
            (format!("      {V1}alpha1"), "v1alpha1"),
            ("      interactiveMode: Never".to_owned(), "no `apiVersion`"),
            (format!("{beta}\n      env: [{{value: x}}]"), "no name"),
            (format!("{beta}\n      env:"), ""),
        ] {
            let tree = Tree::parse(&file("", "", &exec)).unwrap();
            let found = user(&tree, "u").unwrap();
            let found = found.map_or_else(|fault| fault.why, |_| String::new());
            assert!(
                found.contains(word) && found.is_empty() == word.is_empty(),
                "{exec}: {found}"
            );
        }
    }

    #[test]
    fn new_proxies() {
        for good in [
            "",
            "http://proxy:3128",
            "https://proxy.example.com",
            "socks5://localhost:1080",
            "socks5://[::1]:1080",
        ] {
            assert_eq!(check_new_proxy(good), Ok(()), "{good}");
        }
        for (bad, word) in [
            ("http://alice:hunter2@proxy:3128", "no password"),
            ("http://alice@proxy:3128", "no user name"),
            ("socks5h://localhost:1080", "socks5h"),
            ("socks4://localhost:1080", "such as"),
            ("localhost:1080", "such as"),
            ("proxy", "such as"),
            ("http://", "such as"),
            ("http://:3128", "such as"),
            ("http://proxy:99999", "such as"),
            ("http://pro xy", "such as"),
            (" ", "such as"),
        ] {
            let why = check_new_proxy(bad).unwrap_err();
            assert!(why.contains(word), "{bad}: {why}");
        }
    }

    #[test]
    fn clusters() {
        for (fields, word) in [
            ("", ""),
            ("    proxy-url: http://proxy:3128", ""),
            ("    proxy-url: socks5://proxy", ""),
            ("    proxy-url: socks5h://proxy", "proxy-url"),
            ("    proxy-url: ftp://user:hunter2@proxy", "proxy-url"),
            ("    proxy-url: '127.0.0.1:9'", "proxy-url"),
            ("    tls-server-name: other", ""),
            ("    insecure-skip-tls-verify: true", "insecure"),
            ("    insecure-skip-tls-verify: false", ""),
            ("    certificate-authority: /ca.pem", "both"),
        ] {
            let tree = Tree::parse(&file(fields, "", "")).unwrap();
            let found = route(&tree, "k").unwrap();
            let found = found.map_or_else(|fault| fault.why, |_| String::new());
            assert!(
                found.contains(word) && found.is_empty() == word.is_empty(),
                "{fields}: {found}"
            );
            assert!(!found.contains("hunter2"), "{found}");
        }
        let exec = format!("      {V1}\n      interactiveMode: Never");
        let tree = Tree::parse(&file("", "    as: bob", &exec)).unwrap();
        assert_eq!(user(&tree, "u"), Some(Ok("bob")));
        assert_eq!(user(&tree, "other"), None);
        assert_eq!(route(&tree, "other"), None);
    }
}
