//! The source of a role's credentials as it is wanted: for flags and team files alike, and as the keys of the installed profile.

use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::{
    AccountId, ProfileName, Region, RoleArn, RoleSessionName, SsoRoleName, StartUrl, TeamName,
};
use crate::profile::plan::SamlSource;
use crate::profile::profiles::Profiles;
use crate::profile::sso::{self, Chosen, View};
use crate::profile::{keys, ours};

/// Where the credentials that assume the role come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An SSO sign-in, for which a source profile is found or written.
    Sso(Sso),
    /// A profile that the user sets up.
    Profile(ProfileName),
    /// What `credential_source` of the installed profile names, such as the environment: the user set it, and it stays.
    Ambient,
    Saml(SamlSource),
}

/// An AWS access portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    pub start_url: StartUrl,
    pub region: Region,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso {
    pub portal: Portal,
    /// The account of the permission set.
    pub account: AccountId,
    /// The permission set.
    pub role: SsoRoleName,
    /// The source profile to use or to write; `None` finds one that matches, else chooses a name.
    pub profile: Option<ProfileName>,
    /// The sso-session to use or to write; `None` uses one that matches, else chooses a name.
    pub session: Option<ProfileName>,
}

/// A key of a profile and its value; `None` removes the key.
pub type Key = (&'static str, Option<String>);

impl Source {
    /// Returns the name of a team that signs in here, if the sign-in identifies it.
    pub(super) fn team_name(&self) -> Option<TeamName> {
        match self {
            Source::Sso(sso) => Some(TeamName::of_portal(&sso.portal.start_url)),
            Source::Saml(saml) => Some(TeamName::of_idp(&saml.url)),
            Source::Profile(_) | Source::Ambient => None,
        }
    }

    /// Returns the source profile and the sections to write for it. `None` for a sign-in that needs no source profile.
    ///
    /// # Errors
    /// The named source profile exists and does not match, or it is `own`, the installed profile itself.
    pub(super) fn choose(
        &self,
        view: &View<'_>,
        own: &ProfileName,
        preferred: Option<&ProfileName>,
        region: &Region,
    ) -> Result<Option<Chosen>, Failure> {
        self.check_is_not(own)?;
        match self {
            Source::Saml(_) | Source::Ambient => Ok(None),
            Source::Profile(profile) => Ok(Some(sso::named(view, profile))),
            Source::Sso(wanted) => {
                let wanted = wanted.for_profile(own, preferred, region);
                sso::choose(view, &wanted).map(Some).map_err(unfit)
            }
        }
    }

    /// Refuses the installed profile as its own source profile.
    pub(super) fn check_is_not(&self, own: &ProfileName) -> Result<(), Failure> {
        let named = match self {
            Source::Profile(profile) => Some(profile),
            Source::Sso(sso) => sso.profile.as_ref(),
            Source::Saml(_) | Source::Ambient => None,
        };
        match named == Some(own) {
            false => Ok(()),
            true => Err(Failure::refused(format!(
                "profile {own} cannot be its own source profile"
            ))
            .hint("name another source profile, with `--source-profile NAME` or in the team file")
            .hint("if it has to be the source, install under another name: `--profile NAME`")),
        }
    }

    /// Returns the place of the source among those that may tell the email: an SSO sign-in always gives the user's name, the
    /// credentials of other profiles may not.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Source::Sso(_) => 0,
            Source::Saml(_) => 1,
            Source::Profile(_) | Source::Ambient => 2,
        }
    }

    /// Whether some AWS tools cannot sign in like that, so that they have to get the credentials from apono-login. `own` is the
    /// installed profile.
    pub fn needs_process(&self, profiles: &Profiles, own: &ProfileName) -> bool {
        match self {
            Source::Sso(_) | Source::Ambient => false,
            Source::Profile(source) => ours::needs_process(profiles, own, source),
            Source::Saml(_) => true,
        }
    }

    /// Returns the keys to set and to remove in the installed profile. `source` is the source profile, if there is one;
    /// `process` is the `credential_process` command through which AWS tools get the credentials, else they assume the role
    /// themselves, as in Apono's setup guide.
    ///
    /// A profile with `credential_process` holds `apono_…` keys, because AWS tools would misread their own keys there: some
    /// SDKs refuse `source_profile` without `role_arn`, and with `role_arn` the process never runs.
    pub fn keys(
        &self,
        role: &RoleArn,
        email: &RoleSessionName,
        region: &Region,
        source: Option<&ProfileName>,
        process: Option<String>,
    ) -> Vec<Key> {
        let text = |value: &dyn ToString| Some(value.to_string());
        let (role, email, source) = (text(role), text(email), source.map(ProfileName::to_string));
        let region = (keys::REGION, text(region));
        let (mut keys, own_source) = match process {
            // A `credential_process` that is there is always our own: a profile with another one is refused before.
            None => (
                vec![
                    (keys::ROLE_ARN, role),
                    (keys::ROLE_SESSION_NAME, email),
                    (keys::SOURCE_PROFILE, source),
                    region,
                    (keys::CREDENTIAL_PROCESS, None),
                    (keys::APONO_ROLE_ARN, None),
                    (keys::APONO_ROLE_SESSION_NAME, None),
                ],
                None,
            ),
            Some(command) => (
                vec![
                    (keys::CREDENTIAL_PROCESS, Some(command)),
                    region,
                    (keys::APONO_ROLE_ARN, role),
                    (keys::APONO_ROLE_SESSION_NAME, email),
                    (keys::ROLE_ARN, None),
                    (keys::ROLE_SESSION_NAME, None),
                    (keys::SOURCE_PROFILE, None),
                ],
                source,
            ),
        };
        let (provider, url) = match self {
            Source::Saml(saml) => (text(&saml.provider), text(&saml.url)),
            Source::Sso(_) | Source::Profile(_) | Source::Ambient => (None, None),
        };
        keys.extend([
            (keys::APONO_SOURCE_PROFILE, own_source),
            (keys::APONO_SAML_PROVIDER_ARN, provider),
            (keys::APONO_SAML_URL, url),
        ]);
        // Two sources would contradict each other.
        if *self != Source::Ambient {
            keys.push((keys::CREDENTIAL_SOURCE, None));
            keys.push((keys::APONO_CREDENTIAL_SOURCE, None));
        }
        keys
    }
}

impl Sso {
    /// Returns what the source profile of the installed profile `own` has to be. `preferred` is its current source profile,
    /// `region` is for a new one.
    pub(super) fn for_profile(
        &self,
        own: &ProfileName,
        preferred: Option<&ProfileName>,
        region: &Region,
    ) -> sso::Wanted {
        sso::Wanted {
            start_url: self.portal.start_url.clone(),
            sso_region: self.portal.region.clone(),
            account: self.account.clone(),
            role: self.role.clone(),
            region: region.clone(),
            source: self.profile.clone(),
            session: self.session.clone(),
            preferred: preferred.cloned(),
            own: own.clone(),
        }
    }
}

/// Returns the command without the flags of an SSO sign-in.
fn without_sso(command: Command) -> Command {
    let flags = [
        "--sso-start-url",
        "--sso-region",
        "--sso-account-id",
        "--sso-role-name",
        "--sso-session",
    ];
    flags.into_iter().fold(command, Command::without)
}

fn unfit(error: sso::Error) -> Failure {
    let cause = error.to_string();
    match error {
        sso::Error::Unfit { profile, .. } => Failure::refused(format!(
            "source profile {profile} does not match the flags; it was not changed"
        ))
        .cause(cause)
        .hint(format!(
            "{}, without `--source-profile`: install finds a profile that matches or writes one",
            Command::typed().without("--source-profile").run()
        ))
        .hint(format!(
            "if the profile is right, {}, without the `--sso-…` flags",
            without_sso(Command::typed()).run()
        )),
        sso::Error::UnfitSession { session, .. } => Failure::refused(format!(
            "sso-session {session} does not match; it was not changed"
        ))
        .cause(cause)
        .hint("give another name with `--sso-session`: install writes a new section under it")
        .hint("if the section is right, give its start URL and region: `--sso-start-url` and `--sso-region`"),
    }
}
