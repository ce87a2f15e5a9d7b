//! How the cluster maps the role: the usernames of its sessions, and the rights that all of them have.

mod aws_auth;
mod entries;
mod usernames;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use aws_auth::AwsAuth;
use usernames::{Grants, groups, is_admin, rendered, username};

use super::input::{AccessEntry, AccessPolicy, Input};
use super::{Expected, Finding, Severity};
use crate::names::{SESSION_NAME_PLACEHOLDER, UsernamePrefix};
use crate::sys::shell::Shell;

/// Opens the aws-auth ConfigMap in an editor.
const EDIT: &str = "kubectl -n kube-system edit configmap aws-auth";

/// <https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>
const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";
/// Access policies that allow reading Secrets, and so the credentials of other users and service accounts.
const POWERFUL: [&str; 4] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
];

pub fn check(inputs: &[Input], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut maps: Vec<AwsAuth> = Vec::new();
    let mut entries: Vec<&AccessEntry> = Vec::new();
    let mut listed: Vec<&String> = Vec::new();
    let mut created = None;
    for input in inputs {
        match input {
            Input::Role(role) if role.arn == expected.role.as_str() => created = role.created,
            Input::AccessEntry(entry) => entries.push(entry),
            Input::AccessEntries(arns) => listed.extend(arns),
            Input::AwsAuth(map) => maps.push(AwsAuth::read(map, expected, &mut findings)),
            Input::AccessPolicies(policies) if policies.is_of(&expected.role) => {
                let cluster = expected.cluster_name(policies.cluster.as_ref());
                let policies = policies.policies.iter();
                findings.extend(policies.map(|policy| access_policy(policy, &cluster, expected)));
            }
            _ => {}
        }
    }
    findings.extend(not_read(&listed, &entries, expected));
    let (own, others): (Vec<&AccessEntry>, Vec<&AccessEntry>) = entries
        .into_iter()
        .partition(|entry| entry.principal == expected.role.as_str());
    let is_listed = listed.iter().any(|arn| *arn == expected.role.as_str());
    let has_own = is_listed || !own.is_empty();
    let usernames = maps.iter().flat_map(AwsAuth::own_usernames);
    let usernames = usernames.chain(own.iter().map(|entry| entry.username.as_str()));
    let is_unknown = is_listed && own.is_empty();
    let grants = Grants::new(usernames, is_unknown, expected);
    for entry in own {
        access_entry(entry, expected, &mut findings);
        findings.extend(role_id(entry, created, expected));
    }
    let dangerous = others
        .iter()
        .filter_map(|entry| other_entry(entry, &grants, expected));
    let dangerous: Vec<Finding> = dangerous.collect();
    if dangerous.is_empty() && !has_own {
        findings.extend(of_others(&others, listed.is_empty(), expected));
    }
    findings.extend(dangerous);
    for map in &maps {
        map.check(has_own, &grants, expected, &mut findings);
    }
    findings
}

/// Returns a note if there are access entries of other principals that are not in the input. `listed` are ARNs.
fn not_read(listed: &[&String], entries: &[&AccessEntry], expected: &Expected) -> Option<Finding> {
    let read: HashSet<&str> = entries
        .iter()
        .map(|entry| entry.principal.as_str())
        .collect();
    let others = listed
        .iter()
        .filter(|arn| arn.as_str() != expected.role.as_str() && !read.contains(arn.as_str()))
        .count();
    let what = format!("access entries of {others} other principals were not checked");
    let why = "sessions of a role with the same username template can use a colleague's email and get what Apono granted to it";
    let cluster = expected.cluster_name(None);
    let list = expected.eks_cluster("list-access-entries", &cluster);
    let describe = expected.eks_cluster("describe-access-entry", &cluster);
    let check = expected.command("check") + &prefix_option(expected.prefix.as_ref());
    let fix = format!(
        "for arn in $({list} --query 'accessEntries[]' --output text); do {describe} --principal-arn \"$arn\" --output json; done | {check} -"
    );
    (others > 0).then(|| Finding::note("entries-others", what, why).fix(fix))
}

fn access_entry(entry: &AccessEntry, expected: &Expected, findings: &mut Vec<Finding>) {
    let cluster = expected.cluster_name(entry.cluster.as_ref());
    let place = format!("access entry of {}", entry.principal);
    let guide = UsernamePrefix::access_entry_default();
    let prefix = expected.prefix.as_ref().unwrap_or(&guide);
    let update = expected.eks("update-access-entry", &cluster, &entry.principal);
    let rename = format!("{update} --username='{}'", prefix.template());
    let generated = entry.username.is_empty() || entry.username.starts_with("arn:");
    if generated {
        let what = format!("{place} has the default username, which EKS derives from the ARN");
        let why = "Apono grants access to emails, and this username does not contain the email";
        findings.push(Finding::wrong("entry-username", what, why).fix(rename));
    } else {
        username(&place, &entry.username, &guide, &rename, expected, findings);
    }
    let ungroup = format!("{update} --kubernetes-groups '[]'");
    groups(&place, &entry.groups, &ungroup, findings);
    if !entry.kind.is_empty() && entry.kind != "STANDARD" {
        let what = format!("{place} has type {}", entry.kind);
        let why = "this type is for nodes: everyone who can assume the role gets the rights of a node; the type of an access entry cannot be changed";
        let finding = Finding::dangerous("entry-type", what, why);
        findings.push(finding.fix(recreate(entry, &cluster, expected)));
    }
}

/// Checks that the role was not created again after its access entry. `created` is when the role was created.
fn role_id(
    entry: &AccessEntry,
    created: Option<DateTime<Utc>>,
    expected: &Expected,
) -> Option<Finding> {
    let place = format!("access entry of {}", entry.principal);
    let (Some(role), Some(of_entry)) = (created, entry.created) else {
        let what = format!("{place} holds the ID of the role, which was not checked");
        let why = "if the role was deleted and created again after the access entry, the cluster rejects its sessions (check the role and the entry together: aws iam get-role, aws eks describe-access-entry)";
        return Some(Finding::note("entry-role-id", what, why));
    };
    if role <= of_entry {
        return None;
    }
    let cluster = expected.cluster_name(entry.cluster.as_ref());
    let what = format!("{place} is older than the role");
    let why = "the access entry holds the ID of the earlier role with this ARN, so the cluster rejects the role's sessions with Unauthorized";
    Some(Finding::wrong("entry-role-id", what, why).fix(recreate(entry, &cluster, expected)))
}

/// Returns the command that replaces the access entry of the role. Its username keeps its prefix, unless another is expected.
fn recreate(entry: &AccessEntry, cluster: &str, expected: &Expected) -> String {
    let prefix = || {
        let username = rendered(&entry.username, expected);
        let prefix = username.strip_suffix(SESSION_NAME_PLACEHOLDER)?;
        let prefix: UsernamePrefix = prefix.parse().ok()?;
        prefix.for_access_entry().ok()
    };
    let prefix = expected.prefix.clone().or_else(prefix);
    format!(
        "{} && {}{} --format aws-cli | sh",
        expected.eks("delete-access-entry", cluster, &entry.principal),
        expected.cluster_command("access-entry", cluster),
        prefix_option(prefix.as_ref())
    )
}

/// Returns ` --username-prefix=PREFIX`, or nothing.
fn prefix_option(prefix: Option<&UsernamePrefix>) -> String {
    let option = |prefix: &UsernamePrefix| {
        let prefix = prefix.to_string();
        format!(" --username-prefix={}", Shell::Sh.quote(&prefix))
    };
    prefix.map_or_else(String::new, option)
}

/// Checks the access entry of another principal: its sessions must not be able to have usernames that Apono grants access to.
fn other_entry(entry: &AccessEntry, grants: &Grants, expected: &Expected) -> Option<Finding> {
    if !grants.include(&entry.username, &entry.principal) || is_admin(&entry.groups) {
        return None;
    }
    let (principal, username) = (&entry.principal, &entry.username);
    let what = format!("access entry of {principal} has the username {username}");
    let cluster = expected.cluster_name(entry.cluster.as_ref());
    let update = expected.eks("update-access-entry", &cluster, principal);
    let fix = format!(
        "{update} --username='{}'  # then change the RBAC bindings of its users to the new usernames",
        own_template(principal)
    );
    Some(Finding::dangerous("entry-other-role", what, impersonation(username)).fix(fix))
}

/// Returns the finding for an input that has access entries, but not that of the role. One entry alone is a mistake; several
/// are all of a cluster where the role has none.
fn of_others(others: &[&AccessEntry], can_be_alone: bool, expected: &Expected) -> Option<Finding> {
    let why = format!("the role to check is {}", expected.role);
    match others {
        [] => None,
        [entry] if can_be_alone => {
            let what = format!(
                "access entry of {} belongs to another role",
                entry.principal
            );
            Some(Finding::wrong("entry-other", what, why))
        }
        _ => {
            let what = "all access entries in the input belong to other principals".to_owned();
            Some(Finding::note("entry-other", what, why))
        }
    }
}

/// Returns why another principal with this username template is dangerous.
fn impersonation(username: &str) -> &'static str {
    match username.contains("{{") {
        true => {
            "anyone who can assume that role chooses the session name, so they can use a colleague's email and get what Apono granted to it"
        }
        false => {
            "it is the username of a person, so whoever uses that role or user gets what Apono granted to that person"
        }
    }
}

/// Returns a username template for a role that no other role has: its own name before the session name.
fn own_template(principal: &str) -> String {
    let name = principal.rsplit('/').next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_.@-".contains(*c))
        .collect();
    format!("role-{name}:{SESSION_NAME_PLACEHOLDER}")
}

fn access_policy(policy: &AccessPolicy, cluster: &str, expected: &Expected) -> Finding {
    let name = policy.arn.rsplit('/').next().unwrap_or_default();
    let is_powerful = name == CLUSTER_ADMIN || POWERFUL.contains(&name);
    // An admin of kube-system can become admin of the whole cluster.
    let of_all = |namespace: &String| namespace == "kube-system" || namespace.contains('*');
    let mut what = format!("the access entry of the role has the access policy {name}");
    let mut why = "everyone who can assume the role has these rights in the cluster at any time, without a grant in Apono".to_owned();
    let mut severity = Severity::Dangerous;
    match &policy.namespaces {
        None if name == CLUSTER_ADMIN => {
            what = format!("every user of the role is cluster admin: {what}");
        }
        None if is_powerful => why += "; the policy allows reading all Secrets",
        None => severity = Severity::Wrong,
        Some(namespaces) => {
            what += &format!(" in {}", namespaces.join(", "));
            match is_powerful && namespaces.iter().any(of_all) {
                true => why += "; the policy allows reading the Secrets in kube-system",
                false => severity = Severity::Wrong,
            }
        }
    }
    let role = expected.role.as_str();
    Finding::new(severity, "entry-policy", what, why).fix(format!(
        "{} --policy-arn {}",
        expected.eks("disassociate-access-policy", cluster, role),
        Shell::Sh.quote(&policy.arn)
    ))
}
