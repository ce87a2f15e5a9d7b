//! IAM Identity Center's portal, which gives role credentials for an access token. Access tokens come from `oidc` and `pages`,
//! which share the listener.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Operations.html>

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::codec::uuid;
use super::http::{Answer, Request};
use super::oidc::{AUTHORIZATION_CODE, Client, REFRESH_TOKEN};
use super::sts::{self, Denied};
use super::world::{Facts, Operation, Principal, World};
use super::{REGION, StandIn, oidc, pages};

/// The default duration of a permission set's session, in seconds.
const SESSION: i64 = 3600;

/// A user's sign-in.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub email: String,
    pub access_token: String,
    /// Only some sign-ins can be renewed.
    pub refresh_token: Option<String>,
    pub expires: DateTime<Utc>,
    /// Account and permission set of each of the user's assignments.
    pub assigned: Vec<(String, String)>,
    /// The client that signed in; only this client can renew the tokens.
    pub client_id: String,
    pub client_secret: String,
    /// Access tokens from before renewals, and when each expires.
    pub former: Vec<(String, DateTime<Utc>)>,
    /// The authorization code that the sign-in was made with.
    pub code: Option<String>,
}

/// Credentials for a permission set, from another issuer.
#[derive(Clone, Debug)]
pub struct RoleCredentials {
    pub access_key: String,
    pub secret: String,
    pub session_token: String,
}

/// Returns such credentials for an account, a permission set and an email.
pub type Give = Arc<dyn Fn(&str, &str, &str) -> Option<RoleCredentials> + Send + Sync>;

impl SignIn {
    /// Returns whether the access token belongs to this sign-in and has not expired.
    fn answers_to(&self, access_token: &str, now: DateTime<Utc>) -> bool {
        let mut good = vec![(&self.access_token, self.expires)];
        good.extend(self.former.iter().map(|(token, until)| (token, *until)));
        good.iter()
            .any(|(token, until)| *token == access_token && *until > now)
    }

    /// Returns the file that botocore writes to `~/.aws/sso/cache` after this sign-in: with the client registration for an
    /// sso-session, and only with the token for a legacy profile.
    pub fn cache_file(&self, start_url: &str, session: bool) -> String {
        let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ");
        let (token, expires) = (&self.access_token, time(self.expires));
        let refresh = self.refresh_token.iter();
        let refresh: String = refresh
            .map(|token| format!(", \"refreshToken\": \"{token}\""))
            .collect();
        let registration = match session {
            true => format!(
                ", \"clientId\": \"{}\", \"clientSecret\": \"{}\", \"registrationExpiresAt\": \"{}\"",
                self.client_id,
                self.client_secret,
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
    /// Signs a user in, with a client registered for this sign-in.
    pub fn sign_in(&self, email: &str, assigned: &[(&str, &str)]) -> SignIn {
        let owned = |(account, role): &(&str, &str)| (account.to_string(), role.to_string());
        let (mut facts, now) = (self.world.facts(), Utc::now());
        let oidc = &mut facts.oidc;
        let client = Client {
            id: "client-of-a-test".to_owned(),
            secret: oidc.issue("eyJraWQi"),
            name: "a test".to_owned(),
            grant_types: [AUTHORIZATION_CODE, REFRESH_TOKEN]
                .map(str::to_owned)
                .into(),
            redirects: true,
            scopes: vec!["sso:account:access".to_owned()],
            expires: now + TimeDelta::seconds(oidc.registration_seconds),
        };
        let sign_in = SignIn {
            email: email.to_owned(),
            access_token: oidc.issue("aoa"),
            refresh_token: None,
            expires: now + TimeDelta::seconds(oidc.token_seconds),
            assigned: assigned.iter().map(owned).collect(),
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            former: Vec::new(),
            code: None,
        };
        oidc.clients.push(client);
        facts.sign_ins.push(sign_in.clone());
        sign_in
    }

    /// Returns the same sign-in, expired and with a refresh token.
    pub fn let_expire(&self, sign_in: SignIn) -> SignIn {
        self.revoke(&sign_in);
        let mut facts = self.world.facts();
        let sign_in = SignIn {
            refresh_token: Some(facts.oidc.issue("aor")),
            expires: Utc::now() - TimeDelta::minutes(5),
            ..sign_in
        };
        facts.sign_ins.push(sign_in.clone());
        sign_in
    }

    /// Ends the sign-in before it expires, as an admin or a logout on another computer would.
    pub fn revoke(&self, sign_in: &SignIn) {
        let mut facts = self.world.facts();
        let is_it = |other: &SignIn| {
            let mut former = other.former.iter().map(|(token, _)| token);
            other.access_token == sign_in.access_token
                || former.any(|token| *token == sign_in.access_token)
        };
        facts.sign_ins.retain(|other| !is_it(other));
    }

    /// Returns the current sign-ins.
    pub fn sign_ins(&self) -> Vec<SignIn> {
        self.world.facts().sign_ins.clone()
    }

    /// Makes another issuer provide the credentials of permission sets: `give` gets account, permission set and email, and
    /// returns `None` to deny access.
    pub fn give_role_credentials(
        &self,
        give: impl Fn(&str, &str, &str) -> Option<RoleCredentials> + Send + Sync + 'static,
    ) {
        self.world.facts().oidc.give = Some(Arc::new(give));
    }
}

pub fn handle(world: &World, request: &Request) -> (Operation, Answer) {
    let (operation, answer) = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/federation/credentials") => (
            Operation::GetRoleCredentials,
            get_role_credentials(world, request),
        ),
        ("GET", "/assignment/roles") => (
            Operation::ListAccountRoles,
            list_account_roles(world, request),
        ),
        ("POST", "/logout") => (Operation::Logout, logout(world, request)),
        _ => {
            let elsewhere = oidc::handle(world, request).or_else(|| pages::handle(world, request));
            return elsewhere.unwrap_or_else(|| {
                let answer = error(404, "UnknownOperationException", "No such operation");
                (Operation::Other, answer)
            });
        }
    };
    (
        operation,
        answer.unwrap_or_else(|(status, code, message)| error(status, code, &message)),
    )
}

/// Errors that only OIDC has; they use OAuth's format.
const OIDC_ERRORS: [&str; 12] = [
    "AccessDeniedException",
    "AuthorizationPendingException",
    "ExpiredTokenException",
    "InternalServerException",
    "InvalidClientException",
    "InvalidClientMetadataException",
    "InvalidGrantException",
    "InvalidRedirectUriException",
    "InvalidScopeException",
    "SlowDownException",
    "UnauthorizedClientException",
    "UnsupportedGrantTypeException",
];

/// Returns an error in REST-JSON's format.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    if OIDC_ERRORS.contains(&code) {
        return oidc::error(status, code, message);
    }
    let body =
        json!({ "message": message, "__type": format!("com.amazonaws.switchboard.portal#{code}") });
    let mut answer = Answer::json(status, &body)
        .with("x-amzn-requestid", uuid())
        .with("x-amzn-errortype", code);
    answer.note = Some(format!("{code}: {message}"));
    answer
}

/// Returns a parameter of the query.
fn parameter(request: &Request, name: &str) -> Result<String, Denied> {
    let found = request
        .parameters()
        .into_iter()
        .find(|(key, _)| key == name);
    let value = found
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty());
    value.ok_or_else(|| invalid(&format!("{name} must not be null")))
}

fn invalid(what: &str) -> Denied {
    (400, "InvalidRequestException", what.to_owned())
}

fn no_access() -> Denied {
    (403, "ForbiddenException", "No access".to_owned())
}

/// Returns the index of the sign-in that the request's access token belongs to.
fn bearer(facts: &Facts, request: &Request, now: DateTime<Utc>) -> Result<usize, Denied> {
    let token = request.header("x-amz-sso_bearer_token");
    let token = token.ok_or_else(|| invalid("Missing bearer token"))?;
    // The access token is the only authentication; a request that is signed as well shows a fault of the client.
    if request.header("authorization").is_some() {
        return Err(invalid("Requests to the portal are not signed"));
    }
    let known = |sign_in: &SignIn| sign_in.answers_to(token, now);
    facts.sign_ins.iter().position(known).ok_or_else(|| {
        let what = "Session token not found or invalid";
        (401, "UnauthorizedException", what.to_owned())
    })
}

fn get_role_credentials(world: &World, request: &Request) -> Result<Answer, Denied> {
    let role = parameter(request, "role_name")?;
    let account = parameter(request, "account_id")?;
    let now = world.now();
    let (sign_in, give) = {
        let facts = world.facts();
        let sign_in = facts.sign_ins[bearer(&facts, request, now)?].clone();
        (sign_in, facts.oidc.give.clone())
    };
    let wanted = (account, role);
    if !sign_in.assigned.contains(&wanted) {
        return Err(no_access());
    }
    let (account, role) = wanted;
    let principal = Principal::sso(&account, &role, &sign_in.email);
    let arn = principal.arn.clone();
    let body = match give {
        None => {
            let key = sts::mint_for(world, principal, SESSION);
            json!({
                "accessKeyId": key.access_key,
                "secretAccessKey": key.secret,
                "sessionToken": key.session_token,
                "expiration": key.expires.map(|at| at.timestamp_millis()),
            })
        }
        Some(give) => {
            let given = give(&account, &role, &sign_in.email).ok_or_else(no_access)?;
            let secrets = [given.secret.clone(), given.session_token.clone()];
            world.facts().oidc.issued.extend(secrets);
            json!({
                "accessKeyId": given.access_key,
                "secretAccessKey": given.secret,
                "sessionToken": given.session_token,
                "expiration": (now + TimeDelta::seconds(SESSION)).timestamp_millis(),
            })
        }
    };
    Ok(Answer::json(200, &json!({ "roleCredentials": body }))
        .with("x-amzn-requestid", uuid())
        .from(&arn))
}

fn list_account_roles(world: &World, request: &Request) -> Result<Answer, Denied> {
    let account = parameter(request, "account_id")?;
    let now = world.now();
    let facts = world.facts();
    let sign_in = &facts.sign_ins[bearer(&facts, request, now)?];
    let there = sign_in.assigned.iter().filter(|(of, _)| *of == account);
    let roles: Vec<_> = there
        .map(|(account, role)| json!({ "accountId": account, "roleName": role }))
        .collect();
    Ok(Answer::json(200, &json!({ "roleList": roles }))
        .with("x-amzn-requestid", uuid())
        .from(&sign_in.email))
}

fn logout(world: &World, request: &Request) -> Result<Answer, Denied> {
    let now = world.now();
    let mut facts = world.facts();
    let index = bearer(&facts, request, now)?;
    let sign_in = facts.sign_ins.remove(index);
    Ok(Answer::new(200, "application/json", "")
        .with("x-amzn-requestid", uuid())
        .from(&sign_in.email))
}
