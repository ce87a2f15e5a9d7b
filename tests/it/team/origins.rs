//! Where a wrong setting of a team is changed: in a line of its file, in a section of the user's, or by a flag that `install --from`
//! takes.

#[cfg(target_os = "linux")]
mod linux;

use crate::sso::person::meanwhile;
use crate::team::setting::*;
use kit::browser::Browser;
use kit::home::Output;
use kit::laptop::Laptop;
use kit::standin::{ACCOUNT, Fault, Operation};

const YES: &str = "install --from team.toml --yes";

/// Returns the number of the first line that contains the text.
fn line(file: &str, text: &str) -> usize {
    1 + file.lines().position(|line| line.contains(text)).unwrap()
}

/// Checks that no hint names a flag that `install --from` refuses, nor a command that changes one profile of the team.
#[track_caller]
fn names_no_flag_for_one_profile(output: &Output) {
    let hints = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: "));
    for hint in hints {
        for flag in [
            "--sso-",
            "--saml-provider",
            "--saml-url",
            "--role-name",
            "--account-id",
        ] {
            let of_policy = hint.contains("apono-login policy ");
            assert!(of_policy || !hint.contains(flag), "{hint}");
        }
        assert!(!hint.contains("the same command"), "{hint}");
    }
}

/// Runs the command, at whose page the sign-in fails with this error.
fn at_the_page(laptop: &Laptop, command: &str, error: &str) -> Output {
    let fail = |link: &str| {
        let page = Browser::new().get(link).location().unwrap();
        let (_, state) = page.split_once("&state=").unwrap();
        let (state, _) = state.split_once('&').unwrap();
        Browser::new().get(&format!("{link}oauth/callback?error={error}&state={state}"));
    };
    meanwhile(laptop, command, fail).0
}

/// The same lines are named before and after the profiles are written.
#[test]
fn the_access_portal() {
    for command in [YES, INSTALL] {
        let url = "`sso_start_url` in line 1 of team.toml";
        let region = "`sso_region` in line 2 of team.toml";
        let refused = at_the_page(&laptop(&both()), command, "invalid_request");
        refused.explains(&[region, url]);
        names_no_flag_for_one_profile(&refused.ended(1));

        // A setting that the file does not have.
        let scope = at_the_page(&laptop(&both()), command, "invalid_scope");
        scope.explains(&["check `sso_registration_scopes` in sso-session example: it"]);
        names_no_flag_for_one_profile(&scope.ended(1));

        let laptop = laptop(&both());
        let fault = Fault::error(400, "InvalidRequestException", "Invalid start url");
        laptop.aws.misbehave(Operation::RegisterClient, fault);
        let unknown = laptop.failed(laptop.run(command).output(), 1, command);
        unknown.explains(&[&format!("{url} and {region}")]);
        names_no_flag_for_one_profile(&unknown);
    }
}

/// A sign-in that is not completed may be at the page of another region.
#[test]
fn a_code_that_nobody_could_enter() {
    for command in [YES, INSTALL] {
        let laptop = laptop(&both());
        laptop.aws.set_device(1, 3);
        let run = laptop.run(&format!("{command} --device-code"));
        let output = laptop.failed(run.output(), 3, command);
        output.explains(&["`sso_region` in line 2 of team.toml"]);
        names_no_flag_for_one_profile(&output);
    }
}

/// All permission sets of the account are named, with the line that names one.
#[test]
fn the_permission_set() {
    let file = format!("{TOP}{STAGING}");
    let place = format!(
        "set `sso_role_name` in line {} of team.toml",
        line(&file, "sso_role_name")
    );
    for command in [YES, INSTALL] {
        let laptop = without_the_second(&file);
        for name in ["Admin", "Dev", "Ops", "Read"] {
            laptop.aws.assign(ALICE, OTHER_ACCOUNT, name);
        }
        let output = signing_in(&laptop, command).ended(1);
        let yours = "to one of yours in that account: Admin, Dev, Ops, Read";
        output.explains(&[
            &format!("{place} {yours}"),
            &format!("{command} --switch-user"),
        ]);
        names_no_flag_for_one_profile(&output);
    }
}

/// The settings of a source profile are the user's own.
#[test]
fn a_source_profile() {
    let file = PROD.replace("sso_role_name = \"Engineer\"", "source_profile = \"work\"");
    let laptop = laptop(&file);
    laptop.home.write(
        ".aws/config",
        format!(
            "[sso-session corp]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n\n\
             [profile work]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = Admin\n"
        ),
    );
    let output = signing_in(&laptop, YES).ended(1);
    output.explains(&[
        "set `sso_role_name` of profile work to one of yours in that account: Engineer",
    ]);
    let refused = at_the_page(&laptop, &format!("{YES} --switch-user"), "invalid_request");
    refused.explains(&["`sso_region` in sso-session corp"]);
}
