//! The text of new values: block YAML as kubectl prints it, or JSON inside flow style.

use crate::yaml::{bare_or_quoted, quoted};

/// A value to write. Mappings keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Null,
    Bool(bool),
    Str(&'v str),
    List(Vec<Value<'v>>),
    Map(Vec<(&'static str, Value<'v>)>),
}

impl Value<'_> {
    /// Returns the value without the fields that are empty strings, which mean the same as missing ones.
    pub fn without_empty(&self) -> Self {
        match self {
            Value::Map(pairs) => {
                let kept = pairs.iter().filter(|(_, value)| *value != Value::Str(""));
                Value::Map(
                    kept.map(|(key, value)| (*key, value.without_empty()))
                        .collect(),
                )
            }
            other => other.clone(),
        }
    }

    /// Returns the value on one line in a block context; `None` if it needs several lines.
    pub fn inline(&self) -> Option<String> {
        Some(match self {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Str(s) => bare_or_quoted(s),
            Value::List(items) if items.is_empty() => "[]".to_owned(),
            Value::Map(pairs) if pairs.is_empty() => "{}".to_owned(),
            Value::List(_) | Value::Map(_) => return None,
        })
    }

    /// Returns block lines, each starting with `indent`, in kubectl's style: lists have the indent of their key.
    pub fn lines(&self, indent: &str) -> Vec<String> {
        match self {
            Value::Map(pairs) if !pairs.is_empty() => {
                let lines = pairs
                    .iter()
                    .flat_map(|(key, value)| pair_lines(indent, key, value));
                lines.collect()
            }
            Value::List(items) if !items.is_empty() => items
                .iter()
                .flat_map(|item| item_lines(indent, item))
                .collect(),
            _ => vec![format!("{indent}{}", self.inline().unwrap_or_default())],
        }
    }

    /// Returns JSON: on one line, or indented relative to `indent`, which is that of the enclosing line.
    pub fn json(&self, style: &JsonStyle, indent: &str) -> String {
        let inner = format!("{indent}{}", style.unit);
        let wrap = |open: char, parts: Vec<String>, close: char| {
            if parts.is_empty() {
                format!("{open}{close}")
            } else if style.indented {
                let eol = style.eol;
                let body = parts.join(&format!(",{eol}{inner}"));
                format!("{open}{eol}{inner}{body}{eol}{indent}{close}")
            } else {
                format!("{open}{}{close}", parts.join(&format!(",{}", style.space)))
            }
        };
        match self {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Str(s) => quoted(s),
            Value::List(items) => {
                let parts = items.iter().map(|v| v.json(style, &inner)).collect();
                wrap('[', parts, ']')
            }
            Value::Map(pairs) => {
                let parts = pairs
                    .iter()
                    .map(|(k, v)| json_pair(k, v, style, &inner))
                    .collect();
                wrap('{', parts, '}')
            }
        }
    }
}

/// The layout of the flow style around the edit.
#[derive(Debug, Clone)]
pub(super) struct JsonStyle {
    pub indented: bool,
    /// One level of indentation.
    pub unit: String,
    /// The text after a colon, and after a comma on one line.
    pub space: &'static str,
    pub eol: &'static str,
}

pub(super) fn json_pair(key: &str, value: &Value<'_>, style: &JsonStyle, indent: &str) -> String {
    let space = if style.indented { " " } else { style.space };
    format!("{}:{space}{}", quoted(key), value.json(style, indent))
}

pub(super) fn pair_lines(indent: &str, key: &str, value: &Value<'_>) -> Vec<String> {
    match value.inline() {
        Some(text) => vec![format!("{indent}{key}: {text}")],
        None => {
            let mut lines = vec![format!("{indent}{key}:")];
            lines.extend(value.lines(&nested(indent, value)));
            lines
        }
    }
}

/// Returns the indent of a value's lines below a key at `indent`.
pub(super) fn nested(indent: &str, value: &Value<'_>) -> String {
    match value {
        Value::List(_) => indent.to_owned(),
        _ => format!("{indent}  "),
    }
}

pub(super) fn item_lines(indent: &str, item: &Value<'_>) -> Vec<String> {
    let mut lines = item.lines(&format!("{indent}  "));
    if let Some(first) = lines.first_mut() {
        first.replace_range(..indent.len() + 2, &format!("{indent}- "));
    }
    lines
}
