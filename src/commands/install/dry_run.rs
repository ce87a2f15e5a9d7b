//! `install --dry-run`: what would change, without looking up clusters.

use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::setup::changes::{Now, Pending};
use crate::setup::clusters;
use crate::setup::desired::Desired;
use crate::setup::laptop::Plan;

/// Prints what would change. A dry run does not look up clusters, so there is no diff for contexts to add.
pub fn show(context: &Context, desired: &Desired, plan: &Plan<'_>) -> Result<(), Failure> {
    let out = &context.output;
    out.result(&diff::painted(&plan.diff(), out.stdout()))?;
    let contexts = &plan.changes.contexts;
    for Pending {
        context: name,
        cluster,
        now,
    } in &contexts.pending
    {
        let cluster = format!("(cluster {} in {})", cluster.name, cluster.region);
        out.note(&match now {
            Now::Nothing => format!("Would add context {name} {cluster}"),
            Now::For(profile) => {
                format!("Would change context {name} {cluster}, which is for profile {profile} now")
            }
            Now::Foreign => format!(
                "Would not add context {name} {cluster}: apono-login did not write the one of that name"
            ),
        });
    }
    let first = desired
        .first_context()
        .filter(|_| contexts.switches(desired));
    let first = first.filter(|first| contexts.current.as_ref() != Some(first));
    let current = contexts.current.as_deref();
    match (&first, current) {
        (Some(name), Some(before)) => out.note(&format!(
            "Would make {name} the current context (before: {before})"
        )),
        (Some(name), None) => out.note(&format!("Would make {name} the current context")),
        (None, Some(current)) if !contexts.pending.is_empty() => {
            out.note(&format!("Would keep {current} as the current context"));
        }
        _ => {}
    }
    say_not_shown(context, desired, plan);
    if plan.is_empty() && contexts.pending.is_empty() && first.is_none() {
        out.note(&match desired.team {
            Some(_) => "Everything is up to date".to_owned(),
            None => format!("Profile {} is already up to date", context.profile),
        });
    }
    Ok(())
}

/// Tells that the diff has no contexts to add, and what shows them: a command that needs the profile as it is to be.
fn say_not_shown(context: &Context, desired: &Desired, plan: &Plan<'_>) {
    let Some(Pending { cluster, .. }) = plan.changes.contexts.pending.first() else {
        return;
    };
    let out = &context.output;
    out.note("The kubeconfig entries of contexts to add are not shown: they are looked up with the credentials of the profile");
    let mut profiles = desired.profiles.iter();
    let profile = profiles.find(|profile| profile.account.clusters.contains(cluster));
    if let Some(profile) = profile.filter(|_| !plan.changes_config()) {
        let command = clusters::command(cluster, &profile.name).flag("--dry-run");
        out.note(&format!("hint: to see them, {}", command.run()));
    }
}
