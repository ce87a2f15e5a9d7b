//! What our own profile says, key by key.

use crate::context::Context;
use crate::failure::Failure;
use crate::names::{ProfileName, Region, RoleArn, RoleSessionName};
use crate::profile::plan::SamlSource;
use crate::profile::sso::mark;
use crate::team;

/// A key and its value, `None` where it must not be.
pub type Key = (&'static str, Option<String>);

/// Keys that `install` writes and `uninstall` takes back. `region` comes with them.
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
    mark::KEY,
    team::mark::KEY,
    team::mark::CLUSTERS_KEY,
    team::mark::BEFORE_KEY,
];

/// What we remember in a profile. No other tool reads them, so that they can be taken out of somebody's own.
pub const MARKS: [&str; 4] = [
    mark::KEY,
    team::mark::KEY,
    team::mark::CLUSTERS_KEY,
    team::mark::BEFORE_KEY,
];

/// What the profile shall say.
#[derive(Debug)]
pub struct Wanted {
    pub role: RoleArn,
    pub email: RoleSessionName,
    pub origin: Origin,
    pub region: Region,
    /// What was and is written beside it; `None` leaves the key as it is.
    pub mark: Option<String>,
}

/// Where the role's credentials come from, and how AWS tools get them.
#[derive(Debug)]
pub enum Origin {
    /// The guide's profile: AWS tools assume the role themselves.
    Source(ProfileName),
    /// The same through us.
    Process(ProfileName),
    /// No other tool can sign in there: through us.
    Saml(SamlSource),
}

impl Wanted {
    /// The guide's profile, or one whose credentials come through us.
    ///
    /// In the second kind AWS's own keys would be misread (some SDKs refuse `source_profile` without `role_arn`, and with
    /// `role_arn` the process is never asked), so they are ours.
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
                // One that is not ours is not changed at all.
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
        let mark = self.mark.clone().map(|mark| (mark::KEY, Some(mark)));
        keys.extend(mark);
        Ok(keys)
    }
}

/// Our own command line, quoted so that `sh -c`, `cmd.exe /C` and Python's shlex take it apart the same way.
fn process_command(context: &Context) -> Result<String, Failure> {
    let program = context.own_path()?;
    let quoted = quote(&program).ok_or_else(|| {
        Failure::refused("apono-login is installed where AWS tools cannot start it")
            .cause(format!(
                "its path {program:?} has characters that shells read in different ways"
            ))
            .hint("move the binary to a folder with a plain name, and run install again")
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
    // Inside double quotes these mean themselves to all three.
    let quotable = |c: char| plain(c) || " ()[]{}~&'#;".contains(c);
    // A `#` or `;` after a blank would begin a comment in the config file.
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
