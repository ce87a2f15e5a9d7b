//! Whom a statement lets in.

use crate::names::RoleArn;
use crate::policy::check::iam::{Condition, Principals, Statement, matches};
use crate::policy::document::sso_roles;

pub const PRINCIPAL: &str = "aws:principalarn";
pub const ACCOUNT: &str = "aws:principalaccount";
const ORGANIZATION: &str = "aws:principalorgid";

/// Whom a statement reaches.
pub enum Reach {
    /// Roles of permission sets of the account: whether of IAM Identity Center in us-east-1, and elsewhere.
    Sso([bool; 2]),
    /// Others, too; who, as a phrase.
    Others(String),
    /// Nobody; why.
    Nobody(String),
}

pub fn reach(statement: &Statement, role: &RoleArn) -> Reach {
    let by_condition = principal_condition(statement, role);
    let principals = match &statement.principals {
        Principals::Anybody => return anybody(statement, by_condition, role),
        Principals::AllBut => {
            return Reach::Others("all but some (NotPrincipal)".to_owned());
        }
        Principals::None => return Reach::Nobody("it names no Principal".to_owned()),
        Principals::These(these) => these,
    };
    let mut covered: Option<[bool; 2]> = None;
    let mut never = "it names no Principal".to_owned();
    for (kind, name) in principals {
        match principal(kind, name, &by_condition, role) {
            Reach::Sso(more) => {
                let [a, b] = covered.unwrap_or_default();
                covered = Some([a || more[0], b || more[1]]);
            }
            // It does not keep the others out: a role that was deleted is such a one.
            Reach::Nobody(why) => never = why,
            others => return others,
        }
    }
    covered.map_or(Reach::Nobody(never), Reach::Sso)
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
            Some(Reach::Sso(covered)) => Reach::Sso(*covered),
            Some(Reach::Nobody(why)) => Reach::Nobody(why.clone()),
            _ => Reach::Others(format!("every role and user of account {account}")),
        },
        "AWS" if of_account.len() == 12 && of_account.bytes().all(|b| b.is_ascii_digit()) => {
            Reach::Others(format!(
                "every role and user of account {of_account}, which is another one"
            ))
        }
        // Sessions can be principals, though never of a condition.
        "AWS" if name.contains(":sts:") => Reach::Others(name.to_owned()),
        "AWS" => pattern(name, "stringequals", role, false),
        "Federated" => Reach::Nobody(format!("{name} cannot call sts:AssumeRole")),
        _ => Reach::Others(format!("{name} ({kind})")),
    }
}

/// Where the principal is `*`.
fn anybody(statement: &Statement, by_condition: Option<Reach>, role: &RoleArn) -> Reach {
    let accounts = limit(statement, ACCOUNT);
    let within = match (accounts, limit(statement, ORGANIZATION)) {
        (Some(accounts), _) => Some(format!("account {}", accounts.join(" or "))),
        (None, Some(organizations)) => Some(format!("organization {}", organizations.join(" or "))),
        (None, None) => None,
    };
    let own = role.account().as_str();
    let left_out = accounts.is_some_and(|accounts| !accounts.iter().any(|account| account == own));
    match (by_condition, within) {
        (Some(Reach::Sso(_)), _) if left_out => Reach::Nobody(format!(
            "its condition on aws:PrincipalAccount leaves out account {own}"
        )),
        (Some(Reach::Others(who)), Some(within)) => {
            Reach::Others(format!("{who}, within {within}"))
        }
        (Some(reach), _) => reach,
        (None, Some(within)) => Reach::Others(format!("every role and user of {within}")),
        (None, None) => Reach::Others(
            "EVERY AWS ACCOUNT IN THE WORLD: its Principal is *, and no condition on aws:PrincipalArn limits that".into(),
        ),
    }
}

/// The whole values that a key has to have, if there is such a condition.
fn limit<'a>(statement: &'a Statement, key: &str) -> Option<&'a [String]> {
    let binds = |c: &&Condition| {
        let operator = matches!(c.operator.as_str(), "stringequals" | "stringlike");
        let whole = |value: &String| !value.contains(['*', '?', '$']);
        c.key == key
            && operator
            && c.loophole().is_none()
            && !c.values.is_empty()
            && c.values.iter().all(whole)
    };
    let found = statement.conditions.iter().find(binds)?;
    Some(&found.values)
}

/// What the conditions on `aws:PrincipalArn` leave. All of them have to hold, so the strictest counts.
fn principal_condition(statement: &Statement, role: &RoleArn) -> Option<Reach> {
    let own = |accounts: &[String]| accounts.iter().all(|a| a == role.account().as_str());
    let only_own = limit(statement, ACCOUNT).is_some_and(own);
    let conditions = statement.conditions.iter().filter(|c| c.key == PRINCIPAL);
    let mut found: Option<Reach> = None;
    for condition in conditions {
        let reach = of_condition(condition, role, only_own);
        found = match (found, reach) {
            (None, reach) | (Some(Reach::Others(_)), reach) => Some(reach),
            (Some(Reach::Sso(_)), Reach::Nobody(why)) => Some(Reach::Nobody(why)),
            (found, _) => found,
        };
    }
    found
}

fn of_condition(condition: &Condition, role: &RoleArn, only_own: bool) -> Reach {
    let operator = condition.operator.as_str();
    if !matches!(
        operator,
        "arnlike" | "arnequals" | "stringlike" | "stringequals"
    ) {
        return Reach::Others(format!(
            "anybody: its condition on aws:PrincipalArn ({operator}) names no roles of people"
        ));
    }
    let mut covered = None;
    let mut never = "its condition on aws:PrincipalArn is empty".to_owned();
    for value in &condition.values {
        match pattern(value, operator, role, only_own) {
            Reach::Others(who) => return Reach::Others(who),
            Reach::Nobody(why) => never = why,
            Reach::Sso(more) => {
                let [a, b] = covered.unwrap_or_default();
                covered = Some([a || more[0], b || more[1]]);
            }
        }
    }
    covered.map_or(Reach::Nobody(never), Reach::Sso)
}

/// Whom a value of `aws:PrincipalArn`, or a principal's ARN, means. In `Arn…` operators a wildcard stays between its colons.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
///
/// `only_own`: another condition leaves the role's account alone.
fn pattern(value: &str, operator: &str, role: &RoleArn, only_own: bool) -> Reach {
    const RESERVED: &str = "role/aws-reserved/sso.amazonaws.com/";
    let (partition, account) = (role.partition().as_str(), role.account().as_str());
    let never = |why: &str| Reach::Nobody(format!("{value} is never a caller's: {why}"));
    let wild = |text: &str| text.contains(['*', '?']);
    let takes_wildcards = operator != "stringequals";
    if wild(value) && !takes_wildcards {
        return never("it has wildcards that are not taken for such here");
    }
    if value.contains("${") {
        return Reach::Others(format!("whom {value} names"));
    }
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let [arn, of_partition, service, region, of_account, resource] = parts.as_slice() else {
        return match wild(value) {
            true => Reach::Others(format!("{value}, of any account")),
            false => never("it is no ARN"),
        };
    };
    let before = [*arn, *of_partition, *service, *region];
    if operator == "stringlike" && before.iter().any(|part| wild(part)) {
        return Reach::Others(format!("{value}, of any account"));
    }
    if !matches("arn", arn) || !matches(of_partition, partition) {
        return never("it is of another partition");
    }
    if !matches(service, "iam") || !matches(region, "") {
        return never("callers are known by the ARN of their role in IAM");
    }
    let fits = matches(of_account, account);
    if wild(of_account) && !(only_own && fits) {
        return Reach::Others(format!("{value}, of any account"));
    }
    if !fits {
        return Reach::Others(format!("{value}, of another account"));
    }
    let literal = resource.split(['*', '?']).next().unwrap_or_default();
    if !literal.starts_with(RESERVED) {
        return match operator {
            "stringequals" => Reach::Others(value.to_owned()),
            _ => Reach::Others(format!("{value}, more than roles of permission sets")),
        };
    }
    // A name that only a wildcard matches.
    let covered = sso_roles(role.partition(), role.account()).map(|guide| {
        let sample = guide.replace("/*/", "/xx-x-1/").replace('*', "\u{1}");
        let (_, sample) = sample.split_once(":role/").unwrap_or_default();
        matches(resource, &format!("role/{sample}"))
    });
    Reach::Sso(covered)
}
