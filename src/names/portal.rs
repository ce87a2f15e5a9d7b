//! Names of IAM Identity Center: the access portal's start URL and the permission set.

use super::grammar::Chars;
use super::{AccountId, ProfileName, SsoRoleName, StartUrl};

const SCHEME: &str = "https://";

/// Returns the URL in its one form.
pub(super) fn start_url(value: &str) -> Result<String, String> {
    const SHAPE: &str = "must be like https://example.awsapps.com/start";
    const PATH: Chars = Chars::of("A-Z a-z 0-9 / - . _ ~ %");
    if let Some(c) = value.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(format!("must not have {c:?} in it"));
    }
    let bare = value.split_once('#').map_or(value, |(bare, _)| bare);
    let bare = bare.trim_end_matches('/');
    if bare.len() > 255 {
        return Err("must have at most 255 characters".to_owned());
    }
    let scheme = bare.get(..SCHEME.len()).unwrap_or_default();
    let rest = &bare[scheme.len()..];
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let fits = scheme.eq_ignore_ascii_case(SCHEME)
        && host.split('.').all(is_label)
        && port.is_none_or(is_port)
        && PATH.are_all_of(path);
    match fits {
        true => Ok(format!("{SCHEME}{}{path}", authority.to_ascii_lowercase())),
        false => Err(SHAPE.to_owned()),
    }
}

impl StartUrl {
    /// Returns a name for its sso-session: the first label of the host, such as `example` or `d-1234567890`.
    pub fn session_name(&self) -> ProfileName {
        let host = self.0.strip_prefix(SCHEME).unwrap_or(&self.0);
        let label = host.split(['.', ':', '/']).next().unwrap_or_default();
        ProfileName(label.to_owned())
    }

    /// Returns whether it looks like a start URL of AWS. Others are possible, but most likely a mistake.
    /// <https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html>
    pub fn is_usual(&self) -> bool {
        const DOMAINS: [&str; 5] = [
            ".awsapps.com",
            ".awsapps.cn",
            ".app.aws",
            ".amazonaws.com",
            ".amazonaws.com.cn",
        ];
        let host = self.0.strip_prefix(SCHEME).unwrap_or(&self.0);
        let host = host.split([':', '/']).next().unwrap_or_default();
        self.0.ends_with("/start") || DOMAINS.iter().any(|domain| host.ends_with(domain))
    }
}

impl SsoRoleName {
    /// Returns the name that `aws configure sso` gives its profile, such as `Engineer-111122223333`, in the characters of a
    /// profile name.
    pub fn profile_name(&self, account: &AccountId) -> ProfileName {
        let role = self.0.replace(['=', ','], "-");
        let name = format!("{role}-{account}");
        ProfileName(name.trim_start_matches('-').to_owned())
    }
}

impl ProfileName {
    /// Returns another name for the same thing: `NAME-2`. A name that would be too long is cut.
    pub fn numbered(&self, number: usize) -> ProfileName {
        let name = &self.0[..self.0.len().min(100)];
        ProfileName(format!("{name}-{number}"))
    }
}

/// Returns whether this is a label of a host name (RFC 1123).
pub(super) fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

pub(super) fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_start_urls_name_one_portal() {
        let table = [
            ("https://example.awsapps.com/start", "example"),
            ("https://example.awsapps.com/start/", "example"),
            ("https://example.awsapps.com/start#", "example"),
            ("https://example.awsapps.com/start#/", "example"),
            (
                "https://example.awsapps.com/start/#/?tab=accounts",
                "example",
            ),
            ("HTTPS://Example.AWSapps.com/start//", "example"),
        ];
        for (pasted, label) in table {
            let url: StartUrl = pasted.parse().unwrap();
            assert_eq!(
                url.as_str(),
                "https://example.awsapps.com/start",
                "{pasted}"
            );
            assert_eq!(url.session_name().as_str(), label, "{pasted}");
        }
        for (url, label) in [
            ("https://d-1234567890.awsapps.com/start", "d-1234567890"),
            (
                "https://start.us-gov-home.awsapps.com/directory/example",
                "start",
            ),
            (
                "https://ssoins-1234.portal.us-east-1.app.aws",
                "ssoins-1234",
            ),
            ("https://localhost:8443/start", "localhost"),
        ] {
            let parsed: StartUrl = url.parse().unwrap();
            assert_eq!(
                (parsed.as_str(), parsed.session_name().as_str()),
                (url, label)
            );
            assert!(label.parse::<ProfileName>().is_ok(), "{label}");
            assert_eq!(parsed.as_str().parse(), Ok(parsed.clone()), "twice is once");
        }
    }

    #[test]
    fn invalid_start_urls() {
        let long = format!("https://example.com/{}", "a".repeat(256));
        let evil = [
            "",
            "https://",
            "https:///start",
            "http://example.awsapps.com/start",
            "javascript:alert(1)//https://example.awsapps.com",
            "file:///etc/passwd",
            "example.awsapps.com/start",
            "https://alice@example.awsapps.com/start",
            "https://a:b@example.awsapps.com/start",
            "https://example.awsapps.com/start?x=y",
            "https://example.awsapps.com\\@evil.com/start",
            "https://example.awsapps.com/start\n",
            "https://example.awsapps.com/sta rt",
            "https://example.awsapps.com/start#\x1b[31m",
            "https://example.awsapps.com/start]",
            "https://example.awsapps.com/\u{202e}trats",
            "https://exämple.awsapps.com/start",
            "https://-rf.awsapps.com/start",
            "https://example..com/start",
            "https://.example.com/start",
            "https://[::1]/start",
            "https://example.com:/start",
            "https://example.com:0/start",
            "https://example.com:65536/start",
            "https://example.com:+443/start",
            "https://example.com/$(id)",
            "--https://example.com",
            &long,
        ];
        for bad in evil {
            assert!(bad.parse::<StartUrl>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn profile_names_as_the_aws_cli_proposes_them() {
        let account = "111122223333".parse().unwrap();
        let long = "a".repeat(32);
        for (role, name) in [
            ("Engineer", "Engineer-111122223333"),
            ("a=b,c+d@e.f_g", "a-b-c+d@e.f_g-111122223333"),
            ("-=-", "111122223333"),
            (&long, &format!("{long}-111122223333")),
        ] {
            let proposed = role.parse::<SsoRoleName>().unwrap().profile_name(&account);
            assert_eq!(proposed.as_str(), name);
            assert_eq!(name.parse(), Ok(proposed.clone()));
            let second = proposed.numbered(2);
            assert_eq!(second.as_str(), format!("{name}-2"));
            assert!(second.as_str().parse::<ProfileName>().is_ok());
        }
    }
}
