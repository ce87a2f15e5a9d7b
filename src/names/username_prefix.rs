//! The prefix of Kubernetes usernames.

use std::fmt;
use std::str::FromStr;

use super::Error;

/// The placeholder for the unchanged session name. In `{{SessionName}}`, `@` is replaced with `-`.
/// <https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format>
pub const SESSION_NAME_PLACEHOLDER: &str = "{{SessionNameRaw}}";

/// Prefixes that usernames of access entries must not have.
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// Prefixes that make the AWS CLI read the value of an option from a file or a URL.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>
const FILES: [&str; 4] = ["file://", "fileb://", "http://", "https://"];

/// The text before the email in a Kubernetes username: at most 128 of `A-Z a-z 0-9 _ . : / @ -`, not starting with `system:`,
/// which Kubernetes reserves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsernamePrefix(String);

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
        let refuse = |why: String| Error {
            what: "username prefix of an access entry",
            value: self.0.clone(),
            why,
        };
        if let Some(reserved) = RESERVED.iter().find(|r| self.0.starts_with(*r)) {
            return Err(refuse(format!(
                "EKS reserves usernames that start with \"{reserved}\""
            )));
        }
        match self.0.contains(':') {
            true => Ok(self),
            false => Err(refuse(
                "EKS requires a colon before the session name".into(),
            )),
        }
    }
}

impl FromStr for UsernamePrefix {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error {
            what: "username prefix",
            value: value.chars().take(200).collect(),
            why: why.to_owned(),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/@-".contains(c);
        if value.len() > 128 || !value.chars().all(allowed) {
            return Err(refuse(
                "must be at most 128 characters of A-Z a-z 0-9 _ . : / @ -",
            ));
        }
        if FILES.iter().any(|scheme| value.starts_with(scheme)) {
            return Err(refuse(
                "the AWS CLI would read the value from that file or URL",
            ));
        }
        if value.starts_with("system:") {
            return Err(refuse(
                "Kubernetes reserves names that start with \"system:\"",
            ));
        }
        Ok(UsernamePrefix(value.to_owned()))
    }
}

impl fmt::Display for UsernamePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let parse = |text: &str| text.parse::<UsernamePrefix>();
        for good in ["", "apono-managed-user:", ":", "a/b@c.d:"] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
        for bad in [
            "system:",
            "system:node:",
            "file:///etc/passwd:",
            "fileb://x:",
            "http://x:",
            "https://x:",
            "{{",
            "a b",
            "\"",
            "$",
            "é",
            "x\n",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(&"x".repeat(129)).is_err());
        for good in ["apono-managed-user:", ":", "a:b"] {
            assert!(parse(good).unwrap().for_access_entry().is_ok(), "{good:?}");
        }
        for bad in ["", "no-colon", "eks:", "aws:x", "iam:", "amazon:"] {
            assert!(parse(bad).unwrap().for_access_entry().is_err(), "{bad:?}");
        }
    }
}
