//! `status`: who you are, and until when. Asks nobody: no network, no prompt, no key.

mod report;

use std::process::ExitCode;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::{Status, StatusFormat};
use crate::context::Context;
use crate::explain;
use crate::failure::{Failure, Kind};
use crate::names::{RoleArn, RoleSessionName};
use crate::output;
use crate::session::Session;
use crate::store::{Cache, Slot};
use report::{All, Installed, Report};

pub fn run(context: &Context, args: &Status) -> Result<ExitCode, Failure> {
    if args.short {
        return short(context);
    }
    let session = Session::new(context)?;
    let team = session.team()?;
    // The first of several between which nobody has chosen stands for one where one is wanted.
    let first = team.first().map(|name| context.with_profile(name.clone()));
    let in_force = first.as_ref().unwrap_or(context);
    let in_force = report::report(in_force, &session.of(in_force));
    let installed = match (args.output, context.profile_is_named) {
        (StatusFormat::Text, true) => Vec::new(),
        _ => report::installed(context, &session)?,
    };
    let any_needs_one = installed.iter().any(Installed::needs_a_sign_in);
    let (text, in_force) = match args.output {
        StatusFormat::Json => {
            let all = All {
                in_force: in_force?,
                profiles: installed,
            };
            (output::json(&all), Ok(all.in_force))
        }
        StatusFormat::Text => (
            match &in_force {
                _ if installed.len() > 1 => table(context, &installed),
                Ok(report) => details(context, report),
                Err(_) => String::new(),
            },
            in_force,
        ),
    };
    context.output.result(&text)?;
    let in_force_needs_one = in_force?.sign_in_needed;
    Ok(exit_code(match team.is_empty() {
        true => in_force_needs_one,
        false => any_needs_one,
    }))
}

/// For scripts. Nothing went wrong, so nothing more is said.
fn exit_code(sign_in_needed: bool) -> ExitCode {
    match sign_in_needed {
        true => ExitCode::from(Kind::SignInNeeded as u8),
        false => ExitCode::SUCCESS,
    }
}

/// For a shell's prompt, which waits for it: what the cache says of the profile, and not even whether it still says so in
/// the config file.
fn short(context: &Context) -> Result<ExitCode, Failure> {
    let files = (context.aws_config_file()?, context.aws_credentials_file()?);
    let slot = Slot::new(&context.profile, &files.0, &files.1);
    let cache = Cache::new(context.cache_dir()?);
    // With none of the usual name: of a team file's, which are signed in together, the one that lasts longest.
    let of_a_team = || {
        let headers = cache.headers().into_iter().filter(|header| {
            let name = header.profile.parse().ok().filter(|_| header.of_team);
            name.is_some_and(|name| Slot::new(&name, &files.0, &files.1) == header.slot)
        });
        headers.max_by_key(|header| header.expires_at)
    };
    let found = match (cache.find(&slot), context.profile_is_named) {
        (Some(entry), _) => Some(entry.header),
        (None, true) => None,
        (None, false) => of_a_team(),
    };
    let said = found.and_then(|header| {
        // A name that is one has nothing in it that a prompt would obey.
        let name: RoleSessionName = header.session_name.parse().ok()?;
        Some((name, header.expires_at - context.now()))
    });
    let Some((name, left)) = said else {
        return Ok(exit_code(true));
    };
    context
        .output
        .result(&format!("{name} {}\n", short_span(left)))?;
    Ok(exit_code(left <= TimeDelta::zero()))
}

fn short_span(left: TimeDelta) -> String {
    match left.num_minutes() {
        _ if left <= TimeDelta::zero() => "expired".to_owned(),
        0 => "<1m".to_owned(),
        m if m < 60 => format!("{m}m"),
        m => format!("{}h{:02}m", m / 60, m % 60),
    }
}

/// One profile.
fn details(context: &Context, report: &Report) -> String {
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

/// All of them; `*` marks the one that is used where none is named.
fn table(context: &Context, installed: &[Installed]) -> String {
    let now = context.now();
    let head = [
        "",
        "PROFILE",
        "ACCOUNT",
        "ROLE",
        "SESSION NAME",
        "CREDENTIALS",
        "SIGN-IN",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut footnotes = String::new();
    for one in installed {
        let mark = |profile: &str| match profile == context.profile.as_str() {
            true => "*".to_owned(),
            false => String::new(),
        };
        match one {
            Installed::Usable(report) => {
                let role = report.role_arn.parse::<RoleArn>();
                let role = role.as_ref();
                rows.push([
                    mark(&report.profile),
                    report.profile.clone(),
                    role.map_or(String::new(), |role| role.account().to_string()),
                    role.map_or(String::new(), |role| role.path_and_name().to_owned()),
                    report.session_name.clone(),
                    report
                        .expires_at
                        .map_or_else(|| "none".to_owned(), |end| left(end, now)),
                    sign_in(report, now),
                ]);
            }
            Installed::Unusable {
                profile,
                error,
                cause,
            } => {
                let row = [
                    mark(profile),
                    profile.clone(),
                    "cannot be used: see below".to_owned(),
                ];
                footnotes += &format!("{}: {}", output::clean(profile), output::clean(error));
                if let Some(cause) = cause {
                    footnotes += &format!(" ({})", output::clean(cause));
                }
                footnotes.push('\n');
                let [mark, profile, account] = row;
                let empty = String::new;
                rows.push([mark, profile, account, empty(), empty(), empty(), empty()]);
            }
        }
    }
    let aligned = aligned(&rows);
    match footnotes.is_empty() {
        true => aligned,
        false => format!("{aligned}\n{footnotes}"),
    }
}

fn left(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match end - now {
        left if left <= TimeDelta::zero() => "over".to_owned(),
        left => format!("{} left", short_span(left)),
    }
}

/// What it takes to get the next credentials.
fn sign_in(report: &Report, now: DateTime<Utc>) -> String {
    match &report.sso {
        _ if report.sign_in_needed => "needed".to_owned(),
        Some(sso) if sso.renewable => "renewed by itself".to_owned(),
        Some(sso) => sso
            .expires_at
            .map_or_else(|| "over".to_owned(), |end| left(end, now)),
        None if report.asks => "each time".to_owned(),
        None => "not needed".to_owned(),
    }
}

/// Columns, two spaces apart. A cell of nothing but itself in its row, as wide as it is, moves no other.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| output::clean(cell)))
        .collect();
    let full = rows.iter().filter(|row| !row[N - 1].is_empty());
    let widths = full.fold([0; N], |widths, row| {
        std::array::from_fn(|at| row[at].chars().count().max(widths[at]))
    });
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_for_a_prompt() {
        let cases = [
            (-1, "expired"),
            (0, "expired"),
            (1, "<1m"),
            (59, "<1m"),
            (60, "1m"),
            (2_579, "42m"),
            (3_600, "1h00m"),
            (43_199, "11h59m"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(short_span(TimeDelta::seconds(seconds)), expected);
        }
    }

    #[test]
    fn columns() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [
            row(["", "A", "B"]),
            row(["*", "a\u{1b}", "é"]),
            row(["", "cannot be used: see below", ""]),
        ];
        let expected = "   A        B\n*  a\\u{1b}  é\n   cannot be used: see below\n";
        assert_eq!(aligned(&rows), expected);
    }
}
