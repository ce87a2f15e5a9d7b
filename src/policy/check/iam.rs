//! IAM policies as data, in all the ways in which IAM lets them be written.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `${…}` stands for a value: in other versions of the language, and without a version, it is text.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
    pub has_variables: bool,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub struct Statement {
    /// `statement 1`, with its Sid where it has one.
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
    Anybody,
    /// Kind (`AWS`, `Federated`, `Service`, …) and name.
    These(Vec<(String, String)>),
    /// `NotPrincipal`.
    AllBut,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patterns {
    None,
    These(Vec<String>),
    /// `NotAction`, `NotResource`.
    AllBut(Vec<String>),
}

impl Patterns {
    /// Whether an action is one of what is written here. Letters' case does not count, as in IAM.
    pub fn cover(&self, action: &str) -> bool {
        self.any(|pattern| matches_ignoring_case(pattern, action))
    }

    /// The same of a resource, whose letters' case counts.
    pub fn cover_resource(&self, resource: &str) -> bool {
        self.any(|pattern| matches(pattern, resource))
    }

    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| is(pattern));
        match self {
            Patterns::None => false,
            Patterns::These(patterns) => any(patterns),
            Patterns::AllBut(patterns) => !any(patterns),
        }
    }
}

/// One key of a condition block. All of a statement's have to hold; of the values, one.
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

/// What each request has that takes a role by `sts:AssumeRole`, in lower case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS_THERE: [&str; 3] = [
    "sts:rolesessionname",
    "aws:principalarn",
    "aws:principalaccount",
];

impl Condition {
    /// Why it holds also where the request does not have the key, if there are such requests.
    pub fn loophole(&self) -> Option<&'static str> {
        if ALWAYS_THERE.contains(&self.key.as_str()) {
            None
        } else if self.for_all_values {
            Some("ForAllValues holds where there is no value")
        } else if self.if_exists {
            Some("…IfExists holds where there is no value")
        } else {
            None
        }
    }
}

impl Policy {
    /// # Errors
    /// It is no IAM policy; why, in words that may hold some of it.
    pub fn parse(document: &Value) -> Result<Policy, String> {
        let decoded;
        let document = match document {
            Value::String(text) => {
                decoded = decode(text)?;
                &decoded
            }
            other => other,
        };
        let policy = document.as_object().ok_or("a policy is a JSON object")?;
        let statements = policy.get("Statement").ok_or("it has no Statement")?;
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

/// IAM's API gives documents percent-encoded; some tools leave them so.
fn decode(text: &str) -> Result<Value, String> {
    let text = match text.trim_start().starts_with('%') {
        true => percent_decode_str(text)
            .decode_utf8()
            .map_err(|e| e.to_string())?,
        false => text.into(),
    };
    serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))
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
        let fields = statement.as_object().ok_or("it is no JSON object")?;
        if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("IAM knows no element {unknown:?}"));
        }
        let label = match fields.get("Sid").and_then(Value::as_str) {
            Some(sid) if !sid.is_empty() => format!("statement {number} ({sid})"),
            _ => format!("statement {number}"),
        };
        let allows = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("its Effect is neither Allow nor Deny".to_owned()),
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
        return Ok(Principals::AllBut);
    }
    let principal = match fields.get("Principal") {
        None => return Ok(Principals::None),
        Some(Value::String(text)) if text == "*" => return Ok(Principals::Anybody),
        Some(principal) => principal.as_object(),
    };
    let mut these = Vec::new();
    for (kind, names) in principal.ok_or("its Principal is neither \"*\" nor an object")? {
        for name in texts(names).ok_or("a Principal is not text")? {
            if kind == "AWS" && name == "*" {
                return Ok(Principals::Anybody);
            }
            these.push((kind.clone(), name));
        }
    }
    Ok(Principals::These(these))
}

fn patterns(fields: &Map<String, Value>, is: &str, not: &str) -> Result<Patterns, String> {
    let read = |value: &Value| texts(value).ok_or(format!("its {is} is not text"));
    match (fields.get(is), fields.get(not)) {
        (Some(_), Some(_)) => Err(format!("it has both {is} and {not}")),
        (Some(these), None) => Ok(Patterns::These(read(these)?)),
        (None, Some(these)) => Ok(Patterns::AllBut(read(these)?)),
        (None, None) => Ok(Patterns::None),
    }
}

fn conditions(block: &Value) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    for (operator, keys) in block.as_object().ok_or("its Condition is no object")? {
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
        for (key, values) in keys.as_object().ok_or("a condition is no object")? {
            conditions.push(Condition {
                operator: base.to_owned(),
                for_all_values,
                if_exists,
                key: key.to_ascii_lowercase(),
                values: texts(values).ok_or("a condition's value is not text")?,
            });
        }
    }
    Ok(conditions)
}

/// One, or each of several: IAM takes both.
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

/// Whether a pattern with `*` and `?` matches all of a text, whatever the case of letters.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Whether a pattern with `*` and `?` matches all of a text. Takes time in the product of their lengths at most.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The last star, and how far what it stands for went.
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
