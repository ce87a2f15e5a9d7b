//! Another user signs in for a team that is installed.

use crate::sso::person::{allow, browser, meanwhile};
use crate::sso::watch::watched;
use crate::team::setting::*;
use kit::browser::Browser;
use kit::home::Run;
use kit::laptop::Laptop;
use kit::standin::Operation;

const BOB: &str = "bob@example.com";
const SWITCH: &str = "install --from team.toml --switch-user --yes";

/// Returns a laptop on which Bob installed the team file.
fn bobs(file: &str) -> Laptop {
    let laptop = laptop(file);
    laptop.aws.assign(BOB, OTHER_ACCOUNT, "Engineer");
    let install = "install --from team.toml --yes";
    let (output, _) = meanwhile(&laptop, install, |link| Browser::new().allow(link, BOB));
    output.ended(0);
    assert_eq!(emails(&laptop), [BOB]);
    laptop
}

/// Returns the session names in the config file, each once.
fn emails(laptop: &Laptop) -> Vec<String> {
    let config = laptop.home.read(".aws/config");
    let emails = config
        .lines()
        .filter_map(|line| line.strip_prefix("role_session_name = "));
    let mut emails: Vec<_> = emails.map(str::to_owned).collect();
    emails.sort();
    emails.dedup();
    emails
}

fn sign_ins(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::CreateToken)
}

/// The profiles get the email of who signs in now, not that of who is installed.
#[test]
fn the_email_is_that_of_who_signs_in_now() {
    let laptop = bobs(&both());
    signed_in(&laptop, SWITCH).recorded("");
    assert_eq!(emails(&laptop), [ALICE]);
    assert_eq!(sign_ins(&laptop), 2, "one for each of them");
    lists_pods(&laptop, "prod");

    // A flag counts more.
    let laptop = bobs(&both());
    signed_in(&laptop, &format!("{SWITCH} --email {ALICE}"));
    assert_eq!(
        (emails(&laptop), sign_ins(&laptop)),
        (vec![ALICE.to_owned()], 2)
    );
}

/// An account that left the file does not name the email either.
#[test]
fn the_email_of_an_account_that_is_gone() {
    let laptop = bobs(&both());
    let renamed = PROD.replace("name = \"prod\"\n", "name = \"production\"\n");
    laptop
        .home
        .write("team.toml", format!("{TOP}{renamed}{STAGING}"));
    signed_in(&laptop, SWITCH);
    assert_eq!(emails(&laptop), [ALICE]);
}

/// What cannot sign in does not take the email of who is signed in.
#[test]
fn without_a_sign_in_there_is_no_email() {
    let laptop = bobs(&both());
    let dry_run = laptop.run(&format!("{SWITCH} --dry-run"));
    laptop.fails(dry_run, 2, "a dry run");
    let no_consent = laptop.run("install --from team.toml --switch-user");
    laptop.fails(no_consent, 2, "without consent");
    assert_eq!(
        (emails(&laptop), sign_ins(&laptop)),
        (vec![BOB.to_owned()], 1)
    );
}

/// One sign-in is enough, though the first account that is asked for the email is not assigned.
#[test]
fn the_first_account_is_not_assigned() {
    for (flags, device) in [
        ("--no-browser", false),
        ("--device-code", true),
        ("--switch-user --no-browser", false),
    ] {
        let laptop = without_the_second(&format!("{TOP}{STAGING}{PROD}"));
        let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
        let command = format!("install --from team.toml --yes {flags}");
        let (output, _) = watched(&laptop, &command, prepare, |run| {
            allow(&match device {
                true => run.said("/device?user_code="),
                false => run.said("  http://127.0.0.1:"),
            })
        });
        let output = output.ended(0);
        let operations = [Operation::Consent, Operation::StartDeviceAuthorization];
        let asked = operations.map(|operation| laptop.aws.count(operation));
        assert_eq!(asked.iter().sum::<usize>(), 1, "{flags}: {output}");
        assert_eq!(contexts(&laptop), ["prod"], "{flags}");
    }
}
