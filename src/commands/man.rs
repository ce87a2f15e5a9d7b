//! `man`: prints or writes the manual pages, which are made from the definition of the command line.

use std::io;

use clap::Command;
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};

use crate::cli::{self, Man};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::sys::file;

/// What each exit status means; the numbers are those of [`Kind`].
const EXIT_STATUS: &str = include_str!("man/exit-status.roff");
/// The same for all commands, and so only in the page of `apono-login`.
const ENVIRONMENT_AND_FILES: &str = include_str!("man/environment-and-files.roff");
const SEE_ALSO: &str = ".SH \"SEE ALSO\"\n\\fBapono\\-login\\fR(1)\n";

pub fn run(context: &Context, args: &Man) -> Result<(), Failure> {
    let mut all = cli::definition();
    all.build();
    let mut pages = Vec::new();
    // This cannot fail: pages are written to memory.
    collect(&all, &mut pages).map_err(|error| {
        Failure::new(Kind::Bug, "could not make the manual page").cause(error.to_string())
    })?;
    let Some(folder) = &args.dir else {
        let (_, of_all_commands) = &pages[0];
        return context.output.result(of_all_commands);
    };
    for (name, page) in &pages {
        file::write_public(&folder.join(name), page.as_bytes())?;
    }
    let (count, folder) = (pages.len(), folder.display());
    context
        .output
        .note(&format!("Wrote {count} pages to {folder}"));
    Ok(())
}

/// Collects the page of the command, and those of its subcommands.
fn collect(command: &Command, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    pages.push(page(command)?);
    let mut below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below.try_for_each(|below| collect(below, pages))
}

/// Returns a page and the name of its file.
fn page(command: &Command) -> io::Result<(String, String)> {
    let man = Page::new(command.clone());
    let mut page = title(command).into_bytes();
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    after_help(command).to_writer(&mut page)?;
    let page = ascii(&String::from_utf8_lossy(&page));
    let end = match command.get_name() {
        "apono-login" => ENVIRONMENT_AND_FILES,
        _ => SEE_ALSO,
    };
    Ok((man.get_filename(), format!("{page}{EXIT_STATUS}{end}")))
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

/// Returns the end of the help: paragraphs, and then examples, line for line.
fn after_help(command: &Command) -> Roff {
    let mut roff = Roff::new();
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
    roff
}
