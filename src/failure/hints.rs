//! Words and commands that the hints of several modules share.

use std::path::Path;

use super::{Failure, Kind};
use crate::names::{DEFAULT_PROFILE, ProfileName};
use crate::sys::{process, shell};

/// The `error:` line wherever only the user can go on.
pub const SIGN_IN_NEEDED: &str = "sign-in needed";
pub const CHECK_NETWORK: &str = "check your network, VPN and proxy (`HTTPS_PROXY`, `NO_PROXY`, `AWS_CA_BUNDLE`), then run this again";
pub const CHECK_PROXY: &str = "check the proxy, the captive portal and `AWS_ENDPOINT_URL`: the response may not come from AWS";
pub const SET_CLOCK: &str =
    "set this computer's clock (turn on automatic time), then run this again";
pub const ASK_AWS_ADMIN: &str = "show this to your AWS admin";
pub const REPORT_COMMAND: &str = "report this bug, with the command you ran";
pub const REPORT_FILE: &str = "report this bug, with the file if it contains no secrets";

/// Returns an `apono-login` command, with `--profile` unless it is the default one.
pub fn command(verb: &str, profile: &ProfileName) -> String {
    let flag = match profile.as_str() {
        DEFAULT_PROFILE => String::new(),
        name => format!(" --profile {}", shell::quoted(name)),
    };
    let program = program();
    match verb {
        "" => format!("{program}{flag}"),
        verb => format!("{program} {verb}{flag}"),
    }
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

/// Returns the hint to run an `apono-login` command.
pub fn run(verb: &str, profile: &ProfileName) -> String {
    format!("run `{}`", command(verb, profile))
}

/// Returns the command that logs in to the profile.
pub fn login_command(profile: &ProfileName) -> String {
    command("", profile)
}

/// Returns the failure for a file that was not changed.
pub fn not_changed(kind: Kind, path: &Path) -> Failure {
    Failure::new(
        kind,
        format!("could not use {}; the file was not changed", path.display()),
    )
}
