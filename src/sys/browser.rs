//! The person's browser: whether it could reach a port of ours on 127.0.0.1, and how it is started.
//!
//! [`reach`] decides from plain data; [`open`] starts programs. Reads no environment: `context` does. Knows nothing of the
//! link but its text, and takes no secret: command lines are readable by everybody on the machine.

pub(in crate::sys) mod command;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use super::program;
use super::system::System;

/// What the environment says about where we run.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub system: System,
    /// `SSH_CONNECTION`, `SSH_CLIENT` or `SSH_TTY` is set: the person may sit elsewhere.
    pub ssh: bool,
    /// A network of its own, and a phrase for what it is: "this is a container".
    pub container: Option<&'static str>,
    /// Linux under Windows.
    pub wsl: bool,
    /// `DISPLAY` or `WAYLAND_DISPLAY` is set.
    pub display: bool,
    /// `BROWSER`, raw.
    pub browser: Option<String>,
    /// `PATH`, raw.
    pub path: OsString,
}

/// Can a browser of this person reach a port of ours on 127.0.0.1?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Yes, by the first of these that works.
    Browser(Vec<Opener>),
    /// No, or it cannot be known. `why` is a phrase: "this is an SSH session".
    None { why: &'static str },
}

/// A program that opens a link, and its arguments. `%s` in them stands for the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    program: PathBuf,
    arguments: Vec<String>,
}

/// Words in `BROWSER` by which people say that none shall be opened.
const NO_BROWSER: [&str; 3] = ["none", "false", "true"];

/// A person who sets `BROWSER` has said that there is one, so it comes before every guess: under SSH and in containers it is
/// how an editor at the other end offers the browser over there, with our port forwarded. One that names no program that is
/// here counts as not set: it came with somebody's dotfiles.
pub fn reach(around: &Surroundings) -> Reach {
    if let Some(browser) = &around.browser {
        if NO_BROWSER.contains(&browser.trim()) {
            return Reach::None {
                why: "BROWSER says that none shall be opened",
            };
        }
        let openers = command::openers(browser, around);
        if !openers.is_empty() {
            return Reach::Browser(openers);
        }
    }
    let none = |why| Reach::None { why };
    if around.ssh {
        // With X forwarding too: a browser started here could, but the one that the person uses is at the other end.
        return none("this is an SSH session");
    }
    if let Some(container) = around.container {
        return none(container);
    }
    if around.wsl {
        // It depends on WSL's network mode, which does not show from inside.
        return none("a browser of Windows may not reach a port of WSL");
    }
    let with = |program: PathBuf, arguments: &[&str]| Opener {
        program,
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
    };
    match around.system {
        System::Mac => Reach::Browser(vec![with("/usr/bin/open".into(), &[])]),
        // Rust looks for it beside this program and in the system's directory before the PATH, never in the current one.
        System::Windows => Reach::Browser(vec![with(
            "rundll32.exe".into(),
            &["url.dll,FileProtocolHandler"],
        )]),
        System::Linux if !around.display => none("there is no graphical desktop"),
        System::Linux => {
            let openers: Vec<_> = [
                ("xdg-open", &[][..]),
                ("gio", &["open"]),
                ("x-www-browser", &[]),
                ("sensible-browser", &[]),
            ]
            .into_iter()
            .filter_map(|(name, words)| {
                Some(with(
                    program::find(name, &around.path, around.system)?,
                    words,
                ))
            })
            .collect();
            if openers.is_empty() {
                return none("no program that opens links is installed, such as xdg-open");
            }
            Reach::Browser(openers)
        }
    }
}

/// No opener worked.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    /// The programs, in the order they were tried.
    pub tried: Vec<(PathBuf, Trouble)>,
}

/// Why one opener did not work.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Start(#[from] io::Error),
    #[error("{0}")]
    Exit(ExitStatus),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no browser could be started")?;
        for (index, (program, trouble)) in self.tried.iter().enumerate() {
            let joint = if index == 0 { ": " } else { "; " };
            write!(f, "{joint}{} ({trouble})", program.display())?;
        }
        Ok(())
    }
}

/// How long an opener is watched. One that still runs then is the browser itself.
const WATCHED: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(10);

/// Opens `link` with the first opener that works: that exits with success or still runs after a second. Takes up to a second
/// for each that does not. The browser outlives us and our Ctrl-C.
///
/// # Errors
/// None of them works.
pub fn open(openers: &[Opener], link: &str) -> Result<(), Error> {
    let mut tried = Vec::new();
    for opener in openers {
        match opener.start(link).map_err(Trouble::Start).and_then(watch) {
            Ok(()) => return Ok(()),
            Err(trouble) => tried.push((opener.program.clone(), trouble)),
        }
    }
    Err(Error { tried })
}

impl Opener {
    fn start(&self, link: &str) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args(command::fill(&self.arguments, link))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C goes to the process group in the foreground: ours.
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            command.process_group(0);
        }
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
        }
        command.spawn()
    }
}

fn watch(mut child: Child) -> Result<(), Trouble> {
    let started = Instant::now();
    while started.elapsed() < WATCHED {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(Trouble::Exit(status)),
            None => sleep(GLANCE),
        }
    }
    // Whenever it ends, it leaves no zombie. Without the thread it would until we end: no harm.
    let _ = Builder::new().spawn(move || child.wait());
    Ok(())
}
