//! What is wanted, from flags or a team file: completed from the profiles that exist, from a sign-in, else by asking on the
//! terminal. Without a terminal, all missing flags are named at once.

mod email;
mod idp;
mod session;
mod terminal;

use std::path::Path;

use super::changes;
use super::desired::{Account, Cluster, Desired, Profile, Switch};
use super::laptop::Laptop;
use super::program;
use super::source::{Portal, Source, Sso};
use super::team_file::{self, Places};
use crate::aws;
use crate::cli::Install;
use crate::context::Context;
use crate::failure::{Failure, Kind, hints};
use crate::names::{
    self, AccountId, DEFAULT_PROFILE, Partition, ProfileName, Region, RoleArn, RoleSessionName,
    StartUrl,
};
use crate::profile::keys;
use crate::profile::ours::{self, Installed};
use crate::profile::read::DEFAULT_ROLE;
use crate::profile::sso::known::Known;
use crate::signin::Proof;
use terminal::check_complete;

/// The source profile in Apono's setup guide.
const DEFAULT_SOURCE: &str = "default";

const ACCOUNT_QUESTION: &str = "AWS account ID of the cluster (12 digits):";
const REGION_QUESTION: &str = "Region of the cluster (for example eu-west-1):";
const EMAIL_QUESTION: &str = "Your email, exactly as your identity provider has it:";

/// The result of a sign-in, with its page. Login can use it for the roles, too.
pub type SignedIn = Option<(String, Proof)>;

/// What is wanted, and what was learned while finding out.
pub struct Answers {
    pub desired: Desired,
    pub response: SignedIn,
}

/// What can be asked, and where the answers are looked for first.
struct Asking<'a> {
    laptop: &'a Laptop<'a>,
    context: &'a Context,
    args: &'a Install,
}

/// An account, and what a sign-in told.
struct Found {
    account: Account,
    email: Option<RoleSessionName>,
    response: SignedIn,
}

/// Returns what the flags of `install` ask for.
///
/// # Errors
/// Something is missing and there is no terminal, or the terminal gives no valid answer; a sign-in fails; the profile belongs to
/// the user.
pub fn of_flags(laptop: &Laptop<'_>, args: &Install) -> Result<Answers, Failure> {
    let context = laptop.context;
    let asking = Asking {
        laptop,
        context,
        args,
    };
    refuse_duplicates(args)?;
    let name = &context.profile;
    let profiles = laptop.files()?.profiles();
    let existing = changes::existing(profiles, name, None, name)?;
    let at_idp = idp::existing(profiles, name);
    let found = match idp::is_asked(args, &at_idp) {
        true => asking.idp_account(&existing, &at_idp)?,
        false => asking.account(&existing)?,
    };
    let Found {
        mut account,
        email,
        mut response,
    } = found;
    asking.choose_session(name, &mut account, &existing)?;
    account.clusters = clusters(args, &account.region);
    let by_process = args.credential_process || existing.by_process;
    let program = program::for_aws_tools(
        context,
        by_process || account.source.needs_process(profiles, name),
    )?;
    let email = match email.or_else(|| asking.known_email(&existing)) {
        Some(email) => Some(email),
        None => {
            let places = Places::default();
            let member = ((name, &account), &existing);
            let (email, signed_in) = asking.email_of_source(&member, &places, &mut None)?;
            response = response.or(signed_in);
            email
        }
    };
    let profile = Profile {
        name: name.clone(),
        account,
        email: asking.or_ask(email, EMAIL_QUESTION)?,
        by_process: args.credential_process,
    };
    Ok(Answers {
        desired: Desired {
            team: None,
            profiles: vec![profile],
            gone: Vec::new(),
            switch: match args.no_switch {
                true => Switch::Never,
                false => Switch::Always,
            },
            places: Places::default(),
            program,
        },
        response,
    })
}

/// Returns what the team file at `path` asks for. `profile` is `--profile`, the prefix of the profiles' names.
///
/// # Errors
/// The file cannot be read or is invalid; a profile belongs to the user or to another team; the email is not known.
pub fn of_team(
    laptop: &Laptop<'_>,
    args: &Install,
    path: &Path,
    profile: Option<&ProfileName>,
) -> Result<Answers, Failure> {
    let context = laptop.context;
    let team = team_file::load(path)?;
    let base = base(profile)?;
    let profiles = laptop.files()?.profiles();
    let names = team.profiles(&base).map_err(too_long)?;
    let places = team.places(&names);
    let existing = names
        .iter()
        .map(|name| changes::existing(profiles, name, Some(&team.name), &base));
    let existing: Vec<_> = existing.collect::<Result<_, _>>()?;
    let (mut gone, _) = ours::of_team(profiles, &team.name, &base);
    gone.retain(|name| !names.contains(name));
    let asking = Asking {
        laptop,
        context,
        args,
    };
    let mut accounts = team.accounts;
    for ((name, account), existing) in names.iter().zip(&mut accounts).zip(&existing) {
        asking.choose_session(name, account, existing)?;
    }
    let members: Vec<_> = names.iter().zip(&accounts).zip(&existing).collect();
    let by_process = |existing: &Installed| args.credential_process || existing.by_process;
    let runs_us = |((name, account), existing): &((&ProfileName, &Account), &Installed)| {
        by_process(existing) || account.source.needs_process(profiles, name)
    };
    let program = program::for_aws_tools(context, members.iter().any(runs_us))?;
    let (common, response) = asking.email_of_team(&members, &gone, &places)?;
    let profiles = members.into_iter().map(|((name, account), existing)| {
        // Another user has another one.
        let installed = existing.email.as_ref();
        let installed = installed.filter(|_| !args.sign_in.switch_user);
        let email = args.email.as_ref().or(installed);
        Ok(Profile {
            name: name.clone(),
            account: account.clone(),
            email: email
                .or(common.as_ref())
                .cloned()
                .ok_or_else(|| Failure::new(Kind::Bug, "a profile has no email"))?,
            by_process: args.credential_process,
        })
    });
    Ok(Answers {
        desired: Desired {
            profiles: profiles.collect::<Result<_, Failure>>()?,
            team: Some(team.name),
            gone,
            switch: match args.no_switch {
                true => Switch::Never,
                false => Switch::IfNone,
            },
            places,
            program,
        },
        response,
    })
}

/// Returns the prefix of the names of a team's profiles. `APONO_PROFILE` names a single profile, so it is not used.
///
/// # Errors
/// None: the default name is valid.
pub fn base(profile: Option<&ProfileName>) -> Result<ProfileName, Failure> {
    match profile {
        Some(name) => Ok(name.clone()),
        None => DEFAULT_PROFILE.parse().map_err(refused),
    }
}

/// Refuses a cluster that is named twice.
fn refuse_duplicates(args: &Install) -> Result<(), Failure> {
    for (index, name) in args.cluster_name.iter().enumerate() {
        if args.cluster_name[..index].contains(name) {
            let what = format!("duplicate cluster {name}");
            return Err(Failure::new(Kind::Usage, what).hint("give each `--cluster-name` once"));
        }
    }
    Ok(())
}

/// Returns the clusters of `--cluster-name`, each with its ARN as the name of its context.
fn clusters(args: &Install, region: &Region) -> Vec<Cluster> {
    let cluster = |name: &_| Cluster {
        name: names::ClusterName::clone(name),
        region: region.clone(),
        alias: None,
        namespace: None,
    };
    args.cluster_name.iter().map(cluster).collect()
}

impl Asking<'_> {
    /// Returns the account of a profile that uses a source profile.
    fn account(&self, existing: &Installed) -> Result<Found, Failure> {
        let (args, context) = (self.args, self.context);
        let profiles = self.laptop.files()?.profiles();
        let account = args
            .account_id
            .clone()
            .or_else(|| existing.role.as_ref().map(|r| r.account().clone()));
        let email = self.known_email(existing);
        let region = self.region(existing)?;
        let known_source = args.source_profile.as_ref().or(existing.source.as_ref());
        let known = |account: &Option<AccountId>| {
            let known = Known {
                start_url: args.sso_start_url.clone(),
                sso_region: args.sso_region.clone(),
                account: args.sso_account_id.clone().or_else(|| account.clone()),
                role: args.sso_role_name.clone(),
                session: args.sso_session.clone(),
            };
            known.complete(profiles, known_source)
        };
        let sso = asks_for_sso(args);
        if !context.can_ask {
            let known = known(&account);
            check_complete([
                ("--account-id", account.is_none()),
                (
                    "--email",
                    email.is_none() && !(args.yes && (sso || args.sign_in.switch_user)),
                ),
                ("--region", region.is_none()),
                ("--sso-start-url", sso && known.start_url.is_none()),
                ("--sso-role-name", sso && known.role.is_none()),
            ])?;
        }
        let account = self.or_ask(account, ACCOUNT_QUESTION)?;
        let region = self.or_ask(region, REGION_QUESTION)?;
        let known = known(&Some(account.clone()));
        let is_new = !existing.is_there && args.source_profile.is_none();
        let has_default = profiles.get_profile(DEFAULT_SOURCE).is_some();
        let start_url = if sso {
            let question = "Start URL of your AWS access portal (for example https://example.awsapps.com/start):";
            Some(self.or_ask(known.start_url, question)?)
        } else if context.can_ask && is_new && !has_default {
            self.ask_for_portal(known.start_url)?
        } else {
            None
        };
        let source = match start_url {
            Some(start_url) => Source::Sso(Sso {
                portal: Portal {
                    start_url,
                    region: known.sso_region.unwrap_or_else(|| region.clone()),
                },
                account: known.account.unwrap_or_else(|| account.clone()),
                role: self.or_ask(
                    known.role,
                    "Permission set to sign in with (for example Engineer):",
                )?,
                profile: args.source_profile.clone(),
                session: args.sso_session.clone(),
            }),
            None => match known_source {
                Some(source) => Source::Profile(source.clone()),
                None if self.has_credential_source()? => Source::Ambient,
                None => Source::Profile(DEFAULT_SOURCE.parse().map_err(refused)?),
            },
        };
        source.check_is_not(&context.profile)?;
        let partition = partition_of(&region)?;
        let name = match (&args.role_name, &existing.role) {
            (Some(name), _) => name.as_str(),
            (None, Some(role)) => role.path_and_name(),
            (None, None) => DEFAULT_ROLE,
        };
        Ok(Found {
            account: Account {
                name: None,
                role: RoleArn::new(&partition, &account, name).map_err(refused)?,
                region,
                source,
                clusters: Vec::new(),
                required: false,
            },
            email,
            response: None,
        })
    }

    /// Returns whether the installed profile says itself where its credentials come from.
    fn has_credential_source(&self) -> Result<bool, Failure> {
        let profiles = self.laptop.files()?.profiles();
        let profile = profiles.get_profile(self.context.profile.as_str());
        let value = profile.and_then(|profile| keys::value(profile, keys::CREDENTIAL_SOURCE));
        Ok(value.is_some())
    }

    /// Returns the region of the flags, else of the profile, else of the environment.
    fn region(&self, existing: &Installed) -> Result<Option<Region>, Failure> {
        match self.args.region.clone().or_else(|| existing.region.clone()) {
            Some(region) => Ok(Some(region)),
            None => self.context.env_region(),
        }
    }

    /// Asks for the access portal, for a new profile without a source profile. `None` for a user without a portal.
    fn ask_for_portal(&self, known: Option<StartUrl>) -> Result<Option<StartUrl>, Failure> {
        if known.is_some() {
            return Ok(known);
        }
        let question = "Start URL of your AWS access portal, for example https://example.awsapps.com/start (press Enter if you have none):";
        let portal: Option<StartUrl> = self.ask(question, |answer| match answer {
            "" => Ok(None),
            answer => answer.parse().map(Some),
        })?;
        let command =
            |flag: &str| hints::command(&format!("install {flag}"), &self.context.profile);
        match portal {
            Some(other) if !other.is_usual() => Err(Failure::refused(format!(
                "invalid start URL {other}: must end in /start"
            ))
            .cause("nothing was changed")
            .hint(idp::use_link(&other, command))
            .hint(format!(
                "if it is an access portal all the same, run `{}`",
                command(&format!("--sso-start-url {other}"))
            ))),
            portal => Ok(portal),
        }
    }
}

/// Whether one of the `--sso-…` flags was given.
fn asks_for_sso(args: &Install) -> bool {
    args.sso_start_url.is_some()
        || args.sso_region.is_some()
        || args.sso_account_id.is_some()
        || args.sso_role_name.is_some()
        || args.sso_session.is_some()
}

/// Returns the partition of the region, such as `aws` or `aws-cn`.
///
/// # Errors
/// AWS has no such region.
fn partition_of(region: &Region) -> Result<Partition, Failure> {
    aws::partition(region).ok_or_else(|| {
        Failure::refused(format!("AWS region {region} not found"))
            .hint("check `--region`: it looks like eu-west-1")
    })
}

/// Returns the failure for a value that is not valid.
fn refused(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, error.to_string())
}

fn too_long(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, "the name of a profile would be too long")
        .cause(error.to_string())
        .hint("use a shorter prefix: `--profile NAME`")
}
