//! The condition on `sts:RoleSessionName`: what it binds the session name to.

use super::SUBJECT;
use crate::policy::check::iam::{Condition, Statement};

/// The condition key, in lower case.
pub const SESSION_NAME: &str = "sts:rolesessionname";

/// What a statement binds the session name to.
pub enum Binding {
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
        Binding::Subject => 0,
        Binding::SubjectCaseSensitive => 1,
        Binding::OtherVariable(_) => 2,
        Binding::None(_) => 3,
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

fn of_condition(condition: &Condition, allows_tags: bool) -> Binding {
    let (operator, values) = (condition.operator.as_str(), &condition.values);
    let free = |how: String| Binding::None(format!("its condition on sts:RoleSessionName {how}"));
    if !matches!(
        operator,
        "stringequals" | "stringequalsignorecase" | "stringlike"
    ) {
        return free(format!("({operator}) does not identify the caller"));
    }
    if values.is_empty() {
        return free("is empty".to_owned());
    }
    let is_other = |value: &&String| !value.eq_ignore_ascii_case(SUBJECT);
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
        Some(other) => Binding::OtherVariable(other.clone()),
        None if operator == "stringequalsignorecase" => Binding::Subject,
        None => Binding::SubjectCaseSensitive,
    }
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
