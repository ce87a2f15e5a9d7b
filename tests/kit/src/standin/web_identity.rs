//! STS: AssumeRoleWithWebIdentity, an unsigned request that a web identity token authenticates. Tokens are opaque here.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use chrono::SecondsFormat;

use super::StandIn;
use super::http::{Answer, Request};
use super::sts::{self, Denied, NAMESPACE};
use super::world::{Principal, World};

/// A token, and the only role that trusts it.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    pub token: String,
    pub role_arn: String,
}

impl StandIn {
    pub fn trust_web_identity(&self, token: &str, role_arn: &str) {
        let (token, role_arn) = (token.to_owned(), role_arn.to_owned());
        self.world
            .facts()
            .web_identities
            .push(WebIdentity { token, role_arn });
    }
}

pub fn assume(world: &World, request: &Request) -> Result<Answer, Denied> {
    let parameters = request.parameters();
    let get = |name: &str| {
        let found = parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| {
            (
                400,
                "ValidationError",
                format!("1 validation error detected: {name} must not be null"),
            )
        })
    };
    let (role, token, session) = (
        get("RoleArn")?,
        get("WebIdentityToken")?,
        get("RoleSessionName")?,
    );
    let known = world.facts().web_identities.clone();
    if !known.iter().any(|identity| identity.token == token) {
        let message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        return Err((400, "InvalidIdentityToken", message.to_owned()));
    }
    if !known
        .iter()
        .any(|identity| identity.token == token && identity.role_arn == role)
    {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        return Err((403, "AccessDenied", message.to_owned()));
    }
    let key = sts::mint_for(world, Principal::session(role, session), 3600);
    let (id, arn) = (&key.principal.unique_id, &key.principal.arn);
    let (access_key, secret) = (&key.access_key, &key.secret);
    let session_token = key.session_token.as_deref().unwrap_or_default();
    let expires = key
        .expires
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default();
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"{NAMESPACE}\">\n  <AssumeRoleWithWebIdentityResult>\n    \
         <AssumedRoleUser>\n      <AssumedRoleId>{id}</AssumedRoleId>\n      <Arn>{arn}</Arn>\n    </AssumedRoleUser>\n    \
         <Credentials>\n      <AccessKeyId>{access_key}</AccessKeyId>\n      <SecretAccessKey>{secret}</SecretAccessKey>\n      \
         <SessionToken>{session_token}</SessionToken>\n      <Expiration>{expires}</Expiration>\n    </Credentials>\n  \
         </AssumeRoleWithWebIdentityResult>\n</AssumeRoleWithWebIdentityResponse>\n"
    );
    Ok(Answer::new(200, "text/xml", body).from(arn))
}
