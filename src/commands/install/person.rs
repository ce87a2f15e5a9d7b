//! Who the person is: read off the sign-in that the source profile begins with, before anything is written.

use crate::aws;
use crate::context::Context;
use crate::explain::{self, Next};
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, Region, RoleSessionName};
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::session::Session;
use crate::source::{self, person::Person};
use crate::sts;
use crate::sys::prompt;

/// What is known of the profile that is about to be written.
#[derive(Debug)]
pub struct Prospect<'a> {
    /// The config files as they would be with the source profile in them.
    pub files: &'a Files,
    pub source: &'a ProfileName,
    /// Of the cluster.
    pub region: &'a Region,
    pub person: Person,
    /// Take what the sign-in tells, and ask nothing.
    pub yes: bool,
}

/// The email of whoever signs in, confirmed by the person if there is a terminal. `None` where the source does not tell;
/// then the person is to be asked.
///
/// # Errors
/// The sign-in that was asked for does not work: the profile would not, either.
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
            if prospect.person == Person::Absent && failure.kind == Kind::SignInNeeded =>
        {
            return match context.can_ask {
                true => Ok(None),
                false => Err(Failure::new(Kind::Usage, "missing: --email")
                    .cause("a dry run signs nobody in, and nobody is signed in")
                    .hint("add --email, as your identity provider has it")),
            };
        }
        (Root::Sso(_), Err(failure)) => return Err(failure),
        // It may be set up later.
        (_, Err(failure)) => {
            context.output.detail(&failure.error);
            return Ok(None);
        }
    };
    let Some(email) = email_in(&arn) else {
        context.output.note(&format!("You are signed in as {arn}"));
        return Ok(None);
    };
    if prospect.yes || !context.can_ask {
        return Ok(Some(email));
    }
    let answer = prompt::ask(&format!("{email}, right? [Y/n]")).unwrap_or("n".to_owned());
    Ok(match answer.to_ascii_lowercase().as_str() {
        "" | "y" | "yes" => Some(email),
        // Whoever is somebody else says so, or types who.
        other if other.contains('@') => answer.parse().ok(),
        _ => None,
    })
}

/// ARN of whoever the source's credentials belong to.
fn caller(
    context: &Context,
    session: &Session<'_>,
    prospect: &Prospect<'_>,
    source: &Source,
) -> Result<String, Failure> {
    let Prospect { files, region, .. } = *prospect;
    let (http, profile, now) = (session.http()?, &context.profile, context.now());
    aws::block_on(async {
        let credentials = session
            .sources(files, region, http.clone())?
            .credentials(source, prospect.person)
            .await
            .map_err(|error| match (error, source.sso()) {
                (source::Error::Sso(error), Some(sso)) => {
                    explain::sign_in(error, sso, Next::Install)
                }
                (error, _) => explain::source(error, source, profile, now),
            })?;
        sts::caller_of(files, profile, region, http, credentials, now)
            .await
            .map_err(explain::caller)
    })?
}

/// The session name in `arn:…:assumed-role/ROLE/NAME`: of a role of IAM Identity Center it is the person's name there, of
/// another role it may be, if it looks like an email.
fn email_in(arn: &str) -> Option<RoleSessionName> {
    let (_, session) = arn.split_once(":assumed-role/")?;
    let (role, name) = session.split_once('/')?;
    let persons = role.starts_with("AWSReservedSSO_") || name.contains('@');
    name.parse().ok().filter(|_| persons)
}

#[cfg(test)]
mod tests {
    use super::email_in;

    #[test]
    fn whose_session_it_is() {
        let of = |session: &str| email_in(&format!("arn:aws:sts::111122223333:{session}"));
        let sso = "assumed-role/AWSReservedSSO_Engineer_0123456789abcdef";
        assert!(of(&format!("{sso}/alice@example.com")).is_some());
        assert!(of(&format!("{sso}/alice")).is_some());
        assert!(of("assumed-role/ci/alice@example.com").is_some());
        for nobody in [
            "user/alice@example.com",
            "root",
            "assumed-role/ci/i-0123456789",
            "assumed-role/ci",
            &format!("{sso}/a b"),
            &format!("{sso}/{}", "a".repeat(65)),
        ] {
            assert_eq!(of(nobody), None, "{nobody}");
        }
    }
}
