//! What removed profiles leave behind besides files of others: cached credentials, and sign-ins that no profile uses any more.

use std::collections::BTreeSet;

use super::changes::Changes;
use super::desired::Desired;
use super::laptop::Laptop;
use crate::failure::Failure;
use crate::names::ProfileName;
use crate::profile::edit::Section;
use crate::profile::ours;
use crate::profile::plan;
use crate::signin::{Place, SignIn};

/// A sign-in that only profiles to remove use.
struct Unused {
    profile: ProfileName,
    plan: plan::Plan,
    place: Place,
}

/// Signs out where none but the removed profiles signed in, and deletes their cached credentials. Returns whether there were
/// any. A sign-out that fails is a warning.
///
/// # Errors
/// A cache entry cannot be deleted.
pub fn forget(laptop: &Laptop<'_>, desired: &Desired, changes: &Changes) -> Result<bool, Failure> {
    for sign_in in unused(laptop, desired, changes)? {
        let context = laptop.context.with_profile(sign_in.profile);
        let session = laptop.session.of(&context);
        let tools = session.tools();
        match tools.and_then(|tools| SignIn::of(&sign_in.plan).sign_out(&tools)) {
            Ok(true) => context
                .output
                .note(&format!("Signed out at {}", sign_in.place.shown)),
            Ok(false) => {}
            Err(failure) => {
                let cause = failure.causes.first().unwrap_or(&failure.error);
                context.output.warn(&format!("{}: {cause}", failure.error));
            }
        }
    }
    let gone = gone(desired, changes);
    let slots = gone.iter().map(|name| laptop.session.slot_of(name));
    match gone.is_empty() {
        true => Ok(false),
        false => Ok(laptop.session.cache.forget(&slots.collect::<Vec<_>>())?),
    }
}

/// Returns the places where [`forget`] will sign out.
pub fn sign_outs(
    laptop: &Laptop<'_>,
    desired: &Desired,
    changes: &Changes,
) -> Result<Vec<String>, Failure> {
    let mut places = Vec::new();
    for Unused { plan, place, .. } in unused(laptop, desired, changes)? {
        if SignIn::of(&plan).is_signed_in(laptop.context)? {
            places.push(place.shown);
        }
    }
    Ok(places)
}

fn gone<'a>(desired: &'a Desired, changes: &Changes) -> BTreeSet<&'a ProfileName> {
    let gone = desired.gone.iter();
    gone.filter(|name| !changes.keeps(name)).collect()
}

/// Returns the sign-ins that nothing uses any more, each once.
fn unused(
    laptop: &Laptop<'_>,
    desired: &Desired,
    changes: &Changes,
) -> Result<Vec<Unused>, Failure> {
    let gone = gone(desired, changes);
    let profiles = laptop.files()?.profiles();
    let others = ours::installed(profiles)
        .into_iter()
        .filter(|name| !gone.contains(&name));
    let others = others
        .filter_map(|name| plan::plan(profiles, &name).ok())
        .filter_map(|plan| SignIn::of(&plan).place());
    let others: BTreeSet<_> = others.map(|place| place.id).collect();
    let mut done = BTreeSet::new();
    let mut unused = Vec::new();
    // A profile that signs in elsewhere by now may have been the last one of an sso-session.
    let members = desired.profiles.iter().map(|profile| &profile.name);
    for (name, is_gone) in gone
        .iter()
        .map(|name| (*name, true))
        .chain(members.map(|name| (name, false)))
    {
        if let Ok(plan) = plan::plan(profiles, name)
            && let Some(place) = SignIn::of(&plan).place()
            && (is_gone || matches!(SignIn::of(&plan), SignIn::Sso(_)))
            && is_last(SignIn::of(&plan), &place, &others, changes)
            && done.insert(place.id.clone())
        {
            unused.push(Unused {
                profile: name.clone(),
                plan,
                place,
            });
        }
    }
    Ok(unused)
}

/// Whether nothing else signs in there. An sso-session can serve profiles of other tools: nothing uses it if it is removed.
fn is_last(
    sign_in: SignIn<'_>,
    place: &Place,
    others: &BTreeSet<String>,
    changes: &Changes,
) -> bool {
    if let SignIn::Sso(sso) = sign_in {
        let name = sso.session.as_ref().and_then(|name| name.parse().ok());
        return name.is_some_and(|name| changes.removes(&Section::SsoSession(name)));
    }
    !others.contains(&place.id)
}
