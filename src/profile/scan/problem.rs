//! What can be wrong with a line of a config file, in the terms of its readers.

/// A line (counted from 1) that some AWS tool refuses or that two of them read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct Problem {
    pub line: usize,
    pub kind: Kind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Kind {
    /// Both families refuse the file: neither takes a byte order mark for white space.
    #[error("the file begins with a byte order mark")]
    ByteOrderMark,
    /// The SDKs then read an empty file, silently; botocore refuses it.
    #[error("not UTF-8")]
    NotUtf8,
    /// NUL, and the controls and separators that Python takes for white space or a line's end.
    #[error("a control character or line separator")]
    ControlCharacter,
    /// A carriage return without a line feed ends a line for Python only.
    #[error("a carriage return inside a line")]
    CarriageReturn,
    /// Indented by a character (such as a no-break space) that only Python takes for a blank.
    #[error("indented by a character other than space and tab")]
    Indentation,
    #[error("text before the first section")]
    NoSection,
    /// Unclosed, empty, or followed by text that is no comment.
    #[error("not a section header")]
    SectionHeader,
    /// botocore refuses the file; the SDKs merge, in no particular order where spellings differ.
    #[error("a section of this name came before")]
    DuplicateSection,
    /// `[DEFAULT]` lends its keys to every section in botocore and means nothing to the SDKs.
    #[error("a [DEFAULT] section")]
    DefaultsSection,
    #[error("neither a section, `key = value`, a comment nor the continuation of a value")]
    NoEquals,
    #[error("no key before the equals sign")]
    NoKey,
    /// Compared without regard to case. botocore refuses the file; in the SDKs the last one wins.
    #[error("a key of this name came before in the section")]
    DuplicateKey,
    #[error("an indented line with no key before it to continue")]
    Orphan,
    #[error("an indented line under an empty key that is not `name = value`")]
    SubProperty,
    /// As `[ profile a]` (not seen by botocore) or `[profile "a"]` (not seen by the SDKs).
    #[error("a section header that AWS tools read differently")]
    AmbiguousSection,
    /// `[default]` beside `[profile default]`: the SDKs take the latter, botocore the last.
    #[error("a second default profile")]
    SecondDefault,
    /// As `a : b = c`, which is the key `a` to botocore and `a : b` to the SDKs.
    #[error("a key that AWS tools read differently")]
    AmbiguousKey,
    /// As an inline ` # comment`, which botocore keeps as part of the value.
    #[error("a value that AWS tools read differently")]
    AmbiguousValue,
    /// The SDKs read it as part of the value above.
    #[error("an indented comment")]
    IndentedComment,
}

impl Kind {
    /// Whether it spoils the whole file for at least one family of tools. What is not fatal
    /// concerns the section it stands in and nothing else.
    pub fn is_fatal(self) -> bool {
        !matches!(
            self,
            Self::AmbiguousSection
                | Self::SecondDefault
                | Self::AmbiguousKey
                | Self::AmbiguousValue
                | Self::IndentedComment
        )
    }
}
