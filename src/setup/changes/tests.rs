//! Laws of the decision, over generated laptops; and how AWS tools are told to run this program.

use super::process::quote;
use super::*;

#[test]
fn a_path_is_quoted_for_every_reader_or_refused() {
    assert_eq!(
        quote("/usr/local/bin/apono-login").as_deref(),
        Some("/usr/local/bin/apono-login")
    );
    assert_eq!(
        quote("/opt/my tools/apono-login").as_deref(),
        Some("\"/opt/my tools/apono-login\"")
    );
    for evil in [
        "/opt/$HOME/a",
        "/opt/`id`/a",
        "/opt/a\"b",
        "/opt/%PATH%/a",
        "/opt/a!b",
        "/o\nx",
        "/o #x",
        "/o ;x",
    ] {
        assert_eq!(quote(evil), None, "{evil}");
    }
}

/// SDKs that assume the role themselves ask for as long as this program does; what the user set stays.
#[test]
fn role_sessions_last_an_hour_in_every_sdk() {
    let hour = Some(keys::AN_HOUR.to_owned());
    for (set, by_process, expected) in [
        (None, false, Some(hour.clone())),
        (Some("7200"), false, None),
        (Some("3600"), false, None),
        (None, true, None),
        (Some("7200"), true, None),
        (Some("3600"), true, Some(None)),
    ] {
        let mut existing = Installed::default();
        existing.duration = set.map(str::to_owned);
        let key = duration(&existing, by_process);
        let expected = expected.map(|value| (keys::DURATION_SECONDS, value));
        assert_eq!(key, expected, "{set:?} {by_process}");
    }
}

/// The SDK for Go refuses credentials of `aws login` as a source; the chain to them may have other profiles in it.
#[test]
fn aws_tools_run_the_program_where_some_cannot_chain() {
    let text = "[profile console]\nlogin_session = arn:aws:iam::111122223333:user/alice\n\
                [profile hop]\nrole_arn = arn:aws:iam::111122223333:role/hop\nsource_profile = console\n\
                [profile keys]\naws_access_key_id = a\naws_secret_access_key = b\nlogin_session = x\n\
                [profile process]\ncredential_process = x\n\
                [profile circle]\nrole_arn = arn:aws:iam::111122223333:role/hop\nsource_profile = circle\n";
    let profiles = Profiles::new([text.to_owned(), String::new()]).unwrap();
    let own = "own".parse().unwrap();
    for (source, expected) in [
        ("console", true),
        ("hop", true),
        ("keys", false),
        ("process", false),
        ("circle", false),
        ("missing", false),
    ] {
        let needs = Source::Profile(source.parse().unwrap()).needs_process(&profiles, &own);
        assert_eq!(needs, expected, "{source}");
    }
}
