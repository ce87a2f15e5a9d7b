//! Profiles to remove that other profiles get their credentials from: they stay, because those would not work without them.

use super::{Installed, installed};
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::ProfileName;
use crate::profile::keys;
use crate::profile::profiles::Profiles;

/// A profile that stays, and the other ones that are built on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    pub profile: ProfileName,
    /// At least one.
    pub by: Vec<String>,
}

impl Needed {
    /// Returns who needs it, and for what.
    pub fn why(&self) -> String {
        let names = self.by.join(", ");
        match self.by[..] {
            [_] => format!("profile {names} gets its credentials from it (`source_profile`)"),
            _ => format!("profiles {names} get their credentials from it (`source_profile`)"),
        }
    }

    /// Returns the failure of a removal of this profile alone.
    pub fn refusal(&self, profiles: &Profiles) -> Failure {
        let failure = Failure::refused(format!(
            "profile {} is needed by other profiles; it was not removed",
            self.profile
        ))
        .cause(self.why());
        let installed = installed(profiles);
        let is_ours = |name: &&String| installed.iter().any(|of| of.as_str() == *name);
        let (ours, others): (Vec<_>, Vec<_>) = self.by.iter().partition(is_ours);
        let failure = ours.into_iter().fold(failure, |failure, name| {
            let uninstall = Command::typed().option("--profile", name);
            failure.hint(format!(
                "if you do not need profile {name}, {}",
                uninstall.run()
            ))
        });
        others.into_iter().fold(failure, |failure, name| {
            failure.hint(format!(
                "if you do not need profile {name}, remove it or its `source_profile`, then {} again",
                Command::typed().run()
            ))
        })
    }
}

/// Returns which of the profiles that are to be `gone` others need: those that stay, and those that are needed themselves.
pub fn needed(profiles: &Profiles, gone: &[ProfileName]) -> Vec<Needed> {
    let mut needed: Vec<Needed> = Vec::new();
    if gone.is_empty() {
        return needed;
    }
    // Also `apono_source_profile`.
    let users = profiles.mentioning(keys::SOURCE_PROFILE);
    let users: Vec<_> = users
        .filter_map(|user| Some((user.name(), keys::value(user, keys::SOURCE_PROFILE)?)))
        .collect();
    // What was never installed is not removed anyway.
    let is_installed = |name: &&ProfileName| {
        Installed::read(profiles, name).is_ok_and(|existing| existing.is_installed())
    };
    let installed: Vec<_> = gone.iter().filter(is_installed).collect();
    loop {
        let stays = |name: &str, needed: &[Needed]| {
            let is_gone = gone.iter().any(|of| of.as_str() == name);
            !is_gone || needed.iter().any(|of| of.profile.as_str() == name)
        };
        let next = installed.iter().find_map(|profile| {
            let is_new = !needed.iter().any(|of| of.profile == **profile);
            let uses = |(user, source): &&(&str, &str)| {
                *source == profile.as_str() && user != source && stays(user, &needed)
            };
            let by = users.iter().filter(|_| is_new).filter(uses);
            let by: Vec<_> = by.map(|(user, _)| (*user).to_owned()).collect();
            (!by.is_empty()).then(|| Needed {
                profile: (*profile).clone(),
                by,
            })
        });
        match next {
            Some(one) => needed.push(one),
            None => return needed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_profile_that_stays_is_built_on_stays() {
        let role = "role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n";
        let text = format!(
            "[profile a]\n{role}source_profile = keys\n[profile b]\n{role}source_profile = a\n\
             [profile c]\n{role}apono_source_profile = b\n[profile self]\n{role}source_profile = self\n"
        );
        let profiles = Profiles::new([text, String::new()]).unwrap();
        for (gone, stay) in [
            ("a", "a for b"),
            ("c", ""),
            ("a b", "b for c, a for b"),
            ("b c a", ""),
            ("self", ""),
            ("keys", ""),
            ("", ""),
        ] {
            let gone = gone.split_whitespace().map(|name| name.parse().unwrap());
            let needed = needed(&profiles, &gone.collect::<Vec<_>>());
            let words = needed
                .iter()
                .map(|Needed { profile, by }| format!("{profile} for {}", by.join("+")));
            assert_eq!(words.collect::<Vec<_>>().join(", "), stay);
        }
    }
}
