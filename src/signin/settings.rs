//! Where the settings of a profile come from: there a wrong one is changed.

use std::collections::BTreeMap;

use crate::names::ProfileName;

/// A setting that may be wrong: its flag of `install`, and its key in a section of `~/.aws/config` or in a team file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub flag: &'static str,
    /// `None` for one that only the flag sets.
    pub key: Option<&'static str>,
    /// It is a key at the top of a team file, which may lack it.
    has_default: bool,
}

pub const SSO_START_URL: Setting = setting("--sso-start-url", "sso_start_url");
pub const SSO_REGION: Setting = setting("--sso-region", "sso_region");
pub const SSO_ROLE_NAME: Setting = setting("--sso-role-name", "sso_role_name");
pub const SAML_URL: Setting = setting("--saml-url", "saml_url");
pub const SAML_PROVIDER: Setting = setting("--saml-provider", "saml_provider");
pub const ACCOUNT_ID: Setting = setting("--account-id", "id");
pub const ROLE_NAME: Setting = Setting {
    has_default: true,
    ..setting("--role-name", "role_name")
};
pub const EMAIL: Setting = Setting {
    key: None,
    ..setting("--email", "")
};

const fn setting(flag: &'static str, key: &'static str) -> Setting {
    Setting {
        flag,
        key: Some(key),
        has_default: false,
    }
}

/// Where the settings of a profile come from that is being installed.
#[derive(Debug, Clone, Copy)]
pub enum Settings<'a> {
    /// Sections of `~/.aws/config` that the user sets up, such as a source profile.
    Sections,
    /// The flags of `install`, or answers to its questions, which flags replace.
    Flags,
    /// A team file.
    Team(&'a TeamLines),
}

/// The lines of a team file that a profile is installed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamLines {
    /// The file, as it is shown.
    pub file: String,
    /// Where the account begins.
    pub account: usize,
    /// The keys that count for the account.
    pub keys: BTreeMap<&'static str, usize>,
}

/// The lines of each profile of a team.
pub type Team = BTreeMap<ProfileName, TeamLines>;

impl TeamLines {
    /// Returns where the settings are, such as "`sso_region` in line 2 of team.toml". `None` if one of them is not in the file.
    pub fn place(&self, settings: &[Setting]) -> Option<String> {
        let place = |setting: &Setting| {
            let key = setting.key?;
            let line = self.keys.get(key)?;
            Some((key, format!("in line {line} of {}", self.file)))
        };
        let places: Option<Vec<_>> = settings.iter().map(place).collect();
        Some(joined(&places?))
    }

    /// Returns where to change the setting, or to add it. What the file lacks, and has no default, is that of the source profile,
    /// which is the user's. `None` for a setting that has no key.
    pub fn to_change(&self, setting: Setting, value: &str) -> Option<String> {
        let (file, key) = (&self.file, setting.key?);
        Some(match self.keys.get(key) {
            Some(line) => format!("change `{key}` in line {line} of {file} to {value}"),
            None if setting.has_default => {
                format!("add `{key} = \"{value}\"` at the top of {file}")
            }
            None => format!("change it to {value} in the source profile in ~/.aws/config"),
        })
    }

    /// Returns the hint to change the setting, or the account where the file does not have it.
    pub fn if_wrong(&self, setting: Setting) -> String {
        let line = setting.key.and_then(|key| self.keys.get(key));
        if_wrong(*line.unwrap_or(&self.account), &self.file)
    }
}

/// Returns the hint to change what is in this line of a team file.
pub fn if_wrong(line: usize, file: &str) -> String {
    format!("if the team file is wrong, change line {line} of {file}, then run this again")
}

/// Returns keys with their places as a phrase. A place that several have is named once.
pub fn joined(places: &[(&str, String)]) -> String {
    let mut groups: Vec<(Vec<String>, &str)> = Vec::new();
    for (key, place) in places {
        let key = format!("`{key}`");
        match groups.last_mut() {
            Some((keys, last)) if *last == place => keys.push(key),
            _ => groups.push((vec![key], place)),
        }
    }
    let groups = groups
        .iter()
        .map(|(keys, place)| format!("{} {place}", keys.join(" and ")));
    groups.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_once() {
        let lines = TeamLines {
            file: "team.toml".to_owned(),
            account: 4,
            keys: [("sso_start_url", 1), ("sso_region", 2), ("id", 1)].into(),
        };
        for (settings, place) in [
            (
                &[SSO_REGION][..],
                Some("`sso_region` in line 2 of team.toml"),
            ),
            (
                &[SSO_START_URL, SSO_REGION],
                Some(
                    "`sso_start_url` in line 1 of team.toml and `sso_region` in line 2 of team.toml",
                ),
            ),
            (
                &[SSO_START_URL, ACCOUNT_ID],
                Some("`sso_start_url` and `id` in line 1 of team.toml"),
            ),
            (&[SSO_REGION, SSO_ROLE_NAME], None),
        ] {
            assert_eq!(lines.place(settings).as_deref(), place, "{settings:?}");
        }
        for (setting, hint) in [
            (ACCOUNT_ID, "change `id` in line 1 of team.toml to a"),
            (ROLE_NAME, "add `role_name = \"a\"` at the top of team.toml"),
            (
                SAML_URL,
                "change it to a in the source profile in ~/.aws/config",
            ),
        ] {
            assert_eq!(lines.to_change(setting, "a").as_deref(), Some(hint));
        }
        assert_eq!(lines.to_change(EMAIL, "a"), None);
        for (setting, line) in [(SSO_REGION, 2), (ROLE_NAME, 4)] {
            let hint = lines.if_wrong(setting);
            assert!(hint.contains(&format!("change line {line} of team.toml")));
        }
    }
}
