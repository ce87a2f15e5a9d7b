//! STS: `AssumeRole` and `GetCallerIdentity`. Every response is checked before it is used.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use aws_config::SdkConfig;
use aws_sdk_sts::Client;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_sdk_sts::types::{self, AssumedRoleUser};
use chrono::{DateTime, TimeDelta, Utc};

use crate::aws;
use crate::credentials::{self, Credentials, Secret};
use crate::names::{RoleArn, RoleSessionName};
use crate::output;
use crate::profile::plan::Plan;

/// The shortest lifetime of credentials that are accepted.
const SHORTEST_LIFE: TimeDelta = TimeDelta::seconds(60);
/// The longest lifetime of credentials that are accepted. No role session lasts longer than 12 hours.
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(13);

/// The field with the expiry of the credentials.
pub const EXPIRATION: &str = "Expiration";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// The response is for another role or session name.
    #[error("asked for {asked}, got {got:?}")]
    WrongIdentity { asked: String, got: String },
    /// A field is missing or invalid.
    #[error("{field}: {problem}")]
    BadAnswer {
        field: &'static str,
        problem: String,
    },
}

/// Returns a client for STS. It does not correct clock skew: the cluster would reject a token signed with a wrong clock.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_sts::config::Builder::from(config)
        .disable_clock_skew_correction(true)
        .build();
    Client::from_conf(config)
}

/// Assumes the plan's role under its session name, and checks that the response is for both. `duration` is in seconds.
/// `token_code` is the MFA code, if the plan has an MFA device.
pub async fn assume_role(
    client: &Client,
    plan: &Plan,
    duration: Option<u32>,
    token_code: Option<String>,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Credentials, Error> {
    let answer = client
        .assume_role()
        .role_arn(plan.role.as_str())
        .role_session_name(plan.session_name.as_str())
        .set_duration_seconds(duration.and_then(|seconds| i32::try_from(seconds).ok()))
        .set_external_id(plan.external_id.clone())
        .set_serial_number(plan.mfa_serial.clone())
        .set_token_code(token_code)
        .send()
        .await
        .map_err(|error| aws::classify(&error, now()))?;

    granted(
        answer.assumed_role_user(),
        answer.credentials(),
        plan,
        now(),
    )
}

/// Returns the credentials in a response, if they are for the plan's role and session name.
pub fn granted(
    user: Option<&AssumedRoleUser>,
    given: Option<&types::Credentials>,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<Credentials, Error> {
    let got = user.map(AssumedRoleUser::arn).unwrap_or_default();
    check_identity(got, &plan.role, &plan.session_name)?;
    let given = given.ok_or_else(|| bad("Credentials", "missing"))?;
    let expires_at = DateTime::from_timestamp(given.expiration().secs(), 0)
        .ok_or_else(|| bad(EXPIRATION, "not a valid time"))?;
    let left = expires_at - now;
    let at = output::at(expires_at);
    let is_usable = (SHORTEST_LIFE..=LONGEST_LIFE).contains(&left);
    if let (false, Some(error)) = (is_usable, aws::wrong_clock(now)) {
        return Err(error.into());
    }
    if left <= TimeDelta::zero() {
        return Err(bad(EXPIRATION, format!("expired {at}")));
    }
    if !is_usable {
        let why = match left < SHORTEST_LIFE {
            true => format!("less than {} seconds", SHORTEST_LIFE.num_seconds()),
            false => format!("more than {} hours", LONGEST_LIFE.num_hours()),
        };
        return Err(bad(EXPIRATION, format!("{at} is {why} from now")));
    }
    Ok(Credentials {
        access_key_id: token("AccessKeyId", given.access_key_id(), 128)?,
        secret_access_key: Secret::new(token("SecretAccessKey", given.secret_access_key(), 1024)?),
        session_token: Secret::new(token("SessionToken", given.session_token(), 16 << 10)?),
        expires_at,
    })
}

/// Returns the ARN of the identity that the client's credentials belong to.
pub async fn caller(client: &Client, now: DateTime<Utc>) -> Result<String, Error> {
    let answer = client
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| aws::classify(&error, now))?;
    arn(&answer)
}

/// Returns the ARN in a response of `GetCallerIdentity`.
pub fn arn(answer: &GetCallerIdentityOutput) -> Result<String, Error> {
    let arn = answer.arn().map(str::to_owned);
    arn.ok_or_else(|| bad("Arn", "missing"))
}

/// Returns the keys of AWS's documentation, to sign a request where there are no credentials.
pub fn example_keys() -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new("AKIAIOSFODNN7EXAMPLE", "none", None, None, "example")
}

/// Checks that STS can be reached, with a client that has the [`example_keys`]. Returns how far this computer's clock is ahead
/// of AWS's, if the response tells.
pub async fn probe(
    client: &Client,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Option<TimeDelta>, aws::Error> {
    let Err(refusal) = client.get_caller_identity().send().await else {
        return Err(aws::Error::Unreadable {
            message: "invalid access keys were accepted".to_owned(),
        });
    };
    let ahead = aws::clock(&refusal, now());
    match aws::classify(&refusal, None) {
        error @ (aws::Error::Network { .. }
        | aws::Error::Unreadable { .. }
        | aws::Error::Throttled { .. }
        | aws::Error::Unavailable { .. }) => Err(error),
        _ => Ok(ahead),
    }
}

fn bad(field: &'static str, problem: impl Into<String>) -> Error {
    Error::BadAnswer {
        field,
        problem: problem.into(),
    }
}

fn check_identity(got: &str, role: &RoleArn, session: &RoleSessionName) -> Result<(), Error> {
    let asked = role.session_arn(session);
    if got == asked {
        return Ok(());
    }
    let got = got.to_owned();
    Err(Error::WrongIdentity { asked, got })
}

fn token(field: &'static str, value: &str, max: usize) -> Result<String, Error> {
    let value = credentials::plain(value, max).map_err(|problem| bad(field, problem))?;
    Ok(value.to_owned())
}

/// A condition of the setup guide's trust policy that a source identity does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The condition on `sts:RoleSessionName`: the source session has another name.
    SessionName { source: RoleSessionName },
    /// The same name in another case. The trust policy ignores case; the cluster's RBAC does not.
    SessionNameCase { source: RoleSessionName },
    /// The condition on `aws:PrincipalArn`: the identity is of another account.
    Account { source: String },
    /// The condition on `aws:PrincipalArn`: the identity is not a role of IAM Identity Center.
    NotIdentityCenter,
}

/// Compares a source identity with the setup guide's trust policy, which trusts
/// `arn:…:assumed-role/AWSReservedSSO_*/EMAIL` in the role's own account.
pub fn compare(source_arn: &str, role: &RoleArn, session: &RoleSessionName) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let parts: Vec<&str> = source_arn.splitn(6, ':').collect();
    let (account, resource) = match parts.as_slice() {
        [_, _, _, _, account, resource] => (*account, *resource),
        _ => ("", source_arn),
    };
    let mut path = resource.split('/');
    let (kind, role_name, source_session) = (path.next(), path.next(), path.next());
    let source_session = source_session.filter(|_| kind == Some("assumed-role"));
    // A name that STS cannot have given is ignored: it would end up in a hint.
    let source_session: Option<RoleSessionName> = source_session.and_then(|name| name.parse().ok());
    if let Some(source) = source_session.filter(|source| source != session) {
        found.push(
            match source.as_str().eq_ignore_ascii_case(session.as_str()) {
                true => Mismatch::SessionNameCase { source },
                false => Mismatch::SessionName { source },
            },
        );
    }
    if account != role.account().as_str() {
        found.push(Mismatch::Account {
            source: account.to_owned(),
        });
    }
    if kind != Some("assumed-role")
        || !role_name.is_some_and(|name| name.starts_with("AWSReservedSSO_"))
    {
        found.push(Mismatch::NotIdentityCenter);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_explained_by_the_condition_that_fails() {
        let role: RoleArn = "arn:aws:iam::111122223333:role/apono-k8s-access"
            .parse()
            .unwrap();
        let alice: RoleSessionName = "alice@example.com".parse().unwrap();
        let sso = |account: &str, session: &str| {
            format!(
                "arn:aws:sts::{account}:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/{session}"
            )
        };
        let cases = [
            (sso("111122223333", "alice@example.com"), vec![]),
            (
                sso("111122223333", "bob@example.com"),
                vec![Mismatch::SessionName {
                    source: "bob@example.com".parse().unwrap(),
                }],
            ),
            (
                sso("111122223333", "Alice@Example.com"),
                vec![Mismatch::SessionNameCase {
                    source: "Alice@Example.com".parse().unwrap(),
                }],
            ),
            (
                sso("444455556666", "alice@example.com"),
                vec![Mismatch::Account {
                    source: "444455556666".into(),
                }],
            ),
            (
                "arn:aws:iam::111122223333:user/alice".into(),
                vec![Mismatch::NotIdentityCenter],
            ),
            (
                "garbage".into(),
                vec![
                    Mismatch::Account {
                        source: String::new(),
                    },
                    Mismatch::NotIdentityCenter,
                ],
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(compare(&source, &role, &alice), expected, "{source}");
        }
    }

    #[test]
    fn a_response_for_another_role_or_session_is_refused() {
        let role: RoleArn = "arn:aws:iam::111122223333:role/path/apono".parse().unwrap();
        let alice: RoleSessionName = "alice@example.com".parse().unwrap();
        let check = |got: &str| check_identity(got, &role, &alice).is_ok();
        assert!(check(
            "arn:aws:sts::111122223333:assumed-role/apono/alice@example.com"
        ));
        assert!(!check(
            "arn:aws:sts::111122223333:assumed-role/apono/Alice@example.com"
        ));
        assert!(!check(
            "arn:aws:sts::111122223333:assumed-role/other/alice@example.com"
        ));
        assert!(!check(
            "arn:aws:sts::444455556666:assumed-role/apono/alice@example.com"
        ));
        assert!(!check(""));
    }
}
