//! Words and commands that the hints of several modules share.

use std::path::Path;

use super::command::Command;
use super::{Failure, Kind};
use crate::names::ProfileName;
use crate::sys::process;

/// The `error:` line wherever only the user can go on.
pub const SIGN_IN_NEEDED: &str = "sign-in needed";
pub const CHECK_NETWORK: &str = "check your network, VPN and proxy (`HTTPS_PROXY`, `NO_PROXY`, `AWS_CA_BUNDLE`), then run this again";
pub const CHECK_PROXY: &str = "check the proxy, the captive portal and `AWS_ENDPOINT_URL`: the response may not come from AWS";
pub const SET_CLOCK: &str =
    "set this computer's clock (turn on automatic time), then run this again";
pub const ASK_AWS_ADMIN: &str = "show this to your AWS admin";
pub const REPORT_COMMAND: &str = "report this bug, with the command you ran";
pub const REPORT_FILE: &str = "report this bug, with the file if it contains no secrets";

/// Returns the command of these words for the profile.
pub fn command(words: &str, profile: &ProfileName) -> String {
    Command::new(words).profile(profile).to_string()
}

const PROGRAM: &str = "apono-login";
const AS_PLUGIN: &str = "kubectl apono-login";

/// Returns what a person types to run this program.
pub fn program() -> &'static str {
    match process::is_kubectl_plugin() {
        true => AS_PLUGIN,
        false => PROGRAM,
    }
}

/// Returns the text with each command of this program in backticks as it is typed here.
pub fn as_typed(text: String) -> String {
    match process::is_kubectl_plugin() {
        true => text.replace(&format!("`{PROGRAM}"), &format!("`{AS_PLUGIN}")),
        false => text,
    }
}

/// Returns the hint to run the command of these words for the profile.
pub fn run(words: &str, profile: &ProfileName) -> String {
    Command::new(words).profile(profile).run()
}

/// Returns the command that logs in to the profile.
pub fn login_command(profile: &ProfileName) -> String {
    command("", profile)
}

/// Returns what to do for a user who may have signed in as another one than was meant: as `user`, if the name is known.
/// `sign_in` is the command that signs in.
pub fn as_another_user(sign_in: Command, user: Option<&str>) -> [String; 2] {
    let switch = sign_in.flag("--switch-user");
    let (who, sign_in) = match user {
        Some(name) => (format!("you are {name}"), format!("sign in as {name}")),
        None => (
            "you are signed in as another user than you meant".to_owned(),
            "sign in as the right one".to_owned(),
        ),
    };
    [
        format!("if {who}, {} and {sign_in}", switch.run()),
        format!(
            "if the browser signs in the wrong user by itself, {} and open the link in a private window",
            switch.flag("--no-browser").run()
        ),
    ]
}

/// Returns the failure for a file that was not changed.
pub fn not_changed(kind: Kind, path: &Path) -> Failure {
    Failure::new(
        kind,
        format!("could not use {}; the file was not changed", path.display()),
    )
}
