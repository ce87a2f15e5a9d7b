//! IAM Identity Center's OIDC service: registers clients and starts device authorizations. It rejects what the real service
//! rejects. Tokens are issued in `oidc_token`, the pages for users are in `pages`, and the API that accepts access tokens is
//! in `portal`.
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_Operations.html>

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::codec::{base64, base64url, identifier, random, uuid};
use super::http::{Answer, Request};
use super::pages::Code;
use super::portal::Give;
use super::sts::Denied;
use super::world::{Facts, Operation, World};
use super::{ACCOUNT, StandIn, oidc_token};
use crate::canary::with_canary;

pub const AUTHORIZATION_CODE: &str = "authorization_code";
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub const REFRESH_TOKEN: &str = "refresh_token";
/// The only redirect URI that a client may register; its port is chosen at every sign-in.
pub const REDIRECT: (&str, &str) = ("http://127.0.0.1", "/oauth/callback");

/// The state of Identity Center, except the sign-ins.
pub struct Oidc {
    /// The service's URL, without a path.
    pub url: String,
    pub clients: Vec<Client>,
    pub codes: Vec<Code>,
    pub devices: Vec<Device>,
    /// Email, account and permission set.
    pub assigned: Vec<(String, String, String)>,
    pub registration_seconds: i64,
    /// The lifetime of an access token.
    pub token_seconds: i64,
    pub device_interval: u64,
    pub device_seconds: i64,
    /// The email of a user who allows all requests immediately.
    pub auto_consent: Option<String>,
    pub give: Option<Give>,
    /// Every secret issued so far.
    pub issued: Vec<String>,
}

impl Default for Oidc {
    fn default() -> Oidc {
        let people = ["alice@example.com", "bob@example.com"];
        Oidc {
            url: String::new(),
            clients: Vec::new(),
            codes: Vec::new(),
            devices: Vec::new(),
            assigned: people
                .map(|email| (email.to_owned(), ACCOUNT.to_owned(), "Engineer".to_owned()))
                .into(),
            registration_seconds: 90 * 86_400,
            token_seconds: 8 * 3600,
            device_interval: 1,
            device_seconds: 600,
            auto_consent: None,
            give: None,
            issued: Vec::new(),
        }
    }
}

impl Oidc {
    /// Returns a new secret and records it.
    pub fn issue(&mut self, prefix: &str) -> String {
        let mut secret = format!("{prefix}{}", with_canary(&base64url(&random::<120>())));
        // AWS access and refresh tokens have two parts; the second uses the standard alphabet of base64.
        if prefix.starts_with("ao") {
            secret = format!("{secret}:{}", base64(&random::<75>()));
        }
        self.issued.push(secret.clone());
        secret
    }

    /// Returns account and permission set of each assignment of a user.
    pub fn assigned_to(&self, email: &str) -> Vec<(String, String)> {
        let of = self.assigned.iter().filter(|(who, ..)| who == email);
        of.map(|(_, account, role)| (account.clone(), role.clone()))
            .collect()
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: String,
    pub name: String,
    /// Empty if the client named none.
    pub grant_types: Vec<String>,
    pub redirects: bool,
    pub scopes: Vec<String>,
    pub expires: DateTime<Utc>,
}

impl Client {
    pub fn may(&self, grant_type: &str) -> bool {
        match self.grant_types.is_empty() {
            true => [DEVICE_CODE, REFRESH_TOKEN].contains(&grant_type),
            false => self.grant_types.iter().any(|known| known == grant_type),
        }
    }
}

/// A device authorization.
#[derive(Clone, Debug)]
pub struct Device {
    pub device_code: String,
    pub user_code: String,
    pub client_id: String,
    pub expires: DateTime<Utc>,
    /// The shortest time between two requests for a token.
    pub interval: Duration,
    pub polled: Option<Instant>,
    pub decision: Decision,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    None,
    Allowed(String),
    Denied,
    /// The tokens have been issued.
    Spent,
}

impl StandIn {
    /// Assigns a permission set, also to users who are already signed in.
    pub fn assign(&self, email: &str, account: &str, role: &str) {
        let mut facts = self.world.facts();
        for sign_in in &mut facts.sign_ins {
            if sign_in.email == email {
                sign_in.assigned.push((account.to_owned(), role.to_owned()));
            }
        }
        let assigned = (email.to_owned(), account.to_owned(), role.to_owned());
        facts.oidc.assigned.push(assigned);
    }

    /// Adds a script to every sign-in page that fills in this email and clicks Allow; `None` removes it.
    pub fn set_auto_consent(&self, email: Option<&str>) {
        self.world.facts().oidc.auto_consent = email.map(str::to_owned);
    }

    /// Sets polling interval and lifetime of new device authorizations, in seconds.
    pub fn set_device(&self, interval_seconds: u64, expires_in_seconds: i64) {
        let mut facts = self.world.facts();
        facts.oidc.device_interval = interval_seconds;
        facts.oidc.device_seconds = expires_in_seconds;
    }

    /// Sets the lifetime of new access tokens, in seconds.
    pub fn set_sso_seconds(&self, seconds: i64) {
        self.world.facts().oidc.token_seconds = seconds;
    }

    /// Sets the lifetime of new registrations, in seconds.
    pub fn set_registration_seconds(&self, seconds: i64) {
        self.world.facts().oidc.registration_seconds = seconds;
    }

    /// Removes all client registrations.
    pub fn forget_clients(&self) {
        self.world.facts().oidc.clients.clear();
    }

    /// Ends all sign-ins and invalidates their refresh tokens, as when an admin ends all sessions.
    pub fn end_sign_ins(&self) {
        self.world.facts().sign_ins.clear();
    }
}

/// Handles a request; returns `None` if it is not an operation of this service.
pub fn handle(world: &World, request: &Request) -> Option<(Operation, Answer)> {
    type Do = fn(&World, &Value, DateTime<Utc>) -> Result<Value, Denied>;
    let (operation, act): (_, Do) = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/client/register") => (Operation::RegisterClient, register_client),
        ("POST", "/device_authorization") => (Operation::StartDeviceAuthorization, start_device),
        ("POST", "/token") => (Operation::CreateToken, oidc_token::create_token),
        _ => return None,
    };
    // These operations are unsigned; a signed request shows a fault of the client.
    let answer = match serde_json::from_slice(&request.body) {
        _ if request.header("authorization").is_some() => {
            Err(invalid("This operation is not signed"))
        }
        Ok(Value::Object(asked)) => act(world, &Value::Object(asked), world.now()),
        _ => Err(invalid("The request body is not a JSON object")),
    };
    let answer = match answer {
        Ok(body) => Answer::json(200, &body)
            .with("x-amzn-requestid", uuid())
            .with("cache-control", "no-store"),
        Err((status, code, message)) => error(status, code, &message),
    };
    Some((operation, answer))
}

/// Returns an error in OAuth's format, in which `InvalidGrantException` is `invalid_grant`.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let mut name = String::new();
    for c in code.trim_end_matches("Exception").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    let body = json!({ "error": name, "error_description": message });
    let mut answer = Answer::json(status, &body)
        .with("x-amzn-requestid", uuid())
        .with("x-amzn-errortype", code);
    answer.note = Some(format!("{code}: {message}"));
    answer
}

pub fn invalid(message: &str) -> Denied {
    (400, "InvalidRequestException", message.to_owned())
}

pub fn denied(code: &'static str, message: &str) -> Denied {
    (400, code, message.to_owned())
}

pub fn text<'a>(asked: &'a Value, name: &str) -> Result<&'a str, Denied> {
    let value = asked[name].as_str().filter(|value| !value.is_empty());
    value.ok_or_else(|| invalid(&format!("{name} is missing")))
}

fn list(asked: &Value, name: &str) -> Result<Vec<String>, Denied> {
    let strings = |values: &Vec<Value>| {
        let strings = values.iter().map(|value| value.as_str().map(str::to_owned));
        strings.collect::<Option<Vec<String>>>()
    };
    match &asked[name] {
        Value::Null => Ok(Vec::new()),
        Value::Array(values) => {
            strings(values).ok_or_else(|| invalid(&format!("{name} is not a list of strings")))
        }
        _ => Err(invalid(&format!("{name} is not a list"))),
    }
}

fn is_url(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
}

fn register_client(world: &World, asked: &Value, now: DateTime<Utc>) -> Result<Value, Denied> {
    let name = text(asked, "clientName")?.to_owned();
    if text(asked, "clientType")? != "public" {
        let message = "Invalid client type: only public is supported";
        return Err(denied("InvalidClientMetadataException", message));
    }
    let grant_types = list(asked, "grantTypes")?;
    let supported = [AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN];
    if grant_types
        .iter()
        .any(|of| !supported.contains(&of.as_str()))
    {
        let message = "Unsupported grant type";
        return Err(denied("UnsupportedGrantTypeException", message));
    }
    let redirects = list(asked, "redirectUris")?;
    if redirects
        .iter()
        .any(|uri| *uri != [REDIRECT.0, REDIRECT.1].concat())
    {
        let message = "Invalid redirect URI: it must be http://127.0.0.1/oauth/callback";
        return Err(denied("InvalidRedirectUriException", message));
    }
    let issuer = asked["issuerUrl"].as_str();
    if issuer.is_some_and(|url| !is_url(url)) {
        return Err(invalid("issuerUrl is not a URL"));
    }
    let by_code = grant_types.iter().any(|of| of == AUTHORIZATION_CODE);
    if by_code && (redirects.is_empty() || issuer.is_none()) {
        let message = "The authorization_code grant needs redirectUris and issuerUrl";
        return Err(invalid(message));
    }
    let scopes = list(asked, "scopes")?;
    let well_formed = |scope: &String| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ":_.-*".contains(c);
        !scope.is_empty() && scope.chars().all(allowed)
    };
    if !scopes.iter().all(well_formed) {
        return Err(denied("InvalidScopeException", "Invalid scope"));
    }
    let mut facts = world.facts();
    let client = Client {
        id: base64url(&random::<24>()),
        secret: facts.oidc.issue("eyJraWQi"),
        name,
        grant_types,
        redirects: !redirects.is_empty(),
        scopes,
        expires: now + TimeDelta::seconds(facts.oidc.registration_seconds),
    };
    facts.oidc.clients.push(client.clone());
    Ok(json!({
        "clientId": client.id, "clientSecret": client.secret, "clientIdIssuedAt": now.timestamp(),
        "clientSecretExpiresAt": client.expires.timestamp(),
    }))
}

/// Returns the client whose ID and secret are in the request.
pub fn authenticate(facts: &Facts, asked: &Value, now: DateTime<Utc>) -> Result<Client, Denied> {
    let refuse = |message: &str| (401, "InvalidClientException", message.to_owned());
    let (id, secret) = (asked["clientId"].as_str(), asked["clientSecret"].as_str());
    let shown =
        |client: &&Client| Some(client.id.as_str()) == id && Some(client.secret.as_str()) == secret;
    let client = facts.oidc.clients.iter().find(shown);
    let client = client.ok_or_else(|| refuse("Client id or secret is not valid"))?;
    match client.expires > now {
        true => Ok(client.clone()),
        false => Err(refuse("Client secret expired")),
    }
}

pub fn granted(client: &Client, grant_type: &str) -> Result<(), Denied> {
    let message = "The client is not registered for this grant type";
    let may = client.may(grant_type);
    may.then_some(())
        .ok_or_else(|| denied("UnauthorizedClientException", message))
}

fn start_device(world: &World, asked: &Value, now: DateTime<Utc>) -> Result<Value, Denied> {
    let mut facts = world.facts();
    let client = authenticate(&facts, asked, now)?;
    granted(&client, DEVICE_CODE)?;
    if !is_url(text(asked, "startUrl")?) {
        return Err(invalid("startUrl is not a URL"));
    }
    let oidc = &mut facts.oidc;
    let letters = identifier(&random::<16>(), 8);
    let device = Device {
        device_code: oidc.issue(""),
        user_code: format!("{}-{}", &letters[..4], &letters[4..]),
        client_id: client.id,
        expires: now + TimeDelta::seconds(oidc.device_seconds),
        interval: Duration::from_secs(oidc.device_interval),
        polled: None,
        decision: Decision::None,
    };
    oidc.devices.push(device.clone());
    let (page, code) = (format!("{}/device", oidc.url), &device.user_code);
    Ok(json!({
        "deviceCode": device.device_code, "userCode": code, "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={code}"),
        "expiresIn": oidc.device_seconds, "interval": oidc.device_interval,
    }))
}

#[cfg(test)]
#[path = "oidc_tests.rs"]
pub mod tests;
