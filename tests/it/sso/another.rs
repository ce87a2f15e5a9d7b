//! Another user than the one that was meant has signed in: how to sign in as the right one.

#[cfg(target_os = "linux")]
mod linux;

use crate::sources::sign_in::{ALICE, STYLES, Style, laptop, token_file_of};
use crate::sso::all;
use crate::sso::person::{allow, browser, links, meanwhile};
use crate::sso::watch::{Watched, watched};
use kit::browser::Browser;
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::{Operation, Options};

const BOB: &str = "bob@example.com";
const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --sso-role-name Engineer --region eu-west-1";

/// Runs a command during which Bob signs in.
fn as_bob(laptop: &Laptop, arguments: &str) -> Output {
    let (output, _) = meanwhile(laptop, arguments, |link| Browser::new().allow(link, BOB));
    laptop.check_discretion(&output);
    output
}

/// Returns the arguments of the command in a hint that has this flag.
#[track_caller]
fn hinted(output: &Output, flag: &str) -> String {
    let commands = output.stderr.split('`').skip(1).step_by(2);
    let mut commands = commands.filter_map(|command| command.strip_prefix("apono-login "));
    let found = commands.find(|command| command.ends_with(flag));
    found
        .unwrap_or_else(|| panic!("{flag}: {output}"))
        .to_owned()
}

fn sign_ins(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::CreateToken)
}

/// Returns the link that a command without a browser prints.
fn printed(run: &Watched) -> String {
    run.said("  http://127.0.0.1:")
}

#[test]
fn a_denial_names_the_command_that_signs_in_as_another_user() {
    for style in STYLES {
        let laptop = laptop(style);
        let denied = laptop.failed(as_bob(&laptop, LOGIN), 1, "denied");
        // Without a word about another user, the sign-in is used again.
        for again in ["", "login --force"] {
            laptop.fails(laptop.run(again), 1, "denied");
        }
        assert_eq!(
            (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
            (1, 0)
        );

        let (output, _) = meanwhile(&laptop, &hinted(&denied, "--switch-user"), allow);
        output.ended(0).recorded("switched");
        assert_eq!(
            (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
            (2, 1)
        );

        // Where the browser signs in the wrong user by itself.
        let command = hinted(&denied, "--no-browser");
        let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
        let (output, _) = watched(&laptop, &command, prepare, |run| allow(&printed(run)));
        output.ended(0).recorded("in a private window");
        assert_eq!(
            (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
            (3, 2)
        );
    }
}

/// The credentials of the user who has left are used no more, though the other one gets none.
#[test]
fn a_denial_leaves_no_credentials_of_the_user_before() {
    for command in ["login --switch-user", "login --all --switch-user"] {
        let laptop = laptop(Style::Session);
        let (output, _) = meanwhile(&laptop, LOGIN, allow);
        output.ended(0);
        assert!(!laptop.cached("entry").is_empty());
        as_bob(&laptop, command).ended(1);
        assert!(laptop.cached("entry").is_empty());
        laptop.run(GET_TOKEN).exits(1);
    }
}

#[test]
fn a_permission_set_of_another_user() {
    let laptop = laptop(Style::Session);
    let carol = "carol@example.com";
    let (output, _) = meanwhile(&laptop, LOGIN, |link| Browser::new().allow(link, carol));
    let denied = laptop.failed(output, 1, "");
    let (output, _) = meanwhile(&laptop, &hinted(&denied, "--switch-user"), allow);
    output.ended(0);
}

/// Each of the flags asks for a sign-in, though the last one is valid and credentials are cached.
#[test]
fn a_sign_in_that_is_asked_for_is_a_new_one() {
    let laptop = laptop(Style::Session);
    let (output, _) = meanwhile(&laptop, LOGIN, allow);
    output.ended(0);
    laptop.succeeds(laptop.run(LOGIN));
    let mut count = 1;
    for (flags, device) in [
        ("--no-browser", false),
        ("--device-code", true),
        ("--switch-user --no-browser", false),
        ("--switch-user --device-code", true),
    ] {
        let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
        let (output, _) = watched(&laptop, &format!("login {flags}"), prepare, |run| {
            allow(&match device {
                true => run.said("/device?user_code="),
                false => printed(run),
            })
        });
        output.ended(0).recorded(flags);
        count += 1;
        assert_eq!(laptop.aws.count(Operation::AssumeRole), count, "{flags}");
    }
    assert_eq!(laptop.aws.count(Operation::Logout), 2);
}

/// The old session is gone even if no user signs in after that.
#[test]
fn the_present_sign_in_ends_first() {
    let laptop = laptop(Style::Session);
    as_bob(&laptop, LOGIN).ended(1);
    let (output, _) = meanwhile(&laptop, "login --switch-user", |link| {
        Browser::new().deny(link)
    });
    laptop.failed(output, 3, "");
    assert!(!laptop.home.path(&token_file_of("corp")).exists());
}

/// One sign-in for each SSO session, which all of its profiles use.
#[test]
fn all_profiles_at_once() {
    let laptop = all::two_sessions();
    let person = |count: usize, email: &'static str| {
        let laptop = &laptop;
        move |_: &str| {
            for at in 0..count {
                Browser::new().allow(&links(laptop, at + 1)[at], email);
            }
        }
    };
    let (output, ()) = meanwhile(&laptop, "login --all", person(2, ALICE));
    output.ended(0);
    let (output, ()) = meanwhile(&laptop, "login --all --switch-user", person(2, ALICE));
    output.ended(0);
    assert_eq!(
        (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
        (4, 2)
    );
}

#[test]
fn keys_have_no_other_user() {
    let laptop = Laptop::new();
    laptop.fails(laptop.run("login --switch-user"), 1, "");
}

fn bare() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop
}

#[test]
fn install_as_another_user() {
    let laptop = bare();
    let installed = as_bob(&laptop, &format!("{INSTALL} --yes"));
    // It says whose email it is.
    installed.ended(0).recorded("bob");
    let (output, _) = meanwhile(&laptop, "install --switch-user --yes", allow);
    output.ended(0).recorded("alice");
    let config = laptop.home.read(".aws/config");
    assert!(config.contains("role_session_name = alice@example.com\n"));
    assert_eq!(
        (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
        (2, 1)
    );

    // With the email given, install signs in too: that was asked for.
    let again = "install --switch-user --yes --email alice@example.com";
    let denied = laptop.failed(as_bob(&laptop, again), 1, "the wrong one");
    let (output, _) = meanwhile(&laptop, &hinted(&denied, "--switch-user"), allow);
    output.ended(0);
}
