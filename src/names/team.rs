//! Names in a team file that no flag has a type for: accounts, contexts, namespaces, and the team itself.

use std::fmt;
use std::str::FromStr;

use super::{Error, IdpUrl, ProfileName, StartUrl, refuse};

name!(
    /// A team's name for an account, which ends the profile's name: 1 to 60 of `A-Z a-z 0-9 _ . -`, the first and the last a
    /// letter or digit.
    AccountName
);

impl AccountName {
    /// Returns the name of this account's profile: `BASE-NAME`.
    ///
    /// # Errors
    /// The result is too long.
    pub fn profile(&self, base: &ProfileName) -> Result<ProfileName, Error> {
        format!("{base}-{}", self.as_str()).parse()
    }
}

impl FromStr for AccountName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "account name";
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let outside = |c: char| c.is_ascii_alphanumeric();
        let shape = value.starts_with(outside) && value.ends_with(outside);
        match shape && value.len() <= 60 && value.chars().all(inside) {
            true => Ok(AccountName(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "must be 1 to 60 of A-Z a-z 0-9 _ . - and start and end with a letter or digit",
            ),
        }
    }
}

name!(
    /// The name of a context in a kubeconfig that needs no quotes in a shell or in YAML: 1 to 128 of
    /// `A-Z a-z 0-9 _ . - / : @ +`, the first a letter or digit. ARNs are the names of contexts without an alias.
    ContextName
);

impl FromStr for ContextName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "context name";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/:@+".contains(c);
        if !(1..=128).contains(&value.len())
            || !value.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !value.chars().all(allowed)
        {
            let why =
                "must be 1 to 128 of A-Z a-z 0-9 _ . - / : @ + and start with a letter or digit";
            return refuse(WHAT, value, why);
        }
        if value.starts_with("arn:") {
            return refuse(
                WHAT,
                value,
                "must not start with arn: (a context without an alias has the ARN as its name)",
            );
        }
        Ok(ContextName(value.to_owned()))
    }
}

name!(
    /// A Kubernetes namespace: 1 to 63 of `a-z 0-9 -`, first and last a letter or digit.
    /// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
    Namespace
);

impl FromStr for Namespace {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "namespace";
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let shape = !value.starts_with('-') && !value.ends_with('-');
        match shape && (1..=63).contains(&value.len()) && value.chars().all(inside) {
            true => Ok(Namespace(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "must be 1 to 63 of a-z 0-9 - and start and end with a letter or digit",
            ),
        }
    }
}

name!(
    /// The name of a team in its team file, for when several teams sign in at the same portal: 1 to 40 of
    /// `A-Z a-z 0-9 _ . -`, the first and the last a letter or digit.
    TeamLabel
);

impl FromStr for TeamLabel {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "team name";
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let outside = |c: char| c.is_ascii_alphanumeric();
        let shape = value.starts_with(outside) && value.ends_with(outside);
        match shape && value.len() <= 40 && value.chars().all(inside) {
            true => Ok(TeamLabel(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "must be 1 to 40 of A-Z a-z 0-9 _ . - and start and end with a letter or digit",
            ),
        }
    }
}

name!(
    /// Tells one team's file from another's, whatever the file's name: the place where the team signs in, with the team's
    /// name there if the file has one.
    TeamName
);

/// The prefix of a file's name. No host name starts like this.
const FILE: &str = "file:";

impl TeamName {
    /// Returns the name of a team that signs in at a portal: the start URL without its scheme.
    pub fn of_portal(url: &StartUrl) -> Self {
        let url = url.as_str();
        TeamName(url.strip_prefix("https://").unwrap_or(url).to_owned())
    }

    /// Returns the name of a team that signs in at an identity provider: the provider's host.
    pub fn of_idp(url: &IdpUrl) -> Self {
        TeamName(url.folder_name())
    }

    /// Returns the name of a team whose file has no place to sign in: the file's name, without characters that a config file
    /// could misread.
    pub fn of_file(stem: &str) -> Self {
        let plain = |c: char| match c {
            c if c.is_ascii_alphanumeric() || "_.-".contains(c) => c,
            _ => '-',
        };
        let name: String = stem.chars().take(100).map(plain).collect();
        TeamName(format!("{FILE}{name}"))
    }

    /// Returns the name of one of several teams at the same place: `example.awsapps.com/start data`. Without a place it is the
    /// label alone.
    pub fn labelled(self, label: &TeamLabel) -> Self {
        match self.0.starts_with(FILE) {
            true => TeamName(format!("team:{}", label.as_str())),
            false => TeamName(format!("{} {label}", self.0)),
        }
    }

    /// Returns whether both may be the same team: a file without a place to sign in may have been renamed.
    pub fn may_be(&self, other: &str) -> bool {
        self.0 == other || (self.0.starts_with(FILE) && other.starts_with(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that end a section, a value or a word, in a config file or a shell, control a terminal, or read as a flag.
    const EVIL: [&str; 16] = [
        "",
        " ",
        "a b",
        "a\nb",
        "a\r\n[profile evil]",
        "a]",
        "a;b",
        "a#b",
        "$(id)",
        "`id`",
        "a'b",
        "a\"b",
        "-rf",
        "\x1b[31m",
        "\u{202e}x",
        "é",
    ];

    #[test]
    fn names_cannot_be_read_as_anything_else() {
        for evil in EVIL {
            assert!(evil.parse::<AccountName>().is_err(), "{evil:?}");
            assert!(evil.parse::<TeamLabel>().is_err(), "{evil:?}");
            assert!(evil.parse::<ContextName>().is_err(), "{evil:?}");
            assert!(evil.parse::<Namespace>().is_err(), "{evil:?}");
            let team = TeamName::of_file(evil);
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.-:".contains(c);
            assert!(team.as_str().chars().all(plain), "{team}");
        }
    }

    #[test]
    fn accounts_contexts_and_namespaces() {
        let long = "a".repeat(61);
        for (name, good) in [
            ("prod", true),
            ("eu.prod_1-a", true),
            ("prod-", false),
            ("a/b", false),
            (long.as_str(), false),
        ] {
            assert_eq!(name.parse::<AccountName>().is_ok(), good, "{name}");
        }
        let long = "a".repeat(129);
        for (name, good) in [
            ("prod", true),
            ("alice@prod/eu:1+2", true),
            ("arn:aws:eks:eu-west-1:111122223333:cluster/prod", false),
            (long.as_str(), false),
        ] {
            assert_eq!(name.parse::<ContextName>().is_ok(), good, "{name}");
        }
        let long = "a".repeat(64);
        for (name, good) in [
            ("shop", true),
            ("0-9", true),
            ("Shop", false),
            ("shop-", false),
            ("a.b", false),
            (long.as_str(), false),
        ] {
            assert_eq!(name.parse::<Namespace>().is_ok(), good, "{name}");
        }
    }

    #[test]
    fn a_profile_for_each_account() {
        let base: ProfileName = "apono-k8s-access".parse().unwrap();
        let prod: AccountName = "prod".parse().unwrap();
        assert_eq!(
            prod.profile(&base).unwrap().as_str(),
            "apono-k8s-access-prod"
        );
        let long: ProfileName = "a".repeat(125).parse().unwrap();
        assert!(prod.profile(&long).is_err());
    }

    #[test]
    fn names_of_teams() {
        let url = "https://Example.awsapps.com/start/#/".parse().unwrap();
        assert_eq!(
            TeamName::of_portal(&url).as_str(),
            "example.awsapps.com/start"
        );
        let url = "https://example.okta.com/home/amazon_aws/0oa1/272"
            .parse()
            .unwrap();
        assert_eq!(TeamName::of_idp(&url).as_str(), "example.okta.com");
        let file = TeamName::of_file("our team");
        assert_eq!(file.as_str(), "file:our-team");
        assert!(file.may_be("file:our-team--1-"));
        assert!(!file.may_be("example.okta.com"));
        assert!(!TeamName::of_idp(&url).may_be("file:our-team"));

        let data: TeamLabel = "data".parse().unwrap();
        let named = TeamName::of_idp(&url).labelled(&data);
        assert_eq!(named.as_str(), "example.okta.com data");
        assert!(!named.may_be("example.okta.com"));
        let file = file.labelled(&data);
        assert_eq!(file.as_str(), "team:data");
        assert!(!file.may_be("file:our-team"));
        assert!("a".repeat(41).parse::<TeamLabel>().is_err());
    }
}
