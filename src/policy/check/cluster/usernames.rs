//! The username and the groups of a mapping, in `aws-auth` or an access entry.

use std::collections::BTreeSet;

use crate::names::{SESSION_NAME_PLACEHOLDER, UsernamePrefix};
use crate::policy::check::{Expected, Finding};

/// Maximum number of prefixes that are compared. A role has one mapping, or by mistake a few.
const MAX_PREFIXES: usize = 20;
/// Maximum length of one in bytes, as for `--username-prefix`.
const MAX_PREFIX: usize = 128;

const ACCOUNT_PLACEHOLDER: &str = "{{AccountID}}";

/// The usernames that Apono grants access to: a prefix, and an email.
pub struct Grants {
    prefixes: BTreeSet<String>,
}

impl Grants {
    /// Returns those with the prefixes of the role's own usernames, and with the expected one. `has_unknown_entry`: the role has
    /// an access entry that is not in the input.
    pub fn new<'a>(
        own: impl Iterator<Item = &'a str>,
        has_unknown_entry: bool,
        expected: &Expected,
    ) -> Grants {
        let prefix = |username: &'a str| {
            let username = rendered(username, expected);
            let prefix = username.strip_suffix(SESSION_NAME_PLACEHOLDER)?;
            (prefix.len() <= MAX_PREFIX).then(|| prefix.to_owned())
        };
        let mut prefixes: BTreeSet<String> = own.filter_map(prefix).take(MAX_PREFIXES).collect();
        prefixes.insert(expected.prefix.clone().unwrap_or_default().to_string());
        if has_unknown_entry {
            prefixes.insert(UsernamePrefix::access_entry_default().to_string());
        }
        Grants { prefixes }
    }

    /// Returns whether a principal with this username template can have one of the usernames.
    pub fn include(&self, template: &str, principal: &str) -> bool {
        let mut principal = principal.split(':').skip(4);
        let account = principal.next().unwrap_or_default();
        let is_user = principal
            .next()
            .is_some_and(|name| name.starts_with("user/"));
        let parts = match is_user {
            // A user has no session name: nothing is in its place.
            true => {
                let without_raw = template.replace(SESSION_NAME_PLACEHOLDER, "");
                parts(&without_raw.replace("{{SessionName}}", ""), account)
            }
            false => parts(template, account),
        };
        self.prefixes.iter().any(|prefix| can_be(&parts, prefix))
    }
}

/// A part of a username template.
enum Part {
    Char(char),
    /// Any number of these characters. The caller chooses them, or AWS.
    Any(Chars),
}

/// Whether a character is one of a set.
type Chars = fn(char) -> bool;

/// What the authenticator replaces, and the characters that it can put there.
const PLACEHOLDERS: [(&str, Chars); 5] = [
    (ACCOUNT_PLACEHOLDER, |c| c.is_ascii_digit()),
    ("{{AccessKeyID}}", |c| c.is_ascii_alphanumeric()),
    ("{{EC2PrivateDNSName}}", |c| {
        c.is_ascii_alphanumeric() || ".-".contains(c)
    }),
    ("{{SessionName}}", |c| c != '@' && in_session_name(c)),
    (SESSION_NAME_PLACEHOLDER, in_session_name),
];

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn in_session_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// Returns the parts of a template for principals of the account.
fn parts(template: &str, account: &str) -> Vec<Part> {
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let template = match is_account {
        true => template.replace(ACCOUNT_PLACEHOLDER, account),
        false => template.to_owned(),
    };
    let mut parts = Vec::new();
    let mut rest = template.as_str();
    while let Some(c) = rest.chars().next() {
        let known = PLACEHOLDERS.iter().find(|(name, _)| rest.starts_with(name));
        let (part, length) = match (known, c) {
            (Some((name, set)), _) => (Part::Any(*set), name.len()),
            // Placeholders in each other: one can render the name of another.
            (None, '{' | '}') => (Part::Any(in_session_name), 1),
            (None, c) => (Part::Char(c), c.len_utf8()),
        };
        parts.push(part);
        rest = &rest[length..];
    }
    parts
}

/// Returns whether the parts can be the prefix and an email.
fn can_be(parts: &[Part], prefix: &str) -> bool {
    // Whether the text so far can end before each part, or after all of them.
    let mut ends = vec![false; parts.len() + 1];
    ends[0] = true;
    skip(parts, &mut ends);
    for c in prefix.chars() {
        let mut next = vec![false; ends.len()];
        for (at, part) in parts.iter().enumerate().filter(|&(at, _)| ends[at]) {
            match part {
                Part::Char(wanted) => next[at + 1] |= *wanted == c,
                Part::Any(set) => next[at] |= set(c),
            }
        }
        skip(parts, &mut next);
        ends = next;
    }
    // The email begins after all that cannot be in it, and before its @.
    let is_foreign = |part: &Part| matches!(part, Part::Char(c) if !in_session_name(*c));
    let first = parts.iter().rposition(is_foreign).map_or(0, |at| at + 1);
    let has_name = |begin: usize| {
        parts[begin..]
            .iter()
            .enumerate()
            .any(|(at, part)| match part {
                Part::Any(set) => set('@'),
                Part::Char(c) => *c == '@' && at > 0 && begin + at + 1 < parts.len(),
            })
    };
    // What a later begin can be, an earlier one can be too.
    (first..parts.len())
        .find(|&at| ends[at])
        .is_some_and(has_name)
}

/// Marks what follows from leaving out parts that can be empty.
fn skip(parts: &[Part], ends: &mut [bool]) {
    for (at, part) in parts.iter().enumerate() {
        ends[at + 1] |= ends[at] && matches!(part, Part::Any(_));
    }
}

/// Returns the username template as the role's sessions have it: they are all of one account.
pub fn rendered(username: &str, expected: &Expected) -> String {
    username.replace(ACCOUNT_PLACEHOLDER, expected.role.account().as_str())
}

/// Checks the username template of the role. `place` is where it was found, `guide` the prefix that the guide has there.
pub fn username(
    place: &str,
    username: &str,
    guide: &UsernamePrefix,
    fix: &str,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let template = rendered(username, expected);
    let mut found = |finding: Finding| findings.push(finding.fix(fix));
    if template.starts_with("system:") {
        let what = format!("{place} has the username {username}");
        let why =
            "Kubernetes reserves usernames that start with system: and gives some of them rights";
        found(Finding::dangerous("username-system", what, why));
    } else if template.contains("{{SessionName}}") {
        let what = format!(
            "{place} has {{{{SessionName}}}} in its username instead of {SESSION_NAME_PLACEHOLDER}"
        );
        let why = "it replaces the @ of the email with -, so users do not get what Apono granted to their email";
        found(Finding::wrong("username-not-raw", what, why));
    } else if let Some((prefix, suffix)) = template.rsplit_once(SESSION_NAME_PLACEHOLDER) {
        let what = format!("{place} has the username {username:?}");
        let wanted = expected.prefix.as_ref().map(UsernamePrefix::to_string);
        if !suffix.is_empty() {
            let why = format!(
                "after {SESSION_NAME_PLACEHOLDER} there is {suffix:?}, so users do not have the usernames that Apono grants access to"
            );
            found(Finding::wrong("username-suffix", what, why));
        } else if let Err(error) = prefix.parse::<UsernamePrefix>() {
            let why =
                format!("users do not have the usernames that Apono grants access to: {error}");
            found(Finding::wrong("username-other", what, why));
        } else if wanted.as_deref().is_some_and(|wanted| wanted != prefix) {
            let why = "it does not have the prefix of --username-prefix, so users do not have the usernames that Apono grants access to";
            found(Finding::wrong("username-other", what, why));
        } else if wanted.is_none() && prefix != guide.to_string() {
            let why = format!(
                "in the guide, the username is {}: Apono must grant access to usernames with the prefix {prefix:?} (to check it, use --username-prefix)",
                guide.template()
            );
            findings.push(Finding::note("username-prefix", what, why));
        }
    } else if template.is_empty() {
        let what = format!("{place} has no username");
        let why = "users do not have their email as username";
        found(Finding::dangerous("username-shared", what, why));
    } else if template.contains("{{EC2PrivateDNSName}}") {
        let what = format!("{place} has the username {username:?}");
        let why = "only nodes have such a name, so the cluster rejects the role's sessions";
        found(Finding::wrong("username-other", what, why));
    } else if template.contains("{{AccessKeyID}}") {
        let what = format!("{place} has the username {username:?}");
        let why = "it is another one for each access key, so users do not have the usernames that Apono grants access to";
        found(Finding::wrong("username-other", what, why));
    } else {
        let what = format!("{place} has the same username {username:?} for all users");
        let why = "everyone gets what Apono grants to one of them, and the audit log cannot tell them apart";
        found(Finding::dangerous("username-shared", what, why));
    }
}

/// Returns whether the groups make a principal cluster admin, so that another username gives it nothing.
pub fn is_admin(groups: &[String]) -> bool {
    groups.iter().any(|group| group == "system:masters")
}

/// Checks the Kubernetes groups of the role: there should be none.
pub fn groups(place: &str, groups: &[String], fix: &str, findings: &mut Vec<Finding>) {
    let mut groups = groups.to_vec();
    groups.sort();
    let system = groups.iter().any(|group| group.starts_with("system:"));
    let what = format!("{place} adds all users to {}", groups.join(", "));
    let finding = if is_admin(&groups) {
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
