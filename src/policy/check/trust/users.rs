//! The users whom the guide lets in, and whether a statement applies to their sign-ins.

use std::collections::HashSet;

use super::reach::{ACCOUNT, PRINCIPAL, RESERVED};
use super::session_name::SESSION_NAME;
use super::{AUDIENCE, SUBJECT, own_provider};
use crate::aws::sign_in_page as endpoint;
use crate::names::RoleArn;
use crate::policy::check::Expected;
use crate::policy::check::iam::{Condition, Policy, Principals, Statement, Test, covers, overlaps};

/// Pattern of emails.
const EMAIL: &str = "*@*";

/// How users get the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Through IAM Identity Center: `sts:AssumeRole` with the credentials of a permission set.
    Sso,
    /// At a SAML provider: `sts:AssumeRoleWithSAML`.
    Saml,
}

impl SignIn {
    pub fn action(self) -> &'static str {
        match self {
            SignIn::Sso => "sts:AssumeRole",
            SignIn::Saml => "sts:AssumeRoleWithSAML",
        }
    }
}

/// How many of the users something applies to, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    None,
    Some,
    All,
}

impl Share {
    fn not(self) -> Share {
        match self {
            Share::None => Share::All,
            Share::Some => Share::Some,
            Share::All => Share::None,
        }
    }

    /// Returns the share of several groups of users together.
    fn of_groups(groups: impl Iterator<Item = Share>) -> Share {
        let groups: Vec<Share> = groups.collect();
        match groups.iter().min() {
            Some(least) if groups.iter().all(|share| share == least) => *least,
            _ => Share::Some,
        }
    }
}

/// A group of users, as the requests of their sign-ins show them.
pub struct Group<'a> {
    role: &'a RoleArn,
    /// What [`providers`] returns.
    providers: &'a [String],
    sign_in: SignIn,
    /// Pattern of the ARN of their permission sets, or of the endpoint that their SAML responses are for.
    class: String,
}

/// What the requests of a group have as the value of a key.
enum Fact {
    Absent,
    /// Texts that match this pattern.
    Text(String),
    Unknown,
}

/// Returns how many of the users meet a condition.
pub fn meet(condition: &Condition, sign_in: SignIn, role: &RoleArn) -> Share {
    Share::of_groups(groups(sign_in, role, &[]).map(|group| group.meets(condition)))
}

/// Returns how many of the users a statement applies to.
pub fn apply(
    statement: &Statement,
    sign_in: SignIn,
    role: &RoleArn,
    providers: &[String],
) -> Share {
    Share::of_groups(groups(sign_in, role, providers).map(|group| group.applies(statement)))
}

/// Returns the groups of users whom no Deny of a policy keeps out.
pub fn not_denied<'a>(
    policy: &Policy,
    sign_in: SignIn,
    role: &'a RoleArn,
    providers: &'a [String],
) -> Vec<Group<'a>> {
    let denied = |group: &Group| {
        let mut denies = policy.statements.iter().filter(|s| !s.allows);
        denies.any(|deny| group.applies(deny) == Share::All)
    };
    groups(sign_in, role, providers)
        .filter(|group| !denied(group))
        .collect()
}

/// Returns the ARNs of the SAML providers that users sign in at, in order: the expected one, else those of the role's account
/// that the policy allows.
pub fn providers(policy: &Policy, expected: &Expected) -> Vec<String> {
    if let Some(provider) = &expected.provider {
        return vec![provider.to_string()];
    }
    let allowed = policy.statements.iter().filter(|s| s.allows);
    let names = allowed.flat_map(|statement| match &statement.principals {
        Principals::These(these) => these.as_slice(),
        _ => &[],
    });
    let own = names.filter(|(_, name)| own_provider(name, &expected.role).is_some());
    let mut own: Vec<String> = own.map(|(_, name)| name.clone()).collect();
    own.sort();
    own.dedup();
    own
}

/// Returns the groups of users that statements commonly tell apart.
fn groups<'a>(
    sign_in: SignIn,
    role: &'a RoleArn,
    providers: &'a [String],
) -> impl Iterator<Item = Group<'a>> {
    let (partition, account) = (role.partition(), role.account());
    let classes: Vec<String> = match (sign_in, endpoint::domain(partition)) {
        (SignIn::Sso, _) => {
            let root = format!("arn:{partition}:iam::{account}:{RESERVED}");
            ["", "??-*-?/"]
                .map(|region| format!("{root}{region}AWSReservedSSO_*"))
                .into()
        }
        (SignIn::Saml, Some(domain)) => ["/saml", "/saml/acs/*", "/static/saml"]
            .iter()
            .flat_map(|path| ["", "*."].map(|region| format!("https://{region}{domain}{path}")))
            .collect(),
        (SignIn::Saml, None) => vec!["*".to_owned()],
    };
    classes.into_iter().map(move |class| Group {
        role,
        providers,
        sign_in,
        class,
    })
}

/// Returns whether no request of a sign-in has a key.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
fn is_absent(key: &str, sign_in: SignIn) -> bool {
    // Services set these when they call for someone.
    const OF_SERVICES: [&str; 2] = ["aws:sourcearn", "aws:sourceaccount"];
    // What is left of a SAML response in the session that it started.
    const OF_SESSIONS: [&str; 3] = ["saml:sub", "saml:sub_type", "saml:namequalifier"];
    let of_sign_in = match sign_in {
        SignIn::Sso => key.starts_with("saml:") && !OF_SESSIONS.contains(&key),
        // The request is not signed. Its type of principal is `Anonymous`.
        SignIn::Saml => {
            key == "sts:externalid"
                || key.starts_with("aws:principal") && key != "aws:principaltype"
        }
    };
    of_sign_in || OF_SERVICES.contains(&key)
}

impl Group<'_> {
    fn fact(&self, key: &str) -> Fact {
        match (self.sign_in, key) {
            (_, SESSION_NAME) | (SignIn::Sso, "saml:sub") => Fact::Text(EMAIL.to_owned()),
            (SignIn::Sso, PRINCIPAL) | (SignIn::Saml, AUDIENCE) => Fact::Text(self.class.clone()),
            (SignIn::Sso, ACCOUNT) => Fact::Text(self.role.account().to_string()),
            _ if is_absent(key, self.sign_in) => Fact::Absent,
            _ => Fact::Unknown,
        }
    }

    /// Returns how many of the group a statement applies to.
    pub fn applies(&self, statement: &Statement) -> Share {
        if !statement.actions.cover(self.sign_in.action()) {
            return Share::None;
        }
        let named = self.named(&statement.principals);
        let one = match &statement.principals {
            Principals::These(these) if self.sign_in == SignIn::Sso => self.only(these),
            _ => None,
        };
        let group = one.as_ref().unwrap_or(self);
        let conditions = statement.conditions.iter();
        conditions.map(|c| group.meets(c)).fold(named, Ord::min)
    }

    /// Returns how many of the group the Principal of a statement names. A name with a wildcard is not a pattern: it names none.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    fn named(&self, principals: &Principals) -> Share {
        let these = match principals {
            Principals::Anyone => return Share::All,
            Principals::AllExcept => return Share::Some,
            Principals::None => return Share::None,
            Principals::These(these) => these,
        };
        match self.sign_in {
            SignIn::Sso => these
                .iter()
                .map(|(kind, name)| self.named_as_caller(kind, name))
                .max()
                .unwrap_or(Share::None),
            SignIn::Saml => self.named_as_provider(these),
        }
    }

    /// Returns the part of the group with the only permission set that a Principal names, if it names only one.
    fn only(&self, these: &[(String, String)]) -> Option<Self> {
        let [(_, name)] = these else { return None };
        overlaps(name, &self.class).then(|| Group {
            class: name.clone(),
            ..*self
        })
    }

    fn named_as_caller(&self, kind: &str, name: &str) -> Share {
        let (partition, account) = (self.role.partition(), self.role.account());
        let root = format!("arn:{partition}:iam::{account}:root");
        match kind {
            "AWS" if *name == root || name == account.as_str() => Share::All,
            _ if name.contains(['*', '?']) => Share::None,
            "AWS" if overlaps(name, &self.class) => Share::Some,
            // A session of a permission set. The session's name is that of one user.
            "AWS" if name.contains(":assumed-role/AWSReservedSSO_") => Share::Some,
            _ => Share::None,
        }
    }

    fn named_as_provider(&self, these: &[(String, String)]) -> Share {
        let names = these.iter().filter(|(kind, _)| kind == "Federated");
        let own = names.filter(|(_, name)| own_provider(name, self.role).is_some());
        let own: HashSet<&String> = own.map(|(_, name)| name).collect();
        let of_users = own
            .iter()
            .filter(|name| self.providers.binary_search(name).is_ok());
        match of_users.count() {
            // It is not known which of them users sign in at.
            0 if self.providers.is_empty() && !own.is_empty() => Share::Some,
            0 => Share::None,
            some if some < self.providers.len() => Share::Some,
            _ => Share::All,
        }
    }

    fn meets(&self, condition: &Condition) -> Share {
        let is_never = condition.values.is_empty() && !condition.is_negated;
        let class = match self.fact(&condition.key) {
            Fact::Unknown if condition.fails_without_key() && is_never => return Share::None,
            Fact::Unknown => return Share::Some,
            Fact::Absent if condition.fails_without_key() => return Share::None,
            Fact::Absent => return Share::All,
            Fact::Text(class) => class,
        };
        if condition.test == Test::Null {
            let exists = |value: &String| value.eq_ignore_ascii_case("false");
            return match condition.values.iter().any(exists) {
                true => Share::All,
                false => Share::None,
            };
        }
        // Not meant for texts.
        let is_text = !matches!(condition.test, Test::Exact | Test::Order | Test::Other);
        if !is_text && condition.is_negated {
            return Share::Some;
        }
        let values = condition.values.iter();
        let one = values.map(|value| self.equals(condition.test, value, &class));
        let one = one.max().unwrap_or(Share::None);
        match condition.is_negated {
            true => one.not(),
            false => one,
        }
    }

    /// Returns how many texts of a class a value of a condition matches.
    fn equals(&self, test: Test, value: &str, class: &str) -> Share {
        let is_text = matches!(test, Test::Equals | Test::EqualsIgnoringCase | Test::Like);
        let is_subject = class == EMAIL && value.eq_ignore_ascii_case(SUBJECT);
        if is_text && is_subject && self.sign_in == SignIn::Sso {
            return Share::All;
        }
        // None of the texts has a wildcard in it.
        if value.contains(['*', '?']) && matches!(test, Test::Equals | Test::EqualsIgnoringCase) {
            return Share::None;
        }
        if value.contains("${") && (is_text || class != EMAIL) {
            return Share::Some;
        }
        let (all, some) = match test {
            Test::Equals => (value == class, overlaps(value, class)),
            Test::EqualsIgnoringCase => {
                let (value, class) = (value.to_ascii_lowercase(), class.to_ascii_lowercase());
                (value == class, overlaps(&value, &class))
            }
            Test::Like => (covers(value, class), overlaps(value, class)),
            Test::Arn => arn(value, class),
            // It is not documented whether IAM takes an account ID for a number or bytes.
            Test::Exact => (
                false,
                number(class).is_some_and(|n| number(value) == Some(n)),
            ),
            Test::Order => (false, number(class).is_some()),
            Test::Null | Test::Other => (false, false),
        };
        match (all, some) {
            (true, _) => Share::All,
            (false, true) => Share::Some,
            (false, false) => Share::None,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Returns whether a pattern matches all ARNs of a class, and some. Wildcards do not match a colon.
fn arn(value: &str, class: &str) -> (bool, bool) {
    let value: Vec<&str> = value.splitn(6, ':').collect();
    let class: Vec<&str> = class.splitn(6, ':').collect();
    // It is not documented whether this matches an ARN.
    if value == ["*"] {
        return (false, true);
    }
    let all = |is: fn(&str, &str) -> bool| {
        let mut parts = value.iter().zip(&class);
        value.len() == class.len() && parts.all(|(value, class)| is(value, class))
    };
    (all(covers), all(overlaps))
}
