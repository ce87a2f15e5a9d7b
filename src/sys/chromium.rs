//! A Chrome, Edge, Brave or Chromium of the person's, run with a folder of ours to catch one form that a page posts.
//!
//! It is told what to do over a pipe that it inherits (`--remote-debugging-pipe`): unlike a port, nobody else on the machine
//! can reach that, and the browser closes when we are gone. What it is told: stop requests to the addresses that are given,
//! tell which windows there are (their titles and addresses come along, and are not looked at), open one. Of everything else
//! that happens in it we hear nothing.
//! <https://chromedevtools.github.io/devtools-protocol/tot/Fetch/>
//!
//! Reads no environment: `context` does.

mod find;
mod pipe;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::credentials::Secret;
pub use find::{NotFound, Places, find};
use pipe::{Hung, Process};

/// How long a browser may take to do what it is told first.
const LONGEST_START: Duration = Duration::from_secs(30);
/// A page that opens another window may close its own: so long there may be none.
const BETWEEN_WINDOWS: Duration = Duration::from_millis(500);
/// Windows that are counted. Nobody has more; a page could open them without end.
const MOST_WINDOWS: usize = 1_000;

/// A browser that understands DevTools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chromium {
    /// For people: `Microsoft Edge`.
    pub name: String,
    pub program: PathBuf,
}

/// What it is sent for.
pub struct Errand<'a> {
    /// The page to begin with.
    pub url: &'a str,
    /// The folder where it keeps what it remembers.
    pub profile: &'a Path,
    /// Patterns of `Fetch.enable` for the addresses to be watched.
    pub patterns: &'a [String],
    /// Whether this is the address that the form is posted to.
    pub is_wanted: &'a dyn Fn(&str) -> bool,
    pub show: Show,
    /// For all of it.
    pub longest: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// For a person to sign in.
    Window,
    /// Headless: for a site that remembers the person.
    Nothing,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("it could not be started: {0}")]
    Start(#[from] io::Error),
    /// `said` is the end of what it wrote to stderr.
    #[error("it ended before it opened a window{}", quoted(said))]
    Ended { said: String },
    #[error("the window was closed")]
    Closed,
    #[error("nothing was sent to AWS within {} seconds", longest.as_secs())]
    TimedOut { longest: Duration },
    /// Another kind of browser, or one whose administrator forbids DevTools.
    #[error("it cannot be told what to do: {why}{}", quoted(said))]
    Deaf { why: String, said: String },
    #[error("a page sent AWS more than it takes")]
    TooLarge,
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!("; it says: {said}"),
    }
}

/// Opens the page, and waits for the form that some page posts to the wanted address. It is caught on its way: the address is
/// never asked for anything. Then the browser is closed.
///
/// # Errors
/// The form does not come.
pub fn catch_post(browser: &Chromium, errand: &Errand<'_>) -> Result<Secret, Error> {
    let mut process = Process::start(&browser.program, &flags(errand))?;
    let caught = converse(&mut process, errand);
    process.close();
    caught
}

fn flags(errand: &Errand<'_>) -> Vec<std::ffi::OsString> {
    let mut folder = std::ffi::OsString::from("--user-data-dir=");
    folder.push(errand.profile);
    let mut flags = vec![folder];
    let words = [
        "--no-first-run",
        "--no-default-browser-check",
        // The first window is opened when it is being watched.
        "--no-startup-window",
    ];
    flags.extend(words.map(Into::into));
    if errand.show == Show::Nothing {
        flags.push("--headless=new".into());
    }
    flags
}

/// What the browser says, as far as it concerns us: an answer to a command, or an event.
#[derive(Debug, Deserialize)]
struct Message {
    error: Option<Refusal>,
    id: Option<u64>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    params: Params,
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    target_id: String,
}

fn converse(process: &mut Process, errand: &Errand<'_>) -> Result<Secret, Error> {
    let started = Instant::now();
    let patterns = errand.patterns.iter();
    let patterns: Vec<_> = patterns.map(|url| json!({ "urlPattern": url })).collect();
    let orders = [
        ("Fetch.enable", json!({ "patterns": patterns })),
        (
            "Target.setDiscoverTargets",
            json!({ "discover": true, "filter": [{ "type": "page" }] }),
        ),
        ("Target.createTarget", json!({ "url": errand.url })),
    ];
    for (method, params) in orders {
        process.send(method, &params);
    }
    let mut windows = Windows::default();
    loop {
        let Some(wait) = wait(started, errand, &windows) else {
            return Err(match windows.had_one {
                _ if windows.are_gone() => Error::Closed,
                true => Error::TimedOut {
                    longest: errand.longest,
                },
                false => deaf("it does not answer", process),
            });
        };
        let bytes = match process.next(wait) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(Hung::TooLong) => return Err(Error::TooLarge),
            Err(Hung::Up) if windows.had_one => return Err(Error::Closed),
            Err(Hung::Up) => {
                return Err(Error::Ended {
                    said: process.last_words(),
                });
            }
        };
        let Ok(message) = serde_json::from_slice::<Message>(&bytes) else {
            return Err(deaf("its answer is not one of DevTools'", process));
        };
        if let (Some(refusal), Some(id)) = (&message.error, message.id)
            && id <= 3
        {
            return Err(deaf(&refusal.message, process));
        }
        let Params {
            request_id,
            request,
            target_info,
            target_id,
        } = message.params;
        match (message.method.as_str(), target_info, target_id) {
            ("Target.targetCreated", Some(target), _) => windows.opened(target.target_id),
            ("Target.targetDestroyed", _, Some(id)) => windows.closed(&id),
            _ => {}
        }
        let (Some(id), Some(request)) = (request_id, request) else {
            continue;
        };
        match request.post_data {
            Some(form) if request.method == "POST" && (errand.is_wanted)(&request.url) => {
                process.send("Fetch.fulfillRequest", &done(&id));
                return Ok(form);
            }
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

/// How long to wait for the next message. `None` if all is over.
fn wait(started: Instant, errand: &Errand<'_>, windows: &Windows) -> Option<Duration> {
    let longest = match windows.had_one {
        true => errand.longest,
        false => errand.longest.min(LONGEST_START),
    };
    let left = longest.checked_sub(started.elapsed())?;
    match windows.none_since {
        Some(since) => Some(left.min(BETWEEN_WINDOWS.checked_sub(since.elapsed())?)),
        None => Some(left),
    }
}

/// The answer that the page gets in AWS's place, should the browser take a moment to close.
fn done(request: &str) -> Value {
    use base64::Engine as _;
    let page = "<!doctype html><title>Signed in</title><p>You are signed in. This window closes by itself.";
    json!({
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [{ "name": "Content-Type", "value": "text/html; charset=utf-8" }],
        "body": base64::engine::general_purpose::STANDARD.encode(page),
    })
}

/// The windows that are open, tabs among them.
#[derive(Debug, Default)]
struct Windows {
    open: HashSet<String>,
    had_one: bool,
    /// When the last one was closed.
    none_since: Option<Instant>,
}

impl Windows {
    fn opened(&mut self, id: String) {
        if self.open.len() < MOST_WINDOWS {
            self.open.insert(id);
        }
        self.had_one = true;
        self.none_since = None;
    }

    fn closed(&mut self, id: &str) {
        self.open.remove(id);
        if self.open.is_empty() {
            self.none_since = Some(Instant::now());
        }
    }

    fn are_gone(&self) -> bool {
        self.none_since
            .is_some_and(|since| since.elapsed() >= BETWEEN_WINDOWS)
    }
}
