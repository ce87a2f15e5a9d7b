//! Builds the [`Tree`](super::Tree) from the events of the parser.

use std::collections::HashMap;

use granit_parser::{Event, Marker, ScalarStyle, StructureStyle};

use super::super::{Error, Scalar};
use super::{Collection, Id, Kind, MAX_HEIGHT, MAX_REPEATED, Node};

impl<T> Collection<T> {
    /// Returns a collection without its parts, which come later.
    fn new(style: StructureStyle, tagged: bool) -> Self {
        Collection {
            parts: vec![],
            flow: style == StructureStyle::Flow,
            tagged,
        }
    }
}

/// How large a value is with all aliases followed.
#[derive(Debug, Clone, Copy)]
struct Size {
    nodes: u64,
    height: u32,
}

const ONE: Size = Size {
    nodes: 1,
    height: 1,
};

/// A collection that has not ended yet.
struct Open {
    id: Id,
    anchor: usize,
    /// Where its children begin among those of all open collections.
    children: usize,
    size: Size,
    /// The end of its children so far.
    end: usize,
}

#[derive(Default)]
pub(super) struct Builder {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<Id>,
    open: Vec<Open>,
    /// The children so far of all open collections.
    children: Vec<Id>,
    /// The complete nodes that aliases can refer to.
    anchors: HashMap<usize, (Id, Size)>,
}

impl Builder {
    /// Handles one event. Returns true once the node of the first document is complete.
    pub(super) fn take(
        &mut self,
        event: Event<'_>,
        at: (usize, usize, usize),
    ) -> Result<bool, Error> {
        let (_, to, line) = at;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let id = self.add(
                    Kind::Scalar(Scalar {
                        // The parser reports an absent value as `~`: only its empty span shows that it is absent.
                        text: text.into(),
                        plain: style == ScalarStyle::Plain,
                        block: matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
                        tag: tag.map(|t| [t.handle(), t.suffix()].concat().into()),
                    }),
                    at,
                );
                Ok(self.complete(id, anchor, ONE))
            }
            Event::Alias(anchor) => {
                // The anchor is unknown, or its node has not ended: `&a [*a]`.
                let Some(&(target, size)) = self.anchors.get(&anchor) else {
                    return Err(syntax(line, "alias to an anchor that is not complete"));
                };
                let id = self.add(Kind::Alias(target), at);
                Ok(self.complete(id, 0, size))
            }
            Event::SequenceStart(style, anchor, tag) => {
                let list = Collection::new(style, tag.is_some());
                Ok(self.begin(Kind::Seq(list), at, anchor))
            }
            Event::MappingStart(style, anchor, tag) => {
                let map = Collection::new(style, tag.is_some());
                Ok(self.begin(Kind::Map(map), at, anchor))
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(to, line),
            _ => Ok(false),
        }
    }

    /// Returns whether what comes next is in block style.
    pub(super) fn is_block(&self) -> bool {
        let open = self.open.last().map(|open| &self.nodes[open.id].kind);
        match open {
            Some(Kind::Seq(list)) => !list.flow,
            Some(Kind::Map(map)) => !map.flow,
            _ => true,
        }
    }

    fn begin(&mut self, kind: Kind, at: (usize, usize, usize), anchor: usize) -> bool {
        let id = self.add(kind, at);
        self.open.push(Open {
            id,
            anchor,
            children: self.children.len(),
            size: ONE,
            end: at.0,
        });
        false
    }

    fn finish(&mut self, end: usize, line: usize) -> Result<bool, Error> {
        let Some(open) = self.open.pop() else {
            return Err(syntax(line, "unbalanced"));
        };
        let written = self.nodes.len() as u64;
        if open.size.nodes > written + MAX_REPEATED || open.size.height > MAX_HEIGHT {
            return Err(Error::TooLarge { line });
        }
        let children = self.children.drain(open.children..);
        let node = &mut self.nodes[open.id];
        let flow = match &mut node.kind {
            Kind::Map(map) => {
                let (chunks, _) = children.as_slice().as_chunks();
                map.parts = chunks.iter().map(|&[k, v]| (k, v)).collect();
                map.flow
            }
            Kind::Seq(list) => {
                list.parts = children.as_slice().to_vec();
                list.flow
            }
            Kind::Scalar(_) | Kind::Alias(_) => true,
        };
        drop(children);
        // The end event of a block collection is where the next token starts. The content ends before.
        node.end = if flow { end } else { open.end };
        Ok(self.complete(open.id, open.anchor, open.size))
    }

    fn add(&mut self, kind: Kind, (start, end, line): (usize, usize, usize)) -> Id {
        self.nodes.push(Node {
            kind,
            start,
            end,
            line,
        });
        self.nodes.len() - 1
    }

    fn complete(&mut self, id: Id, anchor: usize, size: Size) -> bool {
        if anchor != 0 {
            self.anchors.insert(anchor, (id, size));
        }
        match self.open.last_mut() {
            Some(parent) => {
                self.children.push(id);
                parent.end = parent.end.max(self.nodes[id].end);
                parent.size.nodes = parent.size.nodes.saturating_add(size.nodes);
                parent.size.height = parent.size.height.max(1 + size.height);
                false
            }
            None => {
                self.root = Some(id);
                true
            }
        }
    }
}

pub(super) fn offset(at: &Marker) -> Result<usize, Error> {
    at.byte_offset()
        .ok_or_else(|| syntax(at.line(), "no byte position"))
}

pub fn syntax(line: usize, reason: &str) -> Error {
    let reason = reason.to_owned();
    Error::Syntax { line, reason }
}
