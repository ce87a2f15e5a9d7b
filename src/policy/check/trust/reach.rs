//! Whom a statement lets in.

use crate::names::RoleArn;
use crate::policy::check::iam::{Condition, Principals, Statement, matches};
use crate::policy::document::sso_roles;

pub const PRINCIPAL: &str = "aws:principalarn";

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
        Principals::Anybody => {
            return by_condition.unwrap_or_else(|| {
                Reach::Others("EVERY AWS ACCOUNT IN THE WORLD: its Principal is *, and no condition on aws:PrincipalArn limits that".into())
            });
        }
        Principals::AllBut => {
            return Reach::Others("all but some (NotPrincipal)".to_owned());
        }
        Principals::None => return Reach::Nobody("it names no Principal".to_owned()),
        Principals::These(these) => these,
    };
    let mut covered = [false; 2];
    for (kind, name) in principals {
        let account = role.account().as_str();
        let own_root = format!("arn:{}:iam::{account}:root", role.partition());
        let found = match kind.as_str() {
            "AWS" if name == account || *name == own_root => match &by_condition {
                Some(Reach::Sso(covered)) => Reach::Sso(*covered),
                Some(Reach::Nobody(why)) => Reach::Nobody(why.clone()),
                _ => Reach::Others(format!("every role and user of account {account}")),
            },
            // Sessions can be principals, though never of a condition.
            "AWS" if name.contains(":sts:") => Reach::Others(name.clone()),
            "AWS" => pattern(name, "stringequals", role),
            _ => Reach::Others(format!("{name} ({kind})")),
        };
        match found {
            Reach::Sso(more) => covered = [covered[0] || more[0], covered[1] || more[1]],
            other => return other,
        }
    }
    match principals.is_empty() {
        true => Reach::Nobody("it names no Principal".to_owned()),
        false => Reach::Sso(covered),
    }
}

/// What the conditions on `aws:PrincipalArn` leave. All of them have to hold, so the strictest counts.
fn principal_condition(statement: &Statement, role: &RoleArn) -> Option<Reach> {
    let conditions = statement.conditions.iter().filter(|c| c.key == PRINCIPAL);
    let mut found: Option<Reach> = None;
    for condition in conditions {
        let reach = match condition.loophole() {
            Some(loophole) => Reach::Others(format!(
                "anybody: its condition on aws:PrincipalArn does not bind ({loophole})"
            )),
            None => of_condition(condition, role),
        };
        found = match (found, reach) {
            (None, reach) | (Some(Reach::Others(_)), reach) => Some(reach),
            (Some(Reach::Sso(_)), Reach::Nobody(why)) => Some(Reach::Nobody(why)),
            (found, _) => found,
        };
    }
    found
}

fn of_condition(condition: &Condition, role: &RoleArn) -> Reach {
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
        match pattern(value, operator, role) {
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
fn pattern(value: &str, operator: &str, role: &RoleArn) -> Reach {
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
    if wild(of_account) {
        return Reach::Others(format!("{value}, of any account"));
    }
    if *of_account != account {
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
