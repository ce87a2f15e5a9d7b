//! The law of hints: each command that a hint names is pasted into a shell, in the situation that it is given for. Afterwards that
//! situation is gone, or the hint is another one.

mod denials;
mod entries;
mod files;
mod law;
mod profiles;
mod saml;
mod sign_ins;
mod teams;

use law::{Situation, remedies_in, remedies_in_snapshots};

fn situations() -> Vec<Situation> {
    [
        denials::situations(),
        entries::situations(),
        files::situations(),
        profiles::situations(),
        saml::situations(),
        sign_ins::situations(),
        teams::situations(),
    ]
    .concat()
}

#[test]
fn every_command_of_a_hint_works() {
    let situations = situations();
    let (pasted, faults) = law::hold(&situations);
    println!(
        "{} situations, {} commands pasted",
        situations.len(),
        pasted.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));

    // No hint of any other test names a remedy that was not tried.
    let tried = pasted.iter().flat_map(|line| line.split(" && "));
    let tried: Vec<_> = tried.flat_map(remedies_in).collect();
    let untried: Vec<_> = remedies_in_snapshots()
        .into_iter()
        .filter(|(remedy, _)| !tried.contains(remedy) && !law::is_not_tried_here(remedy))
        .map(|(remedy, command)| format!("{remedy}: `{command}`"))
        .collect();
    assert!(untried.is_empty(), "not tried:\n{}", untried.join("\n"));
}

/// Each command of this program in any recorded output is one that it has.
#[test]
fn every_command_that_is_named_can_be_typed() {
    let home = kit::Home::new();
    let mut faults = Vec::new();
    for (_, command) in remedies_in_snapshots() {
        // The help is printed once everything before it was read; a command behind `--` is another program's.
        let command = command.strip_suffix(" --").unwrap_or(&command);
        let command = match command.split_once(" -- ") {
            Some((ours, _)) => ours,
            None => command.split(" | ").next().unwrap_or_default(),
        };
        let help = format!("{} --help", law::as_typed(command));
        let output = home.run("sh", ["-c", &help]).output();
        if !output.status.success() {
            faults.push(output.to_string());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
