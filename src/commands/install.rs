//! `install`: writes the profile of the admin's guide into `~/.aws/config`, and nothing else.

use std::path::Path;
use std::str::FromStr;

use crate::cli::Install;
use crate::context::Context;
use crate::explain;
use crate::failure::{Failure, Kind};
use crate::names::{self, AccountId, ProfileName, Region, RoleArn, RoleSessionName};
use crate::profile::edit::{self, Section};
use crate::profile::plan;
use crate::profile::read::{Files, MAX_FILE};
use crate::session::Session;
use crate::sys::{file, prompt};
use crate::{aws, diff};

/// Keys that make a profile another kind of profile than ours. One that has them is somebody's own.
const FOREIGN_KEYS: [&str; 6] = [
    "aws_access_key_id",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "web_identity_token_file",
    "login_session",
];

pub fn run(context: &Context, args: &Install) -> Result<(), Failure> {
    let session = Session::new(context)?;
    let files = session.files()?;
    let existing = Existing::read(files, &context.profile)?;
    let wanted = wanted(context, args, &existing)?;
    let process = args.credential_process || existing.by_process;
    let keys = wanted.keys(context, process)?;

    let path = files.config_path.clone();
    let before = file::read(&path, MAX_FILE)?.unwrap_or_default();
    let after = compose(&path, &before, &context.profile, &keys)?;
    let out = &context.output;
    if before == after {
        out.note(&format!(
            "Profile {} is already up to date",
            context.profile
        ));
        return Ok(());
    }
    let change = diff::unified(&path, &before, &after);
    if args.dry_run {
        return out.result(&change);
    }
    if existing.there {
        out.block(&change);
        if context.can_ask && !args.yes && !prompt::confirm("Change the profile?").unwrap_or(false)
        {
            return Err(Failure::refused("nothing was changed"));
        }
    }
    let _lock = session.lock_edits_of(&file::resolve_links(&path)?)?;
    file::edit(&path, MAX_FILE, |bytes| {
        compose(&path, bytes, &context.profile, &keys)
    })?;
    out.note(&format!(
        "Profile {} is in {}",
        context.profile,
        path.display()
    ));
    say_what_is_next(context, &session);
    Ok(())
}

fn compose(
    path: &Path,
    bytes: &[u8],
    profile: &ProfileName,
    keys: &[Key],
) -> Result<Vec<u8>, Failure> {
    let keys: Vec<(&str, Option<&str>)> = keys
        .iter()
        .map(|(key, value)| (*key, value.as_deref()))
        .collect();
    edit::set(bytes, Section::Profile(profile.as_str()), &keys)
        .map_err(|error| explain::config_edit(&error, path))
}

/// A key and its value, `None` where it must not be.
type Key = (&'static str, Option<String>);

/// Keys that `install` writes and `uninstall` takes back. `region` comes with them.
pub const OUR_KEYS: [&str; 8] = [
    "role_arn",
    "role_session_name",
    "source_profile",
    "region",
    "credential_process",
    "apono_role_arn",
    "apono_role_session_name",
    "apono_source_profile",
];

/// What the profile holds already: the defaults of a second `install`.
#[derive(Debug, Default)]
pub struct Existing {
    there: bool,
    /// It names a role: a profile of ours, or half of one.
    pub installed: bool,
    by_process: bool,
    role: Option<RoleArn>,
    email: Option<RoleSessionName>,
    source: Option<ProfileName>,
    region: Option<Region>,
}

impl Existing {
    /// # Errors
    /// The profile is of another kind than those we write: it stays as it is.
    pub fn read(files: &Files, name: &ProfileName) -> Result<Self, Failure> {
        let Some(profile) = files.profiles().get_profile(name.as_str()) else {
            return Ok(Existing::default());
        };
        let process = profile.get("credential_process");
        let by_process = process.is_some() && profile.get("apono_role_arn").is_some();
        let foreign = FOREIGN_KEYS
            .into_iter()
            .find(|key| profile.get(key).is_some());
        let foreign = foreign.or(process
            .filter(|_| !by_process)
            .map(|_| "credential_process"));
        if let Some(key) = foreign {
            return Err(Failure::refused(format!(
                "profile {name} is somebody else's; it was left as it is"
            ))
            .cause(format!(
                "it has the key {key}, which an apono-login profile does not have"
            ))
            .hint("choose another name with --profile NAME"));
        }
        let key = |key: &str| {
            profile
                .get(&format!("apono_{key}"))
                .or_else(|| profile.get(key))
        };
        Ok(Existing {
            there: true,
            installed: key("role_arn").is_some(),
            by_process,
            role: key("role_arn").and_then(|v| v.parse().ok()),
            email: key("role_session_name").and_then(|v| v.parse().ok()),
            source: key("source_profile").and_then(|v| v.parse().ok()),
            region: key("region").and_then(|v| v.parse().ok()),
        })
    }
}

/// What the profile shall say.
#[derive(Debug)]
struct Wanted {
    role: RoleArn,
    email: RoleSessionName,
    source: ProfileName,
    region: Region,
}

/// From the flags, else from the profile that is there, else from the person; all that is missing at once.
fn wanted(context: &Context, args: &Install, existing: &Existing) -> Result<Wanted, Failure> {
    let account = args
        .account_id
        .clone()
        .or_else(|| existing.role.as_ref().map(|r| r.account().clone()));
    let email = args.email.clone().or_else(|| existing.email.clone());
    let region = match args.region.clone().or_else(|| existing.region.clone()) {
        Some(region) => Some(region),
        None => context.env_region()?,
    };
    let missing: Vec<&str> = [
        ("--account-id", account.is_none()),
        ("--email", email.is_none()),
        ("--region", region.is_none()),
    ]
    .into_iter()
    .filter_map(|(flag, missing)| missing.then_some(flag))
    .collect();
    if !missing.is_empty() && !context.can_ask {
        return Err(Failure::new(Kind::Usage, format!("missing: {}", missing.join(", ")))
            .cause("there is no terminal to ask on")
            .hint("apono-login install --account-id 111122223333 --email alice@example.com --region eu-west-1"));
    }
    let account: AccountId = or_ask(
        context,
        account,
        "AWS account id of the cluster (12 digits):",
    )?;
    let email: RoleSessionName = or_ask(
        context,
        email,
        "Your email, as your identity provider has it:",
    )?;
    let region: Region = or_ask(
        context,
        region,
        "Region of the cluster (such as eu-west-1):",
    )?;
    let source = args
        .source_profile
        .clone()
        .or_else(|| existing.source.clone());
    let source = match source {
        Some(source) => source,
        None => parse("default")?,
    };
    if source == context.profile {
        return Err(
            Failure::refused(format!("profile {source} cannot be its own source"))
                .hint("choose another --profile for Apono, or another --source-profile"),
        );
    }
    Ok(Wanted {
        role: role(args, existing, &account, &region)?,
        email,
        source,
        region,
    })
}

fn role(
    args: &Install,
    existing: &Existing,
    account: &AccountId,
    region: &Region,
) -> Result<RoleArn, Failure> {
    let partition = aws::partition(region).ok_or_else(|| {
        Failure::refused(format!(
            "{region} is in no partition that AWS's endpoint rules know"
        ))
        .hint("check --region")
    })?;
    let name = match (&args.role_name, &existing.role) {
        (Some(name), _) => name.as_str(),
        (None, Some(role)) => role.path_and_name(),
        (None, None) => "apono-k8s-access",
    };
    RoleArn::new(&partition, account, name).map_err(refused)
}

/// How often a person may mistype an answer.
const TRIES: usize = 3;

fn or_ask<T: FromStr<Err = names::Error>>(
    context: &Context,
    value: Option<T>,
    question: &str,
) -> Result<T, Failure> {
    if let Some(value) = value {
        return Ok(value);
    }
    let mut tries = 1;
    loop {
        let answer = prompt::ask(question).map_err(|error| {
            Failure::refused("nothing was changed").cause(format!("no answer: {error}"))
        })?;
        match answer.parse() {
            Ok(value) => return Ok(value),
            Err(error) if tries == TRIES => return Err(refused(error)),
            Err(error) => context.output.note(&error.to_string()),
        }
        tries += 1;
    }
}

fn parse<T: FromStr<Err = names::Error>>(value: &str) -> Result<T, Failure> {
    value.parse().map_err(refused)
}

fn refused(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, "that cannot be used").cause(error.to_string())
}

impl Wanted {
    /// The guide's profile; with `process`, one whose credentials come through us.
    ///
    /// In the second kind AWS's own keys would be misread (some SDKs refuse `source_profile` without `role_arn`, and with
    /// `role_arn` the process is never asked), so they are ours.
    fn keys(&self, context: &Context, process: bool) -> Result<Vec<Key>, Failure> {
        let role = self.role.to_string();
        let (email, source) = (self.email.to_string(), self.source.to_string());
        let region = ("region", Some(self.region.to_string()));
        if !process {
            return Ok(vec![
                ("role_arn", Some(role)),
                ("role_session_name", Some(email)),
                ("source_profile", Some(source)),
                region,
                ("apono_role_arn", None),
                ("apono_role_session_name", None),
                ("apono_source_profile", None),
            ]);
        }
        Ok(vec![
            ("credential_process", Some(process_command(context)?)),
            region,
            ("apono_role_arn", Some(role)),
            ("apono_role_session_name", Some(email)),
            ("apono_source_profile", Some(source)),
            ("role_arn", None),
            ("role_session_name", None),
            ("source_profile", None),
        ])
    }
}

/// Our own command line, quoted so that `sh -c`, `cmd.exe /C` and Python's shlex take it apart the same way.
fn process_command(context: &Context) -> Result<String, Failure> {
    let program = context.own_path()?;
    let quoted = quote(&program).ok_or_else(|| {
        Failure::refused("apono-login is installed where AWS tools cannot start it")
            .cause(format!(
                "its path {program:?} has characters that shells read in different ways"
            ))
            .hint("move the binary to a folder with a plain name, and run install again")
    })?;
    Ok(format!(
        "{quoted} export-credentials --profile {}",
        context.profile
    ))
}

fn quote(path: &str) -> Option<String> {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c) || (cfg!(windows) && c == '\\');
    if path.chars().all(plain) {
        return Some(path.to_owned());
    }
    // Inside double quotes these mean themselves to all three.
    let quotable = |c: char| plain(c) || " ()[]{}~&'#;".contains(c);
    // A `#` or `;` after a blank would begin a comment in the config file.
    let comment = path.contains(" #") || path.contains(" ;");
    (path.chars().all(quotable) && !comment).then(|| format!("\"{path}\""))
}

fn say_what_is_next(context: &Context, session: &Session) {
    let login = explain::login_command(&context.profile);
    let (config, credentials) = session.files_paths();
    let fresh = Files::load(config, credentials);
    let planned = fresh.map(|files| {
        plan::plan(files.profiles(), &context.profile)
            .map_err(|e| explain::plan(e, &files, &context.profile))
    });
    match planned {
        Ok(Ok(_)) => context.output.note(&format!("Next: `{login}`")),
        Ok(Err(failure)) => {
            context.output.warn(&failure.error);
            for hint in &failure.hints {
                context
                    .output
                    .note(&format!("hint: {hint}, then `{login}`"));
            }
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_path_is_quoted_for_every_reader_or_refused() {
        assert_eq!(
            quote("/usr/local/bin/apono-login").as_deref(),
            Some("/usr/local/bin/apono-login")
        );
        assert_eq!(
            quote("/opt/my tools/apono-login").as_deref(),
            Some("\"/opt/my tools/apono-login\"")
        );
        for evil in [
            "/opt/$HOME/a",
            "/opt/`id`/a",
            "/opt/a\"b",
            "/opt/%PATH%/a",
            "/opt/a!b",
            "/o\nx",
            "/o #x",
            "/o ;x",
        ] {
            assert_eq!(quote(evil), None, "{evil}");
        }
    }
}
