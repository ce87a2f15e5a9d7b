//! What needs Linux or its programs here.

use super::*;
use crate::sources::sign_in::token_file_of;
use crate::sso::person::caller;
use kit::tools;

const START_URL: &str = "https://example.awsapps.com/start";

#[test]
fn the_region_and_account_of_the_sign_in_may_be_others() {
    let laptop = fresh();
    let flags = "--sso-region us-east-1 --sso-account-id 444455556666 --credential-process";
    run(&laptop, &format!("{} {flags}", with_sso()));
    laptop.home.cat(".aws/config").recorded("");
    run(&laptop, "uninstall --yes");
    assert_eq!(config(&laptop), "");
}

/// The real aws CLI reads the profile and uses a sign-in with it.
#[test]
fn the_aws_cli_reads_what_was_written() {
    let laptop = fresh();
    laptop.succeeds(laptop.run(&with_sso()));
    let script = "import botocore.session, json; config = botocore.session.Session().full_config; \
                  print(json.dumps([config['profiles'], config['sso_sessions']], indent=1))";
    let read = laptop.home.run(tools::python(), ["-c", script]);
    read.known_as("botocore").succeeds().recorded("");
    let account = "configure get sso_account_id --profile Engineer-111122223333";
    let read = laptop.home.run(tools::aws(), account.split(' ')).succeeds();
    assert_eq!(read.stdout.trim_end(), "111122223333");

    let account = [("111122223333", "Engineer")];
    let sign_in = laptop.aws.sign_in("alice@example.com", &account);
    let token = sign_in.cache_file(START_URL, true);
    laptop.home.write(&token_file_of("example"), token);
    let caller = caller(&laptop, "apono-k8s-access").succeeds();
    assert_eq!(
        caller.stdout.trim_end(),
        "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com"
    );
    laptop.succeeds(laptop.run("login"));
}
