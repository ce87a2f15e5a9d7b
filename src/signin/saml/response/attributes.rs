//! The attributes of an assertion that AWS defines. Pure.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>

use roxmltree::Node;

use super::assertion::{ASSERTION, MOST_LISTED};
use super::xml::{all_children, at_most_one, attribute, children, is_blank, only, text};
use super::{Error, bounded};
use crate::names::{IdpArn, RoleArn};

const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
const ROLE_SESSION_NAME: &str = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";
const SESSION_DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

/// A role, and the provider that the role trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub role: RoleArn,
    pub provider: IdpArn,
}
/// The attributes that AWS defines.
pub(super) struct Values {
    pub session_name: String,
    pub roles: Vec<String>,
    pub session_duration: Option<u32>,
}

impl Values {
    pub(super) fn of(assertion: Node<'_, '_>) -> Result<Values, Error> {
        let of = |name: &'static str, what: &'static str| {
            children(assertion, ASSERTION, "AttributeStatement")
                .flat_map(|statement| children(statement, ASSERTION, "Attribute"))
                .filter(move |node| attribute(*node, "Name") == Some(name))
                .map(move |node| {
                    let values = all_children(node, ASSERTION, "AttributeValue", what)?;
                    values
                        .map(|value| text(value, what))
                        .collect::<Result<Vec<_>, _>>()
                })
        };
        const NAME: &str = "RoleSessionName";
        let session_name = at_most_one(of(ROLE_SESSION_NAME, NAME), "attribute RoleSessionName")?;
        let session_name = session_name.ok_or_else(|| no_attribute(assertion, NAME))??;
        let session_name = only(session_name.into_iter(), "value of RoleSessionName")?;

        let roles: Vec<_> = of(ROLE, "Role").collect::<Result<_, _>>()?;
        if roles.is_empty() {
            return Err(no_attribute(assertion, "Role"));
        }
        let roles = roles.into_iter().flatten().collect();

        const DURATION: &str = "SessionDuration";
        let session_duration =
            match at_most_one(of(SESSION_DURATION, DURATION), "attribute SessionDuration")? {
                Some(values) => {
                    let value = only(values?.into_iter(), "value of SessionDuration")?;
                    Some(seconds(&value)?)
                }
                None => None,
            };
        Ok(Values {
            session_name,
            roles,
            session_duration,
        })
    }
}

/// Returns the error for an attribute of AWS that is missing: with those that came, and the one that has its values under
/// another name.
fn no_attribute(assertion: Node<'_, '_>, what: &'static str) -> Error {
    let attributes = children(assertion, ASSERTION, "AttributeStatement")
        .flat_map(|statement| children(statement, ASSERTION, "Attribute"));
    let attributes: Vec<_> = attributes
        .map(|node| (attribute(node, "Name").unwrap_or_default(), node))
        .collect();
    let is_meant = |(name, node): &&(&str, Node<'_, '_>)| match what {
        "Role" => children(*node, ASSERTION, "AttributeValue")
            .any(|value| text(value, what).is_ok_and(|value| Pair::read(&value).is_some())),
        _ => name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(what)),
    };
    let mut came: Vec<_> = attributes.iter().map(|(name, _)| bounded(name)).collect();
    let more = came.len().saturating_sub(MOST_LISTED);
    came.truncate(MOST_LISTED);
    Error::NoAttribute {
        what,
        meant: attributes
            .iter()
            .find(is_meant)
            .map(|(name, _)| bounded(name)),
        came,
        more,
    }
}

fn seconds(value: &str) -> Result<u32, Error> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = value.parse().ok().filter(|_| digits);
    let seconds = seconds.filter(|seconds| (900..=43_200).contains(seconds));
    seconds.ok_or_else(|| Error::SessionDuration {
        value: bounded(value),
    })
}

/// Returns the pairs of role and provider, and the number of values that are not such pairs.
pub(super) fn roles(values: &[String]) -> Result<(Vec<Pair>, usize), Error> {
    let mut pairs = Vec::new();
    let mut unreadable = Vec::new();
    for value in values {
        match Pair::read(value) {
            Some(pair) if pairs.contains(&pair) => {}
            Some(pair) => pairs.push(pair),
            None => unreadable.push(value),
        }
    }
    let count = unreadable.len();
    if pairs.is_empty() {
        let example = unreadable.first().map(|value| bounded(value));
        return Err(Error::NoRoles {
            unreadable: count,
            example,
        });
    }
    Ok((pairs, count))
}

impl Pair {
    /// Reads `ROLE,PROVIDER` or `PROVIDER,ROLE`: AWS accepts both. Role names may contain commas, provider names may not.
    fn read(value: &str) -> Option<Pair> {
        let pair = |(role, provider): (&str, &str)| {
            let role = role.trim_matches(is_blank).parse().ok()?;
            let provider = provider.trim_matches(is_blank).parse().ok()?;
            Some(Pair { role, provider })
        };
        let swapped = value
            .split_once(',')
            .map(|(provider, role)| (role, provider));
        value
            .rsplit_once(',')
            .and_then(pair)
            .or_else(|| swapped.and_then(pair))
    }
}
