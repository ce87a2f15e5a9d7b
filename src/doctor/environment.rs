//! The variables that kubectl runs apono-login with: those of its own environment, and those of the user entry.

use super::kubeconfigs::Kubeconfigs;
use crate::cli::Doctor;
use crate::context::{AS_ENTRY, Context, DECIDING};
use crate::kube::config::{Exec, Variable};
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
        let decides = DECIDING.contains(&name.as_str()) || name.starts_with("AWS_");
        decides && context.differs_in(name, value)
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

/// Returns warnings that programs which this shell does not start have other variables than it.
pub fn warnings(
    session: &Session<'_>,
    context: &Context,
    args: &Doctor,
    kubeconfigs: &Kubeconfigs,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(exec) = kubeconfigs.in_question(context, args) else {
        return warnings;
    };
    let ours = kubeconfigs.ours().into_iter();
    let mut ours = ours.filter(|(_, found)| std::ptr::eq(*found, exec));
    let Some((found, _)) = ours.next() else {
        return warnings;
    };
    let name = &found.name;
    if let Some(names) = context.as_entry() {
        warnings.push(format!(
            "this was checked with {names} as the user entry of context {name} says; this shell has another value, which `apono-login` uses when you run it here"
        ));
    }
    let environment = session.environment();
    let lacks = |name: &&str| !sets(exec, name);
    let variables = environment.variables.iter();
    let missing = variables.map(|of| of.name.as_str()).filter(lacks);
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        warnings.push(format!(
            "this shell has {}, which the user entry of context {name} does not set: programs that are not started from this shell may not have it; run {}",
            missing.join(", "),
            kubeconfigs.rewrite_command(found, exec)
        ));
    }
    let withheld = environment.withheld.iter().filter(|(name, _)| lacks(name));
    warnings.extend(withheld.map(|(name, why)| {
        format!(
            "this shell has {name}, which is not written to the kubeconfig, because {why}: programs that are not started from this shell may not have it; set it for programs of the desktop, too"
        )
    }));
    warnings
}

fn sets(exec: &Exec, name: &str) -> bool {
    exec.env.iter().any(|variable| variable.name == name)
}
