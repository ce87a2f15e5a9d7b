//! Sign-ins that fail because the region or the start URL is not that of the access portal.

use crate::sources::sign_in::{Style, laptop};
use crate::sso::person::meanwhile;
use crate::sso::watch::{nothing_is_stored, watched};
use kit::browser::Browser;
use kit::laptop::{LOGIN, Laptop};
use kit::standin::Options;

const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-central-1 \
    --account-id 111122223333 --sso-role-name Engineer --region eu-west-1 --yes";

/// Only `access_denied` is a refusal of the user's. All errors: RFC 6749, 4.1.2.1.
#[test]
fn an_error_of_the_page_is_no_refusal() {
    let cases = [
        ("access_denied", 3),
        ("invalid_request", 1),
        ("unauthorized_client", 3),
        ("invalid_scope", 1),
        ("server_error", 4),
        ("temporarily_unavailable", 4),
    ];
    for (error, status) in cases {
        let laptop = laptop(Style::Session);
        let fail = |link: &str| {
            let page = Browser::new().get(link).location().unwrap();
            let (_, state) = page.split_once("&state=").unwrap();
            let (state, _) = state.split_once('&').unwrap();
            let answer = format!("{link}oauth/callback?error={error}&state={state}");
            Browser::new().get(&answer);
        };
        let (output, ()) = meanwhile(&laptop, LOGIN, fail);
        laptop.failed(output, status, error);
        nothing_is_stored(&laptop);
        let laptop = Laptop::bare(Options::default());
        let (output, ()) = meanwhile(&laptop, INSTALL, fail);
        laptop.failed(output, status, &format!("{error}, install"));
    }
}

/// The page of another region does not know the code, and only shows that.
#[test]
fn a_code_that_could_not_be_entered() {
    let laptop = Laptop::bare(Options::default());
    laptop.aws.set_device(1, 3);
    let command = format!("{INSTALL} --device-code");
    let (output, ()) = watched(&laptop, &command, |run| run, |_| ());
    laptop.failed(output, 3, "");
}
