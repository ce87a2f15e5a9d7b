//! A YAML document as a tree of nodes with their byte positions.
//!
//! Only the first document is read, as kubectl does (go-yaml's `Unmarshal`). Aliases stay references. The digest and the expanded
//! size of a node are those of its value with aliases followed. They are computed bottom-up, so that neither an alias bomb nor deep
//! nesting costs more than one pass through the text.

use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StructureStyle};
use sha2::{Digest as _, Sha256};

use super::{Error, Scalar, foreign};

/// A node of the [`Tree`] that it is from.
pub type Id = usize;
pub type Digest = [u8; 32];

/// How many nodes following all aliases may add: more than any real file needs, and a limit to the cost of a file made of
/// aliases. kubectl rejects such files ("excessive aliasing").
const MAX_REPEATED: u64 = 100_000;
/// The maximum depth with all aliases followed: merge keys are looked up recursively.
const MAX_HEIGHT: u32 = 400;

/// The first document of a text.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    root: Option<Id>,
}

/// A scalar, sequence, mapping or alias.
#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    /// The first byte, after anchor and tag.
    pub start: usize,
    /// One past the last byte of the content. A block scalar ends at the start of the next line.
    pub end: usize,
    /// Counted from 1.
    pub line: usize,
    /// Equal digests mean equal values: the same structure, order, scalar text, quoting and tags.
    pub digest: Digest,
    expanded: u64,
    height: u32,
}

#[derive(Debug)]
pub enum Kind {
    Scalar(Scalar),
    Seq { flow: bool, items: Vec<Id> },
    Map { flow: bool, pairs: Vec<(Id, Id)> },
    Alias(Id),
}

impl Tree {
    /// Parses the first document of `text`, which must not start with a byte order mark.
    pub fn parse(text: &str) -> Result<Tree, Error> {
        foreign::refuse_breaks(text)?;
        let options = granit_parser::options! {
            // kubectl's parser accepts `%YAML 1.1` and rejects `%YAML 1.2`. No real file has either.
            disallow_directives: true,
            block_scalar_eof_without_line_feed: true,
            // No real file is nested this deep.
            flow_nesting_limit: 200,
            block_nesting_limit: 200,
        };
        let mut builder = Builder::default();
        let mut seen = 0;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) =
                event.map_err(|e| syntax(e.marker().line(), &e.kind().to_string()))?;
            let (mut from, mut to) = (offset(&span.start)?, offset(&span.end)?);
            let raw = text.get(from..to).unwrap_or_default();
            foreign::refuse_anchors(text.get(seen..from).unwrap_or_default(), span.start.line())?;
            seen = to;
            match event {
                Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => {
                    foreign::refuse_escapes(raw, span.start.line())?;
                }
                // The parser includes the indentation of the next line.
                Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                    to = from + raw.trim_end_matches([' ', '\t']).len();
                }
                // The parser places an absent value after its key. Here, its place is after the colon.
                Event::Scalar(..) if from == to => {
                    let rest = text.get(from..).unwrap_or_default();
                    let colon = rest.trim_start_matches([' ', '\t']).strip_prefix(':');
                    from = colon.map_or(from, |after| text.len() - after.len());
                    to = from;
                }
                _ => {}
            }
            if builder.take(event, (from, to, span.start.line()))? {
                break;
            }
        }
        let tree = Tree {
            nodes: builder.nodes,
            root: builder.root,
        };
        foreign::refuse_long_keys(&tree, text)?;
        Ok(tree)
    }

    /// Returns the node of the document. `None` for an empty text or one with comments only.
    pub fn root(&self) -> Option<Id> {
        self.root
            .filter(|&id| self.node(id).start != self.node(id).end || !self.is_null(id))
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// Returns the node itself, or the node that an alias refers to.
    pub fn follow(&self, id: Id) -> Id {
        match self.node(id).kind {
            // The target of an alias is never an alias: the parser resolves names to definitions.
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    pub fn is_alias(&self, id: Id) -> bool {
        matches!(self.node(id).kind, Kind::Alias(_))
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn first_alias(&self) -> Option<Id> {
        (0..self.nodes.len()).find(|&id| self.is_alias(id))
    }

    /// Returns whether the last content of the text is a block scalar.
    pub fn ends_with_block(&self) -> bool {
        let last = self.nodes.iter().rev().find_map(|node| match &node.kind {
            Kind::Scalar(scalar) => Some(scalar.block),
            Kind::Alias(_) => Some(false),
            // A collection: its content comes after it, unless it is empty.
            Kind::Seq { .. } | Kind::Map { .. } => None,
        });
        last == Some(true)
    }

    pub fn is_null(&self, id: Id) -> bool {
        self.scalar(id).is_some_and(Scalar::is_null)
    }

    pub fn scalar(&self, id: Id) -> Option<&Scalar> {
        match &self.node(self.follow(id)).kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match &self.node(self.follow(id)).kind {
            Kind::Seq { items, .. } => Some(items),
            _ => None,
        }
    }

    pub fn pairs(&self, id: Id) -> Option<&[(Id, Id)]> {
        match &self.node(self.follow(id)).kind {
            Kind::Map { pairs, .. } => Some(pairs),
            _ => None,
        }
    }

    pub fn is_flow(&self, id: Id) -> bool {
        matches!(
            self.node(id).kind,
            Kind::Seq { flow: true, .. } | Kind::Map { flow: true, .. }
        )
    }

    pub fn key_is(&self, key: Id, name: &str) -> bool {
        self.scalar(key).is_some_and(|s| s.as_str() == Some(name))
    }

    /// Returns whether the key is a merge key: <https://yaml.org/type/merge.html>.
    pub fn is_merge(&self, key: Id) -> bool {
        self.scalar(key).is_some_and(Scalar::is_merge)
    }

    /// Returns the pair of the mapping with the key `name`, without regard to merge keys.
    pub fn own(&self, map: Id, name: &str) -> Option<(Id, Id)> {
        let pairs = self.pairs(map)?;
        pairs.iter().copied().find(|&(k, _)| self.key_is(k, name))
    }

    /// Returns the value that kubectl reads for the key `name`. go-yaml v2 applies merge keys in order: a later pair of the
    /// mapping wins, and in a list of merged mappings the first one.
    pub fn get(&self, map: Id, name: &str) -> Option<Id> {
        for &(key, value) in self.pairs(map)?.iter().rev() {
            if self.key_is(key, name) {
                return Some(value);
            }
            if self.is_merge(key) {
                let found = match self.items(value) {
                    Some(maps) => maps.iter().find_map(|&m| self.get(m, name)),
                    None => self.get(value, name),
                };
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }
}

/// Returns the line of a byte position, counted from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    root: Option<Id>,
    /// The collections that have not ended yet, with their children so far.
    open: Vec<(Id, Vec<Id>)>,
    anchors: HashMap<usize, Id>,
}

impl Builder {
    /// Handles one event. Returns true once the node of the first document is complete.
    fn take(&mut self, event: Event<'_>, at: (usize, usize, usize)) -> Result<bool, Error> {
        let (_, to, line) = at;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar {
                    // The parser reports an absent value as `~`: only its empty span shows that it is absent.
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                    block: matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
                    tag: tag.map(|t| format!("{}{}", t.handle(), t.suffix())),
                };
                let digest = hash(b's', [scalar.digest()]);
                let id = self.add(Kind::Scalar(scalar), at, digest);
                self.anchor(anchor, id);
                Ok(self.complete(id))
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                // The anchor is unknown, or its node has not ended: `&a [*a]`.
                let Some(target) = target.filter(|t| self.open.iter().all(|(o, _)| o != t)) else {
                    return Err(syntax(line, "alias to an anchor that is not complete"));
                };
                let digest = self.nodes[target].digest;
                let id = self.add(Kind::Alias(target), at, digest);
                self.nodes[id].expanded = self.nodes[target].expanded;
                self.nodes[id].height = self.nodes[target].height;
                Ok(self.complete(id))
            }
            Event::SequenceStart(style, anchor, tag) => {
                let (flow, items) = (style == StructureStyle::Flow, vec![]);
                Ok(self.begin(Kind::Seq { flow, items }, at, anchor, tag.is_some()))
            }
            Event::MappingStart(style, anchor, tag) => {
                let (flow, pairs) = (style == StructureStyle::Flow, vec![]);
                Ok(self.begin(Kind::Map { flow, pairs }, at, anchor, tag.is_some()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(to, line),
            _ => Ok(false),
        }
    }

    fn begin(
        &mut self,
        kind: Kind,
        at: (usize, usize, usize),
        anchor: usize,
        tagged: bool,
    ) -> bool {
        // For now, the digest only says whether there is a tag. `finish` adds the children.
        let id = self.add(kind, at, [u8::from(tagged); 32]);
        self.anchor(anchor, id);
        self.open.push((id, vec![]));
        false
    }

    fn finish(&mut self, end: usize, line: usize) -> Result<bool, Error> {
        let Some((id, children)) = self.open.pop() else {
            return Err(syntax(line, "unbalanced"));
        };
        let nodes = || children.iter().map(|&c| &self.nodes[c]);
        let expanded = nodes().fold(1u64, |sum, node| sum.saturating_add(node.expanded));
        let height = 1 + nodes().map(|node| node.height).max().unwrap_or(0);
        let written = self.nodes.len() as u64;
        if expanded > written + MAX_REPEATED || height > MAX_HEIGHT {
            return Err(Error::TooLarge { line });
        }
        let last = nodes().map(|node| node.end).max();
        let tagged = std::iter::once(self.nodes[id].digest);
        let digests = tagged.chain(nodes().map(|node| node.digest));
        let digest = match self.nodes[id].kind {
            Kind::Map { .. } => hash(b'm', digests),
            _ => hash(b'l', digests),
        };
        let node = &mut self.nodes[id];
        let flow = match &mut node.kind {
            Kind::Map { flow, pairs } => {
                let (chunks, _) = children.as_chunks();
                *pairs = chunks.iter().map(|&[k, v]| (k, v)).collect();
                *flow
            }
            Kind::Seq { flow, items } => {
                *items = children;
                *flow
            }
            Kind::Scalar(_) | Kind::Alias(_) => true,
        };
        // The end event of a block collection is where the next token starts. The content ends before.
        node.end = if flow {
            end
        } else {
            last.unwrap_or(node.start)
        };
        (node.digest, node.expanded, node.height) = (digest, expanded, height);
        Ok(self.complete(id))
    }

    fn add(&mut self, kind: Kind, (start, end, line): (usize, usize, usize), digest: Digest) -> Id {
        self.nodes.push(Node {
            kind,
            start,
            end,
            line,
            digest,
            expanded: 1,
            height: 1,
        });
        self.nodes.len() - 1
    }

    fn anchor(&mut self, anchor: usize, id: Id) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn complete(&mut self, id: Id) -> bool {
        match self.open.last_mut() {
            Some((_, children)) => {
                children.push(id);
                false
            }
            None => {
                self.root = Some(id);
                true
            }
        }
    }
}

fn offset(at: &Marker) -> Result<usize, Error> {
    at.byte_offset()
        .ok_or_else(|| syntax(at.line(), "no byte position"))
}

pub(super) fn syntax(line: usize, reason: &str) -> Error {
    let reason = reason.to_owned();
    Error::Syntax { line, reason }
}

fn hash(kind: u8, parts: impl IntoIterator<Item = Digest>) -> Digest {
    let start = Sha256::new().chain_update([kind]);
    let sum = parts
        .into_iter()
        .fold(start, |h, part| h.chain_update(part));
    sum.finalize().into()
}
