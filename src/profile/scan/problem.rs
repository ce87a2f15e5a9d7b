//! What can be wrong with a line of a config file.

/// A line (counted from 1) that some AWS tool rejects or that two of them read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct Problem {
    pub line: usize,
    pub kind: Kind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Kind {
    /// Both the SDKs and botocore reject the file.
    #[error("the file begins with a byte order mark (BOM)")]
    ByteOrderMark,
    /// The SDKs silently read an empty file; botocore rejects it.
    #[error("not UTF-8")]
    NotUtf8,
    /// As above.
    #[error("the file is UTF-16, as `>` in PowerShell 5 writes it, and not UTF-8")]
    Utf16,
    /// NUL, and the controls and separators that Python reads as white space or as the end of a line.
    #[error("control character or Unicode line separator")]
    ControlCharacter,
    /// A carriage return without a line feed ends a line for Python only.
    #[error("carriage return inside a line")]
    CarriageReturn,
    /// Indented by a character, such as a no-break space, that only Python reads as white space.
    #[error("indented by a character other than space or tab")]
    Indentation,
    #[error("text before the first section header")]
    NoSection,
    /// Unclosed, empty, or followed by text that is not a comment.
    #[error("invalid section header")]
    SectionHeader,
    /// botocore rejects the file; the SDKs merge the sections, in no fixed order where spellings differ.
    #[error("duplicate section")]
    DuplicateSection,
    /// botocore applies the keys of `[DEFAULT]` to every section; the SDKs ignore it.
    #[error("`[DEFAULT]` section, which only some AWS tools apply to all profiles")]
    DefaultsSection,
    #[error("not a section header, `key = value`, a comment or a continued value")]
    NoEquals,
    #[error("no key before the equals sign")]
    NoKey,
    /// Compared without regard to case. botocore rejects the file; in the SDKs the last one wins.
    #[error("duplicate key in this section")]
    DuplicateKey,
    #[error("indented line that does not continue a value")]
    Orphan,
    /// The SDKs reject the file; botocore reads it.
    #[error("indented section header, which only the aws CLI and boto3 read")]
    IndentedHeader,
    #[error("indented line under an empty key, but not `name = value`")]
    SubProperty,
    /// For example `[ profile a]` (ignored by botocore) or `[profile "a"]` (ignored by the SDKs).
    #[error("section header that AWS tools read differently")]
    AmbiguousSection,
    /// `[default]` beside `[profile default]`: the SDKs use the latter, botocore the last.
    #[error("second default profile: keep either `[default]` or `[profile default]`")]
    SecondDefault,
    /// For example `a : b = c`, which is the key `a` to botocore and `a : b` to the SDKs.
    #[error("key that AWS tools read differently")]
    AmbiguousKey,
    /// For example an inline ` # comment`, which botocore keeps as part of the value.
    #[error("value that AWS tools read differently")]
    AmbiguousValue,
    /// The SDKs read it as part of the value above.
    #[error("indented comment, which some AWS tools read as part of the value above")]
    IndentedComment,
}

impl Kind {
    /// Whether the SDKs or botocore reject or misread the whole file because of it. Any other problem affects only its own
    /// section.
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
