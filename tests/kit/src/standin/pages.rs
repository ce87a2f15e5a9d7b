//! The pages of IAM Identity Center on which users allow or deny requests. An invalid request is reported on the page, without
//! a redirect (RFC 6749, 4.1.2.1).

use chrono::{DateTime, TimeDelta, Utc};

use super::codec::{base64url_decode, percent_encode, xml_text};
use super::http::{Answer, Request};
use super::oidc::{AUTHORIZATION_CODE, Client, Decision, Device, REDIRECT};
use super::world::{Operation, World};

/// The lifetime of an authorization code, in seconds.
const CODE_LIFE: i64 = 600;

/// An authorization code, and what it is bound to.
#[derive(Clone, Debug)]
pub struct Code {
    pub code: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub challenge: String,
    pub scopes: Vec<String>,
    pub email: String,
    pub expires: DateTime<Utc>,
    pub spent: bool,
}

/// Handles a request; returns `None` if it is not for one of these pages.
pub fn handle(world: &World, request: &Request) -> Option<(Operation, Answer)> {
    let asked = Fields(request.parameters());
    let (operation, answer) = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/authorize") => (Operation::Authorize, authorize(world, &asked)),
        ("POST", "/authorize") => (Operation::Consent, consent(world, &asked)),
        ("GET", "/device") => (Operation::Device, device(world, &asked)),
        ("POST", "/device") => (Operation::DeviceConsent, device_consent(world, &asked)),
        _ => return None,
    };
    let answer = answer.unwrap_or_else(|why| {
        let body = format!("<h1>Something is wrong</h1>\n<p>{}</p>\n", xml_text(&why));
        let mut answer = page(400, &body);
        answer.note = Some(why);
        answer
    });
    Some((operation, answer))
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn optional(&self, name: &str) -> Result<Option<&str>, String> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
            _ => Err(format!("{name} is given twice")),
        }
    }

    fn text(&self, name: &str) -> Result<&str, String> {
        let value = self.optional(name)?.filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("{name} is missing"))
    }

    /// Returns the user's decision.
    fn decision(&self) -> Result<Decision, String> {
        match self.text("decision")? {
            "deny" => Ok(Decision::Denied),
            "allow" if self.text("email")?.contains('@') => {
                Ok(Decision::Allowed(self.text("email")?.to_owned()))
            }
            _ => Err("this is no decision".to_owned()),
        }
    }
}

/// An authorization request that is valid and can be shown to a user.
struct Authorization {
    client: Client,
    redirect_uri: String,
    state: String,
    challenge: String,
    scopes: Vec<String>,
}

/// All parameters of an authorization request.
const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge_method",
    "code_challenge",
    "scopes",
];

impl Authorization {
    fn read(world: &World, asked: &Fields) -> Result<Authorization, String> {
        let [
            response_type,
            client_id,
            redirect_uri,
            state,
            method,
            challenge,
            scopes,
        ] = PARAMETERS.map(|name| asked.text(name));
        let now = world.now();
        let client = client(world, client_id?, now)?;
        if !client.redirects || !client.may(AUTHORIZATION_CODE) {
            return Err("the client is not registered for this".to_owned());
        }
        let (redirect_uri, challenge) = (redirect_uri?.to_owned(), challenge?.to_owned());
        if !is_redirect(&redirect_uri) {
            return Err("redirect_uri is not registered".to_owned());
        }
        if response_type? != "code" {
            return Err("response_type is not supported".to_owned());
        }
        if method? != "S256" {
            return Err("code_challenge_method is not supported".to_owned());
        }
        if base64url_decode(&challenge).is_none_or(|digest| digest.len() != 32) {
            return Err("code_challenge is not a SHA-256 in base64url".to_owned());
        }
        let scopes: Vec<String> = scopes?.split(' ').map(str::to_owned).collect();
        if !scopes.iter().all(|scope| client.scopes.contains(scope)) {
            return Err("scopes go beyond those registered".to_owned());
        }
        Ok(Authorization {
            client,
            redirect_uri,
            state: state?.to_owned(),
            challenge,
            scopes,
        })
    }

    /// Returns a redirect to the client with these parameters.
    fn redirect(&self, answer: &[(&str, &str)]) -> Answer {
        let pairs = [answer, &[("state", self.state.as_str())]].concat();
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes())))
            .collect::<Vec<_>>();
        let to = format!("{}?{}", self.redirect_uri, pairs.join("&"));
        Answer::new(302, "text/plain", "")
            .with("location", to)
            .with("cache-control", "no-store")
    }
}

fn client(world: &World, id: &str, now: DateTime<Utc>) -> Result<Client, String> {
    let facts = world.facts();
    let known = facts.oidc.clients.iter().find(|client| client.id == id);
    match known {
        None => Err("the client is not known".to_owned()),
        Some(client) if client.expires <= now => {
            Err("the client's registration has expired".to_owned())
        }
        Some(client) => Ok(client.clone()),
    }
}

/// Returns whether this is the registered redirect URI with a port.
fn is_redirect(uri: &str) -> bool {
    let port = uri
        .strip_prefix(REDIRECT.0)
        .and_then(|rest| rest.strip_prefix(':')?.strip_suffix(REDIRECT.1));
    let exact = |port: &str| {
        port.parse::<u16>()
            .is_ok_and(|number| number > 0 && number.to_string() == port)
    };
    port.is_some_and(exact)
}

fn authorize(world: &World, asked: &Fields) -> Result<Answer, String> {
    let authorization = Authorization::read(world, asked)?;
    let mut fields = String::new();
    for name in PARAMETERS {
        fields += &hidden(name, asked.text(name)?);
    }
    Ok(form(world, "/authorize", &authorization.client, &fields))
}

fn consent(world: &World, asked: &Fields) -> Result<Answer, String> {
    let authorization = Authorization::read(world, asked)?;
    let now = world.now();
    let Decision::Allowed(email) = asked.decision()? else {
        let why = "The user denied the request";
        let answer = [("error", "access_denied"), ("error_description", why)];
        return Ok(authorization.redirect(&answer));
    };
    let mut facts = world.facts();
    let code = facts.oidc.issue("eyJraWQi");
    let answer = authorization.redirect(&[("code", &code)]).from(&email);
    facts.oidc.codes.push(Code {
        code,
        client_id: authorization.client.id,
        redirect_uri: authorization.redirect_uri,
        challenge: authorization.challenge,
        scopes: authorization.scopes,
        email,
        expires: now + TimeDelta::seconds(CODE_LIFE),
        spent: false,
    });
    Ok(answer)
}

/// Returns the device with this user code, if no user has allowed or denied it yet.
fn waiting<'a>(
    devices: &'a mut [Device],
    user_code: &str,
    now: DateTime<Utc>,
) -> Result<&'a mut Device, String> {
    let user_code = user_code.trim().to_ascii_uppercase();
    let device = devices
        .iter_mut()
        .find(|device| device.user_code == user_code && device.decision == Decision::None)
        .filter(|device| device.expires > now);
    device.ok_or_else(|| "this code is not valid, or not any more".to_owned())
}

fn device(world: &World, asked: &Fields) -> Result<Answer, String> {
    let Some(user_code) = asked.optional("user_code")? else {
        let body = "<h1>Enter the code your device shows</h1>\n<form method=\"get\" action=\"/device\">\n\
                    <label>Code <input name=\"user_code\" required></label>\n<button>Continue</button>\n</form>\n";
        return Ok(page(200, body));
    };
    let now = world.now();
    let client_id = {
        let facts = &mut *world.facts();
        let device = waiting(&mut facts.oidc.devices, user_code, now)?;
        device.client_id.clone()
    };
    let fields = format!(
        "<p>Does your device show {}?</p>\n{}",
        xml_text(user_code),
        hidden("user_code", user_code)
    );
    let client = client(world, &client_id, now)?;
    Ok(form(world, "/device", &client, &fields))
}

fn device_consent(world: &World, asked: &Fields) -> Result<Answer, String> {
    let (decision, now) = (asked.decision()?, world.now());
    let facts = &mut *world.facts();
    let device = waiting(&mut facts.oidc.devices, asked.text("user_code")?, now)?;
    device.decision = decision.clone();
    Ok(match decision {
        Decision::Allowed(email) => page(200, "<h1>Request approved</h1>\n").from(&email),
        _ => page(200, "<h1>Request denied</h1>\n"),
    })
}

/// Returns the page that asks the user to allow or deny a client's request.
fn form(world: &World, action: &str, client: &Client, fields: &str) -> Answer {
    let script = match world.facts().oidc.auto_consent.as_deref() {
        None => String::new(),
        Some(email) => {
            // "<" could end the script element.
            let email = serde_json::Value::from(email)
                .to_string()
                .replace('<', "\\u003c");
            format!(
                "<script>\ndocument.querySelector('[name=email]').value = {email};\n\
                 setTimeout(() => document.querySelector('[value=allow]').click(), 200);\n</script>\n"
            )
        }
    };
    let name = xml_text(&client.name);
    page(
        200,
        &format!(
            "<h1>Allow {name} to access your data?</h1>\n<form method=\"post\" action=\"{action}\">\n{fields}\
             <label>Email <input name=\"email\" type=\"email\" required></label>\n\
             <button name=\"decision\" value=\"allow\">Allow</button>\n\
             <button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>\n</form>\n{script}"
        ),
    )
}

fn hidden(name: &str, value: &str) -> String {
    let value = xml_text(value).replace('"', "&quot;");
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
}

fn page(status: u16, body: &str) -> Answer {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>AWS access portal</title></head>\n\
         <body>\n{body}</body>\n</html>\n"
    );
    Answer::new(status, "text/html; charset=utf-8", page).with("cache-control", "no-store")
}
