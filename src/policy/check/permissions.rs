//! The permissions of the role: `eks:DescribeCluster` and nothing else. Access inside the cluster is granted by Apono.

use std::collections::{BTreeMap, BTreeSet};

use super::iam::{Patterns, Statement};
use super::input::{Input, Permissions};
use super::{Expected, Finding};
use crate::names::RoleArn;
use crate::policy::document::policy_arn;
use crate::sys::shell::Shell;

const DESCRIBE: &str = "eks:DescribeCluster";
/// Works without any permission, so allowing it makes no difference.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
const ALWAYS_ALLOWED: &str = "sts:GetCallerIdentity";
/// AWS managed policies that are known to be dangerous without reading them.
const ADMIN_POLICIES: [&str; 3] = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];
const ALWAYS_IN_AWS: &str = "everyone who can assume the role has these permissions in AWS at any time, without a grant in Apono";

pub fn check(inputs: &[Input], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut describes = None;
    let managed = inputs.iter().filter_map(|input| match input {
        Input::Managed(managed) => Some((managed.arn.as_str(), managed.attachments)),
        _ => None,
    });
    let attachments: BTreeMap<&str, Option<u64>> = managed.collect();
    for input in inputs {
        if let Input::Permissions(permissions) = input {
            let fix = || fix(permissions, &attachments, expected);
            describes = describes.max(Some(check_policy(
                permissions,
                expected,
                fix,
                &mut findings,
            )));
        }
    }
    unread(inputs, expected, &mut findings);
    if describes == Some(Describes::Nothing) {
        let what = format!("no policy allows the role {DESCRIBE}");
        let why = "`apono-login update-kubeconfig` cannot read any cluster with this role";
        findings
            .push(Finding::wrong("permissions-missing", what, why).fix(expected.fix_permissions()));
    }
    if describes == Some(Describes::Some) {
        let what = format!("{DESCRIBE} is allowed for some clusters only");
        let why = "the guide allows it for all clusters of the account: `apono-login update-kubeconfig` cannot read the others";
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

/// Checks one policy. Returns the clusters that it lets the role describe.
fn check_policy(
    permissions: &Permissions,
    expected: &Expected,
    fix: impl Fn() -> Vec<String>,
    findings: &mut Vec<Finding>,
) -> Describes {
    if !permissions.in_force {
        let what = "one policy version was not checked: it is not the default version".to_owned();
        let why = "only the default version is in effect: DefaultVersionId in the output of `aws iam get-policy`";
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
                let why = "`apono-login update-kubeconfig` may not be able to read the cluster with this role";
                Finding::wrong("permissions-denied", what, why)
            }),
        };
        if let Some(mut finding) = finding {
            finding.what = format!("{}: {}", name(permissions), finding.what);
            finding.fix = fix();
            findings.push(finding);
        }
    }
    describes
}

fn name(permissions: &Permissions) -> String {
    match (&permissions.arn, &permissions.inline_name) {
        (Some(arn), _) => format!("policy {arn}"),
        (None, Some(name)) => format!("inline policy {name}"),
        (None, None) => "a policy of the role".to_owned(),
    }
}

fn fix(
    permissions: &Permissions,
    attachments: &BTreeMap<&str, Option<u64>>,
    expected: &Expected,
) -> Vec<String> {
    let (role, document) = (expected.role.name(), expected.command("permissions"));
    match (&permissions.arn, &permissions.inline_name) {
        (Some(arn), _) if arn.contains(":iam::aws:") => vec![detach(arn, expected)],
        (Some(arn), _) => {
            let is_policy_of_guide = *arn == policy_arn(&expected.role);
            // Do not change the permissions of other roles that the policy may be attached to.
            let only_here = attachments.get(arn.as_str()) == Some(&Some(1));
            match (is_policy_of_guide, only_here) {
                (true, true) => vec![format!(
                    "aws iam create-policy-version --set-as-default --policy-arn {} --policy-document \"$({document})\"",
                    Shell::Sh.quote(arn)
                )],
                // A managed policy with this name already exists, so add an inline policy.
                (true, false) => vec![
                    detach(arn, expected),
                    format!(
                        "aws iam put-role-policy --role-name={role} --policy-name=apono-describe-cluster --policy-document \"$({document})\""
                    ),
                ],
                (false, _) => vec![detach(arn, expected), expected.fix_permissions()],
            }
        }
        (None, Some(name)) => vec![format!(
            "aws iam put-role-policy --role-name={role} --policy-name={} --policy-document \"$({document})\"",
            Shell::Sh.quote(name)
        )],
        (None, None) => vec![format!(
            "replace the policy with the output of `{document}`"
        )],
    }
}

fn detach(arn: &str, expected: &Expected) -> String {
    format!(
        "aws iam detach-role-policy --role-name={} --policy-arn {}",
        expected.role.name(),
        Shell::Sh.quote(arn)
    )
}

/// Returns which clusters of the account a statement lets the role describe.
fn describe(statement: &Statement, expected: &Expected) -> Describes {
    if !statement.actions.cover(DESCRIBE) {
        return Describes::Nothing;
    }
    // A cluster name that only a wildcard matches.
    let all = clusters(&expected.role).replace('*', "\u{1}");
    match statement.resources.cover_resource(&all) && statement.conditions.is_empty() {
        true => Describes::All,
        false => Describes::Some,
    }
}

/// Returns a finding if a statement allows more than describing clusters of the account.
fn wider(statement: &Statement, expected: &Expected) -> Option<Finding> {
    let label = &statement.label;
    let actions = match &statement.actions {
        Patterns::These(actions) => actions,
        Patterns::AllExcept(actions) => {
            let what = format!("{label} allows everything except {}", actions.join(", "));
            let why = "NotAction allows everyone who can assume the role nearly everything in the account";
            return Some(Finding::dangerous("permissions-not-action", what, why));
        }
        Patterns::None => return None,
    };
    let more: Vec<&str> = actions
        .iter()
        .map(String::as_str)
        .filter(|action| {
            !action.eq_ignore_ascii_case(DESCRIBE) && !action.eq_ignore_ascii_case(ALWAYS_ALLOWED)
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
            Patterns::AllExcept(_) => Some("all resources except some (NotResource)".to_owned()),
            Patterns::None => None,
        }?;
        let what = format!("{label} allows {DESCRIBE} on {wide}");
        let why = format!("the guide allows it on {} only", clusters(&expected.role));
        return Some(Finding::wrong("permissions-resource", what, why));
    }
    let what = format!("{label} allows {}", more.join(", "));
    match more.iter().all(|action| only_reads_eks(action)) {
        true => {
            let why = format!("the guide allows {DESCRIBE} only: apono-login needs nothing else");
            Some(Finding::wrong("permissions-more", what, why))
        }
        false => {
            let why = ALWAYS_IN_AWS;
            Some(Finding::dangerous("permissions-wide", what, why))
        }
    }
}

/// Returns the ARN pattern of all clusters in the account.
fn clusters(role: &RoleArn) -> String {
    let (partition, account) = (role.partition(), role.account());
    format!("arn:{partition}:eks:*:{account}:cluster/*")
}

fn is_of_account(resource: &str, expected: &Expected) -> bool {
    let (partition, account) = (expected.role.partition(), expected.role.account());
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", p, "eks", _, a, cluster]
        if *p == partition.as_str() && *a == account.as_str() && cluster.starts_with("cluster/"))
}

fn only_reads_eks(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let verb = action.strip_prefix("eks:").unwrap_or_default();
    verb.starts_with("describe") || verb.starts_with("list")
}

/// Adds findings on policies that the role has and whose documents are not in the inputs.
fn unread(inputs: &[Input], expected: &Expected, findings: &mut Vec<Finding>) {
    let mut attached = BTreeSet::new();
    let mut inline = BTreeSet::new();
    let mut read = BTreeSet::new();
    let mut read_inline = BTreeSet::new();
    // The output of `get-policy-version` does not name the policy.
    let mut unnamed = 0;
    for input in inputs {
        match input {
            Input::Attached(arns) => attached.extend(arns.iter().map(String::as_str)),
            Input::Inline(names) => inline.extend(names.iter().map(String::as_str)),
            Input::Permissions(p) if p.in_force => match (&p.arn, &p.inline_name) {
                (Some(arn), _) => drop(read.insert(arn.as_str())),
                (None, Some(name)) => drop(read_inline.insert(name.as_str())),
                (None, None) => unnamed += 1,
            },
            _ => {}
        }
    }
    let check = expected.command("check");
    let mut note = |what: String, print: String| {
        let why = "the input does not contain its document";
        let fix = format!("{print} --output json | {check} -");
        findings.push(Finding::note("permissions-unread", what, why).fix(fix));
    };
    for name in inline.difference(&read_inline) {
        let what = format!("inline policy {name} was not checked");
        let role = expected.role.name();
        let print = format!(
            "aws iam get-role-policy --role-name={role} --policy-name={}",
            Shell::Sh.quote(name)
        );
        note(what, print);
    }
    let (admins, others): (Vec<&str>, Vec<&str>) = attached
        .difference(&read)
        .copied()
        .partition(|arn| is_admin_policy(arn));
    // With at least as many unnamed documents as policies, assume that each policy has its document.
    if others.len() > unnamed {
        for arn in others {
            let what = match unnamed {
                0 => format!("policy {arn} was not checked"),
                _ => format!(
                    "policy {arn} may not have been checked: the role has more policies than there are documents"
                ),
            };
            note(
                what,
                format!(
                    "aws iam get-policy-version --policy-arn {} --version-id \"$(aws iam get-policy --policy-arn {0} --query Policy.DefaultVersionId --output text)\"",
                    Shell::Sh.quote(arn)
                ),
            );
        }
    }
    for arn in admins {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let what = format!("policy {name} is attached to the role");
        let finding = Finding::dangerous("permissions-wide", what, ALWAYS_IN_AWS);
        findings.push(finding.fix(detach(arn, expected)));
    }
}

fn is_admin_policy(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    arn.contains(":iam::aws:policy/") && ADMIN_POLICIES.contains(&name)
}
