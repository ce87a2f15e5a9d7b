//! The user's browser: whether it can reach a port of this process on 127.0.0.1, and how to open a link in it.
//!
//! [`reach`] decides from plain data, [`open`] starts programs. The environment is read in `context`. A link must not contain a
//! secret: every user of the computer can read command lines.

pub(super) mod command;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::{self, Apart};
use super::program;
use super::system::{System, windows_program};

/// What the environment says about where this process runs.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub system: System,
    /// `SSH_CONNECTION`, `SSH_CLIENT` or `SSH_TTY` is set: the user may be at another computer.
    pub ssh: bool,
    /// Set if this environment has a network of its own: a phrase for what it is, such as "this is a container".
    pub container: Option<&'static str>,
    /// Windows Subsystem for Linux.
    pub wsl: bool,
    /// `DISPLAY` or `WAYLAND_DISPLAY` is set.
    pub display: bool,
    /// `BROWSER`, unchanged.
    pub browser: Option<String>,
    /// `PATH`, unchanged.
    pub path: OsString,
}

/// Whether a browser of the user can reach a port of this process on 127.0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Yes, if it is started with the first of these that works.
    Browser(Vec<Opener>),
    /// No, or it is unknown. `why` is a phrase, such as "this is an SSH session".
    None { why: &'static str },
}

/// A program that opens a link, and its arguments, where `%s` stands for the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    program: PathBuf,
    arguments: Vec<String>,
}

/// Values of `BROWSER` that mean: do not open a browser.
const NO_BROWSER: [&str; 3] = ["none", "false", "true"];
/// The programs of Linux desktops that open links.
const OF_DESKTOPS: &str = "xdg-open:gio open:x-www-browser:sensible-browser";
/// The number of commands in `BROWSER` that are read.
const MAX_COMMANDS: usize = 8;

/// Returns whether a browser can reach this process.
///
/// `BROWSER` takes precedence over every guess: with SSH and in containers, an editor sets it to offer the browser of the user's
/// own computer, with forwarded ports. It is ignored if none of its programs is installed: then it is from copied dotfiles.
pub fn reach(around: &Surroundings) -> Reach {
    if let Some(browser) = &around.browser {
        if NO_BROWSER.contains(&browser.trim()) {
            return Reach::None {
                why: "BROWSER says to open no browser",
            };
        }
        let openers = installed(browser, around);
        if !openers.is_empty() {
            return Reach::Browser(openers);
        }
    }
    let none = |why| Reach::None { why };
    if around.ssh {
        // With X forwarding too: a browser started here could reach it, but the user's own browser is on the other computer.
        return none("this is an SSH session");
    }
    if let Some(container) = around.container {
        return none(container);
    }
    if around.wsl {
        // It depends on the network mode of WSL, which cannot be read from inside.
        return none("browsers on Windows may not reach ports in WSL");
    }
    let one = |program: &str, arguments: &[&str]| {
        Reach::Browser(vec![Opener {
            program: program.into(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        }])
    };
    match around.system {
        System::Mac => one("/usr/bin/open", &[]),
        System::Windows => Reach::Browser(vec![Opener {
            program: windows_program("rundll32.exe"),
            arguments: vec!["url.dll,FileProtocolHandler".to_owned()],
        }]),
        System::Linux if !around.display => none("there is no graphical desktop"),
        System::Linux => match installed(OF_DESKTOPS, around) {
            openers if openers.is_empty() => {
                none("no program to open links is installed, such as xdg-open")
            }
            openers => Reach::Browser(openers),
        },
    }
}

/// Returns those commands of a list, as in `BROWSER`, whose program is installed.
fn installed(commands: &str, around: &Surroundings) -> Vec<Opener> {
    command::commands(commands, around.system)
        .into_iter()
        .take(MAX_COMMANDS)
        .filter_map(|mut words| {
            let program = program::find(&words.remove(0), &around.path, around.system)?;
            Some(Opener {
                program,
                arguments: words,
            })
        })
        .collect()
}

/// No program opened the link.
#[derive(Debug, thiserror::Error)]
#[error("could not start a browser: {}", tried.join("; "))]
pub struct Error {
    /// The programs, in the order in which they were tried, and what each said.
    tried: Vec<String>,
}

/// How long to wait for a program to end. If it still runs then, it is the browser itself.
const WATCHED: Duration = Duration::from_secs(1);
/// The time between two checks.
const POLL: Duration = Duration::from_millis(10);

/// Opens `link` with the first program that works: one that exits with success, or still runs after a second. Each that does
/// not work takes up to a second. The browser goes on after this process ends, and does not get its Ctrl-C.
///
/// # Errors
/// None of them works.
pub fn open(openers: &[Opener], link: &str) -> Result<(), Error> {
    process::close_inherited();
    let mut tried = Vec::new();
    for opener in openers {
        match opener.start(link).and_then(watch) {
            Ok(None) => return Ok(()),
            Ok(Some(status)) => tried.push(format!("{} ({status})", opener.program.display())),
            Err(error) => tried.push(format!("{} ({error})", opener.program.display())),
        }
    }
    Err(Error { tried })
}

impl Opener {
    fn start(&self, link: &str) -> io::Result<Apart> {
        let mut command = process::command(&self.program);
        command.args(command::fill(&self.arguments, link));
        // Ctrl-C goes to the process group in the foreground, which is that of this process.
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            command.process_group(0);
        }
        Apart::start(&mut command)
    }
}

/// Waits until the program ends, or until it counts as the browser itself. Returns the status of a failure.
fn watch(mut program: Apart) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    while started.elapsed() < WATCHED {
        match program.try_wait()? {
            Some(status) => return Ok(Some(status).filter(|status| !status.success())),
            None => sleep(POLL),
        }
    }
    program.leave();
    Ok(None)
}
