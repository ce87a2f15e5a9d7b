//! Items of a kubeconfig that apono-login did not write, under the names of an entry to write. They stay as they are, and the user is
//! told the command that writes the entry under other names.

use std::path::{Path, PathBuf};

use super::New;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::kube::config::{FoundContext, FoundUser, Index};
use crate::sys::shell;

/// Fails if the context, the user or the cluster of the entry has the name of one that apono-login did not write. Of two items
/// with one name, kubectl uses the first.
pub fn refuse(paths: &[PathBuf], indexes: &[Index<'_>], new: &New) -> Result<(), Failure> {
    let entry = &new.entry;
    let user = user_in(indexes, &entry.user.name);
    if user.is_some_and(|user| user.our_exec().is_none()) {
        return Err(not_ours(
            "user",
            &entry.user.name,
            "in your kubeconfig",
            "it was not changed",
        )
        .hint(use_another(indexes, new)));
    }
    let mut files = paths.iter().zip(indexes);
    let found = files.find_map(|(path, index)| {
        let context = index.contexts.get(entry.context.name.as_str());
        context.map(|context| (path, *context))
    });
    if let Some((path, context)) = found
        && context.user != entry.user.name
        && !has_our_user(indexes, context)
    {
        return Err(foreign_context(path, context, indexes, new));
    }
    refuse_cluster(indexes, new)
}

/// Fails if there is a cluster of the name that is the user's, or leads elsewhere or by another way, and is not there for the entry
/// alone.
fn refuse_cluster(indexes: &[Index<'_>], new: &New) -> Result<(), Failure> {
    let (wanted, user) = (&new.entry.cluster, &new.entry.user);
    let name = wanted.name.as_str();
    let mut clusters = indexes.iter().filter_map(|index| index.clusters.get(name));
    let Some(found) = clusters.next() else {
        return Ok(());
    };
    // The name that apono-login gives it belongs to apono-login, if it is not used.
    let profile = user.exec.flag("--profile").unwrap_or_default();
    let is_named_by_us = name == format!("{profile}@{}", new.entry.former_cluster);
    // One of the user would be removed together with the entry.
    if !is_named_by_us && user_in(indexes, name).is_none() {
        let place = "in your kubeconfig";
        return Err(
            not_ours("cluster", name, place, "it was not changed").hint(use_another(indexes, new))
        );
    }
    let leads_elsewhere = (&found.server, &found.certificate_authority_data)
        != (&wanted.server, &wanted.certificate_authority_data);
    let proxy = wanted.proxy_url.as_ref();
    if !leads_elsewhere && proxy.is_none_or(|proxy| *proxy == found.proxy_url) {
        return Ok(());
    }
    let contexts = indexes.iter().flat_map(|index| index.contexts.values());
    let using: Vec<_> = contexts.filter(|of| of.cluster == name).collect();
    let theirs = using.iter().find(|of| !has_our_user(indexes, of));
    let is_ours = is_named_by_us || using.iter().any(|of| of.user == user.name);
    let why = match theirs {
        Some(context) => format!("context {} uses it; it was not changed", context.name),
        None if is_ours || !leads_elsewhere => return Ok(()),
        None => "no context of apono-login uses it; it was not changed".to_owned(),
    };
    let what = match leads_elsewhere {
        true => "server or certificate authority than AWS describes",
        false => "proxy than `--proxy-url`",
    };
    Err(Failure::refused(format!(
        "cluster {name} in your kubeconfig has another {what}"
    ))
    .cause(why)
    .hint(use_another(indexes, new)))
}

fn foreign_context(
    path: &Path,
    context: &FoundContext,
    indexes: &[Index<'_>],
    new: &New,
) -> Failure {
    let cluster = new.entry.former_cluster.rsplit('/').next();
    let alias = free(cluster.unwrap_or_default(), |name| {
        has_context(indexes, name)
    });
    // The AWS CLI names its contexts by the ARN of the cluster.
    let renamed = context.name.rsplit('/').next().unwrap_or_default();
    let renamed = free(renamed, |name| has_context(indexes, name));
    let why = format!("it belongs to user {}; it was not changed", context.user);
    not_ours(
        "context",
        &context.name,
        &format!("in {}", path.display()),
        &why,
    )
    .hint(format!(
        "to add the cluster under another name, run `{}`",
        command(new, &alias, &new.entry.user.name)
    ))
    .hint("if it is from a team file, give it another `alias` there")
    .hint(format!(
        "if you want that name, rename the existing context: `kubectl config rename-context {} {}`",
        shell::quoted(&context.name),
        shell::quoted(&renamed)
    ))
}

fn not_ours(what: &str, name: &str, place: &str, why: &str) -> Failure {
    Failure::refused(format!(
        "{what} {name} {place} was not written by apono-login"
    ))
    .cause(why)
}

/// Returns the hint to write the entry with other names for its user and cluster.
pub fn use_another(indexes: &[Index<'_>], new: &New) -> String {
    let entry = &new.entry;
    let (profile, cluster) = (
        entry.user.exec.flag("--profile").unwrap_or_default(),
        entry.former_cluster.rsplit('/').next().unwrap_or_default(),
    );
    let is_taken = |name: &str| {
        let is_in =
            |index: &Index<'_>| index.users.contains_key(name) || index.clusters.contains_key(name);
        indexes.iter().any(is_in)
    };
    let user = free(&format!("{profile}-{cluster}"), is_taken);
    let command = command(new, &entry.context.name, &user);
    format!("to use another name, {}", command.run())
}

/// Returns the command that writes the entry under these names.
fn command(new: &New, context: &str, user: &str) -> Command {
    let arn = &new.entry.former_cluster;
    let profile = new.entry.user.exec.flag("--profile").unwrap_or_default();
    let mut command = new.command.clone();
    if context != arn {
        command = command.option("--alias", context);
    }
    if user != format!("{profile}@{arn}") {
        command = command.option("--user-alias", user);
    }
    command
}

/// Returns the name, with a number after it if it is taken.
fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

fn has_context(indexes: &[Index<'_>], name: &str) -> bool {
    indexes
        .iter()
        .any(|index| index.contexts.contains_key(name))
}

/// Returns the user. kubectl uses the first of a name.
fn user_in<'c>(indexes: &[Index<'c>], name: &str) -> Option<&'c FoundUser> {
    indexes
        .iter()
        .find_map(|index| index.users.get(name).copied())
}

fn has_our_user(indexes: &[Index<'_>], context: &FoundContext) -> bool {
    user_in(indexes, &context.user).is_some_and(|user| user.our_exec().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::config::{self, Cluster, Config, Context, Entry, Exec, User};

    const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    const OURS: &str = "user: {exec: {command: apono-login, args: [get-token, --profile, dev]}}";
    const THEIRS: &str = "user: {token: t}";
    const RIGHT: &str = "{server: https://prod.eks, certificate-authority-data: Q0E=}";
    const TUNNEL: &str = "{server: https://localhost:9443, certificate-authority-data: Q0E=}";
    const OTHER_CA: &str = "{server: https://prod.eks, certificate-authority-data: QQ==}";

    /// Returns the entry with this name for its user and its cluster.
    fn new(name: &str) -> New {
        let args = ["get-token", "--cluster-name", "prod", "--profile", "dev"];
        let entry = Entry {
            cluster: Cluster {
                name: name.to_owned(),
                server: "https://prod.eks".to_owned(),
                certificate_authority_data: "Q0E=".to_owned(),
                proxy_url: None,
            },
            user: User {
                name: name.to_owned(),
                exec: Exec {
                    api_version: "client.authentication.k8s.io/v1beta1".to_owned(),
                    command: "apono-login".to_owned(),
                    args: args.map(str::to_owned).to_vec(),
                    env: Vec::new(),
                    interactive_mode: "Never".to_owned(),
                    install_hint: String::new(),
                    provide_cluster_info: false,
                },
                kept_env: Vec::new(),
            },
            context: Context {
                name: "prod".to_owned(),
                namespace: None,
            },
            former_cluster: ARN.to_owned(),
        };
        New {
            entry,
            command: Command::new("update-kubeconfig"),
            was_current: false,
        }
    }

    /// Returns the refusal to write the entry of this name to these kubeconfigs.
    fn refusal(name: &str, files: &[String]) -> Option<String> {
        let configs: Vec<Config> = files
            .iter()
            .map(|file| config::read(file.as_bytes()).unwrap())
            .collect();
        let indexes: Vec<_> = configs.iter().map(Index::of).collect();
        let paths: Vec<_> = (0..files.len()).map(|at| at.to_string().into()).collect();
        let failure = refuse(&paths, &indexes, &new(name)).err()?;
        Some(format!("{failure:?}"))
    }

    /// A kubeconfig with clusters (name, body), users (name, body) and contexts (name, cluster, user).
    fn file(
        clusters: &[(&str, &str)],
        users: &[(&str, &str)],
        contexts: &[(&str, &str, &str)],
    ) -> String {
        let clusters = clusters
            .iter()
            .map(|(name, body)| format!("- {{name: '{name}', cluster: {body}}}\n"));
        let users = users
            .iter()
            .map(|(name, body)| format!("- {{name: '{name}', {body}}}\n"));
        let contexts = contexts.iter().map(|(name, cluster, user)| {
            format!("- {{name: '{name}', context: {{cluster: '{cluster}', user: '{user}'}}}}\n")
        });
        let [clusters, users, contexts]: [String; 3] =
            [clusters.collect(), users.collect(), contexts.collect()];
        format!("clusters:\n{clusters}users:\n{users}contexts:\n{contexts}")
    }

    #[test]
    fn a_cluster_that_leads_elsewhere_is_not_taken() {
        let own = format!("dev@{ARN}");
        let users = [("tun", OURS), (&own, OURS), ("other", THEIRS)];
        let cases = [
            (
                "only ours use it",
                "tun",
                TUNNEL,
                vec![("prod", "tun", "tun")],
                None,
            ),
            (
                "as it is to be",
                "tun",
                RIGHT,
                vec![("o", "tun", "other")],
                None,
            ),
            (
                "ours is on the former cluster",
                "tun",
                TUNNEL,
                vec![("prod", ARN, "tun"), ("o", "tun", "other")],
                Some("context o uses it"),
            ),
            (
                "both use it",
                "tun",
                TUNNEL,
                vec![("prod", "tun", "tun"), ("o", "tun", "other")],
                Some("context o uses it"),
            ),
            (
                "another authority",
                "tun",
                OTHER_CA,
                vec![("prod", "tun", "tun"), ("o", "tun", "other")],
                Some("context o uses it"),
            ),
            (
                "unused",
                "tun",
                TUNNEL,
                vec![("prod", ARN, "tun")],
                Some("no context of apono-login"),
            ),
            ("unused, with our name", &own, TUNNEL, vec![], None),
            (
                "our name, re-used",
                &own,
                TUNNEL,
                vec![("o", &own, "other")],
                Some("context o uses it"),
            ),
        ];
        for (title, name, cluster, contexts, why) in cases {
            let whole = file(&[(name, cluster)], &users, &contexts);
            let apart = [
                file(&[], &users, &contexts),
                file(&[(name, cluster)], &[], &[]),
            ];
            for files in [&[whole][..], &apart] {
                let refusal = refusal(name, files);
                match why {
                    None => assert_eq!(refusal, None, "{title}"),
                    Some(why) => {
                        let refusal = refusal.expect(title);
                        assert!(refusal.contains(why), "{title}: {refusal}");
                        assert!(
                            refusal.contains("--user-alias dev-prod"),
                            "{title}: {refusal}"
                        );
                    }
                }
            }
        }
    }

    /// It would be removed together with the entry.
    #[test]
    fn a_cluster_without_a_user_of_ours_is_not_taken() {
        let own = format!("dev@{ARN}");
        for (name, refused) in [("tun", true), (ARN, true), (&*own, false)] {
            let file = file(&[(name, RIGHT)], &[("other", THEIRS)], &[]);
            let refusal = refusal(name, &[file]);
            assert_eq!(refusal.is_some(), refused, "{name}: {refusal:?}");
        }
    }

    #[test]
    fn a_cluster_of_others_gets_no_proxy() {
        let users = [("tun", OURS), ("other", THEIRS)];
        let refused = |contexts: &[(&str, &str, &str)], proxy: &str| {
            let config =
                config::read(file(&[("tun", RIGHT)], &users, contexts).as_bytes()).unwrap();
            let mut new = new("tun");
            new.entry.cluster.proxy_url = Some(proxy.to_owned());
            refuse(&["0".into()], &[Index::of(&config)], &new).is_err()
        };
        let (ours, theirs) = (("prod", "tun", "tun"), ("o", "tun", "other"));
        assert!(!refused(&[ours], "http://proxy"));
        assert!(!refused(&[ours, theirs], ""));
        assert!(refused(&[ours, theirs], "http://proxy"));
    }

    /// kubectl uses the first of two contexts.
    #[test]
    fn a_context_behind_ours_is_not_in_the_way() {
        let ours = file(&[], &[("tun", OURS)], &[("prod", "tun", "tun")]);
        let theirs = file(&[], &[("other", THEIRS)], &[("prod", ARN, "other")]);
        assert_eq!(refusal("tun", &[ours.clone(), theirs.clone()]), None);
        let refusal = refusal("tun", &[theirs, ours]).unwrap();
        assert!(refusal.contains("rename-context prod"), "{refusal}");
    }
}
