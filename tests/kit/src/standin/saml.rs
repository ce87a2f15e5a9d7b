//! STS: AssumeRoleWithSAML, an unsigned request that the identity provider's signature authenticates. Roles have the guide's
//! trust policy: it names the provider, and `SAML:aud`, which is the response's recipient.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sha1::{Digest, Sha1};

use super::codec::{base64, base64_decode, xml_text};
use super::http::{Answer, Request};
use super::saml_response::{Refusal, Response};
use super::sts::{self, Denied, NAMESPACE};
use super::world::{Principal, World};
use super::{ACCOUNT, StandIn};

/// The recipient that the guide's trust policy allows.
pub const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
/// The time in seconds within which a response must be used.
const REDEEMABLE: i64 = 300;
/// The default session duration, in seconds.
const DEFAULT_DURATION: i64 = 3600;

#[derive(Default)]
pub struct Saml {
    providers: Vec<Provider>,
    trusts: Vec<Trusted>,
    /// Responses received so far, in base64; each is as secret as a password for some minutes.
    pub presented: Vec<String>,
}

struct Provider {
    arn: String,
    certificate: String,
}

/// A statement of a role's trust policy.
struct Trusted {
    role_arn: String,
    provider_arn: String,
    audience: String,
}

impl StandIn {
    /// Registers an identity provider with this certificate (PEM); a name means a provider in the role's account. A provider
    /// that already has a certificate then has two. Returns the provider's ARN.
    pub fn add_saml_provider(&self, name_or_arn: &str, certificate_pem: &str) -> String {
        let arn = match name_or_arn.starts_with("arn:") {
            true => name_or_arn.to_owned(),
            false => format!("arn:aws:iam::{ACCOUNT}:saml-provider/{name_or_arn}"),
        };
        self.world.facts().saml.providers.push(Provider {
            arn: arn.clone(),
            certificate: certificate_pem.to_owned(),
        });
        arn
    }

    /// Adds the guide's trust policy for SAML.
    pub fn trust_saml(&self, role_arn: &str, provider_arn: &str) {
        self.trust_saml_at(role_arn, provider_arn, SIGN_IN);
    }

    /// Adds the guide's trust policy for SAML, with another `SAML:aud`.
    pub fn trust_saml_at(&self, role_arn: &str, provider_arn: &str, audience: &str) {
        self.world.facts().saml.trusts.push(Trusted {
            role_arn: role_arn.to_owned(),
            provider_arn: provider_arn.to_owned(),
            audience: audience.to_owned(),
        });
    }

    /// Sets the role's MaxSessionDuration, in seconds.
    pub fn set_max_session(&self, role_arn: &str, seconds: i64) {
        let mut facts = self.world.facts();
        let role = facts.roles.iter_mut().find(|role| role.arn == role_arn);
        role.expect("the role is one of the roles").max_session = seconds;
    }
}

/// The validated parameters of a request.
struct Asked {
    role: String,
    provider: String,
    assertion: String,
    /// In seconds.
    duration: Option<i64>,
}

impl Asked {
    fn read(request: &Request) -> Result<Asked, Denied> {
        let parameters = request.parameters();
        let optional = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        // Validation errors name parameters differently, and must not show the assertion.
        let required = |name: &str, field: &str, bounds: (usize, usize)| {
            let least = "Member must have length greater than or equal to";
            let most = "Member must have length less than or equal to";
            match optional(name) {
                None => Err(sts::invalid(field, "null", "Member must not be null")),
                Some(value) if value.len() < bounds.0 => {
                    Err(sts::invalid(field, "…", &format!("{least} {}", bounds.0)))
                }
                Some(value) if value.len() > bounds.1 => {
                    Err(sts::invalid(field, "…", &format!("{most} {}", bounds.1)))
                }
                Some(value) => Ok(value.to_owned()),
            }
        };
        let malformed = |_| (400, "MalformedInput", "Invalid DurationSeconds".to_owned());
        let duration = optional("DurationSeconds").map(|text| text.parse().map_err(malformed));
        let duration = duration.transpose()?;
        let constraint = match duration {
            Some(..900) => Some("Member must have value greater than or equal to 900"),
            Some(43201..) => Some("Member must have value less than or equal to 43200"),
            _ => None,
        };
        if let (Some(seconds), Some(constraint)) = (duration, constraint) {
            return Err(sts::invalid("durationSeconds", seconds, constraint));
        }
        Ok(Asked {
            role: required("RoleArn", "roleArn", (20, 2048))?,
            provider: required("PrincipalArn", "principalArn", (20, 2048))?,
            assertion: required("SAMLAssertion", "sAMLAssertion", (4, 100_000))?,
            duration,
        })
    }
}

pub fn assume(world: &World, request: &Request) -> Result<Answer, Denied> {
    let asked = Asked::read(request)?;
    // Shorter values are not responses: they are not secret, and could appear in output by chance.
    if asked.assertion.len() > 1000 {
        world.facts().saml.presented.push(asked.assertion.clone());
    }
    let certificates: Vec<String> = {
        let facts = world.facts();
        let of = facts.saml.providers.iter();
        of.filter(|provider| provider.arn == asked.provider)
            .map(|provider| provider.certificate.clone())
            .collect()
    };
    if certificates.is_empty() {
        return Err(invalid_token("Specified provider doesn't exist"));
    }
    let xml = base64_decode(&asked.assertion)
        .ok_or_else(|| invalid_token("Invalid base64 SAMLResponse"))?;
    let response = Response::verified(&xml, &certificates).map_err(refused)?;
    let now = world.now();
    check_place(&response)?;
    check_time(&response, now)?;
    let session = response
        .role_session_name
        .as_deref()
        .ok_or_else(|| invalid_token("RoleSessionName is required in AuthnResponse"))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&session.len()) || !session.chars().all(allowed) {
        return Err(invalid_token(
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        ));
    }
    let longest = longest_session(world, &asked, &response).ok_or_else(|| {
        let message = "Not authorized to perform sts:AssumeRoleWithSAML";
        (403, "AccessDenied", message.to_owned())
    })?;
    let duration = asked.duration.unwrap_or(DEFAULT_DURATION);
    if duration > longest {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err((400, "ValidationError", message.to_owned()));
    }
    let left = response.session_not_on_or_after;
    let left = left.map_or(duration, |end| (end - now).num_seconds());
    let seconds = world.facts().session_seconds;
    let seconds = seconds.unwrap_or(duration.min(left));
    let principal = Principal {
        saml_sub: Some(response.subject.clone()),
        ..Principal::session(&asked.role, session)
    };
    Ok(answer(world, &asked, &response, principal, seconds))
}

fn invalid_token(message: &str) -> Denied {
    (400, "InvalidIdentityToken", message.to_owned())
}

fn refused(refusal: Refusal) -> Denied {
    match refusal {
        Refusal::Malformed(what) => invalid_token(&format!("Invalid SAML response: {what}")),
        Refusal::Signature => invalid_token("Response signature invalid"),
        Refusal::Status(code) => {
            let message = format!("Identity provider rejected the request: {code}");
            (403, "IDPRejectedClaim", message)
        }
        Refusal::Tool(why) => (500, "InternalFailure", why),
    }
}

/// Checks that the response is addressed to AWS.
fn check_place(response: &Response) -> Result<(), Denied> {
    let for_aws = |audience: &String| audience == "urn:amazon:webservices" || is_sign_in(audience);
    if !response.audiences.iter().any(for_aws) {
        return Err(invalid_token(
            "Response does not contain the required audience.",
        ));
    }
    if !is_sign_in(&response.recipient) {
        return Err(invalid_token("Response is for another recipient"));
    }
    Ok(())
}

/// Returns whether a URL is `https://[REGION.]signin.aws.amazon.com/saml[/acs/ID]`, or its equivalent in another partition.
fn is_sign_in(url: &str) -> bool {
    let domains = [
        "signin.aws.amazon.com",
        "signin.amazonaws.cn",
        "signin.amazonaws-us-gov.com",
        "signin.amazonaws-eusc.eu",
        "signin.c2shome.ic.gov",
        "signin.sc2shome.sgov.gov",
        "signin.csphome.adc-e.uk",
        "signin.csphome.hci.ic.gov",
    ];
    let parts = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'));
    let Some((host, path)) = parts else {
        return false;
    };
    let region = |text: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !text.is_empty() && text.chars().all(allowed)
    };
    let host = domains
        .iter()
        .any(|domain| match host.strip_suffix(domain) {
            Some("") => true,
            Some(prefix) => prefix.strip_suffix('.').is_some_and(region),
            None => false,
        });
    host && (path == "saml" || path.starts_with("saml/acs/"))
}

fn check_time(response: &Response, now: DateTime<Utc>) -> Result<(), Denied> {
    let expired = |message: &str| Err((400, "ExpiredTokenException", message.to_owned()));
    if response.issued + TimeDelta::seconds(REDEEMABLE) < now {
        return expired("Token must be redeemed within 5 minutes of issuance");
    }
    if response.not_on_or_after.is_some_and(|end| end <= now)
        || response
            .session_not_on_or_after
            .is_some_and(|end| end <= now)
    {
        return expired("Response has expired");
    }
    if response.not_before.is_some_and(|start| start > now)
        || response.issued - TimeDelta::seconds(REDEEMABLE) > now
    {
        return Err(invalid_token("Response is not yet valid"));
    }
    Ok(())
}

/// Returns the longest session that the role allows, or `None` if the response is not for this role or the role does not
/// trust it.
fn longest_session(world: &World, asked: &Asked, response: &Response) -> Option<i64> {
    let pair = (asked.role.clone(), asked.provider.clone());
    let facts = world.facts();
    let trusted = facts.saml.trusts.iter().any(|trusted| {
        trusted.role_arn == asked.role
            && trusted.provider_arn == asked.provider
            && trusted.audience == response.recipient
    });
    let role = facts.roles.iter().find(|role| role.arn == asked.role)?;
    (trusted && response.roles.contains(&pair)).then_some(role.max_session)
}

fn answer(
    world: &World,
    asked: &Asked,
    response: &Response,
    principal: Principal,
    seconds: i64,
) -> Answer {
    let key = sts::mint_for(world, principal, seconds);
    let (id, arn) = (&key.principal.unique_id, &key.principal.arn);
    let (access_key, secret) = (&key.access_key, &key.secret);
    let session_token = key.session_token.as_deref().unwrap_or_default();
    let expires = key
        .expires
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default();
    let prefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
    let format = &response.subject_format;
    let format = xml_text(format.strip_prefix(prefix).unwrap_or(format));
    let account = asked.provider.split(':').nth(4).unwrap_or_default();
    let name = asked.provider.rsplit('/').next().unwrap_or_default();
    let qualifier = format!("{}{account}/{name}", response.issuer);
    let qualifier = base64(&Sha1::digest(qualifier.as_bytes()));
    let [issuer, subject, audience] =
        [&response.issuer, &response.subject, &response.recipient].map(|text| xml_text(text));
    let request = super::codec::uuid();
    let body = format!(
        "<AssumeRoleWithSAMLResponse xmlns=\"{NAMESPACE}\">\n  <AssumeRoleWithSAMLResult>\n    \
         <Issuer>{issuer}</Issuer>\n    <AssumedRoleUser>\n      <Arn>{arn}</Arn>\n      \
         <AssumedRoleId>{id}</AssumedRoleId>\n    </AssumedRoleUser>\n    <Credentials>\n      \
         <AccessKeyId>{access_key}</AccessKeyId>\n      <SecretAccessKey>{secret}</SecretAccessKey>\n      \
         <SessionToken>{session_token}</SessionToken>\n      <Expiration>{expires}</Expiration>\n    </Credentials>\n    \
         <Audience>{audience}</Audience>\n    <SubjectType>{format}</SubjectType>\n    <Subject>{subject}</Subject>\n    \
         <NameQualifier>{qualifier}</NameQualifier>\n    <PackedPolicySize>0</PackedPolicySize>\n  \
         </AssumeRoleWithSAMLResult>\n  <ResponseMetadata>\n    <RequestId>{request}</RequestId>\n  \
         </ResponseMetadata>\n</AssumeRoleWithSAMLResponse>\n"
    );
    Answer::new(200, "text/xml", body)
        .with("x-amzn-requestid", request)
        .from(arn)
}

// Its responses are signed by a program from PyPI.
#[cfg(all(test, target_os = "linux"))]
#[path = "saml_tests.rs"]
mod tests;
