//! A role created by the printed script with the real aws CLI in ministack, checked with the real tools, and logged in to.

use serde_json::{Value, json};

use crate::policy::api_server;
use kit::home::Output;
use kit::ministack::{self, ACCOUNT, ALICE, REGION};
use kit::{Home, tools};

/// Returns the guide's aws-auth entry for a role.
fn map_roles(role: &str) -> String {
    format!(
        "- rolearn: arn:aws:iam::{ACCOUNT}:role/{role}\n  username: \"{{{{SessionNameRaw}}}}\"\n"
    )
}

/// Returns the admin's laptop: the account's root user, with the real tools.
fn admin() -> Home {
    Home::new()
        .with_path(tools::bin())
        .with_env("AWS_ENDPOINT_URL", ministack::shared().url())
        .with_env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .with_env("AWS_SECRET_ACCESS_KEY", "test")
        .with_env("AWS_DEFAULT_REGION", REGION)
}

/// Runs the printed script in a shell.
fn run_printed(home: &Home, words: &str) -> Output {
    let script = home.apono_login(&format!("policy {words} --format aws-cli"));
    home.run("sh", [] as [&str; 0])
        .input(script.succeeds().stdout)
        .succeeds()
}

fn check(home: &Home, words: &str) -> kit::home::Run {
    home.apono_login(&format!("policy check --account-id {ACCOUNT} {words}"))
}

fn ids(output: &Output) -> Vec<String> {
    let findings = output.json()["findings"].take();
    let id = |finding: &Value| finding["id"].as_str().unwrap().to_owned();
    findings.as_array().unwrap().iter().map(id).collect()
}

/// Adapts the trust policy to ministack, which has no policy variables, and takes a session's ARN for its principal's.
fn adapt_trust(home: &Home, role: &str) {
    let trust = home.apono_login(&format!(
        "policy trust-sso --account-id {ACCOUNT} --role-name {role}"
    ));
    let mut trust = trust.succeeds().json();
    let condition = &mut trust["Statement"][0]["Condition"];
    let name = &mut condition["StringEqualsIgnoreCase"]["sts:RoleSessionName"];
    assert_eq!(name.take(), "${SAML:sub}");
    *name = ALICE.into();
    let principals = condition["ArnLike"]["aws:PrincipalArn"].as_array_mut();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_*");
    principals.unwrap().push(session.into());
    put_trust(role, &trust);
}

fn put_trust(role: &str, trust: &Value) {
    aws(&format!(
        "iam update-assume-role-policy --role-name {role} --policy-document {trust}"
    ));
}

/// Runs the real aws CLI as the account's root user; arguments are split at spaces.
fn aws(words: &str) -> Value {
    ministack::shared().admin(&words.split(' ').collect::<Vec<_>>())
}

#[test]
fn the_printed_script_makes_a_role_that_can_be_logged_in_to() {
    let home = admin();
    let role = "by-script";
    let words = format!("trust-sso --account-id {ACCOUNT} --role-name {role}");
    run_printed(&home, &words);

    // With the real tools, the setup matches the guide.
    api_server::start(&home, Some(&map_roles(role)));
    let clean = check(&home, &format!("--role-name {role}")).succeeds();
    // No cluster was named, so its access entries were not checked.
    clean.recorded("as the guide has it");
    // A second run creates what is missing, and does not change what exists.
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/{role}");
    aws(&format!(
        "iam detach-role-policy --role-name {role} --policy-arn {policy}"
    ));
    run_printed(&home, &words).recorded("again");
    check(&home, &format!("--role-name {role}")).succeeds();
    let list = format!("iam list-attached-role-policies --role-name {role}");
    let attached = &aws(&list)["AttachedPolicies"][0];
    assert_eq!(attached["PolicyArn"], policy.as_str());

    adapt_trust(&home, role);
    let laptop = |email: &str| {
        let laptop = ministack::shared().laptop_of(ALICE);
        let of = format!("--account-id {ACCOUNT} --role-name {role} --email {email}");
        let install = format!("install {of} --region {REGION}");
        laptop.apono_login(&install).succeeds();
        laptop
    };
    let alice = laptop(ALICE);
    alice.apono_login("").succeeds().recorded("logged in");
    alice
        .apono_login("update-kubeconfig --name prod --region eu-west-1")
        .succeeds();
    let bob = laptop("bob@example.com");
    bob.apono_login("").exits(1).recorded("another person");
}

#[test]
fn the_script_stops_in_another_account() {
    let home = admin();
    let script = home
        .apono_login("policy trust-sso --account-id 444455556666 --format aws-cli")
        .succeeds()
        .stdout;
    let stopped = home.run("sh", [] as [&str; 0]).input(script).exits(1);
    stopped.recorded("");
}

#[test]
fn saml_by_the_script() {
    let home = admin();
    let role = "by-saml-script";
    let words =
        format!("trust-saml --saml-provider Okta --account-id {ACCOUNT} --role-name team/{role}");
    run_printed(&home, &format!("{words} --max-session-duration 43200"));
    let live = aws(&format!("iam get-role --role-name {role}"));
    assert_eq!(live["Role"]["Path"], "/team/");
    assert_eq!(live["Role"]["MaxSessionDuration"], 43200);
    let printed = home.apono_login(&format!("policy {words}"));
    let printed = printed.succeeds().json();
    assert_eq!(live["Role"]["AssumeRolePolicyDocument"], printed);
    home.write("role.json", live.to_string());
    home.apono_login("policy check role.json --saml-provider Okta")
        .succeeds();
    let other = home
        .apono_login("policy check role.json --saml-provider Entra --output json")
        .exits(1);
    let expected = ["trust-saml-provider", "trust-nobody", "not-looked-at"];
    assert_eq!(ids(&other), expected);
}

/// The printed fixes work.
#[test]
fn dangerous_settings_are_found_and_fixed() {
    let home = admin();
    let role = "dangerous";
    run_printed(
        &home,
        &format!("trust-sso --account-id {ACCOUNT} --role-name {role}"),
    );
    let open = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    put_trust(role, &json!({"Version": "2012-10-17", "Statement": open}));
    let wide = json!({"Effect": "Allow", "Action": "eks:*", "Resource": "*"});
    let wide = json!({"Version": "2012-10-17", "Statement": wide});
    aws(&format!(
        "iam put-role-policy --role-name {role} --policy-name more --policy-document {wide}"
    ));
    let cluster = format!("--role-name {role} --cluster-name prod --region {REGION}");
    // The aws CLI accepts the document.
    let entry =
        format!("policy access-entry --account-id {ACCOUNT} {cluster} --username-prefix a:");
    home.write("entry.json", home.apono_login(&entry).succeeds().stdout);
    let create = "eks create-access-entry --cli-input-json file://entry.json";
    home.run("aws", create.split(' ')).succeeds();
    let masters = format!("{}  groups: [system:masters]\n", map_roles(role));
    api_server::start(&home, Some(&masters));

    let words = format!("{cluster} --username-prefix b: --output json");
    // The context belongs to another cluster than ministack's.
    let mut found = check(&home, &format!("{words} --context prod")).exits(1);
    let wanted = [
        "trust-any-name",
        "trust-principal-wide",
        "permissions-wide",
        "groups-masters",
        "trust-nobody",
        "username-other",
        "username-other",
        "aws-auth-unused",
    ];
    let mut said = ids(&found);
    // Other tests create entries in this cluster too.
    said.retain(|id| id != "entries-others");
    assert_eq!(said, wanted);
    let mut steps: Vec<String> = Vec::new();
    let report = found.json();
    for finding in report["findings"].as_array().unwrap() {
        let mend = finding["mend"].as_array().unwrap().iter();
        steps.extend(mend.map(|step| step.as_str().unwrap().to_owned()));
    }
    // The checks of files have recorded the findings themselves.
    found.stdout.clear();
    found.recorded("dangerous settings");
    steps.retain(|step| step.starts_with("aws "));
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), 3, "{steps:?}");
    for step in steps {
        home.run("sh", ["-c", &step]).succeeds();
    }
    let script = format!(
        "{{ aws iam get-role --role-name {role}
            aws iam get-role-policy --role-name {role} --policy-name more
            aws eks describe-access-entry --cluster-name prod --principal-arn arn:aws:iam::{ACCOUNT}:role/{role}
         }} | apono-login policy check - {words}"
    );
    let run = home.run("sh", ["-c", &script]);
    let mut fixed = run
        .known_as("what aws shows | apono-login policy check -")
        .succeeds();
    assert_eq!(ids(&fixed), ["not-looked-at"]);
    fixed.stdout.clear();
    fixed.recorded("fixed");
}

#[test]
fn an_access_entry_by_the_script() {
    let home = admin();
    let role = "by-entry-script";
    let words = format!("--account-id {ACCOUNT} --role-name {role} --cluster-name prod");
    run_printed(&home, &format!("access-entry {words} --region {REGION}"));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let describe = "eks describe-access-entry --cluster-name prod --principal-arn";
    let entry = aws(&format!("{describe} {arn}"))["accessEntry"].take();
    assert_eq!(entry["username"], "apono-managed-user:{{SessionNameRaw}}");
    assert_eq!(entry["type"], "STANDARD");
}

#[test]
fn a_role_that_is_not_there() {
    let home = admin();
    let missing = check(&home, "--role-name nobody").exits(1);
    assert_eq!(missing.stdout, "");
    missing.recorded("");
}
