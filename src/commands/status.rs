//! `status`: who you are, and until when. Asks nobody: no network, no prompt, no key.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::cli::{Status, StatusFormat};
use crate::context::Context;
use crate::explain;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;
use crate::source::sso::cache::Cache;

/// Fields are part of the interface: add, do not rename.
#[derive(Serialize)]
struct Report {
    profile: String,
    role_arn: String,
    session_name: String,
    source: String,
    region: Option<String>,
    /// There are cached credentials that can be used now.
    logged_in: bool,
    #[serde(serialize_with = "time")]
    expires_at: Option<DateTime<Utc>>,
    /// Seconds; 0 when over.
    seconds_left: i64,
    sso: Option<Sso>,
    store: &'static str,
    /// Why no keyring keeps the key, where one was wanted.
    store_fallback: Option<String>,
}

#[derive(Serialize)]
struct Sso {
    start_url: String,
    session: Option<String>,
    #[serde(serialize_with = "time")]
    expires_at: Option<DateTime<Utc>>,
    /// Seconds; 0 when over.
    seconds_left: i64,
    renewable: bool,
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

pub fn run(context: &Context, args: &Status) -> Result<(), Failure> {
    let report = report(context)?;
    let text = match args.output {
        StatusFormat::Json => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        StatusFormat::Text => text(context, &report),
    };
    context.output.result(&text)
}

fn report(context: &Context) -> Result<Report, Failure> {
    let now = context.now();
    let session = Session::new(context)?;
    let plan = session.plan()?;
    let entry = session.find().map(|found| found.entry.header);
    let expires_at = entry.as_ref().map(|header| header.expires_at);
    let store = match &entry {
        Some(header) => header.store.name(),
        None => session.kind(&plan)?.name(),
    };
    let left = seconds_left(expires_at, now);
    let sso_cache = context.sso_cache()?;
    let sso = plan.source.sso().map(|sso| {
        let found = Cache::new(sso_cache, sso).token();
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
        expires_at,
        seconds_left: left,
        sso,
        store,
        store_fallback: entry.and_then(|header| header.fallback),
    })
}

fn seconds_left(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> i64 {
    end.map_or(0, |end| (end - now).num_seconds().max(0))
}

fn text(context: &Context, report: &Report) -> String {
    let now = context.now();
    let credentials = match report.expires_at {
        Some(end) => output::until(end, now),
        None => format!("none: run `{}`", explain::login_command(&context.profile)),
    };
    let mut rows = vec![
        ("profile", report.profile.clone()),
        ("role", report.role_arn.clone()),
        ("session", report.session_name.clone()),
        ("source", report.source.clone()),
        ("credentials", credentials),
    ];
    if let Some(sso) = &report.sso {
        let state = match sso.expires_at {
            Some(end) if sso.renewable => format!("{}, renewed by itself", output::until(end, now)),
            Some(end) => output::until(end, now),
            None => "not signed in".to_owned(),
        };
        rows.push(("SSO session", state));
    }
    let store = match &report.store_fallback {
        Some(why) => format!("{} ({why})", report.store),
        None => report.store.to_owned(),
    };
    rows.push(("store", store));
    rows.iter()
        .map(|(name, value)| format!("{name:<12} {}\n", output::clean(value)))
        .collect()
}
