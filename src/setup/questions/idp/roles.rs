//! The role to install, out of those that the identity provider assigns to the user.

use super::Known;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::Partition;
use crate::profile::read::DEFAULT_ROLE;
use crate::signin::saml::response::Pair;
use crate::sys::prompt;

/// Returns the role to install, out of those that the identity provider assigns. Where several match, the user chooses.
pub(super) fn choose<'a>(
    context: &Context,
    offered: &'a [Pair],
    known: &Known,
    partition: &Partition,
) -> Result<&'a Pair, Failure> {
    let fits = |pair: &&Pair| {
        let account = known.account.as_ref();
        let provider = known.provider.as_deref();
        let role = known.role.as_deref();
        pair.role.partition() == partition
            && pair.provider.account() == pair.role.account()
            && account.is_none_or(|account| account == pair.role.account())
            && provider.is_none_or(|provider| provider == pair.provider.name())
            && role.is_none_or(|role| role == pair.role.path_and_name())
    };
    let fitting: Vec<_> = offered.iter().filter(fits).collect();
    // A role with the setup guide's name goes first.
    let defaults: Vec<_> = fitting
        .iter()
        .copied()
        .filter(|pair| pair.role.name() == DEFAULT_ROLE)
        .collect();
    let fitting = match defaults.is_empty() {
        true => fitting,
        false => defaults,
    };
    match fitting.as_slice() {
        [] => Err(none_fits(offered)),
        [pair] => Ok(pair),
        several if context.can_ask => ask_which(context, several),
        several => Err(Failure::refused("several roles are assigned to you")
            .cause(format!("assigned to you: {}", list(several)))
            .hint(choose_hint(several[0]))),
    }
}

/// Tells how to choose one of several roles, with the first one as the example.
fn choose_hint(first: &Pair) -> String {
    format!("name the role, for example `{}`", with_role(first))
}

/// Returns the command that was typed, with this role.
fn with_role(pair: &Pair) -> Command {
    Command::typed()
        .option("--account-id", pair.role.account())
        .option("--role-name", pair.role.path_and_name())
        .option("--saml-provider", pair.provider.name())
}

fn none_fits(offered: &[Pair]) -> Failure {
    let all: Vec<_> = offered.iter().collect();
    let failure = Failure::refused("the role is not assigned to you at the identity provider")
        .cause(format!("assigned to you: {}", list(&all)))
        .hint("ask your IdP admin to assign the role to you");
    match offered.first() {
        Some(first) => failure.hint(format!(
            "if you need one of the assigned roles, name it, for example `{}`",
            with_role(first)
        )),
        None => failure,
    }
}

/// Most roles listed in a message.
const MOST_LISTED: usize = 10;

fn list(pairs: &[&Pair]) -> String {
    let shown = pairs.iter().take(MOST_LISTED);
    let shown: Vec<_> = shown.map(|pair| show(pair)).collect();
    match pairs.len().saturating_sub(MOST_LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn show(pair: &Pair) -> String {
    format!("{} (provider {})", pair.role, pair.provider.name())
}

fn ask_which<'a>(context: &Context, several: &[&'a Pair]) -> Result<&'a Pair, Failure> {
    let out = &context.output;
    out.note("These roles are assigned to you:");
    for (index, pair) in several.iter().enumerate() {
        out.note(&format!("  {}  {}", index + 1, show(pair)));
    }
    let question = format!("Role to install (1-{}, Enter to cancel):", several.len());
    let answer = prompt::ask(&question).unwrap_or_default();
    let number: Option<usize> = answer.parse().ok();
    let chosen = number.and_then(|number| several.get(number.checked_sub(1)?));
    chosen.copied().ok_or_else(|| {
        let failure = match answer.as_str() {
            "" => Failure::refused("cancelled; nothing was changed"),
            _ => Failure::refused("invalid choice; nothing was changed").cause(format!(
                "{answer:?} is not a number from 1 to {}",
                several.len()
            )),
        };
        failure.hint(choose_hint(several[0]))
    })
}
