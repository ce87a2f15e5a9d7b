//! The condition on `sts:RoleSessionName`: what it binds the session name to.

use super::SUBJECT;
use crate::policy::check::iam::{Condition, Statement, Test};

/// The condition key, in lower case.
pub const SESSION_NAME: &str = "sts:rolesessionname";

/// What a statement binds the session name to.
pub enum Binding {
    /// No session name meets it, so no caller assumes the role.
    Never,
    /// The user who signed in.
    Subject,
    /// The same, compared case-sensitively.
    SubjectCaseSensitive,
    /// Another variable that the caller cannot choose.
    OtherVariable(String),
    /// Nothing that identifies the caller. The text is the reason.
    None(String),
}

/// Returns what a statement binds the session name to. `allows_tags`: the policy allows callers to pass session tags.
pub fn binding(statement: &Statement, allows_tags: bool) -> Binding {
    // All conditions must be met, so the strictest one counts.
    let rank = |binding: &Binding| match binding {
        Binding::Never => 0,
        Binding::Subject => 1,
        Binding::SubjectCaseSensitive => 2,
        Binding::OtherVariable(_) => 3,
        Binding::None(_) => 4,
    };
    let conditions = statement
        .conditions
        .iter()
        .filter(|c| c.key == SESSION_NAME);
    let strictest = conditions
        .map(|condition| of_condition(condition, allows_tags))
        .min_by_key(rank);
    strictest
        .unwrap_or_else(|| Binding::None("it has no condition on sts:RoleSessionName".to_owned()))
}

/// Returns what a condition on the session name binds it to.
pub fn of_condition(condition: &Condition, allows_tags: bool) -> Binding {
    let free = |how: String| Binding::None(format!("its condition on sts:RoleSessionName {how}"));
    if !condition.limits(true) || condition.test == Test::Arn {
        let operator = &condition.operator;
        return free(format!("({operator}) does not identify the caller"));
    }
    if condition.values.is_empty() {
        return free("is empty".to_owned());
    }
    let can_match = |value: &&String| {
        condition.test == Test::Like || value.contains("${") || is_session_name(value)
    };
    let values: Vec<&String> = condition.values.iter().filter(can_match).collect();
    if values.is_empty() {
        return Binding::Never;
    }
    let is_other = |value: &&&String| !value.eq_ignore_ascii_case(SUBJECT);
    for value in values.iter().filter(is_other) {
        match variable(value) {
            None => return free(format!("allows {value:?} for every caller")),
            Some(key) if !is_fixed(key, allows_tags) => {
                return free(format!("allows {value}, which the caller chooses"));
            }
            Some(_) => {}
        }
    }
    match values.iter().find(is_other) {
        Some(other) => Binding::OtherVariable((*other).clone()),
        None if condition.test == Test::EqualsIgnoringCase => Binding::Subject,
        None => Binding::SubjectCaseSensitive,
    }
}

/// Returns whether STS accepts a session name.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn is_session_name(value: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    (2..=64).contains(&value.len()) && value.chars().all(allowed)
}

/// Returns whether the value of a key other than that of [`SUBJECT`] is set by IAM or the identity provider, not by the caller. Unknown keys are not.
fn is_fixed(key: &str, allows_tags: bool) -> bool {
    const FIXED: [&str; 3] = ["aws:username", "aws:userid", "identitystore:userid"];
    let key = key.to_ascii_lowercase();
    FIXED.contains(&key.as_str()) || key.starts_with("aws:principaltag/") && !allows_tags
}

/// Returns the key of `${KEY}`, if that is the whole value and it has no default for callers without the key.
fn variable(value: &str) -> Option<&str> {
    let key = value.strip_prefix("${")?.strip_suffix('}')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    (key.contains(':') && key.chars().all(plain)).then_some(key)
}
