//! The commands, one in each file.

mod alive;
mod complete_values;
mod completions;
mod contexts;
mod environment;
mod exec;
pub mod export_credentials;
pub mod get_token;
pub mod help;
mod install;
mod login;
mod logout;
mod man;
mod policy;
mod refresh_ahead;
pub mod status;
mod sudo;
mod token;
mod uninstall;
mod update_kubeconfig;

use std::process::ExitCode;

use crate::cli::{Cli, Command, ExportFormat, Login};
use crate::context::Context;
use crate::doctor;
use crate::failure::{Failure, Kind};
use crate::profile::ours::Needed;
use crate::profile::plan::SsoSource;
use crate::profile::read::Files;
use crate::profile::sso::comments;
use crate::session::choice;
use crate::setup::changes::{Changes, Left};
use crate::sys::prompt;

/// Runs the command that was typed.
pub fn run(cli: &Cli, context: &Context) -> Result<ExitCode, Failure> {
    let all = match &cli.command {
        None => cli.login.all,
        Some(Command::Login(args)) => args.all,
        Some(Command::Logout(args)) => args.all,
        Some(Command::Uninstall(args)) => args.all,
        Some(_) => false,
    };
    if all && cli.global.profile.is_some() {
        return Err(
            Failure::new(Kind::Usage, "--profile does not go with --all")
                .cause("one names a profile, the other means all of them")
                .hint("leave out one of them"),
        );
    }
    sudo::check(cli, context)?;
    let Some(command) = &cli.command else {
        return login::run(context, &cli.login).map(done);
    };
    if cli.login != Login::default() {
        return Err(Failure::new(
            Kind::Usage,
            "options of login do not go with another command",
        )
        .hint("use them with `apono-login login`, or leave them out"));
    }
    if cli.global.profile.is_some() && !cli.uses_profile() {
        return Err(
            Failure::new(Kind::Usage, "--profile does not go with this command")
                .cause("it does not use a profile")
                .hint("leave out --profile"),
        );
    }
    match command {
        Command::Login(args) => login::run(context, args),
        Command::Install(args) => install::run(context, args, cli.global.profile.as_ref()),
        Command::Uninstall(args) => uninstall::run(context, args, cli.global.profile.as_ref()),
        Command::UpdateKubeconfig(args) => update_kubeconfig::run(&choice::one(context)?, args),
        Command::GetToken(args) => get_token::run(&context.for_a_program(), args),
        Command::ExportCredentials(args) => match args.format {
            ExportFormat::Process => {
                export_credentials::run(&choice::for_a_program(context)?, args)
            }
            _ => export_credentials::run(&choice::one(context)?, args),
        },
        Command::Exec(args) => return exec::run(&choice::one(context)?, args),
        Command::Status(args) => return status::run(context, args),
        Command::Doctor(args) => return doctor::run(context, args),
        Command::Logout(args) => logout::run(context, args),
        Command::RefreshAhead => refresh_ahead::run(&context.for_a_program()),
        Command::Token(args) => token::run(context, args),
        Command::Policy(args) => policy::run(&choice::one_if_clear(context), args),
        Command::Man(args) => man::run(context, args),
        Command::Completions(args) => completions::run(context, args),
        Command::CompleteValues(args) => complete_values::run(context, args),
        Command::Help(args) => help::run(context, args),
        Command::Version => help::version(context),
    }
    .map(done)
}

/// Asks for consent to what was shown.
fn confirm(question: &str) -> Result<(), Failure> {
    match prompt::confirm(question).unwrap_or(false) {
        true => Ok(()),
        false => Err(Failure::refused("canceled; nothing was changed")),
    }
}

/// Returns the failure of a change that needs the user's consent, without a terminal and without `--yes`.
fn not_without_consent(what: &str, cause: &str) -> Failure {
    Failure::refused(format!(
        "{what} needs your consent, and there is no terminal to ask"
    ))
    .cause(cause)
    .cause("nothing was changed")
    .hint(format!(
        "if that is right, {}",
        crate::failure::command::Command::typed()
            .flag("--yes")
            .run()
    ))
}

/// Tells which profiles to remove belong to the user by now, and which stay because others are built on them.
fn say_foreign(context: &Context, changes: &Changes) {
    for needed in &changes.needed {
        let out = &context.output;
        let Needed { profile, by } = needed;
        out.note(&format!("Kept profile {profile}: {}", needed.why()));
        let (names, its) = (by.join(", "), if by.len() == 1 { "its" } else { "their" });
        let profiles = if by.len() == 1 { "profile" } else { "profiles" };
        out.note(&format!(
            "hint: to remove it too, first remove {profiles} {names} or {its} `source_profile`"
        ));
    }
    for foreign in &changes.foreign {
        context.output.note(&format!(
            "Profile {} is no longer an apono-login profile: {foreign}",
            foreign.profile
        ));
    }
}

/// Tells why profiles have AWS tools run apono-login though `--credential-process` was not given.
fn say_by_need(context: &Context, changes: &Changes) {
    for (profile, source) in &changes.by_need {
        context.output.note(&format!(
            "AWS tools get the credentials of profile {profile} from apono-login: not all of them can assume a role with credentials of `aws login` (source profile {source})"
        ));
    }
}

/// Tells which sections that `install` wrote stay, and what the user added to them, if anything `changed`.
fn say_kept(context: &Context, changes: &Changes, changed: bool) {
    for (section, why) in changes.kept.iter().filter(|_| changed) {
        context.output.note(&format!("Kept {section}: {why}"));
    }
    for Left { profile, keys } in changes.left.iter().filter(|_| changed) {
        let what = match &keys[..] {
            [] => "comments".to_owned(),
            keys => keys.join(", "),
        };
        context.output.note(&format!(
            "Kept in profile {profile}, because apono-login did not write it: {what}"
        ));
    }
}

/// Warns of comments after the values of these sign-ins, which AWS tools read differently.
fn warn_of_comments(context: &Context, files: &Files, sources: &[&SsoSource]) {
    let [(path, text), _] = files.texts();
    for comment in comments::of(text, sources) {
        let line = format!("{}, {comment}", path.display());
        context.output.warn(&line);
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
