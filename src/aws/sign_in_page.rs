//! AWS's sign-in endpoints, where identity providers send SAML responses. Pure.
//! <https://docs.aws.amazon.com/general/latest/gr/signin-service.html>
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>

use crate::names::{Partition, Region};

/// Returns the sign-in host of a partition; it may have the prefix `REGION.`. `None` for an unknown partition.
pub fn domain(partition: &Partition) -> Option<&'static str> {
    Some(match partition.as_str() {
        "aws" => "signin.aws.amazon.com",
        "aws-cn" => "signin.amazonaws.cn",
        "aws-us-gov" => "signin.amazonaws-us-gov.com",
        "aws-eusc" => "signin.amazonaws-eusc.eu",
        "aws-iso" => "signin.c2shome.ic.gov",
        "aws-iso-b" => "signin.sc2shome.sgov.gov",
        "aws-iso-e" => "signin.csphome.adc-e.uk",
        "aws-iso-f" => "signin.csphome.hci.ic.gov",
        _ => return None,
    })
}

/// Returns whether `url` is a SAML endpoint of the partition, and does not only look like one. A query or a fragment may
/// follow.
pub fn is_sign_in(url: &str, partition: &Partition) -> bool {
    const SCHEME: &str = "https://";
    let Some(domain) = domain(partition) else {
        return false;
    };
    if !url
        .get(..SCHEME.len())
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    {
        return false;
    }
    let whole = url[SCHEME.len()..]
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let (authority, path) = whole.split_at(whole.find('/').unwrap_or(whole.len()));
    let host = authority
        .strip_suffix(":443")
        .unwrap_or(authority)
        .to_ascii_lowercase();
    let is_host = match host.strip_suffix(domain) {
        Some("") => true,
        Some(before) => before
            .strip_suffix('.')
            .is_some_and(|region| region.parse::<Region>().is_ok()),
        None => false,
    };
    is_host && is_path(path)
}

/// Returns whether this is the path of an endpoint: `/saml`, or `/saml/acs/ID` for a provider that encrypts its responses.
/// AWS's own examples also have `/static/saml`.
fn is_path(path: &str) -> bool {
    let is_id = |id: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=128).contains(&id.len()) && id.bytes().all(allowed) && !id.starts_with('.')
    };
    matches!(path, "/saml" | "/static/saml") || path.strip_prefix("/saml/acs/").is_some_and(is_id)
}

/// Returns patterns for DevTools' `Fetch.enable` that cover the endpoints. There `*` matches anything, dots and slashes too,
/// so each match must be checked with [`is_sign_in`]. Empty for an unknown partition.
pub fn patterns(partition: &Partition) -> Vec<String> {
    let of = |domain| {
        ["/saml", "/static/saml"].map(|path| {
            [
                format!("https://{domain}{path}*"),
                format!("https://*.{domain}{path}*"),
            ]
        })
    };
    domain(partition)
        .map(of)
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(name: &str) -> Partition {
        name.parse().unwrap()
    }

    #[test]
    fn endpoints_of_the_partition() {
        for (name, url) in [
            ("aws", "https://signin.aws.amazon.com/saml"),
            ("aws", "https://signin.aws.amazon.com:443/saml"),
            ("aws", "HTTPS://SignIn.AWS.amazon.com/saml"),
            ("aws", "https://signin.aws.amazon.com/saml?x=y"),
            ("aws", "https://signin.aws.amazon.com/saml#1"),
            ("aws", "https://signin.aws.amazon.com/static/saml"),
            ("aws", "https://us-east-2.signin.aws.amazon.com/saml"),
            (
                "aws",
                "https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSPAB12_x-y",
            ),
            ("aws-cn", "https://cn-north-1.signin.amazonaws.cn/saml"),
            ("aws-us-gov", "https://signin.amazonaws-us-gov.com/saml"),
            (
                "aws-eusc",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml",
            ),
            ("aws-iso-f", "https://signin.csphome.hci.ic.gov/saml"),
        ] {
            assert!(is_sign_in(url, &partition(name)), "{url}");
        }
    }

    #[test]
    fn urls_that_only_look_like_an_endpoint() {
        for url in [
            "",
            "https://",
            "http://signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com",
            "https://signin.aws.amazon.com/",
            "https://signin.aws.amazon.com/saml/",
            "https://signin.aws.amazon.com/saml2",
            "https://signin.aws.amazon.com/SAML",
            "https://signin.aws.amazon.com/saml/acs/",
            "https://signin.aws.amazon.com/saml/acs/a/b",
            "https://signin.aws.amazon.com/saml/acs/..",
            "https://signin.aws.amazon.com/x/../saml",
            "https://signin.aws.amazon.com/saml;x",
            "https://signin.aws.amazon.com:8443/saml",
            "https://signin.aws.amazon.com:443:443/saml",
            "https://alice@signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com@evil.com/saml",
            "https://signin.aws.amazon.com.evil.com/saml",
            "https://signin.aws.amazon.com\\.evil.com/saml",
            "https://evil.com/saml?https://signin.aws.amazon.com/saml",
            "https://evil.com/#.signin.aws.amazon.com/saml",
            "https://evilsignin.aws.amazon.com/saml",
            "https://.signin.aws.amazon.com/saml",
            "https://a.us-east-1.signin.aws.amazon.com/saml",
            "https://111122223333.signin.aws.amazon.com/saml",
            "https://signin.amazonaws.cn/saml",
            " https://signin.aws.amazon.com/saml",
            "é",
            "httpsé//",
        ] {
            assert!(!is_sign_in(url, &partition("aws")), "{url}");
        }
        assert!(!is_sign_in(
            "https://signin.aws.amazon.com/saml",
            &partition("aws-new")
        ));
    }

    #[test]
    fn patterns_cover_the_endpoints() {
        assert_eq!(
            patterns(&partition("aws-cn")),
            [
                "https://signin.amazonaws.cn/saml*",
                "https://*.signin.amazonaws.cn/saml*",
                "https://signin.amazonaws.cn/static/saml*",
                "https://*.signin.amazonaws.cn/static/saml*",
            ]
        );
        assert!(patterns(&partition("aws-new")).is_empty());
    }
}
