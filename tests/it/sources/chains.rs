//! Chains of roles that need the code of an MFA device.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Asked, Operation, Options, ROLE_ARN, Role, Trust};

const MID: &str = "arn:aws:iam::111122223333:role/mid";
const DEVICE: &str = "arn:aws:iam::111122223333:mfa/operator";

fn laptop(config: &str) -> Laptop {
    let trusting = |arn: &str, needs_mfa| Role {
        trust: Trust::Principal("arn:aws:iam::111122223333:*".to_owned()),
        needs_mfa,
        ..Role::guide(arn)
    };
    let laptop = Laptop::bare(Options {
        roles: vec![trusting(ROLE_ARN, false), trusting(MID, true)],
        ..Options::default()
    });
    let mid = format!(
        "[profile mid]\nrole_arn = {MID}\nsource_profile = operator\nmfa_serial = {DEVICE}\n"
    );
    laptop.home.write(".aws/config", config.to_owned() + &mid);
    laptop
}

fn typed(laptop: &Laptop, codes: &[&str]) -> kit::home::Run {
    let run = laptop.home.on_terminal("apono-login");
    let lines = codes.iter().map(|code| format!("{code}\n"));
    run.input(lines.collect::<String>())
}

fn assumed(laptop: &Laptop) -> Vec<Asked> {
    let log = laptop.aws.log().into_iter();
    log.filter(|asked| asked.operation == Operation::AssumeRole)
        .collect()
}

#[test]
fn the_code_for_a_source_profile_is_asked_for_once() {
    let laptop = laptop(&PROFILE.replace("= default", "= mid"));
    laptop.fails(laptop.run(LOGIN), 3, "without a terminal");
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "a program runs it");
    assert!(assumed(&laptop).is_empty());
    typed(&laptop, &["12345"]).exits(1).recorded("five digits");
    typed(&laptop, &["654321"]).exits(1).recorded("a wrong one");
    laptop.aws.forget();
    typed(&laptop, &["123456"])
        .succeeds()
        .recorded("the right one");
    let asked = assumed(&laptop);
    let codes = asked
        .iter()
        .map(|asked| ["RoleArn", "SerialNumber", "TokenCode"].map(|key| asked.parameter(key)));
    assert_eq!(
        codes.collect::<Vec<_>>(),
        [
            [Some(MID), Some(DEVICE), Some("123456")],
            [Some(ROLE_ARN), None, None]
        ]
    );
    laptop.succeeds(laptop.run(GET_TOKEN));
    let status = laptop.succeeds(laptop.run("status --output json")).json();
    assert_eq!(status["sign_in_needed"], false, "{status}");
    let doctor = laptop.run("doctor").output();
    assert!(doctor.stdout.contains("it needs an MFA code"), "{doctor}");
    laptop.aws.forget();
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 0);
}

/// AWS knows MFA devices of users only, so that the second code fails: but both are asked for, and sent.
#[test]
fn each_role_has_its_own_code() {
    let config = PROFILE.replace("= default", "= mid") + &format!("mfa_serial = {DEVICE}\n");
    let laptop = laptop(&config);
    typed(&laptop, &["123456", "234567"])
        .exits(1)
        .recorded("two");
    let asked = assumed(&laptop);
    assert_eq!(asked[1].parameter("TokenCode"), Some("234567"));
}
