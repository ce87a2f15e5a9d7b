//! `logout --sso`: signs out on this computer and at AWS.

use crate::sources::sign_in::{
    ALICE, STYLES, Style, laptop, leave_token, no_requests, sign_in, stored,
};
use crate::sso::person::{closed_port, signed_in, signing_in, token_file};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, files_below};
use kit::standin::{Fault, Operation, Options};

#[track_caller]
fn nothing_is_left(laptop: &Laptop) {
    let left = files_below(&laptop.home.path(".aws/sso/cache"));
    assert!(left.is_empty(), "{left:?}");
    assert!(laptop.cached("entry").is_empty());
}

#[test]
fn out_here_and_at_aws() {
    for style in STYLES {
        let laptop = laptop(style);
        signed_in(&laptop, LOGIN);
        let here = token_file(&laptop, style);
        assert_eq!(laptop.aws.sign_ins().len(), 1);
        laptop.aws.forget();
        laptop.succeeds(laptop.run("logout --sso")).recorded("");
        assert_eq!(laptop.aws.count(Operation::Logout), 1, "{style:?}");
        nothing_is_left(&laptop);
        // Access and refresh token are revoked, so a copy of them is useless.
        assert!(laptop.aws.sign_ins().is_empty());
        let copy = here.to_string();
        laptop.home.write(&style.token_file(), &copy);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "a copy");
        let over = copy.replace(here["expiresAt"].as_str().unwrap(), "2026-01-01T00:00:00Z");
        laptop.home.write(&style.token_file(), over);
        laptop.aws.forget();
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "a copy that has expired");
        let tried = usize::from(here["refreshToken"].is_string());
        assert_eq!(laptop.aws.count(Operation::CreateToken), tried);

        // A sign-in that has already ended at AWS is no failure, and its file is deleted too.
        laptop.home.write(&style.token_file(), &copy);
        laptop
            .succeeds(laptop.run("logout --sso"))
            .recorded("again");
        nothing_is_left(&laptop);
        signed_in(&laptop, LOGIN);
    }
}

/// Without `--sso` the sign-in stays.
#[test]
fn a_plain_logout_leaves_the_sign_in() {
    let laptop = laptop(Style::Session);
    signed_in(&laptop, LOGIN);
    for command in ["logout", "logout --all"] {
        laptop.succeeds(laptop.run(command)).recorded("");
        assert_eq!(laptop.aws.count(Operation::Logout), 0);
        laptop.succeeds(laptop.run(GET_TOKEN)).json();
    }
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);
}

#[test]
fn a_session_of_two_profiles_is_ended_once() {
    let second = PROFILE
        .replace("[profile apono-k8s-access]", "[profile second]")
        .replace("= default", "= work");
    let first = PROFILE.replace("= default", "= work");
    let keys = PROFILE.replace("[profile apono-k8s-access]", "[profile keys]");
    let laptop = Laptop::with_config([Style::Session.config(), first, second, keys].concat());
    sign_in(&laptop, Style::Session, ALICE);
    for profile in ["apono-k8s-access", "second", "keys"] {
        laptop.succeeds(laptop.run(&format!("login --profile {profile}")));
    }
    laptop.aws.forget();
    laptop
        .succeeds(laptop.run("logout --all --sso"))
        .recorded("");
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    nothing_is_left(&laptop);
}

#[test]
fn aws_cannot_be_told() {
    for command in ["logout --sso", "logout --sso --all"] {
        let laptop = laptop(Style::Session);
        let run = || laptop.run(command);
        for (title, fault) in [
            ("no answer", Fault::HangUp),
            ("503", Fault::unavailable()),
            // A captive portal, with status 200.
            ("a web page", Fault::html()),
        ] {
            signed_in(&laptop, LOGIN);
            laptop.aws.misbehave(Operation::Logout, fault);
            laptop.failed(run().output(), 4, title);
            nothing_is_left(&laptop);
            laptop.aws.behave();
        }
        signed_in(&laptop, LOGIN);
        let run = run().env("AWS_ENDPOINT_URL_SSO", closed_port());
        laptop.failed(run.output(), 4, "a closed port");
        nothing_is_left(&laptop);
    }
}

#[test]
fn no_user_is_signed_in() {
    let laptop = laptop(Style::Session);
    for command in ["logout --sso", "logout --sso --all"] {
        laptop.succeeds(laptop.run(command)).recorded("");
    }
    no_requests(&laptop);

    // An unreadable file is deleted too.
    laptop.home.write(&Style::Session.token_file(), "{");
    laptop
        .succeeds(laptop.run("logout --sso"))
        .recorded("a damaged file");
    nothing_is_left(&laptop);
    no_requests(&laptop);
}

/// The file says expired, but at AWS the refresh token may be valid for months.
#[test]
fn a_sign_in_that_has_expired_can_be_renewed_no_more() {
    let laptop = laptop(Style::Session);
    let leave_expired = || {
        let over = sign_in(&laptop, Style::Session, ALICE);
        leave_token(&laptop, Style::Session, &laptop.aws.let_expire(over));
    };
    leave_expired();
    laptop.succeeds(laptop.run("logout --sso")).recorded("");
    nothing_is_left(&laptop);
    assert!(laptop.aws.sign_ins().is_empty(), "it can still be renewed");

    // AWS did not say whether the token can still be renewed.
    leave_expired();
    laptop.aws.misbehave(Operation::CreateToken, Fault::HangUp);
    laptop.failed(laptop.run("logout --sso").output(), 4, "no answer");
    nothing_is_left(&laptop);
}

#[test]
fn a_profile_without_sso() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.forget();
    for command in ["logout --sso", "logout --sso --all"] {
        laptop.succeeds(laptop.run(command)).recorded("");
    }
    assert!(laptop.cached("entry").is_empty());
    no_requests(&laptop);
}

const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --region eu-west-1 --yes --sso-role-name";

/// It leaves no profile, but a sign-in, which `logout` names and ends. Those of other tools stay.
#[test]
fn after_an_install_that_failed() {
    let laptop = Laptop::bare(Options::default());
    sign_in(&laptop, Style::Session, ALICE);
    let of_others = stored(&laptop);
    let output = signing_in(&laptop, &format!("{INSTALL} Enginer"));
    output.ended(1);
    assert_eq!(stored(&laptop).len(), 3);
    laptop.succeeds(laptop.run("logout")).recorded("named");
    laptop
        .succeeds(laptop.run("logout --sso"))
        .recorded("ended");
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    laptop
        .succeeds(laptop.run("logout --sso"))
        .recorded("again");
    assert_eq!(files_below(&laptop.home.path(".aws/sso/cache")), of_others);
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
}

/// Another profile is named by the variable: the command that is shown ends the sign-in all the same.
#[test]
fn unused_while_another_profile_is_named() {
    let laptop = Laptop::bare(Options::default());
    signing_in(&laptop, &format!("{INSTALL} Enginer")).ended(1);
    let run = |command: &str| laptop.run(command).env("APONO_PROFILE", "other");
    laptop.succeeds(run("logout")).recorded("named");
    laptop.succeeds(run("logout --all --sso")).recorded("ended");
    nothing_is_left(&laptop);
}

/// Two sso-sessions of one portal, each with a sign-in of its own, are told apart.
#[test]
fn two_sessions_of_one_portal() {
    let work = Style::Session.config();
    let (name, second) = ("[sso-session corp]", "[sso-session second]");
    assert!(work.contains(name));
    let other = work
        .replace(name, second)
        .replace("sso_session = corp", "sso_session = second")
        .replace("[profile work]", "[profile work-2]");
    let profiles = [("second", "work-2"), ("apono-k8s-access", "work")].map(|(profile, source)| {
        PROFILE
            .replace("apono-k8s-access]", &format!("{profile}]"))
            .replace("= default", &format!("= {source}"))
    });
    let laptop = Laptop::with_config([work, other, profiles.concat()].concat());
    for profile in ["apono-k8s-access", "second"] {
        signed_in(&laptop, &format!("login --profile {profile}"));
    }
    laptop.succeeds(laptop.run("logout")).recorded("");
}

/// Uninstalling removes what `install` wrote, and the sign-in with it.
#[test]
fn uninstalled() {
    let laptop = Laptop::bare(Options::default());
    signed_in(&laptop, &format!("{INSTALL} Engineer")).recorded("");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(stored(&laptop).len(), 2);
    laptop
        .succeeds(laptop.run("uninstall --dry-run"))
        .recorded("a dry run");
    laptop.failed(laptop.run("uninstall").output(), 1, "no consent");
    laptop.succeeds(laptop.run("uninstall --yes")).recorded("");
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    assert!(files_below(&laptop.home.path(".aws/sso")).is_empty());
    assert_eq!(laptop.home.read(".aws/config"), "");
    assert!(!laptop.home.path(".cache/apono-login").exists());
}

/// The sso-session stays, because a person has changed it, and so does the sign-in.
#[test]
fn uninstalled_without_the_changed_session() {
    let laptop = Laptop::bare(Options::default());
    signed_in(&laptop, &format!("{INSTALL} Engineer"));
    let config = laptop.home.read(".aws/config");
    let changed = config.replace(
        "\nsso_start_url",
        "\n# Of the whole company.\nsso_start_url",
    );
    assert_ne!(changed, config);
    laptop.home.write(".aws/config", changed);
    laptop.succeeds(laptop.run("uninstall --yes")).recorded("");
    assert_eq!(laptop.aws.count(Operation::Logout), 0);
    laptop.succeeds(laptop.run("uninstall")).recorded("again");
    laptop
        .succeeds(laptop.run("logout --sso"))
        .recorded("ended");
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    nothing_is_left(&laptop);
}
