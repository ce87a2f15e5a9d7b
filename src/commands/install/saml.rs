//! A profile that signs in at an identity provider (SAML). Its values come from the flags, else from the existing profile,
//! else from a sign-in before anything is written, else from the terminal.

use super::answers::{
    ACCOUNT_QUESTION, EMAIL_QUESTION, REGION_QUESTION, check_complete, or_ask, partition_of,
    refused,
};
use super::existing::Existing;
use crate::cli::Install;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::{AccountId, Partition, Region, RoleArn, RoleSessionName, SamlProviderArn};
use crate::profile::plan::SamlSource;
use crate::profile::read::DEFAULT_ROLE;
use crate::session::Session;
use crate::signin;
use crate::signin::explain::Next;
use crate::signin::saml::response::{self, Pair, Response, Wanted};
use crate::sys::{prompt, shell};

/// Everything that decides what is written.
#[derive(Debug)]
pub struct Answers {
    pub role: RoleArn,
    pub email: RoleSessionName,
    pub region: Region,
    pub source: SamlSource,
    /// The response of the sign-in, if there was one. Login can use it for the role, too.
    pub response: Option<Response>,
}

/// Whether the profile is to sign in with SAML: a SAML flag was given, or the profile does so already and no flag asks for
/// another kind of source.
pub fn is_asked(args: &Install, existing: &Existing) -> bool {
    let flags = args.saml_provider.is_some() || args.saml_url.is_some();
    let other = args.source_profile.is_some() || super::answers::asks_for_sso(args);
    flags || (existing.saml_provider.is_some() && !other)
}

/// What is known from the flags and the existing profile.
struct Known {
    account: Option<AccountId>,
    /// Name of the identity provider in IAM.
    provider: Option<String>,
    /// Role name, with its path if it has one.
    role: Option<String>,
    email: Option<RoleSessionName>,
}

impl Known {
    /// Returns the flags whose values a sign-in can give, each with whether it is missing.
    fn missing(&self) -> [(&'static str, bool); 3] {
        [
            ("--saml-provider", self.provider.is_none()),
            ("--account-id", self.account.is_none()),
            ("--email", self.email.is_none()),
        ]
    }
}

impl Answers {
    /// Returns the answers, signing in and asking for what is missing.
    ///
    /// # Errors
    /// Something is missing and there is no terminal; the sign-in fails; or the role is not assigned to the user.
    pub fn gather(
        context: &Context,
        session: &Session<'_>,
        args: &Install,
        existing: &Existing,
    ) -> Result<Self, Failure> {
        let of_role = existing.role.as_ref();
        let of_provider = existing.saml_provider.as_ref();
        let known = Known {
            account: args
                .account_id
                .clone()
                .or_else(|| of_role.map(|role| role.account().clone())),
            provider: args
                .saml_provider
                .clone()
                .or_else(|| of_provider.map(|provider| provider.name().to_owned())),
            role: args
                .role_name
                .clone()
                .or_else(|| of_role.map(|role| role.path_and_name().to_owned())),
            email: args.email.clone().or_else(|| existing.email.clone()),
        };
        let url = args.saml_url.clone().or_else(|| existing.saml_url.clone());
        let region = match args.region.clone().or_else(|| existing.region.clone()) {
            Some(region) => Some(region),
            None => context.env_region()?,
        };
        // A dry run does not sign in.
        let may_sign_in = !args.dry_run && (context.can_ask || args.yes);
        if !context.can_ask {
            let [provider, account, email] = known
                .missing()
                .map(|(flag, missing)| (flag, missing && !may_sign_in));
            let (url, region) = (
                ("--saml-url", url.is_none()),
                ("--region", region.is_none()),
            );
            check_complete([url, region, provider, account, email])?;
        }
        let question = "Link that opens AWS at your identity provider (for example https://example.okta.com/home/amazon_aws/0oa1/272):";
        let url = or_ask(context, url, question)?;
        let region = or_ask(context, region, REGION_QUESTION)?;
        let partition = partition_of(&region)?;
        let mut encrypted = None;
        if known.missing().iter().any(|(_, missing)| *missing) && may_sign_in {
            let interaction = crate::commands::interaction(args.sign_in);
            let response = session.first_response(&url, &partition, interaction)?;
            if let Some(assertion) = response.assertion() {
                let wanted = known
                    .email
                    .as_ref()
                    .filter(|email| **email != assertion.session_name);
                if let Some(wanted) = wanted {
                    let error = response::Error::differs(&assertion.session_name, wanted);
                    return Err(signin::saml::explain::saml(
                        error.into(),
                        &url,
                        Next::Install,
                    ));
                }
                let pair =
                    choose(context, &assertion.roles, &known, &partition).map_err(|failure| {
                        failure.cause(format!("you signed in as {}", assertion.session_name))
                    })?;
                let wanted = Wanted {
                    role: &pair.role,
                    provider: &pair.provider,
                    session_name: &assertion.session_name,
                };
                response.check(&wanted, context.now()).map_err(|error| {
                    signin::saml::explain::saml(error.into(), &url, Next::Install)
                })?;
                return Ok(Answers {
                    role: pair.role.clone(),
                    email: assertion.session_name.clone(),
                    region,
                    source: SamlSource {
                        provider: pair.provider.clone(),
                        url,
                    },
                    response: Some(response),
                });
            }
            context.output.note(ENCRYPTED);
            if !context.can_ask {
                check_complete(known.missing())?;
            }
            encrypted = Some(response);
        }
        let account = or_ask(context, known.account, ACCOUNT_QUESTION)?;
        let provider = match known.provider {
            Some(name) => SamlProviderArn::new(&partition, &account, &name).map_err(refused)?,
            None => ask_provider(context, &partition, &account)?,
        };
        let role = known.role.as_deref().unwrap_or(DEFAULT_ROLE);
        Ok(Answers {
            role: RoleArn::new(&partition, &account, role).map_err(refused)?,
            email: or_ask(context, known.email, EMAIL_QUESTION)?,
            region,
            source: SamlSource { provider, url },
            response: encrypted,
        })
    }
}

/// What is said of a response that only AWS can read.
pub const ENCRYPTED: &str = "The identity provider encrypts its response for AWS, so your roles and email cannot be read from it";

fn ask_provider(
    context: &Context,
    partition: &Partition,
    account: &AccountId,
) -> Result<SamlProviderArn, Failure> {
    let question = "Name of the identity provider in IAM (for example Okta):";
    super::answers::ask(context, question, |answer| {
        SamlProviderArn::new(partition, account, answer)
    })
}

/// Returns the role to install, out of those that the identity provider assigns. Where several match, the user chooses.
fn choose<'a>(
    context: &Context,
    offered: &'a [Pair],
    known: &Known,
    partition: &Partition,
) -> Result<&'a Pair, Failure> {
    let fits = |pair: &&Pair| {
        let account = known.account.as_ref();
        let provider = known.provider.as_deref();
        let role = known.role.as_deref();
        pair.role.partition() == partition
            && pair.provider.account() == pair.role.account()
            && account.is_none_or(|account| account == pair.role.account())
            && provider.is_none_or(|provider| provider == pair.provider.name())
            && role.is_none_or(|role| role == pair.role.path_and_name())
    };
    let fitting: Vec<_> = offered.iter().filter(fits).collect();
    // A role with the setup guide's name goes first.
    let defaults: Vec<_> = fitting
        .iter()
        .copied()
        .filter(|pair| pair.role.name() == DEFAULT_ROLE)
        .collect();
    let fitting = match defaults.is_empty() {
        true => fitting,
        false => defaults,
    };
    match fitting.as_slice() {
        [] => Err(none_fits(offered)),
        [pair] => Ok(pair),
        several if context.can_ask => ask_which(context, several),
        several => Err(Failure::refused("several roles are assigned to you")
            .cause(format!("assigned to you: {}", list(several)))
            .hint(choose_hint(several[0]))),
    }
}

/// Tells how to choose one of several roles, with the first one as the example.
fn choose_hint(first: &Pair) -> String {
    format!("name the role, for example `{}`", flags(first))
}

/// The flags that choose this role.
fn flags(pair: &Pair) -> String {
    format!(
        "--account-id {} --role-name {} --saml-provider {}",
        pair.role.account(),
        shell::quoted(pair.role.path_and_name()),
        shell::quoted(pair.provider.name())
    )
}

fn none_fits(offered: &[Pair]) -> Failure {
    let all: Vec<_> = offered.iter().collect();
    let failure = Failure::refused("the role is not assigned to you at the identity provider")
        .cause(format!("assigned to you: {}", list(&all)))
        .hint("ask your IdP admin to assign the role to you");
    match offered.first() {
        Some(first) => failure.hint(format!(
            "if you need one of the assigned roles, name it, for example `{}`",
            flags(first)
        )),
        None => failure,
    }
}

/// Most roles listed in a message.
const MOST_LISTED: usize = 10;

fn list(pairs: &[&Pair]) -> String {
    let shown = pairs.iter().take(MOST_LISTED);
    let shown: Vec<_> = shown.map(|pair| show(pair)).collect();
    match pairs.len().saturating_sub(MOST_LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn show(pair: &Pair) -> String {
    format!("{} (provider {})", pair.role, pair.provider.name())
}

fn ask_which<'a>(context: &Context, several: &[&'a Pair]) -> Result<&'a Pair, Failure> {
    let out = &context.output;
    out.note("These roles are assigned to you:");
    for (index, pair) in several.iter().enumerate() {
        out.note(&format!("  {}  {}", index + 1, show(pair)));
    }
    let question = format!("Role to install (1-{}, Enter to cancel):", several.len());
    let answer = prompt::ask(&question).unwrap_or_default();
    let number: Option<usize> = answer.parse().ok();
    let chosen = number.and_then(|number| several.get(number.checked_sub(1)?));
    chosen.copied().ok_or_else(|| {
        let failure = match answer.as_str() {
            "" => Failure::refused("cancelled; nothing was changed"),
            _ => Failure::refused("invalid choice; nothing was changed").cause(format!(
                "{answer:?} is not a number from 1 to {}",
                several.len()
            )),
        };
        failure.hint(choose_hint(several[0]))
    })
}
