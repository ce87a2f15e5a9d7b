//! XML as SAML uses it: read within bounds, asked for by namespace and name, and never guessed at. Pure.

use std::collections::HashSet;

use roxmltree::{Document, Node};

use super::error::{Error, bounded};

/// Declarations of namespaces in a document. Providers repeat two of them at every value.
const MOST_DECLARATIONS: usize = 2_000;
/// Different names that are declared. The parser compares them with each other at every declaration.
const MOST_PREFIXES: usize = 64;
/// Equals signs up to the next `<`. The parser compares an element's attributes with each other.
const MOST_ATTRIBUTES: usize = 256;

/// # Errors
/// It is no XML 1.0 in UTF-8, has a document type declaration, or would take long to read.
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

/// The parser takes any text for XML 1.0 in UTF-8, whatever it says of itself. Others would read it differently.
fn declaration(text: &str) -> Result<(), Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with(is_blank))
    else {
        return Ok(());
    };
    let Some((inside, _)) = rest.split_once("?>") else {
        return Err(not_xml("its declaration does not end"));
    };
    let said: String = inside.chars().filter(|c| !is_blank(*c)).collect();
    let said = said.replace('\'', "\"").to_ascii_lowercase();
    let Some(rest) = said.strip_prefix(r#"version="1.0""#) else {
        return Err(not_xml("it is not of version 1.0"));
    };
    let standalone = [r#"standalone="yes""#, r#"standalone="no""#];
    let rest = standalone
        .iter()
        .find_map(|end| rest.strip_suffix(end))
        .unwrap_or(rest);
    match rest {
        "" | r#"encoding="utf-8""# | r#"encoding="us-ascii""# => Ok(()),
        _ => Err(not_xml("its encoding is not UTF-8")),
    }
}

/// The work that the parser does with these grows with their square.
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

/// Blanks as XML has them.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

pub(super) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element()
        && node.tag_name().namespace() == Some(namespace)
        && node.tag_name().name() == name
}

/// The elements of that name directly in `parent`.
pub(super) fn children<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    parent
        .children()
        .filter(move |node| is(*node, namespace, name))
}

/// The only one of `nodes`.
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

/// The attribute of that name in no namespace: [`Node::attribute`] would take one of any.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut attributes = node.attributes();
    let found =
        attributes.find(|attribute| attribute.namespace().is_none() && attribute.name() == name)?;
    Some(found.value())
}

/// The text in `node`, all of it: a comment in the middle ends nothing. Signatures do not cover comments.
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
