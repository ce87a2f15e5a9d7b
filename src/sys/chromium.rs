//! Runs an installed Chrome, Edge, Brave or Chromium with its own user data folder, and intercepts one form that a page posts.
//!
//! The browser is controlled over a pipe that it inherits (`--remote-debugging-pipe`). Unlike a port, no other process can
//! reach it, and the browser closes when this process ends. There are four commands: pause requests to the given URLs,
//! report which windows there are (with the titles and URLs of their pages), open a window, and return these titles once a
//! window waits. Nothing else that happens in the browser is reported.
//! <https://chromedevtools.github.io/devtools-protocol/tot/Fetch/>
//!
//! Reads no environment variables: `context` does.

mod find;
mod pipe;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod windows;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::credentials::Secret;
use crate::sys::file;
pub use find::{NotFound, Places, find};
use pipe::{Hung, Process};
pub use windows::Page;
use windows::{Target, Windows};

/// How long the browser may take to open its first window.
const LONGEST_START: Duration = Duration::from_secs(30);
/// How long a page is shown before it is reported: it may wait for something that only the user can do.
const STILL: Duration = Duration::from_secs(10);
/// The most pages that are reported.
const MOST_REPORTED: usize = 10;

/// A browser that understands DevTools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chromium {
    /// The name to print, such as `Microsoft Edge`.
    pub name: String,
    pub program: PathBuf,
}

/// What the browser is started for.
pub struct Task<'a> {
    /// The first page.
    pub url: &'a str,
    /// The browser's user data folder.
    pub profile: &'a Path,
    /// Patterns for `Fetch.enable`: the URLs to pause.
    pub patterns: &'a [String],
    /// Returns whether the form is posted to this URL.
    pub is_wanted: &'a dyn Fn(&str) -> bool,
    /// Returns whether a redirect to this URL has what the form should have.
    pub is_redirect: &'a dyn Fn(&str) -> bool,
    pub show: Show,
    /// Keeps cookies without a lifetime, which the browser deletes otherwise.
    pub keep_session: bool,
    /// The time limit for all of it.
    pub longest: Duration,
    /// The time limit for each page.
    pub longest_still: Option<Duration>,
    /// Is told of a page that stays.
    pub report: &'a dyn Fn(&Page),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// A window, for the user to sign in.
    Window,
    /// No window, for a site that remembers the user.
    Headless,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not be started: {0}")]
    Start(#[from] io::Error),
    /// `said` is the last line that it wrote to stderr.
    #[error("exited before it opened a window{}", quoted(said))]
    Ended { said: String },
    #[error("the window was closed{}", shown(page))]
    Closed { page: Option<Page> },
    #[error("no response was posted to AWS within {} seconds{}", longest.as_secs(), shown(page))]
    TimedOut {
        longest: Duration,
        page: Option<Page>,
    },
    #[error("the identity provider redirected to AWS, but AWS accepts only a form (POST)")]
    ByRedirect,
    /// The program is not a Chromium browser, or a policy forbids DevTools.
    #[error("cannot be controlled: {why}{}", quoted(said))]
    Deaf { why: String, said: String },
    #[error("a page posted more data to AWS than AWS accepts")]
    TooLarge,
}

impl Error {
    /// Returns the error without what the browser printed and showed.
    pub fn plain(&self) -> String {
        match self {
            Error::Ended { .. } => Error::Ended {
                said: String::new(),
            }
            .to_string(),
            Error::Deaf { .. } => "cannot be controlled".to_owned(),
            Error::Closed { .. } => Error::Closed { page: None }.to_string(),
            Error::TimedOut { longest, .. } => Error::TimedOut {
                longest: *longest,
                page: None,
            }
            .to_string(),
            error => error.to_string(),
        }
    }
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!("; its output: {said}"),
    }
}

fn shown(page: &Option<Page>) -> String {
    let page = page.as_ref().map(|page| format!("; it showed {page}"));
    page.unwrap_or_default()
}

/// Opens the first page, and waits until some page posts a form to the wanted URL. The form is intercepted: the request never
/// reaches that URL. Then the browser is closed.
///
/// # Errors
/// No such form was posted.
pub fn intercept_post(browser: &Chromium, task: &Task<'_>) -> Result<Secret, Error> {
    let mut process = Process::start(&browser.program, &flags(task))?;
    let caught = converse(&mut process, task);
    process.close();
    // The browser keeps forms that were posted, for the tabs that it could restore: the response too. If that cannot be
    // removed, the folder is still private.
    let _ = file::remove_folder(&task.profile.join("Default/Sessions"));
    caught
}

fn flags(task: &Task<'_>) -> Vec<std::ffi::OsString> {
    let mut folder = std::ffi::OsString::from("--user-data-dir=");
    folder.push(task.profile);
    let mut flags = vec![folder];
    let words = [
        "--no-first-run",
        "--no-default-browser-check",
        // The first window is opened once requests are paused.
        "--no-startup-window",
    ];
    flags.extend(words.map(Into::into));
    if task.show == Show::Headless {
        flags.push("--headless=new".into());
    }
    if task.keep_session {
        // There are no windows to restore: see `intercept_post`.
        flags.push("--restore-last-session".into());
    }
    flags
}

/// A message of the browser: the response to a command, or an event. Other fields are ignored.
#[derive(Debug, Deserialize)]
struct Message {
    error: Option<Refusal>,
    id: Option<u64>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    params: Params,
    result: Option<Answer>,
}

/// The response to a command. Only one has windows in it.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default, rename = "targetInfos")]
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(default)]
    message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    request_id: Option<String>,
    request: Option<Request>,
    target_info: Option<Target>,
    target_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    url: String,
    method: String,
    post_data: Option<Secret>,
}

fn converse(process: &mut Process, task: &Task<'_>) -> Result<Secret, Error> {
    let started = Instant::now();
    let patterns = task.patterns.iter();
    let patterns: Vec<_> = patterns.map(|url| json!({ "urlPattern": url })).collect();
    let orders = [
        ("Fetch.enable", json!({ "patterns": patterns })),
        (
            "Target.setDiscoverTargets",
            json!({ "discover": true, "filter": [{ "type": "page" }] }),
        ),
        ("Target.createTarget", json!({ "url": task.url })),
    ];
    for (method, params) in orders {
        process.send(method, &params);
    }
    let mut windows = Windows::default();
    let mut reports = MOST_REPORTED;
    loop {
        let page = windows.last();
        let Some(wait) = wait(started, task, &windows) else {
            return Err(match windows.had_one {
                _ if windows.are_gone() => Error::Closed { page },
                true => Error::TimedOut {
                    longest: started.elapsed(),
                    page,
                },
                false => deaf("no response", process),
            });
        };
        if task.show == Show::Window && windows.asks(STILL) {
            process.send(
                "Target.getTargets",
                &json!({ "filter": [{ "type": "page" }] }),
            );
        }
        let bytes = match process.next(wait) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(Hung::TooLong) => return Err(Error::TooLarge),
            Err(Hung::Up) if windows.had_one => return Err(Error::Closed { page }),
            Err(Hung::Up) => {
                return Err(Error::Ended {
                    said: process.last_words(),
                });
            }
        };
        let Ok(message) = serde_json::from_slice::<Message>(&bytes) else {
            return Err(deaf("not a DevTools response", process));
        };
        if let (Some(refusal), Some(id)) = (&message.error, message.id)
            && id <= 3
        {
            return Err(deaf(&refusal.message, process));
        }
        if let Some(Answer { targets }) = &message.result
            && reports > 0
            && let Some(page) = windows.told(targets)
        {
            reports -= 1;
            (task.report)(&page);
        }
        let Params {
            request_id,
            request,
            target_info,
            target_id,
        } = message.params;
        match (message.method.as_str(), target_info, target_id) {
            ("Target.targetCreated", Some(target), _) => windows.opened(&target),
            ("Target.targetInfoChanged", Some(target), _) => windows.changed(&target),
            ("Target.targetDestroyed", _, Some(id)) => windows.closed(&id),
            _ => {}
        }
        let (Some(id), Some(request)) = (request_id, request) else {
            continue;
        };
        match request.post_data {
            Some(form) if request.method == "POST" && (task.is_wanted)(&request.url) => {
                process.send("Fetch.fulfillRequest", &done(&id));
                return Ok(form);
            }
            _ if (task.is_redirect)(&request.url) => return Err(Error::ByRedirect),
            _ => process.send("Fetch.continueRequest", &json!({ "requestId": id })),
        }
    }
}

fn deaf(why: &str, process: &Process) -> Error {
    Error::Deaf {
        why: why.chars().take(200).collect(),
        said: process.last_words(),
    }
}

/// Returns how long to wait for the next message. `None` if the time is up or all windows are closed.
fn wait(started: Instant, task: &Task<'_>, windows: &Windows) -> Option<Duration> {
    let longest = match windows.had_one {
        true => task.longest,
        false => task.longest.min(LONGEST_START),
    };
    let left = longest.checked_sub(started.elapsed())?;
    let still = task.longest_still.map(|limit| windows.until_still(limit));
    if still == Some(Duration::ZERO) {
        return None;
    }
    let waits = [
        windows.patience()?,
        still.unwrap_or(Duration::MAX),
        windows.until_asked(STILL),
    ];
    Some(waits.into_iter().fold(left, Duration::min))
}

/// Returns the response to the page, in place of AWS's. It shows if the browser takes a moment to close.
fn done(request: &str) -> Value {
    use base64::Engine as _;
    let page = "<!doctype html><title>Signed in</title><p>You are signed in. This window closes automatically.";
    json!({
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [{ "name": "Content-Type", "value": "text/html; charset=utf-8" }],
        "body": base64::engine::general_purpose::STANDARD.encode(page),
    })
}
