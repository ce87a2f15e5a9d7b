//! The role's permissions: to find a cluster, and nothing else. Everything in the cluster is Apono's to grant.

use std::collections::{BTreeMap, BTreeSet};

use super::given::{Content, Given, Permissions};
use super::iam::{Patterns, Statement};
use super::{Expected, Finding, shell};
use crate::policy::document::{clusters, policy_arn};

const DESCRIBE: &str = "eks:DescribeCluster";
/// It needs no permission, and cannot be taken away.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
const NEEDS_NONE: &str = "sts:GetCallerIdentity";
/// Managed by AWS, and known without reading them.
const KNOWN_ADMINS: [&str; 3] = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];

pub fn check(given: &[Given], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut describes = None;
    let managed = given.iter().filter_map(|document| match &document.content {
        Content::Managed(managed) => Some((managed.arn.as_str(), managed.attachments)),
        _ => None,
    });
    let attachments: BTreeMap<&str, Option<u64>> = managed.collect();
    for document in given {
        if let Content::Permissions(permissions) = &document.content {
            let mend = || mend(permissions, &attachments, expected);
            describes = describes.max(Some(one(permissions, expected, mend, &mut findings)));
        }
    }
    unread(given, expected, &mut findings);
    if describes == Some(Describes::Nothing) {
        let what = format!("nothing allows the role {DESCRIBE}");
        let why = "`apono-login update-kubeconfig` finds no cluster with it";
        findings.push(
            Finding::wrong("permissions-missing", what, why).mend(expected.mend_permissions()),
        );
    }
    if describes == Some(Describes::Some) {
        let what = format!("{DESCRIBE} is allowed for some clusters only");
        let why =
            "the guide has all of the account: `apono-login update-kubeconfig` finds no other";
        findings.push(Finding::note("permissions-narrow", what, why));
    }
    findings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Describes {
    Nothing,
    Some,
    All,
}

fn one(
    permissions: &Permissions,
    expected: &Expected,
    mend: impl Fn() -> Vec<String>,
    findings: &mut Vec<Finding>,
) -> Describes {
    if !permissions.in_force {
        let what = "a version of a policy that is not its default was given".to_owned();
        let why = "the one in force is named by `aws iam get-policy` (DefaultVersionId)";
        findings.push(Finding::note("permissions-version", what, why));
        return Describes::Nothing;
    }
    let mut describes = Describes::Nothing;
    for statement in &permissions.policy.statements {
        let finding = match statement.allows {
            true => {
                describes = describes.max(describe(statement, expected));
                wider(statement, expected)
            }
            false => statement.actions.cover(DESCRIBE).then(|| {
                let what = format!("{} denies {DESCRIBE}", statement.label);
                let why = "`apono-login update-kubeconfig` may find no cluster with it";
                Finding::wrong("permissions-denied", what, why)
            }),
        };
        if let Some(mut finding) = finding {
            finding.what = format!("{}: {}", name(permissions), finding.what);
            finding.mend = mend();
            findings.push(finding);
        }
    }
    describes
}

fn name(permissions: &Permissions) -> String {
    match (&permissions.arn, &permissions.inline_name) {
        (Some(arn), _) => format!("policy {arn}"),
        (None, Some(name)) => format!("the role's own policy {name}"),
        (None, None) => "a policy of the role".to_owned(),
    }
}

fn mend(
    permissions: &Permissions,
    attachments: &BTreeMap<&str, Option<u64>>,
    expected: &Expected,
) -> Vec<String> {
    let (role, document) = (expected.role.name(), expected.command("permissions"));
    match (&permissions.arn, &permissions.inline_name) {
        (Some(arn), _) if arn.contains(":iam::aws:") => vec![detach(arn, expected)],
        (Some(arn), _) => {
            let is_guides = *arn == policy_arn(&expected.role);
            // Others may have it, too: what they can do is not to change.
            let only_here = attachments.get(arn.as_str()) == Some(&Some(1));
            match (is_guides, only_here) {
                (true, true) => vec![format!(
                    "aws iam create-policy-version --set-as-default --policy-arn {} --policy-document \"$({document})\"",
                    shell(arn)
                )],
                // Its name is taken: a policy in the role itself.
                (true, false) => vec![
                    detach(arn, expected),
                    format!(
                        "aws iam put-role-policy --role-name={role} --policy-name=apono-describe-cluster --policy-document \"$({document})\""
                    ),
                ],
                (false, _) => vec![detach(arn, expected), expected.mend_permissions()],
            }
        }
        (None, Some(name)) => vec![format!(
            "aws iam put-role-policy --role-name={role} --policy-name={} --policy-document \"$({document})\"",
            shell(name)
        )],
        (None, None) => vec![format!("put this in its place: {document}")],
    }
}

fn detach(arn: &str, expected: &Expected) -> String {
    format!(
        "aws iam detach-role-policy --role-name={} --policy-arn {}",
        expected.role.name(),
        shell(arn)
    )
}

/// How many of the account's clusters it lets the role find.
fn describe(statement: &Statement, expected: &Expected) -> Describes {
    if !statement.actions.cover(DESCRIBE) {
        return Describes::Nothing;
    }
    // A name that only a wildcard matches.
    let all = clusters(&expected.role).replace('*', "\u{1}");
    match statement.resources.cover_resource(&all) && statement.conditions.is_empty() {
        true => Describes::All,
        false => Describes::Some,
    }
}

/// What it allows beyond finding clusters of the account.
fn wider(statement: &Statement, expected: &Expected) -> Option<Finding> {
    let label = &statement.label;
    let actions = match &statement.actions {
        Patterns::These(actions) => actions,
        Patterns::AllBut(actions) => {
            let what = format!("{label} allows everything but {}", actions.join(", "));
            let why = "NotAction gives everybody who takes the role nearly the whole account";
            return Some(Finding::dangerous("permissions-not-action", what, why));
        }
        Patterns::None => return None,
    };
    let more: Vec<&str> = actions
        .iter()
        .map(String::as_str)
        .filter(|action| {
            !action.eq_ignore_ascii_case(DESCRIBE) && !action.eq_ignore_ascii_case(NEEDS_NONE)
        })
        .collect();
    if more.is_empty() && !statement.actions.cover(DESCRIBE) {
        return None;
    }
    if more.is_empty() {
        let wide = match &statement.resources {
            Patterns::These(resources) => resources
                .iter()
                .find(|resource| !is_of_account(resource, expected))
                .cloned(),
            Patterns::AllBut(_) => Some("all but some (NotResource)".to_owned()),
            Patterns::None => None,
        }?;
        let what = format!("{label} allows {DESCRIBE} on {wide}");
        let why = format!("the guide has {}", clusters(&expected.role));
        return Some(Finding::wrong("permissions-resource", what, why));
    }
    let what = format!("{label} allows {}", more.join(", "));
    match more.iter().all(|action| only_looks_at_eks(action)) {
        true => {
            let why = format!("the guide allows {DESCRIBE} only: apono-login needs nothing else");
            Some(Finding::wrong("permissions-more", what, why))
        }
        false => {
            let why = "everybody who takes the role has it in AWS, whatever Apono granted";
            Some(Finding::dangerous("permissions-wide", what, why))
        }
    }
}

fn is_of_account(resource: &str, expected: &Expected) -> bool {
    let (partition, account) = (expected.role.partition(), expected.role.account());
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", p, "eks", _, a, cluster]
        if *p == partition.as_str() && *a == account.as_str() && cluster.starts_with("cluster/"))
}

fn only_looks_at_eks(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let verb = action.strip_prefix("eks:").unwrap_or_default();
    verb.starts_with("describe") || verb.starts_with("list")
}

/// Policies that the role has, and whose documents were not given.
fn unread(given: &[Given], expected: &Expected, findings: &mut Vec<Finding>) {
    let mut attached = BTreeSet::new();
    let mut inline = BTreeSet::new();
    let mut read = BTreeSet::new();
    let mut read_inline = BTreeSet::new();
    // Printed by itself, a version does not say of which policy it is.
    let mut nameless = 0;
    for document in given {
        match &document.content {
            Content::Attached(arns) => attached.extend(arns.iter().map(String::as_str)),
            Content::Inline(names) => inline.extend(names.iter().map(String::as_str)),
            Content::Permissions(p) if p.in_force => match (&p.arn, &p.inline_name) {
                (Some(arn), _) => drop(read.insert(arn.as_str())),
                (None, Some(name)) => drop(read_inline.insert(name.as_str())),
                (None, None) => nameless += 1,
            },
            _ => {}
        }
    }
    let mut note = |what: String, mend: String| {
        let why = "its document was not given";
        findings.push(Finding::note("permissions-unread", what, why).mend(mend));
    };
    for name in inline.difference(&read_inline) {
        let what = format!("the role's own policy {name} was not looked into");
        let role = expected.role.name();
        let print = format!(
            "aws iam get-role-policy --role-name={role} --policy-name={}",
            shell(name)
        );
        note(what, print);
    }
    let (admins, others): (Vec<&str>, Vec<&str>) = attached
        .difference(&read)
        .copied()
        .partition(|arn| is_admins(arn));
    // As many documents as policies: they are taken for each other's.
    if others.len() > nameless {
        for arn in others {
            let what = match nameless {
                0 => format!("policy {arn} was not looked into"),
                _ => format!(
                    "policy {arn} may not have been looked into: fewer documents were given than the role has policies"
                ),
            };
            note(
                what,
                format!(
                    "aws iam get-policy-version --policy-arn {} --version-id \"$(aws iam get-policy --policy-arn {0} --query Policy.DefaultVersionId --output text)\"",
                    shell(arn)
                ),
            );
        }
    }
    for arn in admins {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let what = format!("the role has the policy {name}");
        let why = "everybody who takes the role has it in AWS, whatever Apono granted";
        let finding = Finding::dangerous("permissions-wide", what, why);
        findings.push(finding.mend(detach(arn, expected)));
    }
}

fn is_admins(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    arn.contains(":iam::aws:policy/") && KNOWN_ADMINS.contains(&name)
}
