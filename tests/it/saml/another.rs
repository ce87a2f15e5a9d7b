//! `--switch-user`: the browser's data for the identity provider is deleted first, and with it the session of another user there.

use crate::saml::federation::{ALICE, BROWSERS, Federation};
use kit::home::{Output, Run};
use kit::idp::{Claims, Cookie};
use kit::laptop::LOGIN;

const BOB: &str = "bob@example.com";

/// Returns a laptop where Bob has signed in, and the identity provider remembers him in the browser. Alice is the person now.
fn after_bob(install: &str) -> Federation {
    let federation = Federation::new();
    federation.idp.set_person(Some(BOB));
    federation.succeeds(federation.laptop.run(&federation.short(install)));
    assert_eq!(federation.idp.sign_ins(), 1);
    federation.idp.set_person(Some(ALICE));
    federation
}

/// Sets the session name of the profile.
fn rename(federation: &Federation, from: &str, to: &str) {
    let config = federation.laptop.home.read(".aws/config");
    assert!(config.contains(from), "{config}");
    let config = config.replace(from, to);
    federation.laptop.home.write(".aws/config", config);
}

/// Returns the command in a hint that has this flag, to be run.
#[track_caller]
fn hinted(federation: &Federation, output: &Output, flag: &str) -> Run {
    let commands = output.stderr.split('`').skip(1).step_by(2);
    let mut commands = commands.filter_map(|command| command.strip_prefix("apono-login "));
    let command = commands.find(|command| command.contains(flag));
    let command = command.unwrap_or_else(|| panic!("{flag}: {output}"));
    federation.laptop.run(command)
}

#[test]
fn login_as_another_user_than_the_browser_remembers() {
    let federation = after_bob("");
    rename(&federation, BOB, ALICE);
    // The identity provider signs in Bob without asking, however often.
    let denied = federation.fails(federation.laptop.run(LOGIN), 1, "denied");
    federation.fails(federation.laptop.run(LOGIN), 1, "denied");
    assert_eq!(federation.idp.sign_ins(), 1);

    federation.idp.forget();
    let switched = hinted(&federation, &denied, "--switch-user");
    federation.succeeds(switched).recorded("switched");
    assert_eq!(federation.idp.sign_ins(), 1);
    let sessions = federation.idp.visits().into_iter();
    let others: Vec<_> = sessions
        .filter_map(|visit| visit.session)
        .filter(|user| user != ALICE)
        .collect();
    assert_eq!(others, [""; 0]);
    // Alice is the one who is remembered now.
    federation.succeeds(federation.laptop.run("login --force"));
    assert_eq!(federation.idp.sign_ins(), 1);
    federation.no_browser_is_left();
}

/// Also with cached credentials, and where the profile keeps cookies without a lifetime.
#[test]
fn a_session_that_is_kept_is_given_up() {
    let federation = Federation::installed();
    let config = federation.laptop.home.read(".aws/config") + "apono_saml_keep_session = true\n";
    federation.laptop.home.write(".aws/config", config);
    let hour = std::time::Duration::from_secs(3600);
    federation.idp.set_cookie(Cookie::Session(hour));
    federation.succeeds(federation.laptop.run(LOGIN));
    federation.succeeds(federation.laptop.run("login --force"));
    assert_eq!(federation.idp.sign_ins(), 1);
    for sign_ins in [2, 3] {
        federation.succeeds(federation.laptop.run("login --switch-user"));
        assert_eq!(federation.idp.sign_ins(), sign_ins);
    }
}

/// An identity provider that knows the user of the computer does not ask, whatever the browser remembers: what is left is another
/// browser.
#[test]
fn an_identity_provider_that_does_not_ask() {
    let federation = Federation::installed();
    federation.idp.set_person(Some(BOB));
    let run = federation.laptop.run("login --switch-user");
    federation.fails(run, 1, "");
    assert_eq!(federation.roles_assumed(), 0);
    // As Alice gets it there.
    federation.succeeds(federation.bring(&Claims::of(ALICE)));
}

#[test]
fn install_as_another_user() {
    let federation = after_bob("");
    let run = federation.laptop.run("install --switch-user --yes");
    federation.succeeds(run).recorded("");
    let config = federation.laptop.home.read(".aws/config");
    let name = format!("apono_role_session_name = {ALICE}\n");
    assert!(config.contains(&name), "{config}");
    assert_eq!(federation.idp.sign_ins(), 2);
    // That sign-in is the login, too.
    federation.laptop.run("status").succeeds();

    // With the email given, it signs in too: that was asked for.
    federation.idp.set_person(Some(BOB));
    let again = format!("install --switch-user --yes --email {ALICE}");
    federation.fails(federation.laptop.run(&again), 1, "the wrong one");
    federation.idp.set_person(Some(ALICE));
    federation.succeeds(federation.laptop.run(&again));
    assert_eq!(federation.idp.sign_ins(), 4);
}

/// The browser remembers the user of another profile of the same identity provider.
#[test]
fn a_second_profile_for_another_user() {
    let federation = after_bob("");
    let second = federation.short(&format!("--profile second --email {ALICE}"));
    let denied = federation.fails(federation.laptop.run(&second), 1, "denied");
    assert_eq!(federation.idp.sign_ins(), 1);
    federation.succeeds(hinted(&federation, &denied, "--switch-user"));
    assert_eq!(federation.idp.sign_ins(), 2);
    assert!(federation.laptop.home.path(BROWSERS).exists());
    federation.laptop.run("status --profile second").succeeds();
}
