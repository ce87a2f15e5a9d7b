//! The sign-in that `install` sets up: what it writes on an empty laptop, what it reuses, what it does
//! not change, and what `uninstall` removes.

#[cfg(target_os = "linux")]
mod linux;

use kit::home::Output;
use kit::laptop::{INSTALL, Laptop};
use kit::standin::Options;

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
/// The person's own session, set up with `aws configure sso`, in another format.
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

/// Returns a laptop without any AWS setup.
pub fn fresh() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop
}

pub fn with_sso() -> String {
    format!("{INSTALL} {SSO}")
}

/// Returns the tool's profile with this source and the mark for what was written.
pub fn own(source: &str, wrote: Option<&str>) -> String {
    let mark = wrote.map(|wrote| format!("apono_wrote = {wrote}\n"));
    format!(
        "[profile apono-k8s-access]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
         role_session_name = alice@example.com\nsource_profile = {source}\nregion = eu-west-1\n\
         duration_seconds = 3600\n{}",
        mark.unwrap_or_default()
    )
}

/// Returns the value of the mark in the file.
pub fn mark(config: &str) -> &str {
    let line = config.split("apono_wrote = ").nth(1);
    line.expect("a mark").lines().next().unwrap()
}

/// Runs `apono-login ARGUMENTS`, which succeeds with the recorded output.
#[track_caller]
fn run(laptop: &Laptop, arguments: &str) -> Output {
    let output = laptop.succeeds(laptop.run(arguments));
    output.recorded("");
    output
}

fn config(laptop: &Laptop) -> String {
    laptop.home.read(".aws/config")
}

#[test]
fn a_fresh_laptop() {
    let laptop = fresh();
    run(&laptop, &with_sso());
    let installed = config(&laptop);
    let own = own(SOURCE, Some(mark(&installed)));
    let expected = format!("{SESSION_SECTION}\n{SOURCE_SECTION}\n{own}");
    assert_eq!(installed, expected);
    assert!(mark(&installed).starts_with("sso-session example "));
    assert!(mark(&installed).contains(", profile Engineer-111122223333 "));
    kit::laptop::has_mode(laptop.home.path(".aws/config"), 0o600);

    // Installing twice is like installing once, whichever options are repeated and however the URL is written.
    for flags in [
        SSO,
        "--sso-start-url HTTPS://example.awsapps.com/start/#/?tab=accounts",
        "--sso-role-name Engineer",
        "--sso-region eu-west-1 --sso-account-id 111122223333",
        "",
    ] {
        run(&laptop, &format!("{INSTALL} {flags}"));
        assert_eq!(config(&laptop), installed, "{flags}");
    }
    run(&laptop, "install --email bob@example.com --yes");
    let bobs = installed.replace("alice", "bob");
    assert_eq!(config(&laptop), bobs, "the mark stays");
    run(&laptop, "uninstall --yes");
    assert_eq!(config(&laptop), "");
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
        run(&laptop, &with_sso());
        let config = config(&laptop);
        let wrote = (!new.is_empty()).then(|| mark(&config));
        let own = own(source_name, wrote);
        assert_eq!(config, format!("{before}{new}\n{own}"));
        assert!(!wrote.is_some_and(|wrote| wrote.contains("sso-session")));
        run(&laptop, &with_sso());
        run(&laptop, "uninstall --yes");
        assert_eq!(self::config(&laptop), before);
    }
    // By name, with the other values from the profile.
    let laptop = fresh();
    laptop.home.write(".aws/config", CORP);
    let flags = "--source-profile work --sso-role-name Engineer";
    run(&laptop, &format!("{INSTALL} {flags}"));
    let own = own("work", None);
    assert_eq!(config(&laptop), format!("{CORP}\n{own}"));
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
    for source in ["work", SOURCE] {
        let run = laptop.run(&format!("{} --source-profile {source}", with_sso()));
        laptop.fails(run, 1, source);
        assert_eq!(config(&laptop), theirs);
    }
    run(&laptop, &with_sso());
    let installed = config(&laptop);
    let session = SESSION_SECTION.replace("example]", "example-2]");
    let source = SOURCE_SECTION.replace("3333]", "3333-2]");
    let source = source.replace("= example\n", "= example-2\n");
    let own = own("Engineer-111122223333-2", Some(mark(&installed)));
    let expected = format!("{theirs}\n{session}\n{source}\n{own}");
    assert_eq!(installed, expected);
    run(&laptop, "uninstall --yes");
    assert_eq!(config(&laptop), theirs);
}

#[test]
fn all_other_bytes_stay() {
    let laptop = fresh();
    let before = "# mine\r\n[default]\r\nregion = us-east-1 # home\r\n\r\n; the end\r\n";
    laptop.home.write(".aws/config", before);
    run(&laptop, &format!("{} --dry-run", with_sso()));
    assert_eq!(config(&laptop), before);
    run(&laptop, &with_sso());
    let installed = config(&laptop);
    let own = own(SOURCE, Some(mark(&installed)));
    let added = format!("\n{SESSION_SECTION}\n{SOURCE_SECTION}\n{own}").replace('\n', "\r\n");
    assert_eq!(installed, format!("{before}{added}"));
    run(&laptop, "uninstall --dry-run");
    assert_eq!(config(&laptop), installed);
    run(&laptop, "uninstall --yes");
    assert_eq!(config(&laptop), before);
}

#[test]
fn uninstall_leaves_what_another_profile_uses_or_was_changed() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    let mine = "\n[profile mine]\nsso_session = example\n";
    let used = config(&laptop) + mine;
    laptop.home.write(".aws/config", used);
    run(&laptop, "uninstall --yes");
    assert_eq!(config(&laptop), format!("{SESSION_SECTION}{mine}"));

    // The session now existed before the installation.
    laptop.succeeds(laptop.run(&with_sso()));
    let installed = config(&laptop);
    assert!(!mark(&installed).contains("sso-session"), "{installed}");
    let changed = installed.replace("sso_role_name = Engineer", "sso_role_name = Admin");
    laptop.home.write(".aws/config", changed);
    run(&laptop, "uninstall --yes");
    let kept = SOURCE_SECTION.replace("= Engineer", "= Admin");
    let expected = format!("{SESSION_SECTION}{mine}\n{kept}");
    assert_eq!(config(&laptop), expected);
}

/// Two installed profiles that share a sign-in: it is removed with the last one.
#[test]
fn two_profiles_share_what_was_written() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    run(&laptop, &format!("{} --profile second", with_sso()));
    let both = config(&laptop);
    assert_eq!(both.matches("[sso-session").count(), 1, "{both}");
    run(&laptop, "uninstall --yes");
    assert!(config(&laptop).starts_with(SESSION_SECTION));
    run(&laptop, "uninstall --profile second --yes");
    assert_eq!(config(&laptop), "");
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
    let config = config(&laptop);
    for (what, count) in [
        ("[sso-session", 1),
        ("[profile Engineer", 1),
        ("source_profile = Engineer-111122223333\n", 4),
    ] {
        assert_eq!(config.matches(what).count(), count, "{config}");
    }
}
