//! The assertion in a response, read and compared with what is wanted. It is not trusted: AWS checks the signature. Pure.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>
//! <https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf>

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::{Document, Node};

use super::attributes::{Pair, Values, roles};
use super::xml::{at_most_one, attribute, children, is, is_blank, only, text};
use super::{Error, Wanted, bounded};
use crate::aws::sign_in_page;
use crate::names::{RoleArn, RoleSessionName};

/// How far the clocks of this computer, of the identity provider and of AWS may differ.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// The most roles that an error lists.
pub(super) const MOST_LISTED: usize = 10;
/// How long AWS accepts a response after it was issued.
const LONGEST_AT_AWS: TimeDelta = TimeDelta::minutes(5);

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// What the identity provider says about the user.
#[derive(Debug)]
pub struct Assertion {
    pub session_name: RoleSessionName,
    /// At least one role, each once, in the order of the response.
    pub roles: Vec<Pair>,
    /// The number of other values, which are not pairs of role and provider.
    pub unreadable: usize,
    pub not_before: Option<DateTime<Utc>>,
    /// The earliest end of its validity that it names itself.
    pub valid_until: DateTime<Utc>,
    /// When the identity provider issued it, if it says so.
    pub issued: Option<DateTime<Utc>>,
    /// It holds a signature, or the response around it does. Whether that is valid, only AWS checks.
    pub is_signed: bool,
    /// Seconds, 900 to 43200.
    pub session_duration: Option<u32>,
    /// When a session ends at the latest (`SessionNotOnOrAfter`).
    pub session_until: Option<DateTime<Utc>>,
    /// The URL that the response is for.
    pub recipient: String,
    /// The audience restrictions. AWS must be in each.
    pub audiences: Vec<Vec<String>>,
}

impl Assertion {
    /// Reads the assertion of a response. `None` if it is encrypted, so that only AWS can read it.
    pub(super) fn read(document: &Document<'_>) -> Result<Option<Assertion>, Error> {
        let root = document.root_element();
        if !is(root, PROTOCOL, "Response") {
            let found = bounded(root.tag_name().name());
            return Err(Error::NotAResponse { found });
        }
        status(root)?;
        // Anywhere in the document and in any namespace: a response may not have a second assertion anywhere.
        let is_assertion = |node: &Node<'_, '_>| {
            node.is_element()
                && matches!(node.tag_name().name(), "Assertion" | "EncryptedAssertion")
        };
        let assertions: Vec<_> = root.descendants().filter(is_assertion).collect();
        let assertion = match assertions.as_slice() {
            [] => return Err(Error::NoAssertion),
            [assertion] => *assertion,
            several => {
                return Err(Error::SeveralAssertions {
                    count: several.len(),
                });
            }
        };
        if assertion.parent() != Some(root) || assertion.tag_name().namespace() != Some(ASSERTION) {
            return Err(Error::MisplacedAssertion);
        }
        match assertion.tag_name().name() {
            "Assertion" => Assertion::of(assertion, root).map(Some),
            _ => Ok(None),
        }
    }

    fn of(assertion: Node<'_, '_>, root: Node<'_, '_>) -> Result<Assertion, Error> {
        let subject = only(children(assertion, ASSERTION, "Subject"), "Subject")?;
        let bearer = children(subject, ASSERTION, "SubjectConfirmation")
            .filter(|node| attribute(*node, "Method") == Some(BEARER));
        let bearer = only(bearer, "bearer SubjectConfirmation")?;
        let data = children(bearer, ASSERTION, "SubjectConfirmationData");
        let data = only(data, "SubjectConfirmationData")?;
        let recipient = attribute(data, "Recipient");
        let recipient = recipient.ok_or(Error::Missing { what: "Recipient" })?;
        let end = time(data, "NotOnOrAfter")?;
        let end = end.ok_or(Error::Missing {
            what: "NotOnOrAfter",
        })?;

        let conditions = at_most_one(children(assertion, ASSERTION, "Conditions"), "Conditions")?;
        let condition = |name| conditions.map_or(Ok(None), |node| time(node, name));
        let valid_until = condition("NotOnOrAfter")?.map_or(end, |other| other.min(end));
        // `None` is less than any time.
        let not_before = condition("NotBefore")?.max(time(data, "NotBefore")?);

        let values = Values::of(assertion)?;
        let (roles, unreadable) = roles(&values.roles)?;
        let signed = |node| children(node, SIGNATURE, "Signature").next().is_some();
        Ok(Assertion {
            session_name: values.session_name.parse()?,
            roles,
            unreadable,
            not_before,
            valid_until,
            issued: time(assertion, "IssueInstant").ok().flatten(),
            is_signed: signed(assertion) || signed(root),
            session_duration: values.session_duration,
            session_until: session_until(assertion)?,
            recipient: recipient.to_owned(),
            audiences: conditions.map_or(Ok(Vec::new()), audiences)?,
        })
    }

    /// Returns until when AWS accepts the response.
    pub fn usable_until(&self) -> DateTime<Utc> {
        let at_aws = self
            .issued
            .and_then(|issued| issued.checked_add_signed(LONGEST_AT_AWS));
        at_aws.map_or(self.valid_until, |end| end.min(self.valid_until))
    }

    pub(super) fn is_for_aws(&self, role: &RoleArn) -> Result<(), Error> {
        let partition = role.partition();
        if !sign_in_page::is_sign_in(&self.recipient, partition) {
            return Err(Error::Recipient {
                found: bounded(&self.recipient),
                partition: partition.clone(),
            });
        }
        let is_aws = |audience: &String| {
            audience == "urn:amazon:webservices"
                || audience.starts_with("urn:amazon:webservices:")
                // As in AWS's own examples.
                || audience == "https://signin.aws.amazon.com/saml"
                || sign_in_page::is_sign_in(audience, partition)
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
                    .map(|other| bounded(other))
                    .collect(),
            }),
        }
    }

    pub(super) fn is_for_now(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let valid_until = self
            .valid_until
            .min(self.session_until.unwrap_or(self.valid_until));
        if now - valid_until > SKEW {
            return Err(Error::Expired {
                valid_until,
                now,
                lifetime: self.issued.map(|issued| self.usable_until() - issued),
            });
        }
        match self.not_before {
            Some(not_before) if not_before - now > SKEW => {
                Err(Error::NotYetValid { not_before, now })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_for_the_person(&self, wanted: &RoleSessionName) -> Result<(), Error> {
        if self.session_name == *wanted {
            return Ok(());
        }
        Err(Error::differs(&self.session_name, wanted))
    }

    pub(super) fn has_the_role(&self, wanted: &Wanted<'_>) -> Result<(), Error> {
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

fn status(root: Node<'_, '_>) -> Result<(), Error> {
    const WHAT: &str = "Status";
    let status = only(children(root, PROTOCOL, WHAT), WHAT)?;
    let outermost = only(children(status, PROTOCOL, "StatusCode"), "StatusCode")?;
    let code = |node| attribute(node, "Value").unwrap_or_default();
    if code(outermost).strip_prefix(STATUS) == Some("Success") {
        return Ok(());
    }
    let within = outermost
        .descendants()
        .filter(|node| is(*node, PROTOCOL, "StatusCode"));
    let short = |node| bounded(code(node).trim_start_matches(STATUS));
    let codes = within.take(5).map(short).collect();
    let message = at_most_one(children(status, PROTOCOL, "StatusMessage"), "StatusMessage")?;
    let message = message
        .map(|node| text(node, "StatusMessage"))
        .transpose()?;
    Err(Error::Refused {
        codes,
        message: message.map(|message| bounded(&message)),
    })
}

/// Reads a time from an attribute. SAML's times are in UTC: one without a zone is too.
fn time(node: Node<'_, '_>, what: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
    let Some(value) = attribute(node, what) else {
        return Ok(None);
    };
    let value = value.trim_matches(is_blank);
    let time = DateTime::parse_from_rfc3339(value)
        .or_else(|_| DateTime::parse_from_rfc3339(&format!("{value}Z")));
    match time {
        Ok(time) => Ok(Some(time.to_utc())),
        Err(_) => Err(Error::NotATime {
            what,
            value: bounded(value),
        }),
    }
}

fn session_until(assertion: Node<'_, '_>) -> Result<Option<DateTime<Utc>>, Error> {
    let mut earliest = None;
    for statement in children(assertion, ASSERTION, "AuthnStatement") {
        let end = time(statement, "SessionNotOnOrAfter")?;
        earliest = earliest.into_iter().chain(end).min();
    }
    Ok(earliest)
}

fn audiences(conditions: Node<'_, '_>) -> Result<Vec<Vec<String>>, Error> {
    let texts = |restriction| {
        children(restriction, ASSERTION, "Audience")
            .map(|audience| text(audience, "Audience"))
            .collect()
    };
    children(conditions, ASSERTION, "AudienceRestriction")
        .map(texts)
        .collect()
}
