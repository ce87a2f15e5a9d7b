//! A role made by the printed script with the real aws CLI in ministack, checked there with the real tools, and logged in to.

use serde_json::{Value, json};

use crate::policy::api_server;
use kit::home::Output;
use kit::ministack::{self, ACCOUNT, ALICE, REGION};
use kit::{Home, tools};

/// What the guide has in aws-auth, for a role.
fn map_roles(role: &str) -> String {
    format!(
        "- rolearn: arn:aws:iam::{ACCOUNT}:role/{role}\n  username: \"{{{{SessionNameRaw}}}}\"\n"
    )
}

/// The admin's laptop: the account's root user, with the real tools.
fn admin() -> Home {
    Home::new()
        .with_path(tools::bin())
        .with_env("AWS_ENDPOINT_URL", ministack::shared().url())
        .with_env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .with_env("AWS_SECRET_ACCESS_KEY", "test")
        .with_env("AWS_DEFAULT_REGION", REGION)
}

/// What is printed, run by a shell.
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

/// The trust policy as ministack can do it: it substitutes no policy variables, and takes a session's ARN for its principal's.
fn adapt_trust(home: &Home, role: &str) {
    let trust = home.apono_login(&format!(
        "policy trust-sso --account-id {ACCOUNT} --role-name {role}"
    ));
    let mut trust = trust.succeeds().json();
    let condition = &mut trust["Statement"][0]["Condition"];
    assert_eq!(
        condition["StringEqualsIgnoreCase"]["sts:RoleSessionName"],
        "${SAML:sub}"
    );
    condition["StringEqualsIgnoreCase"]["sts:RoleSessionName"] = ALICE.into();
    let principals = condition["ArnLike"]["aws:PrincipalArn"]
        .as_array_mut()
        .unwrap();
    principals.push(format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_*").into());
    put_trust(role, &trust);
}

fn put_trust(role: &str, trust: &Value) {
    let trust = trust.to_string();
    ministack::shared().admin(&[
        "iam",
        "update-assume-role-policy",
        "--role-name",
        role,
        "--policy-document",
        &trust,
    ]);
}

#[test]
fn the_printed_script_makes_a_role_that_can_be_logged_in_to() {
    let home = admin();
    let role = "by-script";
    let words = format!("trust-sso --account-id {ACCOUNT} --role-name {role}");
    let made = run_printed(&home, &words);
    assert!(
        made.stdout
            .ends_with(&format!("done: arn:aws:iam::{ACCOUNT}:role/{role}\n")),
        "{made}"
    );

    // As the guide has it, say the real tools.
    api_server::start(&home, Some(&map_roles(role)));
    let clean = check(&home, &format!("--role-name {role}")).succeeds();
    // No cluster was named: its access entries are what is missing.
    let missing = clean.stdout.lines().next().unwrap();
    assert!(
        missing.starts_with("note: not looked at: the role's access entry"),
        "{clean}"
    );
    assert_eq!(clean.stdout.lines().count(), 2, "{clean}");
    clean.explains(&["what was given of", "as the guide has it"]);
    // It goes on where it stopped, and changes nothing that is there.
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/{role}");
    ministack::shared().admin(&[
        "iam",
        "detach-role-policy",
        "--role-name",
        role,
        "--policy-arn",
        &policy,
    ]);
    run_printed(&home, &words).explains(&[
        &format!("policy {policy} is there already"),
        &format!("role {role} is there already"),
    ]);
    check(&home, &format!("--role-name {role}")).succeeds();
    let attached = home
        .run(
            "aws",
            ["iam", "list-attached-role-policies", "--role-name", role],
        )
        .succeeds()
        .json();
    assert_eq!(
        attached["AttachedPolicies"][0]["PolicyArn"],
        policy.as_str()
    );

    adapt_trust(&home, role);
    let laptop = |email: &str| {
        let laptop = ministack::shared().laptop_of(ALICE);
        laptop
            .apono_login(&format!("install --account-id {ACCOUNT} --role-name {role} --email {email} --region {REGION}"))
            .succeeds();
        laptop
    };
    let alice = laptop(ALICE);
    alice.apono_login("").succeeds().explains(&[ALICE, role]);
    alice
        .apono_login("update-kubeconfig --name prod --region eu-west-1")
        .succeeds();
    laptop("bob@example.com")
        .apono_login("")
        .exits(1)
        .explains(&["bob@example.com"]);
}

#[test]
fn the_script_stops_in_another_account() {
    let home = admin();
    let script = home
        .apono_login("policy trust-sso --account-id 444455556666 --format aws-cli")
        .succeeds()
        .stdout;
    let stopped = home.run("sh", [] as [&str; 0]).input(script).exits(1);
    stopped.explains(&["nothing was made", ACCOUNT, "444455556666"]);
}

#[test]
fn saml_by_the_script() {
    let home = admin();
    let role = "by-saml-script";
    let words =
        format!("trust-saml --saml-provider Okta --account-id {ACCOUNT} --role-name team/{role}");
    run_printed(&home, &format!("{words} --max-session-duration 43200"));
    let live = home
        .run("aws", ["iam", "get-role", "--role-name", role])
        .succeeds()
        .json();
    assert_eq!(live["Role"]["Path"], "/team/");
    assert_eq!(live["Role"]["MaxSessionDuration"], 43200);
    let printed = home
        .apono_login(&format!("policy {words}"))
        .succeeds()
        .json();
    assert_eq!(live["Role"]["AssumeRolePolicyDocument"], printed);
    home.write("role.json", live.to_string());
    home.apono_login("policy check role.json --saml-provider Okta")
        .succeeds();
    let other = home
        .apono_login("policy check role.json --saml-provider Entra --output json")
        .exits(1);
    assert_eq!(
        ids(&other),
        ["trust-saml-provider", "trust-nobody", "not-looked-at"]
    );
}

/// What is said to mend it does.
#[test]
fn dangerous_settings_are_found_and_mended() {
    let home = admin();
    let role = "dangerous";
    run_printed(
        &home,
        &format!("trust-sso --account-id {ACCOUNT} --role-name {role}"),
    );
    let open = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    put_trust(role, &json!({"Version": "2012-10-17", "Statement": open}));
    let wide = json!({"Effect": "Allow", "Action": "eks:*", "Resource": "*"});
    ministack::shared().admin(&[
        "iam",
        "put-role-policy",
        "--role-name",
        role,
        "--policy-name",
        "more",
        "--policy-document",
        &json!({"Version": "2012-10-17", "Statement": wide}).to_string(),
    ]);
    let cluster = format!("--role-name {role} --cluster-name prod --region {REGION}");
    // The document is what the aws CLI takes.
    let entry =
        format!("policy access-entry --account-id {ACCOUNT} {cluster} --username-prefix a:");
    home.write("entry.json", home.apono_login(&entry).succeeds().stdout);
    let create = "eks create-access-entry --cli-input-json file://entry.json";
    home.run("aws", create.split(' ')).succeeds();
    let masters = format!("{}  groups: [system:masters]\n", map_roles(role));
    api_server::start(&home, Some(&masters));

    let words = format!("{cluster} --username-prefix b: --output json");
    // The context is not where ministack's cluster is.
    let found = check(&home, &format!("{words} --context prod")).exits(1);
    found.explains(&["warning: ", "KUBECTL'S CONTEXT IS NOT OF CLUSTER prod"]);
    found.explains(&["error: ", "differs from the guide: 4 dangerous, 3 wrong"]);
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
    // Other tests make entries in the cluster, too.
    said.retain(|id| id != "entries-others");
    assert_eq!(said, wanted);
    let mut steps: Vec<String> = Vec::new();
    for finding in found.json()["findings"].as_array().unwrap() {
        let mend = finding["mend"].as_array().unwrap().iter();
        steps.extend(mend.map(|step| step.as_str().unwrap().to_owned()));
    }
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
    let mended = home.run("sh", ["-c", &script]).succeeds();
    assert_eq!(ids(&mended), ["not-looked-at"]);
    mended.explains(&["what was given of", "is as the guide has it"]);
}

#[test]
fn an_access_entry_by_the_script() {
    let home = admin();
    let role = "by-entry-script";
    let words = format!("--account-id {ACCOUNT} --role-name {role} --cluster-name prod");
    run_printed(&home, &format!("access-entry {words} --region {REGION}"));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let describe = [
        "eks",
        "describe-access-entry",
        "--cluster-name",
        "prod",
        "--principal-arn",
        &arn,
    ];
    let entry = ministack::shared().admin(&describe)["accessEntry"].take();
    assert_eq!(entry["username"], "apono-managed-user:{{SessionNameRaw}}");
    assert_eq!(entry["type"], "STANDARD");
}

#[test]
fn a_role_that_is_not_there() {
    let home = admin();
    let missing = check(&home, "--role-name nobody").exits(1);
    assert_eq!(missing.stdout, "");
    missing.explains(&["error: ", "aws iam get-role", "NoSuchEntity", "AWS_PROFILE"]);
}
