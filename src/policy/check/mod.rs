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

pub use input::{AwsAuth, Input, read};

use serde::Serialize;

use super::document::{self, policy_arn, region_option};
use crate::aws;
use crate::cli::CheckPolicy;
use crate::failure::Failure;
use crate::names::{ClusterName, IdpArn, Region, RoleArn, UsernamePrefix};
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
    /// The identity provider that users sign in at, if one was named.
    pub provider: Option<IdpArn>,
    /// The text before the email in usernames, if it was named.
    pub prefix: Option<UsernamePrefix>,
    pub cluster: Option<ClusterName>,
    pub region: Option<Region>,
    /// Whether the inputs are what the tools printed now, not files.
    pub live: bool,
}

impl Expected {
    /// Returns what is expected of the role with these arguments.
    ///
    /// # Errors
    /// The name of the identity provider is invalid.
    pub fn new(args: &CheckPolicy, role: RoleArn, region: Option<Region>) -> Result<Self, Failure> {
        let provider = args.provider.as_deref();
        Ok(Expected {
            provider: provider
                .map(|name| document::provider(&role, name))
                .transpose()?,
            prefix: args.username_prefix.clone(),
            cluster: args.cluster_name.clone(),
            region,
            live: args.files.is_empty(),
            role,
        })
    }

    /// Returns `apono-login policy VERB` with the options of this role.
    fn command(&self, verb: &str) -> String {
        document::command(verb, &self.role, self.cluster_region())
    }

    /// Returns the same with the options of the cluster. `name` is the value from [`Self::cluster_name`].
    fn cluster_command(&self, verb: &str, name: &str) -> String {
        // In other partitions, the command has the region already.
        let is_standard = self.role.partition().as_str() == "aws";
        let region = region_option(self.cluster_region().filter(|_| is_standard));
        format!("{} --cluster-name {name}{region}", self.command(verb))
    }

    /// Returns `aws eks VERB` for a principal in the cluster.
    fn eks(&self, verb: &str, name: &str, principal: &str) -> String {
        let principal = Shell::Sh.quote(principal);
        format!(
            "{} --principal-arn {principal}",
            self.eks_cluster(verb, name)
        )
    }

    /// Returns `aws eks VERB` for the cluster.
    fn eks_cluster(&self, verb: &str, name: &str) -> String {
        let region = region_option(self.cluster_region());
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

    /// Returns the region of the cluster if it is known and in the partition of the role.
    fn cluster_region(&self) -> Option<&Region> {
        let fits =
            |region: &&Region| aws::partition(region).as_ref() == Some(self.role.partition());
        self.region.as_ref().filter(fits)
    }

    /// Returns the command that prints the trust policy of the guide.
    fn trust_document(&self, provider: Option<&IdpArn>) -> String {
        match provider.map(IdpArn::name) {
            Some(name) => {
                let name = Shell::Sh.quote(name);
                self.command(&format!("{}{name}", document::TRUST_OF_PROVIDER))
            }
            None => self.command("trust-sso"),
        }
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
        match input {
            Input::Role(role) => findings.extend(trust::check_role(role, expected)),
            Input::Trust(policy) => findings.extend(trust::check(policy, expected)),
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
    let mut missing = Vec::new();
    let mut part = |name, is_there: &dyn Fn(&Input) -> bool| {
        let found = inputs.iter().any(is_there);
        if !found {
            missing.push(name);
        }
        found
    };
    let own = |principal: &str| principal == expected.role.as_str();
    // Without an access entry there are no access policies.
    let no_entry = |input: &Input| match input {
        Input::AccessEntries(all) => !all.iter().any(|arn| own(arn)),
        input => matches!(input, Input::NoAccessEntry),
    };
    let none = |is_empty_list: fn(&Input) -> bool| inputs.iter().any(is_empty_list);
    let no_policies = none(|input| matches!(input, Input::Attached(arns) if arns.is_empty()))
        && none(|input| matches!(input, Input::Inline(names) if names.is_empty()));
    part("the trust policy (aws iam get-role)", &|input| {
        matches!(input, Input::Role(_) | Input::Trust(_))
    });
    part(
        "the permissions (aws iam get-role-policy, aws iam get-policy-version)",
        &|input| no_policies || matches!(input, Input::Permissions(_)),
    );
    part(
        "the managed policies attached to the role (aws iam list-attached-role-policies)",
        &|input| matches!(input, Input::Attached(_)),
    );
    part(
        "the inline policies of the role (aws iam list-role-policies)",
        &|input| matches!(input, Input::Inline(_)),
    );
    let aws_auth = part(
        "aws-auth (kubectl -n kube-system get configmap aws-auth -o json)",
        &|input| matches!(input, Input::AwsAuth(_)),
    );
    part(
        "the access entry of the role, which takes precedence over aws-auth (--cluster-name, or aws eks describe-access-entry)",
        &|input| no_entry(input) || matches!(input, Input::AccessEntry(e) if own(&e.principal)),
    );
    part(
        "the access policies of the role (--cluster-name, or aws eks list-associated-access-policies)",
        &|input| {
            no_entry(input) || matches!(input, Input::AccessPolicies(p) if p.is_of(&expected.role))
        },
    );
    part(
        "the access entries of other principals (--cluster-name, or aws eks list-access-entries)",
        &|input| matches!(input, Input::AccessEntries(_)),
    );
    let what = format!("not checked: {}", missing.join("; "));
    let why = match (expected.live, &expected.cluster) {
        (false, _) => "the input does not contain it",
        (true, None) if !aws_auth => "no --cluster-name was given, and aws-auth could not be read",
        (true, None) => "no --cluster-name was given",
        (true, Some(_)) => "it could not be read: see the warning",
    };
    (!missing.is_empty()).then(|| Finding::note("not-looked-at", what, why))
}

/// Returns whether every part of the setup was checked.
pub fn is_complete(findings: &[Finding]) -> bool {
    const PARTIAL: [&str; 7] = [
        "not-looked-at",
        "trust-deny",
        "role-boundary",
        "permissions-unread",
        "permissions-version",
        "entry-role-id",
        "entries-others",
    ];
    !findings.iter().any(|finding| PARTIAL.contains(&finding.id))
}
