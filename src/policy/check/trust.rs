//! The trust policy: who may take the role, and under whose name.
//!
//! An email in a cluster's audit log, and everything Apono grants to it, is worth what the condition on `sts:RoleSessionName`
//! is worth: without it a session has the name that its caller types.

mod name;
mod reach;

use name::{NAME, Named, named};
use reach::{ACCOUNT, PRINCIPAL, Reach, reach};

use super::given::Role;
use super::iam::{Condition, Policy, Principals, Statement};
use super::{Expected, Finding};
use crate::names::SamlProviderArn;
use crate::policy::document::SUBJECT;
use crate::source::saml::endpoint;

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
    let mut checked = Checked {
        expected,
        provider: provider(policy, expected),
        alone: policy.statements.len() < 2,
        takes_tags: allows("sts:TagSession"),
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
        let step = "in the trust policy, have \"Version\": \"2012-10-17\"";
        checked.add(Finding::wrong("trust-version", what, why), step);
    }
    if !checked.lets_in {
        let what = "nobody gets the role in the guide's way".to_owned();
        let why = match &expected.saml_provider {
            Some(provider) => format!("no statement lets people in whom {provider} signs in"),
            None => "no statement lets people in who sign in through IAM Identity Center or a SAML provider".to_owned(),
        };
        let provider = checked.provider.as_ref().map(SamlProviderArn::name);
        let document = expected.trust_document(provider);
        let step = format!("in the trust policy, add the statement that `{document}` prints");
        checked.add(Finding::wrong("trust-nobody", what, why), step);
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
    /// There is one statement at most, and so nothing to lose when all is replaced.
    alone: bool,
    /// Sessions can be given tags.
    takes_tags: bool,
    /// A statement lets the right people in.
    lets_in: bool,
    findings: Vec<Finding>,
}

impl Checked<'_> {
    /// With what mends it: the guide's policy, but `step` where there are other statements, which somebody may need.
    fn add(&mut self, finding: Finding, step: impl Into<String>) {
        let provider = self.provider.as_ref().map(SamlProviderArn::name);
        let mend = match self.alone {
            true => self.expected.mend_trust(provider),
            false => step.into(),
        };
        self.findings.push(finding.mend(mend));
    }

    /// `add`, where the statement is to have the guide's in its place.
    fn add_of(&mut self, statement: &Statement, finding: Finding) {
        let own = match &statement.principals {
            Principals::These(these) => these.iter().find_map(|(_, name)| self.own_provider(name)),
            _ => None,
        };
        let provider = self.expected.saml_provider.clone().or(own);
        let document = self
            .expected
            .trust_document(provider.as_ref().map(SamlProviderArn::name));
        // Without the Sid, which is anybody's text.
        let (number, _) = statement
            .label
            .split_once(" (")
            .unwrap_or((&statement.label, ""));
        let step = format!(
            "in the trust policy, take {number} out, or have in its place the one that `{document}` prints; leave the others"
        );
        self.add(finding, step);
    }

    fn note(&mut self, id: &'static str, what: String, why: &str) {
        self.findings.push(Finding::note(id, what, why));
    }

    /// A provider of the role's account.
    fn own_provider(&self, name: &str) -> Option<SamlProviderArn> {
        let role = &self.expected.role;
        let own = |p: &SamlProviderArn| {
            p.account() == role.account() && p.partition() == role.partition()
        };
        name.parse().ok().filter(own)
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
            self.add_of(statement, Finding::wrong("trust-action", what, why));
        }
        let these: &[(String, String)] = match &statement.principals {
            Principals::These(these) => these,
            _ => &[],
        };
        let has = |is: fn(&str, &str) -> bool| these.iter().any(|(kind, name)| is(kind, name));
        // Each kind of principal can use its own action only.
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
            let what = format!("{label} lets web identities in (OpenID Connect)");
            let why = "whoever has such a token types the session's name, and so can be anybody";
            let finding = Finding::dangerous("trust-web-identity", what, why);
            self.add_of(statement, finding);
        }
    }

    fn assume_role(&mut self, statement: &Statement) {
        let label = &statement.label;
        let named = named(statement, self.takes_tags);
        match &named {
            Named::Bound => {}
            Named::ByCase => {
                let what = format!("{label} compares session names with capitals");
                let why = "the guide ignores them (StringEqualsIgnoreCase): whose email is written otherwise in the profile is denied";
                self.note("trust-name-case", what, why);
            }
            Named::Otherwise(variable) => {
                let what = format!("{label} ties the session's name to {variable}");
                let why = format!("Apono grants to emails, and {SUBJECT} is the caller's");
                self.add_of(statement, Finding::wrong("trust-name-other", what, why));
            }
            Named::Free(reason) => {
                let what = format!(
                    "ANYBODY CAN BE ANYBODY: {label} lets its callers choose the session's name"
                );
                let why = format!(
                    "{reason}; whoever it lets in takes a colleague's email, and with it everything that Apono granted to them"
                );
                self.add_of(statement, Finding::dangerous("trust-any-name", what, why));
            }
        }
        // Where a SAML provider was named, these are other people.
        let lets_in = self.expected.saml_provider.is_none() && !matches!(named, Named::Free(_));
        match reach(statement, &self.expected.role) {
            Reach::Sso(covered) => {
                self.lets_in |= lets_in;
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
                    self.note("trust-principal-narrow", what, why);
                }
            }
            Reach::Others(who) => {
                self.lets_in |= lets_in;
                let what = format!("{label} lets in {who}");
                let why = match named {
                    Named::Free(_) => "they are no people of your IAM Identity Center".to_owned(),
                    _ => "the owner of that account can sign in under any email, and gets what Apono granted to it".to_owned(),
                };
                self.add_of(
                    statement,
                    Finding::dangerous("trust-principal-wide", what, why),
                );
            }
            Reach::Nobody(reason) => {
                let what = format!("{label} lets nobody in");
                self.add_of(
                    statement,
                    Finding::wrong("trust-principal-never", what, reason),
                );
            }
        }
        let optional = |c: &&Condition| {
            [NAME, PRINCIPAL].contains(&c.key.as_str()) && (c.if_exists || c.for_all_values)
        };
        if let Some(condition) = statement.conditions.iter().find(optional) {
            let what = format!(
                "{label} asks for {} with IfExists or ForAllValues",
                condition.key
            );
            let why = "each request has it, so this is as good as without; the guide has neither";
            self.note("trust-condition-optional", what, why);
        }
        self.further_conditions(statement, &[NAME, PRINCIPAL, ACCOUNT]);
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
            let finding = Finding::dangerous("trust-saml-provider", what, why);
            self.add_of(statement, finding);
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
            let finding = Finding::dangerous("trust-saml-audience", what, why);
            return self.add_of(statement, finding);
        };
        let exact = condition.operator.starts_with("stringequals");
        let what = format!(
            "{label} wants {} as SAML:aud ({})",
            condition.values.join(" or "),
            condition.operator
        );
        let known = endpoint::domain(partition).unwrap_or("not known here");
        let why = format!("AWS's sign-in of this partition is https://{known}/saml");
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
            let what = format!("{} also asks for {}", statement.label, keys.join(", "));
            let why = "the guide does not: people who do not meet it are denied";
            self.findings
                .push(Finding::note("trust-condition", what, why));
        }
    }
}

fn is_saml(provider: &str) -> bool {
    provider.contains(":saml-provider/")
}
