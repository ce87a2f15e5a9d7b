//! `sts:AssumeRole`: users of IAM Identity Center call it with the credentials of a permission set.

use super::reach::{ACCOUNT, PRINCIPAL, Reach, reach};
use super::session_name::{Binding, SESSION_NAME, binding};
use super::users::{self, Share, SignIn};
use super::{Checker, SUBJECT};
use crate::policy::check::Finding;
use crate::policy::check::iam::{Condition, Principals, Statement};

impl Checker<'_> {
    pub(super) fn assume_role(&mut self, statement: &Statement) {
        let binding = binding(statement, self.allows_tags);
        let is_bound = !matches!(binding, Binding::None(_));
        let reach = match reach(statement, &self.expected.role) {
            // Only a binding to a key of the caller keeps services out.
            Reach::None(_) if !is_bound && may_be_service(statement) => Reach::Others(
                "AWS services: its Principal is *, and their requests do not have aws:PrincipalArn"
                    .to_owned(),
            ),
            reach => reach,
        };
        // The conditions that have findings of their own.
        let mut told = Vec::new();
        match (&binding, reach) {
            // It is one of the further conditions.
            (Binding::Never, _) => {}
            (_, Reach::None(reason)) => {
                let what = format!("{} does not allow anyone", statement.label);
                let finding = Finding::wrong("trust-principal-never", what, reason);
                self.add_of(statement, finding);
                told.extend([PRINCIPAL, ACCOUNT]);
            }
            (_, reach) => {
                told.extend(self.session_name(statement, &binding));
                told.extend(self.principals(statement, reach, is_bound));
            }
        }
        self.optional_conditions(statement);
        let lets_users_in =
            self.limits_on_users(statement, SignIn::Sso, |c| told.contains(&c.key.as_str()));
        // If a SAML provider is expected, a statement for SSO is not the expected one.
        if lets_users_in && is_bound && self.expected.provider.is_none() {
            self.allows_users = true;
        }
    }

    /// Adds a finding if the session name is not the caller's. Returns the key if there is one.
    fn session_name(&mut self, statement: &Statement, binding: &Binding) -> Option<&'static str> {
        let label = &statement.label;
        match binding {
            Binding::Never | Binding::Subject => return None,
            Binding::SubjectCaseSensitive => {
                let what = format!("{label} compares session names case-sensitively");
                let why = "the guide ignores case (StringEqualsIgnoreCase): a user whose profile has the email in other case is denied";
                self.note("trust-name-case", what, why);
                return None;
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
        Some(SESSION_NAME)
    }

    /// Adds a finding if the principals are not the users of the guide. Returns the key if there is one.
    fn principals(
        &mut self,
        statement: &Statement,
        reach: Reach,
        is_bound: bool,
    ) -> Option<&'static str> {
        let label = &statement.label;
        match reach {
            Reach::None(_) | Reach::PermissionSets([true, true]) => return None,
            // A finding on the condition says so.
            Reach::PermissionSets(_) if self.no_permission_set(statement) => return None,
            Reach::PermissionSets(covered) => {
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
            Reach::Others(who) => {
                let what = format!("{label} allows {who}");
                let why = match is_bound {
                    false => "these principals are not only users of your IAM Identity Center",
                    true => {
                        "admins of these principals can give them any email as the signed-in user, and so get what Apono granted to it"
                    }
                };
                let finding = Finding::dangerous("trust-principal-wide", what, why);
                self.add_of(statement, finding);
            }
        }
        Some(PRINCIPAL)
    }

    /// Returns whether a condition on `aws:PrincipalArn` matches no role of a permission set.
    fn no_permission_set(&self, statement: &Statement) -> bool {
        let mut conditions = statement.conditions.iter().filter(|c| c.key == PRINCIPAL);
        conditions.any(|c| users::meet(c, SignIn::Sso, &self.expected.role) == Share::None)
    }

    fn optional_conditions(&mut self, statement: &Statement) {
        let optional = |c: &&Condition| {
            [SESSION_NAME, PRINCIPAL].contains(&c.key.as_str()) && (c.if_exists || c.for_all_values)
        };
        if let Some(condition) = statement.conditions.iter().find(optional) {
            let what = format!(
                "{} has a condition on {} with IfExists or ForAllValues",
                statement.label, condition.key
            );
            let why = "every request of a user has this key, so it makes no difference; the guide uses neither";
            self.note("trust-condition-optional", what, why);
        }
    }
}

/// Returns whether an AWS service may be among the principals of a statement. Its requests have no key of a caller.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
fn may_be_service(statement: &Statement) -> bool {
    let of_caller = |c: &Condition| [PRINCIPAL, ACCOUNT].contains(&c.key.as_str());
    let mut conditions = statement.conditions.iter();
    statement.principals == Principals::Anyone
        && !conditions.any(|c| of_caller(c) && c.requires_key())
}
