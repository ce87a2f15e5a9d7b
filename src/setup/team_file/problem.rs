//! Problems in a team file, with their line and column.

use std::fmt;

use crate::names::{self, Region};

/// One problem. Line and column count from 1; the column counts characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub line: usize,
    pub column: usize,
    pub what: What,
}

/// What the problem is. It can quote the file: clean it before printing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("not UTF-8")]
    NotUtf8,
    /// The parser's message.
    #[error("invalid TOML: {0}")]
    Syntax(String),
    #[error("unknown key {key:?}; the keys here are {}", known.join(", "))]
    UnknownKey {
        key: String,
        known: Vec<&'static str>,
    },
    #[error("missing {key}")]
    Missing { key: &'static str },
    #[error("{has} requires {lacks} at the top of the file")]
    Without {
        has: &'static str,
        lacks: &'static str,
    },
    #[error("{key} must be {wanted}, not {found}")]
    Type {
        key: &'static str,
        found: &'static str,
        wanted: &'static str,
    },
    #[error("{key}: {error}")]
    Value {
        key: &'static str,
        error: names::Error,
    },
    #[error("{key}: unknown AWS region {region}; an example of a region is eu-west-1")]
    NoPartition { key: &'static str, region: Region },
    #[error(
        "{region} and {other} are in different AWS partitions: an account has clusters in one partition only"
    )]
    OtherPartition { region: Region, other: Region },
    #[error(
        "cannot tell the region of the account: add a cluster to it, or sso_region at the top of the file"
    )]
    NoRegion,
    #[error("the account must have exactly one of {of}")]
    NotOneSource { of: &'static str },
    #[error("duplicate {0}")]
    Duplicate(String),
    #[error("more than {most} {key}")]
    TooMany { key: &'static str, most: usize },
}

impl Problem {
    /// Returns a problem at a position in the text, in bytes.
    pub fn at(text: &str, at: usize, what: What) -> Self {
        let before = text.get(..at).unwrap_or(text);
        // Editors do not count a byte order mark as a character.
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Problem {
            line: 1 + before.matches('\n').count(),
            column: 1 + line.chars().count(),
            what,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { line, column, what } = self;
        write!(f, "{line}:{column}: {what}")
    }
}
