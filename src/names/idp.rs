//! Names of a SAML sign-in: the identity provider in IAM, and its URL.

use sha2::{Digest, Sha256};

use super::grammar::Grammar::Parsed;
use super::grammar::{Chars, arns, names};
use super::portal::{is_label, is_port};

arns! {
    /// The ARN of a SAML identity provider in IAM: `arn:PARTITION:iam::ACCOUNT:saml-provider/NAME`.
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html>
    IdpArn "ARN of a SAML provider": "saml-provider", check_provider, "must be like arn:aws:iam::111122223333:saml-provider/Example";
}

names! {
    /// The link that opens AWS at an identity provider: https and a host, optionally a port, and then what RFC 3986 allows
    /// except `'`, so that it can be quoted for a shell; up to 2048 characters. For tests, http to this computer is allowed.
    ///
    /// The fragment stays: some portals have the application in it. Scheme and host are in lower case, and the scheme's default
    /// port is left out.
    IdpUrl "URL of an identity provider": Parsed(idp_url);
}

/// Returns what is wrong with the name of a provider, if anything.
fn check_provider(name: &str) -> Option<&'static str> {
    const CHARS: Chars = Chars::of("A-Z a-z 0-9 _ . -");
    let fits = (1..=128).contains(&name.len()) && CHARS.are_all_of(name);
    (!fits).then_some("the provider name must be 1 to 128 of A-Z a-z 0-9 _ . -")
}

/// The hosts that are this computer.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
/// The longest folder name, in bytes. Chromium creates long paths below it, and Windows limits them to 260 characters.
const LONGEST_FOLDER_NAME: usize = 80;
/// Names that Windows opens as devices, whatever follows after a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

impl IdpUrl {
    /// Returns scheme, host and, if it is not the default one, port: `https://example.okta.com`.
    pub fn origin(&self) -> String {
        let authority = self.authority();
        let behind = self.0.find(authority).unwrap_or_default() + authority.len();
        self.0.get(..behind).unwrap_or_default().to_owned()
    }

    /// Returns a name for the provider's folder that is valid on every file system: the host, or `host_PORT`.
    pub fn folder_name(&self) -> String {
        let safe = |c: char| match c {
            'a'..='z' | '0'..='9' | '.' | '-' => c,
            _ => '_',
        };
        let authority = self.authority().replace(['[', ']'], "");
        let name: String = authority.chars().map(safe).collect();
        let label = name.split('.').next().unwrap_or_default();
        if DEVICES.contains(&label.trim_end_matches(|c: char| c.is_ascii_digit())) {
            return format!("_{name}");
        }
        if name.len() <= LONGEST_FOLDER_NAME {
            return name;
        }
        let digest = hex::encode(&Sha256::digest(&name)[..8]);
        format!("{}_{digest}", &name[..LONGEST_FOLDER_NAME - 17])
    }

    fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

/// Returns the URL in its one form.
fn idp_url(value: &str) -> Result<String, String> {
    const SHAPE: &str = "must be like https://example.okta.com/home/amazon_aws/0oa1/272";
    /// RFC 3986, section 2, except for `'`.
    const URI: Chars = Chars::of("A-Z a-z 0-9 - . _ ~ % : / ? # [ ] @ ! $ & ( ) * + , ; =");
    let refuse = |why: &str| Err(why.to_owned());
    if let Some(c) = value.chars().find(|c| !URI.has(*c)) {
        let why = format!("must not have {c:?} in it: write it as %XX");
        return Err(why);
    }
    if value.len() > 2048 {
        return refuse("must have at most 2048 characters");
    }
    let Some((scheme, rest)) = value.split_once("://") else {
        return refuse(SHAPE);
    };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    // The colon of a port, not a colon of [::1].
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority.as_str(), None),
    };
    let is_name = host.len() <= 253 && host.split('.').all(is_label);
    if !is_name && !LOOPBACK.contains(&host) || !port.is_none_or(is_port) {
        return refuse(SHAPE);
    }
    let own_port = match scheme.as_str() {
        "https" => 443,
        "http" if LOOPBACK.contains(&host) => 80,
        "http" => return refuse("must start with https://"),
        _ => return refuse(SHAPE),
    };
    let (before, fragment) = behind.split_once('#').unwrap_or((behind, ""));
    let path = before.split('?').next().unwrap_or_default();
    // Brackets are allowed around an IPv6 address only, and a second # nowhere.
    if [path, before, fragment]
        .iter()
        .any(|part| part.contains(['[', ']', '#']))
    {
        return refuse(SHAPE);
    }
    if !escapes_are_whole(behind) {
        return refuse("each % must be followed by two hexadecimal digits");
    }
    let port: Option<u16> = port.and_then(|port| port.parse().ok());
    let port = port.filter(|port| *port != own_port);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}{port}{behind}"))
}

fn escapes_are_whole(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    parts.all(|part| matches!(part.as_bytes(), [a, b, ..] if is_hex(a) && is_hex(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_arns() {
        let arn = "arn:aws-cn:iam::111122223333:saml-provider/Okta_1.a-b";
        let provider: IdpArn = arn.parse().unwrap();
        assert_eq!(provider.name(), "Okta_1.a-b");
        assert_eq!(provider.partition().as_str(), "aws-cn");
        assert_eq!(provider.account().as_str(), "111122223333");
        let (partition, account) = (provider.partition(), provider.account());
        let same = IdpArn::new(partition, account, "Okta_1.a-b");
        assert_eq!(same.as_ref(), Ok(&provider));
        assert_eq!(provider.to_string(), arn);

        let long = "a".repeat(129);
        for bad in ["", "a/b", "a b", "a\n", "a,b", "é", "a:b", &long] {
            assert!(IdpArn::new(partition, account, bad).is_err(), "{bad:?}");
        }
        for bad in [
            "arn:aws:iam::111122223333:role/Okta",
            "arn:aws:iam::11112222333:saml-provider/Okta",
            "arn:aws:sts::111122223333:saml-provider/Okta",
            "arn:evil:iam::111122223333:saml-provider/Okta",
            " arn:aws:iam::111122223333:saml-provider/Okta",
            "Okta",
        ] {
            assert!(bad.parse::<IdpArn>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn urls_of_identity_providers() {
        // The URL as given, as parsed (if different), its origin, its folder.
        let table = [
            (
                "https://example.okta.com/home/amazon_aws/0oa1/272",
                "",
                "https://example.okta.com",
                "example.okta.com",
            ),
            (
                "https://accounts.google.com/o/saml2/initsso?idpid=C0a&spid=1&forceauthn=false",
                "",
                "https://accounts.google.com",
                "accounts.google.com",
            ),
            (
                "https://fs.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices",
                "",
                "https://fs.example.com",
                "fs.example.com",
            ),
            (
                "https://sso.jumpcloud.com/#/aws",
                "",
                "https://sso.jumpcloud.com",
                "sso.jumpcloud.com",
            ),
            (
                "https://idp.example.com?a=%2F",
                "",
                "https://idp.example.com",
                "idp.example.com",
            ),
            (
                "HTTPS://IdP.Example.com:0443/Path",
                "https://idp.example.com/Path",
                "https://idp.example.com",
                "idp.example.com",
            ),
            (
                "https://idp.example.com:8443/x",
                "",
                "https://idp.example.com:8443",
                "idp.example.com_8443",
            ),
            (
                "http://127.0.0.1:8080/x",
                "",
                "http://127.0.0.1:8080",
                "127.0.0.1_8080",
            ),
            ("http://localhost/x", "", "http://localhost", "localhost"),
            ("http://[::1]:99/x", "", "http://[::1]:99", "__1_99"),
            ("http://[::1]/x", "", "http://[::1]", "__1"),
            (
                "https://nul.example.com",
                "",
                "https://nul.example.com",
                "_nul.example.com",
            ),
            ("https://com1/", "", "https://com1", "_com1"),
            (
                "https://company.example.com",
                "",
                "https://company.example.com",
                "company.example.com",
            ),
        ];
        for (given, kept, origin, folder) in table {
            let url: IdpUrl = given.parse().unwrap_or_else(|error| panic!("{error}"));
            let kept = if kept.is_empty() { given } else { kept };
            assert_eq!(url.as_str(), kept);
            assert_eq!(
                (url.origin(), url.folder_name()),
                (origin.into(), folder.into()),
                "{given}"
            );
            assert_eq!(url.as_str().parse(), Ok(url.clone()), "twice is once");
        }
    }

    #[test]
    fn long_hosts_have_different_short_folders() {
        let host = |last: &str| format!("https://{}.{last}/", vec!["a".repeat(60); 3].join("."));
        let folder = |last| host(last).parse::<IdpUrl>().unwrap().folder_name();
        assert_eq!(folder("com").len(), LONGEST_FOLDER_NAME);
        assert_ne!(folder("com"), folder("net"));
    }

    #[test]
    fn invalid_urls_of_identity_providers() {
        let long = format!("https://example.com/{}", "a".repeat(2048));
        let long_host = format!("https://{}/", vec!["a".repeat(60); 5].join("."));
        let evil = [
            "",
            "https://",
            "https:///x",
            "example.okta.com/x",
            "http://example.okta.com/x",
            "http://127.0.0.1.evil.com/x",
            "http://127.0.0.2/x",
            "http://localhost@evil.com/x",
            "ftp://localhost/x",
            "file:///etc/passwd",
            "javascript:alert(1)//https://example.com",
            "data://example.com/x",
            "https://alice@example.com/x",
            "https://alice:secret@example.com/x",
            "https://example.com:443:443/x",
            "https://example.com:/x",
            "https://example.com:0/x",
            "https://example.com:65536/x",
            "https://[::2]/x",
            "https://[::1]x/",
            "https://-rf.example.com/x",
            "https://example..com/x",
            "https://exämple.com/x",
            "https://example.com\\@evil.com/x",
            "https://example.com/a b",
            "https://example.com/a\nregion = x",
            "https://example.com/\u{202e}x",
            "https://example.com/x#\x1b[31m",
            "https://example.com/x'y",
            "https://example.com/x\"y",
            "https://example.com/`id`",
            "https://example.com/<x>",
            "https://example.com/{x}",
            "https://example.com/x|y",
            "https://example.com/x[0]",
            "https://example.com/?x[0]=1",
            "https://example.com/x#y#z",
            "https://example.com/x%",
            "https://example.com/x%2",
            "https://example.com/x%zz",
            "--https://example.com/x",
            &long,
            &long_host,
        ];
        for bad in evil {
            assert!(bad.parse::<IdpUrl>().is_err(), "{bad:?}");
        }
    }
}
