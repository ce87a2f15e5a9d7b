//! `sts:AssumeRoleWithSAML`: users call it with a response of a SAML provider.

use super::users::{self, Share, SignIn};
use super::{AUDIENCE, Checker, may_be_saml, own_provider, requires_signature};
use crate::aws::sign_in_page as endpoint;
use crate::names::Partition;
use crate::policy::check::Finding;
use crate::policy::check::iam::{Condition, Principals, Statement, Test};

/// Maximum number of names in one finding.
const SHOWN: usize = 5;

impl Checker<'_> {
    pub(super) fn assume_role_with_saml(&mut self, statement: &Statement) {
        let mut is_expected = false;
        let mut has_finding = true;
        let is_possible = !statement.conditions.iter().any(requires_signature);
        if is_possible && self.is_for_saml(statement) {
            is_expected = self.providers(statement);
            has_finding = self.audience(statement);
        }
        let is_present = statement
            .conditions
            .iter()
            .any(|c| c.key == AUDIENCE && c.requires_key());
        let partition = self.expected.role.partition();
        let lets_users_in = self.limits_on_users(statement, SignIn::Saml, |c| {
            c.key == AUDIENCE && (has_finding || only_aws(c, is_present, partition))
        });
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

    /// Adds a finding on the providers that a statement trusts besides the expected one. Returns whether that is among them.
    fn providers(&mut self, statement: &Statement) -> bool {
        let names: Vec<&str> = match &statement.principals {
            Principals::These(these) => these
                .iter()
                .filter(|(kind, name)| may_be_saml(kind, name))
                .map(|(_, name)| name.as_str())
                .collect(),
            _ => vec!["*"],
        };
        let wanted = self.expected.provider.as_ref();
        let is_expected = |name: &&str| match wanted {
            Some(wanted) => wanted.as_str() == *name,
            None => own_provider(name, &self.expected.role).is_some(),
        };
        let (right, others): (Vec<&str>, Vec<&str>) = names.into_iter().partition(is_expected);
        if !others.is_empty() {
            let more = match others.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let shown = &others[..others.len().min(SHOWN)];
            let what = format!(
                "{} trusts the identity provider {}{more}",
                statement.label,
                shown.join(", ")
            );
            let why = match wanted {
                Some(wanted) => format!("the provider of --saml-provider is {wanted}"),
                None => {
                    "the guide trusts one SAML provider, by its ARN, in the account of the role"
                        .to_owned()
                }
            };
            let why = format!("{why}: the admins of any other can sign anyone in with any email");
            let finding = Finding::dangerous("trust-saml-provider", what, why);
            self.add_of(statement, finding);
        }
        !right.is_empty()
    }

    /// Adds a finding if a response for another service can be used, or none can. Returns whether it did.
    fn audience(&mut self, statement: &Statement) -> bool {
        let label = &statement.label;
        let partition = self.expected.role.partition();
        let conditions = || statement.conditions.iter().filter(|c| c.key == AUDIENCE);
        let never =
            |c: &&Condition| users::meet(c, SignIn::Saml, &self.expected.role) == Share::None;
        let is_present = conditions().any(Condition::requires_key);
        let is_limited = conditions().any(|c| only_aws(c, is_present, partition));
        let mut values = conditions().filter(|c| c.test != Test::Null);
        let id = match (is_limited, conditions().find(never)) {
            (true, None) => return false,
            (true, Some(_)) => "trust-saml-audience-never",
            (false, _) => "trust-saml-audience",
        };
        let Some(condition) = conditions().find(never).or_else(|| values.next()) else {
            let what = format!("{label} does not restrict the audience of SAML responses");
            let why = "without a condition on SAML:aud, a SAML response that the provider signed for another service can be used for this role";
            let finding = Finding::dangerous(id, what, why);
            self.add_of(statement, finding);
            return true;
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
        true
    }
}

/// Returns whether a condition on the audience is met only by responses for AWS. `is_present`: each response that meets the
/// statement has an audience.
fn only_aws(condition: &Condition, is_present: bool, partition: &Partition) -> bool {
    let of_aws = |value: &String| match condition.test {
        // Not the URL of any service.
        Test::Equals | Test::EqualsIgnoringCase if value.contains('*') => true,
        Test::EqualsIgnoringCase => endpoint::is_sign_in(&value.to_ascii_lowercase(), partition),
        Test::Like if value.contains(['*', '?']) => false,
        Test::Arn => false,
        _ => endpoint::is_sign_in(value, partition),
    };
    condition.limits(is_present) && condition.values.iter().all(of_aws)
}
