use super::*;
use crate::profile::identity::Identity;

fn profiles(config: &str) -> Profiles {
    Profiles::new([config.to_owned(), String::new()]).unwrap()
}

fn planned(config: &str) -> Result<Plan, Error> {
    plan(&profiles(config), &"p".parse().unwrap())
}

/// `[profile p]` of the setup guide, with more lines in it, and other sections after it.
fn guide(more: &str, rest: &str) -> String {
    format!(
        "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
         role_session_name = alice@example.com\n{more}\n{rest}\n"
    )
}

const KEYS: &str = "aws_access_key_id = AKIA\naws_secret_access_key = s";
const SSO_PLACE: &str = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
const SSO_ROLE: &str = "sso_account_id = 111122223333\nsso_role_name = Engineer\n";

#[test]
fn the_root_of_the_chain() {
    let sso = |session: Option<&str>| {
        Root::Sso(Box::new(SsoSource {
            profile: "s".into(),
            session: session.map(str::to_owned),
            start_url: "https://x.awsapps.com/start".into(),
            region: "eu-west-1".parse().unwrap(),
            scopes: vec![DEFAULT_SCOPE.into()],
            account: "111122223333".parse().unwrap(),
            role_name: "Engineer".into(),
        }))
    };
    let cases = [
        (format!("[profile s]\n{KEYS}"), Root::StaticKeys),
        (
            // Access keys take precedence over role_arn in a source profile.
            format!("[profile s]\n{KEYS}\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = t"),
            Root::StaticKeys,
        ),
        (
            format!("[profile s]\nsso_session = corp\n{SSO_ROLE}[sso-session corp]\n{SSO_PLACE}"),
            sso(Some("corp")),
        ),
        (format!("[profile s]\n{SSO_PLACE}{SSO_ROLE}"), sso(None)),
        // As in the aws CLI, and unlike the SDKs for Rust, Go and JavaScript.
        (
            format!("[profile s]\n{KEYS}\n{SSO_PLACE}{SSO_ROLE}"),
            sso(None),
        ),
        // There is no account to sign in to.
        (
            format!("[profile s]\n{KEYS}\n{SSO_PLACE}"),
            Root::StaticKeys,
        ),
        (
            "[profile s]\nlogin_session = arn:aws:iam::111122223333:user/alice\ncredential_process = x".into(),
            Root::Login,
        ),
        (
            "[profile s]\ncredential_process = x".into(),
            Root::Process {
                command: "x".into(),
            },
        ),
        (
            "[profile s]\nrole_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = /t".into(),
            Root::WebIdentity {
                token_file: "/t".to_owned(),
            },
        ),
        (
            format!(
                "[profile s]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = t\n[profile t]\n{KEYS}"
            ),
            Root::StaticKeys,
        ),
        (
            "[profile s]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Environment".into(),
            Root::Named(Named::Environment),
        ),
    ];
    for (rest, expected) in cases {
        let plan = planned(&guide("source_profile = s", &rest)).unwrap();
        let Source::Profile { name, root, .. } = plan.source else {
            panic!("{rest}");
        };
        assert_eq!((name.as_str(), root), ("s", expected), "{rest}");
    }
    let ambient = planned(&guide("credential_source = EcsContainer", "")).unwrap();
    assert_eq!(ambient.source, Source::Named(Named::EcsContainer));
    let own = planned(&guide(&format!("source_profile = p\n{KEYS}"), "")).unwrap();
    assert!(
        matches!(own.source, Source::Profile { name, root: Root::StaticKeys, .. } if name == "p")
    );
}

#[test]
fn roles_of_the_chain_are_assumed_from_the_root_on() {
    let chain = format!(
        "[profile s]\nrole_arn = arn:aws:iam::1:role/last\nrole_session_name = me\nsource_profile = t\n\
         [profile t]\nrole_arn = arn:aws:iam::1:role/first\nexternal_id = x1\nsource_profile = u\n\
         [profile u]\n{SSO_PLACE}{SSO_ROLE}"
    );
    let plan = planned(&guide("source_profile = s", &chain)).unwrap();
    let Source::Profile { hops, .. } = &plan.source else {
        panic!("{plan:?}");
    };
    let hop = |role: &str, session: Option<&str>, id: Option<&str>| Hop {
        role_arn: format!("arn:aws:iam::1:role/{role}"),
        session_name: session.map(str::to_owned),
        external_id: id.map(str::to_owned),
        mfa_serial: None,
    };
    assert_eq!(
        hops,
        &[
            hop("first", None, Some("x1")),
            hop("last", Some("me"), None)
        ]
    );
    assert_eq!(plan.source.sso().unwrap().profile, "u");
}

#[test]
fn a_role_of_the_chain_has_its_mfa_device() {
    let chain = |serial: &str| {
        format!(
            "[profile s]\nrole_arn = arn:aws:iam::1:role/x\nmfa_serial = {serial}\nsource_profile = u\n[profile u]\n{KEYS}"
        )
    };
    let device = "arn:aws:iam::111122223333:mfa/alice";
    let plan = planned(&guide("source_profile = s", &chain(device))).unwrap();
    assert_eq!(plan.source.hops()[0].mfa_serial.as_deref(), Some(device));
    assert_eq!(plan.source.origin(), Some("u"));
    assert!(plan.needs_code() && plan.mfa_serial.is_none());
    assert!(planned(&guide("source_profile = s", &chain("short"))).is_err());
}

#[test]
fn access_keys_in_quotes_are_refused() {
    let keys = KEYS.replace("aws_secret_access_key = ", "aws_secret_access_key = \"");
    assert_ne!(keys, KEYS);
    let error = planned(&guide(
        "source_profile = s",
        &format!("[profile s]\n{keys}\""),
    ));
    let key = keys::AWS_SECRET_ACCESS_KEY;
    assert!(matches!(error, Err(Error::Invalid { key: found, .. }) if found == key));
}

#[test]
fn an_invalid_sign_in_is_refused() {
    let sso = |place: &str| {
        planned(&guide(
            "source_profile = s",
            &format!("[profile s]\n{place}"),
        ))
    };
    let start = |url: &str| format!("sso_start_url = {url}\nsso_region = eu-west-1\n{SSO_ROLE}");
    for url in [
        "http://x.awsapps.com/start",
        "javascript:alert(1)",
        "https://x .com",
        "https://x\u{202e}.com",
        &format!("https://{}", "x".repeat(300)),
    ] {
        assert!(sso(&start(url)).is_err(), "{url}");
    }
    assert!(sso(&start("https://x.awsapps.com/start")).is_ok());
    for (key, bad) in [
        ("sso_region", "evil.com/#"),
        ("sso_account_id", "11112222333"),
        ("sso_role_name", "a b"),
        ("sso_registration_scopes", "sso:account:access,"),
    ] {
        let good = format!("{SSO_PLACE}{SSO_ROLE}");
        let rest: String = good
            .lines()
            .filter(|line| !line.starts_with(key))
            .collect::<Vec<_>>()
            .join("\n");
        let error = sso(&format!("{rest}\n{key} = {bad}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn interactive_is_true_or_false() {
    let interactive = |value: &str| {
        let more = format!("source_profile = p\n{KEYS}\napono_interactive = {value}");
        planned(&guide(&more, "")).map(|plan| plan.interactive)
    };
    assert_eq!(interactive("true"), Ok(true));
    assert_eq!(interactive("False"), Ok(false));
    assert!(interactive("yes").is_err());
}

#[test]
fn a_profile_that_cannot_be_used_says_why() {
    let with = |more: &str, rest: &str| planned(&guide(more, rest)).unwrap_err().to_string();
    let cases = [
        (
            planned("[profile q]").unwrap_err().to_string(),
            "profile \"p\" not found",
        ),
        (
            planned("[profile p]\nregion = eu-west-1")
                .unwrap_err()
                .to_string(),
            "is missing `role_arn`, `role_session_name`, `source_profile`",
        ),
        (
            with("source_profile = s", ""),
            "`source_profile` \"s\", which does not exist",
        ),
        (
            with("source_profile = s", "[profile s]\nregion = x"),
            "\"s\" has no keys that give credentials",
        ),
        (with("source_profile = p", ""), "loop: p -> p"),
        (
            with(
                "source_profile = s",
                "[profile s]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = p",
            ),
            "loop: p -> s -> p",
        ),
        (
            with(
                "source_profile = s0",
                &(0..100)
                    .map(|at| format!("[profile s{at}]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = s{}\n", at + 1))
                    .collect::<String>(),
            ),
            "starts at \"p\" has more than 100 profiles",
        ),
        (
            with("source_profile = s\ncredential_source = Environment", ""),
            "both `source_profile` and",
        ),
        (
            with("credential_source = Moon", ""),
            "invalid `credential_source` in profile \"p\": must be Environment,",
        ),
        (
            with(
                "source_profile = s\nduration_seconds = 60",
                &format!("[profile s]\n{KEYS}"),
            ),
            "900 to 43200",
        ),
        (
            with("source_profile = s", "[profile s]\nsso_session = gone"),
            "`sso_session` \"gone\"",
        ),
        (
            with(
                "source_profile = s",
                "[profile s]\nsso_session = c\n[sso-session c]\nsso_region = x",
            ),
            "\"s\" is missing `sso_start_url`, `sso_account_id`, `sso_role_name`",
        ),
        (
            with(
                "source_profile = s",
                &format!("[profile s]\n{SSO_PLACE}sso_role_name ="),
            ),
            "\"s\" is missing `sso_account_id`, `sso_role_name`",
        ),
    ];
    for (said, expected) in cases {
        assert!(said.contains(expected), "no {expected:?} in {said:?}");
    }
}

#[test]
fn apono_keys_take_precedence() {
    let config = format!(
        "[profile p]\ncredential_process = apono-login export-credentials\n\
         apono_role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
         apono_role_session_name = alice@example.com\napono_source_profile = s\n[profile s]\n{KEYS}"
    );
    let plan = planned(&config).unwrap();
    assert_eq!(plan.session_name.as_str(), "alice@example.com");
    assert!(matches!(plan.source, Source::Profile { name, .. } if name == "s"));
}

fn identity(config: &str) -> Identity {
    let set = profiles(config);
    let plan = plan(&set, &"p".parse().unwrap()).unwrap();
    plan.identity(&set, &[])
}

#[test]
fn the_identity_covers_everything_that_determines_the_credentials() {
    let source = format!("[profile s]\n{KEYS}");
    let base = guide("source_profile = s", &source);
    let changed = [
        base.replace("alice", "bob"),
        base.replace("role/apono", "role/other"),
        guide("source_profile = s\nduration_seconds = 900", &source),
        guide("source_profile = s\nexternal_id = abc", &source),
        guide(
            "source_profile = t",
            &source.replace("profile s", "profile t"),
        ),
        base.replace("AKIA", "AKIB"),
    ];
    for other in &changed {
        assert_ne!(identity(&base), identity(other), "{other}");
    }
    let same = [
        base.replace("[profile s]", "# a comment\n[profile s]\noutput = json"),
        guide("region = eu-west-1\nsource_profile = s", &source),
    ];
    for other in &same {
        assert_eq!(identity(&base), identity(other), "{other}");
    }
    let set = profiles(&base);
    let plan = plan(&set, &"p".parse().unwrap()).unwrap();
    let elsewhere = [("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1".to_owned())];
    assert_ne!(plan.identity(&set, &elsewhere), identity(&base));
}
