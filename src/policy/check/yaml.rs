//! `mapRoles`, the YAML inside the ConfigMap.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The first document. Plain scalars are what Go's decoder takes them for: text, numbers, `true` and the like, or absent.
///
/// # Errors
/// It is not YAML, or has aliases, or keys that are not text; why.
pub fn parse(text: &str) -> Result<Value, String> {
    let options = granit_parser::options! {
        disallow_directives: true,
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: 50,
        block_nesting_limit: 50,
    };
    let mut open: Vec<(bool, Vec<Value>)> = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) =
            event.map_err(|e| format!("line {}: {}", e.marker().line(), e.kind()))?;
        let line = span.start.line();
        let done = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                open.push((matches!(event, Event::MappingStart(..)), Vec::new()));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((true, children)) => mapping(children, line)?,
                Some((false, children)) => Value::Array(children),
                None => return Err(format!("line {line}: unbalanced")),
            },
            Event::Alias(_) => return Err(format!("line {line}: aliases are not read here")),
            _ => continue,
        };
        match open.last_mut() {
            Some((_, children)) => children.push(done),
            None => return Ok(done),
        }
    }
    Ok(Value::Null)
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" | "yes" | "on" => Value::Bool(true),
        "false" | "no" | "off" => Value::Bool(false),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => number.into(),
            _ => Value::String(text.to_owned()),
        },
    }
}

fn mapping(children: Vec<Value>, line: usize) -> Result<Value, String> {
    let mut map = Map::new();
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        let Value::String(key) = key else {
            return Err(format!("a key before line {line} is not text"));
        };
        if map.insert(key.clone(), value).is_some() {
            return Err(format!("the key {key:?} is there twice before line {line}"));
        }
    }
    Ok(Value::Object(map))
}
