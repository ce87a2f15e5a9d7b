use chrono::TimeZone as _;

use super::*;
use crate::credentials::{Credentials, Secret};
use crate::eks::token::sign_token;

const HOST: &str = "sts.eu-west-1.amazonaws.com";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//session+token==";

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 28, 12, 0, 0).unwrap()
}

fn encode(url: impl AsRef<[u8]>) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url))
}

/// Returns a token of ours for a host.
fn token(region: &str, host: &str) -> String {
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLE00000001".into(),
        secret_access_key: Secret::new("secret/Key+0123456789"),
        session_token: Secret::new(SESSION_TOKEN),
        expires_at: noon(),
    };
    let (cluster, region) = ("prod".parse().unwrap(), region.parse().unwrap());
    let token = sign_token(&credentials, &cluster, &region, host, noon()).unwrap();
    token.value.reveal().to_owned()
}

/// Returns the URL in a valid token.
fn good() -> String {
    let token = token("eu-west-1", HOST);
    let url = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX).unwrap());
    String::from_utf8(url.unwrap()).unwrap()
}

fn problems(url: impl AsRef<[u8]>) -> Vec<Problem> {
    inspect(&encode(url), noon()).unwrap().problems
}

#[test]
fn our_tokens_are_accepted_and_decoded() {
    let found = inspect(&token("eu-west-1", HOST), noon()).unwrap();
    assert_eq!(found.problems, []);
    assert_eq!(found.host, HOST);
    assert_eq!(found.region, Some("eu-west-1".parse().unwrap()));
    assert_eq!(found.access_key_id.as_deref(), Some("ASIAEXAMPLE00000001"));
    assert_eq!(found.signed_at, Some(noon()));
    assert_eq!(
        found.accepted_until(),
        Some(noon() + TimeDelta::minutes(15))
    );
    assert_eq!(found.expires, Some(60));
    assert_eq!(found.signed_headers, ["host", "x-k8s-aws-id"]);
    assert!(found.is_bound_to_a_cluster());
    assert_eq!(found.size, token("eu-west-1", HOST).len());
    let hidden: Vec<_> = found
        .parameters
        .iter()
        .filter(|parameter| parameter.value.is_none())
        .map(|parameter| parameter.name.as_str())
        .collect();
    assert_eq!(hidden, ["X-Amz-Security-Token", "X-Amz-Signature"]);
    assert_eq!(found.parameters.len(), 9);
}

#[test]
fn every_sts_host_is_accepted_and_no_other() {
    for (region, host) in [
        ("eu-west-1", HOST),
        ("us-east-1", "sts-fips.us-east-1.amazonaws.com"),
        ("eu-west-1", "sts.eu-west-1.api.aws"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
    ] {
        let found = inspect(&token(region, host), noon()).unwrap();
        assert_eq!(found.problems, [], "{host}");
        assert_eq!(found.region, Some(region.parse().unwrap()), "{host}");
    }
    let global = inspect(&token("us-east-1", GLOBAL_HOST), noon()).unwrap();
    assert_eq!((global.problems, global.region), (vec![], None));
    for host in [
        "127.0.0.1:4566",
        "localhost",
        "sts.eu-west-1.amazonaws.com:443",
        "sts.eu-west-1.amazonaws.com.evil.com",
        "sts.eu-west-1.amazonaws.com.cn",
        "sts.cn-north-1.amazonaws.com",
        "STS.eu-west-1.amazonaws.com",
        "sts.eu-west-1.amazonaws.com.",
        "sts.EU-WEST-1.amazonaws.com",
        "ec2.eu-west-1.amazonaws.com",
        "sts..amazonaws.com",
        "sts.eu-west-1",
        "",
    ] {
        let found = inspect(&token("eu-west-1", host), noon()).unwrap();
        let expected = Problem::Host {
            host: host.to_owned(),
        };
        assert_eq!(found.problems, [expected], "{host}");
        assert_eq!(found.region, None);
    }
}

/// Breaks each rule once: that problem is reported and no other.
#[test]
fn each_rule_broken_once() {
    let good = good();
    let scope = |part, found: &str, expected: &str| Problem::Scope {
        part,
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    let unexpected = |name, expected| Problem::Unexpected { name, expected };
    let unknown = |name: &str| Problem::Unknown {
        name: name.to_owned(),
    };
    let expires = unexpected("X-Amz-Expires", "a number of seconds from 0 to 900");
    let date = unexpected("X-Amz-Date", "a time such as 20261128T120000Z");
    let signature = unexpected("X-Amz-Signature", "64 hexadecimal digits");
    let credential = unexpected("X-Amz-Credential", "KEY/DATE/REGION/sts/aws4_request");
    let cases = [
        (good.replace("https:", "http:"), Problem::Scheme),
        (good.replace("https://", "https://alice@"), Problem::User),
        (good.replace(".com/?", ".com/x?"), Problem::Path),
        (good.replace(".com/?", ".com?"), Problem::Path),
        (good.replace(".com/?", ".com//?"), Problem::Path),
        (format!("{good}#x"), Problem::Fragment),
        (format!("{good}#"), Problem::Fragment),
        (format!("{good}&x=%zz"), Problem::Query),
        (format!("{good}&x=%f"), Problem::Query),
        (format!("{good}&x=%ff"), Problem::Query),
        (format!("{good}&x=1;y=2"), Problem::Query),
        (
            format!("{good}&DurationSeconds=900"),
            unknown("DurationSeconds"),
        ),
        (
            format!("{good}&X-Amz-User-Agent=x"),
            unknown("X-Amz-User-Agent"),
        ),
        (format!("{good}&%1b[31m=x"), unknown("\u{1b}[31m")),
        (format!("{good}&=x"), unknown("")),
        (
            format!("{good}&Version=1"),
            Problem::Repeated { name: "Version" },
        ),
        (
            format!("{good}&version=1"),
            Problem::Repeated { name: "Version" },
        ),
        (
            format!("{good}&Ver%73ion=1"),
            Problem::Repeated { name: "Version" },
        ),
        (
            good.replace("Action=", "x-amz-algorithm="),
            Problem::Missing { name: "Action" },
        ),
        (
            good.replace("=GetCaller", "=getCaller"),
            unexpected("Action", "GetCallerIdentity"),
        ),
        (
            good.replace("HMAC-SHA256", "HMAC-SHA1"),
            unexpected("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ),
        (good.replace("Expires=60", "Expires=901"), expires.clone()),
        (good.replace("Expires=60", "Expires=-1"), expires.clone()),
        (good.replace("Expires=60", "Expires=1e2"), expires.clone()),
        (good.replace("Expires=60", "Expires="), expires),
        (good.replace("Date=2026", "Date=+026"), date.clone()),
        (good.replace("120000Z", "120000"), date.clone()),
        (good.replace("T120000Z", "T126100Z"), date),
        (good.replace("Signature=", "Signature=0"), signature.clone()),
        (good.rsplit_once('=').unwrap().0.to_owned() + "=", signature),
        (
            good.replace("%3Bx-k8s-aws-id", ""),
            Problem::Unsigned {
                name: "x-k8s-aws-id",
            },
        ),
        (
            good.replace("host%3B", ""),
            Problem::Unsigned { name: "host" },
        ),
        (good.replace("%2Faws4_request", ""), credential.clone()),
        (good.replace("ASIAEXAMPLE00000001", ""), credential),
        (
            good.replace("%2Feu-west-1", "%2Feu-west-2"),
            scope("region in X-Amz-Credential", "eu-west-2", "eu-west-1"),
        ),
        (
            good.replace("%2F20261128", "%2F20261127"),
            scope("date in X-Amz-Credential", "20261127", "20261128"),
        ),
        (
            good.replace("%2Fsts", "%2Fs3"),
            scope("service in X-Amz-Credential", "s3", "sts"),
        ),
        (
            good.replace("aws4_request", "aws4_x"),
            scope("end of X-Amz-Credential", "aws4_x", "aws4_request"),
        ),
    ];
    for (url, expected) in cases {
        assert_ne!(url, good);
        let mut found = problems(&url);
        // With an algorithm in the action's place there are two.
        found.retain(|problem| {
            *problem
                != Problem::Repeated {
                    name: "X-Amz-Algorithm",
                }
        });
        assert_eq!(found, [expected], "{url}");
    }
    assert_eq!(
        problems(format!("{good}&Version=a\u{7}")).first(),
        Some(&Problem::ControlCharacters)
    );
    assert_eq!(
        problems(good.replace("&X-Amz-Security-Token", "&x-amz-security-token")),
        []
    );
    assert_eq!(problems(good.replace("&Version=2011-06-15", "&")), []);
}

#[test]
fn a_token_is_accepted_for_fifteen_minutes() {
    let token = token("eu-west-1", HOST);
    for (seconds, expected) in [
        (
            -301,
            Some(Problem::NotYetValid {
                ahead: TimeDelta::seconds(301),
            }),
        ),
        (-300, None),
        (0, None),
        (900, None),
        (
            901,
            Some(Problem::Expired {
                age: TimeDelta::seconds(901),
            }),
        ),
    ] {
        let found = inspect(&token, noon() + TimeDelta::seconds(seconds)).unwrap();
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(found.problems, expected, "{seconds} s");
    }
}

#[test]
fn size_and_padding() {
    let good = good();
    let most = |extra: usize| {
        good.replace("&X-Amz-Sec", &format!("&X-Amz-Sec{}", ""))
            .replace("session", &format!("session{}", "A".repeat(extra)))
    };
    let fits = (0..4096)
        .rev()
        .find(|extra| encode(most(*extra)).len() <= MAX_LEN)
        .unwrap();
    assert_eq!(problems(most(fits)), []);
    let size = encode(most(fits + 1)).len();
    assert_eq!(problems(most(fits + 1)), [Problem::TooLong { size }]);
    let padded = inspect(&format!("{}=", encode(&good)), noon()).unwrap();
    assert_eq!(padded.problems, [Problem::Padded]);
}

/// Texts that are not tokens are refused without a crash.
#[test]
fn texts_that_are_not_tokens() {
    for (text, expected) in [
        ("", Error::Prefix),
        ("k8s-aws-v2.aHR0cHM6Ly8", Error::Prefix),
        (" k8s-aws-v1.aHR0cHM6Ly8", Error::Prefix),
        ("k8s-aws-v1.", Error::NotAUrl),
        ("k8s-aws-v1.====", Error::NotAUrl),
        ("k8s-aws-v1.a", Error::Encoding),
        ("k8s-aws-v1.aHR0 cHM6", Error::Encoding),
        ("k8s-aws-v1.aHR0\ncHM6", Error::Encoding),
        ("k8s-aws-v1.aHR0+/M6", Error::Encoding),
        ("k8s-aws-v1.aHR0\u{202e}", Error::Encoding),
        ("k8s-aws-v1._____w", Error::NotAUrl),
        ("k8s-aws-v1.aGVsbG8", Error::NotAUrl),
    ] {
        assert_eq!(inspect(text, noon()), Err(expected), "{text:?}");
    }
    for url in [
        "://",
        "https://",
        "https://?&&&",
        "https://#?/@",
        "x://@@@/?%&=%&;;",
        "https://h/?a=%E0%A4",
    ] {
        assert!(!problems(url).is_empty(), "{url}");
    }
}

#[test]
fn no_secret_is_kept_wherever_it_is() {
    let good = good();
    let signature = good.rsplit_once('=').unwrap().1;
    for url in [
        good.clone(),
        good.replace("X-Amz-Security-Token", "X%2DAmz-Security%2Dtoken"),
        good.replace("X-Amz-Security-Token", "Session"),
        format!("{good}&X-Amz-Signature={signature}"),
        good.replace("https://", &format!("https://{signature}@")),
    ] {
        let found = inspect(&encode(&url), noon()).unwrap();
        let shown = format!(
            "{found:?} {:?}",
            found
                .problems
                .iter()
                .map(Problem::to_string)
                .collect::<Vec<_>>()
        );
        for secret in [signature, SESSION_TOKEN, "session%2Btoken", "session+token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_inspected(text in "\\PC*", bytes in proptest::collection::vec(0u8.., 0..300)) {
        let _ = inspect(&text, noon());
        let _ = inspect(&encode(format!("https://{text}")), noon());
        let _ = inspect(&encode(bytes), noon());
    }
}
