//! What our own profile says, key by key.

use crate::context::Context;
use crate::failure::Failure;
use crate::names::{ProfileName, Region, RoleArn, RoleSessionName};
use crate::profile::sso::mark;

/// A key and its value, `None` where it must not be.
pub type Key = (&'static str, Option<String>);

/// Keys that `install` writes and `uninstall` takes back. `region` comes with them.
pub const OUR_KEYS: [&str; 9] = [
    "role_arn",
    "role_session_name",
    "source_profile",
    "region",
    "credential_process",
    "apono_role_arn",
    "apono_role_session_name",
    "apono_source_profile",
    mark::KEY,
];

/// What the profile shall say.
#[derive(Debug)]
pub struct Wanted {
    pub role: RoleArn,
    pub email: RoleSessionName,
    pub source: ProfileName,
    pub region: Region,
    /// What was and is written beside it; `None` leaves the key as it is.
    pub mark: Option<String>,
}

impl Wanted {
    /// The guide's profile; with `process`, one whose credentials come through us.
    ///
    /// In the second kind AWS's own keys would be misread (some SDKs refuse `source_profile` without `role_arn`, and with
    /// `role_arn` the process is never asked), so they are ours.
    pub fn keys(&self, context: &Context, process: bool) -> Result<Vec<Key>, Failure> {
        let role = self.role.to_string();
        let (email, source) = (self.email.to_string(), self.source.to_string());
        let region = ("region", Some(self.region.to_string()));
        let mark = self.mark.clone().map(|mark| (mark::KEY, Some(mark)));
        let mut keys = if process {
            vec![
                ("credential_process", Some(process_command(context)?)),
                region,
                ("apono_role_arn", Some(role)),
                ("apono_role_session_name", Some(email)),
                ("apono_source_profile", Some(source)),
                ("role_arn", None),
                ("role_session_name", None),
                ("source_profile", None),
            ]
        } else {
            vec![
                ("role_arn", Some(role)),
                ("role_session_name", Some(email)),
                ("source_profile", Some(source)),
                region,
                ("apono_role_arn", None),
                ("apono_role_session_name", None),
                ("apono_source_profile", None),
            ]
        };
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
