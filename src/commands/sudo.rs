//! `sudo` with the home directory of the person: what is written there would belong to root, and the person could not use it.

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::failure::{self, Failure};

/// Refuses a command that writes files of the user, and warns where one only reads them.
///
/// # Errors
/// Root runs it with the home directory of another user.
pub fn check(cli: &Cli, context: &Context) -> Result<(), Failure> {
    if !cli.uses_profile() {
        return Ok(());
    }
    let Some((home, owner)) = context.home_under_sudo() else {
        return Ok(());
    };
    let home = home.display();
    if let Some(Command::Status(_) | Command::Doctor(_) | Command::Policy(_)) = cli.command {
        context.output.warn(&format!(
            "root runs this with {home}, which belongs to another user (uid {owner})"
        ));
        return Ok(());
    }
    let typed = failure::command::Command::typed();
    Err(
        Failure::refused("could not run as root with the home directory of another user")
            .cause(format!(
                "{home} belongs to uid {owner}: what is written there would belong to root"
            ))
            .hint(format!("run this without sudo: `{typed}`{}", typed.rest()))
            .hint(format!(
                "if it is meant for root, use root's own home directory: `sudo -H {typed}`{}",
                typed.rest()
            )),
    )
}
