//! `man`: prints or writes the manual pages, which are made from the definition of the command line.

use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{self, Man};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::sys::file;

/// What each exit status means; the numbers are those of [`Kind`].
const EXIT_STATUS: [(&str, &str); 7] = [
    ("0", "Success."),
    (
        "1",
        "Refused or misconfigured: see the hint for what to change.",
    ),
    ("2", "The command line is wrong."),
    ("3", "You have to sign in."),
    ("4", "Network error or throttling: try again."),
    ("70", "Internal error: a bug in apono-login."),
    ("130", "Interrupted (Ctrl-C)."),
];

const ENVIRONMENT: [(&str, &str); 10] = [
    (
        "APONO_PROFILE",
        "The profile to use without --profile; the default is apono-k8s-access. AWS_PROFILE and credentials in the environment have no effect.",
    ),
    (
        "APONO_LOGIN_STORE",
        "Where to keep the encryption key of the cache: auto, kernel, secret-service, keychain, credential-manager or file.",
    ),
    ("APONO_LOGIN_BROWSER", "The browser for SAML sign-ins."),
    ("BROWSER", "The browser for other sign-ins."),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "The AWS config and credentials files, if not those in ~/.aws.",
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "The region to use without --region.",
    ),
    (
        "AWS_CA_BUNDLE, HTTPS_PROXY, NO_PROXY",
        "Certificates to trust, and the proxy to use, for requests to AWS.",
    ),
    (
        "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and the like",
        "Other AWS endpoints, for tests.",
    ),
    ("KUBECONFIG", "The kubeconfig files, if not ~/.kube/config."),
    (
        "NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM",
        "Whether the output is colored, with --color auto.",
    ),
];

const FILES: [(&str, &str); 6] = [
    (
        "~/.aws/config",
        "The profiles. install writes its own sections and keys, and leaves every other byte unchanged.",
    ),
    ("~/.aws/credentials", "Read, never written."),
    (
        "~/.aws/sso/cache",
        "The SSO sessions, shared with every AWS tool.",
    ),
    (
        "~/.kube/config",
        "The clusters. update-kubeconfig writes a cluster, a user and a context for each.",
    ),
    (
        "~/.cache/apono-login",
        "The cached credentials, encrypted (on macOS in ~/Library/Caches, on Windows in %LOCALAPPDATA%).",
    ),
    (
        "~/.local/share/apono-login/browser",
        "The data of the browser for SAML sign-ins (on macOS in ~/Library/Application Support, on Windows in %LOCALAPPDATA%).",
    ),
];

pub fn run(context: &Context, args: &Man) -> Result<(), Failure> {
    let mut all = cli::definition();
    all.build();
    match &args.dir {
        Some(folder) => write(context, &all, folder),
        None => {
            let (_, page) = page(&all).map_err(bug)?;
            context.output.result(&String::from_utf8_lossy(&page))
        }
    }
}

fn write(context: &Context, all: &Command, folder: &Path) -> Result<(), Failure> {
    let mut pages = Vec::new();
    collect(all, &mut pages).map_err(bug)?;
    for (name, page) in &pages {
        file::write_public(&folder.join(name), page)?;
    }
    let count = pages.len();
    let line = format!("Wrote {count} pages to {}", folder.display());
    context.output.note(&line);
    Ok(())
}

/// Collects the page of the command, and those of its subcommands.
fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    pages.push(page(command)?);
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below
        .into_iter()
        .try_for_each(|below| collect(below, pages))
}

/// Returns a page and the name of its file.
fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let man = Page::new(command.clone());
    let mut page = title(command).into_bytes();
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    after_help(&mut rest, command);
    list(&mut rest, "EXIT STATUS", &EXIT_STATUS);
    // These are the same for all commands.
    if command.get_name() == "apono-login" {
        list(&mut rest, "ENVIRONMENT", &ENVIRONMENT);
        list(&mut rest, "FILES", &FILES);
    } else {
        rest.control("SH", ["SEE ALSO"]);
        rest.text([bold("apono-login"), roman("(1)")]);
    }
    rest.to_writer(&mut page)?;
    let page = ascii(&String::from_utf8_lossy(&page));
    Ok((man.get_filename(), page.into_bytes()))
}

/// Returns the title line. It has no date, so that a version always makes the same page; clap_mangen would put the version in
/// the place of the date.
fn title(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let (name, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    format!(".TH {name} 1 \"\" \"apono-login {version}\" \"User Commands\"\n")
}

/// Returns the page in ASCII: not every roff reads UTF-8.
fn ascii(page: &str) -> String {
    let escaped = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => format!("\\[u{:04X}]", u32::from(c)),
    };
    page.chars().map(escaped).collect()
}

/// Writes the end of the help: paragraphs, and then examples, line for line.
fn after_help(roff: &mut Roff, command: &Command) {
    let text = command.get_after_help().map(ToString::to_string);
    let text = text.unwrap_or_default();
    let mut lines = text.lines().peekable();
    let is_heading = |line: &&str| matches!(*line, "Examples:" | "Example:");
    if lines.peek().is_some_and(|line| !is_heading(line)) {
        roff.control("SH", ["NOTES"]);
    }
    for line in lines.by_ref().take_while(|line| !is_heading(line)) {
        match line.is_empty() {
            true => roff.control("PP", []),
            false => roff.text([roman(line)]),
        };
    }
    if lines.peek().is_some() {
        roff.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in lines {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
}

fn list(roff: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, what) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]).text([roman(*what)]);
    }
}

/// Returns the failure of what cannot fail: pages are written to memory.
fn bug(error: io::Error) -> Failure {
    Failure::new(Kind::Bug, "could not make the manual page").cause(error.to_string())
}
