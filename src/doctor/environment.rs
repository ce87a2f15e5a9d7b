//! The variables that kubectl runs apono-login with: those of its own environment, and those of the user entry.

use super::kubeconfigs::Kubeconfigs;
use crate::cli::Doctor;
use crate::context::{AS_ENTRY, Context, DECIDING};
use crate::kube::config::{Exec, FoundContext, Variable};
use crate::session::Session;
use crate::sys::process;

/// Runs this program again in its place with the variables that the user entry sets, if this run has other values. Returns where
/// there is no need, or it is not possible.
pub fn run_as_entry(context: &Context, args: &Doctor, kubeconfigs: &Kubeconfigs) {
    let Some(exec) = kubeconfigs.in_question(context, args) else {
        return;
    };
    let differs = |variable: &&Variable| {
        let Variable { name, value } = variable;
        // What apono-login writes, and no more: other variables of a file may send requests elsewhere.
        DECIDING.contains(&name.as_str()) && context.differs_in(name, value)
    };
    let differing: Vec<_> = exec.env.iter().filter(differs).collect();
    if differing.is_empty() || context.as_entry().is_some() {
        return;
    }
    let names: Vec<_> = differing.iter().map(|of| of.name.as_str()).collect();
    let names = names.join(", ");
    let variables = differing
        .iter()
        .map(|of| (of.name.as_str(), of.value.as_str()));
    let error = process::run_again(variables.chain([(AS_ENTRY, names.as_str())]));
    let line = format!("could not run with the variables of the kubeconfig: {error}");
    context.output.warn(&line);
}

/// Returns the warning that this run has other variables than its shell.
pub fn as_entry(context: &Context) -> Option<String> {
    let names = context.as_entry()?;
    Some(format!(
        "this was checked with {names} as the user entry of the kubeconfig says; this shell has other values or none, and `apono-login` uses those when you run it here"
    ))
}

/// Returns warnings that programs which this shell does not start run without variables of it.
pub fn missing(
    session: &Session<'_>,
    kubeconfigs: &Kubeconfigs,
    found: &FoundContext,
    exec: &Exec,
) -> Vec<String> {
    let name = &found.name;
    let environment = session.environment();
    let lacks = |name: &&str| exec.env.iter().all(|variable| variable.name != *name);
    let variables = environment.variables.iter();
    let missing = variables.map(|of| of.name.as_str()).filter(lacks);
    let missing: Vec<_> = missing.collect();
    let mut warnings = Vec::new();
    if !missing.is_empty() {
        warnings.push(format!(
            "the user entry of context {name} does not set {}: kubectl may run without, if it is not started from this shell; run {}",
            missing.join(", "),
            kubeconfigs.rewrite_command(found, exec)
        ));
    }
    let withheld = environment.withheld.iter().filter(|(name, _)| lacks(name));
    warnings.extend(withheld.map(|(name, why)| {
        format!(
            "{name} of this shell is not written to the kubeconfig, because {why}: kubectl may run without, if it is not started from this shell; set it for programs of the desktop, too"
        )
    }));
    warnings
}
