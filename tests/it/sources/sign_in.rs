//! SSO sign-ins that another tool stored in `~/.aws/sso/cache`.

use std::path::PathBuf;

use sha1::{Digest as _, Sha1};

use kit::laptop::{INSTALL, Laptop, files_below};
use kit::standin::{Options, Service, SignIn};

pub const ACCOUNT: &str = "111122223333";
pub const ALICE: &str = "alice@example.com";
pub const START_URL: &str = "https://d-1234567890.awsapps.com/start";
pub const ENGINEER: [(&str, &str); 1] = [(ACCOUNT, "Engineer")];
/// Alice's ARN in STS after her sign-in.
pub const ENGINEER_ARN: &str = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com";

/// How a source profile refers to the sign-in.
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
        let portal = format!("sso_start_url = {START_URL}\nsso_region = eu-west-1\n");
        match self {
            Style::Session => format!(
                "[profile work]\nsso_session = corp\n{role}\n[sso-session corp]\n{portal}\
                 sso_registration_scopes = sso:account:access\n"
            ),
            Style::Legacy => format!("[profile work]\n{portal}{role}"),
        }
    }

    pub fn token_file(self) -> String {
        match self {
            Style::Session => token_file_of("corp"),
            Style::Legacy => token_file_of(START_URL),
        }
    }
}

/// Returns the token file of a session's name or of a start URL.
pub fn token_file_of(name: &str) -> String {
    format!(".aws/sso/cache/{}.json", hex::encode(Sha1::digest(name)))
}

/// Returns a laptop with the source profile and the tool's profile, without a sign-in.
pub fn laptop(style: Style) -> Laptop {
    with_options(style, Options::default())
}

pub fn laptop_over_tls() -> Laptop {
    let tls = Options {
        tls: true,
        ..Options::default()
    };
    with_options(Style::Session, tls)
}

fn with_options(style: Style, options: Options) -> Laptop {
    let laptop = Laptop::bare(options);
    laptop.home.write(".aws/config", style.config());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
    laptop
}

/// Does what `aws sso login` does on the laptop.
pub fn sign_in(laptop: &Laptop, style: Style, email: &str) -> SignIn {
    let sign_in = laptop.aws.sign_in(email, &ENGINEER);
    leave_token(laptop, style, &sign_in);
    sign_in
}

pub fn leave_token(laptop: &Laptop, style: Style, sign_in: &SignIn) {
    let file = sign_in.cache_file(START_URL, matches!(style, Style::Session));
    laptop.home.write(&style.token_file(), file);
}

/// Returns the files that are stored for SSO sessions, without the locks, which stay until the user signs out.
pub fn stored(laptop: &Laptop) -> Vec<PathBuf> {
    let mut files = files_below(&laptop.home.path(".aws/sso/cache"));
    files.retain(|path| path.extension() != Some("lock".as_ref()));
    files
}

/// Checks that the instance metadata service received no request.
#[track_caller]
pub fn no_metadata(laptop: &Laptop) {
    laptop.asked_none_of(&[Service::Metadata]);
}

/// Checks that no service received a request.
#[track_caller]
pub fn no_requests(laptop: &Laptop) {
    use Service::{Container, Metadata, Portal, Sts};
    laptop.asked_none_of(&[Portal, Sts, Metadata, Container]);
}
