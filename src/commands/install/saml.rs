//! A profile that signs in at an identity provider: from the flags, else from the profile that is there; what is missing then
//! is read off a sign-in, before anything is written.

use super::answers::{check_complete, or_ask, partition_of, refused};
use super::existing::Existing;
use crate::cli::Install;
use crate::context::Context;
use crate::explain::{self, Next};
use crate::failure::Failure;
use crate::names::{AccountId, Partition, Region, RoleArn, RoleSessionName, SamlProviderArn};
use crate::profile::plan::SamlSource;
use crate::profile::read::DEFAULT_ROLE;
use crate::session::Session;
use crate::source::saml::response::{self, Pair, Response, Wanted};
use crate::sys::prompt;

/// All that decides what is written.
#[derive(Debug)]
pub struct Answers {
    pub role: RoleArn,
    pub email: RoleSessionName,
    pub region: Region,
    pub source: SamlSource,
    /// Of the sign-in, if there was one. It is good for the role, too.
    pub response: Option<Response>,
}

/// The profile shall sign in at an identity provider, or does so and nothing else is asked for.
pub fn is_asked(args: &Install, existing: &Existing) -> bool {
    let flags = args.saml_provider.is_some() || args.saml_url.is_some();
    let other = args.source_profile.is_some() || super::answers::asks_for_sso(args);
    flags || (existing.saml_provider.is_some() && !other)
}

/// What is known without asking anybody.
struct Known {
    account: Option<AccountId>,
    /// Name of the provider in IAM.
    provider: Option<String>,
    /// With its path, if it has one.
    role: Option<String>,
    email: Option<RoleSessionName>,
}

/// The flags that come to the usual ones.
const EXAMPLE: &str =
    " --saml-provider Okta --saml-url https://example.okta.com/home/amazon_aws/0oa1/272";

impl Known {
    /// What a sign-in can tell, by its flags, and whether it has to.
    fn missing(&self) -> [(&'static str, bool); 3] {
        [
            ("--saml-provider", self.provider.is_none()),
            ("--account-id", self.account.is_none()),
            ("--email", self.email.is_none()),
        ]
    }
}

impl Answers {
    /// # Errors
    /// Something is missing, and nobody is there to be asked or to sign in.
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
        // A dry run signs nobody in.
        let may_sign_in = !args.dry_run && (context.can_ask || args.yes);
        if !context.can_ask {
            let [provider, account, email] = known
                .missing()
                .map(|(flag, missing)| (flag, missing && !may_sign_in));
            let (url, region) = (
                ("--saml-url", url.is_none()),
                ("--region", region.is_none()),
            );
            check_complete([url, region, provider, account, email], EXAMPLE)?;
        }
        let question = "Link that opens AWS at your identity provider (such as https://example.okta.com/home/amazon_aws/0oa1/272):";
        let url = or_ask(context, url, question)?;
        let region = or_ask(
            context,
            region,
            "Region of the cluster (such as eu-west-1):",
        )?;
        let partition = partition_of(&region)?;
        let mut encrypted = None;
        if known.missing().iter().any(|(_, missing)| *missing) && may_sign_in {
            let person = crate::commands::present(args.sign_in);
            let response = session.first_response(&url, &partition, person)?;
            if let Some(said) = response.said() {
                let wanted = known
                    .email
                    .as_ref()
                    .filter(|email| **email != said.session_name);
                if let Some(wanted) = wanted {
                    let error = response::Error::differs(&said.session_name, wanted);
                    return Err(explain::saml(error.into(), &url, Next::Install));
                }
                let pair = choose(context, &said.roles, &known, &partition)
                    .map_err(|failure| failure.cause(format!("you are {}", said.session_name)))?;
                let wanted = Wanted {
                    role: &pair.role,
                    provider: &pair.provider,
                    session_name: &said.session_name,
                };
                response
                    .check(&wanted, context.now())
                    .map_err(|error| explain::saml(error.into(), &url, Next::Install))?;
                return Ok(Answers {
                    role: pair.role.clone(),
                    email: said.session_name.clone(),
                    region,
                    source: SamlSource {
                        provider: pair.provider.clone(),
                        url,
                    },
                    response: Some(response),
                });
            }
            context.output.note("The identity provider's response is encrypted for AWS: what is in it is not known here");
            if !context.can_ask {
                check_complete(known.missing(), EXAMPLE)?;
            }
            encrypted = Some(response);
        }
        let account = or_ask(
            context,
            known.account,
            "AWS account id of the cluster (12 digits):",
        )?;
        let provider = match known.provider {
            Some(name) => SamlProviderArn::new(&partition, &account, &name).map_err(refused)?,
            None => ask_provider(context, &partition, &account)?,
        };
        let role = known.role.as_deref().unwrap_or(DEFAULT_ROLE);
        Ok(Answers {
            role: RoleArn::new(&partition, &account, role).map_err(refused)?,
            email: or_ask(
                context,
                known.email,
                "Your email, as your identity provider has it:",
            )?,
            region,
            source: SamlSource { provider, url },
            response: encrypted,
        })
    }
}

fn ask_provider(
    context: &Context,
    partition: &Partition,
    account: &AccountId,
) -> Result<SamlProviderArn, Failure> {
    let question = "Name of the identity provider in IAM (such as Okta):";
    super::answers::ask(context, question, |answer| {
        SamlProviderArn::new(partition, account, answer)
    })
}

/// The role to install, of those that the identity provider gives. Where several fit, the person says which.
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
    // The guide's name, where none was given and somebody has a role of it.
    let guides = |pair: &&&Pair| pair.role.name() == DEFAULT_ROLE;
    let by_guide: Vec<_> = fitting
        .iter()
        .copied()
        .filter(|pair| guides(&pair))
        .collect();
    let fitting = match by_guide.is_empty() {
        true => fitting,
        false => by_guide,
    };
    match fitting.as_slice() {
        [] => Err(none_fits(offered)),
        [pair] => Ok(pair),
        several if context.can_ask => ask_which(context, several),
        several => Err(Failure::refused("several roles are assigned to you")
            .cause(list(several))
            .hint("say which: --account-id, --role-name and --saml-provider")),
    }
}

fn none_fits(offered: &[Pair]) -> Failure {
    let offered: Vec<_> = offered.iter().collect();
    Failure::refused("the role is not assigned to you at the identity provider")
        .cause(format!("assigned to you: {}", list(&offered)))
        .hint("if one of these is the right one, say so: --account-id, --role-name and --saml-provider; else ask the admin of your identity provider to assign the right one to you")
}

/// Roles that are listed in a message.
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
    format!("{} by {}", pair.role, pair.provider.name())
}

fn ask_which<'a>(context: &Context, several: &[&'a Pair]) -> Result<&'a Pair, Failure> {
    let out = &context.output;
    out.note("These roles are assigned to you:");
    for (index, pair) in several.iter().enumerate() {
        out.note(&format!("  {}  {}", index + 1, show(pair)));
    }
    let answer = prompt::ask(&format!("Which one? [1-{}]", several.len())).unwrap_or_default();
    let number: Option<usize> = answer.parse().ok();
    let chosen = number.and_then(|number| several.get(number.checked_sub(1)?));
    chosen.copied().ok_or_else(|| {
        Failure::refused("nothing was changed")
            .cause(format!("there is no role {answer:?} in the list"))
            .hint("run it again and type a number of the list, or say which: --account-id, --role-name and --saml-provider")
    })
}
