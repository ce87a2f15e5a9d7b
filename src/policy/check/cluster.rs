//! How the cluster maps the role: the usernames of its sessions, and the rights that all of them have.

mod aws_auth;
mod usernames;

use aws_auth::{EDIT, Mapping, mappings};
use usernames::{MASTERS, Prefixes, groups, username};

use super::input::{AccessEntry, AccessPolicy, AwsAuth, Input};
use super::{Expected, Finding, Severity};
use crate::names::{SESSION_NAME_PLACEHOLDER, UsernamePrefix};
use crate::policy::document::arn_in_aws_auth;
use crate::sys::shell::Shell;

/// <https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>
const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";
/// Access policies that allow reading Secrets, and so the credentials of other users and service accounts.
const POWERFUL: [&str; 4] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
];

/// Why another mapping with the same username template is dangerous.
const IMPERSONATION: &str = "anyone who can assume that role chooses the session name, so they can use a colleague's email and get what Apono granted to it";

pub fn check(inputs: &[Input], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut maps: Vec<Vec<Mapping>> = Vec::new();
    let mut entries: Vec<&AccessEntry> = Vec::new();
    let mut has_own = false;
    for input in inputs {
        match input {
            Input::AccessEntry(entry) => entries.push(entry),
            Input::AccessEntries(arns) => {
                has_own |= arns.iter().any(|arn| arn == expected.role.as_str());
                findings.extend(other_entries(arns, expected));
            }
            Input::AwsAuth(aws_auth) => {
                findings.extend(users(aws_auth));
                match mappings(&aws_auth.map_roles) {
                    Ok(mappings) => maps.push(mappings),
                    Err(why) => {
                        let what = "mapRoles in aws-auth could not be read".to_owned();
                        let why = format!(
                            "if EKS cannot read it either, it ignores all its entries: {why}"
                        );
                        findings.push(Finding::wrong("aws-auth-unreadable", what, why).fix(EDIT));
                    }
                }
            }
            Input::AccessPolicies(policies) if policies.is_of(&expected.role) => {
                let cluster = expected.cluster_name(policies.cluster.as_ref());
                let policies = policies.policies.iter();
                findings.extend(policies.map(|policy| access_policy(policy, &cluster, expected)));
            }
            _ => {}
        }
    }
    let (own, others): (Vec<&AccessEntry>, Vec<&AccessEntry>) = entries
        .into_iter()
        .partition(|entry| entry.principal == expected.role.as_str());
    has_own |= !own.is_empty();
    let arn = arn_in_aws_auth(&expected.role);
    let mapped = maps
        .iter()
        .flatten()
        .filter(|m| m.arn.eq_ignore_ascii_case(&arn));
    let usernames = mapped.map(|m| m.username.as_str());
    let usernames = usernames.chain(own.iter().map(|entry| entry.username.as_str()));
    let prefixes = Prefixes::new(usernames, expected);
    for entry in own {
        access_entry(entry, expected, &mut findings);
    }
    for entry in others {
        findings.extend(other_entry(entry, &prefixes, has_own, expected));
    }
    for mappings in &maps {
        aws_auth::check(mappings, has_own, &prefixes, expected, &mut findings);
    }
    findings
}

/// Returns a note if `aws-auth` maps IAM users.
fn users(aws_auth: &AwsAuth) -> Option<Finding> {
    let text = aws_auth.map_users.trim();
    let what = "aws-auth also maps IAM users (mapUsers), which were not checked".to_owned();
    let why = "an IAM user mapped to a colleague's email gets what Apono granted to it";
    (!matches!(text, "" | "[]")).then(|| Finding::note("aws-auth-users", what, why))
}

/// Returns a note if there are access entries of other principals.
fn other_entries(arns: &[String], expected: &Expected) -> Option<Finding> {
    let others = arns
        .iter()
        .filter(|arn| *arn != expected.role.as_str())
        .count();
    let what = format!("access entries of {others} other principals were not checked");
    let why = "sessions of a role with the same username template can use a colleague's email and get what Apono granted to it";
    let cluster = expected.cluster_name(None);
    let list = expected.eks_cluster("list-access-entries", &cluster);
    let describe = expected.eks_cluster("describe-access-entry", &cluster);
    let check = expected.command("check");
    let fix = format!(
        "for arn in $({list} --query 'accessEntries[]' --output text); do {describe} --principal-arn \"$arn\" --output json; done | {check} -"
    );
    (others > 0).then(|| Finding::note("entries-others", what, why).fix(fix))
}

fn access_entry(entry: &AccessEntry, expected: &Expected, findings: &mut Vec<Finding>) {
    let cluster = expected.cluster_name(entry.cluster.as_ref());
    let place = format!("access entry of {}", entry.principal);
    let prefix = expected.prefix.clone();
    let prefix = prefix.unwrap_or_else(UsernamePrefix::access_entry_default);
    let update = expected.eks("update-access-entry", &cluster, &entry.principal);
    let rename = format!("{update} --username='{}'", prefix.template());
    let generated = entry.username.is_empty() || entry.username.starts_with("arn:");
    if generated {
        let what = format!("{place} has the default username, which EKS derives from the ARN");
        let why = "Apono grants access to emails, and this username does not contain the email";
        findings.push(Finding::wrong("entry-username", what, why).fix(rename));
    } else {
        username(&place, &entry.username, &rename, expected, findings);
    }
    let ungroup = format!("{update} --kubernetes-groups '[]'");
    groups(&place, &entry.groups, &ungroup, findings);
    if !entry.kind.is_empty() && entry.kind != "STANDARD" {
        let what = format!("{place} has type {}", entry.kind);
        let why = "this type is for nodes: everyone who can assume the role gets the rights of a node; the type of an access entry cannot be changed";
        findings.push(Finding::dangerous("entry-type", what, why).fix(format!(
            "{} && {} --format aws-cli | sh",
            expected.eks("delete-access-entry", &cluster, &entry.principal),
            expected.cluster_command("access-entry", &cluster)
        )));
    }
}

/// Checks the access entry of another principal: its sessions must not be able to have usernames that Apono grants access to.
fn other_entry(
    entry: &AccessEntry,
    prefixes: &Prefixes,
    has_own: bool,
    expected: &Expected,
) -> Option<Finding> {
    let place = format!("access entry of {}", entry.principal);
    let is_master = entry.groups.iter().any(|group| group == MASTERS);
    if prefixes.are_reachable_from(&entry.username) && !is_master {
        let what = format!("{place} has the username {}", entry.username);
        let cluster = expected.cluster_name(entry.cluster.as_ref());
        let update = expected.eks("update-access-entry", &cluster, &entry.principal);
        let fix = format!(
            "{update} --username='{}'  # then change the RBAC bindings of its users to the new usernames",
            own_template(&entry.principal)
        );
        return Some(Finding::dangerous("entry-other-role", what, IMPERSONATION).fix(fix));
    }
    let what = format!("{place} belongs to another role");
    let why = format!("the role to check is {}", expected.role);
    (!has_own).then(|| Finding::wrong("entry-other", what, why))
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
