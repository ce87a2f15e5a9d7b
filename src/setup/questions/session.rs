//! Which of several sso-sessions of one access portal the profile signs in with: each can be another user's.

use super::Asking;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::names::{self, ProfileName};
use crate::profile::ours::Installed;
use crate::profile::plan::SsoSource;
use crate::profile::sso::{self, View};
use crate::setup::desired::Account;
use crate::setup::source::{Source, Sso};
use crate::signin;

impl Asking<'_> {
    /// Sets the sso-session of the account's sign-in: the one of the flag; else, of several that match, the one that is signed
    /// in, or the user's choice. `None` stays where there is no choice.
    ///
    /// # Errors
    /// Several match, and there is no terminal.
    pub(super) fn choose_session(
        &self,
        name: &ProfileName,
        account: &mut Account,
        existing: &Installed,
    ) -> Result<(), Failure> {
        let Source::Sso(sso) = &mut account.source else {
            return Ok(());
        };
        sso.session = self.args.sso_session.clone();
        let view = View::new(self.laptop.files()?.profiles());
        let wanted = sso.for_profile(name, existing.source.as_ref(), &account.region);
        let candidates = sso::ambiguous(&view, &wanted);
        if candidates.is_empty() {
            return Ok(());
        }
        sso.session = Some(match self.signed_in(sso, &candidates)? {
            Some(one) => one,
            None if self.context.can_ask => self.ask_for_session(&candidates)?,
            None => return Err(several(sso, &candidates)),
        });
        Ok(())
    }

    /// Returns the only one that is signed in; else the only one that can be renewed without a sign-in.
    fn signed_in(
        &self,
        sso: &Sso,
        candidates: &[ProfileName],
    ) -> Result<Option<ProfileName>, Failure> {
        let (folder, now) = (self.context.sso_cache()?, self.context.now());
        let states: Vec<_> = candidates
            .iter()
            .map(|name| {
                let source = SsoSource {
                    profile: String::new(),
                    session: Some(name.to_string()),
                    start_url: sso.portal.start_url.to_string(),
                    region: sso.portal.region.clone(),
                    scopes: Vec::new(),
                    account: sso.account.clone(),
                    role_name: sso.role.to_string(),
                };
                (name, signin::sso::state(folder.clone(), &source, now))
            })
            .collect();
        let only = |is_it: &dyn Fn(&signin::sso::State) -> bool| {
            let mut those = states.iter().filter(|(_, state)| is_it(state));
            let first = those.next().filter(|_| those.next().is_none());
            first.map(|(name, _)| (*name).clone())
        };
        let lives = only(&|state| state.expires_at.is_some_and(|end| end > now));
        Ok(lives.or_else(|| only(&|state| state.renewable)))
    }

    fn ask_for_session(&self, candidates: &[ProfileName]) -> Result<ProfileName, Failure> {
        let names = list(candidates, "or");
        let question = format!("Which sso-session do you want to sign in with, {names}?");
        self.ask(&question, |answer| {
            let found = candidates.iter().find(|name| name.as_str() == answer);
            found.cloned().ok_or_else(|| names::Error {
                what: "sso-session",
                value: answer.to_owned(),
                why: format!("must be {names}"),
            })
        })
    }
}

fn several(sso: &Sso, candidates: &[ProfileName]) -> Failure {
    let failure = Failure::new(Kind::Usage, "missing flag: --sso-session").cause(format!(
        "several sso-sessions are for {}, and none of them is signed in: {}",
        sso.portal.start_url,
        list(candidates, "and")
    ));
    candidates.iter().fold(failure, |failure, name| {
        let command = Command::typed().option("--sso-session", name);
        failure.hint(format!("to sign in with {name}, {}", command.run()))
    })
}

/// Returns the names as a phrase, such as "admin, everyday or work".
fn list(names: &[ProfileName], word: &str) -> String {
    let names: Vec<_> = names.iter().map(ProfileName::as_str).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}
