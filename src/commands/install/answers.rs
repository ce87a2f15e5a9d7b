//! What is to be installed: from the flags, else from the files, else from the person; all that is missing at once.

use std::str::FromStr;

use crate::aws;
use crate::cli::Install;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{
    self, AccountId, Partition, ProfileName, Region, RoleArn, RoleSessionName, SsoRoleName,
    StartUrl,
};
use crate::profile::read::{DEFAULT_ROLE, Files};
use crate::profile::sso::known::Known;
use crate::sys::prompt;

use super::existing::Existing;

/// The source profile of the guide.
const DEFAULT_SOURCE: &str = "default";

/// All that decides what is written, but for the email: that may be asked of the source.
#[derive(Debug)]
pub struct Answers {
    pub role: RoleArn,
    pub region: Region,
    pub email: Option<RoleSessionName>,
    pub source: Source,
}

/// Where the credentials that assume the role shall come from.
#[derive(Debug)]
pub enum Source {
    /// A profile that is the person's to set up.
    Profile(ProfileName),
    /// A sign-in, for which a profile is found or written.
    Sso(SsoAnswers),
}

#[derive(Debug)]
pub struct SsoAnswers {
    pub start_url: StartUrl,
    pub sso_region: Region,
    pub account: AccountId,
    pub role: SsoRoleName,
    /// As typed.
    pub profile: Option<ProfileName>,
}

impl Answers {
    /// # Errors
    /// Something is missing and nobody is there to be asked, or does not answer.
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
            let example = match sso {
                true => {
                    " --sso-start-url https://example.awsapps.com/start --sso-role-name Engineer"
                }
                false => "",
            };
            check_complete(missing, example)?;
        }
        let account = or_ask(
            context,
            account,
            "AWS account id of the cluster (12 digits):",
        )?;
        let region = or_ask(
            context,
            region,
            "Region of the cluster (such as eu-west-1):",
        )?;
        let known = known(&Some(account.clone()));
        let is_new = !existing.there && args.source_profile.is_none();
        let has_default = files.profiles().get_profile(DEFAULT_SOURCE).is_some();
        let start_url = if asks_for_sso(args) {
            let question =
                "Start URL of your AWS access portal (such as https://example.awsapps.com/start):";
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
                    "Permission set that you sign in with (such as Engineer):",
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
                .hint("choose another --profile for Apono, or another --source-profile"));
        }
        Ok(Answers {
            role: role(args, existing, &account, &region)?,
            region,
            email,
            source,
        })
    }
}

pub fn asks_for_sso(args: &Install) -> bool {
    args.sso_start_url.is_some()
        || args.sso_region.is_some()
        || args.sso_account_id.is_some()
        || args.sso_role_name.is_some()
}

/// `example` is of the flags that come to the usual ones.
pub fn check_complete<const N: usize>(
    missing: [(&'static str, bool); N],
    example: &str,
) -> Result<(), Failure> {
    let missing: Vec<_> = missing
        .into_iter()
        .filter_map(|(flag, missing)| missing.then_some(flag))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Kind::Usage, format!("missing: {}", missing.join(", ")))
        .cause("there is no terminal to ask on")
        .hint(format!(
            "apono-login install --account-id 111122223333 --email alice@example.com --region eu-west-1{example}"
        )))
}

pub fn partition_of(region: &Region) -> Result<Partition, Failure> {
    aws::partition(region).ok_or_else(|| {
        Failure::refused(format!(
            "AWS has no region {region}: one looks like eu-west-1"
        ))
        .hint("check --region")
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

/// How often a person may mistype an answer.
const TRIES: usize = 3;

/// What is known, else what the person answers.
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

/// A laptop without a source profile: there may be an access portal, or something else that the person sets up.
fn ask_for_portal(context: &Context, known: Option<StartUrl>) -> Result<Option<StartUrl>, Failure> {
    if known.is_some() {
        return Ok(known);
    }
    let question = "Start URL of your AWS access portal (such as https://example.awsapps.com/start; empty for none):";
    let portal: Option<StartUrl> = ask(context, question, |answer| match answer {
        "" => Ok(None),
        answer => answer.parse().map(Some),
    })?;
    match portal {
        Some(other) if !other.is_usual() => Err(Failure::refused(format!(
            "{other} does not look like an AWS access portal; nothing was changed"
        ))
        .cause("the address of a portal ends in /start")
        .hint("if it is the link that opens AWS at your identity provider (SAML): `apono-login install --saml-url LINK`")
        .hint("if it is a portal all the same: `apono-login install --sso-start-url URL --sso-role-name NAME`")),
        portal => Ok(portal),
    }
}

pub fn ask<T>(
    context: &Context,
    question: &str,
    read: impl Fn(&str) -> Result<T, names::Error>,
) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        let answer = prompt::ask(question).map_err(|error| {
            Failure::refused("nothing was changed").cause(format!("no answer: {error}"))
        })?;
        match read(&answer) {
            Ok(value) => return Ok(value),
            Err(error) if tries == TRIES => return Err(refused(error)),
            Err(error) => context.output.note(&error.to_string()),
        }
        tries += 1;
    }
}

pub fn refused(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, "that cannot be used").cause(error.to_string())
}
