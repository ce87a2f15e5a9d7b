//! Finds positions in the text around the nodes of its tree, and the style of the text there.

use super::super::Error;
use super::super::render::JsonStyle;
use super::Doc;
use crate::yaml::Id;

impl<'t> Doc<'t> {
    /// Returns whether content ends at `end` in a block scalar that ends with the text, without a line break: a line after it
    /// would add a line break to its value.
    pub fn is_open(&self, end: usize) -> bool {
        // A node ends before the blanks at the end of its last line.
        let is_last = self.text[end..].chars().all(|c| matches!(c, ' ' | '\t'));
        is_last && !self.text.ends_with(['\n', '\r']) && self.tree.ends_with_block()
    }

    /// Returns the position of the `-` of each item. Between items there are only spaces, comments, and the anchor and tag of
    /// an item.
    pub fn dashes(&self, map: Id, key: &str) -> Result<Vec<usize>, Error> {
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
    pub fn start_of_key(&self, key: Id) -> usize {
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
    pub fn after_colon(&self, key: Id) -> Result<usize, Error> {
        let end = self.tree.node(key).end;
        let colon = end + self.gap(end).len();
        match self.text[colon..].starts_with(':') {
            true => Ok(colon + 1),
            false => Err(self.unsupported(key, "key style")),
        }
    }

    /// Returns the position after the anchors and tags that follow `from`; `from` if there are none.
    pub fn after_properties(&self, mut from: usize) -> usize {
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
    pub fn gap(&self, from: usize) -> &'t str {
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

    /// Returns where each line but the first begins. Both `\n` and `\r` end a line; one between them is empty.
    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            #[cfg(test)]
            crate::yaml::work::add(self.text.len());
            let breaks = ['\n', '\r'].map(|of| self.text.match_indices(of));
            let starts = breaks.into_iter().flatten().map(|(at, _)| at + 1);
            let mut starts: Vec<_> = starts.collect();
            starts.sort();
            starts
        })
    }

    pub fn line_start(&self, at: usize) -> usize {
        let lines = self.lines();
        let line = lines.partition_point(|start| *start <= at);
        line.checked_sub(1).map_or(0, |before| lines[before])
    }

    /// Returns the position after the line break of the line on which content ends at `end`. The content of a block scalar
    /// ends after its last line break.
    pub fn line_end(&self, end: usize) -> usize {
        if self.text[..end].ends_with(['\n', '\r']) {
            return end;
        }
        let lines = self.lines();
        match lines.get(lines.partition_point(|start| *start <= end)) {
            None => self.text.len(),
            Some(&next) if self.text[next - 1..].starts_with("\r\n") => next + 1,
            Some(&next) => next,
        }
    }

    pub fn before_break(&self, start: usize, end: usize) -> usize {
        start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    pub fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    pub fn indent_of(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..at];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    pub fn eol(&self) -> &'static str {
        match self.lines().first().map(|next| &self.text[next - 1..]) {
            Some(rest) if rest.starts_with("\r\n") => "\r\n",
            Some(rest) if rest.starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// Returns the style for JSON near a node: that of the collection itself, else that of the document if it is JSON.
    pub fn json_style(&self, near: Id) -> JsonStyle {
        let root = self.tree.root().filter(|&r| self.tree.is_flow(r));
        let inner = |id: Id| self.gap(self.tree.node(id).start + 1);
        let unit = root.and_then(|r| inner(r).rsplit_once(['\n', '\r']).map(|(_, unit)| unit));
        let space = || {
            #[cfg(test)]
            crate::yaml::work::add(self.text.len());
            match self.text.contains("\":\"") {
                true => "",
                false => " ",
            }
        };
        JsonStyle {
            indented: unit.is_some() || self.tree.is_flow(near) && inner(near).contains('\n'),
            unit: unit.filter(|u| !u.is_empty()).unwrap_or("  ").to_owned(),
            space: self.space.get_or_init(space),
            eol: self.eol(),
        }
    }
}
