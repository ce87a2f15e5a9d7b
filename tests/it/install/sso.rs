//! The sign-in that `install` sets up: what is written on a bare laptop, what is reused, what is never touched, and what
//! `uninstall` takes back.

use sha1::{Digest as _, Sha1};

use kit::laptop::{INSTALL, Laptop};
use kit::standin::Options;
use kit::tools;

const START_URL: &str = "https://example.awsapps.com/start";
pub const SSO: &str = "--sso-start-url https://example.awsapps.com/start --sso-role-name Engineer";
pub const SOURCE: &str = "Engineer-111122223333";
pub const SESSION_SECTION: &str = "\
[sso-session example]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
";
pub const SOURCE_SECTION: &str = "\
[profile Engineer-111122223333]
sso_session = example
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-west-1
";
/// Somebody's own, set up with `aws configure sso`, in their own style.
pub const CORP: &str = "\
# ours at work
[profile work]
sso_session=corp
sso_account_id=111122223333
sso_role_name=Engineer

[sso-session corp]
sso_start_url = https://Example.awsapps.com/start/#/ ; portal
sso_region = eu-west-1
";

/// Nothing of AWS has ever been here.
pub fn fresh() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop
}

pub fn with_sso() -> String {
    format!("{INSTALL} {SSO}")
}

/// Our own profile, with this source and what was written for it.
pub fn own(source: &str, wrote: Option<&str>) -> String {
    let mark = wrote.map(|wrote| format!("apono_wrote = {wrote}\n"));
    format!(
        "[profile apono-k8s-access]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
         role_session_name = alice@example.com\nsource_profile = {source}\nregion = eu-west-1\n{}",
        mark.unwrap_or_default()
    )
}

/// The value of the mark in the file.
pub fn mark(config: &str) -> &str {
    let line = config.split("apono_wrote = ").nth(1);
    line.expect("a mark").lines().next().unwrap()
}

#[test]
fn a_fresh_laptop() {
    let laptop = fresh();
    let done = laptop.succeeds(laptop.run(&with_sso()));
    done.explains(&[
        "Profile apono-k8s-access is in ",
        ".aws/config\n",
        "It signs in at https://example.awsapps.com/start as Engineer (profile Engineer-111122223333)\n",
        "Next: `apono-login`\n",
    ]);
    let config = laptop.home.read(".aws/config");
    let own = own(SOURCE, Some(mark(&config)));
    assert_eq!(
        config,
        format!("{SESSION_SECTION}\n{SOURCE_SECTION}\n{own}")
    );
    assert!(
        mark(&config).starts_with("sso-session example "),
        "{config}"
    );
    assert!(
        mark(&config).contains(", profile Engineer-111122223333 "),
        "{config}"
    );
    assert_eq!(kit::laptop::mode(laptop.home.path(".aws/config")), 0o600);

    // Twice is once, whatever is said again and however the URL is pasted.
    for flags in [
        SSO,
        "--sso-start-url HTTPS://example.awsapps.com/start/#/?tab=accounts",
        "--sso-role-name Engineer",
        "--sso-region eu-west-1 --sso-account-id 111122223333",
        "",
    ] {
        let again = laptop.succeeds(laptop.run(&format!("{INSTALL} {flags}")));
        again.explains(&["already up to date"]);
        assert_eq!(laptop.home.read(".aws/config"), config, "{flags}");
    }
    laptop.succeeds(laptop.run("install --email bob@example.com"));
    let bobs = config.replace("alice", "bob");
    assert_eq!(laptop.home.read(".aws/config"), bobs, "the mark stays");

    laptop
        .succeeds(laptop.run("uninstall"))
        .explains(&["Removed profile apono-k8s-access, profile Engineer-111122223333, sso-session example from "]);
    assert_eq!(laptop.home.read(".aws/config"), "");
}

#[test]
fn the_region_and_account_of_the_sign_in_may_be_others() {
    let laptop = fresh();
    let flags = "--sso-region us-east-1 --sso-account-id 444455556666 --credential-process";
    laptop.succeeds(laptop.run(&format!("{} {flags}", with_sso())));
    let config = laptop.home.read(".aws/config");
    for line in [
        "sso_region = us-east-1\n",
        "[profile Engineer-444455556666]\n",
        "sso_account_id = 444455556666\n",
        "apono_source_profile = Engineer-444455556666\n",
        "apono_role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n",
    ] {
        assert!(config.contains(line), "{line}: {config}");
    }
    laptop.succeeds(laptop.run("uninstall"));
    assert_eq!(laptop.home.read(".aws/config"), "");
}

#[test]
fn what_is_there_and_fits_is_used() {
    let legacy = "[profile old]\nsso_start_url=https://example.awsapps.com/start#/\nsso_region = eu-west-1\n\
                  sso_account_id = 111122223333\nsso_role_name = Engineer\n";
    let session = SESSION_SECTION.replace("[sso-session example]", "[sso-session their-own]");
    let source = SOURCE_SECTION.replace("= example\n", "= their-own\n");
    for (before, source_name, new) in [
        (CORP, "work", String::new()),
        (legacy, "old", String::new()),
        (&session, SOURCE, format!("\n{source}")),
    ] {
        let laptop = fresh();
        laptop.home.write(".aws/config", before);
        laptop.succeeds(laptop.run(&with_sso()));
        let config = laptop.home.read(".aws/config");
        let wrote = (!new.is_empty()).then(|| mark(&config));
        let own = own(source_name, wrote);
        assert_eq!(config, format!("{before}{new}\n{own}"));
        assert!(!wrote.is_some_and(|wrote| wrote.contains("sso-session")));
        laptop
            .succeeds(laptop.run(&with_sso()))
            .explains(&["already up to date"]);
        laptop.succeeds(laptop.run("uninstall"));
        assert_eq!(laptop.home.read(".aws/config"), before);
    }
    // By name, and with what the profile itself makes known.
    let laptop = fresh();
    laptop.home.write(".aws/config", CORP);
    laptop.succeeds(laptop.run(&format!(
        "{INSTALL} --source-profile work --sso-role-name Engineer"
    )));
    let own = own("work", None);
    assert_eq!(laptop.home.read(".aws/config"), format!("{CORP}\n{own}"));
}

#[test]
fn a_profile_that_does_not_fit_is_refused_by_name_and_else_passed_over() {
    let theirs = format!(
        "{}\n[profile Engineer-111122223333]\nregion = eu-west-1\n\n\
         [sso-session example]\nsso_start_url = https://else.awsapps.com/start\nsso_region = eu-west-1\n",
        CORP.replace("Engineer", "Admin")
            .replace("Example", "other")
    );
    let laptop = fresh();
    laptop.home.write(".aws/config", &theirs);
    for (source, words) in [
        (
            "work",
            &[
                "profile work is not the sign-in that was asked for; it was left as it is",
                "its sso_start_url is \"https://other.awsapps.com/start/#/\", not \"https://example.awsapps.com/start\"",
                "its sso_role_name is \"Admin\", not \"Engineer\"",
                "--source-profile",
            ][..],
        ),
        (SOURCE, &["it has no sso_account_id"]),
    ] {
        let run = laptop.run(&format!("{} --source-profile {source}", with_sso()));
        laptop.fails(run, 1, "");
        assert_eq!(laptop.home.read(".aws/config"), theirs);
    }
    laptop.succeeds(laptop.run(&with_sso()));
    let config = laptop.home.read(".aws/config");
    let session = SESSION_SECTION.replace("example]", "example-2]");
    let source = SOURCE_SECTION.replace("3333]", "3333-2]");
    let source = source.replace("= example\n", "= example-2\n");
    let own = own("Engineer-111122223333-2", Some(mark(&config)));
    assert_eq!(config, format!("{theirs}\n{session}\n{source}\n{own}"));
    laptop.succeeds(laptop.run("uninstall"));
    assert_eq!(laptop.home.read(".aws/config"), theirs);
}

#[test]
fn everybodys_bytes_stay() {
    let laptop = fresh();
    let before = "# mine\r\n[default]\r\nregion = us-east-1 # home\r\n\r\n; the end\r\n";
    laptop.home.write(".aws/config", before);
    let dry = laptop.succeeds(laptop.run(&format!("{} --dry-run", with_sso())));
    assert_eq!(laptop.home.read(".aws/config"), before);
    for line in [SESSION_SECTION, SOURCE_SECTION]
        .iter()
        .flat_map(|section| section.lines())
    {
        assert!(dry.stdout.contains(&format!("\n+{line}\n")), "{dry}");
    }
    assert_eq!(dry.stdout.matches("@@ -").count(), 1, "one change: {dry}");

    laptop.succeeds(laptop.run(&with_sso()));
    let config = laptop.home.read(".aws/config");
    let own = own(SOURCE, Some(mark(&config)));
    let added = format!("\n{SESSION_SECTION}\n{SOURCE_SECTION}\n{own}").replace('\n', "\r\n");
    assert_eq!(config, format!("{before}{added}"));
    let shown = laptop.succeeds(laptop.run("uninstall --dry-run")).stdout;
    assert!(shown.contains("\n-[sso-session example]\n"), "{shown}");
    assert_eq!(laptop.home.read(".aws/config"), config);
    laptop.succeeds(laptop.run("uninstall"));
    assert_eq!(laptop.home.read(".aws/config"), before);
}

#[test]
fn uninstall_leaves_what_somebody_uses_or_changed() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    let mine = "\n[profile mine]\nsso_session = example\n";
    let config = laptop.home.read(".aws/config");
    laptop.home.write(".aws/config", format!("{config}{mine}"));
    let done = laptop.succeeds(laptop.run("uninstall"));
    done.explains(&["Left sso-session example: profile mine uses it"]);
    assert_eq!(
        laptop.home.read(".aws/config"),
        format!("{SESSION_SECTION}{mine}")
    );

    // Now the session was there before us.
    laptop.succeeds(laptop.run(&with_sso()));
    let config = laptop.home.read(".aws/config");
    assert!(!mark(&config).contains("sso-session"), "{config}");
    let config = config.replace("sso_role_name = Engineer", "sso_role_name = Admin");
    laptop.home.write(".aws/config", &config);
    let done = laptop.succeeds(laptop.run("uninstall"));
    done.explains(&["Left profile Engineer-111122223333: it was changed since install wrote it"]);
    let kept = SOURCE_SECTION.replace("= Engineer", "= Admin");
    assert_eq!(
        laptop.home.read(".aws/config"),
        format!("{SESSION_SECTION}{mine}\n{kept}")
    );
}

/// Two of our profiles that share a sign-in: the last one takes it back.
#[test]
fn two_profiles_share_what_was_written() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    laptop.succeeds(laptop.run(&format!("{} --profile second", with_sso())));
    let config = laptop.home.read(".aws/config");
    assert_eq!(config.matches("[sso-session").count(), 1, "{config}");
    laptop
        .succeeds(laptop.run("uninstall"))
        .explains(&["Left profile Engineer-111122223333: profile second uses it"]);
    assert!(laptop.home.read(".aws/config").starts_with(SESSION_SECTION));
    laptop.succeeds(laptop.run("uninstall --profile second"));
    assert_eq!(laptop.home.read(".aws/config"), "");
}

#[test]
fn installs_at_the_same_time_write_one_sign_in() {
    let laptop = fresh();
    std::thread::scope(|scope| {
        for profile in ["a", "b", "c", "d"] {
            let run = laptop.run(&format!("{} --profile {profile}", with_sso()));
            scope.spawn(|| laptop.succeeds(run));
        }
    });
    let config = laptop.home.read(".aws/config");
    assert_eq!(config.matches("[sso-session").count(), 1, "{config}");
    assert_eq!(config.matches("[profile Engineer").count(), 1, "{config}");
    assert_eq!(
        config
            .matches("source_profile = Engineer-111122223333\n")
            .count(),
        4,
        "{config}"
    );
}

/// The real tool reads what we wrote, and uses a sign-in with it.
#[test]
fn the_aws_cli_reads_what_was_written() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    let aws = |words: &str| {
        let run = laptop.home.run(tools::aws(), words.split(' '));
        run.succeeds().stdout.trim_end().to_owned()
    };
    for (key, value) in [
        ("sso_session", "example"),
        ("sso_account_id", "111122223333"),
        ("sso_role_name", "Engineer"),
        ("region", "eu-west-1"),
    ] {
        let read = aws(&format!("configure get {key} --profile {SOURCE}"));
        assert_eq!(read, value, "{key}");
    }
    let own = aws("configure get source_profile --profile apono-k8s-access");
    assert_eq!(own, SOURCE);
    // Version 1 has no `configure list-profiles`; this is what version 2 prints, and what it reads of the session.
    let script = "import botocore.session, json; s = botocore.session.Session(); \
                  print(json.dumps([s.available_profiles, s.full_config['sso_sessions']]))";
    let read = laptop.home.run(tools::python(), ["-c", script]).succeeds();
    let session = serde_json::json!({"example": {
        "sso_start_url": START_URL,
        "sso_region": "eu-west-1",
        "sso_registration_scopes": "sso:account:access",
    }});
    let profiles = serde_json::json!([SOURCE, "apono-k8s-access"]);
    assert_eq!(read.json(), serde_json::json!([profiles, session]));

    let account = [("111122223333", "Engineer")];
    let sign_in = laptop.aws.sign_in("alice@example.com", &account);
    let name = hex::encode(Sha1::digest("example"));
    let token = sign_in.cache_file(START_URL, true);
    laptop
        .home
        .write(&format!(".aws/sso/cache/{name}.json"), token);
    let caller =
        aws("sts get-caller-identity --query Arn --output text --profile apono-k8s-access");
    assert_eq!(
        caller,
        "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com"
    );
    laptop.succeeds(laptop.run("login"));
}
