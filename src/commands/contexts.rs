//! What is said about contexts: which one is the current one, whose they were, and whether they last.

use std::path::Path;

use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::kube;
use crate::kube::config::Config;
use crate::kube::temporary::{self, Temporary};
use crate::setup::changes::Contexts;
use crate::setup::clusters::Added;
use crate::sys::shell;

/// Returns the context that was current before, in words, if another one was.
pub fn before(added: &Added) -> String {
    match &added.current_before {
        Some(before) if *before != added.context => format!(" (before: {before})"),
        _ => String::new(),
    }
}

/// Tells which context is the current one after contexts were added.
pub fn say_current(context: &Context, contexts: &Contexts, added: &[Added]) {
    let out = &context.output;
    if let Some(current) = added.iter().find(|added| added.switches) {
        let (name, before) = (&current.context, &contexts.current);
        match before {
            Some(before) if before == name => {}
            Some(before) => out.note(&format!("Current context: {name} (before: {before})")),
            None => out.note(&format!("Current context: {name}")),
        }
        return;
    }
    let new = |added: &&Added| !contexts.existing.contains(&added.context);
    let current = contexts.current.as_ref();
    let current = current.filter(|name| !contexts.removed.contains(name));
    if let Some((new, current)) = added.iter().find(new).zip(current) {
        out.note(&format!("Current context: {current} (unchanged)"));
        out.note(&format!(
            "hint: to switch, run `{}`",
            use_context(&new.context)
        ));
    }
}

/// Tells which context is the current one after the one that was it is removed. `kubeconfig` is `--kubeconfig` as typed.
///
/// # Errors
/// A kubeconfig cannot be read.
pub fn say_restored(
    context: &Context,
    contexts: &Contexts,
    kubeconfig: Option<&Path>,
) -> Result<(), Failure> {
    let removed = |name: &&String| contexts.removed.contains(name);
    let Some(before) = contexts.current.as_ref().filter(removed) else {
        return Ok(());
    };
    let out = &context.output;
    let paths = context.kubeconfigs(kubeconfig)?;
    let configs = paths.iter().map(|path| kube::file::read(path));
    let configs: Vec<_> = configs.collect::<Result<_, _>>()?;
    let now = configs.iter().find_map(|of| of.current_context.as_ref());
    match now {
        Some(now) => out.note(&format!("Current context: {now} (before: {before})")),
        None => say_removed(context, before, &configs),
    }
    Ok(())
}

/// Tells that the current context was removed from these kubeconfigs, which have no other one, and how to choose one that is left.
pub fn say_removed(context: &Context, current: &str, configs: &[Config]) {
    let out = &context.output;
    out.note(&format!("Removed the current context {current}"));
    if configs.iter().any(|config| !config.contexts.is_empty()) {
        out.note("hint: choose another one of those that `kubectl config get-contexts` lists");
    }
}

/// Returns the command of kubectl that makes a context the current one.
pub fn use_context(name: &str) -> String {
    format!("kubectl config use-context {}", shell::quoted(name))
}

/// Tells that a context was for another profile or cluster, and how that one gets a context of its own.
pub fn say_taken(context: &Context, added: &Added) {
    let before = added.cluster_before.as_ref();
    let moved = before.filter(|before| Some(*before) != added.cluster.as_ref());
    let is_same_name = |name: &String| matches!(&added.cluster, Some((now, _)) if now == name);
    let (what, profile) = match (&added.taken_from, moved) {
        (Some(profile), _) => (format!("profile {profile}"), profile.parse().ok()),
        (None, Some((cluster, region))) => {
            let what = match is_same_name(cluster) {
                true => format!("cluster {cluster} in {region}"),
                false => format!("cluster {cluster}"),
            };
            (what, Some(context.profile.clone()))
        }
        (None, None) => return,
    };
    let (out, name) = (&context.output, &added.context);
    out.note(&format!("Context {name} was for {what} before"));
    if let (Some(profile), Some((cluster, region))) = (profile, before) {
        let command = Command::new("update-kubeconfig")
            .option("--name", cluster)
            .option("--region", region)
            .option("--alias", format!("{cluster}-{profile}"))
            .flag("--no-switch")
            .profile(&profile);
        out.note(&format!(
            "hint: to have a context for each, add one for {what} under another name: `{command}`"
        ));
    }
}

/// Tells which contexts went back to the profiles that they were taken from.
pub fn say_given_back(context: &Context, contexts: &Contexts) {
    for of in &contexts.given_back {
        context.output.note(&format!(
            "Context {} is for profile {} again",
            of.context, of.profile
        ));
    }
}

/// Tells that contexts were written to a file that does not last. `kubeconfig` is `--kubeconfig` as typed.
///
/// # Errors
/// There is no home directory.
pub fn say_temporary(
    context: &Context,
    added: &[Added],
    kubeconfig: Option<&Path>,
) -> Result<(), Failure> {
    if kubeconfig.is_some() {
        return Ok(());
    }
    let signs = context.signs_of_temporary();
    let found = added
        .iter()
        .find_map(|added| Some((&added.path, temporary::why(&added.path, &signs)?)));
    let Some((path, why)) = found else {
        return Ok(());
    };
    let out = &context.output;
    let path = path.display();
    out.note(&match why {
        Temporary::Tool(_) => format!("KUBECONFIG is {why}, and the context with it: {path}"),
        Temporary::Folder => format!("KUBECONFIG is {why}: {path}"),
    });
    let typed = Command::typed();
    let command = match typed.is("update-kubeconfig") {
        true => {
            let usual = context.usual_kubeconfig()?;
            typed.option("--kubeconfig", usual.display()).run()
        }
        // `install` has no such option.
        false => shell::run_without("KUBECONFIG", &typed.to_string()),
    };
    out.note(&format!(
        "hint: to keep the context, add it to your usual kubeconfig: {command}"
    ));
    Ok(())
}
