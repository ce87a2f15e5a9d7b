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
