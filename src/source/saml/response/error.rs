//! What can be wrong with a SAML response. What comes out of one is cut to a length, and may hold anything: print it cleaned.

use chrono::{DateTime, Utc};

use crate::names::{self, Partition, RoleArn, RoleSessionName, SamlProviderArn};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("it is empty")]
    Empty,
    #[error("it has {characters} characters, and STS takes at most 100000")]
    TooLong { characters: usize },
    #[error("it is XML or a web page as it stands, not the base64 of a response")]
    Markup,
    #[error("it is not base64")]
    NotBase64,
    #[error("it is a form with {found} fields named SAMLResponse, not one")]
    Form { found: usize },
    #[error("what it encodes is not XML: {why}")]
    NotXml { why: String },
    /// Nothing that is signed needs one, and it could change what the text says.
    #[error("it has a document type declaration")]
    Dtd,
    #[error("it has more {what} than a response needs")]
    TooMany { what: &'static str },
    #[error("it is no SAML 2.0 response but {found:?}")]
    NotAResponse { found: String },
    /// `codes` from the outermost in, without SAML's own prefix.
    #[error(
        "the identity provider refused: {}{}",
        or_nothing(codes),
        said(message)
    )]
    Refused {
        codes: Vec<String>,
        message: Option<String>,
    },
    #[error("there is no assertion in it")]
    NoAssertion,
    /// Which one AWS would believe is not for us to guess.
    #[error("there are {count} assertions in it, not one")]
    SeveralAssertions { count: usize },
    #[error("its assertion is not where SAML 2.0 has it")]
    MisplacedAssertion,
    #[error("it has no {what}")]
    Missing { what: &'static str },
    #[error("it has {count} of {what}, not one")]
    Several { what: &'static str, count: usize },
    #[error("its {what} has elements in it, not text alone")]
    NotText { what: &'static str },
    #[error("its {what} is no time: {value:?}")]
    NotATime { what: &'static str, value: String },
    #[error("its attribute RoleSessionName is none: {0}")]
    SessionName(#[from] names::Error),
    #[error("its attribute SessionDuration is no number from 900 to 43200: {value:?}")]
    SessionDuration { value: String },
    /// `unreadable` values had no role and provider in them; `example` is the first.
    #[error("it names no role{}", instead(*unreadable, example))]
    NoRoles {
        unreadable: usize,
        example: Option<String>,
    },

    #[error("it is addressed to {found:?}, not to AWS's sign-in in the partition {partition}")]
    Recipient { found: String, partition: Partition },
    #[error("it is not meant for AWS but for {}", or_nothing(found))]
    Audience { found: Vec<String> },
    #[error("it was good until {}, and it is {}", time(good_until), time(now))]
    Expired {
        good_until: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    #[error("it is good from {} on, and it is {}", time(not_before), time(now))]
    NotYetValid {
        not_before: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    #[error("it is for {found}, and the profile is for {wanted}")]
    OtherSessionName {
        found: RoleSessionName,
        wanted: RoleSessionName,
    },
    /// IAM ignores case there, clusters do not.
    #[error("it is for {found}, and the profile is for {wanted}: they differ in case only")]
    SessionNameCase {
        found: RoleSessionName,
        wanted: RoleSessionName,
    },
    #[error(
        "it has the role {role} with the provider {}, not with {wanted}",
        list(found)
    )]
    OtherProvider {
        role: RoleArn,
        wanted: Box<SamlProviderArn>,
        found: Vec<SamlProviderArn>,
    },
    /// `offered` has those of the wanted account first; there are `more`, and `unreadable` values.
    #[error(
        "it does not have the role {wanted}, but {}{}{}",
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
    /// The response is for `found`, which is not `wanted`.
    pub fn differs(found: &RoleSessionName, wanted: &RoleSessionName) -> Error {
        let (found, wanted) = (found.clone(), wanted.clone());
        match found.as_str().eq_ignore_ascii_case(wanted.as_str()) {
            true => Error::SessionNameCase { found, wanted },
            false => Error::OtherSessionName { found, wanted },
        }
    }
}

/// The beginning of something remote.
pub(super) fn bounded(value: &str) -> String {
    const LONGEST: usize = 200;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

fn time(time: &DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
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

fn said(message: &Option<String>) -> String {
    let said = |message| format!(" ({message:?})");
    message.as_ref().map(said).unwrap_or_default()
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
        1 => format!("; one value is no pair of role and provider{example}"),
        n => format!("; {n} values are no pairs of role and provider{example}"),
    }
}
