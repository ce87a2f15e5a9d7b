//! Names in a team file: of accounts, and of the team itself.

use super::grammar::Chars;
use super::{AccountName, Error, IdpUrl, ProfileName, StartUrl, TeamLabel, TeamName};

impl AccountName {
    /// Returns the name of this account's profile: `BASE-NAME`.
    ///
    /// # Errors
    /// The result is too long.
    pub fn profile(&self, base: &ProfileName) -> Result<ProfileName, Error> {
        format!("{base}-{}", self.as_str()).parse()
    }
}

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
        const PLAIN: Chars = Chars::of("A-Z a-z 0-9 _ . -");
        let plain = |c| if PLAIN.has(c) { c } else { '-' };
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

        let evil = TeamName::of_file("é;$(id)\n[profile evil]\u{202e}\x1b[31m");
        assert_eq!(evil.as_str(), "file:----id---profile-evil----31m");
    }
}
