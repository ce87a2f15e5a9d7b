//! Profiles that cannot be used, told before anybody is asked anything.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::standin::Service;

struct Case {
    name: &'static str,
    config: String,
    status: i32,
    words: &'static [&'static str],
}

/// The guide's profile with one line in place of another, and what else is in the file.
fn with(line: &str, other: &str, rest: &str) -> String {
    let profile = PROFILE.replace(line, other);
    assert!(line.is_empty() || profile != PROFILE, "{line} is in it");
    format!("{profile}\n{rest}")
}

fn sourced_from(source: &str, rest: &str) -> String {
    with(
        "source_profile = default",
        &format!("source_profile = {source}"),
        rest,
    )
}

fn cases() -> Vec<Case> {
    let case = |name, config, status, words| Case {
        name,
        config,
        status,
        words,
    };
    let session = "sso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n";
    let sso_keys = "sso_account_id = 111122223333\nsso_role_name = Engineer\n";
    vec![
        case(
            "no profile",
            String::new(),
            1,
            &[
                "profile apono-k8s-access is not set up",
                "has no section [profile apono-k8s-access]",
                "run `apono-login install` in a terminal",
            ],
        ),
        case(
            "another one is installed",
            PROFILE.replace("profile apono-k8s-access", "profile work"),
            1,
            &["is not set up", "--profile work"],
        ),
        case(
            "the name stands in other letters",
            PROFILE.replace("[profile apono-k8s", "[profile Apono-k8s"),
            1,
            &["is not set up", "--profile Apono-k8s-access"],
        ),
        case(
            "only a region",
            "[profile apono-k8s-access]\nregion = eu-west-1\n".into(),
            1,
            &[
                "is incomplete",
                "role_arn and role_session_name and source_profile",
                "apono-login install",
            ],
        ),
        case(
            "no session name",
            with("role_session_name = alice@example.com\n", "", ""),
            1,
            &["is incomplete", "lacks role_session_name"],
        ),
        case(
            "an empty session name",
            with("= alice@example.com", "=", ""),
            1,
            &["lacks role_session_name"],
        ),
        case(
            "unknown source",
            sourced_from("work", ""),
            1,
            &[
                "source profile work does not exist",
                "have one written: `apono-login install --sso-start-url URL",
                "--source-profile NAME",
            ],
        ),
        case(
            "circle",
            sourced_from(
                "a",
                "\
            [profile a]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = b\n\
            [profile b]\nrole_arn = arn:aws:iam::111122223333:role/b\nsource_profile = a\n",
            ),
            1,
            &[
                "cannot be used",
                "in a circle: apono-k8s-access -> a -> b -> a",
            ],
        ),
        case(
            "back to itself",
            sourced_from(
                "a",
                "\
            [profile a]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = apono-k8s-access\n",
            ),
            1,
            &["in a circle"],
        ),
        case(
            "its own source, without keys",
            sourced_from("apono-k8s-access", ""),
            1,
            &["in a circle"],
        ),
        case(
            "a source without credentials",
            sourced_from("empty", "[profile empty]\nregion = eu-west-1\n"),
            1,
            &[
                "source profile empty has no credentials",
                "have one written: `apono-login install --sso-start-url URL",
            ],
        ),
        case(
            "half a key",
            sourced_from("half", "[profile half]\naws_access_key_id = AKIAHALF\n"),
            1,
            &["source profile half has no credentials"],
        ),
        case(
            "two sources",
            with("region", "credential_source = Environment\nregion", ""),
            1,
            &["both source_profile and credential_source"],
        ),
        case(
            "an unknown credential_source",
            with("source_profile = default", "credential_source = Cloud", ""),
            1,
            &["none of Environment, EcsContainer, Ec2InstanceMetadata"],
        ),
        case(
            "the ARN of a session",
            with(
                "iam::111122223333:role",
                "sts::111122223333:assumed-role",
                "",
            ),
            1,
            &["role_arn", "is not the ARN of an IAM role"],
        ),
        case(
            "11 digits",
            with("iam::111122223333", "iam::11112222333", ""),
            1,
            &["exactly 12 digits"],
        ),
        case(
            "a region of another host",
            with("= eu-west-1", "= evil.com/#", ""),
            1,
            &["is not an AWS region"],
        ),
        case(
            "a space in the session name",
            with("alice@", "alice smith@", ""),
            1,
            &["STS does not allow ' ' in it"],
        ),
        case(
            "é in the session name",
            with("alice@", "alicé@", ""),
            1,
            &["STS does not allow 'é' in it"],
        ),
        case(
            "ESC in the session name",
            with("alice@", "\x1b]0;x\x07alice@", ""),
            1,
            &["STS does not allow"],
        ),
        case(
            "a session name of one",
            with("alice@example.com", "a", ""),
            1,
            &["2 to 64 characters, this has 1"],
        ),
        case(
            "a session name of 65",
            with("alice@example.com", &"a".repeat(65), ""),
            1,
            &["this has 65"],
        ),
        case(
            "a duration in words",
            with("region", "duration_seconds = 1h\nregion", ""),
            1,
            &["duration_seconds", "900 to 43200"],
        ),
        case(
            "too long a duration",
            with("region", "duration_seconds = 86400\nregion", ""),
            1,
            &["900 to 43200"],
        ),
        case(
            "not signed in",
            sourced_from(
                "sso",
                &format!(
                    "[profile sso]\nsso_session = corp\n{sso_keys}[sso-session corp]\n{session}"
                ),
            ),
            3,
            &[
                "you have to sign in",
                "there is no SSO session for https://example.awsapps.com/start",
                "run `apono-login`",
            ],
        ),
        case(
            "not signed in, a legacy profile",
            sourced_from("sso", &format!("[profile sso]\n{session}{sso_keys}")),
            3,
            &["you have to sign in", "run `apono-login`"],
        ),
        case(
            "the sign-in is over",
            sourced_from(
                "sso",
                &format!(
                    "[profile sso]\nsso_session = old\n{sso_keys}[sso-session old]\n{session}"
                ),
            ),
            3,
            &[
                "you have to sign in",
                "ended at 2020-01-02 03:04 UTC",
                "run `apono-login`",
            ],
        ),
        case(
            "the sign-in is over, a legacy profile",
            sourced_from(
                "sso",
                &format!(
                    "[profile sso]\n{}{sso_keys}",
                    session.replace("example", "old")
                ),
            ),
            3,
            &["you have to sign in", "ended at 2020-01-02 03:04 UTC"],
        ),
        case(
            "a corrupt sign-in is none",
            sourced_from(
                "sso",
                &format!(
                    "[profile sso]\nsso_session = corrupt\n{sso_keys}[sso-session corrupt]\n{session}"
                ),
            ),
            3,
            &["there is no SSO session"],
        ),
        case(
            "an unknown sso-session",
            sourced_from(
                "sso",
                &format!("[profile sso]\nsso_session = none\n{sso_keys}"),
            ),
            1,
            &[
                "your AWS config has no sign-in of the name that a profile in it uses",
                "\"none\"",
                "have another one written: `apono-login install --sso-start-url URL",
            ],
        ),
        case(
            "an sso-session without a start URL",
            sourced_from(
                "sso",
                &format!(
                    "[profile sso]\nsso_session = corp\n{sso_keys}[sso-session corp]\nsso_region = eu-west-1\n"
                ),
            ),
            1,
            &["lacks sso_start_url", "have another one written"],
        ),
        case(
            "an unknown store",
            with("region", "apono_store = vault\nregion", ""),
            1,
            &["there is no credential store \"vault\""],
        ),
    ]
}

/// Sign-ins as the AWS CLI leaves them, each under the SHA-1 of the sso-session's name or of the start URL.
fn sign_ins(laptop: &Laptop) {
    let over = r#"{"accessToken":"x","expiresAt":"2020-01-02T03:04:05Z"}"#;
    let files = [
        ("c00dbbc9dadfbe1e232e93a729dd4752fade0abf", over), // old
        ("33d5ca4bf3b1a62edb96b47f7c203034a43ac435", over), // https://old.awsapps.com/start
        ("a1ce829a6e4fb826d301d8571c127c518175f6e2", "{\"accessTo"), // corrupt
    ];
    for (name, content) in files {
        laptop
            .home
            .write(&format!(".aws/sso/cache/{name}.json"), content);
    }
}

#[test]
fn nobody_is_asked_about_a_profile_that_cannot_be_used() {
    let laptop = Laptop::new();
    sign_ins(&laptop);
    for case in cases() {
        println!("{}", case.name);
        laptop.home.write(".aws/config", &case.config);
        match case.status {
            // Logging in would begin with it.
            3 => {
                laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
                laptop.fails(laptop.run(UPDATE_KUBECONFIG), 3, "");
            }
            status => {
                for command in [LOGIN, GET_TOKEN, UPDATE_KUBECONFIG] {
                    laptop.fails(laptop.run(command), status, "");
                }
            }
        }
        assert_eq!(
            laptop.home.read(".aws/config"),
            case.config,
            "{}",
            case.name
        );
    }
    for service in [
        Service::Sts,
        Service::Eks,
        Service::Portal,
        Service::Metadata,
    ] {
        assert_eq!(laptop.aws.connections(service), 0, "{service:?}");
    }
    assert!(laptop.cached("entry").is_empty());
    assert!(!laptop.home.path(".kube").exists());
}

#[test]
fn a_profile_of_another_kind_is_told_from_half_a_profile() {
    let config = format!("{PROFILE}[profile work]\nregion = eu-west-1\n");
    let laptop = Laptop::with_config(config);
    let words = [
        "profile work is not one that apono-login installed",
        "--profile apono-k8s-access",
    ];
    laptop.fails(laptop.run("login --profile work"), 1, "");
}
