//! `man`: the manual pages, made from the same definition as the command line.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{Cli, Man};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::sys::file;

/// What each exit status means; the numbers are those of [`Kind`].
const EXIT_STATUS: [(&str, &str); 7] = [
    ("0", "Done."),
    (
        "1",
        "Refused or misconfigured: the hint says who has to change what.",
    ),
    ("2", "The command line is wrong."),
    ("3", "You have to sign in."),
    ("4", "Network trouble or throttling: run it again."),
    ("70", "A fault in apono-login."),
    ("130", "Interrupted (Ctrl-C)."),
];

const ENVIRONMENT: [(&str, &str); 9] = [
    (
        "APONO_PROFILE",
        "The profile, where --profile names none; else it is apono-k8s-access. AWS_PROFILE and credentials in the environment never change it.",
    ),
    (
        "APONO_LOGIN_STORE",
        "Where the key of the cache is kept: auto, kernel, secret-service, keychain, credential-manager or file.",
    ),
    (
        "APONO_LOGIN_BROWSER",
        "The browser that signs in with SAML.",
    ),
    ("BROWSER", "The browser that signs in otherwise."),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "Where AWS's two files are, if not in ~/.aws.",
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "The region, where no flag names one.",
    ),
    (
        "AWS_CA_BUNDLE, HTTPS_PROXY, NO_PROXY",
        "How AWS is reached: a company's certificates, and its proxy.",
    ),
    (
        "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and the like",
        "Where AWS is, for tests.",
    ),
    ("KUBECONFIG", "kubectl's files, if not ~/.kube/config."),
];

const FILES: [(&str, &str); 6] = [
    (
        "~/.aws/config",
        "The profiles. install writes its own sections and keys; every other byte stays.",
    ),
    ("~/.aws/credentials", "Read, never written."),
    (
        "~/.aws/sso/cache",
        "The sign-in at IAM Identity Center, shared with every AWS tool.",
    ),
    (
        "~/.kube/config",
        "The clusters. update-kubeconfig writes three entries for each.",
    ),
    (
        "~/.cache/apono-login",
        "The credentials, encrypted (on macOS in ~/Library/Caches, on Windows in %LOCALAPPDATA%).",
    ),
    (
        "~/.local/share/apono-login/browser",
        "With SAML, what the browser keeps (on macOS in ~/Library/Application Support, on Windows in %LOCALAPPDATA%).",
    ),
];

pub fn run(context: &Context, args: &Man) -> Result<(), Failure> {
    let mut all = Cli::command();
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
    let line = format!("{count} pages are in {}", folder.display());
    context.output.note(&line);
    Ok(())
}

/// The command's page, and those of all below it.
fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    pages.push(page(command)?);
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below
        .into_iter()
        .try_for_each(|below| collect(below, pages))
}

/// A page and the name of its file.
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
    examples(&mut rest, command);
    list(&mut rest, "EXIT STATUS", &EXIT_STATUS);
    // What holds for all commands stands once.
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

/// A page has no date: the same version makes the same page. clap_mangen would put the version in the date's place.
fn title(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let (name, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    format!(".TH {name} 1 \"\" \"apono-login {version}\" \"User Commands\"\n")
}

/// Not every roff reads UTF-8.
fn ascii(page: &str) -> String {
    let escaped = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => format!("\\[u{:04X}]", u32::from(c)),
    };
    page.chars().map(escaped).collect()
}

/// What `--help` shows at its end, line for line.
fn examples(roff: &mut Roff, command: &Command) {
    let Some(text) = command.get_after_help() else {
        return;
    };
    let text = text.to_string();
    let lines = text
        .lines()
        .filter(|line| !matches!(*line, "Examples:" | "Example:"));
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

fn list(roff: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, what) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]).text([roman(*what)]);
    }
}

/// Written to memory: this cannot fail.
fn bug(error: io::Error) -> Failure {
    Failure::new(Kind::Bug, "the manual page could not be made").cause(error.to_string())
}
