//! Decides what logging in to a profile means, as plain data. No I/O.
//!
//! `login` executes this plan, `status` prints it. The keys are AWS's own
//! (<https://docs.aws.amazon.com/cli/latest/topic/config-vars.html>), except for the `apono_…` keys, which hold what AWS has
//! no key for or would misread in such a profile.

mod saml;
mod source;
mod sso;

use aws_config::profile::Profile;

use super::keys;
use super::profiles::Profiles;
use crate::names::{self, ProfileName, Region, RoleArn, RoleSessionName};
pub use saml::{SamlSource, how_to_install};
pub use source::{Hop, Named, Root, Source};
pub use sso::{DEFAULT_SCOPE, SsoSource, missing_for_sso};

/// The most source profiles in a chain. Each costs a request to STS, and real chains have three at most.
const MAX_CHAIN: usize = 100;

/// What logging in to a profile means.
#[derive(Debug, Clone)]
pub struct Plan {
    pub profile: ProfileName,
    pub role: RoleArn,
    pub session_name: RoleSessionName,
    pub source: Source,
    /// The profile's `region`.
    pub region: Option<Region>,
    /// Requested duration in seconds; `None` for STS's default (3,600).
    pub duration: Option<u32>,
    pub external_id: Option<String>,
    pub mfa_serial: Option<String>,
    pub store: Option<String>,
    /// `use_fips_endpoint`: cluster tokens name the FIPS host of STS.
    pub fips: bool,
    /// `apono_interactive`: `get-token` and `export-credentials` may ask the user at a terminal to sign in.
    pub interactive: bool,
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("profile {name:?} not found")]
    NoProfile { name: String },
    /// Names all missing keys at once.
    #[error("profile {profile:?} is missing {}", listed(keys))]
    Incomplete {
        profile: String,
        keys: Vec<&'static str>,
    },
    #[error("invalid `{key}` in profile {profile:?}: {reason}")]
    Invalid {
        profile: String,
        key: &'static str,
        reason: String,
    },
    #[error("profile {profile:?} has `source_profile` {source_profile:?}, which does not exist")]
    NoSource {
        profile: String,
        source_profile: String,
    },
    #[error("profile {profile:?} has no keys that give credentials")]
    EmptySource { profile: String },
    #[error("the source profiles form a loop: {}", names.join(" -> "))]
    Circle { names: Vec<String> },
    #[error(
        "the chain of source profiles that starts at {profile:?} has more than {MAX_CHAIN} profiles"
    )]
    LongChain { profile: String },
    #[error("profile {profile:?} has both `source_profile` and `credential_source`")]
    TwoSources { profile: String },
    #[error("profile {profile:?} has `sso_session` {session:?}, which does not exist")]
    NoSsoSession { profile: String, session: String },
}

/// Returns the keys as a text.
pub fn listed(keys: &[&str]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

/// Decides what logging in to `name` means.
///
/// # Errors
/// The profile or one of its source profiles is missing, incomplete or invalid.
pub fn plan(profiles: &Profiles, name: &ProfileName) -> Result<Plan, Error> {
    let profile = profiles
        .get_profile(name.as_str())
        .ok_or(Error::NoProfile {
            name: name.to_string(),
        })?;
    let reader = Reader { profile };
    let required = [keys::ROLE_ARN, keys::ROLE_SESSION_NAME];
    let mut missing: Vec<&'static str> = required
        .into_iter()
        .filter(|key| reader.get(key).is_none())
        .collect();
    missing.extend(missing_source(&reader));
    if !missing.is_empty() {
        return Err(Error::Incomplete {
            profile: name.to_string(),
            keys: missing,
        });
    }
    let duration = reader
        .get(keys::DURATION_SECONDS)
        .map(|value| match value.parse() {
            Ok(seconds) if (900..=43_200).contains(&seconds) => Ok(seconds),
            _ => Err(reader.invalid(keys::DURATION_SECONDS, "must be a number from 900 to 43200")),
        })
        .transpose()?;
    let external_id = reader.bounded(keys::EXTERNAL_ID, 2, 1224)?;
    let mfa_serial = reader.mfa_serial()?;
    let role = reader.parse(keys::ROLE_ARN)?;
    Ok(Plan {
        profile: name.clone(),
        session_name: reader.parse(keys::ROLE_SESSION_NAME)?,
        source: source(profiles, profile, &role)?,
        role,
        region: reader
            .get(keys::REGION)
            .map(|_| reader.parse(keys::REGION))
            .transpose()?,
        duration,
        external_id,
        mfa_serial,
        store: profile.get(keys::APONO_STORE).map(str::to_owned),
        fips: profile
            .get(keys::USE_FIPS_ENDPOINT)
            .is_some_and(|value| value.eq_ignore_ascii_case("true")),
        interactive: reader.flag(keys::APONO_INTERACTIVE)?,
    })
}

/// Reads one profile's keys. `apono_KEY` takes precedence over `KEY`.
struct Reader<'a> {
    profile: &'a Profile,
}

impl<'a> Reader<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        keys::value(self.profile, key).filter(|value| !value.is_empty())
    }

    fn invalid(&self, key: &'static str, reason: impl Into<String>) -> Error {
        Error::Invalid {
            profile: self.profile.name().to_owned(),
            key,
            reason: reason.into(),
        }
    }

    fn parse<T>(&self, key: &'static str) -> Result<T, Error>
    where
        T: std::str::FromStr<Err = names::Error>,
    {
        let value = self.get(key).unwrap_or_default();
        value
            .parse()
            .map_err(|e: names::Error| self.invalid(key, e.to_string()))
    }

    fn mfa_serial(&self) -> Result<Option<String>, Error> {
        self.bounded(keys::MFA_SERIAL, 9, 256)
    }

    fn flag(&self, key: &'static str) -> Result<bool, Error> {
        match self.profile.get(key) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(self.invalid(key, "must be true or false")),
        }
    }

    fn bounded(&self, key: &'static str, min: usize, max: usize) -> Result<Option<String>, Error> {
        match self.get(key) {
            Some(v) if v.len() < min || v.len() > max || !v.is_ascii() => {
                Err(self.invalid(key, format!("must have {min} to {max} ASCII characters")))
            }
            value => Ok(value.map(str::to_owned)),
        }
    }
}

fn named(profile: &Profile, value: &str) -> Result<Named, Error> {
    match value {
        "Environment" => Ok(Named::Environment),
        "EcsContainer" => Ok(Named::EcsContainer),
        "Ec2InstanceMetadata" => Ok(Named::Ec2InstanceMetadata),
        other => Err(Reader { profile }.invalid(
            keys::CREDENTIAL_SOURCE,
            format!("must be Environment, EcsContainer or Ec2InstanceMetadata, not {other:?}"),
        )),
    }
}

/// Returns the missing keys that say where credentials come from.
fn missing_source(reader: &Reader<'_>) -> Vec<&'static str> {
    let is_missing = |key: &&'static str| reader.get(key).is_none();
    if saml::KEYS.iter().any(|key| reader.get(key).is_some()) {
        return saml::KEYS.into_iter().filter(is_missing).collect();
    }
    let keys = [keys::SOURCE_PROFILE, keys::CREDENTIAL_SOURCE];
    match keys.iter().all(is_missing) {
        true => vec![keys::SOURCE_PROFILE],
        false => Vec::new(),
    }
}

fn source(profiles: &Profiles, profile: &Profile, role: &RoleArn) -> Result<Source, Error> {
    let reader = Reader { profile };
    if let Some(saml) = saml::source(&reader, role)? {
        return Ok(Source::Saml(saml));
    }
    match (
        reader.get(keys::SOURCE_PROFILE),
        reader.get(keys::CREDENTIAL_SOURCE),
    ) {
        (Some(_), Some(_)) => Err(Error::TwoSources {
            profile: profile.name().to_owned(),
        }),
        (None, value) => Ok(Source::Named(named(profile, value.unwrap_or_default())?)),
        // A profile can be its own source if it holds access keys.
        (Some(name), None) if name == profile.name() => match has_static_keys(profile)? {
            true => Ok(Source::Profile {
                name: name.to_owned(),
                origin: name.to_owned(),
                root: Root::StaticKeys,
                hops: Vec::new(),
            }),
            false => Err(Error::Circle {
                names: vec![name.to_owned(), name.to_owned()],
            }),
        },
        (Some(name), None) => source_profile(profiles, profile.name(), name),
    }
}

/// Returns the source `name` for the profile `user`, which need not exist yet.
///
/// # Errors
/// A profile of the chain is missing, incomplete or invalid.
pub fn source_profile(profiles: &Profiles, user: &str, name: &str) -> Result<Source, Error> {
    let mut hops = Vec::new();
    let (origin, root) = root(profiles, user, name, &mut hops)?;
    hops.reverse();
    Ok(Source::Profile {
        name: name.to_owned(),
        origin: origin.to_owned(),
        root,
        hops,
    })
}

/// Follows `source_profile` from the profile `user` to the root of the chain and adds the roles on the way to `hops`. The order
/// of precedence is that of the SDKs: access keys, web identity, `role_arn` with its source, SSO, `aws login`,
/// `credential_process`. Only where access keys are beside a whole SSO sign-in the SDKs disagree: as in the aws CLI, SSO is used,
/// since the keys there are as a rule old ones of another tool.
fn root<'a>(
    profiles: &'a Profiles,
    user: &'a str,
    mut name: &'a str,
    hops: &mut Vec<Hop>,
) -> Result<(&'a str, Root), Error> {
    let mut visited = vec![user];
    let profile = loop {
        let Some(profile) = profiles.get_profile(name) else {
            return Err(Error::NoSource {
                profile: visited.pop().unwrap_or_default().to_owned(),
                source_profile: name.to_owned(),
            });
        };
        let is_loop = visited.contains(&name);
        visited.push(name);
        if is_loop {
            let names = visited.into_iter().map(str::to_owned).collect();
            return Err(Error::Circle { names });
        }
        if visited.len() > MAX_CHAIN {
            let profile = user.to_owned();
            return Err(Error::LongChain { profile });
        }
        if has_static_keys(profile)? {
            return Ok(match sso::is_whole(profile) {
                true => (name, sso_root(profiles, profile)?),
                false => (name, Root::StaticKeys),
            });
        }
        let key = |key| profile.get(key).filter(|value| !value.is_empty());
        if let Some(token_file) = key(keys::WEB_IDENTITY_TOKEN_FILE) {
            let token_file = token_file.to_owned();
            return Ok((name, Root::WebIdentity { token_file }));
        }
        let Some(role_arn) = key(keys::ROLE_ARN) else {
            break profile;
        };
        hops.push(Hop {
            role_arn: role_arn.to_owned(),
            session_name: key(keys::ROLE_SESSION_NAME).map(str::to_owned),
            external_id: key(keys::EXTERNAL_ID).map(str::to_owned),
            mfa_serial: Reader { profile }.mfa_serial()?,
        });
        match (key(keys::SOURCE_PROFILE), key(keys::CREDENTIAL_SOURCE)) {
            (Some(_), Some(_)) => {
                return Err(Error::TwoSources {
                    profile: name.to_owned(),
                });
            }
            (Some(next), None) if next != name => name = next,
            _ => break profile,
        }
    };
    let key = |key| profile.get(key).filter(|value| !value.is_empty());
    let root = if let Some(value) = key(keys::CREDENTIAL_SOURCE) {
        Root::Named(named(profile, value)?)
    } else if key(keys::SSO_SESSION).is_some() || key(keys::SSO_START_URL).is_some() {
        sso_root(profiles, profile)?
    } else if key(keys::LOGIN_SESSION).is_some() {
        Root::Login
    } else if let Some(command) = key(keys::CREDENTIAL_PROCESS) {
        let command = command.to_owned();
        Root::Process { command }
    } else if key(keys::SSO_ACCOUNT_ID).is_some() || key(keys::SSO_ROLE_NAME).is_some() {
        // It says which keys are missing.
        sso_root(profiles, profile)?
    } else {
        return Err(without_credentials(profile));
    };
    Ok((name, root))
}

fn sso_root(profiles: &Profiles, profile: &Profile) -> Result<Root, Error> {
    sso::source(profiles, profile).map(|sso| Root::Sso(Box::new(sso)))
}

/// The keys of a pair of access keys.
const PAIR: [&str; 2] = [keys::AWS_ACCESS_KEY_ID, keys::AWS_SECRET_ACCESS_KEY];

/// Returns why there is nothing in the profile that gives credentials: half of a pair of access keys, or not even that.
fn without_credentials(profile: &Profile) -> Error {
    let is_missing = |key: &&str| profile.get(key).is_none();
    let missing: Vec<_> = PAIR.into_iter().filter(is_missing).collect();
    let profile = profile.name().to_owned();
    match missing.len() < PAIR.len() {
        true => Error::Incomplete {
            profile,
            keys: missing,
        },
        false => Error::EmptySource { profile },
    }
}

/// Returns whether the profile has a pair of access keys.
///
/// # Errors
/// One of them is in quotes, which all AWS tools read as a part of it.
fn has_static_keys(profile: &Profile) -> Result<bool, Error> {
    let has_pair = PAIR.iter().all(|key| profile.get(key).is_some());
    let is_quoted = |key: &&str| profile.get(key).is_some_and(|value| value.starts_with('"'));
    let keys = [PAIR[0], PAIR[1], keys::AWS_SESSION_TOKEN];
    match keys.into_iter().find(is_quoted) {
        Some(key) if has_pair => Err(Reader { profile }.invalid(key, "must be without quotes")),
        _ => Ok(has_pair),
    }
}

impl Plan {
    /// Whether each set of credentials needs a code of an MFA device, which is valid once.
    pub fn needs_code(&self) -> bool {
        self.mfa_serial.is_some() || self.source.needs_code()
    }

    /// Whether the chain begins with credentials from environment variables.
    pub fn uses_environment(&self) -> bool {
        self.source.root() == Some(Root::Named(Named::Environment))
    }
}

#[cfg(test)]
mod tests;
