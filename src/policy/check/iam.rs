//! IAM policies as data. Reads every form that the IAM policy grammar allows.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod condition;
mod glob;
mod json;

pub use condition::{Condition, Test};
pub use glob::{covers, matches, matches_ignoring_case, overlaps};
pub use json::Json;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `${…}` is a policy variable. In other versions of the language, and without a version, it is plain text.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
    pub has_variables: bool,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub struct Statement {
    /// `statement 1`, with its Sid if it has one.
    pub label: String,
    pub allows: bool,
    pub principals: Principals,
    pub actions: Patterns,
    pub resources: Patterns,
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    None,
    /// `"*"`, or `{"AWS": "*"}`.
    Anyone,
    /// Kind (`AWS`, `Federated`, `Service`, …) and name.
    These(Vec<(String, String)>),
    /// `NotPrincipal`.
    AllExcept,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patterns {
    None,
    These(Vec<String>),
    /// `NotAction`, `NotResource`.
    AllExcept(Vec<String>),
}

impl Patterns {
    /// Returns whether the patterns include an action. Case is ignored, as in IAM.
    pub fn cover(&self, action: &str) -> bool {
        self.any(|pattern| matches_ignoring_case(pattern, action))
    }

    /// Returns whether the patterns include a resource. Case counts.
    pub fn cover_resource(&self, resource: &str) -> bool {
        self.any(|pattern| matches(pattern, resource))
    }

    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| is(pattern));
        match self {
            Patterns::None => false,
            Patterns::These(patterns) => any(patterns),
            Patterns::AllExcept(patterns) => !any(patterns),
        }
    }
}

impl Policy {
    /// Returns the policy in a document: a JSON object, or its text.
    ///
    /// # Errors
    /// It is not an IAM policy. The reason can quote the document.
    pub fn parse(document: &Value) -> Result<Policy, String> {
        let decoded;
        let document = match document {
            Value::String(text) => {
                decoded = decode(text)?;
                &decoded
            }
            other => other,
        };
        let policy = document
            .as_object()
            .ok_or("a policy must be a JSON object")?;
        let statements = policy
            .get("Statement")
            .ok_or("the policy has no Statement")?;
        let statements = each(statements)
            .enumerate()
            .map(|(at, statement)| {
                Statement::parse(statement, at + 1)
                    .map_err(|why| format!("statement {}: {why}", at + 1))
            })
            .collect::<Result<_, _>>()?;
        Ok(Policy {
            has_variables: policy.get("Version").and_then(Value::as_str) == Some("2012-10-17"),
            statements,
        })
    }
}

/// Returns the JSON in a text. The IAM API returns documents percent-encoded, and some tools print them like that.
fn decode(text: &str) -> Result<Value, String> {
    let text = match text.trim_start().starts_with('%') {
        true => percent_decode_str(text)
            .decode_utf8()
            .map_err(|e| e.to_string())?,
        false => text.into(),
    };
    let Json(document) =
        serde_json::from_str(&text).map_err(|error| format!("invalid JSON: {error}"))?;
    Ok(document)
}

impl Statement {
    fn parse(statement: &Value, number: usize) -> Result<Statement, String> {
        const KNOWN: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let fields = statement.as_object().ok_or("not a JSON object")?;
        if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("{unknown:?} is not an IAM policy element"));
        }
        let label = match fields.get("Sid").and_then(Value::as_str) {
            Some(sid) if !sid.is_empty() => format!("statement {number} ({sid})"),
            _ => format!("statement {number}"),
        };
        let allows = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("Effect must be Allow or Deny".to_owned()),
        };
        Ok(Statement {
            label,
            allows,
            principals: principals(fields)?,
            actions: patterns(fields, "Action", "NotAction")?,
            resources: patterns(fields, "Resource", "NotResource")?,
            conditions: match fields.get("Condition") {
                Some(conditions) => Condition::all(conditions)?,
                None => Vec::new(),
            },
        })
    }
}

fn principals(fields: &Map<String, Value>) -> Result<Principals, String> {
    if fields.contains_key("NotPrincipal") {
        return Ok(Principals::AllExcept);
    }
    let principal = match fields.get("Principal") {
        None => return Ok(Principals::None),
        Some(Value::String(text)) if text == "*" => return Ok(Principals::Anyone),
        Some(principal) => principal.as_object(),
    };
    let mut these = Vec::new();
    for (kind, names) in principal.ok_or("Principal must be \"*\" or an object")? {
        for name in texts(names).ok_or("a principal is not text")? {
            if kind == "AWS" && name == "*" {
                return Ok(Principals::Anyone);
            }
            these.push((kind.clone(), name));
        }
    }
    Ok(Principals::These(these))
}

fn patterns(fields: &Map<String, Value>, is: &str, not: &str) -> Result<Patterns, String> {
    let read = |value: &Value| texts(value).ok_or(format!("{is} is not text"));
    match (fields.get(is), fields.get(not)) {
        (Some(_), Some(_)) => Err(format!("{is} and {not} in one statement")),
        (Some(these), None) => Ok(Patterns::These(read(these)?)),
        (None, Some(these)) => Ok(Patterns::AllExcept(read(these)?)),
        (None, None) => Ok(Patterns::None),
    }
}

/// Returns the items of a list, or the one value: IAM accepts both.
pub fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    each(value)
        .map(|item| match item {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(item.to_string()),
            _ => None,
        })
        .collect()
}
