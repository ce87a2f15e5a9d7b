//! How the cluster names the role's sessions, and what it gives all of them.

mod aws_auth;
mod names;

use aws_auth::{AUDIT, Mapping, mappings};
use names::{MASTERS, Names, groups, username};

use super::given::{AccessEntry, AccessPolicy, AwsAuth, Content, Given};
use super::{Expected, Finding, shell};
use crate::policy::mapping::{UsernamePrefix, arn_in_aws_auth};

/// <https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html>
const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";
/// Access policies that read Secrets, and with them become others.
const POWERFUL: [&str; 4] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
];

pub fn check(given: &[Given], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut maps: Vec<Vec<Mapping>> = Vec::new();
    let mut entries: Vec<&AccessEntry> = Vec::new();
    let mut has_own = false;
    for document in given {
        match &document.content {
            Content::AccessEntry(entry) => entries.push(entry),
            Content::AccessEntries(arns) => {
                has_own |= arns.iter().any(|arn| arn == expected.role.as_str());
                findings.extend(other_entries(arns, expected));
            }
            Content::AwsAuth(aws_auth) => {
                findings.extend(users(aws_auth));
                match mappings(aws_auth.map_roles.as_deref().unwrap_or_default()) {
                    Ok(mappings) => maps.push(mappings),
                    Err(why) => {
                        let what = "EKS cannot read mapRoles of aws-auth".to_owned();
                        findings.push(Finding::wrong("aws-auth-unreadable", what, why).mend(AUDIT));
                    }
                }
            }
            Content::AccessPolicies(policies) if policies.is_of(&expected.role) => {
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
    let names = Names::new(usernames, expected);
    for entry in own {
        access_entry(entry, expected, &mut findings);
    }
    for entry in others {
        findings.extend(other_entry(entry, &names, has_own, expected));
    }
    for mappings in &maps {
        aws_auth::check(mappings, has_own, &names, expected, &mut findings);
    }
    findings
}

/// IAM users that have names in the cluster.
fn users(aws_auth: &AwsAuth) -> Option<Finding> {
    let text = aws_auth.map_users.as_deref().unwrap_or_default().trim();
    let what = "aws-auth names IAM users, too (mapUsers), which were not looked into".to_owned();
    let why = "a user who is called by a colleague's email there has what Apono granted to it";
    (!matches!(text, "" | "[]")).then(|| Finding::note("aws-auth-users", what, why))
}

fn other_entries(arns: &[String], expected: &Expected) -> Option<Finding> {
    let others = arns
        .iter()
        .filter(|arn| *arn != expected.role.as_str())
        .count();
    let what = format!("{others} access entries of others were not looked into");
    let why = "sessions of a role with the same username template can have a colleague's email, and what Apono granted to it";
    (others > 0).then(|| {
        Finding::note("entries-others", what, why)
            .mend("give what `aws eks describe-access-entry` prints of each to `apono-login policy check`")
    })
}

fn access_entry(entry: &AccessEntry, expected: &Expected, findings: &mut Vec<Finding>) {
    let cluster = expected.cluster_name(entry.cluster.as_ref());
    let place = format!("the access entry of {}", entry.principal);
    let prefix = expected.prefix.clone();
    let prefix = prefix.unwrap_or_else(UsernamePrefix::of_access_entries);
    let update = expected.eks("update-access-entry", &cluster);
    let rename = format!("{update} --username='{}'", prefix.template());
    let generated = entry.username.is_empty() || entry.username.starts_with("arn:");
    if generated {
        let what = format!("{place} has the username that EKS made of the role's ARN");
        let why = "Apono grants to emails, and nobody is called by theirs";
        findings.push(Finding::wrong("entry-username", what, why).mend(rename));
    } else {
        username(&place, &entry.username, &rename, expected, findings);
    }
    let ungroup = format!("{update} --kubernetes-groups '[]'");
    groups(&place, &entry.groups, &ungroup, findings);
    if !entry.kind.is_empty() && entry.kind != "STANDARD" {
        let what = format!("{place} is of type {}", entry.kind);
        let why = "such entries are for nodes, and make one of whoever takes the role; a type cannot be changed";
        findings.push(Finding::dangerous("entry-type", what, why).mend(format!(
            "{} && {} --format aws-cli | sh",
            expected.eks("delete-access-entry", &cluster),
            expected.cluster_command("access-entry", &cluster)
        )));
    }
}

/// Another role's: it matters where its sessions can have the names that Apono grants to.
fn other_entry(
    entry: &AccessEntry,
    names: &Names,
    has_own: bool,
    expected: &Expected,
) -> Option<Finding> {
    let place = format!("the access entry of {}", entry.principal);
    if names.has(&entry.username) && !entry.groups.iter().any(|group| group == MASTERS) {
        let what = format!("{place} gives its sessions the username {}", entry.username);
        let why = "whoever takes that role chooses the session's name, and so can have a colleague's email, and what Apono granted to it";
        let step = "give that role a username of its own: aws eks update-access-entry --username";
        return Some(Finding::dangerous("entry-other-role", what, why).mend(step));
    }
    let what = format!("{place} is another role's");
    let why = format!("{} was to be checked", expected.role);
    (!has_own).then(|| Finding::wrong("entry-other", what, why))
}

fn access_policy(policy: &AccessPolicy, cluster: &str, expected: &Expected) -> Finding {
    let name = policy.arn.rsplit('/').next().unwrap_or_default();
    let scope = match &policy.namespaces {
        None => String::new(),
        Some(namespaces) => format!(" in {}", namespaces.join(", ")),
    };
    let what = format!("the role's access entry has the access policy {name}{scope}");
    let why = "everybody who takes the role has it in the cluster, always, whatever Apono grants";
    // Who is admin there is admin of all.
    let of_all = |namespace: &String| namespace == "kube-system" || namespace.contains('*');
    let finding = match &policy.namespaces {
        None if name == CLUSTER_ADMIN => Finding::dangerous(
            "entry-policy",
            format!("EVERYBODY IS CLUSTER ADMIN: {what}"),
            why,
        ),
        None if POWERFUL.contains(&name) => {
            let why = format!("{why}; it reads all Secrets");
            Finding::dangerous("entry-policy", what, why)
        }
        Some(namespaces)
            if (name == CLUSTER_ADMIN || POWERFUL.contains(&name))
                && namespaces.iter().any(of_all) =>
        {
            let why = format!("{why}; it reads the Secrets of kube-system");
            Finding::dangerous("entry-policy", what, why)
        }
        _ => Finding::wrong("entry-policy", what, why),
    };
    finding.mend(format!(
        "{} --policy-arn {}",
        expected.eks("disassociate-access-policy", cluster),
        shell(&policy.arn)
    ))
}
