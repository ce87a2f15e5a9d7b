//! What is known of a profile without network or prompt.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::recent::LastFailure;
use super::{MARGIN, Session};
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::hints;
use crate::names::{ProfileName, RoleSessionName};
use crate::signin::SignIn;
use crate::store::entry::Header;
use crate::store::{self, Slot};

/// Fields are part of the interface: add, do not rename.
#[derive(Serialize)]
pub struct Report {
    pub profile: String,
    pub role_arn: String,
    pub session_name: String,
    pub source: String,
    pub region: Option<String>,
    /// Cached credentials can be used now.
    pub logged_in: bool,
    /// There are no usable credentials, and as far as this computer knows only a person can get new ones.
    pub sign_in_needed: bool,
    #[serde(serialize_with = "time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Seconds; 0 when expired.
    pub seconds_left: i64,
    pub sso: Option<Sso>,
    pub store: &'static str,
    /// Why the key is not in a keyring, where one was to be used.
    pub store_fallback: Option<String>,
    /// Why nothing can be cached, if that is so.
    pub cache_problem: Option<String>,
    /// What `get-token` and `export-credentials` did not print when they last got new credentials.
    pub warnings: Vec<String>,
    /// The last failure of another program or of a background renewal to get credentials, until some are got.
    pub last_failure: Option<LastFailure>,
    /// There are cached credentials, but their key is gone.
    #[serde(skip)]
    pub undecryptable: bool,
    /// Every new set of credentials needs a person.
    #[serde(skip)]
    pub needs_person: bool,
    /// The command that gets new credentials.
    #[serde(skip)]
    pub login_command: String,
}

#[derive(Serialize)]
pub struct Sso {
    pub start_url: String,
    pub session: Option<String>,
    #[serde(serialize_with = "time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Seconds; 0 when expired.
    pub seconds_left: i64,
    pub renewable: bool,
}

/// An installed profile.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Installed {
    Usable(Box<Report>),
    Unusable {
        profile: String,
        error: String,
        cause: Option<String>,
    },
}

impl Installed {
    pub fn profile(&self) -> &str {
        match self {
            Installed::Usable(report) => &report.profile,
            Installed::Unusable { profile, .. } => profile,
        }
    }

    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Installed::Usable(report) if report.sign_in_needed)
    }
}

/// What `status --output json` prints: the profile in use, and every installed one.
#[derive(Serialize)]
pub struct All<'a> {
    #[serde(flatten)]
    pub in_use: &'a Report,
    pub profiles: &'a [Installed],
}

fn time<S: serde::Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => instant(time, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn instant<S: serde::Serializer>(
    time: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Reports on the session's own profile.
pub fn report(session: &Session<'_>, now: DateTime<Utc>) -> Result<Report, Failure> {
    let context = session.context;
    let plan = session.plan()?;
    // As `get-token` finds them: with their key.
    let (entry, undecryptable) = match session.look()? {
        Some((header, true)) => (Some(header), false),
        Some((_, false)) => (None, true),
        None => (None, false),
    };
    let expires_at = entry.as_ref().map(|header| header.expires_at);
    let store = match &entry {
        Some(header) => header.store.name(),
        None => session.kind(plan)?.name(),
    };
    let left = seconds_left(expires_at, now);
    let live = expires_at.is_some_and(|end| end - MARGIN > now);
    let sign_in = SignIn::of(plan);
    let sso = sign_in.session(context)?.map(|state| Sso {
        start_url: state.start_url,
        session: state.session,
        expires_at: state.expires_at,
        seconds_left: seconds_left(state.expires_at, now),
        renewable: state.renewable,
    });
    let signed_in = sso
        .as_ref()
        .is_none_or(|sso| sso.renewable || sso.expires_at.is_some_and(|end| end - MARGIN > now));
    // An MFA code can be used only once, too.
    let needs_person = sign_in.is_each_time() || plan.needs_code();
    Ok(Report {
        profile: plan.profile.to_string(),
        role_arn: plan.role.to_string(),
        session_name: plan.session_name.to_string(),
        source: plan.source.to_string(),
        region: plan.region.as_ref().map(ToString::to_string),
        logged_in: left > 0,
        sign_in_needed: !live && (needs_person || !signed_in),
        expires_at,
        seconds_left: left,
        sso,
        store,
        store_fallback: entry.and_then(|header| header.fallback),
        cache_problem: session.cache_problem(),
        warnings: session.kept_warnings(),
        last_failure: session.last_failure(),
        undecryptable,
        needs_person,
        login_command: hints::login_command(&context.profile),
    })
}

/// Reports on every installed profile, sorted by name.
pub fn installed(session: &Session<'_>, now: DateTime<Utc>) -> Result<Vec<Installed>, Failure> {
    let profiles = session.installed()?.iter();
    let one = |profile: &ProfileName| {
        let context = session.context.with_profile(profile.clone());
        match report(&session.of(&context), now) {
            Ok(report) => Installed::Usable(Box::new(report)),
            Err(failure) => Installed::Unusable {
                profile: context.profile.to_string(),
                error: failure.error,
                cause: failure.causes.into_iter().next(),
            },
        }
    };
    Ok(profiles.map(one).collect())
}

fn seconds_left(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> i64 {
    end.map_or(0, |end| (end - now).num_seconds().max(0))
}

/// Returns the session name and the time left of the profile's credentials for a shell's prompt, which waits for it: from the
/// cache alone, without reading the config file, or asking another program for a key. Of several that can be decrypted, as far as
/// that is known, those that expire last.
pub fn last_to_expire(context: &Context) -> Result<Option<(RoleSessionName, TimeDelta)>, Failure> {
    let files = (context.aws_config_file()?, context.aws_credentials_file()?);
    let cache = store::Cache::new(context.cache_dir()?);
    let kind = context.env_store().map(|name| name.parse()).transpose()?;
    let kind = kind.unwrap_or_default();
    cache.check_trusted()?;
    let expiry = |header: &Header| header.expires_at;
    let find = |profile: &ProfileName| -> Result<Option<Header>, store::Error> {
        let mut last: Option<Header> = None;
        for entry in cache.find(&Slot::new(profile, &files.0, &files.1), &kind) {
            let opened = match entry.header.store.is_at_hand() {
                true => cache.open(&entry).map(|opened| opened.is_some()),
                false => Ok(true),
            };
            match opened {
                Ok(true) => last = last.into_iter().chain([entry.header]).max_by_key(expiry),
                Err(error) if error.is_distrust() => return Err(error),
                Ok(false) | Err(_) => {}
            }
        }
        Ok(last)
    };
    let found = match find(&context.profile)? {
        // Without the default profile: of those from a team file, which log in together, the one that expires last.
        None if !context.profile_is_named => {
            let names = cache.headers().filter(|header| header.of_team);
            let names = names.filter_map(|header| header.profile.parse().ok());
            let names: BTreeSet<ProfileName> = names.collect();
            let found = names.iter().map(find);
            let found: Vec<_> = found.collect::<Result<_, _>>()?;
            found.into_iter().flatten().max_by_key(expiry)
        }
        found => found,
    };
    Ok(found.and_then(|header| name_and_time_left(context, &header)))
}

/// Returns the session name of an entry, and the time until its credentials expire.
pub fn name_and_time_left(
    context: &Context,
    header: &Header,
) -> Option<(RoleSessionName, TimeDelta)> {
    // A valid session name has no character that a shell or a prompt interprets.
    let name = header.session_name.parse().ok()?;
    Some((name, header.expires_at - context.now()))
}
