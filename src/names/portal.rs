//! Names of IAM Identity Center: the access portal's start URL and the permission set.

use std::fmt;
use std::str::FromStr;

use super::{AccountId, Error, ProfileName, refuse};

name!(
    /// The start URL of an AWS access portal: https and a host, optionally a port and a path, up to 255 characters.
    ///
    /// Users copy it from the browser's address bar, so what the portal's own pages append (`#/…`, a last `/`) is cut off: it
    /// is still the same portal. Scheme and host are in lower case. Equal URLs lead to the same portal.
    StartUrl
);

impl StartUrl {
    /// Returns a name for its sso-session: the first label of the host, such as `example` or `d-1234567890`.
    pub fn session_name(&self) -> ProfileName {
        let host = self.0.strip_prefix(SCHEME).unwrap_or(&self.0);
        let label = host.split(['.', ':', '/']).next().unwrap_or_default();
        ProfileName(label.to_owned())
    }
}

impl StartUrl {
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

const SCHEME: &str = "https://";

impl FromStr for StartUrl {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "start URL of an AWS access portal";
        const SHAPE: &str = "must be like https://example.awsapps.com/start";
        if let Some(c) = value.chars().find(|c| !c.is_ascii_graphic()) {
            return refuse(WHAT, value, format!("must not have {c:?} in it"));
        }
        let bare = value.split_once('#').map_or(value, |(bare, _)| bare);
        let bare = bare.trim_end_matches('/');
        if bare.len() > 255 {
            return refuse(WHAT, value, "must have at most 255 characters");
        }
        let scheme = bare.get(..SCHEME.len()).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return refuse(WHAT, value, SHAPE);
        }
        let rest = &bare[SCHEME.len()..];
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let in_path = |c: char| c.is_ascii_alphanumeric() || "/-._~%".contains(c);
        if !host.split('.').all(is_label) || !port.is_none_or(is_port) || !path.chars().all(in_path)
        {
            return refuse(WHAT, value, SHAPE);
        }
        let authority = authority.to_ascii_lowercase();
        Ok(StartUrl(format!("{SCHEME}{authority}{path}")))
    }
}

/// Returns whether this is a label of a host name (RFC 1123).
fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0)
}

name!(
    /// The name of a permission set, as in `sso_role_name`: 1 to 32 of `A-Z a-z 0-9 _ + = , . @ -`.
    /// <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html>
    SsoRoleName
);

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

impl FromStr for SsoRoleName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "permission set name";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if let Some(c) = value.chars().find(|c| !allowed(*c)) {
            let why = format!("must be of A-Z a-z 0-9 _ + = , . @ -, without {c:?}");
            return refuse(WHAT, value, why);
        }
        if !(1..=32).contains(&value.len()) {
            return refuse(WHAT, value, "must have 1 to 32 characters");
        }
        Ok(SsoRoleName(value.to_owned()))
    }
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

    #[test]
    fn permission_set_names() {
        let long = "a".repeat(32);
        for good in ["Engineer", "a", "-x", "A_b+c=d,e.f@g-h", &long] {
            assert!(good.parse::<SsoRoleName>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(33);
        for bad in ["", &too_long, "a b", "a/b", "a\n", "a]", "é", "a\x1b"] {
            assert!(bad.parse::<SsoRoleName>().is_err(), "{bad:?}");
        }
    }
}
