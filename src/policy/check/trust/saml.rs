//! `sts:AssumeRoleWithSAML`: users call it with a response of a SAML provider.

use super::users::{self, Share, SignIn};
use super::{AUDIENCE, Checker, is_saml, may_be_saml, requires_signature};
use crate::aws::sign_in_page as endpoint;
use crate::names::Partition;
use crate::policy::check::Finding;
use crate::policy::check::iam::{Condition, Principals, Statement, Test};

impl Checker<'_> {
    pub(super) fn assume_role_with_saml(&mut self, statement: &Statement) {
        let mut is_expected = false;
        let is_possible = !statement.conditions.iter().any(requires_signature);
        if is_possible && self.is_for_saml(statement) {
            is_expected = self.providers(statement);
            self.audience(statement);
        }
        let lets_users_in = self.limits_on_users(statement, SignIn::Saml, &[AUDIENCE]);
        if lets_users_in && is_expected {
            self.allows_users = true;
        }
    }

    /// Returns whether a principal may be a SAML provider, and adds a finding if not.
    fn is_for_saml(&mut self, statement: &Statement) -> bool {
        let is = super::can_use(statement, may_be_saml);
        if !is {
            let what = format!("{} does not allow anyone", statement.label);
            let why =
                "its Principal has no SAML provider, and only these can use sts:AssumeRoleWithSAML";
            let finding = Finding::wrong("trust-principal-never", what, why);
            self.add_of(statement, finding);
        }
        is
    }

    /// Adds findings on the providers that a statement trusts. Returns whether the expected one is among them.
    fn providers(&mut self, statement: &Statement) -> bool {
        let names: Vec<&str> = match &statement.principals {
            Principals::These(these) => these
                .iter()
                .filter(|(kind, name)| may_be_saml(kind, name))
                .map(|(_, name)| name.as_str())
                .collect(),
            _ => vec!["*"],
        };
        let mut is_expected = false;
        for name in names {
            let own = self.own_provider(name).is_some();
            let wanted = self.expected.provider.as_ref();
            if own && wanted.is_none_or(|wanted| wanted.as_str() == name) {
                is_expected = true;
                continue;
            }
            let what = format!("{} trusts the identity provider {name}", statement.label);
            let why = match (own, is_saml(name)) {
                (true, _) => {
                    "it is not the provider of --saml-provider: its admins can sign anyone in with any email"
                }
                (false, true) => {
                    "it is not in the account of the role: its admins can sign anyone in with any email"
                }
                (false, false) => {
                    "it is not the ARN of a SAML provider in the account of the role: any provider that it stands for can sign anyone in with any email"
                }
            };
            let finding = Finding::dangerous("trust-saml-provider", what, why);
            self.add_of(statement, finding);
        }
        is_expected
    }

    /// Adds a finding if a response for another service can be used, or none can.
    fn audience(&mut self, statement: &Statement) {
        let label = &statement.label;
        let partition = self.expected.role.partition();
        let conditions = || statement.conditions.iter().filter(|c| c.key == AUDIENCE);
        let never =
            |c: &&Condition| users::meet(c, SignIn::Saml, &self.expected.role) == Share::None;
        let is_limited = conditions().any(|c| only_aws(c, partition));
        let id = match (is_limited, conditions().find(never)) {
            (true, None) => return,
            (true, Some(_)) => "trust-saml-audience-never",
            (false, _) => "trust-saml-audience",
        };
        let Some(condition) = conditions().find(never).or_else(|| conditions().next()) else {
            let what = format!("{label} does not restrict the audience of SAML responses");
            let why = "without a condition on SAML:aud, a SAML response that the provider signed for another service can be used for this role";
            let finding = Finding::dangerous(id, what, why);
            return self.add_of(statement, finding);
        };
        let what = format!(
            "{label} requires {} as SAML:aud ({})",
            condition.values.join(" or "),
            condition.operator
        );
        let why = match endpoint::domain(partition) {
            Some(domain) => format!("the sign-in URL of this partition is https://{domain}/saml"),
            None => format!("the sign-in URL of partition {partition} is not known"),
        };
        let finding = match is_limited {
            true => Finding::wrong(id, what, format!("{why}, in exactly these letters")),
            false => Finding::dangerous(
                id,
                what,
                format!(
                    "{why}; a SAML response that the provider signed for another service can be used for this role"
                ),
            ),
        };
        self.add_of(statement, finding);
    }
}

/// Returns whether a condition on the audience is met only by responses for AWS.
fn only_aws(condition: &Condition, partition: &Partition) -> bool {
    let of_aws = |value: &String| match condition.test {
        // Not the URL of any service.
        Test::Equals | Test::EqualsIgnoringCase if value.contains('*') => true,
        Test::Like if value.contains(['*', '?']) => false,
        Test::Arn => false,
        _ => endpoint::is_sign_in(value, partition),
    };
    condition.limits(false) && condition.values.iter().all(of_aws)
}
