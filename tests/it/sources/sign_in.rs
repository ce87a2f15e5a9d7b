//! Sign-ins through IAM Identity Center, as another tool leaves them in `~/.aws/sso/cache`.

#![allow(dead_code, reason = "each test uses a part of it")]

use sha1::{Digest as _, Sha1};

use kit::laptop::{INSTALL, Laptop};
use kit::standin::{Service, SignIn};

pub const ACCOUNT: &str = "111122223333";
pub const START_URL: &str = "https://d-1234567890.awsapps.com/start";
pub const ENGINEER: [(&str, &str); 1] = [(ACCOUNT, "Engineer")];

/// How a source profile says where to sign in.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    Session,
    Legacy,
}

pub const STYLES: [Style; 2] = [Style::Session, Style::Legacy];

impl Style {
    pub fn config(self) -> String {
        let role =
            format!("sso_account_id = {ACCOUNT}\nsso_role_name = Engineer\nregion = eu-west-1\n");
        match self {
            Style::Session => format!(
                "[profile work]\nsso_session = corp\n{role}\n[sso-session corp]\nsso_start_url = {START_URL}\n\
                 sso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n"
            ),
            Style::Legacy => {
                format!(
                    "[profile work]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n{role}"
                )
            }
        }
    }

    pub fn token_file(self) -> String {
        let named_by = match self {
            Style::Session => "corp",
            Style::Legacy => START_URL,
        };
        format!(
            ".aws/sso/cache/{}.json",
            hex::encode(Sha1::digest(named_by))
        )
    }
}

/// A laptop with the source profile and ours, nobody signed in.
pub fn laptop(style: Style) -> Laptop {
    let laptop = Laptop::with_config(style.config());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
    laptop
}

/// What `aws sso login` does to the laptop.
pub fn sign_in(laptop: &Laptop, style: Style, email: &str) -> SignIn {
    let sign_in = laptop.aws.sign_in(email, &ENGINEER);
    leave_token(laptop, style, &sign_in);
    sign_in
}

pub fn leave_token(laptop: &Laptop, style: Style, sign_in: &SignIn) {
    let file = sign_in.cache_file(START_URL, matches!(style, Style::Session));
    laptop.home.write(&style.token_file(), file);
}

#[track_caller]
pub fn nobody_asked_for_metadata(laptop: &Laptop) {
    assert_eq!(laptop.aws.connections(Service::Metadata), 0);
}

/// Nobody was asked anything, over any connection.
#[track_caller]
pub fn nobody_was_asked(laptop: &Laptop) {
    for service in [
        Service::Portal,
        Service::Sts,
        Service::Metadata,
        Service::Container,
    ] {
        assert_eq!(laptop.aws.connections(service), 0, "{service:?}");
    }
}
