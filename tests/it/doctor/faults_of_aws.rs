//! Signing in, and what the AWS admin has to mend.

use super::{DOCTOR, Diagnosis, finds, healthy};
use kit::laptop::{Laptop, PROFILE};
use kit::standin::{Fault, Operation, ROLE_ARN, Role};

const YOU: &str = "you";
const AWS: &str = "aws";
const AWS_ADMIN: &str = "aws-admin";

#[track_caller]
fn diagnosed(laptop: &Laptop, step: &str, owner: &str, status: i32, words: &[&str]) {
    let diagnosis = Diagnosis {
        step,
        owner,
        status,
        words,
    };
    finds(laptop, DOCTOR, &diagnosis);
}

#[test]
fn a_login_page_in_the_place_of_aws() {
    let laptop = healthy();
    laptop
        .aws
        .misbehave(Operation::GetCallerIdentity, Fault::html());
    diagnosed(
        &laptop,
        "network",
        YOU,
        4,
        &[
            "something between you and AWS answers in its place",
            "the VPN's sign-in page",
        ],
    );
}

#[test]
fn aws_is_down() {
    let laptop = healthy();
    laptop
        .aws
        .misbehave(Operation::GetCallerIdentity, Fault::unavailable());
    diagnosed(
        &laptop,
        "network",
        AWS,
        4,
        &["this is on AWS's side and passes"],
    );
}

#[test]
fn keys_that_aws_does_not_know() {
    let laptop = healthy();
    laptop.home.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIA1234567890123456\naws_secret_access_key = wrong\n",
    );
    diagnosed(
        &laptop,
        "source",
        YOU,
        1,
        &[
            "AWS does not accept the credentials of profile default (access keys)",
            "renew the credentials of profile default",
        ],
    );
}

#[test]
fn keys_that_are_over() {
    let laptop = healthy();
    let key = laptop.aws.source("default").access_key.clone();
    laptop.aws.expire(&key);
    diagnosed(
        &laptop,
        "source",
        YOU,
        3,
        &[
            "the source credentials have expired",
            "renew the credentials of profile default",
        ],
    );
}

#[test]
fn nobody_has_signed_in() {
    let laptop = Laptop::with_config(
        PROFILE.replace("= default", "= sso")
            + "[profile sso]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Engineer\n",
    );
    diagnosed(
        &laptop,
        "source",
        YOU,
        3,
        &[
            "you have to sign in",
            "there is no SSO session for https://example.awsapps.com/start",
            "run `apono-login`",
        ],
    );
}

#[test]
fn nobody_has_signed_in_with_saml() {
    let laptop = Laptop::with_config(
        "[profile apono-k8s-access]\nregion = eu-west-1\napono_role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\napono_role_session_name = alice@example.com\napono_saml_provider_arn = arn:aws:iam::111122223333:saml-provider/Okta\napono_saml_url = https://idp.example.com/app\n",
    );
    diagnosed(
        &laptop,
        "source",
        YOU,
        3,
        &[
            "no credentials of a sign-in at https://idp.example.com",
            "run `apono-login`",
        ],
    );
}

#[test]
fn a_credential_process_that_fails() {
    let laptop = Laptop::with_config(
        PROFILE.replace("= default", "= helper") + "[profile helper]\ncredential_process = false\n",
    );
    diagnosed(
        &laptop,
        "source",
        YOU,
        1,
        &["run the profile's credential_process by hand"],
    );
}

#[test]
fn somebody_elses_email() {
    let laptop = Laptop::with_config(PROFILE.replace("alice@", "carol@"));
    diagnosed(
        &laptop,
        "identity",
        YOU,
        1,
        &[
            "you are signed in as alice@example.com, and the profile says carol@example.com",
            "`apono-login install --email alice@example.com --yes`",
        ],
    );
}

#[test]
fn capitals() {
    let laptop = Laptop::with_config(PROFILE.replace("alice@", "Alice@"));
    diagnosed(
        &laptop,
        "identity",
        YOU,
        1,
        &[
            "you are signed in as alice@example.com, and the profile says Alice@example.com: the same but for capitals",
            "the cluster compares upper and lower case",
            "`apono-login install --email alice@example.com --yes`, then `apono-login`",
        ],
    );
}

#[test]
fn the_wrong_account() {
    let laptop = Laptop::with_config(PROFILE.replace("= default", "= elsewhere"));
    diagnosed(
        &laptop,
        "identity",
        YOU,
        1,
        &[
            "lets in people of account 111122223333 only, and you are signed in to account 444455556666",
            "install --source-profile NAME --yes",
        ],
    );
}

#[test]
fn an_iam_user() {
    let laptop = Laptop::with_config(PROFILE.replace("= default", "= operator"));
    diagnosed(
        &laptop,
        "identity",
        YOU,
        1,
        &["who signed in through the AWS access portal (IAM Identity Center, AWSReservedSSO_*)"],
    );
}

#[test]
fn the_role_is_gone_or_trusts_others() {
    let laptop = healthy();
    laptop.aws.delete_role(ROLE_ARN);
    diagnosed(
        &laptop,
        "role",
        AWS_ADMIN,
        1,
        &[
            "you may not assume arn:aws:iam::111122223333:role/apono-k8s-access as alice@example.com",
            "`apono-login policy trust-sso --account-id 111122223333`",
        ],
    );
}

#[test]
fn a_longer_session_than_the_role_allows() {
    let laptop = Laptop::with_config(format!("{PROFILE}duration_seconds = 43200\n"));
    diagnosed(&laptop, "role", YOU, 1, &["duration_seconds = 3600"]);
}

#[test]
fn an_mfa_code_is_wanted_and_nothing_is_cached() {
    let laptop = Laptop::with_config(
        PROFILE.replace("= default", "= operator")
            + "mfa_serial = arn:aws:iam::111122223333:mfa/operator\n",
    );
    diagnosed(
        &laptop,
        "role",
        YOU,
        3,
        &[
            "a code of the MFA device arn:aws:iam::111122223333:mfa/operator",
            "run `apono-login`",
        ],
    );
}

#[test]
fn aws_is_busy_at_the_role() {
    let laptop = healthy();
    laptop
        .aws
        .misbehave(Operation::AssumeRole, Fault::throttling());
    diagnosed(&laptop, "role", AWS, 4, &["AWS is limiting requests"]);
}

#[test]
fn the_role_may_not_look_clusters_up() {
    let laptop = healthy();
    laptop.aws.put_role(Role {
        may_describe: false,
        ..Role::guide(ROLE_ARN)
    });
    diagnosed(
        &laptop,
        "cluster",
        AWS_ADMIN,
        1,
        &[
            "eks:DescribeCluster",
            "`apono-login policy permissions --account-id 111122223333`",
        ],
    );
}

#[test]
fn a_session_token_that_is_too_long() {
    let laptop = healthy();
    laptop.aws.set_session_token_bytes(3_000);
    diagnosed(
        &laptop,
        "token",
        AWS_ADMIN,
        1,
        &["clusters refuse more than 4096", "session tags or policies"],
    );
}
