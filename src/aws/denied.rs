//! What a denial that AWS gives a reason for means to the user: who can change which policy, and the document that fixes it.

use super::denial::{Denial, Policy, Reason, Verdict};
use super::explain::policy_command;
use crate::failure::{Failure, Owner};
use crate::names::RoleArn;

const TAG_SESSION: &str = "sts:TagSession";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// What was denied.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action that was asked for, where AWS does not name it.
    pub action: &'a str,
    /// The role that was to be assumed, or whose credentials were used.
    pub role: Option<&'a RoleArn>,
    /// Whose permissions were not enough, such as "permission set Engineer".
    pub identity: &'a str,
}

/// Adds the reason that AWS gives, who can change it and how. The failure is unchanged where AWS gives none.
pub fn with_reason(failure: Failure, denial: &Denial, request: Request<'_>) -> Failure {
    let failure = match &denial.reason {
        Some(reason) => by_policy(failure, denial, reason, request),
        None => failure,
    };
    with_decoding(failure, denial)
}

/// Adds how to read what AWS has encoded.
pub fn with_decoding(failure: Failure, denial: &Denial) -> Failure {
    match &denial.encoded {
        Some(code) => failure.for_the(Owner::AwsAdmin).hint(format!(
            "your AWS admin can read the reason with `aws sts decode-authorization-message --query DecodedMessage --output text --encoded-message {code}`"
        )),
        None => failure,
    }
}

fn by_policy(failure: Failure, denial: &Denial, reason: &Reason, request: Request<'_>) -> Failure {
    let action = denial.action.as_deref().unwrap_or(request.action);
    let (name, whose) = (reason.policy.name(), place(reason.policy, denial, request));
    let failure = failure.for_the(Owner::AwsAdmin);
    let admin = admin(reason.policy);
    let Verdict::Explicit { arn } = &reason.verdict else {
        let failure = failure
            .cause(format!("AWS says that no {name} {whose} allows {action}"))
            .hint(format!(
                "ask {admin} to allow {action} in {} {name} {whose}",
                article(name)
            ));
        return with_document(failure, reason.policy, action, request);
    };
    let on = denial.resource.as_deref();
    let on = on.map_or_else(String::new, |resource| format!(" on {resource}"));
    let identity = request.identity;
    let (which, there) = match arn {
        Some(arn) => (format!("{arn}, {} {name},", article(name)), arn.clone()),
        None => {
            let which = format!("{} {name} {whose}", article(name));
            (which.clone(), which)
        }
    };
    let failure = failure
        .cause(format!("AWS says that {which} denies {action}"))
        .hint(format!(
            "ask {admin} for an exception: the statement in {there} that denies {action}{on} must not apply to {identity}"
        ));
    let id = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
    match (reason.policy, id, request.role) {
        (Policy::ServiceControl | Policy::ResourceControl, Some(id), _) => failure.hint(format!(
            "that admin can print the policy with `aws organizations describe-policy --policy-id {id}`"
        )),
        (Policy::Trust, _, Some(role)) => failure.hint(format!(
            "to compare the role with the guide, {}",
            policy_command("policy check", role, None).run()
        )),
        _ => failure,
    }
}

/// Adds the command that prints what the policy has to allow.
fn with_document(failure: Failure, policy: Policy, action: &str, request: Request<'_>) -> Failure {
    let Some(role) = request.role else {
        return failure;
    };
    let is_trust = matches!(policy, Policy::Trust | Policy::Resource);
    let document = match action {
        // The trust policy of the guide does not have these, and the document below is not a trust policy.
        TAG_SESSION if is_trust => {
            return failure.cause(
                "your sign-in has session tags, which the role's trust policy must allow, too",
            );
        }
        SET_SOURCE_IDENTITY if is_trust => {
            return failure.cause(
                "your sign-in has a source identity, which the role's trust policy must allow, too",
            );
        }
        TAG_SESSION | SET_SOURCE_IDENTITY => {
            policy_command("policy assume-role", role, None).option("--also", action)
        }
        "sts:AssumeRole" if is_trust => policy_command("policy trust-sso", role, None),
        "sts:AssumeRole" => policy_command("policy assume-role", role, None),
        "eks:DescribeCluster" => policy_command("policy permissions", role, None),
        _ => return failure,
    };
    failure.hint(format!("to print what it has to allow, {}", document.run()))
}

fn article(name: &str) -> &'static str {
    match name.starts_with('i') {
        true => "an",
        false => "a",
    }
}

/// Returns who can change such a policy.
fn admin(policy: Policy) -> &'static str {
    match policy {
        Policy::ServiceControl | Policy::ResourceControl => "the admin of your AWS organization",
        Policy::VpcEndpoint => "the AWS admin of the network that you are in",
        _ => "your AWS admin",
    }
}

/// Returns where the policy is.
fn place(policy: Policy, denial: &Denial, request: Request<'_>) -> String {
    let account = request
        .role
        .map(|role| format!(" (account {})", role.account()));
    let account = account.unwrap_or_default();
    match policy {
        Policy::Identity | Policy::Boundary | Policy::Session => format!("of {}", request.identity),
        Policy::Trust | Policy::Resource => match &denial.resource {
            Some(resource) => format!("of {resource}"),
            None => "of what you asked for".to_owned(),
        },
        Policy::ServiceControl | Policy::ResourceControl => {
            format!("of your AWS organization{account}")
        }
        Policy::VpcEndpoint => "of this network".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(because: &str, action: &str) -> Failure {
        let role: RoleArn = "arn:aws-cn:iam::111122223333:role/team/apono"
            .parse()
            .unwrap();
        let message = format!(
            "User: arn:aws-cn:sts::111122223333:assumed-role/dev/a is not authorized to perform: {action} on resource: {role} {because}"
        );
        let request = Request {
            action,
            role: Some(&role),
            identity: "permission set Engineer",
        };
        with_reason(Failure::refused("no"), &Denial::read(&message), request)
    }

    /// Each reason has a remedy of its own, which names whose policy it is.
    #[test]
    fn the_document_that_fixes_it_is_named() {
        let options = "--account-id 111122223333 --role-name team/apono --region cn-north-1";
        for (policy, action, document) in [
            ("identity-based policy", "sts:AssumeRole", "assume-role"),
            ("permissions boundary", "sts:AssumeRole", "assume-role"),
            ("session policy", "sts:AssumeRole", "assume-role"),
            ("service control policy", "sts:AssumeRole", "assume-role"),
            ("resource control policy", "sts:AssumeRole", "assume-role"),
            ("role trust policy", "sts:AssumeRole", "trust-sso"),
            ("resource-based policy", "sts:AssumeRole", "trust-sso"),
            (
                "identity-based policy",
                "eks:DescribeCluster",
                "permissions",
            ),
            (
                "service control policy",
                "eks:DescribeCluster",
                "permissions",
            ),
        ] {
            let failure = explained(
                &format!("because no {policy} allows the {action} action"),
                action,
            );
            assert_eq!(failure.owner, Owner::AwsAdmin);
            assert!(failure.hints[0].contains(policy), "{failure:?}");
            let command = format!("run `apono-login policy {document} {options}`");
            assert!(failure.hints[1].ends_with(&command), "{failure:?}");
        }
        let tags = explained(
            "because no identity-based policy allows the sts:TagSession action",
            TAG_SESSION,
        );
        assert!(tags.hints[1].contains("--also sts:TagSession"), "{tags:?}");
        let tags = explained(
            "because no role trust policy allows the sts:TagSession action",
            TAG_SESSION,
        );
        assert_eq!(tags.hints.len(), 1, "{tags:?}");
    }

    #[test]
    fn an_explicit_denial_needs_an_exception() {
        let arn = "arn:aws-cn:organizations::444455556666:policy/o-a1/service_control_policy/p-b2";
        let because = format!("with an explicit deny in a service control policy: {arn}");
        let failure = explained(&because, "sts:AssumeRole");
        assert!(failure.hints[0].contains(arn) && failure.hints[0].contains("organization"));
        assert!(failure.hints[1].contains("describe-policy --policy-id p-b2`"));
        for policy in [
            "permissions boundary",
            "session policy",
            "VPC endpoint policy",
        ] {
            let failure = explained(
                &format!("with an explicit deny in a {policy}"),
                "sts:AssumeRole",
            );
            assert!(failure.hints[0].contains(policy), "{failure:?}");
        }
    }
}
