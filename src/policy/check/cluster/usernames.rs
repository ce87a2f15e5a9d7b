//! The username and the groups of a mapping, in `aws-auth` or an access entry.

use std::collections::BTreeSet;

use crate::names::SESSION_NAME_PLACEHOLDER;
use crate::policy::check::{Expected, Finding};

pub const MASTERS: &str = "system:masters";

/// Maximum number of prefixes that are compared. A role has one mapping, or by mistake a few.
const MAX_PREFIXES: usize = 20;

/// The text before the session name in the usernames that Apono grants access to.
pub struct Prefixes(BTreeSet<String>);

impl Prefixes {
    /// Returns the prefixes of the role's own usernames, and the expected one.
    pub fn new<'a>(own: impl Iterator<Item = &'a str>, expected: &Expected) -> Prefixes {
        let prefix = |username: &'a str| username.strip_suffix(SESSION_NAME_PLACEHOLDER);
        let own = own.filter_map(prefix).take(MAX_PREFIXES);
        let mut prefixes: BTreeSet<String> = own.map(str::to_owned).collect();
        prefixes.insert(expected.prefix.clone().unwrap_or_default().to_string());
        Prefixes(prefixes)
    }

    /// Returns whether sessions of another role with this username template can have a username with one of the prefixes.
    ///
    /// A session name cannot contain a colon, so a colon in the prefix must be in the template too.
    pub fn are_reachable_from(&self, username: &str) -> bool {
        let Some(other) = username.strip_suffix(SESSION_NAME_PLACEHOLDER) else {
            return false;
        };
        let in_session_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        // The caller can put the rest of the prefix at the start of the session name.
        let mut longer = self
            .0
            .iter()
            .filter_map(|prefix| prefix.strip_prefix(other));
        longer.any(|rest| rest.chars().all(in_session_name))
    }
}

/// Checks the username template of the role. `place` is where it was found.
pub fn username(
    place: &str,
    username: &str,
    fix: &str,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let template = expected.prefix.as_ref().map(|prefix| prefix.template());
    let mut found = |finding: Finding| findings.push(finding.fix(fix));
    if username.starts_with("system:") {
        let what = format!("{place} has the username {username}");
        let why =
            "Kubernetes reserves usernames that start with system: and gives some of them rights";
        found(Finding::dangerous("username-system", what, why));
    } else if username.contains("{{SessionName}}") {
        let what = format!(
            "{place} has {{{{SessionName}}}} in its username instead of {SESSION_NAME_PLACEHOLDER}"
        );
        let why = "it replaces the @ of the email with -, so users do not get what Apono granted to their email";
        found(Finding::wrong("username-not-raw", what, why));
    } else if !username.contains(SESSION_NAME_PLACEHOLDER) {
        let (what, why) = match username {
            "" => (
                format!("{place} has no username"),
                "users do not have their email as username",
            ),
            _ => (
                format!("{place} has the same username {username} for all users"),
                "everyone gets what Apono grants to one of them, and the audit log cannot tell them apart",
            ),
        };
        found(Finding::dangerous("username-shared", what, why));
    } else if template.is_some_and(|template| template != username) {
        let what = format!("{place} has the username {username}");
        let why = "it does not have the prefix of --username-prefix, so users do not have the usernames that Apono grants access to";
        found(Finding::wrong("username-other", what, why));
    } else if expected.prefix.is_none() && username != SESSION_NAME_PLACEHOLDER {
        let what = format!("{place} has the username {username}");
        let why = "in the guide, the username is the email without a prefix: Apono must grant access to the username with the prefix (to check it, use --username-prefix)";
        findings.push(Finding::note("username-prefix", what, why));
    }
}

/// Checks the Kubernetes groups of the role: there should be none.
pub fn groups(place: &str, groups: &[String], fix: &str, findings: &mut Vec<Finding>) {
    let mut groups = groups.to_vec();
    groups.sort();
    let system = groups.iter().any(|group| group.starts_with("system:"));
    let what = format!("{place} adds all users to {}", groups.join(", "));
    let finding = if groups.iter().any(|group| group == MASTERS) {
        let what = format!("every user of the role is cluster admin: {what}");
        let why = "members of system:masters may do everything in the cluster, whatever Apono grants or revokes";
        Finding::dangerous("groups-masters", what, why)
    } else if system {
        let why = "Kubernetes gives its system: groups rights that Apono cannot revoke";
        Finding::dangerous("groups-system", what, why)
    } else if !groups.is_empty() {
        let why = "the guide has no groups: all users always have the rights of these groups, without a grant in Apono";
        Finding::wrong("groups", what, why)
    } else {
        return;
    };
    findings.push(finding.fix(fix));
}
