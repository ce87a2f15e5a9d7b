//! What the files add to the flags.

#![allow(clippy::unwrap_used)]

use super::Known;
use crate::profile::sso::tests::{CORP, WORK, profiles};

fn known(url: &str, region: &str, account: &str, role: &str) -> Known {
    Known {
        start_url: url.parse().ok(),
        sso_region: region.parse().ok(),
        account: account.parse().ok(),
        role: role.parse().ok(),
        session: None,
    }
}

/// The file, the source profile, the flags, and what is known with them.
#[test]
fn the_files_complete_the_flags() {
    const URL: &str = "https://example.awsapps.com/start";
    const OTHER: &str = "https://other.awsapps.com/start";
    const ACCOUNT: &str = "111122223333";
    let one = format!("{WORK}\n{CORP}");
    let second = format!("[sso-session two]\nsso_start_url = {OTHER}\nsso_region = us-east-1\n");
    let two = format!("{one}\n{second}");
    let admin = WORK.replace("work", "admin").replace("Engineer", "Admin");
    let roles = format!("{two}\n{admin}");
    let broken =
        format!("{one}\n[sso-session x]\nsso_start_url = javascript:alert(1)\nsso_region = x\n");
    let table = [
        // The only sso-session.
        (
            &CORP.to_owned(),
            "",
            known("", "", ACCOUNT, "Admin"),
            known(URL, "eu-west-1", ACCOUNT, "Admin"),
        ),
        (
            &one,
            "",
            known("", "", ACCOUNT, ""),
            known(URL, "eu-west-1", ACCOUNT, "Engineer"),
        ),
        (
            &broken,
            "",
            known("", "", ACCOUNT, ""),
            known(URL, "eu-west-1", ACCOUNT, "Engineer"),
        ),
        // Of two, the one of the profile for this account and role.
        (
            &two,
            "",
            known("", "", ACCOUNT, "Engineer"),
            known(URL, "eu-west-1", ACCOUNT, "Engineer"),
        ),
        (
            &two,
            "",
            known("", "", ACCOUNT, "Admin"),
            known("", "", ACCOUNT, "Admin"),
        ),
        (
            &two,
            "work",
            known("", "", ACCOUNT, "Admin"),
            known(URL, "eu-west-1", ACCOUNT, "Admin"),
        ),
        (
            &two,
            "",
            known("", "us-east-1", ACCOUNT, "Admin"),
            known(OTHER, "us-east-1", ACCOUNT, "Admin"),
        ),
        (
            &two,
            "",
            known(OTHER, "", ACCOUNT, ""),
            known(OTHER, "us-east-1", ACCOUNT, ""),
        ),
        (
            &two,
            "",
            known(URL, "", "", ""),
            known(URL, "eu-west-1", "", ""),
        ),
        (
            &two,
            "work",
            known(OTHER, "", ACCOUNT, "Admin"),
            known(OTHER, "us-east-1", ACCOUNT, "Admin"),
        ),
        // Of two roles, the source profile's.
        (
            &roles,
            "",
            known(URL, "", ACCOUNT, ""),
            known(URL, "eu-west-1", ACCOUNT, ""),
        ),
        (
            &roles,
            "admin",
            known(URL, "", ACCOUNT, ""),
            known(URL, "eu-west-1", ACCOUNT, "Admin"),
        ),
        // Flags are never replaced.
        (
            &two,
            "work",
            known(URL, "us-east-2", ACCOUNT, "Admin"),
            known(URL, "us-east-2", ACCOUNT, "Admin"),
        ),
        (
            &String::new(),
            "",
            known(URL, "", ACCOUNT, "Admin"),
            known(URL, "", ACCOUNT, "Admin"),
        ),
    ];
    for (config, source, typed, expected) in table {
        let source = source.parse().ok();
        let completed = typed
            .clone()
            .complete(&profiles(config, ""), source.as_ref());
        assert_eq!(completed, expected, "{typed:?} in {config}");
    }
}
