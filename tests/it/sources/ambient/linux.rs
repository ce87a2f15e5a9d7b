//! What needs Linux or its programs here.

use super::*;
use kit::laptop::GET_TOKEN;
use kit::laptop::INSTALL;
use kit::tools;

const CI_SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ci/build-7";

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.c3RhbmQtaW4.c2lnbmF0dXJl";

#[test]
fn a_web_identity_token() {
    let laptop = laptop(CI, "");
    let aws = &laptop.aws;
    let file = laptop.home.path("var/token");
    laptop.home.write(
        ".aws/config",
        format!(
            "[profile ci]\nrole_arn = {CI}\nrole_session_name = build-7\nregion = eu-west-1\nweb_identity_token_file = {}\n",
            file.display()
        ),
    );
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile ci")));

    laptop.fails(laptop.run(LOGIN), 1, "no file");
    no_metadata(&laptop);
    assert_eq!(aws.log().len(), 0, "there is no token to ask with");
    laptop.home.write("var/token", "not.a.token");
    laptop.fails(laptop.run(LOGIN), 1, "not a token");
    laptop.home.write("var/token", TOKEN);
    aws.trust_web_identity(TOKEN, "arn:aws:iam::111122223333:role/other");
    let output = laptop.fails(laptop.run(LOGIN), 1, "for another role");
    assert!(!output.stderr.contains(TOKEN), "{output}");

    aws.trust_web_identity(TOKEN, CI);
    aws.forget();
    laptop.succeeds(laptop.run(LOGIN)).recorded("good");
    let web = aws.first(Operation::AssumeRoleWithWebIdentity);
    assert_eq!(web.parameter("RoleArn"), Some(CI));
    assert_eq!(web.parameter("RoleSessionName"), Some("build-7"));
    let assumed = aws.first(Operation::AssumeRole);
    assert_eq!(assumed.caller.as_deref(), Some(CI_SESSION));
    laptop.succeeds(laptop.run("status")).recorded("status");
    laptop.succeeds(laptop.run(GET_TOKEN));

    let words = "sts get-caller-identity --profile ci --query Arn --output text";
    let by_aws = laptop.home.run(tools::aws(), words.split(' ')).succeeds();
    assert_eq!(by_aws.stdout.trim_end(), CI_SESSION);

    let over = Fault::error(
        400,
        "ExpiredTokenException",
        "Token expired: current date/time must be before",
    );
    aws.misbehave(Operation::AssumeRoleWithWebIdentity, over);
    laptop.fails(laptop.run("login --force"), 3, "expired");
    aws.behave();
    let config = laptop.home.read(".aws/config");
    let config = config.replace(&format!("role_arn = {CI}\n"), "");
    laptop.home.write(".aws/config", config);
    laptop.fails(laptop.run("login --force"), 1, "no role_arn");
    no_metadata(&laptop);
}
