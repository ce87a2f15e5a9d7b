//! Turns one change into byte ranges of the text to replace.
//!
//! The tree has the position of each value; the new text is inserted there in the style of its surroundings, and no other byte
//! changes. What to change is decided elsewhere, and [`super::verify`] checks the result.

use std::ops::Range;

use super::Error;
use super::render::{JsonStyle, Value, item_lines, json_pair, nested, pair_lines};
use crate::yaml::{Id, Kind, Scalar, Tree, line_of};

/// A text and its tree.
pub(super) struct Doc<'t> {
    pub text: &'t str,
    pub tree: Tree,
}

/// A byte range to replace, and its new text.
pub(super) struct Splice {
    at: Range<usize>,
    with: String,
}

/// Applies splices of one tree, which can be in any order.
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

    /// Sets `key` in the mapping `map`: replaces its value, or adds the pair at the end.
    pub fn set(&self, map: Id, key: &str, value: &Value) -> Result<Vec<Splice>, Error> {
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
                let part = |style: &JsonStyle, indent: &str| json_pair(key, value, style, indent);
                self.add_to_flow(map, last.map(|&(_, v)| v), part)
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

    /// Adds an item at the end of the list at `key` in `map`. The list must have items or be in flow style; for an empty one
    /// use [`set`](Self::set).
    pub fn push(&self, map: Id, key: &str, item: &Value) -> Result<Vec<Splice>, Error> {
        let (list, items) = self.list(map, key)?;
        if self.tree.is_flow(list) {
            let part = |style: &JsonStyle, indent: &str| item.json(style, indent);
            return self.add_to_flow(list, items.last().copied(), part);
        }
        let dashes = self.dashes(map, key)?;
        let Some(&last) = dashes.last() else {
            return Err(self.unsupported(list, "list style"));
        };
        let lines = item_lines(&" ".repeat(self.column(last)), item);
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
            // Each item is removed with the comma before it, or with the comma after it if no remaining item is before it.
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

    /// Returns the list at `key` in `map` itself. An alias is not edited: the list is also used elsewhere.
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
            return Err(self.unsupported(old, "alias or empty value"));
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
            return Err(self.unsupported(into, "empty value"));
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

    /// Adds whole lines after the line that contains `end`. A text without a final line break stays without one.
    fn add_lines(&self, end: usize, lines: &[String]) -> Splice {
        let (eol, at) = (self.eol(), self.line_end(end));
        if at == 0 || self.text[..at].ends_with(['\n', '\r']) {
            return self.insert_lines(at, lines);
        }
        let with = lines.iter().map(|l| format!("{eol}{l}")).collect();
        Splice { at: at..at, with }
    }

    /// Adds whole lines at `at`, the start of a line.
    fn insert_lines(&self, at: usize, lines: &[String]) -> Splice {
        let eol = self.eol();
        let with = lines.iter().map(|l| format!("{l}{eol}")).collect();
        Splice { at: at..at, with }
    }

    /// Returns whether content ends at `end` in a block scalar that ends with the text, without a line break: a line after it
    /// would add a line break to its value.
    fn is_open(&self, end: usize) -> bool {
        // A node ends before the blanks at the end of its last line.
        let is_last = self.text[end..].chars().all(|c| matches!(c, ' ' | '\t'));
        is_last && !self.text.ends_with(['\n', '\r']) && self.tree.ends_with_block()
    }

    /// Returns the position of the `-` of each item. Between items there are only spaces, comments, and the anchor and tag of
    /// an item.
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
                return Err(self.unsupported(list, "list style"));
            }
            found.push(dash);
            from = self.tree.node(item).end.max(dash + 1);
        }
        Ok(found)
    }

    /// Returns the position of a key, with the anchor and tag before it, and the `?` of an explicit key. The mapping is indented
    /// to that column.
    fn start_of_key(&self, key: Id) -> usize {
        let mut start = self.tree.node(key).start;
        let line = self.line_start(start);
        loop {
            let before = self.text[line..start].trim_end_matches([' ', '\t']);
            let word = before.rfind([' ', '\t']).map_or(0, |at| at + 1);
            if !before[word..].starts_with(['&', '!']) && &before[word..] != "?" {
                return start;
            }
            start = line + word;
        }
    }

    /// Returns the position after the colon of a key.
    fn after_colon(&self, key: Id) -> Result<usize, Error> {
        let end = self.tree.node(key).end;
        let colon = end + self.gap(end).len();
        match self.text[colon..].starts_with(':') {
            true => Ok(colon + 1),
            false => Err(self.unsupported(key, "key style")),
        }
    }

    /// Returns the position after the anchors and tags that follow `from`; `from` if there are none.
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

    /// Returns the spaces, line breaks and comments at `from`.
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

    /// Returns the position after the line break of the line on which content ends at `end`. The content of a block scalar
    /// ends after its last line break.
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

    /// Returns the style for JSON near a node: that of the collection itself, else that of the document if it is JSON.
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
