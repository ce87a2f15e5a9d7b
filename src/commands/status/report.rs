//! What is known of a profile without network or prompt.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::failure::files;
use crate::failure::hints;
use crate::profile::plan::{Plan, Source};
use crate::session::{MARGIN, Session};
use crate::signin::sso::cache::Cache;

/// Fields are part of the interface: add, do not rename.
#[derive(Serialize)]
pub(super) struct Report {
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
    /// There are cached credentials, but their key is gone.
    #[serde(skip)]
    pub undecryptable: bool,
    /// Every sign-in needs a person: see [`needs_person`].
    #[serde(skip)]
    pub needs_person: bool,
    /// The command that gets new credentials.
    #[serde(skip)]
    pub login_command: String,
}

#[derive(Serialize)]
pub(super) struct Sso {
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
pub(super) enum Installed {
    Usable(Box<Report>),
    Unusable {
        profile: String,
        error: String,
        cause: Option<String>,
    },
}

/// What `--output json` prints: the profile in use, and every installed one.
#[derive(Serialize)]
pub(super) struct All {
    #[serde(flatten)]
    pub in_use: Report,
    pub profiles: Vec<Installed>,
}

fn time<S: serde::Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
        None => serializer.serialize_none(),
    }
}

/// Reports on the session's own profile.
pub(super) fn report(context: &Context, session: &Session<'_>) -> Result<Report, Failure> {
    let now = context.now();
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
        None => session.kind(&plan)?.name(),
    };
    let left = seconds_left(expires_at, now);
    let live = expires_at.is_some_and(|end| end - MARGIN > now);
    let sso_cache = context.sso_cache()?;
    let token = plan
        .source
        .sso()
        .map(|sso| (sso, Cache::new(sso_cache, sso).token()));
    let signed_in = token.as_ref().is_none_or(|(_, token)| {
        let token = token.as_ref();
        token.is_some_and(|token| token.lives(MARGIN, now) || token.renewable(now))
    });
    let needs_person = needs_person(&plan);
    let sso = token.map(|(sso, found)| {
        let expires_at = found.as_ref().map(|token| token.expires_at);
        Sso {
            start_url: sso.start_url.clone(),
            session: sso.session.clone(),
            expires_at,
            seconds_left: seconds_left(expires_at, now),
            renewable: found.is_some_and(|token| token.renewable(now)),
        }
    });
    Ok(Report {
        profile: plan.profile.to_string(),
        role_arn: plan.role.to_string(),
        session_name: plan.session_name.to_string(),
        source: plan.source.to_string(),
        region: plan.region.map(|region| region.to_string()),
        logged_in: left > 0,
        sign_in_needed: !live && (needs_person || !signed_in),
        expires_at,
        seconds_left: left,
        sso,
        store,
        store_fallback: entry.and_then(|header| header.fallback),
        cache_problem: session.cache.lost_to_root().map(files::lost_to_root),
        undecryptable,
        needs_person,
        login_command: hints::login_command(&context.profile),
    })
}

impl Installed {
    pub(super) fn profile(&self) -> &str {
        match self {
            Installed::Usable(report) => &report.profile,
            Installed::Unusable { profile, .. } => profile,
        }
    }

    pub(super) fn needs_sign_in(&self) -> bool {
        match self {
            Installed::Usable(report) => report.sign_in_needed,
            Installed::Unusable { .. } => false,
        }
    }
}

/// Reports on every installed profile, sorted by name.
pub(super) fn installed(
    context: &Context,
    session: &Session<'_>,
) -> Result<Vec<Installed>, Failure> {
    let profiles = session.installed()?.into_iter();
    let one = |profile| {
        let context = context.with_profile(profile);
        match report(&context, &session.of(&context)) {
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

/// Returns whether every new set of credentials needs a person: a SAML response and an MFA code can be used only once.
fn needs_person(plan: &Plan) -> bool {
    matches!(plan.source, Source::Saml(_)) || plan.mfa_serial.is_some()
}

fn seconds_left(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> i64 {
    end.map_or(0, |end| (end - now).num_seconds().max(0))
}
