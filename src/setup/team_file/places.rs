//! Where the values of an installation are in its team file, for hints: that line is what has to change.

use std::collections::BTreeMap;

use super::Team;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;

/// The lines of what the parts of a run are about. The default value is that of a run without a team file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    file: String,
    /// By the name of the part in the report: a profile, or a profile and its context.
    lines: BTreeMap<String, usize>,
    portal: Option<usize>,
}

impl Team {
    /// Returns the places of what is installed under these names of profiles, one for each account.
    pub fn places(&self, names: &[ProfileName]) -> Places {
        let mut places = Places {
            file: self.file.clone(),
            portal: self.portal,
            ..Places::default()
        };
        for ((name, account), lines) in names.iter().zip(&self.accounts).zip(&self.lines) {
            places.lines.insert(name.to_string(), lines.account);
            for (cluster, line) in account.clusters.iter().zip(&lines.clusters) {
                places.lines.insert(account.part(name, cluster), *line);
            }
        }
        places
    }
}

impl Places {
    /// Puts the line of the team file in place of hints to change flags or keys that come from it. `part` is its name in the report.
    pub fn blame(&self, part: &str, failure: Failure) -> Failure {
        let file = &self.file;
        let is_of_file = matches!(failure.kind, Kind::Refused | Kind::NotAssigned);
        let Some(line) = self.lines.get(part).filter(|_| is_of_file) else {
            return failure;
        };
        // It refers to another failure, which has them.
        if failure.hints.is_empty() {
            return failure;
        }
        let is_of_portal =
            |hint: &String| hint.contains("sso_start_url") || hint.contains("--sso-start-url");
        let is_setting = |hint: &String| hint.contains("--sso-") || hint.contains("`sso_");
        let (settings, others): (Vec<_>, Vec<_>) =
            failure.hints.iter().cloned().partition(is_setting);
        let failure = Failure {
            hints: others,
            ..failure
        };
        if settings.iter().any(is_of_portal)
            && let Some(line) = self.portal
        {
            return failure.hint(format!(
                "check `sso_start_url` and `sso_region` in line {line} of {file}: are they those of your access portal?"
            ));
        }
        let of_user = |hint: &String| {
            let (key, names) = hint.split_once(" to one of yours in that account: ")?;
            key.starts_with("set `sso_role_name`")
                .then(|| names.to_owned())
        };
        failure.hint(match settings.iter().find_map(of_user) {
            Some(names) => format!(
                "change `sso_role_name` of the account in line {line} of {file} to one of yours in that account: {names}"
            ),
            None => format!("if the team file is wrong, change line {line} of {file}, then run this again"),
        })
    }
}
