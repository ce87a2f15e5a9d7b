//! What can be wrong with a SAML response. Texts from a response are cut to a length, and can contain anything: clean them
//! before printing.

use chrono::{DateTime, Utc};

use crate::names::{self, Partition, RoleArn, RoleSessionName, SamlProviderArn};
use crate::output::at_second;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the response is empty")]
    Empty,
    #[error("the response has {characters} characters, but STS accepts at most 100000")]
    TooLong { characters: usize },
    #[error("the text is XML or a web page, not the base64 of a response")]
    Markup,
    #[error("the text is not base64")]
    NotBase64,
    #[error("the form has {found} fields named SAMLResponse, not one")]
    Form { found: usize },
    #[error("the decoded text is not XML: {why}")]
    NotXml { why: String },
    /// A signed response needs none, and it could change the meaning of the text.
    #[error("the response has a document type declaration")]
    Dtd,
    #[error("the response has too many {what}")]
    TooMany { what: &'static str },
    #[error("the text is not a SAML 2.0 response but {found:?}")]
    NotAResponse { found: String },
    /// `codes` are the status codes, outermost first, without SAML's prefix.
    #[error(
        "the identity provider responded: {}{}",
        or_nothing(codes),
        quoted(message)
    )]
    Refused {
        codes: Vec<String>,
        message: Option<String>,
    },
    #[error("the response has no assertion")]
    NoAssertion,
    /// It is not known which one AWS would use.
    #[error("the response has {count} assertions, not one")]
    SeveralAssertions { count: usize },
    #[error("the assertion is not where SAML 2.0 expects it")]
    MisplacedAssertion,
    #[error("the response has no {what}")]
    Missing { what: &'static str },
    #[error("the response has {count} times {what}, not once")]
    Several { what: &'static str, count: usize },
    #[error("the {what} has elements in it, not only text")]
    NotText { what: &'static str },
    #[error("the attribute {what} has more in it than values")]
    NotValues { what: &'static str },
    #[error("the {what} is not a time: {value:?}")]
    NotATime { what: &'static str, value: String },
    #[error("attribute RoleSessionName: {0}")]
    SessionName(#[from] names::Error),
    #[error("invalid attribute SessionDuration: must be a number from 900 to 43200, not {value:?}")]
    SessionDuration { value: String },
    /// `unreadable` values are not pairs of role and provider; `example` is the first of them.
    #[error("the attribute Role names no role{}", instead(*unreadable, example))]
    NoRoles {
        unreadable: usize,
        example: Option<String>,
    },

    #[error("the recipient is not AWS's sign-in in partition {partition}: {found:?}")]
    Recipient { found: String, partition: Partition },
    #[error("the audience is not AWS: {}", or_nothing(found))]
    Audience { found: Vec<String> },
    #[error("the response expired at {}; it is now {}", at_second(*valid_until), at_second(*now))]
    Expired {
        valid_until: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    #[error("the response is valid from {}; it is now {}", at_second(*not_before), at_second(*now))]
    NotYetValid {
        not_before: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    #[error("the response is for {found}, but the profile is for {wanted}")]
    OtherSessionName {
        found: RoleSessionName,
        wanted: RoleSessionName,
    },
    /// IAM ignores case, clusters do not.
    #[error(
        "the response is for {found}, but the profile is for {wanted}: they differ in case only"
    )]
    SessionNameCase {
        found: RoleSessionName,
        wanted: RoleSessionName,
    },
    #[error(
        "the response has role {role} with provider {}, not with {wanted}",
        list(found)
    )]
    OtherProvider {
        role: RoleArn,
        wanted: Box<SamlProviderArn>,
        found: Vec<SamlProviderArn>,
    },
    /// `offered` lists roles of the wanted account first. There are `more` roles, and `unreadable` values.
    #[error(
        "the response does not have role {wanted}, but {}{}{}",
        list(offered), and_more(*more), instead(*unreadable, &None)
    )]
    OtherRoles {
        wanted: RoleArn,
        offered: Vec<RoleArn>,
        more: usize,
        unreadable: usize,
    },
}

impl Error {
    /// Returns the error for a response that is for `found` instead of `wanted`.
    pub fn differs(found: &RoleSessionName, wanted: &RoleSessionName) -> Error {
        let (found, wanted) = (found.clone(), wanted.clone());
        match found.as_str().eq_ignore_ascii_case(wanted.as_str()) {
            true => Error::SessionNameCase { found, wanted },
            false => Error::OtherSessionName { found, wanted },
        }
    }
}

/// Cuts remote text to a length that can be shown.
pub(super) fn bounded(value: &str) -> String {
    const LONGEST: usize = 200;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

fn list<T: std::fmt::Display>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    values.join(", ")
}

fn or_nothing(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        values => list(values),
    }
}

fn quoted(message: &Option<String>) -> String {
    let quoted = |message| format!(" ({message:?})");
    message.as_ref().map(quoted).unwrap_or_default()
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

fn instead(unreadable: usize, example: &Option<String>) -> String {
    let example = example.as_ref().map(|value| format!(": {value:?}"));
    let example = example.unwrap_or_default();
    match unreadable {
        0 => String::new(),
        1 => format!("; one value is not a pair of role and provider{example}"),
        n => format!("; {n} values are not pairs of role and provider{example}"),
    }
}
