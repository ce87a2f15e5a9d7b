//! What this run was told by the environment of its shell, for programs that do not have it.

use super::{Session, profiles_kind};
use crate::context::{OTHER_AUTHORITIES, STORE};
use crate::kube::config::Variable;
use crate::profile::keys;

/// The variables of this run that decide where credentials come from and how AWS is reached.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Those that can be written to a file.
    pub variables: Vec<Variable>,
    /// The names of the others, and why they are not written.
    pub withheld: Vec<(&'static str, &'static str)>,
}

const SECRET: &str = "it has a user name or password";
const NOT_UTF8: &str = "it is not UTF-8";

impl Session<'_> {
    /// Returns the variables that decide for the profile, unless they say what is so without them.
    pub fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        for (name, value) in self.context.deciding() {
            let why = match value.to_str() {
                _ if self.decides_itself(name) => continue,
                None => NOT_UTF8,
                // Wherever it is: a password may have any character in it that ends the host's name.
                Some(value) if is_proxy(name) && value.contains('@') => SECRET,
                Some(value) => {
                    let (name, value) = (name.to_owned(), value.to_owned());
                    environment.variables.push(Variable { name, value });
                    continue;
                }
            };
            environment.withheld.push((name, why));
        }
        environment
    }

    /// Returns whether the profile says itself what the variable is about: the same store, or certificate authorities that
    /// come before those of the variable.
    fn decides_itself(&self, name: &str) -> bool {
        let Ok(plan) = self.plan() else { return false };
        match name {
            STORE => profiles_kind(plan).is_ok_and(|kind| self.env_store == Some(kind)),
            name if OTHER_AUTHORITIES.contains(&name) => {
                let files = self.files().ok();
                let name = plan.profile.as_str();
                let profile = files.and_then(|files| files.profiles().get_profile(name));
                profile.is_some_and(|profile| profile.get(keys::CA_BUNDLE).is_some())
            }
            _ => false,
        }
    }
}

fn is_proxy(name: &str) -> bool {
    name.to_ascii_uppercase().ends_with("_PROXY")
}
