//! Profiles that cannot be used are refused before any request.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::standin::Service;

/// Exit status, title and config file.
fn cases() -> Vec<(i32, &'static str, String)> {
    let edits = [
        (
            "another one is installed",
            "profile apono-k8s-access",
            "profile work",
        ),
        (
            "the name in other letters",
            "[profile apono-k8s",
            "[profile Apono-k8s",
        ),
        (
            "no session name",
            "role_session_name = alice@example.com\n",
            "",
        ),
        ("an empty session name", "= alice@example.com", "="),
        (
            "two sources",
            "region",
            "credential_source = Environment\nregion",
        ),
        (
            "an unknown credential_source",
            "source_profile = default",
            "credential_source = Cloud",
        ),
        (
            "the ARN of a session",
            "iam::111122223333:role",
            "sts::111122223333:assumed-role",
        ),
        ("11 digits", "iam::111122223333", "iam::11112222333"),
        ("a region of another host", "= eu-west-1", "= evil.com/#"),
        ("a space in the session name", "alice@", "alice smith@"),
        ("é in the session name", "alice@", "alicé@"),
        ("ESC in the session name", "alice@", "\x1b]0;x\x07alice@"),
        ("a session name of one", "alice@example.com", "a"),
        ("a session name of 65", "alice@example.com", &"a".repeat(65)),
        (
            "a duration in words",
            "region",
            "duration_seconds = 1h\nregion",
        ),
        (
            "too long a duration",
            "region",
            "duration_seconds = 86400\nregion",
        ),
        ("an unknown store", "region", "apono_store = vault\nregion"),
    ];
    let role = "role_arn = arn:aws:iam::111122223333:role/a\nsource_profile =";
    let circle = format!("[profile a]\n{role} b\n[profile b]\n{role} a\n");
    let back = format!("[profile a]\n{role} apono-k8s-access\n");
    let sources = [
        ("unknown source", "work", ""),
        ("circle", "a", &circle),
        ("back to itself", "a", &back),
        ("its own source, without keys", "apono-k8s-access", ""),
        (
            "a source without credentials",
            "empty",
            "[profile empty]\nregion = eu-west-1\n",
        ),
        (
            "half a key",
            "half",
            "[profile half]\naws_access_key_id = AKIAHALF\n",
        ),
    ];
    let region = "sso_region = eu-west-1\n";
    let portal = |name| format!("{region}sso_start_url = https://{name}.awsapps.com/start\n");
    let session = |name| format!("[sso-session {name}]\n{}", portal("example"));
    let no_url = format!("[sso-session corp]\n{region}");
    let sso = [
        (3, "not signed in", "sso_session = corp\n", session("corp")),
        (
            3,
            "not signed in, a legacy profile",
            &portal("example"),
            String::new(),
        ),
        (
            3,
            "the sign-in has expired",
            "sso_session = old\n",
            session("old"),
        ),
        (
            3,
            "the sign-in has expired, a legacy profile",
            &portal("old"),
            String::new(),
        ),
        (
            3,
            "a corrupt sign-in is none",
            "sso_session = corrupt\n",
            session("corrupt"),
        ),
        (
            1,
            "an unknown sso-session",
            "sso_session = none\n",
            String::new(),
        ),
        (
            1,
            "an sso-session without a start URL",
            "sso_session = corp\n",
            no_url,
        ),
    ];

    let sourced =
        |source: &str, rest: &str| PROFILE.replace("= default", &format!("= {source}")) + rest;
    let only_region = "[profile apono-k8s-access]\nregion = eu-west-1\n";
    let mut cases = vec![
        (1, "no profile", String::new()),
        (1, "only a region", only_region.into()),
    ];
    for (title, from, to) in edits {
        assert!(PROFILE.contains(from), "{from}");
        cases.push((1, title, PROFILE.replace(from, to)));
    }
    for (title, source, rest) in sources {
        cases.push((1, title, sourced(source, rest)));
    }
    for (status, title, keys, rest) in sso {
        let keys = format!("{keys}sso_account_id = 111122223333\nsso_role_name = Engineer\n");
        let profile = format!("[profile sso]\n{keys}{rest}");
        cases.push((status, title, sourced("sso", &profile)));
    }
    cases
}

/// Writes sign-ins as the AWS CLI does, each named by the SHA-1 of the sso-session's name or of the start URL.
fn sign_ins(laptop: &Laptop) {
    let over = r#"{"accessToken":"x","expiresAt":"2010-01-02T03:04:05Z"}"#;
    let files = [
        ("c00dbbc9dadfbe1e232e93a729dd4752fade0abf", over), // old
        ("33d5ca4bf3b1a62edb96b47f7c203034a43ac435", over), // https://old.awsapps.com/start
        ("a1ce829a6e4fb826d301d8571c127c518175f6e2", "{\"accessTo"), // corrupt
    ];
    for (name, content) in files {
        let file = format!(".aws/sso/cache/{name}.json");
        laptop.home.write(&file, content);
    }
}

#[test]
fn nothing_is_asked_for_a_profile_that_cannot_be_used() {
    let laptop = Laptop::new();
    sign_ins(&laptop);
    for (status, title, config) in cases() {
        laptop.home.write(".aws/config", &config);
        if status == 3 {
            // A login would start with the sign-in.
            laptop.fails_in_a_line(laptop.run(GET_TOKEN), title);
            laptop.fails(laptop.run(UPDATE_KUBECONFIG), 3, title);
        } else {
            let commands = [LOGIN, GET_TOKEN, UPDATE_KUBECONFIG];
            // It is named, because another one may be the only installed one.
            let named = |command| laptop.run(command).env("APONO_PROFILE", "apono-k8s-access");
            let outputs = commands.map(|command| named(command).output());
            laptop.failed_alike(outputs, status, title);
        }
        assert_eq!(laptop.home.read(".aws/config"), config, "{title}");
    }
    let config = format!("{PROFILE}[profile work]\nregion = eu-west-1\n");
    laptop.home.write(".aws/config", config);
    let run = laptop.run("login --profile work");
    laptop.fails(run, 1, "a profile of another kind");

    laptop.asked_none_of(&[
        Service::Sts,
        Service::Eks,
        Service::Portal,
        Service::Metadata,
    ]);
    assert!(laptop.cached("entry").is_empty());
    assert!(!laptop.home.path(".kube").exists());
}
