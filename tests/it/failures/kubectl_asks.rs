//! What kubectl passes in `KUBERNETES_EXEC_INFO`, and invalid values of it.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};

const API: &str = "client.authentication.k8s.io";

#[test]
fn the_answer_is_of_the_version_asked_for() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    let info = |version: &str, spec: &str| {
        format!(
            "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"{API}/{version}\",\"spec\":{spec}}}\n"
        )
    };
    // Linux limits one environment string to 128 KB, whatever the size of the CA.
    let ca = format!(
        "{{\"interactive\":false,\"cluster\":{{\"certificate-authority-data\":\"{}\"}}}}",
        "A".repeat(127 << 10)
    );
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for (name, info, version) in [
        ("empty", String::new(), "v1"),
        ("null", "null".into(), "v1"),
        ("not JSON", "{\"kind".into(), "v1"),
        ("not an object", "[]".into(), "v1"),
        (
            "another kind",
            "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}".into(),
            "v1",
        ),
        ("v1", info("v1", "{\"interactive\":false}"), "v1"),
        (
            "v1beta1",
            info("v1beta1", "{\"interactive\":false}"),
            "v1beta1",
        ),
        (
            "interactive without a terminal",
            info("v1", "{\"interactive\":true}"),
            "v1",
        ),
        ("a CA of a hundred kilobytes", info("v1", &ca), "v1"),
        ("deep", deep, "v1"),
    ] {
        let run = laptop.run(GET_TOKEN).env("KUBERNETES_EXEC_INFO", info);
        let answer = laptop.succeeds(run).json();
        assert_eq!(answer["apiVersion"], format!("{API}/{version}"), "{name}");
        assert_eq!(answer["kind"], "ExecCredential", "{name}");
        let token = answer["status"]["token"].as_str().unwrap();
        assert!(token.starts_with("k8s-aws-v1."), "{name}");
    }
    let unset = laptop.succeeds(laptop.run(GET_TOKEN)).json();
    assert_eq!(unset["apiVersion"], format!("{API}/v1"));
    // What is asked for goes before the version of the arguments.
    let written = format!("{GET_TOKEN} --api-version v1beta1");
    for (info, version) in [
        (None, "v1beta1"),
        (Some(String::new()), "v1beta1"),
        (Some("{\"kind".to_owned()), "v1beta1"),
        (Some(info("v1", "{}")), "v1"),
        (Some(info("v1beta1", "{}")), "v1beta1"),
    ] {
        let run = info.iter().fold(laptop.run(&written), |run, info| {
            run.env("KUBERNETES_EXEC_INFO", info)
        });
        let answer = laptop.succeeds(run).json();
        assert_eq!(answer["apiVersion"], format!("{API}/{version}"), "{info:?}");
    }
    for version in ["v1alpha1", "v2", "v1\\u001b[31m"] {
        let info = info(version, "{}");
        let run = laptop.run(GET_TOKEN).env("KUBERNETES_EXEC_INFO", info);
        laptop.fails(run, 1, version);
    }
}

/// kubectl runs the plugin in the background, so a prompt would wait forever.
#[test]
fn a_plugin_never_asks() {
    let laptop = Laptop::with_config(PROFILE.replace(
        "source_profile = default",
        "source_profile = operator\nmfa_serial = arn:aws:iam::111122223333:mfa/operator",
    ));
    let on_terminal = laptop.home.on_terminal(&format!("apono-login {GET_TOKEN}"));
    let output = on_terminal.input("123456\n").exits(3);
    output.recorded("where there is a terminal");
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "without a terminal");
}

/// k9s and other full-screen programs set the terminal so that a line feed only moves down.
#[test]
fn lines_begin_at_the_left_inside_a_full_screen_program() {
    let laptop = Laptop::with_config(PROFILE.replace("= default", "= nobody"));
    for mode in ["-opost", "-onlcr", "sane"] {
        let command = format!("stty {mode}; apono-login {GET_TOKEN}");
        let shown = laptop.home.path("shown");
        let run = laptop
            .home
            .on_terminal_into(shown.to_str().unwrap(), &command);
        run.exits(1);
        let shown = std::fs::read_to_string(shown).unwrap();
        // Without the lines that `script` adds.
        let ours = |line: &&str| {
            ["error: ", "cause: ", "hint: "]
                .iter()
                .any(|label| line.starts_with(label))
        };
        let lines: Vec<_> = shown.split('\n').filter(ours).collect();
        assert!(lines.len() > 2, "{mode}: {shown:?}");
        for line in lines {
            assert_eq!(line.find('\r'), Some(line.len() - 1), "{mode}: {line:?}");
        }
    }
}

/// A partial response must not look like a success.
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    let shell = |script: String| laptop.home.run("sh", ["-c", &script]);
    for command in [GET_TOKEN, "export-credentials", "status"] {
        let run = shell(format!("apono-login {command} > /dev/full"));
        laptop.fails(run, 1, command);
    }
    // A failure to write to stderr does not matter as much.
    for stderr in ["/dev/full", "&-"] {
        let run = shell(format!("apono-login -v {GET_TOKEN} 2>{stderr}"));
        laptop.succeeds(run).json();
    }
}
