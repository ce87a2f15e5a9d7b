//! The trust policy: who can assume the role, and with which session name.
//!
//! The cluster's audit log and the grants of Apono rely on the session name being the caller's email. Only the condition on
//! `sts:RoleSessionName` ensures it: without that condition, the caller chooses the session name.

mod reach;
mod saml;
mod session_name;
mod sso;
mod users;

use reach::PRINCIPAL;
use users::{Group, Share, SignIn};

use super::iam::{Condition, Policy, Principals, Statement};
use super::input::Role;
use super::{Expected, Finding};
use crate::names::{IdpArn, RoleArn};

/// The session name that the guide requires: the user that the identity provider reported to IAM Identity Center.
const SUBJECT: &str = "${SAML:sub}";
const AUDIENCE: &str = "saml:aud";

pub fn check_role(role: &Role, expected: &Expected) -> Vec<Finding> {
    let mut findings = check(&role.trust, expected);
    if role.arn != expected.role.as_str() {
        let what = format!(
            "the input is role {}, the role to check is {}",
            role.arn, expected.role
        );
        let why = "AWS profiles name the role by its full ARN: account, path and name";
        findings.push(Finding::wrong("role-other", what, why).fix(
            "set `--account-id` and `--role-name` (with its path) to the role to check, or check the output for that role",
        ));
    }
    if let Some(arn) = &role.boundary {
        let what = format!("the role has a permissions boundary, {arn}");
        let why = "the boundary was not checked: it must allow eks:DescribeCluster";
        findings.push(Finding::note("role-boundary", what, why));
    }
    if let Some(seconds) = role.max_session_duration.filter(|seconds| *seconds < 3600) {
        let what = format!("the role's MaxSessionDuration is {seconds} seconds");
        let why = "IAM allows 3600 to 43200";
        findings.push(Finding::wrong("role-duration", what, why).fix(format!(
            "aws iam update-role --role-name={} --max-session-duration 3600",
            expected.role.name()
        )));
    }
    findings
}

pub fn check(policy: &Policy, expected: &Expected) -> Vec<Finding> {
    let allows = |action: &str| {
        let mut statements = policy.statements.iter();
        statements.any(|s| s.allows && s.actions.cover(action))
    };
    let providers = users::providers(policy, expected);
    let not_denied = |sign_in| users::not_denied(policy, sign_in, &expected.role, &providers);
    let named = |statement| named_provider(statement, &expected.role);
    let named: Vec<Option<IdpArn>> = policy.statements.iter().map(named).collect();
    let mut checker = Checker {
        not_denied: [SignIn::Sso, SignIn::Saml].map(not_denied),
        expected,
        provider: provider(policy, &named, expected),
        named: None,
        providers: &providers,
        wanted: wanted(policy, expected),
        is_only_statement: policy.statements.len() < 2,
        allows_tags: allows("sts:TagSession"),
        allows_users: false,
        findings: Vec::new(),
    };
    for (statement, named) in policy.statements.iter().zip(named) {
        checker.named = named;
        if statement.principals == Principals::AllExcept {
            checker.not_principal(statement);
        }
        match statement.allows {
            true => checker.allow(statement),
            false => checker.deny(statement),
        }
    }
    let has_subject = |c: &Condition| c.values.iter().any(|value| value.contains("${"));
    let mut conditions = policy.statements.iter().flat_map(|s| &s.conditions);
    if !policy.has_variables && conditions.any(has_subject) {
        let what = "the Version of the trust policy is not 2012-10-17".to_owned();
        let why = format!(
            "in other versions {SUBJECT} is plain text, not a variable: no session name equals it, so everyone is denied"
        );
        let step = "in the trust policy, set \"Version\": \"2012-10-17\"";
        checker.add(Finding::wrong("trust-version", what, why), step);
    }
    if !checker.allows_users {
        let what = "no statement lets users assume the role as in the guide".to_owned();
        let why = match &expected.provider {
            Some(provider) => format!("users who sign in at {provider} are denied, or not bound to their email"),
            None => "users who sign in through IAM Identity Center or a SAML provider are denied, or not bound to their email".to_owned(),
        };
        let document = expected.trust_document(checker.provider.as_ref());
        let step =
            format!("in the trust policy, add the statement from the output of `{document}`");
        checker.add(Finding::wrong("trust-nobody", what, why), step);
    }
    checker.findings
}

/// Returns the SAML provider that the policy is for: the expected one, else the first one that the policy allows or, if it
/// allows none, denies. A policy with a statement that is for SSO only is for none. `named`: what [`named_provider`] returns
/// for each statement.
fn provider(policy: &Policy, named: &[Option<IdpArn>], expected: &Expected) -> Option<IdpArn> {
    let mut statements = policy.statements.iter().zip(named);
    let sso = |(s, named): (&Statement, &Option<_>)| is_for(s, SignIn::Sso) && named.is_none();
    if expected.provider.is_some() || statements.any(sso) {
        return expected.provider.clone();
    }
    let of = |allows| {
        let mut statements = policy.statements.iter().zip(named);
        statements.find_map(|(s, named)| named.as_ref().filter(|_| s.allows == allows))
    };
    of(true).or_else(|| of(false)).cloned()
}

/// Returns the first SAML provider of the role's account that a statement names.
fn named_provider(statement: &Statement, role: &RoleArn) -> Option<IdpArn> {
    match &statement.principals {
        Principals::These(these) => these.iter().find_map(|(_, name)| own_provider(name, role)),
        _ => None,
    }
}

/// Returns the SAML provider with this ARN if it is in the role's account.
fn own_provider(name: &str, role: &RoleArn) -> Option<IdpArn> {
    let own = |p: &IdpArn| p.account() == role.account() && p.partition() == role.partition();
    name.parse().ok().filter(own)
}

/// Returns the sign-ins that the policy is for: those of its Allow statements, and of the expected provider. A policy that is
/// for none is one for SSO, as in the guide.
fn wanted(policy: &Policy, expected: &Expected) -> Vec<SignIn> {
    let allowed = |sign_in| policy.statements.iter().any(|s| is_for(s, sign_in));
    let saml = expected.provider.is_some() || allowed(SignIn::Saml);
    match (allowed(SignIn::Sso), saml) {
        (true, true) => vec![SignIn::Sso, SignIn::Saml],
        (false, true) => vec![SignIn::Saml],
        (_, false) => vec![SignIn::Sso],
    }
}

struct Checker<'a> {
    expected: &'a Expected,
    provider: Option<IdpArn>,
    /// The SAML provider that the statement to check names.
    named: Option<IdpArn>,
    /// The SAML providers that users sign in at.
    providers: &'a [String],
    /// The sign-ins that the policy is for.
    wanted: Vec<SignIn>,
    /// The policy has at most one statement, so the whole policy can be replaced.
    is_only_statement: bool,
    /// The policy allows callers to pass session tags.
    allows_tags: bool,
    /// The users whom no Deny keeps out, for each sign-in.
    not_denied: [Vec<Group<'a>>; 2],
    /// A statement lets the expected users assume the role, and no Deny keeps all of them out.
    allows_users: bool,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    /// Adds a finding. The fix is to replace the policy with that of the guide, or `step` if the policy has other statements,
    /// which may be needed.
    fn add(&mut self, finding: Finding, step: impl Into<String>) {
        let fix = match self.is_only_statement {
            true => format!(
                "aws iam update-assume-role-policy --role-name={} --policy-document \"$({})\"",
                self.expected.role.name(),
                self.expected.trust_document(self.provider.as_ref())
            ),
            false => step.into(),
        };
        self.findings.push(finding.fix(fix));
    }

    /// Adds a finding whose fix is to remove the statement or to replace it with that of the guide.
    fn add_of(&mut self, statement: &Statement, finding: Finding) {
        let provider = self.expected.provider.as_ref().or(self.named.as_ref());
        let document = self.expected.trust_document(provider);
        let number = number(statement);
        let step = format!(
            "in the trust policy, remove {number}, or replace it with the statement from the output of `{document}`; keep the other statements"
        );
        self.add(finding, step);
    }

    fn note(&mut self, id: &'static str, what: String, why: &str) {
        self.findings.push(Finding::note(id, what, why));
    }

    /// Adds a finding on `NotPrincipal`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    fn not_principal(&mut self, statement: &Statement) {
        let what = format!("{} has NotPrincipal", statement.label);
        let why = match statement.allows {
            true => "IAM does not support NotPrincipal in a trust policy",
            false => {
                "IAM does not support NotPrincipal in a trust policy; a Deny with it can deny every user whom it does not name"
            }
        };
        let step = format!("in the trust policy, remove {}", number(statement));
        self.add(Finding::wrong("trust-not-principal", what, why), step);
    }

    fn deny(&mut self, statement: &Statement) {
        let label = &statement.label;
        let denies = |sign_in: &SignIn| {
            users::apply(statement, *sign_in, &self.expected.role, self.providers) == Share::All
        };
        let denied: Vec<SignIn> = self.wanted.iter().copied().filter(denies).collect();
        if denied.is_empty() {
            let what = format!("{label} is a Deny and was not checked");
            let why = "the guide has no Deny: it may deny users who need the role, and it may limit what other findings report";
            return self.note("trust-deny", what, why);
        }
        let who = match denied.as_slice() {
            [SignIn::Sso] => "all users who sign in through IAM Identity Center",
            [SignIn::Saml] => "all users who sign in at a SAML provider",
            _ => "all users",
        };
        let what = format!("{label} denies {who}");
        let why = "a Deny overrides every Allow; the guide has none";
        let step = format!("in the trust policy, remove {}", number(statement));
        self.add(Finding::wrong("trust-denied", what, why), step);
    }

    fn allow(&mut self, statement: &Statement) {
        let covers = |action: &str| statement.actions.cover(action);
        let (assume, saml, web) = (
            covers("sts:AssumeRole"),
            covers("sts:AssumeRoleWithSAML"),
            covers("sts:AssumeRoleWithWebIdentity"),
        );
        let actions = [assume, saml, web].iter().filter(|a| **a).count();
        if actions > 1 {
            let what = format!(
                "{} allows more than one action that assumes the role",
                statement.label
            );
            let why = "the guide allows one action, without wildcards or NotAction";
            self.add_of(statement, Finding::wrong("trust-action", what, why));
        }
        // With one action, principals that cannot use it are the reason that it does not allow anyone.
        let is_only = actions == 1;
        if assume && (is_only || can_use(statement, is_caller)) {
            self.assume_role(statement);
        }
        let may_be_unsigned = !statement.conditions.iter().any(requires_signature);
        if saml && (is_only || may_be_unsigned && can_use(statement, may_be_saml)) {
            self.assume_role_with_saml(statement);
        }
        if web && (is_only || may_be_unsigned) && can_use(statement, may_be_web) {
            let what = format!("{} allows web identities (OpenID Connect)", statement.label);
            let why = "anyone with a token of that provider can choose any session name, so they can use a colleague's email";
            let finding = Finding::dangerous("trust-web-identity", what, why);
            self.add_of(statement, finding);
        }
    }

    /// Adds findings on the conditions that limit users further than the guide does. Those that are `told` have findings
    /// already, or are the guide's. Returns whether there are users whom the statement lets in.
    fn limits_on_users(
        &mut self,
        statement: &Statement,
        sign_in: SignIn,
        told: impl Fn(&Condition) -> bool,
    ) -> bool {
        let mut further = Vec::new();
        for condition in &statement.conditions {
            let key = condition.key.as_str();
            let share = users::meet(condition, sign_in, &self.expected.role);
            // With several actions, the condition can be for the other sign-in.
            let is_met = |other: &SignIn| {
                is_for(statement, *other)
                    && users::meet(condition, *other, &self.expected.role) != Share::None
            };
            let share = match share {
                Share::None if [SignIn::Sso, SignIn::Saml].iter().any(is_met) => Share::Some,
                share => share,
            };
            match share {
                _ if told(condition) => {}
                Share::None => {
                    let what = format!(
                        "no user meets the condition on {key} in {} ({} {})",
                        statement.label,
                        condition.operator,
                        condition.values.join(" or ")
                    );
                    let why =
                        "all conditions of a statement must be met, so it does not let anyone in";
                    self.add_of(
                        statement,
                        Finding::wrong("trust-condition-never", what, why),
                    );
                }
                Share::All => {}
                Share::Some => further.push(key),
            }
        }
        further.dedup();
        if !further.is_empty() {
            let what = format!(
                "{} has further conditions: {}",
                statement.label,
                further.join(", ")
            );
            let why = "the guide does not have them: users who do not meet them are denied";
            self.note("trust-condition", what, why);
        }
        let mut users = self.not_denied[sign_in as usize].iter();
        users.any(|group| group.applies(statement) != Share::None)
    }
}

/// Returns `statement 1`, without the Sid, which can be any text.
fn number(statement: &Statement) -> &str {
    let label = &statement.label;
    label.split_once(" (").map_or(label, |(number, _)| number)
}

/// Returns whether a statement allows a sign-in, to principals that can use it.
fn is_for(statement: &Statement, sign_in: SignIn) -> bool {
    let is_kind = match sign_in {
        SignIn::Sso => is_caller,
        SignIn::Saml => may_be_saml,
    };
    statement.allows && statement.actions.cover(sign_in.action()) && can_use(statement, is_kind)
}

/// Returns whether one of the principals is of a kind that can use an action.
fn can_use(statement: &Statement, is_kind: fn(&str, &str) -> bool) -> bool {
    match &statement.principals {
        Principals::These(these) => these.iter().any(|(kind, name)| is_kind(kind, name)),
        Principals::Anyone | Principals::AllExcept => true,
        Principals::None => false,
    }
}

/// Returns whether it is a principal that has credentials, and so calls `sts:AssumeRole`. Identity providers have none.
fn is_caller(kind: &str, _: &str) -> bool {
    kind != "Federated"
}

/// Returns whether it is a SAML provider, or may be one.
fn may_be_saml(kind: &str, name: &str) -> bool {
    may_be_provider(kind) && (is_saml(name) || !is_web(name))
}

/// Returns whether it is an OpenID Connect provider, or may be one.
fn may_be_web(kind: &str, name: &str) -> bool {
    may_be_provider(kind) && (is_web(name) || !is_saml(name))
}

fn may_be_provider(kind: &str) -> bool {
    !matches!(kind, "AWS" | "Service" | "CanonicalUser")
}

fn is_saml(provider: &str) -> bool {
    provider.contains(":saml-provider/")
}

/// An ARN, or a domain such as `accounts.google.com`.
fn is_web(provider: &str) -> bool {
    let domain = |c: char| c.is_ascii_alphanumeric() || ".-/".contains(c);
    provider.contains(":oidc-provider/") || provider.chars().all(domain)
}

/// Returns whether only signed requests meet a condition. Sign-ins at an identity provider are not signed.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
fn requires_signature(condition: &Condition) -> bool {
    condition.key == PRINCIPAL && condition.requires_key()
}
