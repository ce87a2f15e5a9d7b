//! This computer: the program as others run it, and the config files.

use std::path::Path;

use super::kubeconfigs::{Kubeconfigs, Target};
use super::report::Passed;
use crate::cli::Doctor;
use crate::commands::update_kubeconfig::is_ours;
use crate::context::Context;
use crate::explain;
use crate::failure::Failure;
use crate::kube::config::kuberc::{self, Plugins};
use crate::profile::plan::{Plan, Root, Source};
use crate::profile::read::MAX_FILE;
use crate::profile::scan::Scan;
use crate::session::Session;
use crate::store;
use crate::sys::file;

/// Bytes. It is some lines.
const MAX_KUBERC: u64 = 1 << 20;

/// Can others run us, as they are told to?
pub fn program(
    context: &Context,
    args: &Doctor,
) -> Result<Passed<(Kubeconfigs, Option<Target>)>, Failure> {
    let own = context.own_path()?;
    let find = |name: &str| context.find_program(name);
    let kubeconfigs = Kubeconfigs::read(context)?;
    let target = kubeconfigs.target(context, args);
    let mut notes = Vec::new();
    for (found, exec) in kubeconfigs.ours() {
        let command = &exec.command;
        let name = exec.flag("--cluster-name").unwrap_or_default();
        let mend = kubeconfigs.write_again(found, exec);
        let is_meant = is_ours(exec, Some(&context.profile))
            && target
                .as_ref()
                .is_none_or(|target| target.name.as_str() == name);
        match find(command) {
            None if is_meant => {
                return Err(Failure::refused(format!("kubectl cannot run {command}"))
                    .cause(format!(
                        "context {} runs it to sign in, and there is no such program",
                        found.name
                    ))
                    .hint(format!("{mend} writes where it is now: {own}")));
            }
            None => notes.push(format!(
                "context {} runs {command}, which is not there",
                found.name
            )),
            Some(_) if !Path::new(command).is_absolute() => notes.push(format!(
                "context {} runs {command} by its bare name: programs that are not started from a terminal may not find it; {mend} writes the whole path",
                found.name
            )),
            Some(_) => {}
        }
        if is_meant {
            notes.extend(allowed(context, command)?);
        }
    }
    match find("apono-login") {
        None => notes.push(
            "apono-login is not on the PATH: kubectl and AWS tools run it by its whole path, you have to type it".to_owned(),
        ),
        Some(first) if first.canonicalize().ok() != Path::new(&own).canonicalize().ok() => {
            notes.push(format!("the PATH has another apono-login: {}", first.display()));
        }
        Some(_) => {}
    }
    if find("kubectl").is_none() {
        notes
            .push("kubectl is not on the PATH: https://kubernetes.io/docs/tasks/tools/".to_owned());
    }
    let version = env!("CARGO_PKG_VERSION");
    Ok(Passed {
        value: (kubeconfigs, target),
        detail: format!("{own}, version {version}"),
        notes,
    })
}

/// Does kubectl run this plugin? It compares where the program and the entry are found, and no links. What it passes over,
/// with a warning, is noted.
fn allowed(context: &Context, command: &str) -> Result<Option<String>, Failure> {
    let Some((path, is_named)) = context.kuberc() else {
        return Ok(None);
    };
    let shown = path.display();
    let stopped = |why: String| {
        Failure::refused("kubectl stops at its own preferences")
            .cause(format!("{shown}: {why}"))
            .hint("mend that in an editor")
    };
    let bytes = match file::read(&path, MAX_KUBERC)? {
        Some(bytes) => bytes,
        None if is_named => return Err(stopped("KUBERC names it, and it is not there".into())),
        None => return Ok(None),
    };
    let plugins = match kuberc::read(&bytes) {
        Ok(plugins) => plugins,
        Err(error) if is_named => return Err(stopped(error.to_string())),
        Err(error) => return Ok(Some(format!("kubectl passes over {shown}: {error}"))),
    };
    let refused = |why: String| {
        Failure::refused("kubectl does not run apono-login")
            .cause(format!("{shown}: {why}"))
            .hint(format!(
                "let it: `credentialPluginPolicy: Allowlist` with `- name: {command}` under `credentialPluginAllowlist:` (kubectl 1.36 and later: `- command: {command}`)"
            ))
    };
    let own = context.find_program(command);
    match plugins {
        Plugins::All => Ok(None),
        Plugins::Listed(list)
            if list
                .iter()
                .any(|entry| own.is_some() && context.find_program(entry) == own) =>
        {
            Ok(None)
        }
        Plugins::None => Err(refused("credentialPluginPolicy is DenyAll".to_owned())),
        Plugins::Listed(_) => Err(refused(format!(
            "credentialPluginAllowlist has no entry for {command}"
        ))),
        Plugins::Invalid(why) => Err(stopped(why)),
    }
}

/// Can AWS tools read the files, all of them, and is the profile whole?
pub fn config(context: &Context, session: &Session<'_>) -> Result<Passed<Plan>, Failure> {
    let files = session.files()?;
    let (config, credentials) = session.files_paths();
    for path in [config, credentials] {
        let bytes = file::read(path, MAX_FILE)?.unwrap_or_default();
        if let Some(problem) = Scan::new(&bytes).fatal() {
            return Err(Failure::refused(format!("AWS tools cannot all read {}", path.display()))
                .cause(problem.to_string())
                .hint("mend that line in an editor: the aws command refuses the whole file, or the SDKs do"));
        }
    }
    let plan = session.plan()?;
    if let store::Kind::Named(store) = session.kind(&plan)? {
        // Nobody else is asked: without it every call of kubectl fails.
        session.cache.keys.find(store)?;
    }
    let profile = files.profiles().get_profile(plan.profile.as_str());
    let key = |name: &str| profile.and_then(|profile| profile.get(name));
    if let Some(command) = key("credential_process").filter(|_| key("apono_role_arn").is_some()) {
        let program = first_word(command);
        if context.find_program(&program).is_none() {
            return Err(Failure::refused(format!("AWS tools cannot run {program}"))
                .cause(format!(
                    "profile {} names it as credential_process, and there is no such program",
                    plan.profile
                ))
                .hint(format!(
                    "`{}` writes where it is now",
                    explain::command("install --yes", &plan.profile)
                )));
        }
    }
    let mut passed = Passed::new(
        (),
        format!(
            "profile {} in {}: {} as {}, from {}",
            plan.profile,
            config.display(),
            plan.role,
            plan.session_name,
            plan.source
        ),
    );
    if key("aws_access_key_id").is_some() && plan.source.profile_name() != plan.profile.as_str() {
        passed = passed.note(format!(
            "profile {} has access keys of its own: some AWS tools take those and not the role; take aws_access_key_id out",
            plan.profile
        ));
    }
    if let Source::Profile {
        name,
        root: Root::Process,
        ..
    } = &plan.source
    {
        let source = files.profiles().get_profile(name);
        let command = source.and_then(|source| source.get("credential_process"));
        let program = first_word(command.unwrap_or_default());
        if !program.is_empty() && !Path::new(&program).is_absolute() {
            passed = passed.note(format!(
                "profile {name} runs {program} by its bare name: programs that are not started from a terminal may not find it; write its whole path"
            ));
        }
    }
    let shadows = context.ignored_identity_variables();
    if shadows
        .iter()
        .any(|name| name.contains("KEY") || name.contains("TOKEN"))
    {
        passed = passed.note(format!(
            "{} set: aws, terraform and others may take that instead of a profile (apono-login does not); unset it, or give them --profile {}",
            are(&shadows),
            plan.profile
        ));
    } else if !shadows.is_empty() {
        passed = passed.note(format!(
            "{} set: other AWS tools obey that, apono-login does not",
            are(&shadows)
        ));
    }
    let Passed { detail, notes, .. } = passed;
    Ok(Passed {
        value: plan,
        detail,
        notes,
    })
}

fn are(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(" and "))
}

/// The program of a command line as `install` writes it: quoted where it has to be.
fn first_word(command: &str) -> String {
    match command.strip_prefix('"') {
        Some(rest) => rest.split('"').next().unwrap_or_default().to_owned(),
        None => command.split(' ').next().unwrap_or_default().to_owned(),
    }
}
