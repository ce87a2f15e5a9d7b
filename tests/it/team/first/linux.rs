//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::allow;
use crate::sso::person::caller;
use crate::sso::person::while_running;

#[test]
fn two_accounts_with_one_sign_in() {
    let laptop = laptop(&both());
    signed_in(&laptop, "install --from team.toml --yes").recorded("");
    for (operation, count) in [
        (Operation::RegisterClient, 1),
        (Operation::Consent, 1),
        (Operation::CreateToken, 1),
        (Operation::AssumeRole, 2),
        (Operation::DescribeCluster, 2),
    ] {
        assert_eq!(laptop.aws.count(operation), count, "{operation:?}");
    }
    assert_eq!(
        profiles(&laptop),
        [
            "Engineer-111122223333",
            "Engineer-444455556666",
            "apono-k8s-access-prod",
            "apono-k8s-access-staging"
        ]
    );
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "prod", "the first of the file");
    lists_pods(&laptop, "prod");
    lists_pods(&laptop, "staging");
    config_recorded(&laptop);
    for (profile, account) in [("prod", "111122223333"), ("staging", OTHER_ACCOUNT)] {
        let arn = format!("arn:aws:sts::{account}:assumed-role/apono-k8s-access/{ALICE}");
        let caller = caller(&laptop, &format!("apono-k8s-access-{profile}"));
        assert_eq!(caller.succeeds().stdout.trim(), arn);
    }
}

/// A new person on a terminal: one sign-in and one prompt.
#[test]
fn a_person_on_a_terminal_is_asked_for_the_email_alone() {
    let laptop = laptop(&both());
    let install = laptop
        .home
        .on_terminal("apono-login install --from team.toml");
    let (output, _) = while_running(&laptop, install.input("\n"), allow);
    output.ended(0).recorded("");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    lists_pods(&laptop, "prod");
}
