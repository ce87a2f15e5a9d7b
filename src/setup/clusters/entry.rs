//! Composes the kubeconfig entry of a cluster from what AWS said about it.

use super::{Described, Wanted};
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::kube::config::{self, Entry, Exec, MARK};
use crate::kube::exec_credential::Version;
use crate::session::{Environment, Session};

/// Composes the entry. Its cluster has the name of its user: `aws eks update-kubeconfig` names its own by the ARN, and both tools
/// would overwrite one of that name.
///
/// # Errors
/// The profile is incomplete.
pub(super) fn entry(
    context: &Context,
    session: &Session<'_>,
    program: &str,
    wanted: &Wanted,
    found: Described,
) -> Result<Entry, Failure> {
    let Environment {
        variables,
        withheld,
    } = session.environment();
    let Wanted { name, region, .. } = wanted;
    let arn = found.arn;
    let profile = &context.profile;
    let id = found.local_id.as_ref().map(|id| ["--cluster-id", id]);
    let args = [
        ["--cluster-name", name.as_str()],
        ["--region", region.as_str()],
        ["--profile", profile.as_str()],
        ["--api-version", Version::WRITTEN.short()],
    ];
    let args = args.into_iter().chain(id).flatten();
    let args = ["get-token"].into_iter().chain(args);
    let alias = |alias: &Option<String>, or: String| alias.clone().unwrap_or(or);
    let user = alias(&wanted.user_alias, format!("{profile}@{arn}"));
    // What kubectl shows of a plugin that must not ask is its message alone, and programs that fill the screen stay intact.
    let interactive_mode = match session.plan()?.interactive {
        true => "IfAvailable",
        false => "Never",
    };
    Ok(Entry {
        cluster: config::Cluster {
            name: user.clone(),
            server: found.server,
            certificate_authority_data: found.certificate_authority_data,
            proxy_url: wanted.proxy_url.clone(),
        },
        user: config::User {
            name: user,
            exec: Exec {
                api_version: Version::WRITTEN.as_str().to_owned(),
                command: program.to_owned(),
                args: args.map(str::to_owned).collect(),
                env: variables,
                interactive_mode: interactive_mode.to_owned(),
                install_hint: install_hint(context, wanted),
                provide_cluster_info: false,
            },
            kept_env: withheld.into_iter().map(|(name, _)| name).collect(),
        },
        context: config::Context {
            name: alias(&wanted.alias, arn.clone()),
            namespace: wanted.namespace.clone(),
        },
        former_cluster: arn,
    })
}

/// Returns what kubectl prints if the program of the entry is missing. The command in it rewrites the user entry only, so
/// that contexts with other names and the current context are kept.
fn install_hint(context: &Context, wanted: &Wanted) -> String {
    let mut command = Command::new("update-kubeconfig")
        .option("--name", &wanted.name)
        .option("--region", &wanted.region)
        .flag("--no-switch");
    if let Some(alias) = &wanted.user_alias {
        command = command.option("--user-alias", alias);
    }
    let command = command.profile_for_later(&context.profile);
    format!("{MARK} after this entry was written. Install it again, then run: {command}")
}
