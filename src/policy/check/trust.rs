//! The trust policy: who may take the role, and under whose name.
//!
//! An email in a cluster's audit log, and everything Apono grants to it, is worth what the condition on `sts:RoleSessionName`
//! is worth: without it a session has the name that its caller types.

mod reach;

use reach::{PRINCIPAL, Reach, reach};

use super::given::Role;
use super::iam::{Condition, Policy, Principals, Statement};
use super::{Expected, Finding};
use crate::names::SamlProviderArn;
use crate::policy::document::SUBJECT;
use crate::source::saml::endpoint;

const NAME: &str = "sts:rolesessionname";
const AUDIENCE: &str = "saml:aud";

pub fn check_role(role: &Role, expected: &Expected) -> Vec<Finding> {
    let mut findings = check(&role.trust, expected);
    if role.arn != expected.role.as_str() {
        let what = format!(
            "the role is {}, and {} was to be checked",
            role.arn, expected.role
        );
        let why = "people's profiles name the role by its whole ARN: account, path and name";
        findings.push(
            Finding::wrong("role-other", what, why).mend(
                "name the right one with --account-id and --role-name, or check the right role",
            ),
        );
    }
    if let Some(arn) = &role.boundary {
        let what = format!("the role has a permissions boundary, {arn}");
        let why = "it was not looked at: it has to allow eks:DescribeCluster";
        findings.push(Finding::note("role-boundary", what, why));
    }
    if let Some(seconds) = role.max_session_duration.filter(|seconds| *seconds < 3600) {
        let what = format!("the role's MaxSessionDuration is {seconds} seconds");
        let why = "IAM has 3600 to 43200";
        findings.push(Finding::wrong("role-duration", what, why).mend(format!(
            "aws iam update-role --role-name {} --max-session-duration 3600",
            expected.role.name()
        )));
    }
    findings
}

pub fn check(policy: &Policy, expected: &Expected) -> Vec<Finding> {
    let mut checked = Checked {
        expected,
        provider: provider(policy, expected),
        lets_in: false,
        findings: Vec::new(),
    };
    for statement in &policy.statements {
        match statement.allows {
            true => checked.allow(statement),
            false => checked.deny(statement),
        }
    }
    let has_subject = |c: &Condition| c.values.iter().any(|value| value.contains("${"));
    let mut conditions = policy.statements.iter().flat_map(|s| &s.conditions);
    if !policy.has_variables && conditions.any(has_subject) {
        let what = "the trust policy's Version is not 2012-10-17".to_owned();
        let why = format!(
            "in other versions {SUBJECT} is text, which no session is called: nobody gets in"
        );
        checked.add(Finding::wrong("trust-version", what, why));
    }
    if !checked.lets_in {
        let what = "nobody gets the role in the guide's way".to_owned();
        let why = match &expected.saml_provider {
            Some(provider) => format!("no statement lets people in whom {provider} signs in"),
            None => "no statement lets people in who sign in through IAM Identity Center or a SAML provider".to_owned(),
        };
        checked.add(Finding::wrong("trust-nobody", what, why));
    }
    checked.findings
}

/// The SAML provider whose people the policy is for: the expected one, else that of the policy where it has nothing for SSO.
fn provider(policy: &Policy, expected: &Expected) -> Option<SamlProviderArn> {
    let sso = |s: &Statement| s.allows && s.actions.cover("sts:AssumeRole");
    if expected.saml_provider.is_some() || policy.statements.iter().any(sso) {
        return expected.saml_provider.clone();
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
        .filter_map(|(_, name)| name.parse::<SamlProviderArn>().ok())
        .find(|provider| provider.account() == expected.role.account())
}

struct Checked<'a> {
    expected: &'a Expected,
    provider: Option<SamlProviderArn>,
    /// A statement lets the right people in.
    lets_in: bool,
    findings: Vec<Finding>,
}

/// What a session's name is held against.
enum Named {
    /// Who signed in.
    Bound,
    /// The same, capitals included.
    ByCase,
    /// Something of the caller's that is not the guide's.
    Otherwise(String),
    /// Nothing that ties it to the caller; why.
    Free(String),
}

impl Checked<'_> {
    /// Every finding about the trust policy is mended by the guide's.
    fn add(&mut self, finding: Finding) {
        let provider = self.provider.as_ref().map(SamlProviderArn::name);
        let mend = self.expected.mend_trust(provider);
        self.findings.push(finding.mend(mend));
    }

    fn deny(&mut self, statement: &Statement) {
        let what = format!("{} denies; it was not looked into", statement.label);
        let why = "the guide has no Deny: it may keep people out, and it may make up for what is said here";
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
            let what = format!("{label} allows more than one way to take the role");
            let why = "the guide names one action, without wildcards and NotAction";
            self.add(Finding::wrong("trust-action", what, why));
        }
        let federated = match &statement.principals {
            Principals::These(these) => these.iter().any(|(kind, _)| kind == "Federated"),
            _ => false,
        };
        if assume && !(federated && (saml || web)) {
            self.assume_role(statement);
        }
        if saml && (federated || !assume) {
            self.assume_role_with_saml(statement);
        }
        if web && (federated || !(assume || saml)) {
            let what = format!("{label} lets web identities in (OpenID Connect)");
            let why = "whoever has such a token types the session's name, and so can be anybody";
            self.add(Finding::dangerous("trust-web-identity", what, why));
        }
    }

    fn assume_role(&mut self, statement: &Statement) {
        let label = &statement.label;
        let named = named(statement);
        match &named {
            Named::Bound => {}
            Named::ByCase => {
                let what = format!("{label} compares session names with capitals");
                let why = "the guide ignores them (StringEqualsIgnoreCase): whose email is written otherwise in the profile is denied";
                self.add(Finding::note("trust-name-case", what, why));
            }
            Named::Otherwise(variable) => {
                let what = format!("{label} ties the session's name to {variable}");
                let why = format!("Apono grants to emails, and {SUBJECT} is the caller's");
                self.add(Finding::wrong("trust-name-other", what, why));
            }
            Named::Free(reason) => {
                let what = format!(
                    "ANYBODY CAN BE ANYBODY: {label} lets its callers choose the session's name"
                );
                let why = format!(
                    "{reason}; whoever it lets in takes a colleague's email, and with it everything that Apono granted to them"
                );
                self.add(Finding::dangerous("trust-any-name", what, why));
            }
        }
        match reach(statement, &self.expected.role) {
            Reach::Sso(covered) => {
                self.lets_in |= !matches!(named, Named::Free(_));
                if covered != [true, true] {
                    let what = format!("{label} is narrower than the guide about permission sets");
                    let why = match covered {
                        [true, false] => {
                            "roles with a region in their path are left out: those of an IAM Identity Center that is not in us-east-1"
                        }
                        [false, true] => {
                            "roles without a region in their path are left out: those of an IAM Identity Center in us-east-1"
                        }
                        _ => "people with other permission sets are denied",
                    };
                    self.add(Finding::note("trust-principal-narrow", what, why));
                }
            }
            Reach::Others(who) => {
                self.lets_in |= !matches!(named, Named::Free(_));
                let what = format!("{label} lets in {who}");
                let why = match named {
                    Named::Free(_) => "they are no people of your IAM Identity Center".to_owned(),
                    _ => format!(
                        "who runs an identity provider of their own decides what {SUBJECT} is there"
                    ),
                };
                self.add(Finding::dangerous("trust-principal-wide", what, why));
            }
            Reach::Nobody(reason) => {
                let what = format!("{label} lets nobody in");
                self.add(Finding::wrong("trust-principal-never", what, reason));
            }
        }
        self.further_conditions(statement, &[NAME, PRINCIPAL]);
    }

    fn assume_role_with_saml(&mut self, statement: &Statement) {
        let label = &statement.label;
        let role = &self.expected.role;
        let names: Vec<&str> = match &statement.principals {
            Principals::These(these) => these.iter().map(|(_, name)| name.as_str()).collect(),
            _ => vec!["*"],
        };
        for name in names {
            let provider = name.parse::<SamlProviderArn>().ok();
            let own = provider.as_ref().is_some_and(|p| {
                p.account() == role.account() && p.partition() == role.partition()
            });
            let wanted = self.expected.saml_provider.as_ref();
            if own && wanted.is_none_or(|wanted| wanted.as_str() == name) {
                self.lets_in = true;
                continue;
            }
            let what = format!("{label} believes the identity provider {name}");
            let why = match own {
                true => {
                    "it is another one than was named: who signs people in there can make anybody of them"
                }
                false => "it is not one of the role's account: who runs it can be anybody",
            };
            self.add(Finding::dangerous("trust-saml-provider", what, why));
        }
        self.audience(statement);
        self.further_conditions(statement, &[AUDIENCE]);
    }

    fn audience(&mut self, statement: &Statement) {
        let label = &statement.label;
        let counts = |c: &&Condition| c.key == AUDIENCE && c.loophole().is_none();
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
            let what = format!("{label} does not look at whom SAML responses are for");
            let why = "without a condition on SAML:aud, what the provider signed for another service is good for this role";
            return self.add(Finding::dangerous("trust-saml-audience", what, why));
        };
        let exact = condition.operator.starts_with("stringequals");
        let what = format!(
            "{label} wants {} as SAML:aud ({})",
            condition.values.join(" or "),
            condition.operator
        );
        let known = endpoint::domain(partition).unwrap_or("not known here");
        let why = format!("AWS's sign-in of this partition is https://{known}/saml");
        match exact && !condition.values.iter().any(good) {
            true => self.add(Finding::wrong("trust-saml-audience-never", what, why)),
            false => self.add(Finding::dangerous("trust-saml-audience", what, why)),
        }
    }

    fn further_conditions(&mut self, statement: &Statement, known: &[&str]) {
        let keys = statement.conditions.iter().map(|c| c.key.as_str());
        let mut keys: Vec<&str> = keys.filter(|key| !known.contains(key)).collect();
        keys.dedup();
        if !keys.is_empty() {
            let what = format!("{} also asks for {}", statement.label, keys.join(", "));
            let why = "the guide does not: people who do not meet it are denied";
            self.findings
                .push(Finding::note("trust-condition", what, why));
        }
    }
}

fn named(statement: &Statement) -> Named {
    // All of them have to hold, so the strictest counts.
    let rank = |named: &Named| match named {
        Named::Bound => 0,
        Named::ByCase => 1,
        Named::Otherwise(_) => 2,
        Named::Free(_) => 3,
    };
    let conditions = statement.conditions.iter().filter(|c| c.key == NAME);
    let strictest = conditions.map(binding).min_by_key(rank);
    strictest
        .unwrap_or_else(|| Named::Free("there is no condition on sts:RoleSessionName".to_owned()))
}

fn binding(condition: &Condition) -> Named {
    let (operator, values) = (condition.operator.as_str(), &condition.values);
    if let Some(loophole) = condition.loophole() {
        return Named::Free(format!(
            "its condition on sts:RoleSessionName does not bind: {loophole}"
        ));
    }
    if !matches!(
        operator,
        "stringequals" | "stringequalsignorecase" | "stringlike"
    ) {
        return Named::Free(format!(
            "its condition on sts:RoleSessionName ({operator}) does not bind the name to the caller"
        ));
    }
    let is_subject = |value: &&String| value.eq_ignore_ascii_case(SUBJECT);
    if let Some(free) = values.iter().find(|value| variable(value).is_none()) {
        return Named::Free(format!(
            "its condition on sts:RoleSessionName takes {free:?}, whoever asks"
        ));
    }
    match values.iter().find(|value| !is_subject(value)) {
        _ if values.is_empty() => {
            Named::Free("its condition on sts:RoleSessionName is empty".into())
        }
        Some(other) => Named::Otherwise(other.clone()),
        None if operator == "stringequalsignorecase" => Named::Bound,
        None => Named::ByCase,
    }
}

/// The key of `${KEY}`, if that is all of the value and there is no default for callers that do not have it.
fn variable(value: &str) -> Option<&str> {
    let key = value.strip_prefix("${")?.strip_suffix('}')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    (key.contains(':') && key.chars().all(plain)).then_some(key)
}
