//! What differs from the guide, in what the admin's own tools print. Pure: parsed documents in, findings out.
//!
//! The comparison is of meaning, not of text. Where it cannot tell, it takes the side of danger and says what it saw.

mod cluster;
mod given;
mod iam;
mod permissions;
#[cfg(test)]
mod tests;
mod trust;
mod yaml;

pub use given::{AwsAuth, Content, Given, read};

use serde::Serialize;

use super::document::policy_arn;
use super::mapping::UsernamePrefix;
use crate::aws;
use crate::names::{ClusterName, Region, RoleArn, SamlProviderArn};

/// Findings shown; a hostile document could have millions.
const MAX_FINDINGS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody gets what is not theirs.
    Dangerous,
    /// More than the guide grants, or people who should get in do not.
    Wrong,
    /// Stricter than the guide, or not looked at. Does not count as a difference.
    Note,
}

/// Fields are part of the interface: add, do not rename. Holds text from the documents: print it only cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// A stable name of what was found.
    pub id: &'static str,
    pub what: String,
    pub why: String,
    /// What to do, one command or step each.
    pub mend: Vec<String>,
}

impl Finding {
    fn new(severity: Severity, id: &'static str, what: String, why: impl Into<String>) -> Self {
        Finding {
            severity,
            id,
            what,
            why: why.into(),
            mend: Vec::new(),
        }
    }

    fn dangerous(id: &'static str, what: String, why: impl Into<String>) -> Self {
        Self::new(Severity::Dangerous, id, what, why)
    }

    fn wrong(id: &'static str, what: String, why: impl Into<String>) -> Self {
        Self::new(Severity::Wrong, id, what, why)
    }

    fn note(id: &'static str, what: String, why: impl Into<String>) -> Self {
        Self::new(Severity::Note, id, what, why)
    }

    fn mend(mut self, step: impl Into<String>) -> Self {
        self.mend.push(step.into());
        self
    }
}

/// What is to be there.
#[derive(Debug, Clone)]
pub struct Expected {
    pub role: RoleArn,
    /// Who signs people in, where it is to be SAML and is known.
    pub saml_provider: Option<SamlProviderArn>,
    /// The one before emails, where it is known.
    pub prefix: Option<UsernamePrefix>,
    pub cluster: Option<ClusterName>,
    pub region: Option<Region>,
}

impl Expected {
    /// `apono-login policy VERB`, for this role.
    fn command(&self, verb: &str) -> String {
        let role = &self.role;
        let region = match role.partition().as_str() {
            "aws" => String::new(),
            _ => self.partition_region(),
        };
        format!(
            "apono-login policy {verb} --account-id {} --role-name={}{region}",
            role.account(),
            role.path_and_name(),
        )
    }

    /// The same, for the cluster: `name` is an option's value, see `cluster_name`.
    fn cluster_command(&self, verb: &str, name: &str) -> String {
        let region = match self.role.partition().as_str() {
            "aws" => self.cluster_region().unwrap_or_default(),
            _ => String::new(),
        };
        format!("{} --cluster-name {name}{region}", self.command(verb))
    }

    /// `aws eks VERB` for the role in the cluster.
    fn eks(&self, verb: &str, name: &str) -> String {
        format!(
            "aws eks {verb} --cluster-name {name}{} --principal-arn {}",
            self.cluster_region().unwrap_or_default(),
            self.role
        )
    }

    /// What was typed, else what a document says; else what stops a shell, and says what is missing.
    fn cluster_name(&self, said: Option<&ClusterName>) -> String {
        match self.cluster.as_ref().or(said) {
            Some(name) => name.to_string(),
            None => "\"${CLUSTER:?is not set: the name of the cluster}\"".to_owned(),
        }
    }

    /// ` --region REGION`, where the cluster's is known.
    fn cluster_region(&self) -> Option<String> {
        let partition = self.role.partition();
        let region = self.region.as_ref()?;
        let fits = aws::partition(region).as_ref() == Some(partition);
        fits.then(|| format!(" --region {region}"))
    }

    /// The same, else one of the partition.
    fn partition_region(&self) -> String {
        let home = || aws::home_region(self.role.partition());
        let home = || home().map(|region| format!(" --region {region}"));
        self.cluster_region().or_else(home).unwrap_or_default()
    }

    /// Prints the guide's trust policy.
    fn trust_document(&self, saml_provider: Option<&str>) -> String {
        match saml_provider {
            Some(name) => self.command(&format!("trust-saml --saml-provider={}", shell(name))),
            None => self.command("trust-sso"),
        }
    }

    /// Puts the guide's trust policy in place of all that is there.
    fn mend_trust(&self, saml_provider: Option<&str>) -> String {
        format!(
            "aws iam update-assume-role-policy --role-name={} --policy-document \"$({})\"",
            self.role.name(),
            self.trust_document(saml_provider)
        )
    }

    /// Makes the guide's permissions a policy of the role's own.
    fn mend_permissions(&self) -> String {
        format!(
            "{} --format aws-cli | sh && aws iam attach-role-policy --role-name={} --policy-arn {}",
            self.command("permissions"),
            self.role.name(),
            policy_arn(&self.role)
        )
    }
}

/// All that differs, dangerous first.
pub fn check(given: &[Given], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in given {
        match &document.content {
            Content::Role(role) => findings.extend(trust::check_role(role, expected)),
            Content::Trust(policy) => findings.extend(trust::check(policy, expected)),
            _ => {}
        }
    }
    findings.extend(permissions::check(given, expected));
    findings.extend(cluster::check(given, expected));
    findings.extend(not_looked_at(given, expected));
    findings.sort_by_key(|finding| finding.severity);
    if findings.len() > MAX_FINDINGS {
        let more = findings.len() - MAX_FINDINGS;
        findings.truncate(MAX_FINDINGS);
        let what = format!("{more} more findings are not shown");
        findings.push(Finding::wrong("more", what, "mend these first"));
    }
    findings
}

/// What no document says. Without all of it a setup is not the guide's, only what was given of it.
fn not_looked_at(given: &[Given], expected: &Expected) -> Option<Finding> {
    let has = |wanted: &dyn Fn(&Content) -> bool| given.iter().any(|d| wanted(&d.content));
    let own = |principal: &str| principal == expected.role.as_str();
    let listed_without =
        |c: &Content| matches!(c, Content::AccessEntries(all) if !all.iter().any(|arn| own(arn)));
    // No access entry, no policies of it.
    let no_entry = |c: &Content| matches!(c, Content::NoAccessEntry) || listed_without(c);
    let parts = [
        (
            has(&|c| matches!(c, Content::Role(_) | Content::Trust(_))),
            "the trust policy (aws iam get-role)",
        ),
        (
            has(&|c| matches!(c, Content::Permissions(_)))
                || has(&|c| matches!(c, Content::Attached(arns) if arns.is_empty()))
                    && has(&|c| matches!(c, Content::Inline(names) if names.is_empty())),
            "the permissions (aws iam get-role-policy, aws iam get-policy-version)",
        ),
        (
            has(&|c| matches!(c, Content::Attached(_))),
            "which managed policies the role has (aws iam list-attached-role-policies)",
        ),
        (
            has(&|c| matches!(c, Content::Inline(_))),
            "which policies of its own the role has (aws iam list-role-policies)",
        ),
        (
            has(&|c| matches!(c, Content::AwsAuth(_))),
            "aws-auth (kubectl -n kube-system get configmap aws-auth -o json)",
        ),
        (
            has(&|c| no_entry(c) || matches!(c, Content::AccessEntry(e) if own(&e.principal))),
            "the role's access entry, which counts before aws-auth (--cluster-name, or aws eks describe-access-entry)",
        ),
        (
            has(&|c| {
                no_entry(c) || matches!(c, Content::AccessPolicies(p) if p.is_of(&expected.role))
            }),
            "access policies of the role (--cluster-name, or aws eks list-associated-access-policies)",
        ),
        (
            has(&|c| matches!(c, Content::AccessEntries(_))),
            "which access entries others have (--cluster-name, or aws eks list-access-entries)",
        ),
    ];
    let missing: Vec<&str> = parts
        .into_iter()
        .filter_map(|(there, what)| (!there).then_some(what))
        .collect();
    let what = format!("not looked at: {}", missing.join("; "));
    (!missing.is_empty())
        .then(|| Finding::note("not-looked-at", what, "no document that was given says it"))
}

/// Whether a finding says that something was not looked into.
fn is_partial(finding: &Finding) -> bool {
    const IDS: [&str; 7] = [
        "not-looked-at",
        "trust-deny",
        "role-boundary",
        "permissions-unread",
        "permissions-version",
        "aws-auth-users",
        "entries-others",
    ];
    IDS.contains(&finding.id)
}

/// Whether nothing was left out.
pub fn is_complete(findings: &[Finding]) -> bool {
    !findings.iter().any(is_partial)
}

/// A word for a POSIX shell.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=,@+-".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
