//! Failures of the sign-in, and those that the AWS admin has to fix.

use super::{finds, healthy, with_profile};
use kit::laptop::Laptop;
use kit::standin::{Fault, Operation, ROLE_ARN, Role};

#[test]
fn network() {
    for (title, fault) in [
        ("a sign-in page in place of AWS", Fault::html()),
        ("AWS is down", Fault::unavailable()),
    ] {
        let laptop = healthy();
        laptop.aws.misbehave(Operation::GetCallerIdentity, fault);
        finds(&laptop, title);
    }
}

#[test]
fn source() {
    let laptop = healthy();
    let key = laptop.aws.source("default").access_key.clone();
    laptop.aws.expire(&key);
    finds(&laptop, "expired keys");

    let unknown =
        "[default]\naws_access_key_id = AKIA1234567890123456\naws_secret_access_key = wrong\n";
    laptop.home.write(".aws/credentials", unknown);
    finds(&laptop, "keys that AWS does not know");

    let sso = "[profile sso]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Engineer\n";
    finds(&with_profile("= default", "= sso", sso), "no SSO session");

    let saml = "[profile apono-k8s-access]\nregion = eu-west-1\napono_role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\napono_role_session_name = alice@example.com\napono_saml_provider_arn = arn:aws:iam::111122223333:saml-provider/Okta\napono_saml_url = https://idp.example.com/app\n";
    finds(&Laptop::with_config(saml), "no sign-in with SAML");

    let helper = "[profile helper]\ncredential_process = exit 1\n";
    finds(
        &with_profile("= default", "= helper", helper),
        "a credential_process that fails",
    );
}

#[test]
fn identity() {
    for (title, from, to) in [
        ("another person's email", "alice@", "carol@"),
        ("an email in other capitals", "alice@", "Alice@"),
        ("another account", "= default", "= elsewhere"),
        ("an IAM user", "= default", "= operator"),
    ] {
        finds(&with_profile(from, to, ""), title);
    }
}

#[test]
fn role() {
    let laptop = healthy();
    laptop
        .aws
        .misbehave(Operation::AssumeRole, Fault::throttling());
    finds(&laptop, "AWS is limiting requests");

    let laptop = healthy();
    laptop.aws.delete_role(ROLE_ARN);
    finds(&laptop, "the role is not there, or trusts others");

    let long = with_profile("", "", "duration_seconds = 43200\n");
    finds(&long, "a longer session than the role allows");

    let mfa = "mfa_serial = arn:aws:iam::111122223333:mfa/operator\n";
    let mfa = with_profile("= default", "= operator", mfa);
    finds(&mfa, "an MFA code is needed, and nothing is cached");
}

#[test]
fn cluster_and_token() {
    let laptop = healthy();
    laptop.aws.put_role(Role {
        may_describe: false,
        ..Role::guide(ROLE_ARN)
    });
    finds(&laptop, "the role may not look up clusters");

    let laptop = healthy();
    laptop.aws.set_session_token_bytes(3_000);
    finds(&laptop, "a session token that is too long");
    let laptop = healthy();
    laptop.aws.refuse_tokens();
    finds(&laptop, "AWS rejects the token");
}
