//! The user's email: that of the installed profiles, else found by signing in before anything is written.

use super::{Asking, EMAIL_QUESTION, SignedIn};
use crate::aws;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, Region, RoleSessionName};
use crate::profile::ours::Installed;
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::profile::sso::View;
use crate::session::Session;
use crate::setup::desired::Account;
use crate::setup::team_file::Places;
use crate::signin::interaction::Interaction;
use crate::sys::prompt;

/// An account of a team file with the name of its profile and what there is of it.
type Member<'a> = ((&'a ProfileName, &'a Account), &'a Installed);

impl Asking<'_> {
    /// Returns the email of the profiles of a team that have none; `None` if all have one.
    ///
    /// # Errors
    /// The email is not known and there is no terminal, or the sign-in fails.
    pub(super) fn email_of_team(
        &self,
        members: &[Member<'_>],
        gone: &[ProfileName],
        places: &Places,
    ) -> Result<(Option<RoleSessionName>, SignedIn), Failure> {
        let (args, context) = (self.args, self.context);
        let all_have_one = members.iter().all(|(_, existing)| existing.email.is_some());
        if args.email.is_some() || all_have_one {
            return Ok((None, None));
        }
        let profiles = self.laptop.files()?.profiles();
        let gone = gone
            .iter()
            .filter_map(|name| Installed::read(profiles, name).ok()?.email);
        let installed = members
            .iter()
            .filter_map(|(_, existing)| existing.email.clone());
        if let Some(email) = installed.chain(gone).next() {
            return Ok((Some(email), None));
        }
        let missing = |cause: &str| {
            let command = Command::typed().option("--email", "alice@example.com");
            Failure::new(Kind::Usage, "missing flag: --email")
                .cause(cause)
                .hint(format!("add your email, for example `{command}`"))
        };
        if !context.can_ask && !args.yes {
            return Err(missing("there is no terminal to ask for it"));
        }
        let (found, response) = self.email_of_members(members, places)?;
        if found.is_none() && !context.can_ask {
            return Err(missing(match args.dry_run {
                true => "a dry run does not sign in",
                false => "the sign-in does not give your email",
            }));
        }
        Ok((Some(self.or_ask(found, EMAIL_QUESTION)?), response))
    }

    /// Returns the email from the sign-in of the member that tells it best, and what it told. One to which the user has no access
    /// tells nothing: then the next one is asked.
    fn email_of_members(
        &self,
        members: &[Member<'_>],
        places: &Places,
    ) -> Result<(Option<RoleSessionName>, SignedIn), Failure> {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by_key(|((_, account), _)| account.source.rank());
        let mut first = None;
        for ((name, account), existing) in members {
            let told = match self.email_in_response(account)? {
                Some(told) => return Ok(told),
                None => self.email_of_source(name, account, existing),
            };
            match told {
                Ok(email) => return Ok((email, None)),
                Err(failure) if failure.kind == Kind::NotAssigned && !account.required => {
                    first.get_or_insert(places.blame(name.as_str(), failure));
                }
                Err(failure) => return Err(places.blame(name.as_str(), failure)),
            }
        }
        match first {
            Some(failure) => Err(failure),
            None => Ok((None, None)),
        }
    }

    /// Returns the email from a sign-in to the source profile, confirmed by the user if there is a terminal. `None` if there is
    /// no source profile, its sign-in does not give one, or the user rejects it; the caller then asks for it.
    ///
    /// # Errors
    /// The SSO sign-in fails, so the profile would not work either.
    pub(super) fn email_of_source(
        &self,
        name: &ProfileName,
        account: &Account,
        existing: &Installed,
    ) -> Result<Option<RoleSessionName>, Failure> {
        let context = &self.context.with_profile(name.clone());
        let laptop = self.laptop;
        let view = View::new(laptop.files()?.profiles());
        let preferred = existing.source.as_ref();
        let Some(chosen) = account
            .source
            .choose(&view, name, preferred, &account.region)?
        else {
            return Ok(None);
        };
        let files = laptop.with(&chosen.new)?;
        let profile = chosen.profile.as_str();
        let Ok(source) = plan::source_profile(files.profiles(), name.as_str(), profile) else {
            return Ok(None);
        };
        let Some(root) = source.root() else {
            return Ok(None);
        };
        let interaction = match self.args.dry_run {
            true => Interaction::None,
            false => Interaction::typed(self.args.sign_in),
        };
        let session = laptop.session.of(context);
        let caller = caller(&session, &files, &source, &account.region, interaction);
        let arn = match (root, caller) {
            (_, Ok(arn)) => arn,
            (Root::Sso(_), Err(failure))
                if interaction == Interaction::None && failure.kind == Kind::SignInNeeded =>
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
        if self.args.yes || !context.can_ask {
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
}

/// Returns the ARN of the principal that the source credentials belong to.
fn caller(
    session: &Session<'_>,
    files: &Files,
    source: &Source,
    region: &Region,
    interaction: Interaction,
) -> Result<String, Failure> {
    let tools = session.tools_to_install(files);
    let sources = tools.sources(region.clone())?;
    let credentials = sources.get(source, interaction, tools.next)?;
    sources.caller(credentials)?.map_err(aws::explain::caller)
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
