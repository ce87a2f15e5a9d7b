//! A SAML response: decoded from the bytes that a browser posts, and checked before it is sent to AWS. Pure.
//!
//! Nothing in it is trusted: only AWS checks the signature, and STS decides whose session it is. It is read in order to
//! explain what AWS would reject, or would issue for another user.

mod assertion;
mod attributes;
mod copied;
mod xml;

#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use crate::credentials::Secret;
use crate::names::{self, IdpArn, Partition, RoleArn, RoleSessionName};
use crate::output::at_second;

pub use assertion::Assertion;
pub use attributes::Pair;

/// The longest response that STS accepts, in characters of base64.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>
const LONGEST: usize = 100_000;
/// The longest input that may contain a response, in bytes: a HAR file of a whole sign-in, with the contents of all pages.
pub(super) const LONGEST_INPUT: usize = 32 << 20;

/// A response: as STS gets it, and as it is read here.
#[derive(Debug)]
pub struct Response {
    encoded: Secret,
    assertion: Option<Assertion>,
}

/// What a response must be valid for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub role: &'a RoleArn,
    pub provider: &'a IdpArn,
    pub session_name: &'a RoleSessionName,
}

impl Response {
    /// Decodes a response from a file, a pipe or a browser's form. It may be base64, or anything that the copy menus of browsers
    /// give for the request that posts it.
    ///
    /// # Errors
    /// It is not a response, says that the sign-in failed, or does not say clearly which roles the user has.
    pub fn decode(bytes: &[u8]) -> Result<Response, Error> {
        if bytes.len() > LONGEST_INPUT {
            let characters = bytes.len();
            return Err(Error::TooLong { characters });
        }
        let mut encoded = copied::find(bytes)?;
        match encoded.len() {
            0 => return Err(Error::Empty),
            1..=LONGEST => {}
            characters => return Err(Error::TooLong { characters }),
        }
        let xml = STANDARD
            .decode(encoded.as_bytes())
            .map_err(|_| Error::NotBase64)?;
        let xml = Zeroizing::new(xml);
        let xml = std::str::from_utf8(&xml).map_err(|_| Error::NotXml {
            why: "not UTF-8".to_owned(),
        })?;
        let assertion = Assertion::read(&xml::parse(xml)?)?;
        let encoded = Secret::new(std::mem::take(&mut *encoded));
        Ok(Response { encoded, assertion })
    }

    /// Returns the response as STS gets it.
    pub fn encoded(&self) -> &Secret {
        &self.encoded
    }

    /// Returns the assertion. `None` if it is encrypted, so that only AWS can read it.
    pub fn assertion(&self) -> Option<&Assertion> {
        self.assertion.as_ref()
    }

    /// Checks that the response is valid for this role. Accepts an encrypted assertion, which only AWS can read.
    ///
    /// # Errors
    /// It is for another recipient, time, user or role.
    pub fn check(&self, wanted: &Wanted<'_>, now: DateTime<Utc>) -> Result<(), Error> {
        let Some(assertion) = &self.assertion else {
            return Ok(());
        };
        assertion.is_for_aws(wanted.role)?;
        assertion.is_for_now(now)?;
        assertion.is_for_the_person(wanted.session_name)?;
        assertion.has_the_role(wanted)
    }
}

/// What can be wrong with a response. Texts from a response are cut to a length, and can contain anything: clean them before
/// printing.
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
    #[error("the text has no field SAMLResponse")]
    NoField,
    #[error("the text has {found} different SAML responses, not one")]
    SeveralResponses { found: usize },
    /// The developer tools show the beginning of a long value only.
    #[error("the response was cut off when it was copied")]
    CutOff,
    /// The response is in the query of a URL, compressed. AWS accepts posted ones only.
    #[error(
        "the identity provider sent the response by redirect (GET), but AWS accepts only a form (POST)"
    )]
    ByRedirect,
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
    /// An attribute of AWS is missing. `meant` has its values under another name. `came` are the names of those that it has, and
    /// there are `more`.
    #[error("{}", missing(what, meant, came, *more))]
    NoAttribute {
        what: &'static str,
        meant: Option<String>,
        came: Vec<String>,
        more: usize,
    },
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
        /// From its issue on, if the response names that.
        lifetime: Option<TimeDelta>,
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
        wanted: Box<IdpArn>,
        found: Vec<IdpArn>,
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
fn bounded(value: &str) -> String {
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

/// The names of AWS's attributes begin with this.
pub const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

fn missing(what: &str, meant: &Option<String>, came: &[String], more: usize) -> String {
    match meant {
        Some(meant) => format!(
            "AWS reads the attribute \"{ATTRIBUTES}{what}\" only, but the response has it as {meant:?}"
        ),
        None => {
            let came: Vec<_> = came.iter().map(|name| format!("{name:?}")).collect();
            format!(
                "the response has no attribute \"{ATTRIBUTES}{what}\"; its attributes: {}{}",
                or_nothing(&came),
                and_more(more)
            )
        }
    }
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
