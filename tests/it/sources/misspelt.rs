//! Config files in which a person sees the source profile, and AWS SDKs do not. The hint says what to change; changed so, the
//! profile works.

use crate::sources::sign_in::{ALICE, START_URL, Style, leave_token};
use kit::laptop::{LOGIN, Laptop, PROFILE};

/// A profile that is complete.
const WORK: &str = "[profile work]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-west-1
";
const WITH_SESSION: &str = "[profile work]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-west-1
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-west-1
";

/// Does what the first hint of this shape says: "change line N of FILE to `TEXT`", "change `KEY` on line N of FILE to `TEXT`",
/// "remove the quotes on line N of FILE", "add `KEY` below …".
fn obey(laptop: &Laptop, stderr: &str) {
    let hint = stderr.lines().find_map(|line| {
        let hint = line.strip_prefix("hint: ")?;
        let hint =
            hint.rsplit(", change ")
                .next()
                .map(|rest| match hint.contains(", change ") {
                    true => format!("change {rest}"),
                    false => hint.to_owned(),
                })?;
        hint.contains("line ").then_some(hint)
    });
    let hint = hint.unwrap_or_else(|| panic!("no hint to change a line in {stderr}"));
    let (before, after) = hint.split_once("line ").unwrap();
    let (number, after) = after.split_once(" of ").unwrap();
    let (path, to) = after.split_once(" to `").unwrap_or((after, ""));
    let path = path.trim_end().replace('\\', "/");
    let relative = path.rsplit_once(".aws/").unwrap().1;
    let relative = format!(".aws/{relative}");
    let text = laptop.home.read(&relative);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = &mut lines[number.parse::<usize>().unwrap() - 1];
    let to = to.trim_end_matches('`');
    *line = match before {
        "change " => to.to_owned(),
        "remove the quotes on " => line.replace('"', ""),
        _ => line.replace(before.split('`').nth(1).unwrap(), to),
    };
    laptop.home.write(&relative, lines.join("\n") + "\n");
}

#[test]
fn what_is_there_is_named_and_the_hint_mends_it() {
    let own = PROFILE.replace("= default", "= work");
    let header = "[profile work]";
    let url = format!("sso_start_url = {START_URL}");
    let session = "[sso-session corp]";
    let cases = [
        ("no word", WORK.replace(header, "[work]")),
        ("a quoted name", WORK.replace(header, "[profile \"work\"]")),
        ("capitals", WORK.replace(header, "[profile Work]")),
        (
            "a misspelt key",
            WORK.replace("sso_start_url", "so_start_url"),
        ),
        ("dashes", WORK.replace("sso_region", "sso-region")),
        (
            "a quoted value",
            WORK.replace(&url, &format!("sso_start_url=\"{START_URL}\"")),
        ),
        (
            "a session's quoted name",
            WITH_SESSION.replace(session, "[sso-session \"corp\"]"),
        ),
        (
            "a session's underscore",
            WITH_SESSION.replace(session, "[sso_session corp]"),
        ),
        (
            "a session without a word",
            WITH_SESSION.replace(session, "[corp]"),
        ),
        (
            "a session's key",
            WITH_SESSION.replace("sso_start_url", "sso_start_uri"),
        ),
    ];
    for (title, source) in cases {
        // Its own header is behind the other section, so that nothing of that is read as the profile's.
        mended(&format!("{source}{own}"), title);
    }
    mended(&format!("{own}  {WORK}"), "an indented header");
    let quoted = own.replace("= work", "= \"work\"");
    mended(&format!("{quoted}{WORK}"), "a quoted name of the source");
}

fn mended(config: &str, title: &str) {
    let laptop = Laptop::with_config(config);
    let sign_in = laptop
        .aws
        .sign_in(ALICE, &crate::sources::sign_in::ENGINEER);
    leave_token(&laptop, Style::Legacy, &sign_in);
    leave_token(&laptop, Style::Session, &sign_in);
    let failed = laptop.fails(laptop.run(LOGIN), 1, title);
    obey(&laptop, &failed.stderr);
    laptop.succeeds(laptop.run(LOGIN));
}

#[test]
fn what_is_missing_is_named() {
    let own = PROFILE.replace("= default", "= work");
    let without = |text: &str, line: &str| {
        assert!(text.contains(line), "{line}");
        own.clone() + &text.replace(line, "")
    };
    let keys = "[profile work]\naws_access_key_id = AKIAHALF\n".to_owned();
    let cases = [
        ("no region", without(WORK, "sso_region = eu-west-1\n")),
        (
            "no region of the session",
            without(WITH_SESSION, "sso_region = eu-west-1\n"),
        ),
        (
            "no place",
            without(
                &WORK.replace("sso_region = eu-west-1\n", ""),
                &format!("sso_start_url = {START_URL}\n"),
            ),
        ),
        ("half a pair", own.clone() + &keys),
        ("indented at the beginning", format!("  {WORK}{own}")),
    ];
    for (title, config) in cases {
        let laptop = Laptop::with_config(config);
        laptop.fails(laptop.run(LOGIN), 1, title);
    }
}

/// npm's `ini` writes quotes around a value with an equals sign, as session tokens have it.
#[test]
fn a_quoted_session_token() {
    let laptop = Laptop::with_config(PROFILE);
    let credentials = laptop.home.read(".aws/credentials");
    let token = laptop.aws.source("default").session_token.clone().unwrap();
    let quoted = credentials.replace(&token, &format!("\"{token}\""));
    assert_ne!(credentials, quoted);
    laptop.home.write(".aws/credentials", quoted);
    let failed = laptop.fails(laptop.run(LOGIN), 1, "quoted");
    obey(&laptop, &failed.stderr);
    laptop.succeeds(laptop.run(LOGIN));
}

/// The shell of aws-vault or granted: keys in the environment, and no source profile.
#[test]
fn keys_in_the_environment_only() {
    for process in ["", " --credential-process"] {
        let laptop = Laptop::with_config("");
        let key = laptop.aws.source("default").clone();
        laptop.home.write(".aws/credentials", "");
        let run = |command: &str| {
            laptop
                .run(command)
                .env("AWS_ACCESS_KEY_ID", &key.access_key)
                .env("AWS_SECRET_ACCESS_KEY", &key.secret)
                .env("AWS_SESSION_TOKEN", key.session_token.as_deref().unwrap())
        };
        let install = format!("{}{process}", kit::laptop::INSTALL);
        laptop.succeeds(run(&install));
        let failed = laptop.fails(run(LOGIN), 1, &format!("keys{process}"));
        obey(&laptop, &failed.stderr);
        laptop.succeeds(run(LOGIN));
        // It stays with the next installation, unless that names another source.
        let config = laptop.home.read(".aws/config");
        laptop.succeeds(run(&install));
        assert_eq!(laptop.home.read(".aws/config"), config);
        laptop.succeeds(run(&format!("{install} --source-profile work --yes")));
        let config = laptop.home.read(".aws/config");
        assert!(config.contains("source_profile = work\n"), "{config}");
        assert!(!config.contains("credential_source"), "{config}");
    }
}
