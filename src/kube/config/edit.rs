//! One change to a kubeconfig's text, as byte ranges to replace.
//!
//! The tree says where a value stands; the new text goes there in the style of its surroundings,
//! and no other byte moves. Nothing here decides what to change, and nothing here is trusted:
//! [`super::verify`] reads the outcome again.

use std::ops::Range;

use super::Error;
use super::render::{JsonStyle, Value, item_lines, json_pair, nested, pair_lines};
use super::scalar::Scalar;
use super::tree::{Id, Kind, Tree, line_of};

/// A text and its tree.
pub(super) struct Doc<'t> {
    pub text: &'t str,
    pub tree: Tree,
}

pub(super) struct Splice {
    at: Range<usize>,
    with: String,
}

/// Applies splices of one tree, in any order.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|s| (s.at.start, s.at.end));
    let mut out = String::with_capacity(text.len() + 1024);
    let mut from = 0;
    for splice in splices {
        out.push_str(&text[from..splice.at.start.max(from)]);
        out.push_str(&splice.with);
        from = splice.at.end.max(from);
    }
    out.push_str(&text[from..]);
    out
}

impl<'t> Doc<'t> {
    pub fn parse(text: &'t str) -> Result<Doc<'t>, Error> {
        let tree = Tree::parse(text)?;
        Ok(Doc { text, tree })
    }

    /// Sets `key` of the mapping `map`: its value is replaced, or the pair is added at the end.
    pub fn put(&self, map: Id, key: &str, value: &Value) -> Result<Vec<Splice>, Error> {
        match (self.tree.is_flow(map), self.tree.own(map, key)) {
            (true, Some((_, old))) => self.replace_in_flow(old, value),
            (true, None) => {
                let last = self.tree.pairs(map).and_then(|pairs| pairs.last());
                let part = |style: &JsonStyle, indent: &str| json_pair(key, value, style, indent);
                self.add_to_flow(map, last.map(|&(_, v)| v), part)
            }
            (false, Some((at, old))) => self.replace_in_block(at, old, value),
            (false, None) => {
                let pairs = self.tree.pairs(map).unwrap_or_default();
                let (Some(&(first, _)), Some(&(last, _))) = (pairs.first(), pairs.last()) else {
                    return Err(self.unsupported(map, "mapping"));
                };
                let indent = " ".repeat(self.column(self.tree.node(first).start));
                let end = self.after_colon(last)?.max(self.tree.node(map).end);
                Ok(vec![self.add_lines(end, &pair_lines(&indent, key, value))])
            }
        }
    }

    /// Adds an item at the end of the list under `key` of `map`. The list has items already, or is
    /// in flow style; [`put`](Self::put) fills an empty one.
    pub fn push(&self, map: Id, key: &str, item: &Value) -> Result<Vec<Splice>, Error> {
        let (list, items) = self.list(map, key)?;
        if self.tree.is_flow(list) {
            let part = |style: &JsonStyle, indent: &str| item.json(style, indent);
            return self.add_to_flow(list, items.last().copied(), part);
        }
        let dashes = self.dashes(map, key)?;
        let Some(&last) = dashes.last() else {
            return Err(self.unsupported(list, "list"));
        };
        let indent = " ".repeat(self.column(last));
        let end = self.tree.node(list).end.max(last + 1);
        Ok(vec![self.add_lines(end, &item_lines(&indent, item))])
    }

    /// Takes the items at `indices` (ascending) out of the list under `key` of `map`.
    pub fn take(&self, map: Id, key: &str, indices: &[usize]) -> Result<Vec<Splice>, Error> {
        let (list, items) = self.list(map, key)?;
        let cut = |at: Range<usize>| Splice {
            at,
            with: String::new(),
        };
        let (node, all) = (self.tree.node(list), indices.len() == items.len());
        if self.tree.is_flow(list) {
            if all {
                return Ok(vec![cut(node.start + 1..node.end - 1)]);
            }
            let end = |i: usize| self.tree.node(items[i]).end;
            let start = |i: usize| self.tree.node(items[i]).start;
            // Every item goes with the comma before it; those with no item before them that stays,
            // with the comma after.
            let leading = (0..).zip(indices).take_while(|(n, i)| n == *i).count();
            let at = |&i: &usize| match i < leading {
                true => start(i)..start(i + 1),
                false => end(i - 1)..end(i),
            };
            return Ok(indices.iter().map(at).map(cut).collect());
        }
        let dashes = self.dashes(map, key)?;
        let mut splices = vec![];
        for &i in indices {
            let end = self.line_end(self.tree.node(items[i]).end.max(dashes[i] + 1));
            splices.push(cut(self.line_start(dashes[i])..end));
        }
        if let (true, Some((at, _))) = (all, self.tree.own(map, key)) {
            let at = self.after_properties(self.after_colon(at)?);
            splices.push(Splice {
                at: at..at,
                with: " []".to_owned(),
            });
        }
        Ok(splices)
    }

    /// The list under `key` written in `map` itself. An alias in its place is not edited: the list
    /// belongs to others as well.
    fn list(&self, map: Id, key: &str) -> Result<(Id, &[Id]), Error> {
        let Some((at, list)) = self.tree.own(map, key) else {
            return Err(self.unsupported(map, "merge key"));
        };
        match &self.tree.node(list).kind {
            Kind::Seq { items, .. } => Ok((list, items)),
            _ => Err(self.unsupported(at, "alias")),
        }
    }

    fn replace_in_flow(&self, old: Id, value: &Value) -> Result<Vec<Splice>, Error> {
        let node = self.tree.node(old);
        if self.tree.is_alias(old) || node.start == node.end {
            return Err(self.unsupported(old, "alias or absent value"));
        }
        let style = self.json_style(old);
        let with = value.json(&style, self.indent_of(node.start));
        Ok(vec![Splice {
            at: node.start..node.end,
            with,
        }])
    }

    fn add_to_flow(
        &self,
        into: Id,
        last: Option<Id>,
        part: impl Fn(&JsonStyle, &str) -> String,
    ) -> Result<Vec<Splice>, Error> {
        let (node, style) = (self.tree.node(into), self.json_style(into));
        let own = self.indent_of(node.start);
        let Some(last) = last.map(|l| self.tree.node(l)) else {
            let inner = format!("{own}{}", style.unit);
            let with = match (style.indented, style.eol) {
                (true, eol) => format!("{eol}{inner}{}{eol}{own}", part(&style, &inner)),
                (false, _) => part(&style, own),
            };
            return Ok(vec![Splice {
                at: node.start + 1..node.end - 1,
                with,
            }]);
        };
        if last.start == last.end {
            return Err(self.unsupported(into, "absent value"));
        }
        let inner = self.gap(node.start + 1);
        let with = match inner.rfind(['\n', '\r']) {
            Some(at) => {
                let indent = &inner[at + 1..];
                format!(",{}{indent}{}", style.eol, part(&style, indent))
            }
            None => {
                let style = JsonStyle {
                    indented: false,
                    ..style
                };
                format!(",{}{}", style.space, part(&style, own))
            }
        };
        Ok(vec![Splice {
            at: last.end..last.end,
            with,
        }])
    }

    fn replace_in_block(&self, key: Id, old: Id, value: &Value) -> Result<Vec<Splice>, Error> {
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
                return Ok(vec![Splice {
                    at: start..end,
                    with,
                }]);
            }
            None => {
                let indent = " ".repeat(self.column(self.tree.node(key).start));
                value.lines(&nested(&indent, value))
            }
        };
        // A comment behind the old value stays on the key's line.
        let end = self.before_break(colon, end);
        if !self.text[colon..end].contains(['\n', '\r']) {
            let token = if node.start < node.end {
                node.start
            } else {
                end
            };
            let from = colon + self.text[colon..token].trim_end_matches([' ', '\t']).len();
            let removed = Splice {
                at: from..end,
                with: String::new(),
            };
            return Ok(vec![removed, self.add_lines(end, &lines)]);
        }
        let with = lines.iter().map(|l| format!("{}{l}", self.eol())).collect();
        Ok(vec![Splice {
            at: colon..end,
            with,
        }])
    }

    /// Whole lines after the line that holds `end`; at the end of a text without a final line
    /// break, still without one.
    fn add_lines(&self, end: usize, lines: &[String]) -> Splice {
        let (eol, at) = (self.eol(), self.line_end(end));
        let with = match at == 0 || self.text[..at].ends_with(['\n', '\r']) {
            true => lines.iter().map(|l| format!("{l}{eol}")).collect(),
            false => lines.iter().map(|l| format!("{eol}{l}")).collect(),
        };
        Splice { at: at..at, with }
    }

    /// Where each item's `-` stands. Between items there is only space, comments, and an item's
    /// anchor and tag.
    fn dashes(&self, map: Id, key: &str) -> Result<Vec<usize>, Error> {
        let (list, items) = self.list(map, key)?;
        let Some((at, _)) = self.tree.own(map, key) else {
            return Err(self.unsupported(map, "merge key"));
        };
        let mut found = Vec::with_capacity(items.len());
        let mut from = self.after_colon(at)?;
        for &item in items {
            let dash = self.after_properties(from);
            let dash = dash + self.gap(dash).len();
            if !self.text[dash..].starts_with('-') {
                return Err(self.unsupported(list, "list"));
            }
            found.push(dash);
            from = self.tree.node(item).end.max(dash + 1);
        }
        Ok(found)
    }

    fn after_colon(&self, key: Id) -> Result<usize, Error> {
        let end = self.tree.node(key).end;
        let colon = end + self.gap(end).len();
        match self.text[colon..].starts_with(':') {
            true => Ok(colon + 1),
            false => Err(self.unsupported(key, "mapping key")),
        }
    }

    /// Past the anchors and tags that follow `from`, if any; else `from`.
    fn after_properties(&self, mut from: usize) -> usize {
        loop {
            let at = from + self.gap(from).len();
            if !self.text[at..].starts_with(['&', '!']) {
                return from;
            }
            let token = &self.text[at..];
            from = at
                + token
                    .find(|c: char| c.is_whitespace())
                    .unwrap_or(token.len());
        }
    }

    /// The space, line breaks and comments at `from`.
    fn gap(&self, from: usize) -> &'t str {
        let text = &self.text[from..];
        let mut len = 0;
        loop {
            let rest = &text[len..];
            let space = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            len += space;
            if !text[len..].starts_with('#') {
                return &text[..len];
            }
            let comment = &text[len..];
            len += comment.find(['\n', '\r']).unwrap_or(comment.len());
        }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind(['\n', '\r']).map_or(0, |b| b + 1)
    }

    /// Past the line break of the line that content ending at `end` stands on. A block scalar's
    /// content ends behind its last line break.
    fn line_end(&self, end: usize) -> usize {
        if self.text[..end].ends_with(['\n', '\r']) {
            return end;
        }
        let rest = &self.text[end..];
        match rest.find(['\n', '\r']) {
            None => self.text.len(),
            Some(at) => end + at + if rest[at..].starts_with("\r\n") { 2 } else { 1 },
        }
    }

    fn before_break(&self, start: usize, end: usize) -> usize {
        start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    fn indent_of(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..at];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn eol(&self) -> &'static str {
        match self.text.find(['\n', '\r']).map(|at| &self.text[at..]) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// Follows the collection itself, else the document where that is in flow style (JSON).
    fn json_style(&self, near: Id) -> JsonStyle {
        let root = self.tree.root().filter(|&r| self.tree.is_flow(r));
        let inner = |id: Id| self.gap(self.tree.node(id).start + 1);
        let unit = root.and_then(|r| inner(r).rsplit_once(['\n', '\r']).map(|(_, unit)| unit));
        JsonStyle {
            indented: unit.is_some() || self.tree.is_flow(near) && inner(near).contains('\n'),
            unit: unit.filter(|u| !u.is_empty()).unwrap_or("  ").to_owned(),
            space: if self.text.contains("\":\"") { "" } else { " " },
            eol: self.eol(),
        }
    }

    pub fn unsupported(&self, near: Id, what: &'static str) -> Error {
        let line = line_of(self.text, self.tree.node(near).start);
        Error::Unsupported { line, what }
    }
}
