//! `status`: the identity of one profile or of all, for people, scripts and prompts.

#[cfg(target_os = "linux")]
mod linux;

use chrono::{TimeDelta, Utc};

use crate::cache::sealed::{change_header, expire};
use crate::sources::sign_in::{START_URL, Style, laptop as laptop_of, sign_in};
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};

const STATUS: &str = "status";
const JSON: &str = "status --output json";
const SHORT: &str = "status --short";

/// Returns a laptop with four profiles: the default one, another role's with access keys, an SSO one, and an invalid one.
fn laptop_with_four() -> Laptop {
    let like = |name: &str, from: &str, to: &str| {
        let profile = PROFILE.replace("profile apono-k8s-access", &format!("profile {name}"));
        profile.replace(from, to)
    };
    let other = like("staging-k8s", "role/apono", "role/teams/apono");
    let other = other.replace("alice@", "Alice.Longer.Name@");
    let signs_in = like("sso-k8s", "= default", "= work");
    let broken = like("broken-k8s", "= default", "= nowhere");
    let work = Style::Session.config();
    Laptop::with_config([PROFILE, &other, &signs_in, &broken, &work].join("\n"))
}

/// Runs it, checks that stderr is empty, and returns the output.
#[track_caller]
fn shown(laptop: &Laptop, run: Run, status: i32) -> Output {
    let output = run.exits(status);
    assert_eq!(output.stderr, "", "{output}");
    laptop.check_discretion(&output);
    output
}

/// A table, or blocks if it does not fit; `*` marks the profile in use.
#[test]
fn several_profiles_are_a_table_or_blocks() {
    let laptop = laptop_with_four();
    let in_columns = |width: &str| laptop.run(STATUS).env("COLUMNS", width);
    let table = shown(&laptop, in_columns("200"), 0);
    table.recorded("a table");
    let lines = table.stdout.lines().map(|line| line.chars().count());
    let widest = lines.take(5).max().unwrap();
    for (title, width) in [("wide enough", widest), ("a column less", widest - 1)] {
        shown(&laptop, in_columns(&width.to_string()), 0).recorded(title);
    }
    let in_a_pipe = laptop.run(STATUS).env_remove("COLUMNS");
    shown(&laptop, in_a_pipe, 0).recorded("80 columns, blocks");

    laptop.succeeds(laptop.run(LOGIN));
    expire(&laptop, Utc::now() + TimeDelta::seconds(3590));
    shown(&laptop, in_columns("200"), 0).recorded("logged in");
    let signed_in = sign_in(&laptop, Style::Session, "alice@example.com");
    shown(&laptop, in_columns("200"), 0).recorded("signed in");
    let renewable = laptop.aws.let_expire(signed_in).cache_file(START_URL, true);
    laptop.home.write(&Style::Session.token_file(), renewable);
    shown(&laptop, in_columns("200"), 0).recorded("renewed automatically");
}

/// The exit status is for the profile in use, whichever profiles are shown.
#[test]
fn the_exit_status_says_whether_a_sign_in_is_needed() {
    let laptop = laptop_with_four();
    let named = |title: &str, profile: &str, status| {
        let typed = |command: &str| laptop.run(&format!("{command} --profile {profile}"));
        let output = shown(&laptop, typed(STATUS), status);
        let by_flag = &output.recorded(title).stdout;
        for run in [
            typed("whoami"),
            laptop.run(STATUS).env("APONO_PROFILE", profile),
        ] {
            assert_eq!(shown(&laptop, run, status).stdout, *by_flag);
        }
        let json = typed(JSON).exits(status).json();
        assert_eq!(json["sign_in_needed"], status == 3);
    };
    named("access keys", "apono-k8s-access", 0);
    named("not signed in", "sso-k8s", 3);
    let signed_in = sign_in(&laptop, Style::Session, "alice@example.com");
    named("signed in", "sso-k8s", 0);
    let over = laptop.aws.let_expire(signed_in);
    for (title, renewable, status) in [("expired", false, 3), ("renewed automatically", true, 0)] {
        let file = over.cache_file(START_URL, renewable);
        laptop.home.write(&Style::Session.token_file(), file);
        named(title, "sso-k8s", status);
    }
    // With valid credentials no sign-in is needed, even if it has ended.
    sign_in(&laptop, Style::Session, "alice@example.com");
    laptop.succeeds(laptop.run("login --profile sso-k8s"));
    std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
    named("credentials, and no sign-in", "sso-k8s", 0);
    expire(&laptop, Utc::now() + TimeDelta::seconds(30));
    named("credentials that are about to expire", "sso-k8s", 3);

    // An MFA code is needed each time.
    let mfa = format!("{PROFILE}mfa_serial = arn:aws:iam::111122223333:mfa/alice\n");
    laptop.home.write(".aws/config", mfa);
    named("an MFA device", "apono-k8s-access", 3);

    // There is no default profile: all are meant.
    let config =
        ["a", "b"].map(|name| PROFILE.replace("profile apono", &format!("profile {name}")));
    laptop.home.write(".aws/config", config.join("\n"));
    laptop.run(STATUS).exits(0).recorded("no default profile");
}

#[test]
fn json_has_them_all() {
    let laptop = laptop_with_four();
    laptop.succeeds(laptop.run(LOGIN));
    let json = laptop.succeeds(laptop.run(JSON)).json();
    let profiles = json["profiles"].as_array().unwrap();
    let names = profiles.iter().map(|profile| &profile["profile"]);
    let expected = ["apono-k8s-access", "broken-k8s", "sso-k8s", "staging-k8s"];
    assert!(names.eq(expected.iter()), "{profiles:?}");
    // The profile in use is also at the top level.
    let in_use = profiles[0].as_object().unwrap();
    assert!(in_use.iter().all(|(key, value)| json[key] == *value));
    assert_eq!(json["logged_in"], true);
    assert_eq!(json["sign_in_needed"], false);
    assert!(profiles[1]["error"].is_string());
    assert_eq!(profiles[2]["sign_in_needed"], true);
    assert_eq!(profiles[2]["sso"]["start_url"], START_URL);
    assert_eq!(profiles[3]["logged_in"], false);
}

#[test]
fn a_line_for_a_prompt() {
    let laptop = Laptop::new();
    let short = |status| shown(&laptop, laptop.run(SHORT), status).stdout;
    assert_eq!(short(3), "");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(short(0), "alice@example.com 59m\n");
    let other = laptop.run("status --short --profile other");
    assert_eq!(shown(&laptop, other, 3).stdout, "");
    let now = Utc::now();
    for (seconds, expected, status) in [
        (11 * 3600 + 90, "11h01m", 0),
        (40, "<1m", 0),
        (-1, "expired", 3),
    ] {
        expire(&laptop, now + TimeDelta::seconds(seconds));
        assert_eq!(short(status), format!("alice@example.com {expected}\n"));
    }
    laptop.run("status --short --output json").exits(2);
    // A changed name in the cache must not reach the shell.
    expire(&laptop, now + TimeDelta::hours(1));
    change_header(&laptop, |header| {
        header["session_name"] = "$(touch evil)%#%n".into();
    });
    assert_eq!(short(3), "");
}

/// `get-token` could not use what cannot be decrypted.
#[test]
fn credentials_whose_key_is_gone_do_not_count() {
    let spoils: [(&str, fn(&Laptop)); 3] = [
        ("gone", |laptop| {
            std::fs::remove_file(laptop.home.path(".cache/apono-login/key")).unwrap();
        }),
        ("another", |laptop| {
            laptop.home.write(".cache/apono-login/key", [7; 32]);
        }),
        ("changed", |laptop| {
            let [path] = <[_; 1]>::try_from(laptop.cached("entry")).unwrap();
            let text = std::fs::read(&path).unwrap();
            let at = text.windows(6).position(|part| part == b"alice@").unwrap();
            std::fs::write(path, [&text[..at], b"ALICE@", &text[at + 6..]].concat()).unwrap();
        }),
    ];
    for (title, spoil) in spoils {
        let laptop = laptop_of(Style::Session);
        sign_in(&laptop, Style::Session, "alice@example.com");
        laptop.succeeds(laptop.run(LOGIN));
        std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
        shown(&laptop, laptop.run(STATUS), 0);
        spoil(&laptop);
        let json = shown(&laptop, laptop.run(JSON), 3).json();
        assert_eq!(json["logged_in"], false, "{title}");
        assert_eq!(json["seconds_left"], 0, "{title}");
        shown(&laptop, laptop.run(STATUS), 3).recorded(title);
        assert_eq!(shown(&laptop, laptop.run(SHORT), 3).stdout, "", "{title}");
        laptop.run(GET_TOKEN).exits(3);
        assert_eq!(laptop.cached("entry").len(), 1, "left as it is");
    }
}
