//! `mapRoles` of the `aws-auth` ConfigMap.

use super::usernames::{MASTERS, Prefixes, groups, username};
use super::{IMPERSONATION, own_template};
use crate::policy::check::{Expected, Finding};
use crate::policy::document::arn_in_aws_auth;
use crate::yaml::{Id, Scalar, Tree};

/// Opens the ConfigMap in an editor.
pub const EDIT: &str = "kubectl -n kube-system edit configmap aws-auth";

/// One entry of `mapRoles`.
pub struct Mapping {
    pub arn: String,
    pub username: String,
    pub groups: Vec<String>,
}

/// Returns the entries of `mapRoles`.
///
/// # Errors
/// EKS cannot read it; it then ignores all entries. The text is the reason.
pub fn mappings(text: &str) -> Result<Vec<Mapping>, String> {
    let tree = Tree::parse(text).map_err(|error| error.to_string())?;
    let Some(root) = tree.root().filter(|&root| !tree.is_null(root)) else {
        return Ok(Vec::new());
    };
    let items = items(&tree, root)?.ok_or("it must be a list")?;
    items
        .iter()
        .enumerate()
        .map(|(at, &item)| mapping(&tree, item).map_err(|why| format!("entry {}: {why}", at + 1)))
        .collect()
}

fn mapping(tree: &Tree, item: Id) -> Result<Mapping, String> {
    let pairs = tree.pairs(direct(tree, item)?);
    let pairs = pairs.ok_or("it must be a mapping")?;
    let mut keys = Vec::new();
    for &(key, _) in pairs {
        if tree.is_merge(key) {
            return Err(format!(
                "line {}: merge keys are not supported",
                tree.node(key).line
            ));
        }
        let name = string(tree, key)?.ok_or("a key must be text")?;
        if keys.contains(&name) {
            return Err(format!("duplicate key {name:?}"));
        }
        keys.push(name);
    }
    let value = |name: &str| {
        // Case of keys is ignored: EKS reads them with Go's JSON decoder.
        let at = keys.iter().position(|key| key.eq_ignore_ascii_case(name))?;
        Some(pairs[at].1)
    };
    let text = |value: Option<Id>, what: &str| {
        let Some(value) = value else {
            return Ok(String::new());
        };
        match string(tree, value)? {
            Some(text) => Ok(text),
            None if tree.is_null(value) => Ok(String::new()),
            None => Err(format!("{what} must be text")),
        }
    };
    let groups = match value("groups") {
        Some(groups) if !tree.is_null(groups) => {
            items(tree, groups)?.ok_or("groups must be a list")?
        }
        _ => &[],
    };
    Ok(Mapping {
        arn: text(value("rolearn"), "rolearn")?,
        username: text(value("username"), "username")?,
        groups: groups
            .iter()
            .map(|&group| text(Some(group), "a group"))
            .collect::<Result<_, _>>()?,
    })
}

/// Returns the node, unless it is an alias: no real `mapRoles` has one.
fn direct(tree: &Tree, id: Id) -> Result<Id, String> {
    match tree.is_alias(id) {
        true => Err(format!(
            "line {}: aliases are not supported",
            tree.node(id).line
        )),
        false => Ok(id),
    }
}

/// Returns the items of a list. `None` if it is something else.
fn items(tree: &Tree, id: Id) -> Result<Option<&[Id]>, String> {
    Ok(tree.items(direct(tree, id)?))
}

/// Returns the text of a string. `None` if it is something else.
fn string(tree: &Tree, id: Id) -> Result<Option<String>, String> {
    let scalar = tree.scalar(direct(tree, id)?);
    Ok(scalar.and_then(Scalar::as_str).map(str::to_owned))
}

/// Checks the entries. `has_entry`: the role has an access entry. `prefixes` are those that Apono grants access to.
pub fn check(
    mappings: &[Mapping],
    has_entry: bool,
    prefixes: &Prefixes,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let arn = arn_in_aws_auth(&expected.role);
    let entry = expected.command("aws-auth");
    let fix = || format!("{EDIT}  # make the entry of the role equal to the output of: {entry}");
    let name = format!("/{}", expected.role.name());
    let (own, others): (Vec<&Mapping>, Vec<&Mapping>) = mappings
        .iter()
        .partition(|mapping| mapping.arn.eq_ignore_ascii_case(&arn));
    for mapping in &own {
        let place = format!("aws-auth entry of {}", mapping.arn);
        username(&place, &mapping.username, &fix(), expected, findings);
        groups(&place, &mapping.groups, &fix(), findings);
    }
    if own.len() > 1 {
        let what = format!("aws-auth has {} entries for {arn}", own.len());
        let why = "EKS uses one of them, and it is not documented which";
        let fix = format!("{EDIT}  # remove all but one of them");
        findings.push(Finding::wrong("aws-auth-twice", what, why).fix(fix));
    }
    if has_entry && !own.is_empty() {
        let what = "the role has both an access entry and an entry in aws-auth".to_owned();
        let why = "EKS uses the access entry and ignores aws-auth: https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html";
        findings.push(Finding::note("aws-auth-unused", what, why));
    }
    let mut mapped = !own.is_empty() || has_entry;
    for mapping in others {
        let same_name = mapping
            .arn
            .to_ascii_lowercase()
            .ends_with(&name.to_ascii_lowercase());
        let of_account = mapping
            .arn
            .split(':')
            .nth(4)
            .is_some_and(|account| account == expected.role.account().as_str());
        if same_name && of_account && own.is_empty() {
            mapped = true;
            let what = format!(
                "aws-auth has {} with a path, which never matches",
                mapping.arn
            );
            let why = format!("EKS looks for the ARN without the path: {arn}");
            findings.push(Finding::wrong("aws-auth-path", what, why).fix(fix()));
        } else if !is_master(mapping) && prefixes.are_reachable_from(&mapping.username) {
            let what = format!(
                "aws-auth entry of {} has the username {}",
                mapping.arn, mapping.username
            );
            let fix = format!(
                "{EDIT}  # change that username, for example to \"{}\", and the RBAC bindings of its users",
                own_template(&mapping.arn)
            );
            let finding = Finding::dangerous("aws-auth-other-role", what, IMPERSONATION);
            findings.push(finding.fix(fix));
        }
    }
    if !mapped {
        let what = format!("aws-auth has no entry for {arn}");
        let why = "the cluster rejects the role's sessions with Unauthorized";
        let add = format!("{EDIT}  # add the output of: {entry}");
        let mut finding = Finding::wrong("aws-auth-missing", what, why).fix(add);
        if let Some(cluster) = &expected.cluster {
            let create = expected.cluster_command("access-entry", cluster.as_str());
            finding = finding.fix(format!(
                "{create} --format aws-cli | sh  # instead of the above"
            ));
        }
        findings.push(finding);
    }
}

/// Returns whether the role is cluster admin anyway, so that another username gives it nothing.
fn is_master(mapping: &Mapping) -> bool {
    mapping.groups.iter().any(|group| group == MASTERS)
}
