//! What `install` does not do without the user's consent, where there is no terminal to ask for it.

use crate::cli::Install;
use crate::commands;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::setup::changes::Changes;

/// Without a terminal and without `--yes`, what a team file no longer names is not removed: the user has typed no flag for it.
pub fn refuse_to_remove(removals: &[String]) -> Result<(), Failure> {
    if removals.is_empty() {
        return Ok(());
    }
    Err(
        Failure::refused("removing needs your consent, and there is no terminal to ask")
            .cause(format!("the team file no longer names {}", removals.join(", ")))
            .cause("nothing was changed")
            .hint(format!(
                "if all of it may be removed, {}",
                Command::typed().flag("--yes").run()
            ))
            .hint("if it belongs to another team, add a line `team = \"NAME\"` at the top of the team file"),
    )
}

/// Without a terminal and without `--yes`, flags do not change an installed profile, nor does `--email` those of a team file.
pub fn refuse_to_change(args: &Install, changes: &Changes) -> Result<(), Failure> {
    let changed = changes.resettled.iter().map(ToString::to_string);
    let changed: Vec<_> = changed.collect();
    if changed.is_empty() || (args.from.is_some() && args.email.is_none()) {
        return Ok(());
    }
    Err(commands::not_without_consent(
        "changing an installed profile",
        &format!("profile {} is installed otherwise", changed.join(", ")),
    ))
}
