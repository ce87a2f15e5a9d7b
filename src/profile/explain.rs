//! What the errors of profiles and config files mean to the user.

use std::path::Path;

use super::keys;
use super::read::Files;
use super::scan::{self, Problem};
use super::written::{self, Clue, Wanted};
use super::{edit, plan, read};
use crate::failure::files::save_as_utf8;
use crate::failure::hints::{REPORT_FILE, command, not_changed};
use crate::failure::{Failure, Kind};
use crate::names::{DEFAULT_PROFILE, ProfileName, RoleArn};

impl From<read::Error> for Failure {
    fn from(error: read::Error) -> Self {
        match error {
            read::Error::File(error) => error.into(),
            error @ read::Error::Problem {
                problem: Problem { kind: scan::Kind::IndentedHeader, .. },
                ..
            } => Failure::refused("could not read your AWS config")
                .cause(error.to_string())
                .hint("remove the blanks in front of that header, in an editor: AWS SDKs reject the whole file, too"),
            read::Error::Problem {
                ref path,
                problem: Problem { kind: scan::Kind::Utf16 | scan::Kind::ByteOrderMark, .. },
            } => Failure::refused("could not read your AWS config")
                .cause(error.to_string())
                .hint(save_as_utf8(path)),
            error => Failure::refused("could not read your AWS config")
                .cause(error.to_string())
                .hint("fix that line in an editor: AWS SDKs reject the whole file, too"),
        }
    }
}

/// Explains why an edit of the AWS config file was refused. The file was not changed.
pub fn config_edit(error: &edit::Error, path: &Path) -> Failure {
    use edit::Error as E;
    let failure = |kind| not_changed(kind, path).cause(error.to_string());
    match error {
        E::Problem(Problem {
            kind: scan::Kind::Utf16 | scan::Kind::ByteOrderMark,
            ..
        }) => failure(Kind::Refused).hint(save_as_utf8(path)),
        E::Problem(_) | E::Unreadable { .. } => failure(Kind::Refused).hint(
            "fix that line in an editor, then run this again: some AWS tools misread the file, too",
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

/// Explains why a profile cannot be used, and how to complete it. `has_env_keys`: there are access keys in the environment.
pub fn plan(
    error: plan::Error,
    files: &Files,
    profile: &ProfileName,
    has_env_keys: bool,
) -> Failure {
    use plan::Error as E;
    let is_of_source = matches!(error, E::NoSource { .. } | E::EmptySource { .. });
    let is_none = matches!(error, E::NoSource { .. } | E::NoSsoSession { .. });
    let is_own = matches!(error, E::NoProfile { .. });
    let found = clues(&error, files);
    let mut failure = without_clues(error, files, profile);
    let mut others = std::mem::take(&mut failure.hints);
    if !found.is_empty() {
        // It is there, in another spelling.
        if is_none {
            failure.causes.clear();
        }
        others.retain(|_| is_own);
    }
    for clue in found {
        failure = failure.cause(clue.cause).hint(clue.hint);
    }
    if has_env_keys && is_of_source {
        let set = "AWS_ACCESS_KEY_ID is set, but credentials in the environment are used only if the profile says so";
        failure = failure.cause(set).hint(use_environment(files, profile));
    }
    others.into_iter().fold(failure, Failure::hint)
}

/// Returns the hint to use the credentials in the environment.
fn use_environment(files: &Files, profile: &ProfileName) -> String {
    let keys = [keys::APONO_SOURCE_PROFILE, keys::SOURCE_PROFILE];
    let written = keys
        .into_iter()
        .find_map(|key| written::key(files, profile.as_str(), key));
    match written {
        Some(written) => {
            let key = match written.key == keys::APONO_SOURCE_PROFILE {
                true => keys::APONO_CREDENTIAL_SOURCE,
                false => keys::CREDENTIAL_SOURCE,
            };
            let change = written.replace_by(key, "Environment");
            format!("to use the credentials in the environment, {change}")
        }
        None => format!(
            "to use the credentials in the environment, set `{} = Environment` in profile {profile} instead of `source_profile`",
            keys::CREDENTIAL_SOURCE
        ),
    }
}

/// Returns what in the files looks like that which is missing.
fn clues(error: &plan::Error, files: &Files) -> Vec<Clue> {
    use plan::Error as E;
    let written = |profile: &str, key: &str| {
        let own = written::key(files, profile, &format!("apono_{key}"));
        own.or_else(|| written::key(files, profile, key))
    };
    let quotes = |profile: &str, key| written(profile, key).and_then(|written| written.quotes());
    // Names differ in upper and lower case, too.
    let other_case = |profile: &str, key, name: &str, names: &mut dyn Iterator<Item = &str>| {
        let mut alike = names.filter(|found| found.eq_ignore_ascii_case(name));
        let found = alike.next()?;
        Some(written(profile, key)?.other_case(found))
    };
    let clue = match error {
        E::NoProfile { name } => written::like_section(files, Wanted::Profile(name)),
        E::NoSource {
            profile,
            source_profile: name,
        } => quotes(profile, keys::SOURCE_PROFILE)
            .or_else(|| {
                let mut names = files.profiles().profiles();
                other_case(profile, keys::SOURCE_PROFILE, name, &mut names)
            })
            .or_else(|| written::like_section(files, Wanted::Profile(name))),
        E::NoSsoSession {
            profile,
            session: name,
        } => quotes(profile, keys::SSO_SESSION)
            .or_else(|| {
                let mut names = files.profiles().sso_sessions();
                other_case(profile, keys::SSO_SESSION, name, &mut names)
            })
            .or_else(|| written::like_section(files, Wanted::SsoSession(name))),
        E::Invalid { profile, key, .. } => quotes(profile, key),
        E::EmptySource { profile } => return written::like_sources(files, profile),
        E::Incomplete { profile, keys } => {
            let session = session_of(files, profile).map(Wanted::SsoSession);
            let sections = std::iter::once(Wanted::Profile(profile)).chain(session);
            let like = sections.flat_map(|section| written::like_keys(files, section, keys));
            return like.collect();
        }
        E::Circle { .. } | E::LongChain { .. } | E::TwoSources { .. } => None,
    };
    clue.into_iter().collect()
}

/// Returns the sso-session that a profile names.
fn session_of<'a>(files: &'a Files, profile: &str) -> Option<&'a str> {
    let profile = files.profiles().get_profile(profile)?;
    profile.get(keys::SSO_SESSION)
}

fn without_clues(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
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
            let failure = Failure::refused(format!("profile {profile} not found")).cause(format!(
                "{path} has no section {}",
                section(profile.as_str())
            ));
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
        } if source != profile.as_str() => {
            Failure::refused(format!("source profile {source} is incomplete"))
                .cause(cause)
                .hint(add(files, source, keys))
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
        E::Invalid {
            profile: ref found,
            key,
            ..
        } => {
            let own = written::key(files, found, &format!("apono_{key}"));
            let written = own.or_else(|| written::key(files, found, key));
            let place =
                written.map_or_else(|| path.to_string(), |written| written.place.to_string());
            Failure::refused(format!("invalid profile {profile}"))
                .cause(cause)
                .hint(format!("fix this in {place}"))
        }
        E::Circle { .. } | E::LongChain { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("invalid profile {profile}"))
                .cause(cause)
                .hint(format!("fix this in {path}"))
        }
    }
}

/// Returns the hint to add keys to a source profile, or to its sso-session.
fn add(files: &Files, source: &str, missing: &[&str]) -> String {
    let of_session = |key: &&str| [keys::SSO_START_URL, keys::SSO_REGION].contains(key);
    let session = session_of(files, source).filter(|_| missing.iter().any(of_session));
    let (wanted, header) = match session {
        Some(session) => (
            Wanted::SsoSession(session),
            format!("[sso-session {session}]"),
        ),
        None => (Wanted::Profile(source), section(source)),
    };
    let keys = plan::listed(missing);
    match written::section(files, wanted) {
        Some(place) => format!("add {keys} below {header} ({place})"),
        None => format!(
            "add {keys} below {header} in {}",
            files.config_path.display()
        ),
    }
}

/// Returns the heading of a profile's section in the config file.
fn section(profile: &str) -> String {
    match profile {
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
