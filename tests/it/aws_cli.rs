//! The real aws CLI reads the written profile and uses the program's credentials. STS is ministack.

use kit::home::apono_login;
use kit::laptop::INSTALL;
use kit::ministack::{self, ALICE, ROLE};
use kit::{Home, tools};

/// Shows the identity of the installed profile.
const WHO: &str = "sts get-caller-identity --profile apono-k8s-access --query Arn --output text";
const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com";

/// Returns Alice's laptop, with the aws CLI and her own config file.
fn laptop() -> Home {
    let home = ministack::shared().laptop_of(ALICE).with_path(tools::bin());
    home.write(".aws/config", "# mine\n[default]\nregion = us-east-1\n\n[profile work]\nregion = eu-central-1\noutput = text\n");
    home
}

/// Returns the laptop with the profile installed.
fn installed() -> Home {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    home
}

/// Returns the laptop after a login.
fn logged_in() -> Home {
    let home = installed();
    home.apono_login("").succeeds();
    home
}

/// Returns what `aws ARGUMENTS…` prints.
fn aws(home: &Home, arguments: &str) -> String {
    let output = home.run("aws", arguments.split_whitespace()).succeeds();
    output.stdout.trim_end().to_owned()
}

#[test]
fn the_installed_profile_reads_as_the_guide_says() {
    let home = installed();
    // Prints the same as `aws configure list-profiles`, which only version 2 has.
    let listing = "import botocore.session; print(*botocore.session.Session().available_profiles)";
    let profiles = home.run(tools::python(), ["-c", listing]).succeeds();
    assert_eq!(profiles.stdout.trim_end(), "default work apono-k8s-access");
    for (key, value) in [
        ("role_arn", ROLE),
        ("role_session_name", ALICE),
        ("source_profile", "default"),
        ("region", "eu-west-1"),
        ("duration_seconds", "3600"),
    ] {
        let get = format!("configure get {key} --profile apono-k8s-access");
        assert_eq!(aws(&home, &get), value, "{key}");
    }
    let region = aws(&home, "configure get region --profile default");
    assert_eq!(region, "us-east-1");
    assert_eq!(aws(&home, "configure get output --profile work"), "text");
    // It works without the program.
    assert_eq!(aws(&home, WHO), CALLER);
}

#[test]
fn a_credential_process_profile_goes_through_us() {
    let home = laptop();
    // A space in the program's path must work with botocore (shlex, no shell) and the SDKs (sh -c).
    std::fs::create_dir(home.path("My Tools")).unwrap();
    let program = kit::install(&home.path("My Tools"));
    let install = format!("{INSTALL} --credential-process");
    home.run(&program, install.split(' ')).succeeds();

    // Before any login: export-credentials logs in by itself if no prompt is needed.
    assert_eq!(aws(&home, WHO), CALLER);

    let get = "configure get credential_process --profile apono-k8s-access";
    let process = aws(&home, get);
    assert!(process.contains("My Tools"), "{process}");
    let answer = home.run("sh", ["-c", &process]).succeeds().json();
    assert_eq!(answer["Version"], 1);
    let session = answer["AccessKeyId"].as_str().unwrap();

    // aws receives the cached credentials.
    let cached = home.apono_login("export-credentials --format process");
    assert_eq!(cached.succeeds().json()["AccessKeyId"], session);
    // The aws CLI has not assumed the role itself.
    assert!(!home.path(".aws/cli/cache").exists());
}

#[test]
fn exported_credentials_work_in_a_shell() {
    let home = logged_in();
    for script in [
        r#"eval "$(apono-login export-credentials --format env)"; aws sts get-caller-identity --query Arn --output text"#,
        r#"set -a; eval "$(apono-login export-credentials --format env-no-export)"; aws sts get-caller-identity --query Arn --output text"#,
        "eval $(apono-login export-credentials --format env); aws sts get-caller-identity --query Arn --output text",
    ] {
        let output = home.run("sh", ["-c", script]).succeeds();
        assert_eq!(output.stdout.trim_end(), CALLER, "{script}");
    }
}

#[test]
fn exec_hands_the_credentials_on_and_the_exit_status_back() {
    let home = logged_in();
    let who = "exec -- aws sts get-caller-identity --query Arn --output text";
    let output = home.apono_login(who).succeeds();
    assert_eq!(output.stdout.trim_end(), CALLER);
    let words = ["exec", "--", "sh", "-c", "exit 7"];
    home.run(apono_login(), words).exits(7);
}

/// Version 1, which PyPI has, lacks `aws configure export-credentials`. These bytes are from version 2 (2.38.5), which leaves out
/// the account.
#[test]
fn exported_credentials_look_as_version_2_prints_them() {
    let home = logged_in();
    let export = |format: &str| {
        home.apono_login(&format!("export-credentials --format {format}"))
            .succeeds()
    };
    let process = export("process");
    let json = process.json();
    let field = |name: &str| json[name].as_str().unwrap().to_owned();
    let variables = [
        ("AWS_ACCESS_KEY_ID", field("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", field("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", field("SessionToken")),
        ("AWS_CREDENTIAL_EXPIRATION", field("Expiration")),
        ("AWS_ACCOUNT_ID", field("AccountId")),
    ];
    let [key, secret, token, expiration, account] = variables.clone().map(|(_, value)| value);
    assert_eq!(account, "111122223333");
    // The format of Python's datetime.isoformat().
    assert!(expiration.ends_with("+00:00"), "{expiration}");
    assert_eq!(expiration.len(), "2026-11-23T22:42:18+00:00".len());
    assert_eq!(
        process.stdout,
        format!(
            "{{\n  \"Version\": 1,\n  \"AccessKeyId\": \"{key}\",\n  \"SecretAccessKey\": \"{secret}\",\n  \
             \"SessionToken\": \"{token}\",\n  \"Expiration\": \"{expiration}\",\n  \"AccountId\": \"{account}\"\n}}\n"
        )
    );
    let default = home.apono_login("export-credentials").succeeds();
    assert_eq!(default.stdout, process.stdout);
    let formats = [
        ("env", "export NAME=VALUE\n"),
        ("env-no-export", "NAME=VALUE\n"),
        ("fish", "set -gx NAME VALUE\n"),
        ("powershell", "$Env:NAME=\"VALUE\"\n"),
        ("windows-cmd", "set NAME=VALUE\n"),
    ];
    for (format, line) in formats {
        let expected = variables
            .iter()
            .map(|(name, value)| line.replace("NAME", name).replace("VALUE", value));
        let expected: String = expected.collect();
        assert_eq!(export(format).stdout, expected, "{format}");
    }

    // The values that a shell reads.
    for (format, show) in [
        (
            "env",
            r#"sh -c 'printf "%s\n" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_CREDENTIAL_EXPIRATION" "$AWS_ACCOUNT_ID"'"#,
        ),
        (
            "env-no-export",
            r#"printf "%s\n" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_CREDENTIAL_EXPIRATION" "$AWS_ACCOUNT_ID""#,
        ),
    ] {
        let script =
            format!("eval \"$(apono-login export-credentials --format {format})\"; {show}");
        let shown = home.run("sh", ["-c", &script]).succeeds().stdout;
        let shown: Vec<_> = shown.lines().collect();
        assert_eq!(
            shown,
            [&key, &secret, &token, &expiration, &account],
            "{format}"
        );
    }
}

/// Endpoints of an account are built from it.
#[test]
fn the_account_is_understood() {
    let home = logged_in();
    let account =
        "import botocore.session; print(botocore.session.Session().get_credentials().account_id)";
    let python = tools::python();
    let words = ["exec", "--", python.to_str().unwrap(), "-c", account];
    let from_exec = home.run(apono_login(), words).succeeds().stdout;
    assert_eq!(from_exec.trim_end(), "111122223333");

    home.apono_login(&format!("{INSTALL} --credential-process"))
        .succeeds();
    let run = home.run(tools::python(), ["-c", account]);
    let from_process = run.env("AWS_PROFILE", "apono-k8s-access").succeeds();
    assert_eq!(from_process.stdout.trim_end(), "111122223333");
}

/// botocore reads AWS_CREDENTIAL_EXPIRATION, which makes it ask for new credentials, and there is no source of them here.
#[test]
fn the_expiry_is_understood() {
    let home = logged_in();
    let expiry = "import botocore.session; print(botocore.session.Session().get_credentials()._expiry_time.isoformat())";
    let python = tools::python();
    let words = ["exec", "--", python.to_str().unwrap(), "-c", expiry];
    let understood = home.run(apono_login(), words).succeeds().stdout;
    let given = home.apono_login("export-credentials").succeeds().json();
    assert_eq!(understood.trim_end(), given["Expiration"].as_str().unwrap());
}
