//! The principals that a statement allows.

use crate::names::RoleArn;
use crate::policy::check::iam::{Condition, Principals, Statement, Test, covers, matches};

pub const PRINCIPAL: &str = "aws:principalarn";
pub const ACCOUNT: &str = "aws:principalaccount";
/// Roles of permission sets begin like this. The region of IAM Identity Center follows, except for us-east-1.
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
pub const RESERVED: &str = "role/aws-reserved/sso.amazonaws.com/";
const ORGANIZATION: &str = "aws:principalorgid";

/// The principals that a statement allows.
pub enum Reach {
    /// Only roles of permission sets in the account: those of an IAM Identity Center in us-east-1, and in another region.
    PermissionSets([bool; 2]),
    /// Others too. The text names them.
    Others(String),
    /// None. The text is the reason.
    None(String),
}

/// Returns the principals that a statement allows.
pub fn reach(statement: &Statement, role: &RoleArn) -> Reach {
    let by_condition = principal_condition(statement, role);
    let principals = match &statement.principals {
        Principals::Anyone => return anyone(statement, by_condition, role),
        Principals::AllExcept => {
            return Reach::Others("all principals except some (NotPrincipal)".to_owned());
        }
        Principals::None => return Reach::None("it has no Principal".to_owned()),
        Principals::These(these) => these,
    };
    let each = principals
        .iter()
        .map(|(kind, name)| principal(kind, name, &by_condition, role));
    any_of(each, "it has no Principal")
}

/// Returns the principals that at least one of these allows. `empty` is the reason if there are none of these.
fn any_of(each: impl Iterator<Item = Reach>, empty: &str) -> Reach {
    let mut covered: Option<[bool; 2]> = None;
    let mut never = empty.to_owned();
    for reach in each {
        match reach {
            Reach::PermissionSets(more) => {
                let [a, b] = covered.unwrap_or_default();
                covered = Some([a || more[0], b || more[1]]);
            }
            // It does not limit the others. For example, a role that was deleted never matches.
            Reach::None(why) => never = why,
            others => return others,
        }
    }
    covered.map_or(Reach::None(never), Reach::PermissionSets)
}

fn principal(kind: &str, name: &str, by_condition: &Option<Reach>, role: &RoleArn) -> Reach {
    let (partition, account) = (role.partition(), role.account().as_str());
    let root = format!("arn:{partition}:iam::");
    let of_account = name
        .strip_prefix(&root)
        .and_then(|rest| rest.strip_suffix(":root"))
        .unwrap_or(name);
    match kind {
        "AWS" if of_account == account => match by_condition {
            Some(Reach::PermissionSets(covered)) => Reach::PermissionSets(*covered),
            Some(Reach::None(why)) => Reach::None(why.clone()),
            _ => Reach::Others(format!("every role and user of account {account}")),
        },
        "AWS" if of_account.len() == 12 && of_account.bytes().all(|b| b.is_ascii_digit()) => {
            Reach::Others(format!(
                "every role and user of the other account {of_account}"
            ))
        }
        // A session ARN can be a principal, but aws:PrincipalArn is never a session ARN.
        "AWS" if name.contains(":sts:") => Reach::Others(name.to_owned()),
        // Shown instead of the ARN of a role or user that was deleted.
        "AWS" if is_unique_id(name) => {
            Reach::None(format!("{name} was a role or user that no longer exists"))
        }
        "AWS" if is_role_or_user(name) => pattern(name, Test::Equals, role, false),
        "Federated" => Reach::None(format!(
            "{name} is an identity provider and cannot call sts:AssumeRole"
        )),
        _ => Reach::Others(format!("{name} ({kind})")),
    }
}

/// Returns whether this is the ARN of one role or user. Patterns are not principals.
fn is_role_or_user(name: &str) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let resource = |text: &str| text.starts_with("role/") || text.starts_with("user/");
    matches!(parts.as_slice(), ["arn", _, "iam", "", account, r] if account.len() == 12 && resource(r))
        && !wild(name)
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn is_unique_id(name: &str) -> bool {
    let id = name
        .strip_prefix("AROA")
        .or_else(|| name.strip_prefix("AIDA"));
    id.is_some_and(|id| {
        id.bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

fn wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Returns the principals that a statement with the principal `*` allows.
fn anyone(statement: &Statement, by_condition: Option<Reach>, role: &RoleArn) -> Reach {
    let accounts = limit(statement, ACCOUNT);
    let within = match (accounts, limit(statement, ORGANIZATION)) {
        (Some(accounts), _) => Some(format!("account {}", accounts.join(" or "))),
        (None, Some(organizations)) => Some(format!("organization {}", organizations.join(" or "))),
        (None, None) => None,
    };
    let own = role.account().as_str();
    let is_excluded =
        accounts.is_some_and(|accounts| !accounts.iter().any(|account| account == own));
    match (by_condition, within) {
        (Some(Reach::PermissionSets(_)), _) if is_excluded => Reach::None(format!(
            "its condition on aws:PrincipalAccount excludes account {own}"
        )),
        (Some(Reach::Others(who)), Some(within)) => {
            Reach::Others(format!("{who}, within {within}"))
        }
        (Some(reach), _) => reach,
        (None, Some(within)) => Reach::Others(format!("every role and user of {within}")),
        (None, None) => Reach::Others(
            "every role and user of every AWS account: its Principal is *, and no condition on aws:PrincipalArn limits it".into(),
        ),
    }
}

/// Returns the values that a key must have, if a condition lists them without wildcards.
fn limit<'a>(statement: &'a Statement, key: &str) -> Option<&'a [String]> {
    let binds = |c: &&Condition| {
        let whole = |value: &String| !value.contains(['*', '?', '$']);
        c.key == key
            && matches!(c.test, Test::Equals | Test::Like)
            && c.limits(key == ACCOUNT)
            && !c.values.is_empty()
            && c.values.iter().all(whole)
    };
    let found = statement.conditions.iter().find(binds)?;
    Some(&found.values)
}

/// Returns the principals that the conditions on `aws:PrincipalArn` allow, `None` without such a condition.
///
/// All conditions must be met, so the strictest one counts.
fn principal_condition(statement: &Statement, role: &RoleArn) -> Option<Reach> {
    let own = |accounts: &[String]| accounts.iter().all(|a| a == role.account().as_str());
    let only_own = limit(statement, ACCOUNT).is_some_and(own);
    let conditions = statement.conditions.iter().filter(|c| c.key == PRINCIPAL);
    conditions
        .map(|condition| of_condition(condition, role, only_own))
        .reduce(both)
}

/// Returns the principals that two conditions allow.
fn both(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::None(why), _) | (_, Reach::None(why)) => Reach::None(why),
        (Reach::Others(_), reach) | (reach, Reach::Others(_)) => reach,
        (Reach::PermissionSets(a), Reach::PermissionSets(b)) => {
            let both = [a[0] && b[0], a[1] && b[1]];
            match [a, b, both].map(|covered| covered == [false, false]) {
                [false, false, true] => {
                    let why = "its conditions on aws:PrincipalArn exclude each other";
                    Reach::None(why.to_owned())
                }
                _ => Reach::PermissionSets(both),
            }
        }
    }
}

fn of_condition(condition: &Condition, role: &RoleArn, only_own: bool) -> Reach {
    if !condition.limits(true) || condition.test == Test::EqualsIgnoringCase {
        return Reach::Others(format!(
            "any principal: its condition on aws:PrincipalArn ({}) does not limit them to roles of permission sets",
            condition.operator
        ));
    }
    let values = condition.values.iter();
    let each = values.map(|value| pattern(value, condition.test, role, only_own));
    any_of(each, "its condition on aws:PrincipalArn is empty")
}

/// Returns the principals that a value of `aws:PrincipalArn`, or the ARN of a principal, matches.
///
/// In `Arn…` operators a wildcard does not match a colon.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
///
/// `only_own`: another condition allows the role's account only.
fn pattern(value: &str, test: Test, role: &RoleArn, only_own: bool) -> Reach {
    let (partition, account) = (role.partition().as_str(), role.account().as_str());
    let never = |why: &str| Reach::None(format!("{value} never matches a caller: {why}"));
    if wild(value) && test == Test::Equals {
        return never("wildcards have no effect here");
    }
    if value.contains("${") {
        return Reach::Others(format!("the principals that {value} stands for"));
    }
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let [arn, of_partition, service, region, of_account, resource] = parts.as_slice() else {
        return match wild(value) {
            true => Reach::Others(format!("{value}, in any account")),
            false => never("it is not an ARN"),
        };
    };
    let before = [*arn, *of_partition, *service, *region];
    if test == Test::Like && before.iter().any(|part| wild(part)) {
        return Reach::Others(format!("{value}, in any account"));
    }
    if !matches("arn", arn) || !matches(of_partition, partition) {
        return never("its partition is not that of the role");
    }
    if !matches(service, "iam") || !matches(region, "") {
        return never("aws:PrincipalArn is the ARN of an IAM role or user");
    }
    let fits = matches(of_account, account);
    if wild(of_account) && !(only_own && fits) {
        return Reach::Others(format!("{value}, in any account"));
    }
    if !fits {
        return Reach::Others(format!("{value}, in another account"));
    }
    let literal = resource.split(['*', '?']).next().unwrap_or_default();
    if !literal.starts_with(RESERVED) {
        return match test {
            Test::Equals => Reach::Others(value.to_owned()),
            _ => Reach::Others(format!("{value}, not only roles of permission sets")),
        };
    }
    let all = |region| covers(resource, &format!("{RESERVED}{region}AWSReservedSSO_*"));
    Reach::PermissionSets(["", "*/"].map(all))
}
