//! What is wrong with a team file, and where.

use std::fmt;

use crate::names::{self, Region};

/// One thing that is wrong. Line and column count from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub line: usize,
    pub column: usize,
    pub what: What,
}

/// May hold text of the file: print it only cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("this is not UTF-8")]
    NotUtf8,
    /// In the parser's words.
    #[error("{0}")]
    Syntax(String),
    #[error("unknown key {key:?}; known here: {}", known.join(", "))]
    UnknownKey {
        key: String,
        known: Vec<&'static str>,
    },
    #[error("{key} is missing")]
    Missing { key: &'static str },
    #[error("{has} needs {lacks} at the top of the file")]
    Without {
        has: &'static str,
        lacks: &'static str,
    },
    #[error("{key} is {found}, not {wanted}")]
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
    #[error("{key}: AWS has no region {region}: one looks like eu-west-1")]
    NoPartition { key: &'static str, region: Region },
    #[error("{region} is in another partition of AWS than {other}: that is another account")]
    OtherPartition { region: Region, other: Region },
    #[error("the account has no cluster, and the file no sso_region: its region is not known")]
    NoRegion,
    #[error(
        "the account needs one of sso_role_name, source_profile, or saml_provider with saml_url"
    )]
    NotOneSource,
    #[error("{0} is there twice")]
    Twice(String),
    #[error("more than {most} {key}")]
    TooMany { key: &'static str, most: usize },
}

impl Problem {
    /// `at` is a byte of the text.
    pub fn at(text: &str, at: usize, what: What) -> Self {
        let before = text.get(..at).unwrap_or(text);
        // Editors do not count a byte order mark.
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
