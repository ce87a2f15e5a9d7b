//! `completions SHELL`: prints the completion script.
//!
//! clap writes the script. For names that are only known on this computer, bash, zsh and fish run `apono-login
//! complete-values`.

use clap_complete::Shell;

use crate::cli::{self, COMPLETE_VALUES, Completions};
use crate::context::Context;
use crate::failure::Failure;

/// The flags whose values are such names, and the kind of name.
const NAMES: [(&str, &str); 6] = [
    ("profile", "installed"),
    ("source-profile", "profiles"),
    ("cluster-name", "clusters"),
    ("name", "clusters"),
    ("region", "regions"),
    ("sso-region", "regions"),
];

pub fn run(context: &Context, args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut definition = cli::definition_for_completions();
    clap_complete::generate(args.shell, &mut definition, "apono-login", &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match args.shell {
        Shell::Bash => bash(&script),
        Shell::Zsh => zsh(&script),
        Shell::Fish => fish(&script),
        _ => script.into_owned(),
    };
    context.output.result(&script)
}

/// Returns the shell command that prints the names. They contain no blanks, no quotes and nothing that a shell expands.
fn names(values: &str) -> String {
    format!("$(apono-login {COMPLETE_VALUES} {values} 2>/dev/null)")
}

fn bash(script: &str) -> String {
    const FILES: &str = "COMPREPLY=($(compgen -f \"${cur}\"))";
    // clap_complete 4.6 gives a command with a hyphen one name and looks it up under another.
    let script = script.replace("apono__subcmd__login", "apono__login");
    NAMES.iter().fold(script, |script, (flag, values)| {
        let branch = format!("                --{flag})\n                    ");
        let words = format!(
            "COMPREPLY=($(compgen -W \"{}\" -- \"${{cur}}\"))",
            names(values)
        );
        script.replace(&format!("{branch}{FILES}"), &format!("{branch}{words}"))
    })
}

fn zsh(script: &str) -> String {
    let line = |line: &str| {
        let spec = line
            .trim_start()
            .trim_start_matches('\'')
            .trim_start_matches('*');
        let named = |(flag, _): &&(&str, &str)| spec.starts_with(&format!("--{flag}="));
        match NAMES.iter().find(named) {
            Some((_, values)) => {
                line.replace(":_default'", &format!(": _apono-login_names {values}'"))
            }
            None => line.to_owned(),
        }
    };
    let function = format!(
        "(( $+functions[_apono-login_names] )) ||\n\
         _apono-login_names() {{\n    compadd -- ${{(f)\"{}\"}}\n}}\n\n",
        names("$1")
    );
    let end = "if [ \"$funcstack[1]\"";
    let lines: String = script.lines().map(|text| line(text) + "\n").collect();
    lines.replace(end, &(function + end))
}

fn fish(script: &str) -> String {
    let words = |values| names(values).trim_start_matches('$').to_owned();
    let line = |line: &str| {
        let named = |(flag, _): &&(&str, &str)| line.contains(&format!(" -l {flag} "));
        match NAMES.iter().find(named) {
            Some((_, values)) => format!("{line} -f -a \"{}\"\n", words(values)),
            None => format!("{line}\n"),
        }
    };
    let lines: String = script.lines().map(line).collect();
    // In front of a command, clap's script does not complete the value of a flag.
    let before = "test (commandline -opc)[-1] = --profile";
    let installed = words("installed");
    format!("{lines}complete -c apono-login -n \"{before}\" -f -a \"{installed}\"\n")
}
