//! Where the entries go: which kubeconfig takes each, and which it cannot take.

use std::path::PathBuf;

use super::{Added, New, foreign};
use crate::failure::Failure;
use crate::kube;
use crate::kube::config::{self, Config, Edit, EnvChange, Exec, Index};
use crate::kube::file::Kubeconfigs;
use crate::setup::changes::Change;

/// What becomes of entries.
pub struct Arranged {
    /// The result of each, in their order.
    pub added: Vec<Result<Added, Failure>>,
    /// The edits of each kubeconfig.
    pub edits: Vec<Vec<Edit>>,
    /// The kubeconfigs after them.
    pub after: Vec<Vec<u8>>,
}

/// Decides where the entries go.
///
/// # Errors
/// A file cannot be edited. An entry that its file cannot take does not stop the others.
pub fn arrange(files: &Kubeconfigs, new: &[New], first: bool) -> Result<Arranged, Failure> {
    let indexes: Vec<_> = files.configs.iter().map(Index::of).collect();
    let placed = new.iter().map(|new| place(&files.paths, &indexes, new));
    let mut placed: Vec<_> = placed.collect();
    let mut edits = edits_of(&files.configs, &mut placed, first);
    let after = match files.edited(&edits) {
        Err(_) => {
            refuse_impossible(files, &indexes, &mut placed);
            edits = edits_of(&files.configs, &mut placed, first);
            files.edited(&edits)?
        }
        after => after?,
    };
    let added = placed.into_iter();
    let added = added.map(|placed| placed.map(|placed| placed.added));
    Ok(Arranged {
        added: added.collect(),
        edits,
        after,
    })
}

/// An entry, and the number of the kubeconfig that it goes to.
struct Placed<'a> {
    new: &'a New,
    file: usize,
    added: Added,
}

/// Finds the kubeconfig for the entry. As in kubectl, an entry is changed in the file that has it and added to the first file.
///
/// # Errors
/// An item of the same name was not written by apono-login: the user may need it.
fn place<'a>(
    paths: &[PathBuf],
    indexes: &[Index<'_>],
    new: &'a New,
) -> Result<Placed<'a>, Failure> {
    let entry = &new.entry;
    let (name, user) = (entry.context.name.as_str(), entry.user.name.as_str());
    foreign::refuse(paths, indexes, new)?;
    let has_entry = |index: &Index<'_>| {
        index.contexts.contains_key(name)
            || index.users.contains_key(user)
            || index.clusters.contains_key(entry.cluster.name.as_str())
    };
    let file = indexes.iter().position(has_entry).unwrap_or(0);
    let index = &indexes[file];
    let found = index.contexts.get(name);
    let change = match found {
        None => Change::Added,
        Some(_) if index.has(entry) => Change::Same,
        Some(_) => Change::Changed,
    };
    let profile = |exec: &Exec| exec.flag("--profile").map(str::to_owned);
    let before = found.and_then(|context| exec_in(indexes, &context.user));
    let profile_before = before.and_then(profile);
    let found_user = index.users.get(user);
    let kept = index.clusters.get(entry.cluster.name.as_str());
    let kept = kept.map_or_else(Vec::new, |cluster| {
        let fields = [
            ("proxy-url", &cluster.proxy_url),
            ("tls-server-name", &cluster.tls_server_name),
        ];
        let is_chosen = |field| field == "proxy-url" && entry.cluster.proxy_url.is_some();
        let set = fields
            .into_iter()
            .filter(|(field, value)| !value.is_empty() && !is_chosen(*field));
        set.map(|(field, _)| field).collect()
    });
    Ok(Placed {
        new,
        file,
        added: Added {
            context: name.to_owned(),
            path: paths.get(file).cloned().unwrap_or_default(),
            change,
            cluster: cluster_of(&entry.user.exec),
            taken_from: profile_before
                .filter(|before| Some(before) != profile(&entry.user.exec).as_ref()),
            cluster_before: before.and_then(cluster_of),
            switches: false,
            current_before: None,
            removed: found_user.map_or_else(Vec::new, |user| user.credentials.clone()),
            kept,
            env: found_user.map_or_else(EnvChange::default, |found| {
                entry.user.env_change(found.exec.as_ref())
            }),
        },
    })
}

/// Replaces the entries that their file cannot take by the failure, so that they do not stop the others.
fn refuse_impossible(
    files: &Kubeconfigs,
    indexes: &[Index<'_>],
    placed: &mut [Result<Placed<'_>, Failure>],
) {
    for file in 0..files.paths.len() {
        let here = |placed: &Result<Placed<'_>, Failure>| {
            let placed = placed.as_ref().ok().filter(|placed| placed.file == file)?;
            Some(Edit::Upsert(Box::new(placed.new.entry.clone())))
        };
        let (at, edits): (Vec<_>, Vec<_>) = (0..placed.len())
            .filter_map(|at| Some((at, here(&placed[at])?)))
            .unzip();
        for (index, error) in impossible(files, file, &edits, 0) {
            let refused = &mut placed[at[index]];
            let failure = kube::explain::kubeconfig_edit(&error, &files.paths[file]);
            let hint = match (&refused, error) {
                (Ok(placed), config::Error::Conflict { .. }) => {
                    Some(foreign::use_another(indexes, placed.new))
                }
                _ => None,
            };
            *refused = Err(match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            });
        }
    }
}

/// Returns the edits that the file cannot take, with the error of each. They are found by halves, as most edits are possible.
/// `from` is the number of the first edit.
fn impossible(
    files: &Kubeconfigs,
    file: usize,
    edits: &[Edit],
    from: usize,
) -> Vec<(usize, config::Error)> {
    match files.try_edits(file, edits) {
        Ok(_) => Vec::new(),
        Err(error) if edits.len() == 1 => vec![(from, error)],
        Err(_) => {
            let (left, right) = edits.split_at(edits.len() / 2);
            let mut found = impossible(files, file, left, from);
            found.extend(impossible(files, file, right, from + left.len()));
            found
        }
    }
}

/// Returns the edits of each kubeconfig. The current context is set in the first file that names one, else beside its entry.
fn edits_of(
    configs: &[Config],
    placed: &mut [Result<Placed<'_>, Failure>],
    mut first: bool,
) -> Vec<Vec<Edit>> {
    let mut edits: Vec<Vec<Edit>> = configs.iter().map(|_| Vec::new()).collect();
    let names_one = configs
        .iter()
        .position(|config| config.current_context.is_some());
    let before = names_one.and_then(|file| configs[file].current_context.clone());
    let mut current = None;
    for Placed { new, file, added } in placed.iter_mut().flatten() {
        edits[*file].push(Edit::Upsert(Box::new(new.entry.clone())));
        added.switches = new.was_current || std::mem::take(&mut first);
        added.current_before.clone_from(&before);
        if added.switches {
            current = Some((*file, added.context.clone()));
            if added.change == Change::Same && before.as_ref() != Some(&added.context) {
                added.change = Change::Changed;
            }
        }
    }
    if let Some((file, name)) = current {
        edits[names_one.unwrap_or(file)].push(Edit::Use(name));
    }
    edits
}

fn cluster_of(exec: &Exec) -> Option<(String, String)> {
    let flag = |name| exec.flag(name).map(str::to_owned);
    flag("--cluster-name").zip(flag("--region"))
}

/// Returns the exec entry of the user. kubectl uses the first of a name.
fn exec_in<'c>(indexes: &[Index<'c>], user: &str) -> Option<&'c Exec> {
    let user = indexes.iter().find_map(|index| index.users.get(user))?;
    user.exec.as_ref()
}
