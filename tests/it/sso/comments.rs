//! Comments after the values of a sign-in, which the aws CLI reads as part of them: `login` and team files warn of them, too.

use crate::sources::sign_in::{ACCOUNT, ALICE, Style, laptop, sign_in};
use crate::team::setting::{self, TOP};
use kit::laptop::{GET_TOKEN, LOGIN};

const WARNING: &str =
    "as part of `sso_start_url` of sso-session corp; put the comment on a line of its own";

/// Returns the config file with a comment after the start URL, and the number of that line.
fn with_comment(config: &str) -> (String, usize) {
    let is_it = |line: &str| line.starts_with("sso_start_url");
    let lines = config.lines().map(|line| match is_it(line) {
        true => format!("{line} # portal\n"),
        false => format!("{line}\n"),
    });
    let number = 1 + config.lines().position(is_it).unwrap();
    (lines.collect(), number)
}

#[test]
fn a_login_warns_once() {
    let laptop = laptop(Style::Session);
    let (config, line) = with_comment(&laptop.home.read(".aws/config"));
    laptop.home.write(".aws/config", config);
    sign_in(&laptop, Style::Session, ALICE);
    let warning = format!("line {line}: the AWS CLI reads \"# portal\" {WARNING}");
    for (command, warns) in [
        (GET_TOKEN, false),
        (LOGIN, false),
        ("login --force", true),
        ("login --all", false),
        ("login --all --force", true),
    ] {
        let output = laptop.succeeds(laptop.run(command));
        let count = output.stderr.matches(&warning).count();
        assert_eq!(count, usize::from(warns), "{command}: {output}");
    }
}

#[test]
fn a_team_that_uses_a_section_of_the_person() {
    let file = format!("{TOP}{}{}", setting::PROD, setting::STAGING);
    let laptop = setting::laptop(&file);
    let corp = "[sso-session corp]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n";
    let (config, line) = with_comment(corp);
    let work = format!(
        "[profile work]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = Engineer\n"
    );
    laptop.home.write(".aws/config", config + &work);
    let output = setting::signed_in(&laptop, setting::INSTALL);
    let warning = format!("line {line}: the AWS CLI reads \"# portal\" {WARNING}");
    assert_eq!(output.stderr.matches(&warning).count(), 1, "{output}");
}
