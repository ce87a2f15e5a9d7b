//! The user's email: that of the installed profiles, else found by signing in before anything is written.

use super::{Asking, EMAIL_QUESTION, SignedIn};
use crate::aws;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, Region, RoleSessionName};
use crate::profile::ours::Installed;
use crate::profile::plan::{self, Root, Source};
use crate::profile::sso::View;
use crate::setup::desired::Account;
use crate::setup::team_file::Places;
use crate::signin::interaction::{Interaction, SignInOptions};
use crate::signin::{self, Proof, Tools};
use crate::sys::prompt;

/// An account of a team file with the name of its profile and what there is of it.
pub(super) type Member<'a> = ((&'a ProfileName, &'a Account), &'a Installed);

impl Asking<'_> {
    /// Returns the email of the flag, else of the installed profile, unless another user is to sign in.
    pub(super) fn known_email(&self, existing: &Installed) -> Option<RoleSessionName> {
        let installed = existing.email.clone();
        let installed = installed.filter(|_| !self.args.sign_in.switch_user);
        self.args.email.clone().or(installed)
    }

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
        if args.email.is_some() {
            return Ok((None, None));
        }
        // Another user has another one.
        if !args.sign_in.switch_user {
            if members.iter().all(|(_, existing)| existing.email.is_some()) {
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
        }
        if !context.can_ask && !args.yes {
            return Err(missing("there is no terminal to ask for it"));
        }
        let (found, response) = self.email_of_members(members, places)?;
        if found.is_none() && !context.can_ask {
            return Err(missing(match args.dry_run {
                true => DRY_RUN,
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
        let (mut unassigned, mut page) = (None, None);
        for member in members {
            let ((name, account), _) = member;
            if let Some(told) = self.email_in_response(name, account, places)? {
                return Ok(told);
            }
            match self.email_of_source(member, places, &mut page) {
                Ok(told) => return Ok(told),
                Err(failure) => match failure.kind {
                    // It can be fixed, if the permission set is the wrong one.
                    Kind::NotAssigned { has_another } if !account.required => {
                        if has_another || unassigned.is_none() {
                            unassigned = Some(failure);
                        }
                    }
                    _ => return Err(failure),
                },
            }
        }
        match unassigned {
            Some(failure) => Err(failure),
            None => Ok((None, None)),
        }
    }

    /// Returns the email from a sign-in to the source profile, confirmed by the user if there is a terminal, and the sign-in if it
    /// is a new one. No email if there is no source profile, its sign-in does not give one, or the user rejects it; the caller
    /// then asks for it. `page` is that of a new sign-in of this run: another one is not made there.
    ///
    /// # Errors
    /// The SSO sign-in fails, so the profile would not work either.
    pub(super) fn email_of_source(
        &self,
        member: &Member<'_>,
        places: &Places,
        page: &mut Option<String>,
    ) -> Result<(Option<RoleSessionName>, SignedIn), Failure> {
        let ((name, account), existing) = *member;
        let context = &self.context.with_profile(name.clone());
        let laptop = self.laptop;
        let view = View::new(laptop.files()?.profiles());
        let preferred = existing.source.as_ref();
        let Some(chosen) = account
            .source
            .choose(&view, name, preferred, &account.region)?
        else {
            return Ok((None, None));
        };
        let files = laptop.with(&chosen.new)?;
        let profile = chosen.profile.as_str();
        let Ok(source) = plan::source_profile(files.profiles(), name.as_str(), profile) else {
            return Ok((None, None));
        };
        let session = laptop.session.of(context);
        let tools = session.tools_to_install(&files, places.of(name, &account.source));
        let here = source.sso().map(|sso| sso.named_by().to_owned());
        let mut interaction = match (self.args.dry_run, self.args.sign_in.switch_user) {
            // The one who is signed in is not the one who is meant.
            (true, true) if self.context.can_ask => return Ok((None, None)),
            (true, true) => return Err(missing(DRY_RUN)),
            (true, false) => Interaction::None,
            (false, _) if here.is_some() && here == *page => {
                Interaction::typed(self.args.sign_in).signed_in()
            }
            (false, _) => Interaction::typed(self.args.sign_in),
        };
        loop {
            session.leave(interaction)?;
            let caller = || caller(&tools, &source, &account.region, interaction);
            let email = self.email_of_caller(&source, interaction, caller);
            // A sign-in that gives no access was made, too.
            let is_made = match &email {
                Ok(_) => true,
                Err(failure) => matches!(failure.kind, Kind::NotAssigned { .. }),
            };
            if is_made && interaction.anew().is_some() && here.is_some() {
                page.clone_from(&here);
            }
            let signed_in = || {
                let made = page.clone().filter(|page| here.as_ref() == Some(page));
                made.map(|page| (page, Proof::Stored))
            };
            let Some(email) = email? else {
                return Ok((None, signed_in()));
            };
            match self.confirmed(email, &source, interaction) {
                Confirmed::Email(email) => return Ok((email, signed_in())),
                Confirmed::AnotherUser(options) => interaction = Interaction::Direct(options),
            }
        }
    }

    /// Returns the email of the source's credentials. `None` if they do not tell it.
    fn email_of_caller(
        &self,
        source: &Source,
        interaction: Interaction,
        caller: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<Option<RoleSessionName>, Failure> {
        let context = self.context;
        let Some(root) = source.root() else {
            return Ok(None);
        };
        let switches = interaction.anew().is_some_and(|anew| anew.switch_user);
        if switches && source.sso().is_none() {
            return Err(signin::no_other_user(&context.profile, source));
        }
        let arn = match (root, caller()) {
            (_, Ok(arn)) => arn,
            (Root::Sso(_), Err(failure))
                if interaction == Interaction::None && failure.kind == Kind::SignInNeeded =>
            {
                return match context.can_ask {
                    true => Ok(None),
                    false => Err(missing(&format!(
                        "{DRY_RUN}, and there is no SSO session to read it from"
                    ))),
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
        Ok(Some(email))
    }

    /// Returns the email as the user confirms or corrects it.
    fn confirmed(
        &self,
        email: RoleSessionName,
        source: &Source,
        interaction: Interaction,
    ) -> Confirmed {
        if self.args.yes || !self.context.can_ask {
            let out = &self.context.output;
            out.note(&format!("Email: {email}, from the sign-in"));
            return Confirmed::Email(Some(email));
        }
        let question = format!("Use {email} as your session name? [Y/n]");
        let answer = prompt::ask(&question).unwrap_or("n".to_owned());
        match answer.to_ascii_lowercase().as_str() {
            "" | "y" | "yes" => return Confirmed::Email(Some(email)),
            // Some users type the right email instead of `n`.
            other if other.contains('@') => return Confirmed::Email(answer.parse().ok()),
            _ => {}
        }
        match interaction {
            Interaction::Direct(options)
                if source.sso().is_some()
                    && prompt::confirm("Sign in as another user?").unwrap_or(false) =>
            {
                Confirmed::AnotherUser(SignInOptions {
                    anew: true,
                    switch_user: true,
                    ..options
                })
            }
            _ => Confirmed::Email(None),
        }
    }
}

const DRY_RUN: &str = "a dry run does not sign in";

/// Returns the failure for want of the email.
fn missing(cause: &str) -> Failure {
    let command = Command::typed().option("--email", "alice@example.com");
    Failure::new(Kind::Usage, "missing flag: --email")
        .cause(cause)
        .hint(format!("add your email, for example `{command}`"))
}

/// What the user says to the email of a sign-in.
enum Confirmed {
    /// It is this one; `None` if it has to be asked for.
    Email(Option<RoleSessionName>),
    /// The wrong user has signed in.
    AnotherUser(SignInOptions),
}

/// Returns the ARN of the principal that the source credentials belong to.
fn caller(
    tools: &Tools<'_>,
    source: &Source,
    region: &Region,
    interaction: Interaction,
) -> Result<String, Failure> {
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
