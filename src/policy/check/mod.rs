//! Compares an existing setup, as the admin's own tools print it, with the Apono guide.
//!
//! Pure: parsed documents in, findings out. It compares meaning, not text. What it cannot evaluate, it reports as dangerous
//! and quotes.

mod cluster;
mod iam;
mod input;
mod permissions;
#[cfg(test)]
mod tests;
mod trust;

pub use input::{AwsAuth, Content, Input, read};

use serde::Serialize;

use super::document::policy_arn;
use crate::aws;
use crate::names::{ClusterName, Region, RoleArn, SamlProviderArn, UsernamePrefix};
use crate::sys::shell::Shell;

/// Maximum number of findings shown: a hostile document could cause millions.
const MAX_FINDINGS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Someone gets access that was not granted to them.
    Dangerous,
    /// More is allowed than in the guide, or users who should have access do not.
    Wrong,
    /// Stricter than the guide, or not checked. Does not count as a difference.
    Note,
}

/// One difference from the guide.
///
/// The JSON keys are part of the interface: add, do not rename. The text can quote the documents: clean it before printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable identifier of this kind of finding.
    pub id: &'static str,
    /// What was found, and where.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// How to fix it: one command or step each, in order.
    #[serde(rename = "mend")]
    pub fix: Vec<String>,
}

impl Finding {
    fn new(severity: Severity, id: &'static str, what: String, why: impl Into<String>) -> Self {
        Finding {
            severity,
            id,
            what,
            why: why.into(),
            fix: Vec::new(),
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

    fn fix(mut self, step: impl Into<String>) -> Self {
        self.fix.push(step.into());
        self
    }
}

/// The setup that is expected.
#[derive(Debug, Clone)]
pub struct Expected {
    pub role: RoleArn,
    /// The SAML provider that users sign in at, if one was named.
    pub saml_provider: Option<SamlProviderArn>,
    /// The text before the email in usernames, if it was named.
    pub prefix: Option<UsernamePrefix>,
    pub cluster: Option<ClusterName>,
    pub region: Option<Region>,
    /// Whether the inputs are what the tools printed now, not files.
    pub live: bool,
}

impl Expected {
    /// Returns `apono-login policy VERB` with the options of this role.
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

    /// Returns the same with the options of the cluster. `name` is the value from [`Self::cluster_name`].
    fn cluster_command(&self, verb: &str, name: &str) -> String {
        let region = match self.role.partition().as_str() {
            "aws" => self.cluster_region().unwrap_or_default(),
            _ => String::new(),
        };
        format!("{} --cluster-name {name}{region}", self.command(verb))
    }

    /// Returns `aws eks VERB` for the role in the cluster.
    fn eks(&self, verb: &str, name: &str) -> String {
        self.eks_of(verb, name, self.role.as_str())
    }

    /// Returns `aws eks VERB` for a principal in the cluster.
    fn eks_of(&self, verb: &str, name: &str, principal: &str) -> String {
        let principal = Shell::Sh.quote(principal);
        format!(
            "{} --principal-arn {principal}",
            self.eks_cluster(verb, name)
        )
    }

    /// Returns `aws eks VERB` for the cluster.
    fn eks_cluster(&self, verb: &str, name: &str) -> String {
        let region = self.cluster_region().unwrap_or_default();
        format!("aws eks {verb} --cluster-name {name}{region}")
    }

    /// Returns the cluster name for a command: the expected one, else `from_input`, else a shell expression that fails with
    /// the name of the missing variable.
    fn cluster_name(&self, from_input: Option<&ClusterName>) -> String {
        match self.cluster.as_ref().or(from_input) {
            Some(name) => name.to_string(),
            None => "\"${CLUSTER:?set it to the name of the cluster}\"".to_owned(),
        }
    }

    /// Returns ` --region REGION` if the region of the cluster is known.
    fn cluster_region(&self) -> Option<String> {
        let partition = self.role.partition();
        let region = self.region.as_ref()?;
        let fits = aws::partition(region).as_ref() == Some(partition);
        fits.then(|| format!(" --region {region}"))
    }

    /// Returns the same, else with a region of the role's partition.
    fn partition_region(&self) -> String {
        let home = || aws::home_region(self.role.partition());
        let home = || home().map(|region| format!(" --region {region}"));
        self.cluster_region().or_else(home).unwrap_or_default()
    }

    /// Returns the command that prints the trust policy of the guide.
    fn trust_document(&self, saml_provider: Option<&str>) -> String {
        match saml_provider {
            Some(name) => self.command(&format!(
                "trust-saml --saml-provider={}",
                Shell::Sh.quote(name)
            )),
            None => self.command("trust-sso"),
        }
    }

    /// Returns the command that replaces the whole trust policy with that of the guide.
    fn fix_trust(&self, saml_provider: Option<&str>) -> String {
        format!(
            "aws iam update-assume-role-policy --role-name={} --policy-document \"$({})\"",
            self.role.name(),
            self.trust_document(saml_provider)
        )
    }

    /// Returns the command that creates the permissions policy of the guide and attaches it to the role.
    fn fix_permissions(&self) -> String {
        format!(
            "{} --format aws-cli | sh && aws iam attach-role-policy --role-name={} --policy-arn {}",
            self.command("permissions"),
            self.role.name(),
            policy_arn(&self.role)
        )
    }
}

/// Returns all differences from the guide, dangerous ones first.
pub fn check(inputs: &[Input], expected: &Expected) -> Vec<Finding> {
    let mut findings = Vec::new();
    for input in inputs {
        match &input.content {
            Content::Role(role) => findings.extend(trust::check_role(role, expected)),
            Content::Trust(policy) => findings.extend(trust::check(policy, expected)),
            _ => {}
        }
    }
    findings.extend(permissions::check(inputs, expected));
    findings.extend(cluster::check(inputs, expected));
    findings.extend(not_checked(inputs, expected));
    findings.sort_by_key(|finding| finding.severity);
    if findings.len() > MAX_FINDINGS {
        let more = findings.len() - MAX_FINDINGS;
        findings.truncate(MAX_FINDINGS);
        let what = format!("{more} more findings are not shown");
        let why = format!("only the first {MAX_FINDINGS} are shown: fix them first");
        findings.push(Finding::wrong("more", what, why));
    }
    findings
}

/// Returns a note on the parts of the setup that are in none of the inputs: without it, an incomplete check would look like a
/// complete one.
fn not_checked(inputs: &[Input], expected: &Expected) -> Option<Finding> {
    let has = |wanted: &dyn Fn(&Content) -> bool| inputs.iter().any(|i| wanted(&i.content));
    let own = |principal: &str| principal == expected.role.as_str();
    let listed_without =
        |c: &Content| matches!(c, Content::AccessEntries(all) if !all.iter().any(|arn| own(arn)));
    // Without an access entry there are no access policies.
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
            "the managed policies attached to the role (aws iam list-attached-role-policies)",
        ),
        (
            has(&|c| matches!(c, Content::Inline(_))),
            "the inline policies of the role (aws iam list-role-policies)",
        ),
        (
            has(&|c| matches!(c, Content::AwsAuth(_))),
            "aws-auth (kubectl -n kube-system get configmap aws-auth -o json)",
        ),
        (
            has(&|c| no_entry(c) || matches!(c, Content::AccessEntry(e) if own(&e.principal))),
            "the access entry of the role, which takes precedence over aws-auth (--cluster-name, or aws eks describe-access-entry)",
        ),
        (
            has(&|c| {
                no_entry(c) || matches!(c, Content::AccessPolicies(p) if p.is_of(&expected.role))
            }),
            "the access policies of the role (--cluster-name, or aws eks list-associated-access-policies)",
        ),
        (
            has(&|c| matches!(c, Content::AccessEntries(_))),
            "the access entries of other principals (--cluster-name, or aws eks list-access-entries)",
        ),
    ];
    let missing: Vec<&str> = parts
        .into_iter()
        .filter_map(|(found, what)| (!found).then_some(what))
        .collect();
    let what = format!("not checked: {}", missing.join("; "));
    let no_aws_auth = !has(&|c| matches!(c, Content::AwsAuth(_)));
    let why = match (expected.live, &expected.cluster) {
        (false, _) => "the input does not contain it",
        (true, None) if no_aws_auth => {
            "no --cluster-name was given, and aws-auth could not be read"
        }
        (true, None) => "no --cluster-name was given",
        (true, Some(_)) => "it could not be read: see the warning",
    };
    (!missing.is_empty()).then(|| Finding::note("not-looked-at", what, why))
}

/// Returns whether a finding reports that something was not checked.
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

/// Returns whether every part of the setup was checked.
pub fn is_complete(findings: &[Finding]) -> bool {
    !findings.iter().any(is_partial)
}
