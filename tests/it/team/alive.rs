//! `logout` says what still lives, with the command that ends it.

#[cfg(target_os = "linux")]
mod linux;

use crate::team::setting::*;
use kit::laptop::Laptop;
use kit::standin::Operation;

/// Runs `apono-login ARGUMENTS` and then the first command that it names, until it names none. Returns what was run.
fn until_nothing_lives(laptop: &Laptop, arguments: &str) -> Vec<String> {
    let mut done = vec![arguments.to_owned()];
    loop {
        let output = run(laptop, done.last().unwrap());
        let next = output.stderr.split('`').nth(1);
        let Some(next) = next.and_then(|next| next.strip_prefix("apono-login ")) else {
            return done;
        };
        assert!(!done.contains(&next.to_owned()), "in a circle: {output}");
        done.push(next.to_owned());
    }
}

/// Each command that is named ends what it is named for; at the end nothing lives.
#[test]
fn the_named_commands_end_all() {
    let others = [
        (
            "logout",
            "logout --profile apono-k8s-access-staging",
            "logout --sso --profile apono-k8s-access-staging",
        ),
        (
            "logout --profile apono-k8s-access-staging",
            "logout --profile apono-k8s-access-prod",
            "logout --sso --profile apono-k8s-access-prod",
        ),
    ];
    for (typed, other, sso) in others {
        let laptop = installed(&both());
        assert_eq!(until_nothing_lives(&laptop, typed), [typed, other, sso]);
        assert!(laptop.cached("entry").is_empty());
        assert_eq!(
            laptop
                .run("status")
                .exits(3)
                .stdout
                .matches("needed")
                .count(),
            2
        );
        assert_eq!(laptop.aws.count(Operation::Logout), 1);
    }
}

/// Whatever the context is, all sign-ins end, and no credentials stay.
#[test]
fn the_sign_ins_of_all() {
    let laptop = installed(&both());
    assert_eq!(
        until_nothing_lives(&laptop, "logout --sso"),
        ["logout --sso"]
    );
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    assert!(laptop.cached("entry").is_empty());
}

/// A profile that cannot be used stops none of the others.
#[test]
fn a_broken_profile_stops_no_sign_out() {
    let laptop = installed(&both());
    let (config, _) = files(&laptop);
    let broken = config.replace(
        "\nsource_profile = Engineer-111122223333",
        "\nsource_profile = nowhere",
    );
    assert_ne!(broken, config);
    laptop.home.write(".aws/config", broken);
    laptop.failed(laptop.run("logout --sso").output(), 1, "");
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    assert!(laptop.cached("entry").is_empty());
}
