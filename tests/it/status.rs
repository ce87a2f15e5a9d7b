//! `status`: who you are, of one profile and of all, for people, scripts and prompts.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{START_URL, Style, sign_in};
use kit::home::Run;
use kit::laptop::{LOGIN, Laptop, PROFILE};

const STATUS: &str = "status";
const JSON: &str = "status --output json";
const SHORT: &str = "status --short";

/// Four installed profiles: the default one and one of another role with access keys, one that signs in, one that is broken.
fn laptop_with_four() -> Laptop {
    let other = PROFILE
        .replace("profile apono-k8s-access", "profile staging-k8s")
        .replace("role/apono-k8s-access", "role/teams/apono-k8s-access")
        .replace("alice@", "Alice.Longer.Name@");
    let signs_in = PROFILE
        .replace("profile apono-k8s-access", "profile sso-k8s")
        .replace("= default", "= work");
    let broken = PROFILE
        .replace("profile apono-k8s-access", "profile broken-k8s")
        .replace("= default", "= nowhere");
    let work = Style::Session.config();
    Laptop::with_config([PROFILE, &other, &signs_in, &broken, &work].join("\n"))
}

/// What it prints, without the digits, which are times.
#[track_caller]
fn shown(laptop: &Laptop, run: Run, status: i32) -> String {
    let output = run.exits(status);
    assert_eq!(output.stderr, "", "{output}");
    laptop.check_discretion(&output);
    output.stdout.clone()
}

/// Puts another end into the header of the one cached entry: nobody needs its key to show it.
fn ends(laptop: &Laptop, at: chrono::DateTime<chrono::Utc>) {
    let [entry] = <[_; 1]>::try_from(laptop.cached("entry")).unwrap();
    let bytes = std::fs::read(&entry).unwrap();
    let name = b"\"expires_at\":";
    let found = bytes.windows(name.len()).position(|found| found == name);
    let digits = found.unwrap() + name.len();
    let text = at.timestamp().to_string();
    let edited = [
        &bytes[..digits],
        text.as_bytes(),
        &bytes[digits + text.len()..],
    ]
    .concat();
    std::fs::write(entry, edited).unwrap();
}

#[test]
fn several_profiles_are_a_table() {
    let laptop = laptop_with_four();
    let before = shown(&laptop, laptop.run(STATUS), 0);
    let expected = "   \
   PROFILE           ACCOUNT       ROLE                    SESSION NAME                   CREDENTIALS  SIGN-IN
*  apono-k8s-access  111122223333  apono-k8s-access        alice@example.com              none         not needed
   broken-k8s        cannot be used: see below
   sso-k8s           111122223333  apono-k8s-access        alice@example.com              none         needed
   staging-k8s       111122223333  teams/apono-k8s-access  Alice.Longer.Name@example.com  none         not needed

broken-k8s: source profile nowhere does not exist (profile \"broken-k8s\" takes its credentials from profile \"nowhere\", which does not exist)
";
    assert_eq!(before, expected);

    laptop.succeeds(laptop.run(LOGIN));
    let row = |text: &str, profile: &str| {
        let found = text.lines().find(|line| line.contains(profile));
        found.unwrap().to_owned()
    };
    let after = shown(&laptop, laptop.run(STATUS), 0);
    let ours = row(&after, "apono-k8s-access ");
    assert!(ours.contains("  59m left     not needed"), "{after}");

    let signed_in = sign_in(&laptop, Style::Session, "alice@example.com");
    let after = shown(&laptop, laptop.run(STATUS), 0);
    assert!(
        row(&after, "sso-k8s").ends_with("  none         7h59m left"),
        "{after}"
    );
    let renewable = laptop.aws.let_expire(signed_in).cache_file(START_URL, true);
    laptop.home.write(&Style::Session.token_file(), renewable);
    let after = shown(&laptop, laptop.run(STATUS), 0);
    assert!(
        row(&after, "sso-k8s").ends_with("  none         renewed by itself"),
        "{after}"
    );
}

/// The one in force decides, whichever are shown.
#[test]
fn the_exit_status_says_whether_a_sign_in_is_needed() {
    let laptop = laptop_with_four();
    let named = |profile: &str, status| {
        let by_flag = shown(
            &laptop,
            laptop.run(&format!("{STATUS} --profile {profile}")),
            status,
        );
        assert!(
            by_flag.starts_with(&format!("profile      {profile}\n")),
            "{by_flag}"
        );
        let by_variable = shown(
            &laptop,
            laptop.run(STATUS).env("APONO_PROFILE", profile),
            status,
        );
        assert_eq!(by_variable, by_flag);
        let json = laptop
            .run(&format!("{JSON} --profile {profile}"))
            .exits(status)
            .json();
        assert_eq!(json["sign_in_needed"], status == 3);
    };
    named("apono-k8s-access", 0);
    named("sso-k8s", 3);
    let signed_in = sign_in(&laptop, Style::Session, "alice@example.com");
    named("sso-k8s", 0);
    let over = laptop.aws.let_expire(signed_in);
    let file = over.cache_file(START_URL, false);
    laptop.home.write(&Style::Session.token_file(), file);
    named("sso-k8s", 3);
    let renewable = over.cache_file(START_URL, true);
    laptop.home.write(&Style::Session.token_file(), renewable);
    named("sso-k8s", 0);
    // Credentials that live need nobody, whatever became of the sign-in.
    sign_in(&laptop, Style::Session, "alice@example.com");
    laptop.succeeds(laptop.run("login --profile sso-k8s"));
    std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
    named("sso-k8s", 0);
    ends(&laptop, chrono::Utc::now() + chrono::TimeDelta::seconds(30));
    named("sso-k8s", 3);

    // An MFA code is asked for each time.
    let mfa = format!("{PROFILE}mfa_serial = arn:aws:iam::111122223333:mfa/alice\n");
    laptop.home.write(".aws/config", mfa);
    named("apono-k8s-access", 3);

    // The one in force is not there: the table, and why.
    let config = [
        &PROFILE.replace("profile apono", "profile a"),
        &PROFILE.replace("profile apono", "profile b"),
    ];
    laptop
        .home
        .write(".aws/config", config.map(String::as_str).join("\n"));
    let output = laptop.run(STATUS).exits(1);
    assert_eq!(output.stdout.lines().count(), 3, "{output}");
    output.explains(&[
        "profile apono-k8s-access is not set up",
        "--profile a-k8s-access or --profile b-k8s-access",
    ]);
}

#[test]
fn json_has_them_all() {
    let laptop = laptop_with_four();
    laptop.succeeds(laptop.run(LOGIN));
    let json = laptop.succeeds(laptop.run(JSON)).json();
    assert_eq!(json["profile"], "apono-k8s-access");
    assert_eq!(json["session_name"], "alice@example.com");
    assert_eq!(
        (&json["logged_in"], &json["sign_in_needed"]),
        (&true.into(), &false.into())
    );
    let profiles = json["profiles"].as_array().unwrap();
    let names: Vec<_> = profiles
        .iter()
        .map(|profile| profile["profile"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["apono-k8s-access", "broken-k8s", "sso-k8s", "staging-k8s"]
    );
    assert_eq!(profiles[0]["expires_at"], json["expires_at"]);
    assert_eq!(
        profiles[1]["error"],
        "source profile nowhere does not exist"
    );
    assert_eq!(profiles[2]["sign_in_needed"], true);
    assert_eq!(profiles[2]["sso"]["start_url"], START_URL);
    assert_eq!(profiles[3]["logged_in"], false);
}

#[test]
fn a_line_for_a_prompt() {
    let laptop = Laptop::new();
    let short = |status| shown(&laptop, laptop.run(SHORT), status);
    assert_eq!(short(3), "", "nobody has logged in");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(short(0), "alice@example.com 59m\n");
    let other = laptop.run("status --short --profile other");
    assert_eq!(shown(&laptop, other, 3), "");
    let now = chrono::Utc::now();
    for (seconds, expected, status) in [
        (11 * 3600 + 90, "11h01m", 0),
        (40, "<1m", 0),
        (-1, "expired", 3),
    ] {
        ends(&laptop, now + chrono::TimeDelta::seconds(seconds));
        assert_eq!(short(status), format!("alice@example.com {expected}\n"));
    }
    laptop.run("status --short --output json").exits(2);
    // Whatever was put in the name's place, a shell does not get to see it.
    let [entry] = <[_; 1]>::try_from(laptop.cached("entry")).unwrap();
    let bytes = std::fs::read(&entry).unwrap();
    let at = bytes
        .windows(18)
        .position(|found| found == b"alice@example.com\"")
        .unwrap();
    let evil = [&bytes[..at], b"$(touch evil)%#%n", &bytes[at + 17..]].concat();
    std::fs::write(&entry, evil).unwrap();
    assert_eq!(short(3), "");
}

/// Nobody waits for a prompt: no config file is read, however large it is, and nobody is asked.
#[test]
fn a_prompt_does_not_wait_for_the_config_file() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.forget();
    let config = laptop.home.path(".aws/config");
    let many: String = (0..5_000)
        .map(|n| PROFILE.replace("apono-k8s", &format!("p{n}")))
        .collect();
    let check = |what: &str| {
        println!("{what}");
        let expected = "alice@example.com 59m\n";
        assert_eq!(shown(&laptop, laptop.run(SHORT), 0), expected);
    };
    laptop.home.write(".aws/config", PROFILE.to_owned() + &many);
    check("huge");
    let (start, runs) = (Instant::now(), 20);
    (0..runs).for_each(|_| check("in a loop"));
    let each = start.elapsed() / runs;
    assert!(each < Duration::from_millis(100), "{each:?}: it was parsed");
    laptop.home.write(".aws/config", b"[profile \xff");
    check("not even text");
    std::fs::remove_file(&config).unwrap();
    check("absent");
    std::fs::create_dir(&config).unwrap();
    check("a folder");
    std::fs::remove_dir(&config).unwrap();
    laptop.home.run("mkfifo", [&config]).succeeds();
    check("a FIFO");
}
