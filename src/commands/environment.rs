//! What a user is told of variables of the shell that other programs may not have: see [`Environment`].

use crate::context::{Context, STORE};
use crate::session::{Environment, Session};
use crate::setup::changes::Change;
use crate::setup::clusters::Added;
use crate::setup::desired::Desired;
use crate::sys::system::System;

/// Warns of variables that are not written to kubeconfigs.
pub fn warn_withheld(context: &Context, session: &Session<'_>) {
    let withheld = session.environment().withheld;
    for (name, why) in &withheld {
        context.output.warn(&format!(
            "{name} of this shell is not written to the kubeconfig, because {why}: kubectl may run without, if it is not started from this shell"
        ));
    }
    hint(context, withheld.iter().map(|(name, _)| *name));
}

/// Tells which variables were written to user entries that there were, and which were removed from them.
pub fn report(context: &Context, added: &[Added]) {
    let changed = added.iter().filter(|added| added.change != Change::Same);
    let changed: Vec<_> = changed.collect();
    let names = |of: fn(&Added) -> &[String]| {
        let mut names: Vec<_> = changed.iter().flat_map(|added| of(added)).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(String::as_str).collect::<Vec<_>>()
    };
    let (set, removed) = (names(|of| &of.env.set), names(|of| &of.env.removed));
    let out = &context.output;
    if !set.is_empty() {
        out.note(&format!(
            "kubectl now runs apono-login with these variables as they are in this shell: {}",
            set.join(", ")
        ));
    }
    if !removed.is_empty() {
        out.note(&format!(
            "kubectl no longer sets these variables for apono-login, because in this shell they are not set or change nothing: {}",
            removed.join(", ")
        ));
    }
}

/// Warns that AWS tools do not have this shell's variables where they run apono-login: `credential_process` cannot set any.
pub fn warn_process(context: &Context, session: &Session<'_>, desired: &Desired) {
    let mut by_process = desired.profiles.iter().filter(|profile| profile.by_process);
    let Some(profile) = by_process.next() else {
        return;
    };
    let of_profile = context.with_profile(profile.name.clone());
    let Environment {
        variables,
        withheld,
    } = session.of(&of_profile).environment();
    let names = variables.iter().map(|variable| variable.name.as_str());
    let names = names.chain(withheld.iter().map(|(name, _)| *name));
    // For another store there is a key of the profile.
    let names: Vec<_> = names.filter(|name| *name != STORE).collect();
    if names.is_empty() {
        return;
    }
    context.output.warn(&format!(
        "AWS tools that are not started from this shell may run without its {}: `credential_process` of a profile cannot set variables",
        names.join(", ")
    ));
    hint(context, names.into_iter());
}

fn hint<'n>(context: &Context, names: impl Iterator<Item = &'n str>) {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return;
    }
    let how = match System::THIS {
        System::Linux => "in a file in ~/.config/environment.d (see `man environment.d`)",
        System::Mac => "with `launchctl setenv`",
        System::Windows => "under \"Edit environment variables for your account\"",
    };
    context.output.note(&format!(
        "hint: set {} for programs of the desktop, too: {how}",
        names.join(", ")
    ));
}
