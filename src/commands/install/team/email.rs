//! The email of the profiles: `--email`, else that of the installed profiles, else that of a sign-in.

use super::plan::{Member, Plan, choose};
use super::typed::Typed;
use crate::cli::Install;
use crate::commands::install::answers::{EMAIL_QUESTION, or_ask};
use crate::commands::install::existing::Existing;
use crate::commands::install::saml::ENCRYPTED;
use crate::commands::install::{add_source, session_name};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{IdpUrl, RoleSessionName};
use crate::profile::plan::SamlSource;
use crate::profile::read::{Files, MAX_FILE};
use crate::session::Session;
use crate::setup::team_file::Source;
use crate::signin;
use crate::signin::explain::Next;
use crate::signin::interaction::Interaction;
use crate::signin::saml::response::{Response, Wanted};
use crate::sys::file;

/// The SAML response of a sign-in for the email, and where it comes from. Login can use it, too.
pub type SamlSignIn = Option<(IdpUrl, Response)>;

pub struct Email {
    /// `--email`; it replaces the email of installed profiles.
    typed: Option<RoleSessionName>,
    /// The email of the profiles that have none.
    common: Option<RoleSessionName>,
    pub response: SamlSignIn,
}

impl Email {
    /// Returns the email of one profile.
    pub fn of(&self, existing: &Existing) -> Result<RoleSessionName, Failure> {
        let email = self.typed.as_ref().or(existing.email.as_ref());
        let email = email.or(self.common.as_ref());
        email
            .cloned()
            .ok_or_else(|| Failure::new(Kind::Bug, "a profile has no email"))
    }
}

/// Finds the email of the profiles, signing in or asking if necessary.
///
/// # Errors
/// The email is not known and there is no terminal, or the sign-in fails.
pub fn find(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    typed: &Typed<'_>,
    plan: &Plan<'_>,
) -> Result<Email, Failure> {
    let members = plan.members.iter().map(|member| &member.existing);
    let mut email = Email {
        typed: args.email.clone(),
        common: None,
        response: None,
    };
    let all_have_one = members.clone().all(|existing| existing.email.is_some());
    if email.typed.is_some() || all_have_one {
        return Ok(email);
    }
    let installed = members.chain(plan.gone.iter().map(|gone| &gone.existing));
    email.common = installed
        .into_iter()
        .find_map(|existing| existing.email.clone());
    if email.common.is_some() {
        return Ok(email);
    }
    if !context.can_ask && !args.yes {
        return Err(missing(typed, "there is no terminal to ask for it"));
    }
    // An SSO sign-in always gives the user's name; the credentials of other profiles may not.
    let rank = |member: &&Member<'_>| match member.account.source {
        Source::Sso(_) => 0,
        Source::Saml(_) => 1,
        Source::Profile(_) => 2,
    };
    let found = match plan.members.iter().min_by_key(rank) {
        Some(member) => match &member.account.source {
            Source::Saml(saml) => {
                email.response = of_response(context, session, args, member, saml)?;
                let response = email.response.as_ref();
                let assertion = response.and_then(|(_, response)| response.assertion());
                assertion.map(|assertion| assertion.session_name.clone())
            }
            Source::Sso(_) | Source::Profile(_) => of_source(context, args, plan, member)?,
        },
        None => None,
    };
    email.common = match found {
        None if !context.can_ask => {
            return Err(match args.dry_run {
                true => missing(typed, "a dry run does not sign in"),
                false => missing(typed, "the sign-in does not give your email"),
            });
        }
        found => Some(or_ask(context, found, EMAIL_QUESTION)?),
    };
    Ok(email)
}

fn missing(typed: &Typed<'_>, cause: &str) -> Failure {
    let command = typed.with("--email alice@example.com");
    Failure::new(Kind::Usage, "missing flag: --email")
        .cause(cause)
        .hint(format!("add your email, for example `{command}`"))
}

/// Finds the email by signing in to the source profile, before anything is written.
fn of_source(
    context: &Context,
    args: &Install,
    plan: &Plan<'_>,
    member: &Member<'_>,
) -> Result<Option<RoleSessionName>, Failure> {
    let context = context.with_profile(member.profile.clone());
    let session = Session::new(&context)?;
    let files = session.files()?;
    let Some(chosen) = choose(files, plan.team, member)? else {
        return Ok(None);
    };
    let (path, credentials) = session.files_paths();
    let before = file::read(path, MAX_FILE)?.unwrap_or_default();
    let config = add_source(path, &before, &chosen)?;
    let prospect = session_name::Prospect {
        files: &Files::composed(path, config, credentials)?,
        source: &chosen.profile,
        region: &member.account.region,
        interaction: match args.dry_run {
            true => Interaction::None,
            false => crate::commands::interaction(args.sign_in),
        },
        yes: args.yes,
    };
    session_name::email(&context, &session, &prospect)
}

/// Signs in at the identity provider. Its response contains the email, unless it is encrypted.
fn of_response(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    member: &Member<'_>,
    saml: &SamlSource,
) -> Result<SamlSignIn, Failure> {
    if args.dry_run {
        return Ok(None);
    }
    let interaction = crate::commands::interaction(args.sign_in);
    let response = session.first_response(&saml.url, saml.provider.partition(), interaction)?;
    match response.assertion() {
        Some(assertion) => {
            let wanted = Wanted {
                role: &member.account.role,
                provider: &saml.provider,
                session_name: &assertion.session_name,
            };
            response.check(&wanted, context.now()).map_err(|error| {
                signin::saml::explain::saml(error.into(), &saml.url, Next::Install)
            })?;
        }
        None => context.output.note(ENCRYPTED),
    }
    Ok(Some((saml.url.clone(), response)))
}
