//! `mapRoles` of the `aws-auth` ConfigMap.

use serde_json::Value;

use super::names::{MASTERS, Names, groups, username};
use crate::policy::check::{Expected, Finding, yaml};
use crate::policy::mapping::arn_in_aws_auth;

pub const AUDIT: &str = "kubectl -n kube-system edit configmap aws-auth";

/// One of `mapRoles`.
pub struct Mapping {
    pub arn: String,
    pub username: String,
    pub groups: Vec<String>,
}

/// # Errors
/// EKS does not take it; why. It then takes no entry at all.
pub fn mappings(text: &str) -> Result<Vec<Mapping>, String> {
    let items = match yaml::parse(text)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        _ => return Err("it is no list".to_owned()),
    };
    let mapping = |item: &Value| -> Result<Mapping, String> {
        let item = item.as_object().ok_or("an entry is no mapping")?;
        let text = |key: &str| {
            // The keys' case does not count: EKS reads it with Go's JSON decoder.
            let found = item.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
            found.map(|(_, value)| value)
        };
        let string = |key: &str| match text(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("{key} is not text")),
        };
        let group = |group: &Value| match group {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            _ => Err("a group is not text".to_owned()),
        };
        Ok(Mapping {
            arn: string("rolearn")?,
            username: string("username")?,
            groups: match text("groups") {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(groups)) => groups.iter().map(group).collect::<Result<_, _>>()?,
                Some(_) => return Err("groups is not a list".to_owned()),
            },
        })
    };
    items
        .iter()
        .enumerate()
        .map(|(at, item)| mapping(item).map_err(|why| format!("entry {}: {why}", at + 1)))
        .collect()
}

/// `names` are the usernames that people are to have, see `Names`.
pub fn check(
    mappings: &[Mapping],
    has_entry: bool,
    names: &Names,
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
        } else if !is_master(mapping) && names.has(&mapping.username) {
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
        if let Some(cluster) = &expected.cluster {
            let create = expected.cluster_command("access-entry", cluster.as_str());
            finding = finding.mend(format!("or: {create} --format aws-cli | sh"));
        }
        findings.push(finding);
    }
}

/// It can do everything as itself.
fn is_master(mapping: &Mapping) -> bool {
    mapping.groups.iter().any(|group| group == MASTERS)
}
