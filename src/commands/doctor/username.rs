//! What the name under which a cluster knows somebody says about how the role is mapped there.
//!
//! <https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/mapper`: templates of usernames.

use crate::names::RoleSessionName;

/// What the mapping made of a session name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapped {
    /// `{{SessionNameRaw}}`: the name itself.
    Raw,
    /// The name behind something, such as `apono-managed-user:`.
    Prefixed(String),
    /// `{{SessionName}}`: each `@` is a `-`.
    Mangled,
    /// Nobody: the token did not count.
    Anonymous,
    /// The same for everybody who has the role.
    Shared,
}

/// The prefix that some of Apono's own setups have.
pub const APONOS_PREFIX: &str = "apono-managed-user:";

pub fn mapped(username: &str, session: &RoleSessionName) -> Mapped {
    let session = session.as_str();
    let mangled = session.replace('@', "-");
    match username {
        name if name == session => Mapped::Raw,
        "system:anonymous" => Mapped::Anonymous,
        // The default of an access entry: arn:…:assumed-role/ROLE/{{SessionName}}.
        name if mangled != session && name.ends_with(&mangled) => Mapped::Mangled,
        name => match name.strip_suffix(session) {
            Some(prefix) => Mapped::Prefixed(prefix.to_owned()),
            None => Mapped::Shared,
        },
    }
}

/// The name that a refusal gives: `… User "alice@example.com" cannot …`.
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
                Mapped::Prefixed(APONOS_PREFIX.into()),
            ),
            ("system:anonymous", Mapped::Anonymous),
            ("apono", Mapped::Shared),
            ("", Mapped::Shared),
            ("Alice@example.com", Mapped::Shared),
        ];
        for (name, expected) in cases {
            assert_eq!(mapped(name, &alice), expected, "{name}");
        }
        // A session name without an `@` reads the same either way.
        let plain: RoleSessionName = "alice".parse().unwrap();
        assert_eq!(mapped("alice", &plain), Mapped::Raw);
    }

    #[test]
    fn a_refusal_names_who_was_refused() {
        let message = "selfsubjectreviews.authentication.k8s.io is forbidden: User \"alice-example.com\" cannot create resource";
        assert_eq!(in_refusal(message), Some("alice-example.com"));
        assert_eq!(in_refusal("no"), None);
        assert_eq!(in_refusal("User \"open"), None);
    }
}
