//! IAM policies as data. Reads every form that the IAM policy grammar allows.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

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

/// One key of a condition block. A statement applies if all its conditions are met; a condition needs one matching value.
#[derive(Debug, Clone)]
pub struct Condition {
    /// In lower case, without `ForAnyValue:`, `ForAllValues:` and `IfExists`.
    pub operator: String,
    pub for_all_values: bool,
    pub if_exists: bool,
    /// In lower case.
    pub key: String,
    pub values: Vec<String>,
}

/// Condition keys that every `sts:AssumeRole` request has, in lower case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS_PRESENT: [&str; 3] = [
    "sts:rolesessionname",
    "aws:principalarn",
    "aws:principalaccount",
];

impl Condition {
    /// Returns whether the condition is also met by requests that do not have the key (`ForAllValues:`, `…IfExists`).
    pub fn is_optional(&self) -> bool {
        let always_present = ALWAYS_PRESENT.contains(&self.key.as_str());
        !always_present && (self.for_all_values || self.if_exists)
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
    serde_json::from_str(&text).map_err(|error| format!("invalid JSON: {error}"))
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
                Some(condition) => conditions(condition)?,
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

fn conditions(block: &Value) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    for (operator, keys) in block.as_object().ok_or("Condition must be an object")? {
        let mut base = operator.to_ascii_lowercase();
        let mut strip = |prefix: &str| match base.strip_prefix(prefix) {
            Some(rest) => {
                base = rest.to_owned();
                true
            }
            None => false,
        };
        let for_all_values = strip("forallvalues:");
        strip("foranyvalue:");
        let if_exists = base.ends_with("ifexists");
        let base = base.trim_end_matches("ifexists");
        for (key, values) in keys
            .as_object()
            .ok_or("a condition operator must be an object")?
        {
            conditions.push(Condition {
                operator: base.to_owned(),
                for_all_values,
                if_exists,
                key: key.to_ascii_lowercase(),
                values: texts(values).ok_or("a condition value is not text")?,
            });
        }
    }
    Ok(conditions)
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

/// Returns whether a pattern with `*` and `?` matches a whole text, ignoring case.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Returns whether a pattern with `*` and `?` matches a whole text. The time is at most proportional to the product of their
/// lengths.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The position of the last `*`, and the end of the text that it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), star) {
            (Some('*'), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(c), _) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            (_, Some((at, went))) => {
                star = Some((at, went + 1));
                p = at + 1;
                t = went + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
