//! The complete flow through the real program against ministack, an independent AWS that enforces the
//! guide's trust and permission policies and verifies signatures.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use kit::laptop::{GET_TOKEN, UPDATE_KUBECONFIG};
use kit::ministack::{self, ALICE, CLUSTER, REGION, ROLE};
use kit::{Home, tools};

/// Returns Alice's laptop, installed for an email.
fn installed(email: &str) -> Home {
    let home = ministack::shared().laptop_of(ALICE);
    let install = kit::laptop::INSTALL.replace(ALICE, email);
    home.apono_login(&install).succeeds();
    home
}

fn token(home: &Home) -> String {
    let credential = home.apono_login(GET_TOKEN).succeeds().json();
    credential["status"]["token"].as_str().unwrap().to_owned()
}

/// Returns the presigned URL in a token.
fn presigned_url(token: &str) -> String {
    let encoded = token.strip_prefix("k8s-aws-v1.").unwrap();
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

#[test]
fn the_email_of_the_sign_in_gets_the_role() {
    let home = installed(ALICE);
    home.apono_login("").succeeds().recorded("a login");
    home.apono_login("").succeeds().recorded("another");
    let status = home.apono_login("status --output json").succeeds();
    status.recorded("what is cached");
}

#[test]
fn another_email_is_denied_and_explained() {
    let denied = installed("bob@example.com").apono_login("").exits(1);
    denied.recorded("");
}

#[test]
fn capitals_pass_the_trust_policy_and_are_warned_about() {
    let home = installed("Alice@Example.com");
    home.apono_login("").succeeds().recorded("");
    let reply = ministack::shared().caller_identity(&presigned_url(&token(&home)), CLUSTER);
    let session = "assumed-role/apono-k8s-access/Alice@Example.com<";
    assert!(reply.body.contains(session), "{reply:?}");
}

/// In an independent AWS, without the cluster's API server.
#[test]
fn the_doctor_finds_the_broken_link() {
    let home = installed(ALICE);
    let healthy = home.apono_login("doctor").succeeds();
    healthy.recorded("up to the role");
    home.apono_login(UPDATE_KUBECONFIG).succeeds();
    let unreachable = home.apono_login("doctor --output json").exits(4).json();
    assert_eq!(unreachable["failure"]["step"], "endpoint");

    let home = installed("bob@example.com");
    let denied = home.apono_login("doctor --output json").exits(1).json();
    assert_eq!(denied["failure"]["step"], "identity");
    assert_eq!(denied["failure"]["owner"], "you");
}

#[test]
fn a_cluster_is_found_without_listing_clusters() {
    let home = installed(ALICE).with_path(tools::bin());
    home.apono_login("").succeeds();
    let listed = home.apono_login("exec -- aws eks list-clusters --region eu-west-1");
    let listed = listed.output();
    assert_ne!(listed.status.code(), Some(0), "{listed}");
    listed.explains(&["AccessDeniedException", "eks:ListClusters"]);

    home.apono_login(UPDATE_KUBECONFIG).succeeds();
    let described = ministack::shared().admin(&["eks", "describe-cluster", "--name", CLUSTER]);
    let described = &described["cluster"];
    let view = ["config", "view", "--raw", "--minify", "-o", "json"];
    let view = home.run("kubectl", view).succeeds().json();
    let written = &view["clusters"][0]["cluster"];
    assert_eq!(written["server"], described["endpoint"]);
    let ca = &described["certificateAuthority"]["data"];
    assert_eq!(written["certificate-authority-data"], *ca);

    let missing = UPDATE_KUBECONFIG.replace("prod", "staging");
    home.apono_login(&missing).exits(1).recorded("");
}

#[test]
fn a_token_names_the_role_and_the_session_to_its_own_cluster_only() {
    let aws = ministack::shared();
    let home = installed(ALICE);
    home.apono_login("").succeeds();
    let token = token(&home);
    let url = presigned_url(&token);
    let regional = "https://sts.eu-west-1.amazonaws.com/?";
    assert!(url.starts_with(regional), "{url}");

    let accepted = aws.caller_identity(&url, CLUSTER);
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let arn =
        "<Arn>arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com</Arn>";
    assert!(accepted.body.contains(arn), "{accepted:?}");
    let review = aws.review(&token);
    assert_eq!(review["authenticated"], true, "{review}");
    let uid = review["user"]["uid"].as_str().unwrap();
    assert!(uid.ends_with(":alice@example.com"), "{review}");

    let elsewhere = aws.caller_identity(&url, "staging");
    assert_eq!(elsewhere.status, 403, "{elsewhere:?}");
    let tampered_url = flip_after(&url, "X-Amz-Signature=");
    let tampered = aws.caller_identity(&tampered_url, CLUSTER);
    assert_eq!(tampered.status, 403, "{tampered:?}");
    for refused in [elsewhere, tampered] {
        let code = "SignatureDoesNotMatch";
        assert!(refused.body.contains(code), "{refused:?}");
    }
    let tampered = BASE64_URL_SAFE_NO_PAD.encode(&tampered_url);
    let tampered_token = format!("k8s-aws-v1.{tampered}");
    assert_eq!(aws.review(&tampered_token)["authenticated"], false);
}

/// Returns the text with the digit or letter after `mark` replaced by another.
fn flip_after(text: &str, mark: &str) -> String {
    let at = text.find(mark).unwrap() + mark.len();
    let zero = text[at..].starts_with('0');
    let other = if zero { "1" } else { "0" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// The tests above prove something only if ministack refuses what AWS would refuse.
#[test]
fn ministack_enforces_what_these_tests_rely_on() {
    let aws = ministack::shared();
    let assume = |home: &Home, session_name: &str| {
        let arguments = format!(
            "sts assume-role --role-arn {ROLE} --role-session-name {session_name} --region {REGION}"
        );
        home.run(tools::aws(), arguments.split(' ')).output()
    };
    let alice = aws.laptop_of(ALICE);
    assert!(assume(&alice, ALICE).status.success());
    assert!(assume(&alice, "ALICE@example.com").status.success());
    assume(&alice, "bob@example.com").explains(&["AccessDenied"]);

    // The account's root user may do anything, but is not an AWSReservedSSO_* role.
    let root = Home::new().with_env("AWS_ENDPOINT_URL", aws.url());
    root.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = 111122223333\naws_secret_access_key = test\n",
    );
    assume(&root, ALICE).explains(&["AccessDenied"]);

    // A wrong secret is refused.
    let stolen = aws.sso_credentials(ALICE);
    let home = Home::new().with_env("AWS_ENDPOINT_URL", aws.url());
    let stolen = ministack::Credentials {
        secret_access_key: "x".repeat(40),
        ..stolen
    };
    home.write(".aws/credentials", stolen.section("default"));
    assert!(!assume(&home, ALICE).status.success());
    let review = aws.review("k8s-aws-v1.aHR0cHM6Ly9zdHM");
    assert_eq!(review["authenticated"], false);
}
