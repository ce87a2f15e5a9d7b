//! How the cluster names the role's sessions, and what it gives all of them.

use serde_json::Value;

use super::given::{AccessEntry, Content, Given};
use super::{Expected, Finding, yaml};
use crate::policy::mapping::{SESSION_NAME, arn_in_aws_auth};

const MASTERS: &str = "system:masters";
/// Access policies that are as good as `cluster-admin`.
const ADMINS: [&str; 2] = ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"];
const AUDIT: &str = "kubectl -n kube-system edit configmap aws-auth";

/// One of `mapRoles`.
struct Mapping {
    arn: String,
    username: String,
    groups: Vec<String>,
}

pub fn check(given: &[Given], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    let entries: Vec<&AccessEntry> = given
        .iter()
        .filter_map(|document| match &document.content {
            Content::AccessEntry(entry) => Some(entry),
            _ => None,
        })
        .collect();
    for entry in &entries {
        access_entry(entry, expected, &mut findings);
    }
    for document in given {
        match &document.content {
            Content::AwsAuth(map_roles) => {
                let text = map_roles.as_deref().unwrap_or_default();
                match mappings(text) {
                    Ok(mappings) => {
                        aws_auth(&mappings, !entries.is_empty(), expected, &mut findings);
                    }
                    Err(why) => {
                        let what = "mapRoles of aws-auth cannot be read".to_owned();
                        findings.push(Finding::wrong("aws-auth-unreadable", what, why).mend(AUDIT));
                    }
                }
            }
            Content::AccessPolicies(arns) => {
                findings.extend(arns.iter().map(|arn| access_policy(arn, expected)));
            }
            _ => {}
        }
    }
    findings
}

fn mappings(text: &str) -> Result<Vec<Mapping>, String> {
    let items = match yaml::parse(text)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        _ => return Err("it is no list".to_owned()),
    };
    let mapping = |item: Value| {
        let item = item.as_object().ok_or("an entry is no mapping")?;
        let text = |key: &str| {
            // The keys' case does not count: EKS reads it with Go's JSON decoder.
            let found = item.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
            found.map(|(_, value)| value)
        };
        let groups = text("groups").and_then(Value::as_array);
        let string = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Ok(Mapping {
            arn: string(text("rolearn")),
            username: string(text("username")),
            groups: groups
                .into_iter()
                .flatten()
                .map(|group| string(Some(group)))
                .collect(),
        })
    };
    items.into_iter().map(mapping).collect()
}

fn aws_auth(
    mappings: &[Mapping],
    has_entry: bool,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let arn = arn_in_aws_auth(&expected.role);
    let entry = expected.command("aws-auth");
    let mend = || format!("{AUDIT}  # and have there what `{entry}` prints");
    let name = format!("/{}", expected.role.name());
    let (own, others): (Vec<&Mapping>, Vec<&Mapping>) = mappings
        .iter()
        .partition(|mapping| mapping.arn.eq_ignore_ascii_case(&arn));
    for mapping in &own {
        let place = format!("aws-auth's entry for {}", mapping.arn);
        username(&place, &mapping.username, &mend(), expected, findings);
        groups(&place, &mapping.groups, &mend(), findings);
    }
    if own.len() > 1 {
        let what = format!("aws-auth has {} entries for {arn}", own.len());
        let why = "EKS takes one of them, and does not say which";
        findings.push(Finding::wrong("aws-auth-twice", what, why).mend(AUDIT));
    }
    if has_entry && !own.is_empty() {
        let what = "the role has an access entry, and an entry in aws-auth".to_owned();
        let why = "the access entry counts (https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html)";
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
            let what = format!("aws-auth's entry has {}, which EKS never sees", mapping.arn);
            let why = format!("EKS looks for {arn}, without a path");
            findings.push(Finding::wrong("aws-auth-path", what, why).mend(mend()));
        } else if takes_any_name(mapping, expected) {
            let what = format!(
                "aws-auth gives sessions of {} the username {}",
                mapping.arn, mapping.username
            );
            let why = "whoever takes that role chooses the session's name, and so can have a colleague's email, and what Apono granted to it";
            findings.push(
                Finding::dangerous("aws-auth-other-role", what, why).mend(format!(
                    "{AUDIT}  # and give that role a username of its own"
                )),
            );
        }
    }
    if !mapped {
        let what = format!("aws-auth has no entry for {arn}");
        let why = "the cluster answers the role's sessions with Unauthorized";
        let mut finding = Finding::wrong("aws-auth-missing", what, why).mend(mend());
        if let (Some(cluster), Some(region)) = (&expected.cluster, &expected.region) {
            let create = expected.command("access-entry");
            finding = finding.mend(format!(
                "or: {create} --cluster-name {cluster} --region {region} --format aws-cli | sh"
            ));
        }
        findings.push(finding);
    }
}

/// Of another role: its sessions get the very usernames that Apono grants to.
fn takes_any_name(mapping: &Mapping, expected: &Expected) -> bool {
    let prefix = expected.prefix.clone().unwrap_or_default().to_string();
    let is_name = mapping.username.strip_prefix(&prefix);
    is_name == Some(SESSION_NAME) && !mapping.groups.iter().any(|group| group == MASTERS)
}

fn username(
    place: &str,
    username: &str,
    mend: &str,
    expected: &Expected,
    findings: &mut Vec<Finding>,
) {
    let template = expected.prefix.as_ref().map(|prefix| prefix.template());
    let mut found = |finding: Finding| findings.push(finding.mend(mend));
    if username.starts_with("system:") {
        let what = format!("{place} has the username {username}");
        let why = "Kubernetes gives names that start with system: rights of their own";
        found(Finding::dangerous("username-system", what, why));
    } else if username.contains("{{SessionName}}") {
        let what = format!(
            "{place} has {{{{SessionName}}}} in its username, where {SESSION_NAME} belongs"
        );
        let why = "it turns the @ of emails into -: nobody has what Apono granted to their email";
        found(Finding::wrong("username-not-raw", what, why));
    } else if !username.contains(SESSION_NAME) {
        let (what, why) = match username {
            "" => (
                format!("{place} has no username"),
                "nobody is called by their email",
            ),
            _ => (
                format!("{place} has the username {username} for everybody"),
                "what Apono grants to one of them all have, and the audit log does not tell them apart",
            ),
        };
        found(Finding::dangerous("username-shared", what, why));
    } else if template.is_some_and(|template| template != username) {
        let what = format!("{place} has the username {username}");
        let why = "it is not the one that was asked for: Apono grants to names that nobody has";
        found(Finding::wrong("username-other", what, why));
    } else if expected.prefix.is_none() && username != SESSION_NAME {
        let what = format!("{place} has the username {username}");
        let why = "the guide has the email alone: Apono has to grant to the whole name (check with --username-prefix)";
        findings.push(Finding::note("username-prefix", what, why));
    }
}

fn groups(place: &str, groups: &[String], mend: &str, findings: &mut Vec<Finding>) {
    let mut groups = groups.to_vec();
    groups.sort();
    let system = groups.iter().any(|group| group.starts_with("system:"));
    let what = format!("{place} puts everybody into {}", groups.join(", "));
    let finding = if groups.iter().any(|group| group == MASTERS) {
        let what = format!("EVERYBODY IS CLUSTER ADMIN: {what}");
        let why = "it passes every check of RBAC, always: nothing that Apono grants or takes away matters";
        Finding::dangerous("groups-masters", what, why)
    } else if system {
        let why = "Kubernetes' own groups have rights that Apono does not take away";
        Finding::dangerous("groups-system", what, why)
    } else if !groups.is_empty() {
        let why =
            "the guide has no groups: what is granted to them everybody has always, without Apono";
        Finding::wrong("groups", what, why)
    } else {
        return;
    };
    findings.push(finding.mend(mend));
}

fn access_entry(entry: &AccessEntry, expected: &Expected, findings: &mut Vec<Finding>) {
    let cluster = expected.cluster.as_ref().map_or("CLUSTER", |c| c.as_str());
    let place = format!("the access entry of {}", entry.principal);
    if entry.principal != expected.role.as_str() {
        let what = format!("{place} is another role's");
        let why = format!("{} was to be checked", expected.role);
        findings.push(Finding::wrong("entry-other", what, why));
        return;
    }
    let prefix = expected.prefix.clone();
    let prefix = prefix.unwrap_or_else(super::UsernamePrefix::of_access_entries);
    let update = format!(
        "aws eks update-access-entry --cluster-name {cluster} --principal-arn {}",
        expected.role
    );
    let rename = format!("{update} --username '{}'", prefix.template());
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
        findings.push(
            Finding::dangerous("entry-type", what, why).mend(format!(
                "aws eks delete-access-entry --cluster-name {cluster} --principal-arn {}, and make it again: {} --cluster-name {cluster} --format aws-cli",
                expected.role,
                expected.command("access-entry")
            )),
        );
    }
}

fn access_policy(arn: &str, expected: &Expected) -> Finding {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let cluster = expected.cluster.as_ref().map_or("CLUSTER", |c| c.as_str());
    let what = format!("the role's access entry has the access policy {name}");
    let why = "everybody who takes the role has it in the cluster, always, whatever Apono grants";
    let finding = match ADMINS.contains(&name) {
        true => Finding::dangerous(
            "entry-policy",
            format!("EVERYBODY IS CLUSTER ADMIN: {what}"),
            why,
        ),
        false => Finding::wrong("entry-policy", what, why),
    };
    finding.mend(format!(
        "aws eks disassociate-access-policy --cluster-name {cluster} --principal-arn {} --policy-arn {}",
        expected.role,
        super::shell(arn)
    ))
}
