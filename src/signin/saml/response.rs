//! A SAML response: decoded from the bytes that a browser posts, and checked before it is sent to AWS. Pure.
//!
//! Nothing in it is trusted: only AWS checks the signature, and STS decides whose session it is. It is read in order to
//! explain what AWS would reject, or would issue for another user.

mod assertion;
mod error;
mod xml;

#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::endpoint;
use crate::credentials::Secret;
use crate::names::{RoleArn, RoleSessionName, SamlProviderArn};

pub use assertion::{Assertion, Pair};
pub use error::Error;

/// The longest response that STS accepts, in characters of base64.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>
const LONGEST: usize = 100_000;
/// The longest input that may contain a response, in bytes: a form with every character escaped, and other fields.
pub(super) const LONGEST_INPUT: usize = 1_000_000;
/// How far the clocks of this computer, of the identity provider and of AWS may differ.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// The most roles that an error lists.
const MOST_LISTED: usize = 10;

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
    pub provider: &'a SamlProviderArn,
    pub session_name: &'a RoleSessionName,
}

impl Response {
    /// Decodes a response from a file, a pipe or a browser's form. It may be base64, with or without white space and URL
    /// encoding, or a whole form with a field `SAMLResponse`.
    ///
    /// # Errors
    /// It is not a response, says that the sign-in failed, or does not say clearly which roles the user has.
    pub fn decode(bytes: &[u8]) -> Result<Response, Error> {
        if bytes.len() > LONGEST_INPUT {
            let characters = bytes.len();
            return Err(Error::TooLong { characters });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::NotBase64)?;
        let text = text.trim_start_matches('\u{feff}').trim_ascii();
        if text.starts_with('<') {
            return Err(Error::Markup);
        }
        let value = value(text)?;
        // With full capacity: a string that grows leaves copies in memory.
        let mut encoded = Zeroizing::new(String::with_capacity(value.len()));
        encoded.extend(value.chars().filter(|c| !c.is_ascii_whitespace()));
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

/// Returns the text of the response, with its white space.
fn value(text: &str) -> Result<Zeroizing<String>, Error> {
    const FIELD: &str = "SAMLResponse";
    let starts_with_field = text
        .strip_prefix(FIELD)
        .is_some_and(|rest| rest.starts_with('='));
    if !text.contains('&') && !starts_with_field {
        let value = percent_decode_str(text).decode_utf8();
        let value = value.map_err(|_| Error::NotBase64)?;
        return Ok(Zeroizing::new(value.into_owned()));
    }
    let fields = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name == FIELD);
    let mut values: Vec<_> = fields
        .map(|(_, value)| Zeroizing::new(value.into_owned()))
        .collect();
    match (values.pop(), values.len()) {
        (Some(value), 0) => Ok(value),
        (None, _) => Err(Error::Form { found: 0 }),
        (Some(_), others) => Err(Error::Form { found: others + 1 }),
    }
}

impl Assertion {
    fn is_for_aws(&self, role: &RoleArn) -> Result<(), Error> {
        let partition = role.partition();
        if !endpoint::is_sign_in(&self.recipient, partition) {
            return Err(Error::Recipient {
                found: error::bounded(&self.recipient),
                partition: partition.clone(),
            });
        }
        let is_aws = |audience: &String| {
            audience == "urn:amazon:webservices"
                || audience.starts_with("urn:amazon:webservices:")
                // As in AWS's own examples.
                || audience == "https://signin.aws.amazon.com/saml"
                || endpoint::is_sign_in(audience, partition)
        };
        match self
            .audiences
            .iter()
            .find(|audiences| !audiences.iter().any(is_aws))
        {
            None => Ok(()),
            Some(others) => Err(Error::Audience {
                found: others
                    .iter()
                    .take(MOST_LISTED)
                    .map(|other| error::bounded(other))
                    .collect(),
            }),
        }
    }

    fn is_for_now(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let valid_until = self
            .valid_until
            .min(self.session_until.unwrap_or(self.valid_until));
        if now - valid_until > SKEW {
            return Err(Error::Expired { valid_until, now });
        }
        match self.not_before {
            Some(not_before) if not_before - now > SKEW => {
                Err(Error::NotYetValid { not_before, now })
            }
            _ => Ok(()),
        }
    }

    fn is_for_the_person(&self, wanted: &RoleSessionName) -> Result<(), Error> {
        if self.session_name == *wanted {
            return Ok(());
        }
        Err(Error::differs(&self.session_name, wanted))
    }

    fn has_the_role(&self, wanted: &Wanted<'_>) -> Result<(), Error> {
        let (role, provider) = (wanted.role, wanted.provider);
        let of_role = self.roles.iter().filter(|pair| pair.role == *role);
        let mut providers: Vec<_> = of_role.map(|pair| pair.provider.clone()).collect();
        if providers.contains(provider) {
            return Ok(());
        }
        if !providers.is_empty() {
            providers.truncate(MOST_LISTED);
            return Err(Error::OtherProvider {
                role: role.clone(),
                wanted: Box::new(provider.clone()),
                found: providers,
            });
        }
        let mut offered: Vec<RoleArn> = Vec::new();
        for pair in &self.roles {
            if !offered.contains(&pair.role) {
                offered.push(pair.role.clone());
            }
        }
        offered.sort_by_key(|offered| offered.account() != role.account());
        let more = offered.len().saturating_sub(MOST_LISTED);
        offered.truncate(MOST_LISTED);
        Err(Error::OtherRoles {
            wanted: role.clone(),
            offered,
            more,
            unreadable: self.unreadable,
        })
    }
}
