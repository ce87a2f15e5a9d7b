//! What to install: taken from the flags, else from the config files, else asked on the terminal. Without a terminal, all
//! missing flags are named at once.

use std::str::FromStr;

use crate::aws;
use crate::cli::Install;
use crate::context::Context;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::names::{
    self, AccountId, Partition, ProfileName, Region, RoleArn, RoleSessionName, SsoRoleName,
    StartUrl,
};
use crate::profile::read::{DEFAULT_ROLE, Files};
use crate::profile::sso::known::Known;
use crate::sys::prompt;

use super::existing::Existing;

/// The source profile in Apono's setup guide.
const DEFAULT_SOURCE: &str = "default";

/// Everything that decides what is written, except the email, which a sign-in may reveal later.
#[derive(Debug)]
pub struct Answers {
    pub role: RoleArn,
    pub region: Region,
    pub email: Option<RoleSessionName>,
    pub source: Source,
}

/// Where the credentials that assume the role come from.
#[derive(Debug)]
pub enum Source {
    /// A profile that the user sets up.
    Profile(ProfileName),
    /// An SSO sign-in, for which a source profile is found or written.
    Sso(SsoAnswers),
}

#[derive(Debug)]
pub struct SsoAnswers {
    pub start_url: StartUrl,
    pub sso_region: Region,
    pub account: AccountId,
    pub role: SsoRoleName,
    /// `--source-profile`, if it was given.
    pub profile: Option<ProfileName>,
}

impl Answers {
    /// Returns the answers, asking for those that neither the flags nor the files give.
    ///
    /// # Errors
    /// Something is missing and there is no terminal, or the terminal gives no valid answer.
    pub fn gather(
        context: &Context,
        args: &Install,
        existing: &Existing,
        files: &Files,
    ) -> Result<Self, Failure> {
        let account = args
            .account_id
            .clone()
            .or_else(|| existing.role.as_ref().map(|r| r.account().clone()));
        let email = args.email.clone().or_else(|| existing.email.clone());
        let region = match args.region.clone().or_else(|| existing.region.clone()) {
            Some(region) => Some(region),
            None => context.env_region()?,
        };
        let known_source = args.source_profile.as_ref().or(existing.source.as_ref());
        let known = |account: &Option<AccountId>| {
            let known = Known {
                start_url: args.sso_start_url.clone(),
                sso_region: args.sso_region.clone(),
                account: args.sso_account_id.clone().or_else(|| account.clone()),
                role: args.sso_role_name.clone(),
            };
            known.complete(files.profiles(), known_source)
        };
        if !context.can_ask {
            let known = known(&account);
            let sso = asks_for_sso(args);
            let missing = [
                ("--account-id", account.is_none()),
                ("--email", email.is_none() && !(args.yes && sso)),
                ("--region", region.is_none()),
                ("--sso-start-url", sso && known.start_url.is_none()),
                ("--sso-role-name", sso && known.role.is_none()),
            ];
            check_complete(missing)?;
        }
        let account = or_ask(context, account, ACCOUNT_QUESTION)?;
        let region = or_ask(context, region, REGION_QUESTION)?;
        let known = known(&Some(account.clone()));
        let is_new = !existing.is_there && args.source_profile.is_none();
        let has_default = files.profiles().get_profile(DEFAULT_SOURCE).is_some();
        let start_url = if asks_for_sso(args) {
            let question = "Start URL of your AWS access portal (for example https://example.awsapps.com/start):";
            Some(or_ask(context, known.start_url, question)?)
        } else if context.can_ask && is_new && !has_default {
            ask_for_portal(context, known.start_url)?
        } else {
            None
        };
        let source = match start_url {
            Some(start_url) => Source::Sso(SsoAnswers {
                start_url,
                sso_region: known.sso_region.unwrap_or_else(|| region.clone()),
                account: known.account.unwrap_or_else(|| account.clone()),
                role: or_ask(
                    context,
                    known.role,
                    "Permission set to sign in with (for example Engineer):",
                )?,
                profile: args.source_profile.clone(),
            }),
            None => Source::Profile(match known_source {
                Some(source) => source.clone(),
                None => DEFAULT_SOURCE.parse().map_err(refused)?,
            }),
        };
        let source_name = match &source {
            Source::Profile(name) => Some(name),
            Source::Sso(sso) => sso.profile.as_ref(),
        };
        if source_name == Some(&context.profile) {
            let what = format!("profile {} cannot be its own source", context.profile);
            return Err(Failure::refused(what)
                .hint("name another source profile: `--source-profile NAME`")
                .hint("if it has to be the source, install under another name: `--profile NAME`"));
        }
        Ok(Answers {
            role: role(args, existing, &account, &region)?,
            region,
            email,
            source,
        })
    }
}

/// Questions that several kinds of sign-in need.
pub const ACCOUNT_QUESTION: &str = "AWS account ID of the cluster (12 digits):";
pub const REGION_QUESTION: &str = "Region of the cluster (for example eu-west-1):";
pub const EMAIL_QUESTION: &str = "Your email, exactly as your identity provider has it:";

/// Whether one of the `--sso-…` flags was given.
pub fn asks_for_sso(args: &Install) -> bool {
    args.sso_start_url.is_some()
        || args.sso_region.is_some()
        || args.sso_account_id.is_some()
        || args.sso_role_name.is_some()
}

/// Refuses a command line without a terminal that lacks flags. `missing` says of each flag whether it is missing.
pub fn check_complete<const N: usize>(missing: [(&str, bool); N]) -> Result<(), Failure> {
    let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
    let missing: Vec<_> = missing.map(|(flag, _)| flag).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let with_values = missing
        .iter()
        .map(|flag| format!("{flag} {}", example(flag)));
    let with_values = with_values.collect::<Vec<_>>().join(" ");
    let (flags, them, yours) = match missing.len() {
        1 => ("flag", "value", "value"),
        _ => ("flags", "values", "values"),
    };
    Err(Failure::new(
        Kind::Usage,
        format!("missing {flags}: {}", missing.join(", ")),
    )
    .cause(format!("there is no terminal to ask for the {them}"))
    .hint(format!("add your {yours}, for example `{with_values}`")))
}

/// A value that shows what the flag takes.
fn example(flag: &str) -> &'static str {
    match flag {
        "--account-id" => "111122223333",
        "--email" => "alice@example.com",
        "--region" => "eu-west-1",
        "--sso-start-url" => "https://example.awsapps.com/start",
        "--sso-role-name" => "Engineer",
        "--saml-provider" => "Okta",
        "--saml-url" => "https://example.okta.com/home/amazon_aws/0oa1/272",
        _ => "VALUE",
    }
}

/// Returns the partition of the region, such as `aws` or `aws-cn`.
///
/// # Errors
/// AWS has no such region.
pub fn partition_of(region: &Region) -> Result<Partition, Failure> {
    aws::partition(region).ok_or_else(|| {
        Failure::refused(format!("AWS region {region} not found"))
            .hint("check `--region`: it looks like eu-west-1")
    })
}

fn role(
    args: &Install,
    existing: &Existing,
    account: &AccountId,
    region: &Region,
) -> Result<RoleArn, Failure> {
    let partition = partition_of(region)?;
    let name = match (&args.role_name, &existing.role) {
        (Some(name), _) => name.as_str(),
        (None, Some(role)) => role.path_and_name(),
        (None, None) => DEFAULT_ROLE,
    };
    RoleArn::new(&partition, account, name).map_err(refused)
}

/// Invalid answers to one question before the command gives up.
const TRIES: usize = 3;

/// Returns the value if it is known, else asks for it.
pub fn or_ask<T: FromStr<Err = names::Error>>(
    context: &Context,
    value: Option<T>,
    question: &str,
) -> Result<T, Failure> {
    match value {
        Some(value) => Ok(value),
        None => ask(context, question, |answer| answer.parse()),
    }
}

/// Asks for the access portal, for a new profile without a source profile. `None` for a user without a portal.
fn ask_for_portal(context: &Context, known: Option<StartUrl>) -> Result<Option<StartUrl>, Failure> {
    if known.is_some() {
        return Ok(known);
    }
    let question = "Start URL of your AWS access portal, for example https://example.awsapps.com/start (press Enter if you have none):";
    let portal: Option<StartUrl> = ask(context, question, |answer| match answer {
        "" => Ok(None),
        answer => answer.parse().map(Some),
    })?;
    match portal {
        Some(other) if !other.is_usual() => Err(Failure::refused(format!(
            "invalid start URL {other}: must end in /start"
        ))
        .cause("nothing was changed")
        .hint(format!(
            "if it is the link that opens AWS at your identity provider (SAML), run `{}`",
            hints::command(&format!("install --saml-url {other}"), &context.profile)
        ))
        .hint(format!(
            "if it is an access portal all the same, run `{}`",
            hints::command(
                &format!("install --sso-start-url {other}"),
                &context.profile
            )
        ))),
        portal => Ok(portal),
    }
}

/// Asks until `read` accepts the answer, or until [`TRIES`] answers were invalid.
///
/// # Errors
/// No valid answer came.
pub fn ask<T>(
    context: &Context,
    question: &str,
    read: impl Fn(&str) -> Result<T, names::Error>,
) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        let answer = prompt::ask(question).map_err(|error| {
            Failure::refused("could not read your answer; nothing was changed")
                .cause(error.to_string())
        })?;
        match read(&answer) {
            Ok(value) => return Ok(value),
            Err(error) if tries == TRIES => return Err(refused(error)),
            Err(error) => context.output.note(&error.to_string()),
        }
        tries += 1;
    }
}

/// Returns the failure for a value that is not valid.
pub fn refused(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, error.to_string())
}
