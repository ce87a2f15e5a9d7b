//! Several sso-sessions of one access portal, each for another user; and one whose region was a mistake.

#[cfg(target_os = "linux")]
mod linux;

use crate::install::sso::{SESSION_SECTION, SOURCE_SECTION, SSO, fresh, mark};
use crate::sources::sign_in::{ENGINEER, token_file_of};
use kit::laptop::{INSTALL, Laptop};

const START_URL: &str = "https://example.awsapps.com/start";

fn sections() -> String {
    let named = |name: &str| SESSION_SECTION.replace("example]", &format!("{name}]"));
    format!("{}\n{}", named("everyday"), named("admin"))
}

/// Returns a laptop with two sso-sessions of one portal.
fn two() -> Laptop {
    let laptop = fresh();
    laptop.home.write(".aws/config", sections());
    laptop
}

fn install() -> String {
    format!("{INSTALL} {SSO} --yes")
}

fn sign_in(laptop: &Laptop, session: &str) {
    let token = laptop.aws.sign_in("alice@example.com", &ENGINEER);
    let file = token.cache_file(START_URL, true);
    laptop.home.write(&token_file_of(session), file);
}

/// Checks that the source profile that was written signs in with this sso-session.
#[track_caller]
fn signs_in_with(laptop: &Laptop, session: &str) {
    let config = laptop.home.read(".aws/config");
    let line = format!("\nsso_session = {session}\n");
    assert_eq!(config.matches("\nsso_session = ").count(), 1, "{config}");
    assert!(config.contains(&line), "{config}");
}

#[test]
fn the_one_that_is_named() {
    let laptop = two();
    let refused = laptop.fails(laptop.run(&install()), 2, "which?");
    assert_eq!(laptop.home.read(".aws/config"), sections());
    // Each hint is a command that works.
    for session in ["everyday", "admin"] {
        let laptop = two();
        let command = format!("{} --sso-session {session}", install());
        assert!(
            refused.stderr.replace('"', "").contains(&command),
            "{refused}"
        );
        laptop.succeeds(laptop.run(&command));
        signs_in_with(&laptop, session);
        // It stays.
        laptop.succeeds(laptop.run(&install()));
        signs_in_with(&laptop, session);
    }

    // One that does not exist is written.
    let new = format!("{} --sso-session third", install());
    laptop.succeeds(laptop.run(&new)).recorded("new");
    signs_in_with(&laptop, "third");
    laptop.succeeds(laptop.run("uninstall --yes"));
    assert_eq!(laptop.home.read(".aws/config"), sections());

    // One of another portal is not used.
    let other = sections().replace("//example", "//other");
    laptop.home.write(".aws/config", &other);
    let run = laptop.run(&format!("{} --sso-session admin", install()));
    laptop.fails(run, 1, "another portal");
    assert_eq!(laptop.home.read(".aws/config"), other);
}

#[test]
fn the_one_that_is_signed_in() {
    for session in ["everyday", "admin"] {
        let laptop = two();
        sign_in(&laptop, session);
        laptop.succeeds(laptop.run(&install()));
        signs_in_with(&laptop, session);
    }
    let laptop = two();
    sign_in(&laptop, "everyday");
    sign_in(&laptop, "admin");
    laptop.run(&install()).exits(2);
}

#[test]
fn a_team_at_a_portal_of_two_sessions() {
    let laptop = two();
    let team = "sso_start_url = \"https://example.awsapps.com/start\"\nsso_region = \"eu-west-1\"\n\n\
        [[accounts]]\nid = \"111122223333\"\nname = \"prod\"\nsso_role_name = \"Engineer\"\n\
        clusters = [{ name = \"prod\", region = \"eu-west-1\" }]\n";
    laptop.home.write("team.toml", team);
    let install = "install --from team.toml --email alice@example.com --yes";
    laptop.fails(laptop.run(install), 2, "");
    sign_in(&laptop, "admin");
    let named = format!("{install} --sso-session admin");
    laptop.succeeds(laptop.run(&named));
    signs_in_with(&laptop, "admin");
}

/// A region that was saved once is corrected, for all profiles that sign in with it.
#[test]
fn a_region_that_was_a_mistake() {
    let laptop = fresh();
    let install = install();
    let wrong = format!("{install} --sso-region eu-central-1");
    laptop.succeeds(laptop.run(&wrong));
    laptop.succeeds(laptop.run(&format!("{wrong} --profile second")));
    let right = format!("{install} --sso-region eu-west-1");
    laptop.succeeds(laptop.run(&right)).recorded("corrected");
    let config = laptop.home.read(".aws/config");
    assert!(
        config.starts_with(&format!("{SESSION_SECTION}\n{SOURCE_SECTION}\n")),
        "{config}"
    );
    assert_eq!(config.matches("[sso-session").count(), 1, "{config}");
    assert_eq!(config.matches("apono_wrote").count(), 2, "{config}");
    let recorded = format!("apono_wrote = {}\n", mark(&config));
    assert_eq!(config.matches(&recorded).count(), 2, "{config}");
    laptop.succeeds(laptop.run(&right));
    assert_eq!(laptop.home.read(".aws/config"), config);
    for profile in ["", " --profile second"] {
        laptop.succeeds(laptop.run(&format!("uninstall --yes{profile}")));
    }
    assert_eq!(laptop.home.read(".aws/config"), "");

    // The region alone is enough.
    laptop.succeeds(laptop.run(&wrong));
    let region = "install --sso-region eu-west-1 --yes";
    laptop
        .succeeds(laptop.run(region))
        .recorded("by the region alone");
    let config = laptop.home.read(".aws/config");
    assert!(config.starts_with(SESSION_SECTION), "{config}");
    assert_eq!(config.matches("[sso-session").count(), 1, "{config}");

    // The user's own section stays as it is.
    let theirs = SESSION_SECTION.replace("eu-west-1", "eu-central-1");
    laptop.home.write(".aws/config", &theirs);
    laptop.succeeds(laptop.run(&right));
    assert!(laptop.home.read(".aws/config").starts_with(&theirs));
}
