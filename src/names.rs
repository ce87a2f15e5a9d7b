//! Names from outside, each parsed once into a type that only has valid values.
//!
//! Owns the grammar of profile names, account IDs, regions, role ARNs, role session names and cluster names; the names of
//! sign-ins are in [`portal`] and [`saml`], those of team files in [`team`]. Pure: no files, no network. A name is never
//! corrected: it is accepted unchanged, or refused.

use std::fmt;
use std::str::FromStr;

/// The profile that Apono's guide for admins has people create.
pub const DEFAULT_PROFILE: &str = "apono-k8s-access";

/// Why a name was refused. `value` is unchanged and can contain anything: clean it before printing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what} {value:?}: {why}")]
pub struct Error {
    pub what: &'static str,
    pub value: String,
    pub why: String,
}

fn refuse<T>(what: &'static str, value: &str, why: impl Into<String>) -> Result<T, Error> {
    let value = value.chars().take(200).collect();
    let why = why.into();
    Err(Error { what, value, why })
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

mod portal;
mod saml;
mod team;
mod username_prefix;

pub use portal::{SsoRoleName, StartUrl};
pub use saml::{IdpUrl, SamlProviderArn};
pub use team::{AccountName, ContextName, Namespace, TeamLabel, TeamName};
pub use username_prefix::{SESSION_NAME_PLACEHOLDER, UsernamePrefix};

name!(
    /// A profile name that the AWS SDKs, botocore and a command line all read the same:
    /// 1 to 128 of `A-Z a-z 0-9 _ - / . % @ : +`, the SDK's identifier set, not starting with `-`.
    ProfileName
);

impl FromStr for ProfileName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "profile name";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
        if value.is_empty() || value.len() > 128 {
            return refuse(WHAT, value, "must have 1 to 128 characters");
        }
        if value.starts_with('-') {
            return refuse(WHAT, value, "must not start with `-`");
        }
        if let Some(c) = value.chars().find(|c| !allowed(*c)) {
            let why = format!("must be of A-Z a-z 0-9 _ - / . % @ : +, without {c:?}");
            return refuse(WHAT, value, why);
        }
        Ok(ProfileName(value.to_owned()))
    }
}

name!(
    /// An AWS account ID: twelve digits.
    AccountId
);

impl FromStr for AccountId {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(AccountId(value.to_owned()));
        }
        refuse("AWS account ID", value, "must be 12 digits")
    }
}

name!(
    /// An AWS region such as `eu-west-1`: a valid host label in two or more parts joined by `-`, ending in a digit.
    Region
);

impl FromStr for Region {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        let label = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if value.len() <= 32
            && value.starts_with(|c: char| c.is_ascii_lowercase())
            && value.ends_with(|c: char| c.is_ascii_digit())
            && value.contains('-')
            && value.split('-').all(label)
        {
            return Ok(Region(value.to_owned()));
        }
        refuse("AWS region", value, "must be a region such as eu-west-1")
    }
}

name!(
    /// The name under which STS records a session: 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    RoleSessionName
);

impl FromStr for RoleSessionName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "role session name";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if let Some(c) = value.chars().find(|c| !allowed(*c)) {
            let why = format!("must be of A-Z a-z 0-9 _ + = , . @ -, without {c:?}");
            return refuse(WHAT, value, why);
        }
        if !(2..=64).contains(&value.len()) {
            let why = format!("must have 2 to 64 characters, not {}", value.len());
            return refuse(WHAT, value, why);
        }
        Ok(RoleSessionName(value.to_owned()))
    }
}

name!(
    /// An EKS cluster name: 1 to 100 of `A-Z a-z 0-9 _ -`, starting with a letter or digit.
    /// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html>
    ClusterName
);

impl FromStr for ClusterName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        if (1..=100).contains(&value.len())
            && value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        {
            return Ok(ClusterName(value.to_owned()));
        }
        refuse(
            "EKS cluster name",
            value,
            "must be 1 to 100 of A-Z a-z 0-9 _ - and start with a letter or digit",
        )
    }
}

name!(
    /// An AWS partition: a group of regions with their own accounts, endpoints and ARNs, such as `aws` or `aws-cn`.
    Partition
);

impl FromStr for Partition {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        let shape = value.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if shape && value.len() <= 32 && (value == "aws" || value.starts_with("aws-")) {
            return Ok(Partition(value.to_owned()));
        }
        refuse(
            "AWS partition",
            value,
            "must be a partition such as aws or aws-cn",
        )
    }
}

impl Partition {
    /// Returns the default partition, `aws`.
    pub fn standard() -> Self {
        Partition("aws".to_owned())
    }
}

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleArn {
    arn: String,
    partition: Partition,
    account: AccountId,
}

impl RoleArn {
    /// Returns a role's ARN. `role` is the name, after its path if it has one.
    pub fn new(partition: &Partition, account: &AccountId, role: &str) -> Result<Self, Error> {
        format!("arn:{partition}:iam::{account}:role/{role}").parse()
    }

    pub fn as_str(&self) -> &str {
        &self.arn
    }

    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Returns the text after `role/`.
    pub fn path_and_name(&self) -> &str {
        self.arn.split_once(":role/").map_or("", |(_, name)| name)
    }

    /// Returns the role's name without its path, as in the ARN of a session.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the ARN of this role's session of that name, as STS returns it.
    pub fn session_arn(&self, session: &RoleSessionName) -> String {
        let (partition, account, name) = (&self.partition, &self.account, self.name());
        format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
    }
}

impl FromStr for RoleArn {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "ARN of an IAM role";
        const SHAPE: &str = "must be like arn:aws:iam::111122223333:role/apono-k8s-access";
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
            return refuse(WHAT, value, SHAPE);
        };
        let partition = partition.parse()?;
        let account = account.parse()?;
        let Some(path_and_name) = resource.strip_prefix("role/") else {
            return refuse(WHAT, value, SHAPE);
        };
        let (path, name) = match path_and_name.rsplit_once('/') {
            Some((path, name)) => (Some(path), name),
            None => (None, path_and_name),
        };
        // IAM: a name is 1 to 64 of [\w+=,.@-], a path up to 512 of printable ASCII with its slash at each end.
        let name_char = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(name_char) {
            return refuse(
                WHAT,
                value,
                "the role name must be 1 to 64 of A-Z a-z 0-9 _ + = , . @ -",
            );
        }
        let part = |part: &str| !part.is_empty() && part.chars().all(name_char);
        if path.is_some_and(|path| path.len() > 510 || !path.split('/').all(part)) {
            return refuse(
                WHAT,
                value,
                "the path must be names of A-Z a-z 0-9 _ + = , . @ -, each followed by one slash",
            );
        }
        Ok(RoleArn {
            arn: value.to_owned(),
            partition,
            account,
        })
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_names_that_all_tools_read_the_same() {
        for good in ["default", "apono-k8s-access", "a.b/c@d:e+f%g", "A1"] {
            assert!(good.parse::<ProfileName>().is_ok(), "{good}");
        }
        let evil = [
            "",
            "-rf",
            "a b",
            "a]",
            "a\nb",
            "a\r",
            ";$(id)",
            "x\n[profile evil]",
            "\u{202e}x",
            "\x1b[31m",
            "é",
        ];
        for bad in evil {
            assert!(bad.parse::<ProfileName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn session_names_are_refused_and_never_corrected() {
        let long = "a".repeat(64);
        for good in [
            "ab",
            "alice@example.com",
            "Alice+x=1,2.3@Example.com",
            &long,
        ] {
            assert_eq!(
                good.parse::<RoleSessionName>().map(|n| n.0),
                Ok(good.to_owned())
            );
        }
        let too_long = "a".repeat(65);
        for bad in [
            "",
            "a",
            &too_long,
            "a b",
            "é@x",
            "a:b",
            "a/b",
            "alice@example.com\n",
        ] {
            assert!(bad.parse::<RoleSessionName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn regions_accounts_and_clusters() {
        for good in [
            "eu-west-1",
            "us-gov-east-1",
            "cn-north-1",
            "eusc-de-east-1",
            "us-iso-east-1",
        ] {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "evil.com/#",
            "us_east_1",
            "eu-west-",
            "EU-WEST-1",
            "eu",
            "-eu-1",
            "eu--1",
            "eu-west-1\n",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad:?}");
        }
        assert!("11112222333".parse::<AccountId>().is_err());
        assert!("1111222233334".parse::<AccountId>().is_err());
        assert!("prod\r\nx".parse::<ClusterName>().is_err());
        assert!("-prod".parse::<ClusterName>().is_err());
        assert!("prod_1-a".parse::<ClusterName>().is_ok());
    }

    #[test]
    fn role_arns_with_paths_and_partitions() {
        let arn: RoleArn = "arn:aws-cn:iam::111122223333:role/team/x/apono"
            .parse()
            .unwrap();
        assert_eq!(arn.name(), "apono");
        let session = "a@b.c".parse().unwrap();
        let expected = "arn:aws-cn:sts::111122223333:assumed-role/apono/a@b.c";
        assert_eq!(arn.session_arn(&session), expected);
        for bad in [
            "arn:aws:iam::11112222333:role/x",
            "arn:aws:sts::111122223333:assumed-role/x/y",
            "arn:evil:iam::111122223333:role/x",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam:eu-west-1:111122223333:role/x",
            "arn:aws:iam::111122223333:role/x\n",
            "arn:aws:iam::111122223333:role//x",
            "arn:aws:iam::111122223333:role/team//x",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad:?}");
        }
    }
}
