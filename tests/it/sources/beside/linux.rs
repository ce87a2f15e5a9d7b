//! What needs Linux or its programs here.

use super::*;
use crate::sources::sign_in::ALICE;
use crate::sources::sign_in::ENGINEER_ARN;
use crate::sources::sign_in::sign_in;
use kit::tools;

#[test]
fn a_whole_sso_sign_in_is_used() {
    let laptop = laptop(Style::Legacy);
    add_keys(&laptop);
    sign_in(&laptop, Style::Legacy, ALICE);
    let words = "sts get-caller-identity --profile work --query Arn --output text";
    let by_aws = laptop.home.run(tools::aws(), words.split(' ')).succeeds();
    assert_eq!(by_aws.stdout.trim_end(), ENGINEER_ARN);
    laptop.succeeds(laptop.run(LOGIN)).recorded("login");
    let doctor = laptop.run("doctor").output();
    let warned = doctor.stdout.contains("profile work has access keys, too");
    assert!(warned, "{doctor}");
}
