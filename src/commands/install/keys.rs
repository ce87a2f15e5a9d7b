//! The keys of the installed profile and their values.

use crate::context::Context;
use crate::failure::Failure;
use crate::names::{ProfileName, Region, RoleArn, RoleSessionName};
use crate::profile::plan::SamlSource;
use crate::profile::sso::ownership;
use crate::team;

/// A key and its value; `None` removes the key.
pub type Key = (&'static str, Option<String>);

/// Keys that `install` writes and `uninstall` removes.
pub const OUR_KEYS: [&str; 14] = [
    "role_arn",
    "role_session_name",
    "source_profile",
    "region",
    "credential_process",
    "apono_role_arn",
    "apono_role_session_name",
    "apono_source_profile",
    "apono_saml_provider_arn",
    "apono_saml_url",
    ownership::KEY,
    team::ownership::KEY,
    team::ownership::CLUSTERS_KEY,
    team::ownership::BEFORE_KEY,
];

/// Keys that only apono-login reads. They can be removed even from a profile that belongs to the user.
pub const MARKS: [&str; 4] = [
    ownership::KEY,
    team::ownership::KEY,
    team::ownership::CLUSTERS_KEY,
    team::ownership::BEFORE_KEY,
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
        let region = ("region", text(&self.region));
        let mut keys = match self.origin {
            Origin::Source(_) => vec![
                ("role_arn", role),
                ("role_session_name", email),
                ("source_profile", source),
                region,
                // Always our own: a profile with another `credential_process` is refused before.
                ("credential_process", None),
                ("apono_role_arn", None),
                ("apono_role_session_name", None),
            ],
            Origin::Process(_) | Origin::Saml(_) => vec![
                ("credential_process", Some(process_command(context)?)),
                region,
                ("apono_role_arn", role),
                ("apono_role_session_name", email),
                ("role_arn", None),
                ("role_session_name", None),
                ("source_profile", None),
            ],
        };
        keys.extend([
            ("apono_source_profile", own_source),
            ("apono_saml_provider_arn", provider),
            ("apono_saml_url", url),
        ]);
        let wrote = self
            .wrote
            .clone()
            .map(|wrote| (ownership::KEY, Some(wrote)));
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
            .hint("move apono-login to a folder with a plain name, then run the same command again")
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
