//! A document as a tree that keeps the order of its keys, and its text as JSON, YAML or HCL.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Number(u32),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub fn map<const N: usize>(pairs: [(&str, Node); N]) -> Node {
        Node::Map(pairs.map(|(key, value)| (key.to_owned(), value)).into())
    }

    fn is_single_line(&self) -> bool {
        match self {
            Node::Text(_) | Node::Number(_) => true,
            Node::List(items) => items.is_empty(),
            Node::Map(pairs) => pairs.is_empty(),
        }
    }

    /// Returns indented JSON with a final newline.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Returns block style YAML with a final newline.
    pub fn yaml(&self) -> String {
        yaml_lines(self).join("\n") + "\n"
    }

    /// Returns an HCL expression. Lines after the first are indented by `indent` spaces.
    /// <https://developer.hashicorp.com/terraform/language/expressions>
    pub fn hcl(&self, indent: usize) -> String {
        let inner = indent + 2;
        match self {
            Node::Text(text) => hcl_text(text),
            Node::Number(number) => number.to_string(),
            Node::List(items) if items.is_empty() => "[]".to_owned(),
            Node::Map(pairs) if pairs.is_empty() => "{}".to_owned(),
            Node::List(items) => {
                let line = |item: &Node| format!("{:inner$}{},\n", "", item.hcl(inner));
                let items: String = items.iter().map(line).collect();
                format!("[\n{items}{:indent$}]", "")
            }
            Node::Map(pairs) => {
                format!("{{\n{}{:indent$}}}", hcl_attributes(pairs, inner), "")
            }
        }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Text(text) => serializer.serialize_str(text),
            Node::Number(number) => serializer.serialize_u32(*number),
            Node::List(items) => serializer.collect_seq(items),
            Node::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

fn yaml_lines(node: &Node) -> Vec<String> {
    match node {
        Node::Text(text) => vec![yaml_text(text)],
        Node::Number(number) => vec![number.to_string()],
        Node::List(items) if items.is_empty() => vec!["[]".to_owned()],
        Node::Map(pairs) if pairs.is_empty() => vec!["{}".to_owned()],
        Node::List(items) => items
            .iter()
            .flat_map(|item| {
                let lines = yaml_lines(item).into_iter().enumerate();
                lines.map(|(at, line)| match at {
                    0 => format!("- {line}"),
                    _ => format!("  {line}"),
                })
            })
            .collect(),
        Node::Map(pairs) => pairs
            .iter()
            .flat_map(|(key, value)| {
                let (key, value_lines) = (yaml_text(key), yaml_lines(value));
                match value.is_single_line() {
                    true => vec![format!("{key}: {}", value_lines.concat())],
                    false => std::iter::once(format!("{key}:"))
                        .chain(value_lines.into_iter().map(|line| format!("  {line}")))
                        .collect(),
                }
            })
            .collect(),
    }
}

/// Returns a YAML scalar: plain if every YAML parser reads it as the same text, else in double quotes.
///
/// JSON's escapes are valid in YAML's double quotes.
fn yaml_text(text: &str) -> String {
    const KEYWORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !KEYWORDS.contains(&text.to_ascii_lowercase().as_str());
    match is_plain {
        true => text.to_owned(),
        false => serde_json::to_string(text).unwrap_or_default(),
    }
}

/// Returns indented `KEY = VALUE` lines, with the equals signs of consecutive one-line values aligned.
/// <https://developer.hashicorp.com/terraform/language/style#code-formatting>
pub fn hcl_attributes(pairs: &[(String, Node)], indent: usize) -> String {
    let mut text = String::new();
    for run in pairs.chunk_by(|(_, a), (_, b)| a.is_single_line() && b.is_single_line()) {
        let width = run.iter().map(|(key, _)| hcl_key(key).len()).max();
        let width = width.unwrap_or_default();
        for (key, value) in run {
            let (key, value) = (hcl_key(key), value.hcl(indent));
            text += &format!("{:indent$}{key:width$} = {value}\n", "");
        }
    }
    text
}

fn hcl_key(key: &str) -> String {
    let identifier = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(identifier) {
        true => key.to_owned(),
        false => hcl_text(key),
    }
}

/// Returns a quoted string in which HCL interpolates nothing.
/// <https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences>
fn hcl_text(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Node {
        Node::map([
            ("Version", "2012-10-17".into()),
            ("on", "off".into()),
            ("colon:in:key", "${SAML:sub} %{x} \"q\" \\".into()),
            ("none", Node::List(Vec::new())),
            (
                "list",
                Node::List(vec![
                    "a".into(),
                    Node::map([("x", Node::Number(1)), ("y", "arn:aws:x::1:y/*".into())]),
                ]),
            ),
            ("last", "z".into()),
        ])
    }

    #[test]
    fn json_keeps_the_order_of_keys() {
        let json = document().json();
        let at = |key: &str| json.find(key).unwrap();
        assert!(at("Version") < at("\"on\"") && at("list") < at("last"));
        assert!(json.ends_with("}\n"));
    }

    #[test]
    fn yaml_quotes_what_parsers_would_not_read_as_text() {
        let expected = r#"Version: "2012-10-17"
"on": "off"
colon:in:key: "${SAML:sub} %{x} \"q\" \\"
none: []
list:
  - a
  - x: 1
    "y": "arn:aws:x::1:y/*"
last: z
"#;
        assert_eq!(document().yaml(), expected);
    }

    #[test]
    fn hcl_interpolates_nothing() {
        let expected = r#"{
  Version        = "2012-10-17"
  on             = "off"
  "colon:in:key" = "$${SAML:sub} %%{x} \"q\" \\"
  none           = []
  list = [
    "a",
    {
      x = 1
      y = "arn:aws:x::1:y/*"
    },
  ]
  last = "z"
}"#;
        assert_eq!(document().hcl(0), expected);
    }
}
