//! What needs Linux or its programs here.

use super::*;

#[test]
fn an_mfa_code_is_asked_for_on_a_terminal() {
    let role = Role {
        needs_mfa: true,
        ..Role::guide(ROLE_ARN)
    };
    let config = PROFILE.replace("= default", "= operator")
        + "mfa_serial = arn:aws:iam::111122223333:mfa/operator\n";
    let laptop = trusting(&config, role, &[]);
    laptop.fails(laptop.run(LOGIN), 3, "without a terminal");
    let typed = |code: &str| {
        let run = laptop.home.on_terminal("apono-login");
        run.input(format!("{code}\n"))
    };
    for code in ["12345", "12345a", "", "654321"] {
        typed(code).exits(1).recorded(code);
    }
    typed("123456").succeeds().recorded("the right one");
    let asked = assumed(&laptop);
    let code = asked.last().unwrap().parameter("TokenCode");
    assert_eq!(code, Some("123456"));
    laptop.succeeds(laptop.run(GET_TOKEN));
}

#[test]
fn a_credential_process() {
    let laptop = Laptop::bare(Options::default());
    let key = laptop.aws.source("default");
    let answer = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\",\"SessionToken\":\"{}\"}}",
        key.access_key,
        key.secret,
        key.session_token.as_deref().unwrap()
    );
    laptop.home.write("answer.json", answer);
    let config = |process: &str| {
        let profile = PROFILE.replace("= default", "= process");
        format!("{profile}[profile process]\ncredential_process = {process}\n")
    };
    let tells = format!("cat {}", laptop.home.path("answer.json").display());
    laptop.home.write(".aws/config", config(&tells));
    laptop.succeeds(laptop.run(LOGIN));
    // The last process prints its secret before it fails; the secret is not repeated.
    for process in [
        "false",
        "echo {",
        "no-such-program",
        "echo '{\"Version\":2}'",
        &format!("{tells}; exit 1"),
    ] {
        laptop.home.write(".aws/config", config(process));
        laptop.fails(laptop.run(LOGIN), 1, process);
    }
}
