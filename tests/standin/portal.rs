//! IAM Identity Center for somebody who has signed in: the portal's GetRoleCredentials in exchange for an access token, and
//! OIDC's CreateToken in exchange for a refresh token, which works once.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::codec::{base64url, random, uuid};
use super::http::{Answer, Request};
use super::sts::{self, Denied};
use super::world::{Operation, Principal, World};
use super::{REGION, StandIn};

/// Seconds: how long a permission set's session lasts unless its admin says otherwise.
const SESSION: i64 = 3600;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub email: String,
    pub access_token: String,
    /// Only some sign-ins can be renewed.
    pub refresh_token: Option<String>,
    pub expires: DateTime<Utc>,
    /// Account and permission set, of each that is assigned to the person.
    pub assigned: Vec<(String, String)>,
}

impl SignIn {
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        [Some(self.access_token.clone()), self.refresh_token.clone()]
            .into_iter()
            .flatten()
    }

    /// What botocore writes to `~/.aws/sso/cache` after this sign-in: for an sso-session the client's registration too,
    /// for a legacy profile the token alone.
    pub fn cache_file(&self, start_url: &str, session: bool) -> String {
        let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ");
        let (token, expires) = (&self.access_token, time(self.expires));
        let refresh = self.refresh_token.iter();
        let refresh: String = refresh
            .map(|token| format!(", \"refreshToken\": \"{token}\""))
            .collect();
        let registration = match session {
            true => format!(
                ", \"clientId\": \"client-of-a-test\", \"clientSecret\": \"{}\", \"registrationExpiresAt\": \"{}\"",
                base64url(&random::<48>()),
                time(self.expires + TimeDelta::days(80)),
            ),
            false => String::new(),
        };
        format!(
            "{{\"startUrl\": \"{start_url}\", \"region\": \"{REGION}\", \"accessToken\": \"{token}\", \
             \"expiresAt\": \"{expires}\"{registration}{refresh}}}"
        )
    }
}

impl StandIn {
    /// Signs somebody in for eight hours.
    pub fn sign_in(&self, email: &str, assigned: &[(&str, &str)]) -> SignIn {
        let owned = |(account, role): &(&str, &str)| (account.to_string(), role.to_string());
        let sign_in = SignIn {
            email: email.to_owned(),
            access_token: secret("aoa"),
            refresh_token: None,
            expires: Utc::now() + TimeDelta::hours(8),
            assigned: assigned.iter().map(owned).collect(),
        };
        self.world.facts().sign_ins.push(sign_in.clone());
        sign_in
    }

    /// The same sign-in, but over, and with a refresh token.
    pub fn let_expire(&self, sign_in: SignIn) -> SignIn {
        self.revoke(&sign_in);
        let sign_in = SignIn {
            refresh_token: Some(secret("aor")),
            expires: Utc::now() - TimeDelta::minutes(5),
            ..sign_in
        };
        self.world.facts().sign_ins.push(sign_in.clone());
        sign_in
    }

    /// Ends the sign-in before its time, as an admin or a logout elsewhere would.
    pub fn revoke(&self, sign_in: &SignIn) {
        let mut facts = self.world.facts();
        facts
            .sign_ins
            .retain(|other| other.access_token != sign_in.access_token);
    }
}

fn secret(prefix: &str) -> String {
    format!("{prefix}{}", base64url(&random::<180>()))
}

pub fn handle(world: &World, request: &Request) -> (Operation, Answer) {
    let (operation, answer) = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/federation/credentials") => (
            Operation::GetRoleCredentials,
            get_role_credentials(world, request),
        ),
        ("POST", "/token") => (Operation::CreateToken, create_token(world, request)),
        _ => {
            let what = (
                404,
                "UnknownOperationException",
                "No such operation".to_owned(),
            );
            (Operation::Other, Err(what))
        }
    };
    (
        operation,
        answer.unwrap_or_else(|(status, code, message)| error(status, code, &message)),
    )
}

/// An error as REST-JSON has it.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let body =
        json!({ "message": message, "__type": format!("com.amazonaws.switchboard.portal#{code}") });
    let mut answer = Answer::json(status, &body)
        .with("x-amzn-requestid", uuid())
        .with("x-amzn-errortype", code);
    answer.note = Some(format!("{code}: {message}"));
    answer
}

fn get_role_credentials(world: &World, request: &Request) -> Result<Answer, Denied> {
    let invalid = |what: &str| (400, "InvalidRequestException", what.to_owned());
    let parameters = request.parameters();
    let get = |name: &str| {
        let found = parameters
            .iter()
            .find(|(key, value)| key == name && !value.is_empty());
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| invalid(&format!("{name} must not be null")))
    };
    let (role, account) = (get("role_name")?, get("account_id")?);
    let bearer = request
        .header("x-amz-sso_bearer_token")
        .ok_or_else(|| invalid("Missing bearer token"))?;
    // The bearer token is all the proof there is: a request signed besides is one by a confused client.
    if request.header("authorization").is_some() {
        return Err(invalid("GetRoleCredentials is not signed"));
    }
    let now = world.now();
    let known = world
        .facts()
        .sign_ins
        .iter()
        .find(|sign_in| sign_in.access_token == bearer)
        .cloned();
    let sign_in = known
        .filter(|sign_in| sign_in.expires > now)
        .ok_or_else(|| {
            (
                401,
                "UnauthorizedException",
                "Session token not found or invalid".to_owned(),
            )
        })?;
    if !sign_in
        .assigned
        .contains(&(account.to_owned(), role.to_owned()))
    {
        return Err((403, "ForbiddenException", "No access".to_owned()));
    }
    let principal = Principal::sso(account, role, &sign_in.email);
    let arn = principal.arn.clone();
    let key = sts::mint_for(world, principal, SESSION);
    let body = json!({ "roleCredentials": {
        "accessKeyId": key.access_key,
        "secretAccessKey": key.secret,
        "sessionToken": key.session_token,
        "expiration": key.expires.map(|at| at.timestamp_millis()),
    }});
    Ok(Answer::json(200, &body)
        .with("x-amzn-requestid", uuid())
        .from(&arn))
}

fn create_token(world: &World, request: &Request) -> Result<Answer, Denied> {
    let invalid = |code, what: &str| (400, code, what.to_owned());
    let asked: serde_json::Value = serde_json::from_slice(&request.body)
        .map_err(|_| invalid("InvalidRequestException", "not JSON"))?;
    let get = |name: &str| asked[name].as_str().filter(|value| !value.is_empty());
    if get("clientId").is_none() || get("clientSecret").is_none() {
        return Err(invalid("InvalidClientException", "Invalid client"));
    }
    if get("grantType") != Some("refresh_token") {
        return Err(invalid(
            "UnsupportedGrantTypeException",
            "Unsupported grant type",
        ));
    }
    let shown = get("refreshToken");
    let mut facts = world.facts();
    let known = facts.sign_ins.iter_mut();
    let sign_in = known
        .into_iter()
        .find(|sign_in| shown.is_some() && sign_in.refresh_token.as_deref() == shown);
    let sign_in =
        sign_in.ok_or_else(|| invalid("InvalidGrantException", "Invalid refresh token"))?;
    sign_in.access_token = secret("aoa");
    sign_in.refresh_token = Some(secret("aor"));
    sign_in.expires = Utc::now() + TimeDelta::hours(8);
    let body = json!({
        "accessToken": sign_in.access_token, "refreshToken": sign_in.refresh_token, "expiresIn": 8 * 3600,
        "tokenType": "Bearer",
    });
    Ok(Answer::json(200, &body).with("x-amzn-requestid", uuid()))
}
