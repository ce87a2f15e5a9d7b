//! The role's permissions: to find a cluster, and nothing else. Everything in the cluster is Apono's to grant.

use super::given::{Content, Given, Permissions};
use super::iam::{Patterns, Statement};
use super::{Expected, Finding, shell};
use crate::policy::document::clusters;

const DESCRIBE: &str = "eks:DescribeCluster";
/// Managed by AWS, and known without reading them.
const KNOWN_ADMINS: [&str; 3] = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];

pub fn check(given: &[Given], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut describes = None;
    for document in given {
        match &document.content {
            Content::Permissions(permissions) => {
                describes = describes.max(Some(one(permissions, expected, &mut findings)));
            }
            Content::Attached(arns) => {
                findings.extend(arns.iter().filter_map(|arn| attached(arn, given, expected)));
            }
            _ => {}
        }
    }
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

fn one(permissions: &Permissions, expected: &Expected, findings: &mut Vec<Finding>) -> Describes {
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
            findings.push(finding.mend(mend(permissions, expected)));
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

fn mend(permissions: &Permissions, expected: &Expected) -> String {
    let (role, document) = (expected.role.name(), expected.command("permissions"));
    match (&permissions.arn, &permissions.inline_name) {
        (Some(arn), _) if arn.contains(":iam::aws:") => {
            format!(
                "aws iam detach-role-policy --role-name {role} --policy-arn {}",
                shell(arn)
            )
        }
        (Some(arn), _) => format!(
            "aws iam create-policy-version --set-as-default --policy-arn {} --policy-document \"$({document})\"",
            shell(arn)
        ),
        (None, Some(name)) => format!(
            "aws iam put-role-policy --role-name {role} --policy-name {} --policy-document \"$({document})\"",
            shell(name)
        ),
        (None, None) => format!("put this in its place: {document}"),
    }
}

/// How many of the account's clusters it lets the role find.
fn describe(statement: &Statement, expected: &Expected) -> Describes {
    if !statement.actions.cover(DESCRIBE) {
        return Describes::Nothing;
    }
    // A name that only a wildcard matches.
    let all = clusters(&expected.role).replace('*', "\u{1}");
    match statement.resources.cover(&all) && statement.conditions.is_empty() {
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
        .filter(|action| !action.eq_ignore_ascii_case(DESCRIBE))
        .collect();
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

/// A managed policy whose document was not given.
fn attached(arn: &str, given: &[Given], expected: &Expected) -> Option<Finding> {
    let read = |document: &Given| match &document.content {
        // Printed by itself, a version does not say of which policy it is.
        Content::Permissions(p) => {
            p.inline_name.is_none() && p.arn.as_deref().is_none_or(|a| a == arn)
        }
        _ => false,
    };
    let name = arn.rsplit('/').next().unwrap_or_default();
    if arn.contains(":iam::aws:policy/") && KNOWN_ADMINS.contains(&name) {
        if given
            .iter()
            .any(|d| matches!(&d.content, Content::Permissions(p) if p.arn.as_deref() == Some(arn)))
        {
            return None;
        }
        let what = format!("the role has the policy {name}");
        let why = "everybody who takes the role has it in AWS, whatever Apono granted";
        let detach = format!(
            "aws iam detach-role-policy --role-name {} --policy-arn {}",
            expected.role.name(),
            shell(arn)
        );
        return Some(Finding::dangerous("permissions-wide", what, why).mend(detach));
    }
    if given.iter().any(read) {
        return None;
    }
    let what = format!("policy {arn} was not looked into");
    let why = "its document was not given";
    Some(
        Finding::note("permissions-unread", what, why).mend(format!(
            "aws iam get-policy-version --policy-arn {} --version-id \"$(aws iam get-policy --policy-arn {0} --query Policy.DefaultVersionId --output text)\"",
            shell(arn)
        )),
    )
}
