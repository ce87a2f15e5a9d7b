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
        let line = self.lines.get(part);
        if line.is_none() || !matches!(failure.kind, Kind::Refused | Kind::NotAssigned) {
            return failure;
        }
        let of_portal =
            |hint: &String| hint.contains("sso_start_url") || hint.contains("--sso-start-url");
        let of_source = |hint: &String| hint.contains("--sso-") || hint.contains("`sso_");
        let line = match failure.hints.iter().any(of_portal) {
            true => self.portal.as_ref().or(line),
            false => line,
        };
        let mut failure = failure;
        failure.hints.retain(|hint| !of_source(hint));
        match line {
            None => failure,
            Some(line) => failure.hint(format!(
                "if the team file is wrong, change line {line} of {}, then run this again",
                self.file
            )),
        }
    }
}
