//! The real aws CLI reading what we wrote, and using the credentials we hand out. STS is ministack.

use kit::home::apono_login;
use kit::ministack::{self, ALICE, ROLE};
use kit::{Home, tools};

const INSTALL: &str =
    "install --account-id 111122223333 --email alice@example.com --region eu-west-1";
const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com";

/// Alice's laptop, with the aws CLI and a config file of hers.
fn laptop() -> Home {
    let home = ministack::shared().laptop_of(ALICE).with_path(tools::bin());
    home.write(".aws/config", "# mine\n[default]\nregion = us-east-1\n\n[profile work]\nregion = eu-central-1\noutput = text\n");
    home
}

/// `aws ARGUMENTS…`: what it prints.
fn aws(home: &Home, arguments: &str) -> String {
    home.run("aws", arguments.split_whitespace())
        .succeeds()
        .stdout
        .trim_end()
        .to_owned()
}

#[test]
fn the_installed_profile_reads_as_the_guide_says() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    // `aws configure list-profiles` is version 2's; this is what it prints.
    let listing = "import botocore.session; print(*botocore.session.Session().available_profiles)";
    let profiles = home.run(tools::python(), ["-c", listing]).succeeds();
    assert_eq!(profiles.stdout.trim_end(), "default work apono-k8s-access");
    for (key, value) in [
        ("role_arn", ROLE),
        ("role_session_name", ALICE),
        ("source_profile", "default"),
        ("region", "eu-west-1"),
    ] {
        assert_eq!(
            aws(
                &home,
                &format!("configure get {key} --profile apono-k8s-access")
            ),
            value,
            "{key}"
        );
    }
    assert_eq!(
        aws(&home, "configure get region --profile default"),
        "us-east-1"
    );
    assert_eq!(aws(&home, "configure get output --profile work"), "text");
}

#[test]
fn the_installed_profile_works_without_us() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    assert_eq!(
        aws(
            &home,
            "sts get-caller-identity --profile apono-k8s-access --query Arn --output text"
        ),
        CALLER
    );
}

#[test]
fn a_credential_process_profile_goes_through_us() {
    let home = laptop();
    // A space in our own path has to survive botocore (shlex, no shell) and the SDKs (sh -c).
    let program = home.path("My Tools/apono-login");
    std::fs::create_dir(home.path("My Tools")).unwrap();
    std::fs::hard_link(apono_login(), &program).unwrap();
    home.run(
        &program,
        format!("{INSTALL} --credential-process").split(' '),
    )
    .succeeds();

    // Nobody has logged in yet: export-credentials does so itself where that needs nobody's answer.
    assert_eq!(
        aws(
            &home,
            "sts get-caller-identity --profile apono-k8s-access --query Arn --output text"
        ),
        CALLER
    );

    let process = aws(
        &home,
        "configure get credential_process --profile apono-k8s-access",
    );
    assert!(process.contains("My Tools"), "{process}");
    let answer = home.run("sh", ["-c", &process]).succeeds().json();
    assert_eq!(answer["Version"], 1);
    let session = answer["AccessKeyId"].as_str().unwrap();

    // What aws gets is what the cache holds.
    let cached = home
        .apono_login("export-credentials --format process")
        .succeeds()
        .json();
    assert_eq!(cached["AccessKeyId"], session);
    assert!(
        !home.path(".aws/cli/cache").exists(),
        "the aws CLI assumed the role itself"
    );
}

#[test]
fn exported_credentials_work_in_a_shell() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    home.apono_login("").succeeds();
    for script in [
        r#"eval "$(apono-login export-credentials --format env)"; aws sts get-caller-identity --query Arn --output text"#,
        r#"set -a; eval "$(apono-login export-credentials --format env-no-export)"; aws sts get-caller-identity --query Arn --output text"#,
        "eval $(apono-login export-credentials --format env); aws sts get-caller-identity --query Arn --output text",
    ] {
        assert_eq!(
            home.run("sh", ["-c", script]).succeeds().stdout.trim_end(),
            CALLER,
            "{script}"
        );
    }
}

#[test]
fn exec_hands_the_credentials_on_and_the_exit_status_back() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    home.apono_login("").succeeds();
    let output = home
        .apono_login("exec -- aws sts get-caller-identity --query Arn --output text")
        .succeeds();
    assert_eq!(output.stdout.trim_end(), CALLER);
    home.run(apono_login(), ["exec", "--", "sh", "-c", "exit 7"])
        .exits(7);
}

/// Version 1, the one PyPI has, lacks `aws configure export-credentials`: these bytes are version 2's.
#[test]
fn exported_credentials_look_as_version_2_prints_them() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    home.apono_login("").succeeds();
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
    ];
    let [key, secret, token, expiration] = variables.clone().map(|(_, value)| value);
    // As Python's datetime.isoformat() writes it.
    assert!(expiration.ends_with("+00:00"), "{expiration}");
    assert_eq!(expiration.len(), "2026-11-23T22:42:18+00:00".len());
    assert_eq!(
        process.stdout,
        format!(
            "{{\n  \"Version\": 1,\n  \"AccessKeyId\": \"{key}\",\n  \"SecretAccessKey\": \"{secret}\",\n  \
             \"SessionToken\": \"{token}\",\n  \"Expiration\": \"{expiration}\"\n}}\n"
        )
    );
    assert_eq!(
        home.apono_login("export-credentials").succeeds().stdout,
        process.stdout,
        "the default"
    );
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
        assert_eq!(
            export(format).stdout,
            expected.collect::<String>(),
            "{format}"
        );
    }

    // What a shell makes of it.
    for (format, show) in [
        (
            "env",
            r#"sh -c 'printf "%s\n" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_CREDENTIAL_EXPIRATION"'"#,
        ),
        (
            "env-no-export",
            r#"printf "%s\n" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_CREDENTIAL_EXPIRATION""#,
        ),
    ] {
        let script =
            format!("eval \"$(apono-login export-credentials --format {format})\"; {show}");
        let shown = home.run("sh", ["-c", &script]).succeeds().stdout;
        assert_eq!(
            shown.lines().collect::<Vec<_>>(),
            [&key, &secret, &token, &expiration],
            "{format}"
        );
    }
}

/// botocore reads AWS_CREDENTIAL_EXPIRATION, and asks for new credentials once it is near: here there are none to be had.
#[test]
fn the_expiry_is_understood() {
    let home = laptop();
    home.apono_login(INSTALL).succeeds();
    home.apono_login("").succeeds();
    let expiry = "import botocore.session; print(botocore.session.Session().get_credentials()._expiry_time.isoformat())";
    let python = tools::python();
    let words = [
        apono_login(),
        "exec",
        "--",
        python.to_str().unwrap(),
        "-c",
        expiry,
    ];
    let understood = home.run(words[0], &words[1..]).succeeds().stdout;
    let given = home.apono_login("export-credentials").succeeds().json();
    assert_eq!(understood.trim_end(), given["Expiration"].as_str().unwrap());
}
