//! A YAML document as a tree of nodes with their byte positions.
//!
//! Only the first document is read, as kubectl does (go-yaml's `Unmarshal`). Aliases stay references. The size of each value with
//! aliases followed is computed bottom-up and limited, so that neither an alias bomb nor deep nesting costs more than one pass
//! through the text, and no walk through a tree costs much more.

mod builder;

use granit_parser::{Event, Parser, ScalarStyle};

use super::{Error, Scalar, foreign};
pub(super) use builder::syntax;
use builder::{Builder, offset};

/// A node of the [`Tree`] that it is from.
pub type Id = usize;

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
}

#[derive(Debug)]
pub enum Kind {
    Scalar(Scalar),
    Seq(Collection<Id>),
    Map(Collection<(Id, Id)>),
    Alias(Id),
}

/// A sequence of items, or a mapping of pairs.
#[derive(Debug)]
pub struct Collection<T> {
    pub parts: Vec<T>,
    pub flow: bool,
    tagged: bool,
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
            if builder.is_block() {
                foreign::refuse_tabs(text, seen, from, span.start.line())?;
            }
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
        // kubectl's parser looks at what follows the document.
        let rest = text.get(seen..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        foreign::refuse_tabs(text, seen, seen + blanks, line_of(text, seen))?;
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
        #[cfg(test)]
        super::work::add(1);
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

    /// Returns whether a value is the same as one of another tree: structure, order, scalar text, quoting and tags, with aliases
    /// followed.
    pub fn is_same(&self, id: Id, other: &Tree, theirs: Id) -> bool {
        let same = |(&a, &b): (&Id, &Id)| self.is_same(a, other, b);
        let same_pair = |((k, v), (their_k, their_v)): (&(Id, Id), &(Id, Id))| {
            same((k, their_k)) && same((v, their_v))
        };
        let theirs = other.node(other.follow(theirs));
        match (&self.node(self.follow(id)).kind, &theirs.kind) {
            (Kind::Scalar(a), Kind::Scalar(b)) => a.is_same(b),
            (Kind::Seq(a), Kind::Seq(b)) => {
                a.tagged == b.tagged
                    && a.parts.len() == b.parts.len()
                    && a.parts.iter().zip(&b.parts).all(same)
            }
            (Kind::Map(a), Kind::Map(b)) => {
                a.tagged == b.tagged
                    && a.parts.len() == b.parts.len()
                    && a.parts.iter().zip(&b.parts).all(same_pair)
            }
            _ => false,
        }
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
            Kind::Seq(_) | Kind::Map(_) => None,
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
            Kind::Seq(list) => Some(&list.parts),
            _ => None,
        }
    }

    pub fn pairs(&self, id: Id) -> Option<&[(Id, Id)]> {
        match &self.node(self.follow(id)).kind {
            Kind::Map(map) => Some(&map.parts),
            _ => None,
        }
    }

    pub fn is_flow(&self, id: Id) -> bool {
        match &self.node(id).kind {
            Kind::Seq(list) => list.flow,
            Kind::Map(map) => map.flow,
            Kind::Scalar(_) | Kind::Alias(_) => false,
        }
    }

    pub fn key_is(&self, key: Id, name: &str) -> bool {
        // The text is compared first: what it means takes longer to tell.
        self.scalar(key)
            .is_some_and(|s| *s.text == *name && s.as_str().is_some())
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
