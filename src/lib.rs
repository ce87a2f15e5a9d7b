//! `apono-login`: the user's side of just-in-time access to EKS with Apono.
//!
//! A profile in `~/.aws/config` names a role to assume. This program gets source credentials, signs the user in where needed,
//! assumes the role with the user's email as session name, caches the credentials, and serves them to kubectl (`get-token`) and
//! to AWS tools (`export-credentials`).
//!
//! # Two files
//!
//! On Linux the program is two files in one folder. `apono-login` has only what [`hit`] needs: it answers what the cache knows, and
//! hands all else over to `apono-login-full`, which has everything, and works alone, too. Every call of kubectl starts it, and
//! most of the work of starting a program of 8 MiB that the system may load anywhere is to adjust 14,000 addresses in it. Fixed
//! addresses would save that work, but are a gift to attackers. Elsewhere the system's linker does that work when a page is needed, and
//! keys are bound to the program that made them: `apono-login` is the whole program there.
//!
//! # Modules
//!
//! From the top down. A module uses those below it, never one above or beside it in a circle.
//!
//! | module | owns |
//! |---|---|
//! | [`hit`] | answers from the cache, with nothing that a hit does not need |
//! | [`commands`] | one file for each command: reads its arguments, calls the modules below, prints the result |
//! | [`setup`] | the one way a laptop is set up or cleaned: read, decide, apply |
//! | [`doctor`] | the check of every step from this computer to the cluster |
//! | [`policy`] | for admins: the documents of the Apono guide, and the check of an existing setup |
//! | [`session`] | which profiles a command uses, and the role credentials of a profile: cached; else lock, look again, fetch, store |
//! | [`signin`] | source credentials and sign-ins, a folder for each method, and the lock of a sign-in |
//! | [`aws`], [`eks`] | calls to AWS: parameters, checks of responses, kinds of failures, EKS tokens |
//! | [`store`] | the credential cache: entries, sealing, and the key in a keyring or file |
//! | [`profile`] | profiles: reading, planning a login, editing config files |
//! | [`kube`] | kubeconfig files, the exec plugin API, requests to a cluster |
//! | [`diff`], [`yaml`] | diffs without secrets; YAML as Kubernetes tools read it |
//! | [`context`] | the environment, the home directory, the clock, the terminal |
//! | [`cli`] | the definition of the command line, as types |
//! | [`output`] | everything that is printed |
//! | [`sys`] | the computer: files, locks, programs, browsers, shells, HTTP. Knows nothing of AWS or Kubernetes |
//! | [`names`], [`credentials`], [`failure`] | validated names, secrets in memory, the shape of an error |
//!
//! Decisions are plain data: [`profile::plan`] says what a login will do, [`setup::changes`] what an installation changes. These,
//! [`profile::edit`], [`kube::config`] and [`policy`] are pure: the callers do the input and output. Where a set of cases is closed, it is an enum and a
//! `match`; there are no traits for tests to replace.
//!
//! # Invariants
//!
//! 1. **One reader of the environment.** [`context`] reads variables and the clock, and passes them down as values. `main` reads
//!    the command line. Libraries read some variables themselves: anstream those about color, dirs `HOME`, and the SDK
//!    `AWS_ACCESS_KEY_ID` and its companions, for `credential_source = Environment`.
//! 2. **One printer.** [`output`] prints: results on stdout, all else on stderr, without control characters of remote texts, in
//!    colors where one function says so. Only [`sys::prompt`] prints directly, the question that it asks.
//! 3. **One writer of files.** [`sys::file`] reads with a limit, replaces atomically, and removes. Files that other programs write
//!    too are changed by [`sys::edit`] alone. Lock files are made by [`sys::lock`].
//! 4. **One starter of programs.** [`sys::process::command`] makes each command; the callers in [`sys`] and `exec` run it.
//! 5. **No secret outside its type.** [`credentials::Secret`], the sealing key and the SDK's `Credentials` never print their value;
//!    the first two are wiped from memory. No secret is an argument of a program. They leave in requests to AWS, in the sealed
//!    cache, in `~/.aws/sso/cache` (the format of all AWS tools), in `~/.aws/login/cache` (the private key of `aws login`, in
//!    another encoding), and through `get-token`, `export-credentials` and `exec`.
//!
//! `clippy.toml` guards 1, 3 and 4; the lints in `Cargo.toml` guard 2; the tests look for secrets in the output of every run, and in
//! all files that it leaves.
//!
//! # Where do I add …
//!
//! * a command or flag: its type in [`cli`], its file in [`commands`], a line in `commands::run`; completions follow from the type.
//! * a key of a profile: [`profile::keys`], then [`profile::plan`]. If it changes the credentials, also [`profile::identity`].
//! * a kind of source credentials: a variant of [`profile::plan::Source`] or [`profile::plan::Root`]; the compiler lists the rest.
//! * a way to sign in: a variant of [`profile::plan::Source`] and of [`signin::SignIn`], a module in [`signin`]; to install it, a
//!   variant of [`setup::source::Source`] and a module in [`setup::questions`].
//! * something that `install` writes or `uninstall` removes: [`setup::changes`]. What belongs to apono-login is in [`profile::ours`]
//!   and [`kube::config::Ours`], and nowhere else.
//! * a hint or the wording of an error: `explain` of the module whose error it is. A failure that only one command can have: in that
//!   command.
//! * a check of `doctor`: a step in [`doctor`], with who can fix it ([`failure::Owner`]).
//! * a check of `policy check`: [`policy::check`], in the file of its subject.
//! * a document or format of `policy`: a file in `policy/templates`, and its name in [`policy::document`].
//! * a store of the cache key: a variant of [`store::Store`], and a file in [`store::keyring`].
//! * a value from outside: a row of the table in [`names`].
//! * something that differs by operating system: [`sys`].

#![warn(clippy::panic)]

mod aws;
mod cli;
mod commands;
mod context;
mod credentials;
mod diff;
mod doctor;
mod eks;
mod failure;
mod hit;
mod kube;
mod names;
mod output;
mod policy;
mod profile;
mod session;
mod setup;
mod signin;
mod store;
mod sys;
mod yaml;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ContextValue;

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::Output;
#[cfg(target_os = "linux")]
use crate::sys::process::FULL;

/// Runs `apono-login`. On Linux it answers what the cache knows, and hands everything else over to `apono-login-full`, which is in
/// the same folder: starting a program takes the longer the larger it is, and this one is started by every call of kubectl.
pub fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    {
        start();
        let words: Vec<_> = std::env::args_os().collect();
        hit::answer(&words).unwrap_or_else(|| hand_over(&words))
    }
    #[cfg(not(target_os = "linux"))]
    full()
}

/// Runs `apono-login-full`, the whole program.
pub fn full() -> ExitCode {
    start();
    let words: Vec<_> = std::env::args_os().collect();
    if let Some(code) = hit::answer(&words) {
        return code;
    }
    let without_tokens = words
        .iter()
        .map(|word| eks::token::redacted(&word.to_string_lossy()));
    failure::command::remember(&without_tokens.map(OsString::from).collect::<Vec<_>>());
    let cli = cli::Cli::typed(&words).unwrap_or_else(|error| refuse(error, &words));
    // The command of `exec` gets them.
    if !matches!(cli.command, Some(cli::Command::Exec(_))) {
        sys::process::remember_inherited();
    }
    let context = match Context::new(&cli.global, cli.uses_profile()) {
        Ok(context) => context,
        Err(failure) => {
            let output = Output {
                color: cli::color(cli.global.color),
                ..Output::default()
            };
            return report(output, &failure);
        }
    };
    session::choice::tell_hints(&cli.global);
    match commands::run(&cli, &context) {
        Ok(code) => code,
        Err(failure) => report(context.output, &failure),
    }
}

/// musl's own allocator takes and returns a page for almost every size: a third of a hit's system calls, and half the time of much
/// work.
#[cfg(all(target_os = "linux", target_env = "musl"))]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn start() {
    std::panic::set_hook(Box::new(report_bug));
    sys::process::forbid_core_dumps();
}

/// Runs the whole program in place of this one, under the path of this one.
#[cfg(target_os = "linux")]
fn hand_over(words: &[OsString]) -> ExitCode {
    let started_as = Context::own_path();
    let name = match &started_as {
        Ok(path) => path.into(),
        Err(_) => words.first().cloned().unwrap_or_default(),
    };
    let beside = sys::process::beside(FULL).or_else(|error| match &started_as {
        Ok(path) => Ok(std::path::Path::new(path).with_file_name(FULL)),
        Err(_) => Err(error),
    });
    let error = match beside {
        Ok(path) => {
            let error = sys::process::replace_with(&path, &name, words.iter().skip(1));
            format!("{}: {error}", path.display())
        }
        Err(error) => match started_as {
            // It says what is wrong with /proc.
            Err(failure) => return report(Output::default(), &failure),
            Ok(_) => error.to_string(),
        },
    };
    let failure = Failure::refused(format!(
        "could not run {FULL}, the larger half of apono-login"
    ))
    .cause(error)
    .hint(format!(
        "put {FULL} in the same folder, or install apono-login again"
    ));
    report(Output::default(), &failure)
}

/// Prints what clap says about the command line, an error or the help, and exits. The text repeats arguments: they are cleaned,
/// and tokens in them are redacted.
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
    let output = Output {
        color: cli::color(cli::color_typed(words)),
        ..Output::default()
    };
    output.of_clap(&error);
    std::process::exit(error.exit_code())
}

fn report(output: Output, failure: &Failure) -> ExitCode {
    output.failure(failure);
    failure.exit_code()
}

/// Reports a panic by its place in the source, without its message, which could contain a secret.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(|l| format!("{}:{}", l.file(), l.line()));
    let failure = Failure::new(Kind::Bug, "this is a bug in apono-login")
        .cause(format!("crashed at {}", place.unwrap_or_default()))
        .hint(
            "report this bug, with the command you ran and the output of `apono-login --version`",
        );
    Output::default().failure(&failure);
    std::process::exit(Kind::Bug.code().into());
}
