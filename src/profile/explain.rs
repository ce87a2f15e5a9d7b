//! What the errors of profiles and config files mean to the user.

use std::path::Path;

use super::keys;
use super::read::Files;
use super::{edit, plan, read};
use crate::failure::hints::{REPORT_FILE, command, not_changed};
use crate::failure::{Failure, Kind};
use crate::names::{DEFAULT_PROFILE, ProfileName, RoleArn};

impl From<read::Error> for Failure {
    fn from(error: read::Error) -> Self {
        match error {
            read::Error::File(error) => error.into(),
            error => Failure::refused("could not read your AWS config")
                .cause(error.to_string())
                .hint("fix that line in an editor: AWS tools cannot read the file either"),
        }
    }
}

/// Explains why an edit of the AWS config file was refused. The file was not changed.
pub fn config_edit(error: &edit::Error, path: &Path) -> Failure {
    use edit::Error as E;
    let failure = |kind| not_changed(kind, path).cause(error.to_string());
    match error {
        E::Problem(_) | E::Unreadable { .. } => failure(Kind::Refused).hint(
            "fix that line in an editor, then run this again: AWS tools misread the file too",
        ),
        E::TooLarge { .. } => failure(Kind::Refused).hint("check that this is the right file"),
        E::Exists { section } => {
            let path = path.display();
            Failure::refused(format!("could not add {section} to {path}"))
                .cause(error.to_string())
                .hint("if another program has just written it, run this again")
                .hint(format!("if not, rename or remove that section in {path}"))
        }
        E::Key { .. } | E::Value { .. } => failure(Kind::Usage)
            .hint("choose another value: AWS tools do not all read this one the same way"),
        E::Unfaithful { .. } => failure(Kind::Bug).hint(REPORT_FILE),
    }
}

/// Explains why a profile cannot be used, and how to complete it.
pub fn plan(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
    use plan::Error as E;
    let cause = error.to_string();
    let path = files.config_path.display();
    let answer =
        |command: String| format!("run `{command}` in a terminal and answer its questions");
    let install = answer(command("install", profile)) + " (your AWS admin knows the values)";
    let install_sso = answer(install_sso(files, profile));
    let sso = format!("to sign in with IAM Identity Center, {install_sso}");
    let another = format!("to use another source profile, {install_sso}");
    // The installed profiles, as many as fit a hint.
    let others: Vec<_> = super::ours::installed(files.profiles())
        .into_iter()
        .take(5)
        .collect();
    let others = (!others.is_empty()).then(|| {
        let names: Vec<_> = others.iter().map(ProfileName::as_str).collect();
        format!(
            "use an installed profile with `--profile`: {}",
            names.join(", ")
        )
    });
    match error {
        E::NoProfile { .. } => {
            let failure = Failure::refused(format!("profile {profile} not found"))
                .cause(format!("{path} has no section {}", section(profile)));
            match others {
                None => failure.hint(install),
                Some(others) => failure
                    .hint(others)
                    .hint(format!("to install this profile, {install}")),
            }
        }
        E::Incomplete {
            profile: ref source,
            ref keys,
        } if keys.iter().any(|key| key.starts_with("sso_")) => {
            Failure::refused(format!("source profile {source} is incomplete"))
                .cause(cause)
                .hint(format!("add the missing keys in {path}"))
                .hint(another)
        }
        // Nothing in it is ours: another tool's profile, not half of an installed one.
        E::Incomplete { ref keys, .. }
            if keys.contains(&keys::ROLE_ARN)
                && keys.contains(&keys::ROLE_SESSION_NAME)
                && profile.as_str() != DEFAULT_PROFILE =>
        {
            let failure = Failure::refused(format!(
                "profile {profile} was not installed by apono-login"
            ))
            .cause(cause);
            match others {
                None => {
                    failure.hint("to install a profile, run `apono-login install` in a terminal")
                }
                Some(others) => failure
                    .hint(others)
                    .hint("to install another profile, run `apono-login install --profile NAME`"),
            }
        }
        E::Incomplete { .. } => Failure::refused(format!("profile {profile} is incomplete"))
            .cause(cause)
            .hint(install),
        E::NoSource { source_profile, .. } => {
            Failure::refused(format!("source profile {source_profile} not found"))
                .cause(cause)
                .hint(sso)
                .hint(plan::how_to_install(profile))
                .hint(format!(
                    "if you have another source profile, run `{}`",
                    command("install --source-profile NAME", profile)
                ))
        }
        E::EmptySource { profile: source } => {
            Failure::refused(format!("source profile {source} has no credentials"))
                .cause(cause)
                .hint(sso)
        }
        E::NoSsoSession { ref session, .. } => {
            Failure::refused(format!("sso-session {session} not found"))
                .cause(cause)
                .hint(format!("add the section [sso-session {session}] to {path}"))
                .hint(another)
        }
        E::Invalid { .. } | E::Circle { .. } | E::LongChain { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("invalid profile {profile}"))
                .cause(cause)
                .hint(format!("fix this in {path}"))
        }
    }
}

/// Returns the heading of a profile's section in the config file.
fn section(profile: &ProfileName) -> String {
    match profile.as_str() {
        "default" => "[default]".to_owned(),
        name => format!("[profile {name}]"),
    }
}

/// Returns the command that asks for an access portal and installs a source profile for it. The account is what `install`
/// takes by default: naming it is what makes it ask.
fn install_sso(files: &Files, profile: &ProfileName) -> String {
    let installed = files.profiles().get_profile(profile.as_str());
    let role = installed.and_then(|installed| {
        installed
            .get(keys::APONO_ROLE_ARN)
            .or_else(|| installed.get(keys::ROLE_ARN))
    });
    match role.and_then(|role| role.parse::<RoleArn>().ok()) {
        Some(role) => command(
            &format!("install --sso-account-id {}", role.account()),
            profile,
        ),
        None => command("install --sso-start-url URL", profile),
    }
}
