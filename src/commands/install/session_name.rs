//! The user's email, found by signing in to the source profile before anything is written.

use crate::aws;
use crate::aws::sts;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, Region, RoleSessionName};
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::session::Session;
use crate::signin;
use crate::signin::explain::Next;
use crate::signin::interaction::Interaction;
use crate::sys::prompt;

/// The profile that is about to be written.
#[derive(Debug)]
pub struct Prospect<'a> {
    /// The config files with the source profile added in memory.
    pub files: &'a Files,
    pub source: &'a ProfileName,
    /// Region of the cluster.
    pub region: &'a Region,
    pub interaction: Interaction,
    /// `--yes`: use the email from the sign-in without asking.
    pub yes: bool,
}

/// Returns the email from the sign-in, confirmed by the user if there is a terminal. `None` if the sign-in does not give one
/// or the user rejects it; the caller then asks for it.
///
/// # Errors
/// The SSO sign-in fails, so the profile would not work either.
pub fn email(
    context: &Context,
    session: &Session<'_>,
    prospect: &Prospect<'_>,
) -> Result<Option<RoleSessionName>, Failure> {
    let Prospect { files, source, .. } = prospect;
    let own = context.profile.as_str();
    let Ok(source) = plan::source_profile(files.profiles(), own, source.as_str()) else {
        return Ok(None);
    };
    let root = match &source {
        Source::Profile { root, .. } => root,
        Source::Named(_) | Source::Saml(_) => return Ok(None),
    };
    let arn = match (root, caller(context, session, prospect, &source)) {
        (_, Ok(arn)) => arn,
        (Root::Sso(_), Err(failure))
            if prospect.interaction == Interaction::None && failure.kind == Kind::SignInNeeded =>
        {
            return match context.can_ask {
                true => Ok(None),
                false => Err(Failure::new(Kind::Usage, "missing flag: --email")
                    .cause(
                        "a dry run does not sign in, and there is no SSO session to read it from",
                    )
                    .hint("add your email, for example `--email alice@example.com`")),
            };
        }
        (Root::Sso(_), Err(failure)) => return Err(failure),
        // The user may set up the source profile later.
        (_, Err(failure)) => {
            context.output.detail(&failure.error);
            return Ok(None);
        }
    };
    let Some(email) = email_in(&arn) else {
        context.output.note(&format!(
            "The source profile's credentials belong to {arn}, which does not contain your email"
        ));
        return Ok(None);
    };
    if prospect.yes || !context.can_ask {
        return Ok(Some(email));
    }
    let question = format!("Use {email} as your session name? [Y/n]");
    let answer = prompt::ask(&question).unwrap_or("n".to_owned());
    Ok(match answer.to_ascii_lowercase().as_str() {
        "" | "y" | "yes" => Some(email),
        // Some users type the right email instead of `n`.
        other if other.contains('@') => answer.parse().ok(),
        _ => None,
    })
}

/// Returns the ARN of the principal that the source credentials belong to.
fn caller(
    context: &Context,
    session: &Session<'_>,
    prospect: &Prospect<'_>,
    source: &Source,
) -> Result<String, Failure> {
    let Prospect { files, region, .. } = *prospect;
    let (http, profile, now) = (session.http()?, &context.profile, context.now());
    let sources = session.sources(files, region, http.clone())?;
    let limit = sources.limit(source, prospect.interaction);
    aws::block_on_for(limit, async {
        let credentials = sources
            .credentials(source, prospect.interaction)
            .await
            .map_err(|error| match (error, source.sso()) {
                (signin::Error::Sso(error), Some(sso)) => {
                    signin::sso::explain::sign_in(error, sso, Next::Install)
                }
                (error, _) => signin::explain::source(error, source, profile, now),
            })?;
        sts::caller_of(files, profile, region, http, credentials, now)
            .await
            .map_err(aws::explain::caller)
    })?
}

/// Returns the session name in `arn:…:assumed-role/ROLE/NAME` if it names a person. For a role of IAM Identity Center it is
/// the user's name there; for another role it counts only if it looks like an email.
fn email_in(arn: &str) -> Option<RoleSessionName> {
    let (_, session) = arn.split_once(":assumed-role/")?;
    let (role, name) = session.split_once('/')?;
    let is_person = role.starts_with("AWSReservedSSO_") || name.contains('@');
    name.parse().ok().filter(|_| is_person)
}

#[cfg(test)]
mod tests {
    use super::email_in;

    #[test]
    fn only_a_persons_session_name_is_an_email() {
        let of = |session: &str| email_in(&format!("arn:aws:sts::111122223333:{session}"));
        let sso = "assumed-role/AWSReservedSSO_Engineer_0123456789abcdef";
        assert!(of(&format!("{sso}/alice@example.com")).is_some());
        assert!(of(&format!("{sso}/alice")).is_some());
        assert!(of("assumed-role/ci/alice@example.com").is_some());
        for other in [
            "user/alice@example.com",
            "root",
            "assumed-role/ci/i-0123456789",
            "assumed-role/ci",
            &format!("{sso}/a b"),
            &format!("{sso}/{}", "a".repeat(65)),
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
