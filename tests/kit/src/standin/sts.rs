//! STS over AWS's query protocol: AssumeRole, subject to a role's trust policy, and GetCallerIdentity.
//!
//! `authenticate` identifies the caller; EKS and the clusters use it too.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::codec::{base64, identifier, random, secret, uuid, xml_text};
use super::http::{Answer, Request};
use super::saml;
use super::sigv4::{Presented, Refusal};
use super::web_identity;
use super::world::{Key, Operation, Principal, Role, Service, Trust, World};
use crate::canary::with_canary;

pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A rejection: status, code and message.
pub type Denied = (u16, &'static str, String);

/// Returns the principal that signed a request, and the region in the signature.
pub fn authenticate(
    world: &World,
    request: &Request,
    service: Service,
) -> Result<(Principal, String), Denied> {
    // The two protocols have different names for the same errors.
    let rest = service == Service::Eks;
    let code = |query: &'static str, json: &'static str| if rest { json } else { query };
    let refuse = |refusal| match refusal {
        Refusal::Missing => (
            403,
            code(
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
            ),
            "Request is missing Authentication Token".to_owned(),
        ),
        Refusal::Incomplete(what) => (
            400,
            code("IncompleteSignature", "IncompleteSignatureException"),
            what,
        ),
        Refusal::Mismatch(what) => (
            403,
            code("SignatureDoesNotMatch", "InvalidSignatureException"),
            what,
        ),
    };
    let presented = Presented::read(request).map_err(refuse)?;
    let key = world.facts().keys.get(&presented.access_key).cloned();
    let unknown = (
        403,
        code("InvalidClientTokenId", "UnrecognizedClientException"),
        "The security token included in the request is invalid.".to_owned(),
    );
    let key = key
        .filter(|key| key.session_token == presented.token)
        .ok_or(unknown)?;
    let now = world.now();
    let is_refused = world.facts().refuses_tokens && request.header("x-k8s-aws-id").is_some();
    if is_refused || key.expires.is_some_and(|expires| expires <= now) {
        let message = "The security token included in the request is expired".to_owned();
        return Err((403, code("ExpiredToken", "ExpiredTokenException"), message));
    }
    let name = if rest { "eks" } else { "sts" };
    presented
        .verify(request, &key.secret, name, now)
        .map_err(refuse)?;
    Ok((key.principal, presented.region))
}

pub fn handle(world: &World, request: &Request) -> (Operation, Answer) {
    let parameters = request.parameters();
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let operation = match get("Action") {
        Some("AssumeRole") => Operation::AssumeRole,
        Some("AssumeRoleWithWebIdentity") => Operation::AssumeRoleWithWebIdentity,
        Some("AssumeRoleWithSAML") => Operation::AssumeRoleWithSaml,
        Some("GetCallerIdentity") => Operation::GetCallerIdentity,
        _ => Operation::Other,
    };
    let signed = || {
        authenticate(world, request, Service::Sts).and_then(|(principal, _)| {
            let body = match operation {
                Operation::AssumeRole => assume_role(world, &principal, &get)?,
                Operation::GetCallerIdentity => get_caller_identity(&principal),
                _ => {
                    let action = get("Action").unwrap_or_default();
                    return Err((
                        400,
                        "InvalidAction",
                        format!("Could not find operation {action} for version 2011-06-15"),
                    ));
                }
            };
            let id = uuid();
            Ok(Answer::new(200, "text/xml", body.replace("{request}", &id))
                .with("x-amzn-requestid", id)
                .from(&principal.arn))
        })
    };
    let answer = match operation {
        Operation::AssumeRoleWithWebIdentity => web_identity::assume(world, request),
        Operation::AssumeRoleWithSaml => saml::assume(world, request),
        _ => signed(),
    };
    (
        operation,
        answer.unwrap_or_else(|(status, code, message)| error(status, code, &message)),
    )
}

/// Returns an error in the query protocol's format.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let (id, fault) = (uuid(), if status < 500 { "Sender" } else { "Receiver" });
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>{fault}</Type>\n    <Code>{code}</Code>\n    \
         <Message>{}</Message>\n  </Error>\n  <RequestId>{id}</RequestId>\n</ErrorResponse>\n",
        xml_text(message)
    );
    let mut answer = Answer::new(status, "text/xml", body).with("x-amzn-requestid", id);
    answer.note = Some(format!("{code}: {message}"));
    answer
}

fn get_caller_identity(principal: &Principal) -> String {
    let Principal { arn, unique_id, .. } = principal;
    let account = principal.account();
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  <GetCallerIdentityResult>\n    <Arn>{arn}</Arn>\n    \
         <UserId>{unique_id}</UserId>\n    <Account>{account}</Account>\n  </GetCallerIdentityResult>\n  \
         <ResponseMetadata>\n    <RequestId>{{request}}</RequestId>\n  </ResponseMetadata>\n</GetCallerIdentityResponse>\n"
    )
}

fn assume_role<'a>(
    world: &World,
    source: &Principal,
    get: &impl Fn(&str) -> Option<&'a str>,
) -> Result<String, Denied> {
    let arn =
        get("RoleArn").ok_or_else(|| invalid("roleArn", "null", "Member must not be null"))?;
    let session = get("RoleSessionName")
        .ok_or_else(|| invalid("roleSessionName", "null", "Member must not be null"))?;
    check_session_name(session)?;
    if arn.len() < 20 {
        return Err(invalid(
            "roleArn",
            arn,
            "Member must have length greater than or equal to 20",
        ));
    }
    if arn.split(':').count() != 6 || !arn.starts_with("arn:") {
        return Err((400, "ValidationError", format!("{arn} is invalid")));
    }
    let asked = match get("DurationSeconds") {
        None => 3600,
        Some(text) => text
            .parse()
            .map_err(|_| (400, "MalformedInput", "Invalid DurationSeconds".to_owned()))?,
    };
    if asked < 900 {
        return Err(invalid(
            "durationSeconds",
            asked,
            "Member must have value greater than or equal to 900",
        ));
    }
    if asked > 43200 {
        return Err(invalid(
            "durationSeconds",
            asked,
            "Member must have value less than or equal to 43200",
        ));
    }
    // AWS uses the same message for a role that does not exist as for one that the caller may not assume.
    let role = world
        .facts()
        .roles
        .iter()
        .find(|role| role.arn == arn)
        .cloned();
    let mfa = check_mfa(source, get("SerialNumber"), get("TokenCode"))?;
    let role = role
        .filter(|role| trusts(role, source, session))
        .filter(|role| {
            role.external_id.is_none() || role.external_id.as_deref() == get("ExternalId")
        })
        .filter(|role| mfa || !role.needs_mfa)
        .ok_or_else(|| {
            let who = &source.arn;
            let what = format!(
                "User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            );
            (403, "AccessDenied", what)
        })?;
    let too_long = |what: &str| {
        (
            400,
            "ValidationError",
            format!("The requested DurationSeconds exceeds {what}"),
        )
    };
    if asked > 3600 && source.arn.contains(":assumed-role/") {
        return Err(too_long(
            "the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if asked > role.max_session {
        return Err(too_long("the MaxSessionDuration set for this role."));
    }
    let key = mint(world, &role, session, asked);
    let (id, principal) = (&key.principal.unique_id, &key.principal.arn);
    let token = key.session_token.as_deref().unwrap_or_default();
    let expires = key.expires.map(timestamp).unwrap_or_default();
    Ok(format!(
        "<AssumeRoleResponse xmlns=\"{NAMESPACE}\">\n  <AssumeRoleResult>\n    <AssumedRoleUser>\n      \
         <AssumedRoleId>{id}</AssumedRoleId>\n      <Arn>{principal}</Arn>\n    </AssumedRoleUser>\n    \
         <Credentials>\n      <AccessKeyId>{}</AccessKeyId>\n      <SecretAccessKey>{}</SecretAccessKey>\n      \
         <SessionToken>{token}</SessionToken>\n      <Expiration>{expires}</Expiration>\n    </Credentials>\n  \
         </AssumeRoleResult>\n  <ResponseMetadata>\n    <RequestId>{{request}}</RequestId>\n  </ResponseMetadata>\n\
         </AssumeRoleResponse>\n",
        key.access_key, key.secret
    ))
}

fn check_session_name(name: &str) -> Result<(), Denied> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let field = |what| invalid("roleSessionName", name, what);
    match name.chars().count() {
        ..2 => Err(field("Member must have length greater than or equal to 2")),
        65.. => Err(field("Member must have length less than or equal to 64")),
        _ if !name.chars().all(allowed) => Err(field(
            "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        )),
        _ => Ok(()),
    }
}

/// Returns the error for a parameter that is out of bounds.
pub fn invalid(field: &str, value: impl std::fmt::Display, constraint: &str) -> Denied {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}"
    );
    (400, "ValidationError", message)
}

/// Returns whether the request has a valid MFA code. A wrong code is rejected even if the role does not require one.
fn check_mfa(source: &Principal, serial: Option<&str>, code: Option<&str>) -> Result<bool, Denied> {
    let denied = |what: &str| {
        Err((
            403,
            "AccessDenied",
            format!("MultiFactorAuthentication failed{what}"),
        ))
    };
    match (serial, code, &source.mfa) {
        (None, None, _) => Ok(false),
        (Some(serial), Some(code), Some(device)) if serial == device.0 => match code == device.1 {
            true => Ok(true),
            false => denied(" with invalid MFA one time pass code. "),
        },
        (Some(_), Some(_), _) => denied(
            ", unable to validate MFA code. Please verify your MFA serial number is valid and associated with this \
             user.",
        ),
        _ => denied(", must provide both MFA serial number and one time pass code."),
    }
}

fn trusts(role: &Role, source: &Principal, session: &str) -> bool {
    match &role.trust {
        Trust::Principal(pattern) => arn_like(pattern, &source.principal_arn),
        Trust::Guide => {
            let account = role.arn.split(':').nth(4).unwrap_or_default();
            let partition = role.arn.split(':').nth(1).unwrap_or_default();
            let sso = format!("arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com");
            let patterns = [
                format!("{sso}/AWSReservedSSO_*"),
                format!("{sso}/*/AWSReservedSSO_*"),
            ];
            // A policy variable without a value makes its condition false.
            let named = source
                .saml_sub
                .as_deref()
                .is_some_and(|sub| sub.to_lowercase() == session.to_lowercase());
            named
                && patterns
                    .iter()
                    .any(|pattern| arn_like(pattern, &source.principal_arn))
        }
    }
}

/// Implements IAM's ArnLike: an ARN has six parts, and each may contain `*` and `?`.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (patterns, parts) = (parts(pattern), parts(arn));
    patterns.len() == parts.len()
        && patterns
            .iter()
            .zip(&parts)
            .all(|(pattern, part)| glob(pattern.as_bytes(), part.as_bytes()))
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        ([b'?', pattern @ ..], [_, text @ ..]) => glob(pattern, text),
        ([p, pattern @ ..], [t, text @ ..]) => p == t && glob(pattern, text),
        _ => false,
    }
}

/// In bytes: the usual length in STS for a session without tags.
const USUAL_SESSION_TOKEN: usize = 800;

/// Issues and records temporary credentials of a role session, valid for `seconds`.
pub fn mint(world: &World, role: &Role, session: &str, seconds: i64) -> Key {
    let seconds = world.facts().session_seconds.unwrap_or(seconds);
    mint_for(world, Principal::session(&role.arn, session), seconds)
}

/// Issues and records temporary credentials of any principal, valid for `seconds`.
pub fn mint_for(world: &World, principal: Principal, seconds: i64) -> Key {
    let expires = world.now() + TimeDelta::seconds(seconds);
    let mut facts = world.facts();
    let length = facts.session_token_bytes.max(USUAL_SESSION_TOKEN);
    let filler = length.saturating_sub(160) * 3 / 4;
    let key = Key {
        access_key: format!("ASIA{}", identifier(&random::<16>(), 16)),
        secret: secret::<30>(),
        session_token: Some(with_canary(&base64(
            &[vec![7; filler], random::<120>().to_vec()].concat(),
        ))),
        expires: Some(expires),
        principal,
    };
    facts.keys.insert(key.access_key.clone(), key.clone());
    key
}

fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
#[path = "sts_tests.rs"]
mod tests;
