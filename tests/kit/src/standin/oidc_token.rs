//! OIDC's CreateToken: issues tokens for an authorization code, a device code or a refresh token; each can be used once.
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::codec::{base64url, sha256};
use super::oidc::{
    AUTHORIZATION_CODE, Client, DEVICE_CODE, Decision, REFRESH_TOKEN, authenticate, denied,
    granted, invalid, text,
};
use super::portal::SignIn;
use super::sts::Denied;
use super::world::{Facts, World};

/// The scope that allows a client to renew tokens.
const ACCOUNT_ACCESS: &str = "sso:account:access";

pub fn create_token(world: &World, asked: &Value, now: DateTime<Utc>) -> Result<Value, Denied> {
    let mut facts = world.facts();
    let facts = &mut *facts;
    let client = authenticate(facts, asked, now)?;
    let grant_type = text(asked, "grantType")?;
    let redeem = match grant_type {
        AUTHORIZATION_CODE => by_code,
        DEVICE_CODE => by_device,
        REFRESH_TOKEN => by_refresh_token,
        _ => {
            let message = "Unsupported grant type";
            return Err(denied("UnsupportedGrantTypeException", message));
        }
    };
    granted(&client, grant_type)?;
    redeem(facts, &client, asked, now)
}

fn by_code(
    facts: &mut Facts,
    client: &Client,
    asked: &Value,
    now: DateTime<Utc>,
) -> Result<Value, Denied> {
    let refuse = |message| Err(denied("InvalidGrantException", message));
    let shown = text(asked, "code")?;
    let (redirect, verifier) = (text(asked, "redirectUri")?, text(asked, "codeVerifier")?);
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !(43..=128).contains(&verifier.len()) || !verifier.chars().all(unreserved) {
        return Err(invalid("codeVerifier is not one of RFC 7636"));
    }
    let codes = &mut facts.oidc.codes;
    let known = codes
        .iter_mut()
        .find(|code| code.code == shown && code.client_id == client.id);
    let Some(code) = known else {
        return refuse("Invalid authorization code");
    };
    if code.spent {
        // The code was stolen, and there is no way to know which of the two clients is the right one.
        let stolen = Some(shown);
        facts
            .sign_ins
            .retain(|sign_in| sign_in.code.as_deref() != stolen);
        return refuse("The authorization code has been used");
    }
    if code.expires <= now {
        return refuse("The authorization code has expired");
    }
    if code.redirect_uri != redirect {
        return refuse("The redirect URI is not that of the authorization request");
    }
    if code.challenge != base64url(&sha256(verifier.as_bytes())) {
        return refuse("The code verifier does not match the code challenge");
    }
    code.spent = true;
    let code = code.clone();
    Ok(sign_in(
        facts,
        client,
        &code.email,
        &code.scopes,
        Some(code.code),
        now,
    ))
}

fn by_device(
    facts: &mut Facts,
    client: &Client,
    asked: &Value,
    now: DateTime<Utc>,
) -> Result<Value, Denied> {
    let shown = text(asked, "deviceCode")?;
    let known = facts.oidc.devices.iter_mut();
    let device = known
        .into_iter()
        .find(|device| device.device_code == shown && device.client_id == client.id)
        .ok_or_else(|| denied("InvalidGrantException", "Invalid device code"))?;
    if device.expires <= now {
        return Err(denied(
            "ExpiredTokenException",
            "The device code has expired",
        ));
    }
    let before = device.polled.replace(Instant::now());
    if before.is_some_and(|before| before.elapsed() < device.interval) {
        device.interval += Duration::from_secs(5);
        return Err(denied("SlowDownException", "Too many requests"));
    }
    let email = match &device.decision {
        Decision::None => {
            let message = "The user has not decided yet";
            return Err(denied("AuthorizationPendingException", message));
        }
        Decision::Denied => {
            let message = "The request was denied by the user";
            return Err(denied("AccessDeniedException", message));
        }
        Decision::Spent => return Err(denied("InvalidGrantException", "Invalid device code")),
        Decision::Allowed(email) => email.clone(),
    };
    device.decision = Decision::Spent;
    Ok(sign_in(facts, client, &email, &client.scopes, None, now))
}

fn by_refresh_token(
    facts: &mut Facts,
    client: &Client,
    asked: &Value,
    now: DateTime<Utc>,
) -> Result<Value, Denied> {
    let shown = text(asked, "refreshToken")?;
    let sign_in = facts.sign_ins.iter_mut().find(|sign_in| {
        sign_in.refresh_token.as_deref() == Some(shown) && sign_in.client_id == client.id
    });
    let sign_in =
        sign_in.ok_or_else(|| denied("InvalidGrantException", "Invalid refresh token"))?;
    let access_token = facts.oidc.issue("aoa");
    let former = std::mem::replace(&mut sign_in.access_token, access_token);
    // The previous token stays valid until it expires.
    sign_in.former.push((former, sign_in.expires));
    sign_in.refresh_token = Some(facts.oidc.issue("aor"));
    sign_in.expires = now + TimeDelta::seconds(facts.oidc.token_seconds);
    Ok(tokens(sign_in, facts.oidc.token_seconds))
}

fn sign_in(
    facts: &mut Facts,
    client: &Client,
    email: &str,
    scopes: &[String],
    code: Option<String>,
    now: DateTime<Utc>,
) -> Value {
    let oidc = &mut facts.oidc;
    let renewable = client.may(REFRESH_TOKEN) && scopes.iter().any(|of| of == ACCOUNT_ACCESS);
    let sign_in = SignIn {
        email: email.to_owned(),
        access_token: oidc.issue("aoa"),
        refresh_token: renewable.then(|| oidc.issue("aor")),
        expires: now + TimeDelta::seconds(oidc.token_seconds),
        assigned: oidc.assigned_to(email),
        client_id: client.id.clone(),
        client_secret: client.secret.clone(),
        former: Vec::new(),
        code,
    };
    let body = tokens(&sign_in, oidc.token_seconds);
    facts.sign_ins.push(sign_in);
    body
}

fn tokens(sign_in: &SignIn, seconds: i64) -> Value {
    let mut body = json!({
        "accessToken": sign_in.access_token, "expiresIn": seconds, "tokenType": "Bearer",
    });
    if let Some(token) = &sign_in.refresh_token {
        body["refreshToken"] = token.as_str().into();
    }
    body
}

#[cfg(test)]
#[path = "oidc_token_tests.rs"]
mod tests;
