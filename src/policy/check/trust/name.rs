//! What the session's name is held against: the condition on `sts:RoleSessionName`.

use crate::policy::check::iam::{Condition, Statement};
use crate::policy::document::SUBJECT;

pub const NAME: &str = "sts:rolesessionname";

/// What a session's name is held against.
pub enum Named {
    /// Who signed in.
    Bound,
    /// The same, capitals included.
    ByCase,
    /// Something of the caller's that is not the guide's.
    Otherwise(String),
    /// Nothing that ties it to the caller; why.
    Free(String),
}

/// `takes_tags`: the policy lets sessions have tags.
pub fn named(statement: &Statement, takes_tags: bool) -> Named {
    // All of them have to hold, so the strictest counts.
    let rank = |named: &Named| match named {
        Named::Bound => 0,
        Named::ByCase => 1,
        Named::Otherwise(_) => 2,
        Named::Free(_) => 3,
    };
    let conditions = statement.conditions.iter().filter(|c| c.key == NAME);
    let strictest = conditions
        .map(|condition| binding(condition, takes_tags))
        .min_by_key(rank);
    strictest
        .unwrap_or_else(|| Named::Free("there is no condition on sts:RoleSessionName".to_owned()))
}

fn binding(condition: &Condition, takes_tags: bool) -> Named {
    let (operator, values) = (condition.operator.as_str(), &condition.values);
    let free = |how: String| Named::Free(format!("its condition on sts:RoleSessionName {how}"));
    if !matches!(
        operator,
        "stringequals" | "stringequalsignorecase" | "stringlike"
    ) {
        return free(format!("({operator}) does not bind the name to the caller"));
    }
    if values.is_empty() {
        return free("is empty".to_owned());
    }
    for value in values {
        match variable(value) {
            None => return free(format!("takes {value:?}, whoever asks")),
            Some(key) if !is_callers(key, takes_tags) => {
                return free(format!("takes {value}, which its callers choose"));
            }
            Some(_) => {}
        }
    }
    let mut others = values.iter().filter(|v| !v.eq_ignore_ascii_case(SUBJECT));
    match others.next() {
        Some(other) => Named::Otherwise(other.clone()),
        None if operator == "stringequalsignorecase" => Named::Bound,
        None => Named::ByCase,
    }
}

/// Keys whose value whoever signs the caller in decides, and not the caller. Of all others that is not known.
fn is_callers(key: &str, takes_tags: bool) -> bool {
    const THEIRS: [&str; 4] = [
        "saml:sub",
        "aws:username",
        "aws:userid",
        "identitystore:userid",
    ];
    let key = key.to_ascii_lowercase();
    THEIRS.contains(&key.as_str()) || key.starts_with("aws:principaltag/") && !takes_tags
}

/// The key of `${KEY}`, if that is all of the value and there is no default for callers that do not have it.
fn variable(value: &str) -> Option<&str> {
    let key = value.strip_prefix("${")?.strip_suffix('}')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    (key.contains(':') && key.chars().all(plain)).then_some(key)
}
