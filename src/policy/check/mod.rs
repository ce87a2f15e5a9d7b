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

pub use given::{Content, Given, read};

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
            "aws" => None,
            _ => aws::home_region(role.partition()).map(|region| format!(" --region {region}")),
        };
        format!(
            "apono-login policy {verb} --account-id {} --role-name {}{}",
            role.account(),
            role.path_and_name(),
            region.unwrap_or_default()
        )
    }

    /// Puts the guide's trust policy in place.
    fn mend_trust(&self, saml_provider: Option<&str>) -> String {
        let document = match saml_provider {
            Some(name) => self.command(&format!("trust-saml --saml-provider {}", shell(name))),
            None => self.command("trust-sso"),
        };
        format!(
            "aws iam update-assume-role-policy --role-name {} --policy-document \"$({document})\"",
            self.role.name()
        )
    }

    /// Makes the guide's permissions a policy of the role's own.
    fn mend_permissions(&self) -> String {
        format!(
            "{} --format aws-cli | sh && aws iam attach-role-policy --role-name {} --policy-arn {}",
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
    findings.extend(not_looked_at(given));
    findings.sort_by_key(|finding| finding.severity);
    if findings.len() > MAX_FINDINGS {
        let more = findings.len() - MAX_FINDINGS;
        findings.truncate(MAX_FINDINGS);
        let what = format!("{more} more findings are not shown");
        findings.push(Finding::wrong("more", what, "mend these first"));
    }
    findings
}

fn not_looked_at(given: &[Given]) -> Option<Finding> {
    let has = |wanted: fn(&Content) -> bool| given.iter().any(|document| wanted(&document.content));
    let parts = [
        (
            has(|c| matches!(c, Content::Role(_) | Content::Trust(_))),
            "the trust policy (aws iam get-role)",
        ),
        (
            has(|c| matches!(c, Content::Permissions(_))),
            "the permissions (aws iam get-role-policy, aws iam get-policy-version)",
        ),
        (
            has(|c| matches!(c, Content::AwsAuth(_) | Content::AccessEntry(_))),
            "how the cluster maps the role (kubectl -n kube-system get configmap aws-auth -o json, aws eks describe-access-entry)",
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

/// A word for a POSIX shell.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=,@+-".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
