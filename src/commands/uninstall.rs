//! `uninstall`: removes what `install` and `update-kubeconfig` wrote for one or several profiles, and their cached
//! credentials.

use std::collections::BTreeSet;

use super::alive;
use crate::cli::Uninstall;
use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::ProfileName;
use crate::profile::ours::{self, Installed};
use crate::session::Session;
use crate::session::choice::{self, Accepts};
use crate::setup::changes::{Change, Changes};
use crate::setup::desired::Desired;
use crate::setup::laptop::{Laptop, Plan};
use crate::setup::{forget, questions, team_file};

/// Runs the command. `profile` is `--profile` as typed, without the environment's default.
pub fn run(
    context: &Context,
    args: &Uninstall,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    let laptop = Laptop::read(context, args.kubeconfig.as_deref(), true)?;
    let Gone {
        profiles,
        is_chosen,
    } = gone(&laptop, args, profile)?;
    let desired = Desired {
        gone: profiles,
        ..Desired::default()
    };
    let plan = laptop.plan(&desired)?;
    if let Some(needed) = plan.changes.needed.first().filter(|_| is_chosen) {
        return Err(needed.refusal(laptop.files()?.profiles()));
    }
    super::say_foreign(context, &plan.changes);
    let ours = desired.gone.iter();
    let ours: Vec<_> = ours.filter(|name| !plan.changes.keeps(name)).collect();
    let names: Vec<_> = ours.iter().map(|name| name.as_str()).collect();
    let names = names.join(", ");
    let nothing = match ours[..] {
        [] => "Nothing to remove".to_owned(),
        [_] => format!("Nothing to remove for profile {names}"),
        _ => format!("Nothing to remove for profiles {names}"),
    };
    let out = &context.output;
    let is_cached = || {
        let slots = ours.iter().map(|name| laptop.session.slot_of(name));
        let cache = &laptop.session.cache;
        cache.has_entry(&slots.collect::<Vec<_>>())
    };
    let sign_outs = forget::sign_outs(&laptop, &desired, &plan.changes)?;
    if args.dry_run {
        out.result(&diff::painted(&plan.diff(), out.stdout()))?;
        super::say_kept(context, &plan.changes, true);
        for at in &sign_outs {
            out.note(&format!("Would sign out at {at}"));
        }
        if is_cached() {
            out.note("Would delete the cached credentials");
        } else if plan.is_empty() {
            out.note(&nothing);
        }
        return Ok(());
    }
    if plan.is_empty() && !is_cached() {
        laptop.session.remove_leftovers();
        out.note(&nothing);
        alive::say_unused(&laptop.session, context, &[]);
        return Ok(());
    }
    match (args.yes, context.can_ask) {
        (true, _) => {}
        (false, true) => super::confirm(&format!("Remove {}?", removed(&plan, &ours, &sign_outs)))?,
        (false, false) => {
            return Err(super::not_without_consent(
                "removing",
                &format!("it would remove {}", removed(&plan, &ours, &sign_outs)),
            ));
        }
    }
    let written = plan.write()?;
    for path in &written.kubeconfigs_changed {
        out.note(&format!(
            "Removed the contexts of {names} from {}",
            path.display()
        ));
    }
    if written.config_changed {
        let removed = words(&written.changes).join(", ");
        // Only what other profiles record may have changed.
        if !removed.is_empty() {
            out.note(&format!(
                "Removed {removed} from {}",
                laptop.config_path.display()
            ));
        }
        super::say_kept(context, &written.changes, true);
    }
    let (contexts, kubeconfig) = (&written.changes.contexts, args.kubeconfig.as_deref());
    super::contexts::say_given_back(context, contexts);
    super::contexts::say_restored(context, contexts, kubeconfig)?;
    let deleted = forget::forget(&laptop, &desired, &written.changes)?;
    if deleted {
        out.note("Deleted the cached credentials");
    }
    if !(deleted || written.config_changed || !written.kubeconfigs_changed.is_empty()) {
        out.note(&nothing);
    }
    alive::say_unused(&Session::new(context)?, context, &[]);
    Ok(())
}

/// The profiles to remove.
struct Gone {
    profiles: Vec<ProfileName>,
    /// It is one that was chosen by itself, not as one of all.
    is_chosen: bool,
}

/// Returns the profiles to remove.
///
/// # Errors
/// The profile belongs to the user.
fn gone(
    laptop: &Laptop<'_>,
    args: &Uninstall,
    profile: Option<&ProfileName>,
) -> Result<Gone, Failure> {
    let of_several = |profiles| Gone {
        profiles,
        is_chosen: false,
    };
    let (context, profiles) = (laptop.context, laptop.files()?.profiles());
    let out = &context.output;
    if let Some(file) = &args.from {
        let team = team_file::load(file)?;
        let base = questions::base(profile)?;
        let (gone, others) = ours::of_team(profiles, &team.name, &base);
        for other in &others {
            out.note(&format!(
                "Kept profile {other}: its name does not begin with {base}"
            ));
        }
        let prefixes = others.iter().map(|other| team.base_of(other));
        for prefix in prefixes.collect::<BTreeSet<_>>() {
            let command = Command::typed().option("--profile", prefix);
            out.note(&format!(
                "hint: to remove those that begin with {prefix} too, {}",
                command.run()
            ));
        }
        return Ok(of_several(gone));
    }
    let mut all = match args.all {
        true => ours::installed(profiles),
        false => choice::choose(&laptop.session, Accepts::Some)?,
    };
    if let (false, [one]) = (args.all, &all[..]) {
        Installed::read(profiles, one)?;
        return Ok(Gone {
            profiles: all,
            is_chosen: true,
        });
    }
    all.retain(|profile| match Installed::read(profiles, profile) {
        Ok(_) => true,
        Err(foreign) => {
            out.note(&format!("Kept profile {profile}: {foreign}"));
            false
        }
    });
    Ok(of_several(all))
}

/// Returns the sections that are removed, in words.
fn words(changes: &Changes) -> Vec<String> {
    let sections = changes.sections.iter();
    let removed = sections.filter(|outcome| outcome.change == Change::Removed);
    let foreign = changes.foreign.iter().map(|of| &of.profile);
    let kept = changes.left.iter().map(|of| &of.profile).chain(foreign);
    removed
        .map(|outcome| outcome.what.clone())
        .chain(kept.map(|name| format!("apono-login's keys in profile {name}")))
        .collect()
}

/// Returns all that is removed, in words, and where the user is signed out.
fn removed(plan: &Plan<'_>, ours: &[&ProfileName], sign_outs: &[String]) -> String {
    let mut what: Vec<_> = ours.iter().map(|name| format!("profile {name}")).collect();
    let more = words(&plan.changes).into_iter();
    what.extend(more.filter(|word| !what.contains(word)).collect::<Vec<_>>());
    let what = what.join(", ");
    let what = match ours {
        [] => what,
        [_] => format!("{what}, its contexts and its cached credentials"),
        _ => format!("{what}, their contexts and their cached credentials"),
    };
    match sign_outs {
        [] => what,
        places => format!("{what}, and sign out at {}", places.join(", ")),
    }
}
