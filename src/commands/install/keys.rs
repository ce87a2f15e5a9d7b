//! The keys of the installed profile and their values.

use crate::context::Context;
use crate::failure::Failure;
use crate::names::{ProfileName, Region, RoleArn, RoleSessionName};
use crate::profile::keys;
use crate::profile::plan::SamlSource;

/// A key and its value; `None` removes the key.
pub type Key = (&'static str, Option<String>);

/// Keys that `install` writes and `uninstall` removes.
pub const OUR_KEYS: [&str; 14] = [
    keys::ROLE_ARN,
    keys::ROLE_SESSION_NAME,
    keys::SOURCE_PROFILE,
    keys::REGION,
    keys::CREDENTIAL_PROCESS,
    keys::APONO_ROLE_ARN,
    keys::APONO_ROLE_SESSION_NAME,
    keys::APONO_SOURCE_PROFILE,
    keys::APONO_SAML_PROVIDER_ARN,
    keys::APONO_SAML_URL,
    keys::APONO_WROTE,
    keys::APONO_TEAM,
    keys::APONO_TEAM_CLUSTERS,
    keys::APONO_CONTEXT_BEFORE,
];

/// Keys that only apono-login reads. They can be removed even from a profile that belongs to the user.
pub const OWNERSHIP_KEYS: [&str; 4] = [
    keys::APONO_WROTE,
    keys::APONO_TEAM,
    keys::APONO_TEAM_CLUSTERS,
    keys::APONO_CONTEXT_BEFORE,
];

/// What the profile is to contain.
#[derive(Debug)]
pub struct Wanted {
    pub role: RoleArn,
    pub email: RoleSessionName,
    pub origin: Origin,
    pub region: Region,
    /// Value of `apono_wrote`, the sections written together with the profile; `None` leaves the key unchanged.
    pub wrote: Option<String>,
}

/// Where the role's credentials come from, and how AWS tools get them.
#[derive(Debug)]
pub enum Origin {
    /// From a source profile, as in Apono's setup guide: AWS tools assume the role themselves.
    Source(ProfileName),
    /// From a source profile, through apono-login as `credential_process`.
    Process(ProfileName),
    /// From a SAML sign-in, through apono-login as `credential_process`: AWS tools have no SAML sign-in.
    Saml(SamlSource),
}

impl Wanted {
    /// Returns the keys to set and to remove.
    ///
    /// A profile with `credential_process` holds `apono_…` keys, because AWS tools would misread their own keys there: some
    /// SDKs refuse `source_profile` without `role_arn`, and with `role_arn` the process never runs.
    ///
    /// # Errors
    /// AWS tools cannot run this program from where it is installed.
    pub fn keys(&self, context: &Context) -> Result<Vec<Key>, Failure> {
        let text = |value: &dyn ToString| Some(value.to_string());
        let (role, email) = (text(&self.role), text(&self.email));
        let (mut source, mut own_source, mut provider, mut url) = (None, None, None, None);
        match &self.origin {
            Origin::Source(profile) => source = text(profile),
            Origin::Process(profile) => own_source = text(profile),
            Origin::Saml(saml) => (provider, url) = (text(&saml.provider), text(&saml.url)),
        }
        let region = (keys::REGION, text(&self.region));
        let mut keys = match self.origin {
            Origin::Source(_) => vec![
                (keys::ROLE_ARN, role),
                (keys::ROLE_SESSION_NAME, email),
                (keys::SOURCE_PROFILE, source),
                region,
                // Always our own: a profile with another `credential_process` is refused before.
                (keys::CREDENTIAL_PROCESS, None),
                (keys::APONO_ROLE_ARN, None),
                (keys::APONO_ROLE_SESSION_NAME, None),
            ],
            Origin::Process(_) | Origin::Saml(_) => vec![
                (keys::CREDENTIAL_PROCESS, Some(process_command(context)?)),
                region,
                (keys::APONO_ROLE_ARN, role),
                (keys::APONO_ROLE_SESSION_NAME, email),
                (keys::ROLE_ARN, None),
                (keys::ROLE_SESSION_NAME, None),
                (keys::SOURCE_PROFILE, None),
            ],
        };
        keys.extend([
            (keys::APONO_SOURCE_PROFILE, own_source),
            (keys::APONO_SAML_PROVIDER_ARN, provider),
            (keys::APONO_SAML_URL, url),
        ]);
        let wrote = self
            .wrote
            .clone()
            .map(|wrote| (keys::APONO_WROTE, Some(wrote)));
        keys.extend(wrote);
        Ok(keys)
    }
}

/// Returns the `credential_process` command, quoted so that `sh -c`, `cmd.exe /C` and Python's shlex split it alike.
fn process_command(context: &Context) -> Result<String, Failure> {
    let program = context.own_path()?;
    let quoted = quote(&program).ok_or_else(|| {
        Failure::refused("AWS tools cannot run apono-login from where it is installed")
            .cause(format!(
                "shells disagree about characters in its path {program:?}"
            ))
            .hint("move apono-login to a folder with a plain name, then run this again")
    })?;
    Ok(format!(
        "{quoted} export-credentials --profile {}",
        context.profile
    ))
}

fn quote(path: &str) -> Option<String> {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c) || (cfg!(windows) && c == '\\');
    if path.chars().all(plain) {
        return Some(path.to_owned());
    }
    // All three read these literally inside double quotes.
    let quotable = |c: char| plain(c) || " ()[]{}~&'#;".contains(c);
    // A `#` or `;` after a space would begin a comment in the config file.
    let comment = path.contains(" #") || path.contains(" ;");
    (path.chars().all(quotable) && !comment).then(|| format!("\"{path}\""))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_path_is_quoted_for_every_reader_or_refused() {
        assert_eq!(
            quote("/usr/local/bin/apono-login").as_deref(),
            Some("/usr/local/bin/apono-login")
        );
        assert_eq!(
            quote("/opt/my tools/apono-login").as_deref(),
            Some("\"/opt/my tools/apono-login\"")
        );
        for evil in [
            "/opt/$HOME/a",
            "/opt/`id`/a",
            "/opt/a\"b",
            "/opt/%PATH%/a",
            "/opt/a!b",
            "/o\nx",
            "/o #x",
            "/o ;x",
        ] {
            assert_eq!(quote(evil), None, "{evil}");
        }
    }
}
