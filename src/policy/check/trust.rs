//! The trust policy: who can assume the role, and with which session name.
//!
//! The cluster's audit log and the grants of Apono rely on the session name being the caller's email. Only the condition on
//! `sts:RoleSessionName` ensures it: without that condition, the caller chooses the session name.

mod reach;
mod session_name;

use reach::{ACCOUNT, PRINCIPAL, Reach, reach};
use session_name::{Binding, SESSION_NAME, binding};

use super::iam::{Condition, Policy, Principals, Statement};
use super::input::Role;
use super::{Expected, Finding};
use crate::aws::sign_in_page as endpoint;
use crate::names::IdpArn;

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
    let mut checker = Checker {
        expected,
        provider: provider(policy, expected),
        is_only_statement: policy.statements.len() < 2,
        allows_tags: allows("sts:TagSession"),
        allows_users: false,
        findings: Vec::new(),
    };
    for statement in &policy.statements {
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

/// Returns the SAML provider that the policy is for: the expected one, else the one in the policy, unless the policy has a
/// statement for SSO.
fn provider(policy: &Policy, expected: &Expected) -> Option<IdpArn> {
    let sso = |s: &Statement| s.allows && s.actions.cover("sts:AssumeRole");
    if expected.provider.is_some() || policy.statements.iter().any(sso) {
        return expected.provider.clone();
    }
    let principals = policy
        .statements
        .iter()
        .filter_map(|s| match &s.principals {
            Principals::These(these) => Some(these),
            _ => None,
        });
    principals
        .flatten()
        .filter_map(|(_, name)| name.parse::<IdpArn>().ok())
        .find(|provider| provider.account() == expected.role.account())
}

struct Checker<'a> {
    expected: &'a Expected,
    provider: Option<IdpArn>,
    /// The policy has at most one statement, so the whole policy can be replaced.
    is_only_statement: bool,
    /// The policy allows callers to pass session tags.
    allows_tags: bool,
    /// A statement lets the expected users assume the role.
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
        let own = match &statement.principals {
            Principals::These(these) => these.iter().find_map(|(_, name)| self.own_provider(name)),
            _ => None,
        };
        let provider = self.expected.provider.clone().or(own);
        let document = self.expected.trust_document(provider.as_ref());
        // Without the Sid, which can be any text.
        let (number, _) = statement
            .label
            .split_once(" (")
            .unwrap_or((&statement.label, ""));
        let step = format!(
            "in the trust policy, remove {number}, or replace it with the statement from the output of `{document}`; keep the other statements"
        );
        self.add(finding, step);
    }

    fn note(&mut self, id: &'static str, what: String, why: &str) {
        self.findings.push(Finding::note(id, what, why));
    }

    /// Returns the SAML provider with this ARN if it is in the role's account.
    fn own_provider(&self, name: &str) -> Option<IdpArn> {
        let role = &self.expected.role;
        let own = |p: &IdpArn| p.account() == role.account() && p.partition() == role.partition();
        name.parse().ok().filter(own)
    }

    fn deny(&mut self, statement: &Statement) {
        let what = format!("{} is a Deny and was not checked", statement.label);
        let why = "the guide has no Deny: it may deny users who need the role, and it may limit what other findings report";
        self.findings.push(Finding::note("trust-deny", what, why));
    }

    fn allow(&mut self, statement: &Statement) {
        let label = &statement.label;
        let covers = |action: &str| statement.actions.cover(action);
        let (assume, saml, web) = (
            covers("sts:AssumeRole"),
            covers("sts:AssumeRoleWithSAML"),
            covers("sts:AssumeRoleWithWebIdentity"),
        );
        if [assume, saml, web].iter().filter(|grants| **grants).count() > 1 {
            let what = format!("{label} allows more than one action that assumes the role");
            let why = "the guide allows one action, without wildcards or NotAction";
            self.add_of(statement, Finding::wrong("trust-action", what, why));
        }
        let these: &[(String, String)] = match &statement.principals {
            Principals::These(these) => these,
            _ => &[],
        };
        let has = |is: fn(&str, &str) -> bool| these.iter().any(|(kind, name)| is(kind, name));
        // Each kind of principal can only use its own action.
        let saml_providers = has(|kind, name| kind == "Federated" && is_saml(name));
        let web_providers = has(|kind, name| kind == "Federated" && !is_saml(name));
        let federated = saml_providers || web_providers;
        let callers = !federated || has(|kind, _| kind != "Federated");
        if assume && (callers || !(saml || web)) {
            self.assume_role(statement);
        }
        if saml && (saml_providers || !(web_providers || assume)) {
            self.assume_role_with_saml(statement);
        }
        if web && (web_providers || !(saml_providers || assume || saml)) {
            let what = format!("{label} allows web identities (OpenID Connect)");
            let why = "anyone with a token of that provider can choose any session name, so they can use a colleague's email";
            let finding = Finding::dangerous("trust-web-identity", what, why);
            self.add_of(statement, finding);
        }
    }

    fn assume_role(&mut self, statement: &Statement) {
        let label = &statement.label;
        let binding = binding(statement, self.allows_tags);
        match &binding {
            Binding::Subject => {}
            Binding::SubjectCaseSensitive => {
                let what = format!("{label} compares session names case-sensitively");
                let why = "the guide ignores case (StringEqualsIgnoreCase): a user whose profile has the email in other case is denied";
                self.note("trust-name-case", what, why);
            }
            Binding::OtherVariable(variable) => {
                let what = format!("{label} requires {variable} as the session name");
                let why = format!(
                    "Apono grants access to emails, and the email of the caller is {SUBJECT}"
                );
                self.add_of(statement, Finding::wrong("trust-name-other", what, why));
            }
            Binding::None(reason) => {
                let what = format!("anyone whom {label} allows can choose any session name");
                let why = format!(
                    "{reason}; a caller can use a colleague's email as the session name and get everything that Apono granted to it"
                );
                self.add_of(statement, Finding::dangerous("trust-any-name", what, why));
            }
        }
        // If a SAML provider is expected, a statement for SSO is not the expected one.
        let allows_users = self.expected.provider.is_none() && !matches!(binding, Binding::None(_));
        match reach(statement, &self.expected.role) {
            Reach::PermissionSets(covered) => {
                self.allows_users |= allows_users;
                if covered != [true, true] {
                    let what = format!("{label} allows fewer permission sets than the guide");
                    let why = match covered {
                        [true, false] => {
                            "roles with a region in their path are denied: those of an IAM Identity Center outside us-east-1"
                        }
                        [false, true] => {
                            "roles without a region in their path are denied: those of an IAM Identity Center in us-east-1"
                        }
                        _ => "users with other permission sets are denied",
                    };
                    self.note("trust-principal-narrow", what, why);
                }
            }
            Reach::Others(who) => {
                self.allows_users |= allows_users;
                let what = format!("{label} allows {who}");
                let why = match binding {
                    Binding::None(_) => {
                        "these principals are not only users of your IAM Identity Center"
                    }
                    _ => {
                        "admins of these principals can give them any email as the signed-in user, and so get what Apono granted to it"
                    }
                };
                self.add_of(
                    statement,
                    Finding::dangerous("trust-principal-wide", what, why),
                );
            }
            Reach::None(reason) => {
                let what = format!("{label} does not allow anyone");
                self.add_of(
                    statement,
                    Finding::wrong("trust-principal-never", what, reason),
                );
            }
        }
        let optional = |c: &&Condition| {
            [SESSION_NAME, PRINCIPAL].contains(&c.key.as_str()) && (c.if_exists || c.for_all_values)
        };
        if let Some(condition) = statement.conditions.iter().find(optional) {
            let what = format!(
                "{label} has a condition on {} with IfExists or ForAllValues",
                condition.key
            );
            let why =
                "every request has this key, so it makes no difference; the guide uses neither";
            self.note("trust-condition-optional", what, why);
        }
        self.further_conditions(statement, &[SESSION_NAME, PRINCIPAL, ACCOUNT]);
    }

    fn assume_role_with_saml(&mut self, statement: &Statement) {
        let label = &statement.label;
        let mut names: Vec<&str> = match &statement.principals {
            Principals::These(these) => these.iter().map(|(_, name)| name.as_str()).collect(),
            _ => vec!["*"],
        };
        if names.iter().any(|name| is_saml(name)) {
            names.retain(|name| is_saml(name));
        }
        for name in names {
            let own = self.own_provider(name).is_some();
            let wanted = self.expected.provider.as_ref();
            if own && wanted.is_none_or(|wanted| wanted.as_str() == name) {
                self.allows_users = true;
                continue;
            }
            let what = format!("{label} trusts the identity provider {name}");
            let why = match own {
                true => {
                    "it is not the provider of --saml-provider: its admins can sign anyone in with any email"
                }
                false => {
                    "it is not in the account of the role: its admins can sign anyone in with any email"
                }
            };
            let finding = Finding::dangerous("trust-saml-provider", what, why);
            self.add_of(statement, finding);
        }
        self.audience(statement);
        self.further_conditions(statement, &[AUDIENCE]);
    }

    fn audience(&mut self, statement: &Statement) {
        let label = &statement.label;
        let counts = |c: &&Condition| c.key == AUDIENCE && !c.is_optional();
        let conditions = || statement.conditions.iter().filter(counts);
        let partition = self.expected.role.partition();
        let good =
            |value: &String| endpoint::is_sign_in(value, partition) && !value.contains(['*', '?']);
        let equals = |c: &&Condition| {
            let operators = ["stringequals", "stringequalsignorecase", "stringlike"];
            operators.contains(&c.operator.as_str())
        };
        let narrow = |c: &Condition| !c.values.is_empty() && c.values.iter().all(good);
        if conditions().filter(equals).any(narrow) {
            return;
        }
        let Some(condition) = conditions().next() else {
            let what = format!("{label} does not restrict the audience of SAML responses");
            let why = "without a condition on SAML:aud, a SAML response that the provider signed for another service can be used for this role";
            let finding = Finding::dangerous("trust-saml-audience", what, why);
            return self.add_of(statement, finding);
        };
        let exact = condition.operator.starts_with("stringequals");
        let what = format!(
            "{label} requires {} as SAML:aud ({})",
            condition.values.join(" or "),
            condition.operator
        );
        let why = match endpoint::domain(partition) {
            Some(domain) => format!("the sign-in URL of this partition is https://{domain}/saml"),
            None => format!("the sign-in URL of partition {partition} is not known"),
        };
        let finding = match exact && !condition.values.iter().any(good) {
            true => Finding::wrong("trust-saml-audience-never", what, why),
            false => Finding::dangerous("trust-saml-audience", what, why),
        };
        self.add_of(statement, finding);
    }

    fn further_conditions(&mut self, statement: &Statement, known: &[&str]) {
        let keys = statement.conditions.iter().map(|c| c.key.as_str());
        let mut keys: Vec<&str> = keys.filter(|key| !known.contains(key)).collect();
        keys.dedup();
        if !keys.is_empty() {
            let what = format!(
                "{} has further conditions: {}",
                statement.label,
                keys.join(", ")
            );
            let why = "the guide does not have them: users who do not meet them are denied";
            self.findings
                .push(Finding::note("trust-condition", what, why));
        }
    }
}

fn is_saml(provider: &str) -> bool {
    provider.contains(":saml-provider/")
}
