//! What a username says about how the cluster maps the role.
//!
//! <https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/mapper`: templates of usernames.

use crate::names::RoleSessionName;

/// What the mapping turned the session name into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapped {
    /// `{{SessionNameRaw}}`: the session name itself.
    Raw,
    /// The session name with more around it, such as the prefix `apono-managed-user:`.
    Within { prefix: String, suffix: String },
    /// `{{SessionName}}`: the session name with `-` for each `@`.
    Mangled,
    /// The anonymous user: the token was not read.
    Anonymous,
    /// A username without the session name: the same for everyone who assumes the role.
    Shared,
    /// An empty username.
    Empty,
}

impl Mapped {
    /// Returns whether Apono knows a user by this name: the session name, or with the prefix that it writes itself.
    pub fn is_known_to_apono(&self) -> bool {
        match self {
            Mapped::Raw => true,
            Mapped::Within { prefix, suffix } => prefix == APONO_PREFIX && suffix.is_empty(),
            _ => false,
        }
    }
}

/// The prefix that some of Apono's own setups use.
const APONO_PREFIX: &str = "apono-managed-user:";

/// Returns what the mapping turned the session name into, by the username that the cluster sees.
pub fn mapped(username: &str, session: &RoleSessionName) -> Mapped {
    let session = session.as_str();
    let mangled = session.replace('@', "-");
    match username {
        name if name == session => Mapped::Raw,
        "" => Mapped::Empty,
        "system:anonymous" => Mapped::Anonymous,
        // The default username of an access entry is arn:…:assumed-role/ROLE/{{SessionName}}.
        name if mangled != session && name.contains(&mangled) => Mapped::Mangled,
        name => match name.split_once(session) {
            Some((prefix, suffix)) => Mapped::Within {
                prefix: prefix.to_owned(),
                suffix: suffix.to_owned(),
            },
            None => Mapped::Shared,
        },
    }
}

/// Returns the username in a refusal of the cluster: `… User "alice@example.com" cannot …`.
pub fn in_refusal(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("User \"")?;
    rest.split_once('"').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mapping_shows_in_the_name() {
        let alice: RoleSessionName = "alice@example.com".parse().unwrap();
        let within = |prefix: &str, suffix: &str| Mapped::Within {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        };
        let cases = [
            ("alice@example.com", Mapped::Raw),
            ("alice-example.com", Mapped::Mangled),
            ("apono:alice-example.com", Mapped::Mangled),
            (
                "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice-example.com",
                Mapped::Mangled,
            ),
            (
                "apono-managed-user:alice@example.com",
                within(APONO_PREFIX, ""),
            ),
            ("alice@example.com:dev", within("", ":dev")),
            ("alice@example.com\n", within("", "\n")),
            ("corp:alice@example.com@eks", within("corp:", "@eks")),
            ("corp:alice-example.com@eks", Mapped::Mangled),
            ("system:anonymous", Mapped::Anonymous),
            ("apono", Mapped::Shared),
            ("", Mapped::Empty),
            ("Alice@example.com", Mapped::Shared),
        ];
        for (name, expected) in cases {
            assert_eq!(mapped(name, &alice), expected, "{name}");
        }
        // A session name without an `@` is the same either way.
        let plain: RoleSessionName = "alice".parse().unwrap();
        assert_eq!(mapped("alice", &plain), Mapped::Raw);
    }

    #[test]
    fn a_refusal_contains_the_username() {
        let message = "selfsubjectreviews.authentication.k8s.io is forbidden: User \"alice-example.com\" cannot create resource";
        assert_eq!(in_refusal(message), Some("alice-example.com"));
        assert_eq!(in_refusal("no"), None);
        assert_eq!(in_refusal("User \"open"), None);
    }
}
