//! What a team file names that no flag has a type for: accounts, contexts, namespaces, and the team itself.

use std::fmt;
use std::str::FromStr;

use super::{Error, IdpUrl, ProfileName, StartUrl, refuse};

name!(
    /// What a team calls an account; it becomes the end of a profile's name. 1 to 60 of `A-Z a-z 0-9 _ . -`, first and last
    /// a letter or digit.
    AccountName
);

impl AccountName {
    /// The name of this account's profile: `BASE-NAME`.
    ///
    /// # Errors
    /// The two together are too long.
    pub fn profile(&self, base: &ProfileName) -> Result<ProfileName, Error> {
        format!("{base}-{}", self.as_str()).parse()
    }
}

impl FromStr for AccountName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "a name for an account";
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let outside = |c: char| c.is_ascii_alphanumeric();
        let shape = value.starts_with(outside) && value.ends_with(outside);
        match shape && value.len() <= 60 && value.chars().all(inside) {
            true => Ok(AccountName(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "it has 1 to 60 of A-Z a-z 0-9 _ . - and starts and ends with a letter or digit",
            ),
        }
    }
}

name!(
    /// The name of a kubeconfig's context, such that it needs no quotes, in no shell and no YAML: 1 to 128 of
    /// `A-Z a-z 0-9 _ . - / : @ +`, the first a letter or digit. ARNs are left to contexts that nobody named.
    ContextName
);

impl FromStr for ContextName {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "a context's name";
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/:@+".contains(c);
        if !(1..=128).contains(&value.len())
            || !value.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !value.chars().all(allowed)
        {
            let why =
                "it has 1 to 128 of A-Z a-z 0-9 _ . - / : @ + and starts with a letter or digit";
            return refuse(WHAT, value, why);
        }
        if value.starts_with("arn:") {
            return refuse(WHAT, value, "without an alias it is the cluster's ARN");
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
        const WHAT: &str = "a namespace";
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let shape = !value.starts_with('-') && !value.ends_with('-');
        match shape && (1..=63).contains(&value.len()) && value.chars().all(inside) {
            true => Ok(Namespace(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "it has 1 to 63 of a-z 0-9 - and starts and ends with a letter or digit",
            ),
        }
    }
}

name!(
    /// What a team file calls its team, where several sign in at one place. 1 to 40 of `A-Z a-z 0-9 _ . -`, first and last
    /// a letter or digit.
    TeamLabel
);

impl FromStr for TeamLabel {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        const WHAT: &str = "a name for a team";
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let outside = |c: char| c.is_ascii_alphanumeric();
        let shape = value.starts_with(outside) && value.ends_with(outside);
        match shape && value.len() <= 40 && value.chars().all(inside) {
            true => Ok(TeamLabel(value.to_owned())),
            false => refuse(
                WHAT,
                value,
                "it has 1 to 40 of A-Z a-z 0-9 _ . - and starts and ends with a letter or digit",
            ),
        }
    }
}

name!(
    /// What tells one team's file from another's, whatever it is called and whoever sent it: where the team signs in, and
    /// what it is called there if the file says so.
    TeamName
);

/// Before the name of a file. No host has a colon there.
const FILE: &str = "file:";

impl TeamName {
    /// The start URL without its scheme.
    pub fn of_portal(url: &StartUrl) -> Self {
        let url = url.as_str();
        TeamName(url.strip_prefix("https://").unwrap_or(url).to_owned())
    }

    /// The identity provider's host.
    pub fn of_idp(url: &IdpUrl) -> Self {
        TeamName(url.folder_name())
    }

    /// A file that names no place to sign in is known by its own name; what a config file could misread is left out of it.
    pub fn of_file(stem: &str) -> Self {
        let plain = |c: char| match c {
            c if c.is_ascii_alphanumeric() || "_.-".contains(c) => c,
            _ => '-',
        };
        let name: String = stem.chars().take(100).map(plain).collect();
        TeamName(format!("{FILE}{name}"))
    }

    /// One team of several at the same place: `example.awsapps.com/start data`. Without a place the name is all there is.
    pub fn labelled(self, label: &TeamLabel) -> Self {
        match self.0.starts_with(FILE) {
            true => TeamName(format!("team:{}", label.as_str())),
            false => TeamName(format!("{} {label}", self.0)),
        }
    }

    /// The two may be one: a file that names no place to sign in can have been given another name.
    pub fn may_be(&self, other: &str) -> bool {
        self.0 == other || (self.0.starts_with(FILE) && other.starts_with(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would end a section, a value or a word, here or in a shell; what a terminal obeys; what reads as a flag.
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
    fn nothing_that_could_be_read_as_something_else() {
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
    fn who_the_team_is() {
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
