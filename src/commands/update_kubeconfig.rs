//! `update-kubeconfig`: looks up the cluster with the role's credentials and writes its cluster, user and context entries.

use super::{contexts, environment};
use crate::cli::UpdateKubeconfig;
use crate::context::Context;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::kube::config::validate;
use crate::kube::file::Kubeconfigs;
use crate::names::Region;
use crate::session::Session;
use crate::setup::changes::Change;
use crate::setup::clusters::{self, Added, New, Wanted};
use crate::setup::switched;

pub fn run(context: &Context, args: &UpdateKubeconfig) -> Result<(), Failure> {
    check_proxy(args)?;
    let session = Session::new(context)?;
    let wanted = Wanted {
        name: args.name.clone(),
        region: region(context, args, &session)?,
        alias: args.alias.clone(),
        user_alias: args.user_alias.clone(),
        namespace: args.namespace.clone(),
        proxy_url: args.proxy_url.clone(),
    };
    let new = New {
        entry: clusters::look_up(context, &session, &wanted)?,
        command: with_flags(wanted.command(&context.profile), args),
        was_current: false,
    };
    environment::warn_withheld(context, &session);
    let paths = context.kubeconfigs(args.kubeconfig.as_deref())?;
    let files = Kubeconfigs::read(paths)?;
    let is_named = args.kubeconfig.is_some();
    let record = |added: &[Result<Added, Failure>]| {
        let mut added = added.iter().filter_map(|added| added.as_ref().ok());
        let added = added.next();
        switched::record(context, &session, &files, added, is_named, args.dry_run)
    };
    let (switch, dry_run) = (!args.no_switch, args.dry_run);
    let written = clusters::write(context, &files, &[new], switch, dry_run, record)?;
    let added: Vec<_> = written.into_iter().collect::<Result<_, _>>()?;
    for added in &added {
        if !args.dry_run || added.change == Change::Same {
            report(context, added);
        }
    }
    if !args.dry_run {
        contexts::say_temporary(context, &added, args.kubeconfig.as_deref())?;
        environment::report(context, &added);
        report_kubectl(context, &added);
    }
    Ok(())
}

/// Returns the command with the flags that say where to write the entry.
fn with_flags(command: Command, args: &UpdateKubeconfig) -> Command {
    let command = match &args.kubeconfig {
        Some(path) => command.option("--kubeconfig", path.display()),
        None => command,
    };
    let command = match &args.proxy_url {
        Some(url) => command.option("--proxy-url", url),
        None => command,
    };
    match args.no_switch {
        true => command.flag("--no-switch"),
        false => command,
    }
}

/// # Errors
/// kubectl would refuse the proxy. The URL is not shown: it may have a password in it.
fn check_proxy(args: &UpdateKubeconfig) -> Result<(), Failure> {
    let url = args.proxy_url.as_deref().unwrap_or_default();
    validate::check_new_proxy(url).map_err(|why| {
        let failure = Failure::new(Kind::Usage, "invalid URL in --proxy-url").cause(why);
        match url.contains('@') {
            false => failure.hint("correct the URL and run this again"),
            true => failure
                .hint("leave out the user name and the password, and run this again")
                .hint("if the proxy needs them, write `proxy-url` into the cluster entry in an editor: `update-kubeconfig` keeps it"),
        }
    })
}

fn region(
    context: &Context,
    args: &UpdateKubeconfig,
    session: &Session<'_>,
) -> Result<Region, Failure> {
    if let Some(region) = &args.region {
        return Ok(region.clone());
    }
    if let Some(region) = context.env_region()? {
        return Ok(region);
    }
    session.plan()?.region.clone().ok_or_else(|| {
        Failure::refused("the region of the cluster is not known")
            .hint("add it, for example `--region eu-west-1`")
    })
}

/// Tells what became of a context.
pub fn report(context: &Context, added: &Added) {
    let Added {
        context: name,
        path,
        ..
    } = added;
    let path = path.display();
    let out = &context.output;
    out.note(&match (added.change, added.switches) {
        (Change::Same, _) => format!("Context {name} in {path} is already up to date"),
        (_, false) => format!("Wrote context {name} to {path}"),
        (_, true) => format!(
            "Wrote context {name} to {path} and made it the current context{}",
            contexts::before(added)
        ),
    });
    if !added.removed.is_empty() {
        let fields = added.removed.join(", ");
        out.note(&format!(
            "Removed from the user entry of context {name}, because kubectl does not use apono-login beside it: {fields}"
        ));
    }
    if !added.kept.is_empty() {
        let fields = added.kept.join(", ");
        out.note(&format!(
            "Kept in the cluster entry of context {name}, because how to connect is your choice: {fields}"
        ));
    }
    contexts::say_taken(context, added);
}

/// Tells how to get kubectl, if contexts were written and it is not on PATH.
pub fn report_kubectl(context: &Context, added: &[Added]) {
    let changed = added.iter().any(|added| added.change != Change::Same);
    if changed && context.find_program("kubectl").is_none() {
        context.output.note(
            "hint: kubectl is not on your PATH; to install it, see https://kubernetes.io/docs/tasks/tools/",
        );
    }
}
