//! Laws of the decision, over generated laptops; and how AWS tools are told to run this program.

use super::process::quote;
use super::*;
use crate::sys::system::System;

#[test]
fn a_path_is_quoted_for_every_reader_or_refused() {
    assert_eq!(
        quote(System::Linux, "/usr/local/bin/apono-login").as_deref(),
        Some("/usr/local/bin/apono-login")
    );
    assert_eq!(
        quote(System::Linux, "/opt/my tools/apono-login").as_deref(),
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
        assert_eq!(quote(System::Linux, evil), None, "{evil}");
    }
}

/// `cmd.exe` without quotation marks reads more characters as its own than inside of them, and expands `%` in both.
#[test]
fn a_path_of_windows_is_quoted_for_every_reader_or_refused() {
    for plain in [
        r"C:\Tools\apono-login.exe",
        r"C:\PROGRA~1\APONO-~1\APONO-~1.EXE",
        r"\\server\share\apono-login.exe",
        r"C:\Benutzer\Jörg\apono-login.exe",
    ] {
        assert_eq!(quote(System::Windows, plain).as_deref(), Some(plain));
    }
    for quoted in [
        r"C:\Program Files\a.exe",
        r"C:\Program Files (x86)\a.exe",
        r"C:\R&D\a.exe",
        r"C:\a@b\a.exe",
        r"C:\a^b\a.exe",
        r"C:\a,b\a.exe",
        r"C:\a=b\a.exe",
        r"C:\O'Neil\a.exe",
    ] {
        let expected = format!("\"{quoted}\"");
        assert_eq!(quote(System::Windows, quoted), Some(expected));
    }
    for evil in [
        r"C:\100%\a.exe",
        r"C:\%TEMP%\a.exe",
        r"C:\wow!\a.exe",
        "C:\\a\"b",
        r"C:\a #b",
    ] {
        assert_eq!(quote(System::Windows, evil), None, "{evil}");
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
