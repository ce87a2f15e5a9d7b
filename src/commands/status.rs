//! `status`: who you are, and when your credentials expire. Needs no network and no prompt. Credentials count only if they can be
//! decrypted, as `get-token` has to; for a shell's prompt, no other program is asked for their key.

use std::process::ExitCode;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::{Status, StatusFormat};
use crate::context::Context;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, RoleArn, RoleSessionName};
use crate::output::{self, Style, until};
use crate::session::choice::{self, Accepts};
use crate::session::status::{self, All, Installed, Report};
use crate::session::{LastFailure, Session};

pub fn run(context: &Context, args: &Status) -> Result<ExitCode, Failure> {
    if args.short {
        return short(context);
    }
    let session = Session::new(context)?;
    let chosen = choice::choose(&session, Accepts::Some)?;
    // Where several are meant, JSON shows the first usable one at its top level.
    let first = chosen.first().unwrap_or(&context.profile);
    let of_first = context.with_chosen(first.clone());
    // A profile that is shown in two places is the same in both.
    let now = context.now();
    let mut in_use = status::report(&session.of(&of_first), now);
    for other in chosen.iter().skip(1) {
        if in_use.is_ok() {
            break;
        }
        let of_other = context.with_chosen(other.clone());
        in_use = status::report(&session.of(&of_other), now).or(in_use);
    }
    let installed = match (args.output, context.profile_is_named) {
        (StatusFormat::Text, true) => Vec::new(),
        _ => status::installed(&session, now)?,
    };
    let text = match (args.output, &in_use) {
        (StatusFormat::Json, Ok(in_use)) => output::json(&All {
            in_use,
            profiles: &installed,
        }),
        (StatusFormat::Text, _) if installed.len() > 1 => {
            let used = (chosen.len() == 1).then_some(first);
            overview(context, used, &installed)
        }
        (StatusFormat::Text, Ok(report)) => block(&details(context, report), 0, context.width()),
        (_, Err(_)) => String::new(),
    };
    context.output.result(&text)?;
    Ok(exit_code(match chosen.len() {
        1 => in_use?.sign_in_needed,
        _ if in_use.is_err() => return in_use.map(|_| ExitCode::SUCCESS),
        _ => installed.iter().any(Installed::needs_sign_in),
    }))
}

/// Returns the exit code for scripts. A needed sign-in is no failure, so no error is printed.
fn exit_code(sign_in_needed: bool) -> ExitCode {
    match sign_in_needed {
        true => ExitCode::from(Kind::SignInNeeded.code()),
        false => ExitCode::SUCCESS,
    }
}

/// Prints a line for a shell's prompt.
fn short(context: &Context) -> Result<ExitCode, Failure> {
    let Some((name, left)) = status::last_to_expire(context)? else {
        return Ok(exit_code(true));
    };
    let (line, code) = short_line(&name, left);
    context.output.result(&line)?;
    Ok(code)
}

/// Returns the same line and exit code for the profile itself, with what is at hand: see [`Session::header_at_hand`].
pub fn short_at_hand(context: &Context, session: &Session<'_>) -> Option<(String, ExitCode)> {
    let header = session.header_at_hand()?;
    let (name, left) = status::name_and_time_left(context, &header)?;
    Some(short_line(&name, left))
}

fn short_line(name: &RoleSessionName, left: TimeDelta) -> (String, ExitCode) {
    let line = format!("{name} {}\n", short_span(left));
    (line, exit_code(left <= TimeDelta::zero()))
}

fn short_span(left: TimeDelta) -> String {
    match left.num_minutes() {
        _ if left <= TimeDelta::zero() => "expired".to_owned(),
        0 => "<1m".to_owned(),
        m if m < 60 => format!("{m}m"),
        m => format!("{}h{:02}m", m / 60, m % 60),
    }
}

/// Returns the keys and values of one profile.
fn details(context: &Context, report: &Report) -> Vec<(&'static str, String)> {
    let now = context.now();
    let mut rows = vec![
        ("profile", report.profile.clone()),
        ("role", report.role_arn.clone()),
        ("session name", report.session_name.clone()),
        ("source", report.source.clone()),
        ("credentials", credentials(report, now)),
    ];
    if let Some(sso) = &report.sso {
        let state = match sso.expires_at {
            Some(end) if sso.renewable => {
                format!("{}, renewed automatically", expires(end, now))
            }
            Some(end) => expires(end, now),
            None => "none".to_owned(),
        };
        rows.push(("SSO session", state));
    }
    let store = match &report.store_fallback {
        Some(why) => format!("{} ({why})", report.store),
        None => report.store.to_owned(),
    };
    rows.push(("store", store));
    rows.extend(report.cache_problem.clone().map(|why| ("cache", why)));
    rows.extend(warnings(report));
    rows
}

fn warnings(report: &Report) -> impl Iterator<Item = (&'static str, String)> {
    let failure = report.last_failure.as_ref().map(LastFailure::line);
    let failure = failure.map(|line| ("last failure", line));
    let warnings = report.warnings.iter();
    failure
        .into_iter()
        .chain(warnings.map(|warning| ("warning", warning.clone())))
}

/// Returns when an SSO session expires or expired: `expires … (in 59 min)`, or `… (expired)`.
fn expires(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match end > now {
        true => format!("expires {}", until(end, now)),
        false => until(end, now),
    }
}

/// Returns when the credentials expire, or how to get new ones.
fn credentials(report: &Report, now: DateTime<Utc>) -> String {
    let state = match report.expires_at {
        Some(end) if end > now => return format!("expire {}", until(end, now)),
        Some(end) => until(end, now),
        None if report.undecryptable => "cannot be decrypted: the key is gone".to_owned(),
        None => "none".to_owned(),
    };
    format!("{state}; run `{}`", report.login_command)
}

/// Returns the keys and values of one of several profiles.
fn short_details(context: &Context, report: &Report) -> Vec<(&'static str, String)> {
    let now = context.now();
    let rows = [
        ("role", report.role_arn.clone()),
        ("session name", report.session_name.clone()),
        ("credentials", credentials(report, now)),
        ("sign-in", sign_in(report, now)),
    ];
    rows.into_iter().chain(warnings(report)).collect()
}

/// Returns lines of keys and values, the values wrapped to their column.
fn block(rows: &[(&str, String)], indent: usize, width: usize) -> String {
    let column = indent + 14;
    let line = |(key, value): &(&str, String)| {
        let value = output::wrapped(&output::clean(value), column, column, width);
        format!("{:indent$}{key:<13} {value}\n", "")
    };
    rows.iter().map(line).collect()
}

/// Returns all profiles: as a table if it fits the width, else a block for each. `*` marks the profile that is used where none
/// is named.
fn overview(context: &Context, used: Option<&ProfileName>, installed: &[Installed]) -> String {
    let (width, palette) = (context.width(), context.output.stdout());
    let table = table(context, used, installed);
    if table.lines().any(|line| output::chars(line) > width) {
        let notes: Vec<_> = of_cache(installed).into_iter().collect();
        return blocks(context, used, installed) + &lines_below(&notes, width);
    }
    let (head, rows) = table.split_once('\n').unwrap_or_default();
    let mut text = format!("{}\n{rows}", palette.paint(Style::Heading, head));
    text += &footnotes(installed, width);
    let needed: Vec<_> = installed.iter().filter(|one| one.needs_sign_in()).collect();
    let command = match needed.as_slice() {
        [] => return text,
        [Installed::Usable(report)] => &report.login_command,
        _ => &Command::new("login --all").to_string(),
    };
    let hint = format!("to sign in, run `{command}`");
    let indent = "hint: ".len();
    let hint = output::wrapped(&hint, indent, indent, width);
    let label = palette.paint(Style::Hint, "hint:");
    text += &format!("\n{label} {hint}\n");
    text
}

fn blocks(context: &Context, used: Option<&ProfileName>, installed: &[Installed]) -> String {
    let (width, palette) = (context.width(), context.output.stdout());
    let block = |one: &Installed| {
        let rows = match one {
            Installed::Usable(report) => short_details(context, report),
            Installed::Unusable { error, cause, .. } => {
                let mut rows = vec![("error", error.clone())];
                rows.extend(cause.clone().map(|cause| ("cause", cause)));
                rows
            }
        };
        let name = output::clean(one.profile());
        let name = palette.paint(Style::Heading, &name);
        let mark = mark(used, one);
        format!("{mark:1} {name}\n{}", block(&rows, 4, width))
    };
    let blocks: Vec<String> = installed.iter().map(block).collect();
    blocks.join("\n")
}

fn mark(used: Option<&ProfileName>, one: &Installed) -> &'static str {
    match used.is_some_and(|used| used.as_str() == one.profile()) {
        true => "*",
        false => "",
    }
}

fn table(context: &Context, used: Option<&ProfileName>, installed: &[Installed]) -> String {
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
    for one in installed {
        let mut row = [const { String::new() }; 7];
        row[0] = mark(used, one).to_owned();
        row[1] = one.profile().to_owned();
        match one {
            Installed::Usable(report) => {
                if let Ok(role) = report.role_arn.parse::<RoleArn>() {
                    row[2] = role.account().to_string();
                    row[3] = role.path_and_name().to_owned();
                }
                row[4] = report.session_name.clone();
                row[5] = report
                    .expires_at
                    .map_or_else(|| "none".to_owned(), |end| left(end, now));
                row[6] = sign_in(report, now);
            }
            Installed::Unusable { .. } => row[2] = "cannot be used: see below".to_owned(),
        }
        rows.push(row);
    }
    aligned(&rows)
}

/// Returns what the table has no place for: why profiles cannot be used, and their warnings.
fn footnotes(installed: &[Installed], width: usize) -> String {
    let mut notes = Vec::new();
    for one in installed {
        let profile = one.profile();
        match one {
            Installed::Unusable { error, cause, .. } => {
                let cause = cause.as_ref().map(|cause| format!(" ({cause})"));
                notes.push(format!("{profile}: {error}{}", cause.unwrap_or_default()));
            }
            Installed::Usable(report) => {
                let failure = report.last_failure.as_ref().map(LastFailure::line);
                notes.extend(failure.map(|line| format!("{profile}: last failure: {line}")));
                let warnings = report.warnings.iter();
                notes.extend(warnings.map(|warning| format!("{profile}: {warning}")));
            }
        }
    }
    notes.extend(of_cache(installed));
    lines_below(&notes, width)
}

/// Returns why nothing can be cached, if that is so: the cache is one for all profiles.
fn of_cache(installed: &[Installed]) -> Option<String> {
    installed.iter().find_map(|one| match one {
        Installed::Usable(report) => Some(format!("cache: {}", report.cache_problem.as_ref()?)),
        Installed::Unusable { .. } => None,
    })
}

fn lines_below(notes: &[String], width: usize) -> String {
    let lines = notes.iter().map(|note| {
        let line = output::wrapped(&output::clean(note), 0, 2, width);
        format!("{line}\n")
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n{lines}"),
    }
}

fn left(end: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match end - now {
        left if left <= TimeDelta::zero() => "expired".to_owned(),
        left => format!("{} left", output::span(left)),
    }
}

/// Returns what the next credentials need from the person.
fn sign_in(report: &Report, now: DateTime<Utc>) -> String {
    match &report.sso {
        _ if report.sign_in_needed => "needed".to_owned(),
        Some(sso) if sso.renewable => "automatic".to_owned(),
        Some(sso) => sso
            .expires_at
            .map_or_else(|| "expired".to_owned(), |end| left(end, now)),
        None if report.needs_person => "each time".to_owned(),
        None => "not needed".to_owned(),
    }
}

/// Returns the rows in columns, two spaces apart. A row without a last cell does not widen the columns.
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
