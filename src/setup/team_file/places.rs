//! Where the values of an installation are in its team file, for hints: that line is what has to change.

use std::collections::BTreeMap;

use super::Team;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::setup::source::Source;
use crate::signin::settings::{self, Settings, TeamLines};

/// The lines of what a run is about. The default value is that of a run without a team file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    file: String,
    pub profiles: settings::Team,
    /// By the name of the cluster's part in the report.
    clusters: BTreeMap<String, usize>,
}

impl Team {
    /// Returns the places of what is installed under these names of profiles, one for each account.
    pub fn places(&self, names: &[ProfileName]) -> Places {
        let file = &self.file;
        let mut places = Places {
            file: file.clone(),
            ..Places::default()
        };
        for ((name, account), lines) in names.iter().zip(&self.accounts).zip(&self.lines) {
            let of_account = TeamLines {
                file: file.clone(),
                account: lines.account,
                keys: lines.keys.clone(),
            };
            places.profiles.insert(name.clone(), of_account);
            for (cluster, line) in account.clusters.iter().zip(&lines.clusters) {
                places.clusters.insert(account.part(name, cluster), *line);
            }
        }
        places
    }
}

impl Places {
    /// Returns where the settings of the profile come from, which has this source.
    pub fn of(&self, profile: &ProfileName, source: &Source) -> Settings<'_> {
        match (self.profiles.get(profile), source) {
            (Some(lines), _) => Settings::Team(lines),
            (None, Source::Sso(_) | Source::Saml(_)) => Settings::Flags,
            (None, Source::Profile(_) | Source::Ambient) => Settings::Sections,
        }
    }

    /// Adds the line of the cluster to a failure that it may be the reason for. `part` is the cluster's name in the report.
    pub fn of_cluster(&self, part: &str, failure: Failure) -> Failure {
        match self.clusters.get(part) {
            // One without hints refers to another failure, which has them.
            Some(line) if failure.kind == Kind::Refused && !failure.hints.is_empty() => {
                failure.hint(settings::if_wrong(*line, &self.file))
            }
            _ => failure,
        }
    }
}
