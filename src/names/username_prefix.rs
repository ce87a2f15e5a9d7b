//! The prefix of Kubernetes usernames.

use super::{Error, UsernamePrefix};

/// The placeholder for the unchanged session name. In `{{SessionName}}`, `@` is replaced with `-`.
/// <https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format>
pub const SESSION_NAME_PLACEHOLDER: &str = "{{SessionNameRaw}}";

/// Prefixes that usernames of access entries must not have.
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// Prefixes that make the AWS CLI read the value of an option from a file or a URL.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>
const FILES: [&str; 4] = ["file://", "fileb://", "http://", "https://"];

/// Returns why a prefix is refused whose characters are allowed.
pub(super) fn refuse_reserved(value: &str) -> Option<&'static str> {
    if FILES.iter().any(|scheme| value.starts_with(scheme)) {
        return Some("the AWS CLI would read the value from that file or URL");
    }
    value
        .starts_with("system:")
        .then_some("Kubernetes reserves names that start with \"system:\"")
}

impl UsernamePrefix {
    /// Returns the default prefix for access entries.
    pub fn access_entry_default() -> Self {
        UsernamePrefix("apono-managed-user:".to_owned())
    }

    /// Returns the username template: the prefix and `{{SessionNameRaw}}`.
    pub fn template(&self) -> String {
        format!("{self}{SESSION_NAME_PLACEHOLDER}")
    }

    /// Returns the prefix if EKS accepts it in an access entry.
    ///
    /// # Errors
    /// It starts with a reserved prefix, or has no colon.
    pub fn for_access_entry(self) -> Result<Self, Error> {
        let why = match RESERVED.iter().find(|r| self.0.starts_with(*r)) {
            Some(reserved) => format!("EKS reserves usernames that start with \"{reserved}\""),
            None if self.0.contains(':') => return Ok(self),
            None => "EKS requires a colon before the session name".to_owned(),
        };
        Err(Error::new(
            "username prefix of an access entry",
            &self.0,
            why,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let parse = |text: &str| text.parse::<UsernamePrefix>();
        for good in ["apono-managed-user:", ":", "a:b"] {
            assert!(parse(good).unwrap().for_access_entry().is_ok(), "{good:?}");
        }
        for bad in ["", "no-colon", "eks:", "aws:x", "iam:", "amazon:"] {
            assert!(parse(bad).unwrap().for_access_entry().is_err(), "{bad:?}");
        }
    }
}
