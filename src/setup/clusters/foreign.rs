//! Items of a kubeconfig that apono-login did not write, under the names of an entry to write. They stay as they are, and the user is
//! told the command that writes the entry under other names.

use std::path::{Path, PathBuf};

use super::New;
use crate::failure::Failure;
use crate::kube::config::{FoundContext, FoundUser, Index};
use crate::sys::shell;

/// Fails if the context, the user or the cluster of the entry has the name of one that apono-login did not write.
pub fn refuse(paths: &[PathBuf], indexes: &[Index<'_>], new: &New) -> Result<(), Failure> {
    let entry = &new.entry;
    let user = user_in(indexes, &entry.user.name);
    let is_ours = user.is_some_and(|user| user.our_exec().is_some());
    if user.is_some() && !is_ours {
        return Err(not_ours(
            "user",
            &entry.user.name,
            "in your kubeconfig",
            "it was not changed",
        )
        .hint(use_another(indexes, new)));
    }
    for (path, index) in paths.iter().zip(indexes) {
        if let Some(context) = index.contexts.get(entry.context.name.as_str())
            && context.user != entry.user.name
            && !has_our_user(indexes, context)
        {
            return Err(foreign_context(path, context, indexes, new));
        }
        let mut contexts = index.contexts.values();
        let theirs = contexts.find(|context| {
            context.cluster == entry.cluster.name && !has_our_user(indexes, context)
        });
        // One with our user beside it is our own, whoever else uses it.
        if let (Some(context), false) = (theirs, is_ours) {
            let why = format!("context {} uses it; it was not changed", context.name);
            return Err(
                not_ours("cluster", &entry.cluster.name, "in your kubeconfig", &why)
                    .hint(use_another(indexes, new)),
            );
        }
    }
    Ok(())
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
    format!(
        "to use another name, run `{}`",
        command(new, &entry.context.name, &user)
    )
}

/// Returns the command that writes the entry under these names.
fn command(new: &New, context: &str, user: &str) -> String {
    let arn = &new.entry.former_cluster;
    let profile = new.entry.user.exec.flag("--profile").unwrap_or_default();
    let mut command = new.command.clone();
    if context != arn {
        command += &format!(" --alias {}", shell::quoted(context));
    }
    if user != format!("{profile}@{arn}") {
        command += &format!(" --user-alias {}", shell::quoted(user));
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
