//! Usernames and groups of a mapping, in `aws-auth` or an access entry.

use std::collections::BTreeSet;

use crate::policy::check::{Expected, Finding};
use crate::policy::mapping::SESSION_NAME;

pub const MASTERS: &str = "system:masters";

/// Different ones that are looked at; a role has one entry, and a mistake makes it two.
const MAX_PREFIXES: usize = 20;

/// What stands before the session's name in usernames that Apono grants to.
pub struct Names(BTreeSet<String>);

impl Names {
    /// Of the role's own usernames, and of what is to be there.
    pub fn new<'a>(own: impl Iterator<Item = &'a str>, expected: &Expected) -> Names {
        let prefix = |username: &'a str| username.strip_suffix(SESSION_NAME);
        let own = own.filter_map(prefix).take(MAX_PREFIXES);
        let mut prefixes: BTreeSet<String> = own.map(str::to_owned).collect();
        prefixes.insert(expected.prefix.clone().unwrap_or_default().to_string());
        Names(prefixes)
    }

    /// Whether sessions of another role with this username can have one of them. A session's name has no colon: where a
    /// prefix has one, the other username has to have it as well.
    pub fn has(&self, username: &str) -> bool {
        let Some(other) = username.strip_suffix(SESSION_NAME) else {
            return false;
        };
        let in_session_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        // The rest of the prefix is then typed as part of the session's name.
        let mut longer = self
            .0
            .iter()
            .filter_map(|prefix| prefix.strip_prefix(other));
        longer.any(|rest| rest.chars().all(in_session_name))
    }
}

pub fn username(
    place: &str,
    username: &str,
    mend: &str,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let template = expected.prefix.as_ref().map(|prefix| prefix.template());
    let mut found = |finding: Finding| findings.push(finding.mend(mend));
    if username.starts_with("system:") {
        let what = format!("{place} has the username {username}");
        let why = "Kubernetes gives names that start with system: rights of their own";
        found(Finding::dangerous("username-system", what, why));
    } else if username.contains("{{SessionName}}") {
        let what = format!(
            "{place} has {{{{SessionName}}}} in its username, where {SESSION_NAME} belongs"
        );
        let why = "it turns the @ of emails into -: nobody has what Apono granted to their email";
        found(Finding::wrong("username-not-raw", what, why));
    } else if !username.contains(SESSION_NAME) {
        let (what, why) = match username {
            "" => (
                format!("{place} has no username"),
                "nobody is called by their email",
            ),
            _ => (
                format!("{place} has the username {username} for everybody"),
                "what Apono grants to one of them all have, and the audit log does not tell them apart",
            ),
        };
        found(Finding::dangerous("username-shared", what, why));
    } else if template.is_some_and(|template| template != username) {
        let what = format!("{place} has the username {username}");
        let why = "it is not the one that was asked for: Apono grants to names that nobody has";
        found(Finding::wrong("username-other", what, why));
    } else if expected.prefix.is_none() && username != SESSION_NAME {
        let what = format!("{place} has the username {username}");
        let why = "the guide has the email alone: Apono has to grant to the whole name (check with --username-prefix)";
        findings.push(Finding::note("username-prefix", what, why));
    }
}

pub fn groups(place: &str, groups: &[String], mend: &str, findings: &mut Vec<Finding>) {
    let mut groups = groups.to_vec();
    groups.sort();
    let system = groups.iter().any(|group| group.starts_with("system:"));
    let what = format!("{place} puts everybody into {}", groups.join(", "));
    let finding = if groups.iter().any(|group| group == MASTERS) {
        let what = format!("EVERYBODY IS CLUSTER ADMIN: {what}");
        let why = "it passes every check of RBAC, always: nothing that Apono grants or takes away matters";
        Finding::dangerous("groups-masters", what, why)
    } else if system {
        let why = "Kubernetes' own groups have rights that Apono does not take away";
        Finding::dangerous("groups-system", what, why)
    } else if !groups.is_empty() {
        let why =
            "the guide has no groups: what is granted to them everybody has always, without Apono";
        Finding::wrong("groups", what, why)
    } else {
        return;
    };
    findings.push(finding.mend(mend));
}
