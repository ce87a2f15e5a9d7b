//! `apono-login`: the user's side of Apono's just-in-time access to EKS.
//!
//! Arrows point one way: `commands -> session -> {source, store} -> {profile, sts, eks, kube} -> sys`.

#![warn(clippy::panic)]

mod aws;
mod cli;
mod commands;
mod context;
mod credentials;
mod diff;
mod eks;
mod explain;
mod failure;
mod kube;
mod names;
mod output;
mod policy;
mod profile;
mod session;
mod source;
mod store;
mod sts;
mod sys;
mod team;
mod yaml;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ContextValue;

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::Output;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    sys::process::forbid_core_dumps();
    let words: Vec<_> = std::env::args_os().collect();
    let cli = cli::Cli::typed(&words).unwrap_or_else(|error| refuse(error, &words));
    let context = match Context::new(&cli.global, cli.uses_profile()) {
        Ok(context) => context,
        Err(failure) => {
            let output = Output {
                color: cli.global.color.into(),
                ..Output::default()
            };
            return report(output, &failure);
        }
    };
    match commands::run(&cli, &context) {
        Ok(code) => code,
        Err(failure) => report(context.output, &failure),
    }
}

/// The command line is not one we understand, or asks for help. What was typed is shown back, so it is cleaned as
/// anybody's text is, and a token that was typed is not repeated.
fn refuse(mut error: clap::Error, words: &[OsString]) -> ! {
    let typed: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, output::clean(&eks::token::redacted(text)))),
            _ => None,
        })
        .collect();
    for (kind, text) in typed {
        error.insert(kind, ContextValue::String(text));
    }
    // clap prints with this choice.
    anstream::ColorChoice::from(cli::color_typed(words)).write_global();
    error.exit()
}

fn report(output: Output, failure: &Failure) -> ExitCode {
    output.failure(failure);
    failure.exit_code()
}

/// Says where, not what: a panic's message can hold anything.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(|l| format!("{}:{}", l.file(), l.line()));
    let failure = Failure::new(Kind::Bug, "this is a bug in apono-login")
        .cause(format!("it stopped at {}", place.unwrap_or_default()))
        .hint(
            "please report it with the command you ran and the output of `apono-login --version`",
        );
    Output::default().failure(&failure);
    std::process::exit(Kind::Bug as i32);
}
