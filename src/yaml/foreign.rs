//! What kubectl's parser, go-yaml v2, refuses or reads as something else: YAML 1.1 where the parser here reads YAML 1.2. It is
//! refused, so that no file is read or edited in a way that kubectl does not read it.

use super::Error;
use super::tree::{Kind, Tree, line_of, syntax};

/// Rejects NEL, LS and PS. They end a line in YAML 1.1, which go-yaml reads, and not in YAML 1.2, which the parser here reads.
pub fn refuse_breaks(text: &str) -> Result<(), Error> {
    // Most files are ASCII, and that is told much faster.
    if text.is_ascii() {
        return Ok(());
    }
    match text.find(['\u{85}', '\u{2028}', '\u{2029}']) {
        None => Ok(()),
        Some(at) => Err(syntax(line_of(text, at), "Unicode line separator")),
    }
}

/// Rejects tabs where go-yaml allows only spaces: in block style, at the beginning of a line, before a comment too, and after the
/// `-`, `?` or `:` of a line that begins with it. `from..to` is what lies between two nodes.
pub fn refuse_tabs(text: &str, from: usize, to: usize, line: usize) -> Result<(), Error> {
    let between = text.get(from..to).unwrap_or_default();
    if !between.contains('\t') {
        return Ok(());
    }
    let (before, after) = text.split_at(from);
    let mut rest = after[..between.len()].chars().peekable();
    // Whether a key may begin here.
    let mut is_start = before.is_empty() || before.ends_with(['\n', '\r']);
    let mut is_spaced = is_start;
    while let Some(c) = rest.next() {
        let is_last = rest.peek().is_none_or(|next| next.is_whitespace());
        match c {
            '\t' if is_start => return Err(syntax(line, "tab where only spaces are allowed")),
            '#' if is_spaced => while rest.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {},
            '\n' | '\r' => is_start = true,
            ' ' | '\t' => {}
            '-' | '?' if is_spaced && is_last => is_start = true,
            ':' if is_start && is_last => {}
            _ => is_start = false,
        }
        is_spaced = c.is_whitespace();
    }
    Ok(())
}

/// Rejects anchors with other characters than YAML 1.1 has in them: go-yaml ends the name there, and reads the rest as text.
/// `between` is what lies between two nodes.
pub fn refuse_anchors(between: &str, line: usize) -> Result<(), Error> {
    for written in between.lines().filter(|line| line.contains('&')) {
        let comment = written.find('#').unwrap_or(written.len());
        let mut names = written[..comment].split('&').skip(1);
        let is_end = |c: char| c.is_whitespace() || ",[]{}".contains(c);
        let is_foreign = |c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c));
        let is_foreign = |name: &str| {
            name.split(is_end)
                .next()
                .is_some_and(|n| n.contains(is_foreign))
        };
        if names.any(is_foreign) {
            return Err(syntax(
                line,
                "anchor with other characters than letters, digits, - and _",
            ));
        }
    }
    Ok(())
}

/// Rejects `\/` and surrogate pairs of JSON, which YAML 1.1 does not have: kubectl rejects the file.
pub fn refuse_escapes(raw: &str, line: usize) -> Result<(), Error> {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at + 1..];
        let code = escape.strip_prefix('u').and_then(|hex| hex.get(..4));
        let code = code.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if escape.starts_with('/') || code.is_some_and(|c| (0xd800..0xe000).contains(&c)) {
            return Err(Error::Escape { line });
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    Ok(())
}

/// Rejects a key on several lines, which go-yaml has only after `?`.
pub fn refuse_long_keys(tree: &Tree, text: &str) -> Result<(), Error> {
    let pairs = tree.nodes().iter().filter_map(|node| match &node.kind {
        Kind::Map(map) => Some(&map.parts),
        _ => None,
    });
    for &(key, _) in pairs.flatten() {
        let key = tree.node(key);
        let raw = text.get(key.start..key.end).unwrap_or_default();
        let is_block = matches!(&key.kind, Kind::Scalar(scalar) if scalar.block);
        if !is_block && raw.contains(['\n', '\r']) {
            return Err(syntax(key.line, "key on several lines"));
        }
    }
    Ok(())
}
