//! Turns one change into byte ranges of the text to replace.
//!
//! The tree has the position of each value; the new text is inserted there in the style of its surroundings, and no other byte
//! changes. What to change is decided elsewhere, and [`super::verify`] checks the result.

mod position;

use std::cell::OnceCell;
use std::ops::Range;

use super::Error;
use super::render::{JsonStyle, Value, item_lines, json_pair, nested, pair_lines};
use crate::yaml::{Id, Kind, Scalar, Tree, line_of};

/// A text and its tree.
pub(super) struct Doc<'t> {
    pub text: &'t str,
    pub tree: &'t Tree,
    /// Where each line but the first begins.
    lines: OnceCell<Vec<usize>>,
    /// What JSON has after a colon.
    space: OnceCell<&'static str>,
}

/// A byte range to replace, and its new text.
pub(super) type Splice = (Range<usize>, String);

/// Applies splices of one tree, which can be in any order.
pub(super) fn splice(text: &str, mut splices: Vec<Splice>) -> String {
    // Stable: what is added at one place stays in order.
    splices.sort_by_key(|(at, _)| (at.start, at.end));
    let mut out = String::with_capacity(text.len() + 1024);
    let mut from = 0;
    for (at, with) in splices {
        out.push_str(&text[from..at.start.max(from)]);
        out.push_str(&with);
        from = at.end.max(from);
    }
    out.push_str(&text[from..]);
    out
}

fn cut(at: Range<usize>) -> Splice {
    (at, String::new())
}

impl<'t> Doc<'t> {
    /// `tree` is that of the text.
    pub fn new(text: &'t str, tree: &'t Tree) -> Doc<'t> {
        let (lines, space) = (OnceCell::new(), OnceCell::new());
        Doc {
            text,
            tree,
            lines,
            space,
        }
    }

    /// Sets `key` in the mapping `map`: replaces its value, or adds the pair at the end.
    pub fn set(&self, map: Id, key: &str, value: &Value<'_>) -> Result<Vec<Splice>, Error> {
        let own = self.tree.own(map, key);
        if let Some((at, value)) = own
            && self.tree.get(map, key) != Some(value)
        {
            return Err(self.unsupported(at, "merge key"));
        }
        match (self.tree.is_flow(map), own) {
            (true, Some((_, old))) => self.replace_in_flow(old, value),
            (true, None) => {
                let last = self.tree.pairs(map).and_then(|pairs| pairs.last());
                self.add_to_flow(map, last.map(|&(_, v)| v), |style, indent| {
                    vec![json_pair(key, value, style, indent)]
                })
            }
            (false, Some((at, old))) => self.replace_in_block(at, old, value),
            (false, None) => {
                let pairs = self.tree.pairs(map).unwrap_or_default();
                let (Some(&(first, _)), Some(&(last, _))) = (pairs.first(), pairs.last()) else {
                    return Err(self.unsupported(map, "empty mapping"));
                };
                let indent = " ".repeat(self.column(self.start_of_key(first)));
                let lines = pair_lines(&indent, key, value);
                let end = self.after_colon(last)?.max(self.tree.node(map).end);
                if !self.is_open(end) {
                    return Ok(vec![self.add_lines(end, &lines)]);
                }
                let starts = pairs.iter().map(|&(key, _)| self.start_of_key(key));
                let own_line = |at: &usize| self.text[self.line_start(*at)..*at].trim().is_empty();
                match starts.rev().find(own_line) {
                    Some(at) => Ok(vec![self.insert_lines(self.line_start(at), &lines)]),
                    None => Err(self.unsupported(last, "block scalar without a final line break")),
                }
            }
        }
    }

    /// Adds items at the end of the list at `key` in `map`, which must have items; for an empty one use [`set`](Self::set).
    pub fn push(&self, map: Id, key: &str, new: &[Value<'_>]) -> Result<Vec<Splice>, Error> {
        let (list, items) = self.list(map, key)?;
        if self.tree.is_flow(list) {
            return self.add_to_flow(list, items.last().copied(), |style, indent| {
                new.iter().map(|item| item.json(style, indent)).collect()
            });
        }
        let dashes = self.dashes(map, key)?;
        let Some(&last) = dashes.last() else {
            return Err(self.unsupported(list, "list style"));
        };
        let indent = " ".repeat(self.column(last));
        let lines: Vec<_> = new
            .iter()
            .flat_map(|item| item_lines(&indent, item))
            .collect();
        let end = self.tree.node(list).end.max(last + 1);
        Ok(vec![match (self.is_open(end), self.tree.own(map, key)) {
            (true, Some((at, _))) => {
                let head = self.after_properties(self.after_colon(at)?);
                self.insert_lines(self.line_end(head), &lines)
            }
            _ => self.add_lines(end, &lines),
        }])
    }

    /// Removes the items at `indices` (ascending) from the list at `key` in `map`.
    pub fn remove(&self, map: Id, key: &str, indices: &[usize]) -> Result<Vec<Splice>, Error> {
        let (list, items) = self.list(map, key)?;
        let all = indices.len() == items.len();
        if self.tree.is_flow(list) {
            let node = |id: &Id| self.tree.node(*id).start..self.tree.node(*id).end;
            let items: Vec<_> = items.iter().map(node).collect();
            return Ok(self.cut_in_flow(list, &items, indices));
        }
        let dashes = self.dashes(map, key)?;
        let mut splices = vec![];
        for &i in indices {
            let end = self.line_end(self.tree.node(items[i]).end.max(dashes[i] + 1));
            splices.push(cut(self.line_start(dashes[i])..end));
        }
        if let (true, Some((at, _))) = (all, self.tree.own(map, key)) {
            let at = self.after_properties(self.after_colon(at)?);
            splices.push((at..at, " []".to_owned()));
        }
        Ok(splices)
    }

    /// Removes the keys from the mapping `map`, with their lines.
    pub fn unset(&self, map: Id, keys: &[&str]) -> Result<Vec<Splice>, Error> {
        let pairs = self.tree.pairs(map).unwrap_or_default();
        let is_key = |(key, _): &(Id, Id)| keys.iter().any(|name| self.tree.key_is(*key, name));
        let gone: Vec<_> = (0..pairs.len()).filter(|at| is_key(&pairs[*at])).collect();
        if gone.len() < keys.len() || self.tree.is_alias(map) {
            return Err(self.unsupported(map, "merge key"));
        }
        if self.tree.is_flow(map) {
            let pair =
                |(key, value): &(Id, Id)| self.start_of_key(*key)..self.tree.node(*value).end;
            let pairs: Vec<_> = pairs.iter().map(pair).collect();
            return Ok(self.cut_in_flow(map, &pairs, &gone));
        }
        let line = |&at: &usize| {
            let (key, value) = pairs[at];
            let start = self.start_of_key(key);
            if !self.text[self.line_start(start)..start].trim().is_empty() {
                return Err(self.unsupported(key, "key style"));
            }
            let end = self.tree.node(value).end.max(self.after_colon(key)?);
            Ok(cut(self.line_start(start)..self.line_end(end)))
        };
        gone.iter().map(line).collect()
    }

    /// Removes the parts of a flow collection at `indices`, each with the comma before it, or with the comma after it if no
    /// remaining part is before it.
    fn cut_in_flow(&self, whole: Id, parts: &[Range<usize>], indices: &[usize]) -> Vec<Splice> {
        let node = self.tree.node(whole);
        if indices.len() == parts.len() {
            return vec![cut(node.start + 1..node.end - 1)];
        }
        let leading = (0..).zip(indices).take_while(|(n, i)| n == *i).count();
        let at = |&i: &usize| match i < leading {
            true => parts[i].start..parts[i + 1].start,
            false => parts[i - 1].end..parts[i].end,
        };
        indices.iter().map(at).map(cut).collect()
    }

    /// Returns the list at `key` in `map` itself. An alias is not edited: the list is also used elsewhere.
    fn list(&self, map: Id, key: &str) -> Result<(Id, &[Id]), Error> {
        let Some((at, list)) = self.tree.own(map, key) else {
            return Err(self.unsupported(map, "merge key"));
        };
        match &self.tree.node(list).kind {
            Kind::Seq(of) => Ok((list, &of.parts)),
            _ => Err(self.unsupported(at, "alias")),
        }
    }

    fn replace_in_flow(&self, old: Id, value: &Value<'_>) -> Result<Vec<Splice>, Error> {
        let node = self.tree.node(old);
        if self.tree.is_alias(old) || node.start == node.end {
            return Err(self.unsupported(old, "alias or empty value"));
        }
        let style = self.json_style(old);
        let with = value.json(&style, self.indent_of(node.start));
        Ok(vec![(node.start..node.end, with)])
    }

    /// Adds parts after the `last` one of a flow collection.
    fn add_to_flow(
        &self,
        into: Id,
        last: Option<Id>,
        parts: impl Fn(&JsonStyle, &str) -> Vec<String>,
    ) -> Result<Vec<Splice>, Error> {
        let (node, mut style) = (self.tree.node(into), self.json_style(into));
        let own = self.indent_of(node.start);
        let Some(last) = last.map(|l| self.tree.node(l)) else {
            let inner = format!("{own}{}", style.unit);
            let with = match (style.indented, style.eol) {
                (true, eol) => {
                    let parts = parts(&style, &inner).join(&format!(",{eol}{inner}"));
                    format!("{eol}{inner}{parts}{eol}{own}")
                }
                (false, _) => parts(&style, own).join(&format!(",{}", style.space)),
            };
            return Ok(vec![(node.start + 1..node.end - 1, with)]);
        };
        if last.start == last.end {
            return Err(self.unsupported(into, "empty value"));
        }
        let inner = self.gap(node.start + 1);
        let (indent, before) = match inner.rfind(['\n', '\r']) {
            Some(at) => (
                &inner[at + 1..],
                format!(",{}{}", style.eol, &inner[at + 1..]),
            ),
            None => {
                style.indented = false;
                (own, format!(",{}", style.space))
            }
        };
        let parts = parts(&style, indent);
        let with = parts.iter().map(|part| format!("{before}{part}")).collect();
        Ok(vec![(last.end..last.end, with)])
    }

    fn replace_in_block(&self, key: Id, old: Id, value: &Value<'_>) -> Result<Vec<Splice>, Error> {
        if self.tree.is_alias(old) {
            return Err(self.unsupported(old, "alias"));
        }
        let node = self.tree.node(old);
        let colon = self.after_colon(key)?;
        let end = node.end.max(colon);
        let lines = match value.inline() {
            Some(text) => {
                let one_token = match &node.kind {
                    Kind::Scalar(Scalar { block, .. }) => !block && node.start < node.end,
                    _ => self.tree.is_flow(old),
                };
                let (start, with) = match one_token {
                    true => (node.start, text),
                    false => (colon, format!(" {text}")),
                };
                let end = self.before_break(start, end);
                return Ok(vec![(start..end, with)]);
            }
            None => {
                let indent = " ".repeat(self.column(self.start_of_key(key)));
                value.lines(&nested(&indent, value))
            }
        };
        // A comment after the old value stays on the line of the key.
        let end = self.before_break(colon, end);
        if !self.text[colon..end].contains(['\n', '\r']) {
            let token = if node.start < node.end {
                node.start
            } else {
                end
            };
            let from = colon + self.text[colon..token].trim_end_matches([' ', '\t']).len();
            return Ok(vec![cut(from..end), self.add_lines(end, &lines)]);
        }
        let with = lines.iter().map(|l| format!("{}{l}", self.eol())).collect();
        Ok(vec![(colon..end, with)])
    }

    /// Adds whole lines after the line that contains `end`. A text without a final line break stays without one.
    fn add_lines(&self, end: usize, lines: &[String]) -> Splice {
        let (eol, at) = (self.eol(), self.line_end(end));
        if at == 0 || self.text[..at].ends_with(['\n', '\r']) {
            return self.insert_lines(at, lines);
        }
        let with = lines.iter().map(|l| format!("{eol}{l}")).collect();
        (at..at, with)
    }

    /// Adds whole lines at `at`, the start of a line.
    fn insert_lines(&self, at: usize, lines: &[String]) -> Splice {
        let eol = self.eol();
        let with = lines.iter().map(|l| format!("{l}{eol}")).collect();
        (at..at, with)
    }

    /// Returns the error for an edit whose result is not as expected. Aliases make a text mean the same in several places, so
    /// where there are some, the file is the reason; else it is a bug here.
    pub fn unverified(&self) -> Error {
        match self.tree.first_alias() {
            Some(alias) => self.unsupported(alias, "alias"),
            None => Error::Unverified,
        }
    }

    /// Returns the error for YAML that cannot be edited, with the line of the node.
    pub fn unsupported(&self, near: Id, what: &'static str) -> Error {
        let line = line_of(self.text, self.tree.node(near).start);
        Error::Unsupported { line, what }
    }
}
