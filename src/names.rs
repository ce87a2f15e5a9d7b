//! Names from outside, each parsed once into a type that only has valid values.
//!
//! The table below has the grammar of each; what their values are good for is in the modules beside it. Pure: no files, no
//! network. A name is never corrected: it is accepted unchanged, or refused. Only of a URL is the same one kept in one form.

mod grammar;
mod idp;
mod portal;
mod team;
mod username_prefix;

use grammar::Ends::{Any, Both, First};
use grammar::Grammar::{Of, Parsed, Shape};
use grammar::{Chars, arns, names};
pub use idp::{IdpArn, IdpUrl};
pub use username_prefix::SESSION_NAME_PLACEHOLDER;
use username_prefix::refuse_reserved;

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

impl Error {
    fn new(what: &'static str, value: &str, why: impl Into<String>) -> Self {
        let value = value.chars().take(200).collect();
        let why = why.into();
        Error { what, value, why }
    }
}

// A row: the type, what errors call it, and its grammar, such as `Of(length, characters, where a letter or digit has to be,
// what else is refused)`. The errors come from these columns.
names! {
    /// A profile name that the AWS SDKs, botocore and a command line all read the same: the SDK's identifier set.
    ProfileName "profile name": Of(1..=128, Chars::of("A-Z a-z 0-9 _ - / . % @ : +"), Any, Some(refuse_flags));

    /// An AWS account ID.
    AccountId "AWS account ID": Shape(is_account_id, "must be 12 digits");

    /// An AWS region: a valid host label in two or more parts joined by `-`, ending in a digit.
    Region "AWS region": Shape(is_region, "must be a region such as eu-west-1");

    /// An AWS partition: a group of regions with their own accounts, endpoints and ARNs.
    Partition "AWS partition": Shape(is_partition, "must be a partition such as aws or aws-cn");

    /// The name under which STS records a session.
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    RoleSessionName "role session name": Of(2..=64, Chars::of("A-Z a-z 0-9 _ + = , . @ -"), Any, None);

    /// An EKS cluster name.
    /// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html>
    ClusterName "EKS cluster name": Of(1..=100, Chars::of("A-Z a-z 0-9 _ -"), First, None);

    /// The start URL of an AWS access portal: https and a host, optionally a port and a path, up to 255 characters.
    ///
    /// Users copy it from the browser's address bar, so what the portal's own pages append (`#/…`, a last `/`) is cut off: it
    /// is still the same portal. Scheme and host are in lower case. Equal URLs lead to the same portal.
    StartUrl "start URL of an AWS access portal": Parsed(portal::start_url);

    /// The name of a permission set, as in `sso_role_name`.
    /// <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html>
    SsoRoleName "permission set name": Of(1..=32, Chars::of("A-Z a-z 0-9 _ + = , . @ -"), Any, None);

    /// The text before the email in a Kubernetes username.
    #[derive(Default)]
    UsernamePrefix "username prefix": Of(0..=128, Chars::of("A-Z a-z 0-9 _ . : / @ -"), Any, Some(refuse_reserved));

    /// A team's name for an account, which ends the profile's name.
    AccountName "account name": Of(1..=60, Chars::of("A-Z a-z 0-9 _ . -"), Both, None);

    /// The name of a context in a kubeconfig that needs no quotes in a shell or in YAML.
    ContextName "context name": Of(1..=128, Chars::of("A-Z a-z 0-9 _ . - / : @ +"), First, Some(refuse_arns));

    /// A Kubernetes namespace.
    /// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
    Namespace "namespace": Of(1..=63, Chars::of("a-z 0-9 -"), Both, None);

    /// The name of a team in its team file, for when several teams sign in at the same portal.
    TeamLabel "team name": Of(1..=40, Chars::of("A-Z a-z 0-9 _ . -"), Both, None);

    /// Tells one team's file from another's, whatever the file's name: the place where the team signs in, with the team's
    /// name there if the file has one.
    TeamName;
}

arns! {
    /// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
    RoleArn "ARN of an IAM role": "role", check_role, "must be like arn:aws:iam::111122223333:role/apono-k8s-access";
}

fn refuse_flags(name: &str) -> Option<&'static str> {
    name.starts_with('-').then_some("must not start with `-`")
}

fn refuse_arns(name: &str) -> Option<&'static str> {
    name.starts_with("arn:")
        .then_some("must not start with arn: (a context without an alias has the ARN as its name)")
}

fn is_account_id(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_region(value: &str) -> bool {
    const PARTS: Chars = Chars::of("a-z 0-9");
    value.len() <= 32
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && value.ends_with(|c: char| c.is_ascii_digit())
        && value.contains('-')
        && value
            .split('-')
            .all(|part| !part.is_empty() && PARTS.are_all_of(part))
}

fn is_partition(value: &str) -> bool {
    const CHARS: Chars = Chars::of("a-z -");
    let shape = value == "aws" || value.starts_with("aws-");
    shape && value.len() <= 32 && CHARS.are_all_of(value)
}

/// Returns what is wrong with a role's path and name. IAM: a name is 1 to 64 of `[\w+=,.@-]`, a path up to 512 of printable
/// ASCII with its slash at each end.
fn check_role(path_and_name: &str) -> Option<&'static str> {
    const CHARS: Chars = Chars::of("A-Z a-z 0-9 _ + = , . @ -");
    let (path, name) = match path_and_name.rsplit_once('/') {
        Some((path, name)) => (Some(path), name),
        None => (None, path_and_name),
    };
    let part = |part: &str| !part.is_empty() && CHARS.are_all_of(part);
    if !part(name) || name.len() > 64 {
        return Some("the role name must be 1 to 64 of A-Z a-z 0-9 _ + = , . @ -");
    }
    let is_odd = |path: &str| path.len() > 510 || !path.split('/').all(part);
    path.is_some_and(is_odd).then_some(
        "the path must be names of A-Z a-z 0-9 _ + = , . @ -, each followed by one slash",
    )
}

impl Partition {
    /// Returns the default partition, `aws`.
    pub fn standard() -> Self {
        Partition("aws".to_owned())
    }
}

impl RoleArn {
    /// Returns the text after `role/`.
    pub fn path_and_name(&self) -> &str {
        self.arn.split_once(":role/").map_or("", |(_, name)| name)
    }

    /// Returns the ARN of this role's session of that name, as STS returns it.
    pub fn session_arn(&self, session: &RoleSessionName) -> String {
        let (partition, account, name) = (&self.partition, &self.account, self.name());
        format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn why<T: FromStr<Err = Error>>(value: &str) -> Option<String> {
        value.parse::<T>().err().map(|error| error.why)
    }

    type Row<'a> = (fn(&str) -> Option<String>, &'a [&'a str], &'a [&'a str]);

    #[test]
    fn accepted_and_refused() {
        let long = "a".repeat(129);
        let a = |length: usize| &long[..length];
        // Names, those that are accepted, and those that are refused beside the evil ones.
        let table: [Row<'_>; 12] = [
            (
                why::<ProfileName>,
                &["default", "apono-k8s-access", "a.b/c@d:e+f%g", "A1", a(128)],
                &["-rf", a(129)],
            ),
            (
                why::<AccountId>,
                &["111122223333"],
                &["11112222333", "1111222233334", "11112222333a", "١١١١٢٢"],
            ),
            (
                why::<Region>,
                &[
                    "eu-west-1",
                    "us-gov-east-1",
                    "cn-north-1",
                    "eusc-de-east-1",
                    "us-iso-east-1",
                ],
                &[
                    "evil.com/#",
                    "us_east_1",
                    "eu-west-",
                    "EU-WEST-1",
                    "eu",
                    "-eu-1",
                    "eu--1",
                    "eu-west-1\n",
                    "-rf",
                ],
            ),
            (
                why::<Partition>,
                &["aws", "aws-cn", "aws-us-gov"],
                &["evil", "awsx", "aws-CN", "aws-cn\n", "-rf"],
            ),
            (
                why::<RoleSessionName>,
                &[
                    "ab",
                    "alice@example.com",
                    "Alice+x=1,2.3@Example.com",
                    a(64),
                ],
                &["a", "é@x", "a:b", "a/b", "alice@example.com\n", a(65)],
            ),
            (
                why::<ClusterName>,
                &["prod_1-a", a(100)],
                &["prod\r\nx", "-prod", "_a", "a.b", a(101)],
            ),
            (
                why::<SsoRoleName>,
                &["Engineer", "a", "-x", "A_b+c=d,e.f@g-h", a(32)],
                &["a/b", "a\n", "a\x1b", a(33)],
            ),
            (
                why::<UsernamePrefix>,
                &["", "apono-managed-user:", ":", "a/b@c.d:", a(128)],
                &[
                    "system:",
                    "system:node:",
                    "file:///etc/passwd:",
                    "fileb://x:",
                    "http://x:",
                    "https://x:",
                    "{{",
                    "\"",
                    "$",
                    "x\n",
                    a(129),
                ],
            ),
            (
                why::<AccountName>,
                &["prod", "eu.prod_1-a", a(60)],
                &["prod-", "a/b", "-rf", a(61)],
            ),
            (
                why::<ContextName>,
                &["prod", "alice@prod/eu:1+2", a(128)],
                &[
                    "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
                    "-rf",
                    a(129),
                ],
            ),
            (
                why::<Namespace>,
                &["shop", "0-9", a(63)],
                &["Shop", "shop-", "a.b", "-rf", a(64)],
            ),
            (why::<TeamLabel>, &["data", a(40)], &["a/b", "-rf", a(41)]),
        ];
        // Texts that end a section, a value or a word, in a config file or a shell, or control a terminal.
        let evil = [
            " ",
            "a b",
            "a]",
            "a\nb",
            "a\r",
            "a\r\n[profile evil]",
            "a;b",
            "a#b",
            ";$(id)",
            "`id`",
            "a'b",
            "a\"b",
            "x\n[profile evil]",
            "\u{202e}x",
            "\x1b[31m",
            "é",
        ];
        for (why, good, bad) in table {
            for good in good {
                assert_eq!(why(good), None, "{good}");
            }
            for bad in bad.iter().chain(&evil) {
                assert_ne!(why(bad), None, "{bad:?}");
            }
            assert!(good.contains(&"") || why("").is_some());
        }
    }

    #[test]
    fn what_errors_say() {
        for (said, expected) in [
            (why::<ProfileName>(""), "must have 1 to 128 characters"),
            (
                why::<ProfileName>(&"a".repeat(129)),
                "must have 1 to 128 characters",
            ),
            (why::<ProfileName>("-rf"), "must not start with `-`"),
            (
                why::<ProfileName>("a b"),
                "must be of A-Z a-z 0-9 _ - / . % @ : +, without ' '",
            ),
            (
                why::<RoleSessionName>("a"),
                "must have 2 to 64 characters, not 1",
            ),
            (
                why::<ClusterName>(""),
                "must be 1 to 100 of A-Z a-z 0-9 _ - and start with a letter or digit",
            ),
            (
                why::<Namespace>("A"),
                "must be 1 to 63 of a-z 0-9 - and start and end with a letter or digit",
            ),
            (
                why::<UsernamePrefix>("$"),
                "must be at most 128 characters of A-Z a-z 0-9 _ . : / @ -",
            ),
            (
                why::<UsernamePrefix>("system:"),
                "Kubernetes reserves names that start with \"system:\"",
            ),
        ] {
            assert_eq!(said.as_deref(), Some(expected));
        }
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
