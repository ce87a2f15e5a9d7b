//! XML as SAML uses it: parsed within limits, and read by namespace and name only. Pure.

use std::collections::HashSet;

use roxmltree::{Document, Node};

use super::{Error, bounded};

/// The most namespace declarations in a document. Providers repeat two of them at every value.
const MOST_DECLARATIONS: usize = 2_000;
/// The most different names that are declared. The parser compares all of them at every declaration.
const MOST_PREFIXES: usize = 64;
/// The most equals signs up to the next `<`. The parser compares all attributes of an element with each other.
const MOST_ATTRIBUTES: usize = 256;

/// Parses a document.
///
/// # Errors
/// It is not XML 1.0 in UTF-8, has a document type declaration, or would take long to parse.
pub(super) fn parse(text: &str) -> Result<Document<'_>, Error> {
    declaration(text)?;
    bounds(text)?;
    Document::parse(text).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Error::Dtd,
        error => not_xml(&error.to_string()),
    })
}

fn not_xml(why: &str) -> Error {
    Error::NotXml { why: bounded(why) }
}

/// Checks the XML declaration. The parser ignores it, and other readers of the document would not.
fn declaration(text: &str) -> Result<(), Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with(is_blank))
    else {
        return Ok(());
    };
    let Some((inside, _)) = rest.split_once("?>") else {
        return Err(not_xml("the XML declaration does not end"));
    };
    let said: String = inside.chars().filter(|c| !is_blank(*c)).collect();
    let said = said.replace('\'', "\"").to_ascii_lowercase();
    let Some(rest) = said.strip_prefix(r#"version="1.0""#) else {
        return Err(not_xml("the version is not 1.0"));
    };
    let standalone = [r#"standalone="yes""#, r#"standalone="no""#];
    let rest = standalone
        .iter()
        .find_map(|end| rest.strip_suffix(end))
        .unwrap_or(rest);
    match rest {
        "" | r#"encoding="utf-8""# | r#"encoding="us-ascii""# => Ok(()),
        _ => Err(not_xml("the encoding is not UTF-8")),
    }
}

/// Checks the numbers of declarations and attributes: the parser's work grows with their square.
fn bounds(text: &str) -> Result<(), Error> {
    let declarations: Vec<_> = text.match_indices("xmlns").map(|(at, _)| at).collect();
    let ends = |byte: &u8| b"= \t\r\n/>".contains(byte);
    let name = |at: &usize| {
        text.as_bytes()[*at..]
            .iter()
            .take(100)
            .take_while(|b| !ends(b))
            .copied()
            .collect()
    };
    if declarations.len() > MOST_DECLARATIONS
        || declarations
            .iter()
            .map(name)
            .collect::<HashSet<Vec<u8>>>()
            .len()
            > MOST_PREFIXES
    {
        return Err(Error::TooMany { what: "namespaces" });
    }
    if text
        .split('<')
        .any(|tag| tag.matches('=').count() > MOST_ATTRIBUTES)
    {
        return Err(Error::TooMany { what: "attributes" });
    }
    Ok(())
}

/// Returns whether this is white space in XML.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

pub(super) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element()
        && node.tag_name().namespace() == Some(namespace)
        && node.tag_name().name() == name
}

/// Returns the elements of that name that are children of `parent`.
pub(super) fn children<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    parent
        .children()
        .filter(move |node| is(*node, namespace, name))
}

/// Returns the same.
///
/// # Errors
/// `parent` has other elements, or text: other readers could take that for a value.
pub(super) fn all_children<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
    what: &'static str,
) -> Result<impl Iterator<Item = Node<'a, 'input>>, Error> {
    let is_other = |node: Node<'_, '_>| {
        let text = node.text().filter(|_| node.is_text()).unwrap_or_default();
        (node.is_element() && !is(node, namespace, name)) || !text.trim_matches(is_blank).is_empty()
    };
    match parent.children().any(is_other) {
        true => Err(Error::NotValues { what }),
        false => Ok(children(parent, namespace, name)),
    }
}

/// Returns the only one of `nodes`.
pub(super) fn only<T>(nodes: impl Iterator<Item = T>, what: &'static str) -> Result<T, Error> {
    at_most_one(nodes, what)?.ok_or(Error::Missing { what })
}

pub(super) fn at_most_one<T>(
    mut nodes: impl Iterator<Item = T>,
    what: &'static str,
) -> Result<Option<T>, Error> {
    let first = nodes.next();
    match nodes.count() {
        0 => Ok(first),
        others => Err(Error::Several {
            what,
            count: others + 1,
        }),
    }
}

/// Returns the attribute of that name without a namespace. [`Node::attribute`] finds those of any namespace.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut attributes = node.attributes();
    let found =
        attributes.find(|attribute| attribute.namespace().is_none() && attribute.name() == name)?;
    Some(found.value())
}

/// Returns the whole text in `node`, before and after comments: signatures do not cover comments.
pub(super) fn text(node: Node<'_, '_>, what: &'static str) -> Result<String, Error> {
    if node.children().any(|child| child.is_element()) {
        return Err(Error::NotText { what });
    }
    let pieces = node
        .children()
        .filter(Node::is_text)
        .filter_map(|piece| piece.text());
    let whole: String = pieces.collect();
    Ok(whole.trim_matches(is_blank).to_owned())
}
