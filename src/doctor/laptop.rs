//! The steps on this computer: the program as other tools run it, and the AWS config.

use std::path::Path;

use super::environment;
use super::kubeconfigs::{Kubeconfigs, Target};
use super::report::Passed;
use crate::cli::Doctor;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::hints;
use crate::kube::config::kuberc::{self, Plugins, Version};
use crate::profile::keys;
use crate::profile::plan::{Plan, Root, Source};
use crate::profile::read::MAX_FILE;
use crate::profile::scan::Scan;
use crate::profile::written;
use crate::session::Session;
use crate::store;
use crate::sys::process::{self, KUBECTL_PLUGIN};
use crate::sys::{file, shell};
use crate::yaml;

/// Bytes. kubectl's preferences are a few lines.
const MAX_KUBERC: u64 = 1 << 20;

/// Checks that kubectl can run this program as the kubeconfig says.
pub fn program(
    context: &Context,
    args: &Doctor,
    kubeconfigs: Result<Kubeconfigs, Failure>,
) -> Result<Passed<(Kubeconfigs, Option<Target>)>, Failure> {
    let own = Context::own_path()?;
    let find = |name: &str| context.find_program(name);
    let kubeconfigs = kubeconfigs?;
    let target = kubeconfigs.target(context, args);
    let mut warnings = Vec::new();
    for (found, exec) in kubeconfigs.ours() {
        let (command, name) = (&exec.command, &found.name);
        let cluster = exec.flag("--cluster-name").unwrap_or_default();
        let rewrite = kubeconfigs.rewrite_command(found, exec);
        let is_target = exec.is_ours(Some(&context.profile))
            && target
                .as_ref()
                .is_none_or(|target| target.name.as_str() == cluster);
        match find(command) {
            None if is_target => {
                return Err(Failure::refused(format!("kubectl cannot run {command}"))
                    .cause(format!("context {name} gets its tokens from it, but the program does not exist"))
                    .hint(format!("run {rewrite}, which writes the current path {own}")));
            }
            None => warnings.push(format!(
                "context {name} gets its tokens from {command}, which does not exist; run {rewrite}"
            )),
            Some(_) if !Path::new(command).is_absolute() => warnings.push(format!(
                "context {name} runs {command} without its path: programs that are not started from a terminal may not find it; run {rewrite}"
            )),
            Some(_) => {}
        }
        if is_target {
            warnings.extend(check_kuberc(context, command)?);
        }
    }
    warnings.extend(environment::as_entry(context));
    warnings.extend(kubeconfigs.stale_locks());
    warnings.extend(context.differing_homes());
    match find("apono-login") {
        None if find(KUBECTL_PLUGIN).is_some() => {
            let warning = "apono-login is not on the PATH: run it as `kubectl apono-login`";
            warnings.extend((!process::is_kubectl_plugin()).then(|| warning.to_owned()));
        }
        None => warnings.push(format!(
            "apono-login is not on the PATH: kubectl and AWS tools run it by its path, but to run it yourself you have to type {own}"
        )),
        Some(first) if first.canonicalize().ok() != Path::new(&own).canonicalize().ok() => warnings.push(
            format!("another apono-login comes first on the PATH: {}", first.display()),
        ),
        Some(_) => {}
    }
    if find("kubectl").is_none() {
        warnings.push(
            "kubectl is not on the PATH; install it: https://kubernetes.io/docs/tasks/tools/"
                .to_owned(),
        );
    }
    let brief = concat!("version ", env!("CARGO_PKG_VERSION"));
    let detail = format!("{own}, {brief}");
    Ok(Passed::new((kubeconfigs, target), brief, detail).warnings(warnings))
}

/// Checks that kubectl's own preferences permit this plugin. kubectl compares the paths of the program and of the entry
/// without following links. Returns a warning of a file that kubectl ignores with one, or that an earlier kubectl rejects.
fn check_kuberc(context: &Context, command: &str) -> Result<Option<String>, Failure> {
    let Some((path, is_named)) = context.kuberc() else {
        return Ok(None);
    };
    let shown = path.display();
    let bytes = match file::read(&path, MAX_KUBERC)? {
        Some(bytes) => bytes,
        None if is_named => {
            let error = "kubectl rejects its own preferences";
            return Err(Failure::refused(error)
                .cause(format!(
                    "{shown}: `KUBERC` names this file, but it does not exist"
                ))
                .hint("set `KUBERC` to a file that exists, or unset it"));
        }
        None => return Ok(None),
    };
    let own = context.find_program(command);
    let is_own = |entry: &String| own.is_some() && context.find_program(entry) == own;
    let listing = format!(
        "`- {{name: {0}, command: {0}}}` under `credentialPluginAllowlist:`",
        yaml::quoted(command)
    );
    let verdict = |version| {
        let fix = || "fix the file in an editor".to_owned();
        let rejects = "kubectl rejects its own preferences";
        let forbids = "kubectl is not permitted to run apono-login";
        let (error, why, hint) = match kuberc::read(&bytes, version) {
            Plugins::All => return Ok(()),
            Plugins::Listed(list) if list.iter().any(is_own) => return Ok(()),
            Plugins::Unusable(_) if !is_named => return Ok(()),
            Plugins::Unusable(why) | Plugins::Invalid(why) => (rejects, why, fix()),
            Plugins::Listed(_) => (
                forbids,
                format!("credentialPluginAllowlist has no entry for {command}"),
                format!("in that file add {listing}"),
            ),
            Plugins::None => (
                forbids,
                "credentialPluginPolicy is DenyAll".to_owned(),
                format!("in that file set `credentialPluginPolicy: Allowlist`, and add {listing}"),
            ),
        };
        Err(Failure::refused(error)
            .cause(format!("{shown}: {why}"))
            .hint(hint))
    };
    verdict(Version::Later)?;
    if let Plugins::Unusable(why) = kuberc::read(&bytes, Version::Later) {
        return Ok(Some(format!("kubectl ignores {shown}: {why}")));
    }
    // Which kubectl is used is not known.
    Ok(verdict(Version::V1_35).err().map(|failure| {
        let why = failure.causes.concat();
        format!("kubectl 1.35 would fail: {why}; it reads `name`, and later versions `command`: for both, write {listing}")
    }))
}

/// Checks that all AWS tools can read the config files, and that the profile is complete.
pub fn config(context: &Context, session: &Session<'_>) -> Result<Passed<Plan>, Failure> {
    let files = session.files()?;
    let (config, credentials) = session.files_paths();
    for path in [config, credentials] {
        let bytes = file::read(path, MAX_FILE)?.unwrap_or_default();
        if let Some(problem) = Scan::new(&bytes).fatal() {
            let error = format!("not all AWS tools can read {}", path.display());
            return Err(Failure::refused(error).cause(problem.to_string()).hint(
                "fix that line in an editor: because of it the AWS CLI or the SDKs reject the whole file",
            ));
        }
    }
    let plan = session.plan()?;
    if let store::Kind::Named(store) = session.kind(plan)? {
        match session.cache.keys.find(store) {
            // No other store is tried in its place: without it kubectl gets no token.
            Err(error @ store::Error::Store { .. }) => return Err(session.store_failure(error)),
            Err(error) if error.is_distrust() => return Err(error.into()),
            _ => {}
        }
    }
    session.cache.check_trusted()?;
    let name = &plan.profile;
    let profile = files.profiles().get_profile(name.as_str());
    let key = |name: &str| profile.and_then(|profile| profile.get(name));
    if let Some(command) =
        key(keys::CREDENTIAL_PROCESS).filter(|_| key(keys::APONO_ROLE_ARN).is_some())
    {
        let program = first_word(command);
        if context.find_program(program).is_none() {
            let install = hints::run("install --yes", name);
            return Err(Failure::refused(format!("AWS tools cannot run {program}"))
                .cause(format!(
                    "`credential_process` of profile {name} runs it, but the program does not exist"
                ))
                .hint(format!(
                    "{install}, which writes the current path {}",
                    Context::own_path()?
                )));
        }
    }
    let mut warnings = Vec::new();
    let is_own = key(keys::APONO_ROLE_ARN).is_some();
    if let Some(command) = key(keys::CREDENTIAL_PROCESS).filter(|_| is_own && cfg!(windows))
        && command.starts_with('"')
    {
        warnings.push(format!(
            "Terraform and other tools in Go cannot run {}, because of the characters in its path: move apono-login to a folder such as C:\\apono-login, then {}",
            first_word(command),
            hints::run("install --yes", name)
        ));
    }
    if let Some(why) = session.cache_problem() {
        warnings.push(format!("credentials cannot be cached: {why}"));
    }
    warnings.extend(session.kept_warnings());
    if let Some(failure) = session.last_failure() {
        let line = failure.line();
        warnings.push(format!("the last failure of another program: {line}"));
    }
    if key(keys::AWS_ACCESS_KEY_ID).is_some() && plan.source.profile_name() != name.as_str() {
        warnings.push(format!(
            "profile {name} has access keys: some AWS tools use those instead of the role; remove `aws_access_key_id` and `aws_secret_access_key` from it"
        ));
    }
    if let Some(sso) = plan.source.sso()
        && let Some(keys) = written::key(files, &sso.profile, keys::AWS_ACCESS_KEY_ID)
    {
        warnings.push(format!(
            "profile {} has access keys, too ({}): apono-login and the aws CLI use its SSO sign-in, but Terraform and other tools in Go, JavaScript and Rust use the keys; remove them",
            sso.profile, keys.place
        ));
    }
    if let Source::Profile {
        name,
        root: Root::Process { .. },
        ..
    } = &plan.source
    {
        let source = files.profiles().get_profile(name);
        let command = source.and_then(|source| source.get(keys::CREDENTIAL_PROCESS));
        let program = first_word(command.unwrap_or_default());
        if !program.is_empty() && !Path::new(program).is_absolute() {
            warnings.push(format!(
                "`credential_process` of profile {name} runs {program} without its path: programs that are not started from a terminal may not find it; write its absolute path"
            ));
        }
    }
    let brief = format!("profile {name} is complete");
    let detail = format!(
        "profile {name} in {}: {} as {}, from {}",
        config.display(),
        plan.role,
        plan.session_name,
        plan.source
    );
    let quoted = shell::quoted(name.as_str());
    let passed = Passed::new(plan.clone(), brief, detail).warnings(warnings);
    let set = context.ignored_identity_variables();
    let (is, them) = match set.len() {
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let variables = format!("{} {is} set", set.join(" and "));
    let is_credentials = |name: &&str| name.contains("KEY") || name.contains("TOKEN");
    Ok(match set.is_empty() {
        true => passed,
        false if set.iter().any(is_credentials) => passed.warn(format!(
            "{variables}: some AWS tools use {them} instead of a profile (apono-login does not); unset {them}, or run those tools with `--profile {quoted}`"
        )),
        false => passed.note(format!("{variables}: other AWS tools use {them}, apono-login does not")),
    })
}

/// Returns the program of a command line as `install` writes it: in quotation marks where it needs them.
fn first_word(command: &str) -> &str {
    let (command, end) = match command.strip_prefix('"') {
        Some(rest) => (rest, '"'),
        None => (command, ' '),
    };
    command.split(end).next().unwrap_or_default()
}
