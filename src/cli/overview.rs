//! The help of `apono-login` itself, with the commands in groups, which clap does not offer.

use clap::Command;
use clap::builder::Styles;

use crate::output::wrapped;

const USAGE: &str = "apono-login [OPTIONS] [COMMAND]";

/// All commands, in the order in which people need them.
const GROUPS: [(&str, &str); 4] = [
    (
        "Commands",
        "login install update-kubeconfig status doctor exec logout uninstall",
    ),
    (
        "Commands for kubectl and AWS tools",
        "get-token export-credentials token",
    ),
    ("Commands for admins", "policy"),
    ("Other commands", "completions man help version"),
];

/// Columns before a summary.
const INDENT: usize = 22;
/// Columns of a line.
const WIDTH: usize = 80;

/// Returns the definition of the command line with this help.
pub(super) fn with_overview(command: Command) -> Command {
    let groups = groups(&command);
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{{all-args}}{{after-help}}"
        ))
        // The template lists the commands; clap must not list them again.
        .mut_subcommands(|command| command.hide(true))
        .override_usage(USAGE)
        .mut_args(|arg| match arg.get_help_heading() {
            None => arg.help_heading("Login options"),
            Some(_) => arg,
        })
}

fn groups(command: &Command) -> String {
    let styles = Styles::default();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let mut text = String::new();
    for (heading, names) in GROUPS {
        text.push_str(&format!("{header}{heading}:{header:#}\n"));
        for name in names.split(' ') {
            let command = command.find_subcommand(name);
            let summary = command.map(summary).unwrap_or_default();
            let gap = " ".repeat(INDENT - 2 - name.len());
            text.push_str(&format!("  {literal}{name}{literal:#}{gap}"));
            text.push_str(&wrapped(&summary, INDENT, INDENT, WIDTH));
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

fn summary(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default();
    let aliases: Vec<&str> = command.get_visible_aliases().collect();
    match aliases.is_empty() {
        true => about,
        false => format!("{about} [alias: {}]", aliases.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_is_in_one_group() {
        let command = Cli::command();
        let mut expected: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        let mut listed: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, names)| names.split(' '))
            .collect();
        let order = listed.clone();
        assert_eq!(expected, order, "in the order of the definition");
        expected.sort_unstable();
        listed.sort_unstable();
        listed.dedup();
        assert_eq!(expected, listed);
    }

    #[test]
    fn no_line_of_the_overview_is_wider_than_80_columns() {
        let text = with_overview(Cli::command()).term_width(80).render_help();
        for line in text.to_string().lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
