//! The pages: app link, sign-in, second factor, and the ways to deliver a response to AWS.

use std::time::{Duration, Instant};

use super::claims::{Claims, escape, identifier};
use super::server::{Answer, Request};
use super::{Cookie, Session, Shared, Visit, Way, signing};

/// The path of the app link, and the prefix of the pages that post to AWS.
pub(super) const APP: &str = "/app/amazon_aws/exk1/sso/saml";
const POST: &str = "/app/amazon_aws/exk1/sso/saml/post";
pub(super) const LOGIN: &str = "/login";
const FACTOR: &str = "/login/factor";
/// The path that forwards posted responses to AWS.
const RELAY: &str = "/relay";
const COOKIE: &str = "sid";
/// The code of the second factor.
const CODE: &str = "123456";

pub(super) fn answer(shared: &Shared, request: &Request) -> Answer {
    let session = session(shared, request);
    let mut state = shared.state();
    state.visits.push(Visit {
        method: request.method.clone(),
        path: request.path.clone(),
        user_agent: request.header("user-agent").to_owned(),
        session: session.clone(),
    });
    let failing = state.failing;
    drop(state);
    if failing {
        return page(500, "<h1>Something went wrong on our side</h1>\n");
    }
    match (request.method.as_str(), request.path.as_str(), session) {
        ("GET", APP | POST, None) => {
            let from: String = form_urlencoded::byte_serialize(APP.as_bytes()).collect();
            redirect(302, &format!("{LOGIN}?fromURI={from}"))
        }
        ("GET", APP, Some(email)) => deliver(shared, request, &email),
        ("GET", POST, Some(email)) => post(shared, request, &email, "_top"),
        ("GET", LOGIN, _) => login(shared, from(request), ""),
        ("POST", LOGIN, _) => password(shared, request),
        ("POST", FACTOR, _) => factor(shared, request),
        // Status 307 makes the browser send the same form to AWS.
        ("POST", RELAY, Some(_)) => redirect(307, request.parameter("to")),
        _ => page(404, "<h1>There is no such page</h1>\n"),
    }
}

/// Returns the signed-in user.
fn session(shared: &Shared, request: &Request) -> Option<String> {
    let id = request.cookie(COOKIE)?;
    let state = shared.state();
    let session = state.sessions.get(id)?;
    (session.ends > Instant::now()).then(|| session.email.clone())
}

/// Returns the page to go back to after the sign-in, which must be on this site.
fn from(request: &Request) -> &str {
    let from = request.parameter("fromURI");
    if from.starts_with("/app/") { from } else { APP }
}

fn login(shared: &Shared, from: &str, complaint: &str) -> Answer {
    let script = shared.state().person.as_deref().map(|person| {
        let person = text(person);
        let (user, password) = ("elements.username", "elements.password");
        submitting(&format!(
            "form.{user}.value = {person}; form.{password}.value = 'correct horse';"
        ))
    });
    page(
        200,
        &format!(
            "<h1>Sign in</h1>\n{complaint}<form method=\"post\" action=\"{LOGIN}\">\n{}\
             <label>Username <input name=\"username\" autocomplete=\"username\" required></label>\n\
             <label>Password <input name=\"password\" type=\"password\" required></label>\n\
             <button>Sign in</button>\n</form>\n{}",
            hidden("fromURI", from),
            script.unwrap_or_default()
        ),
    )
}

fn password(shared: &Shared, request: &Request) -> Answer {
    let username = request.parameter("username").to_owned();
    let from = from(request);
    if !username.contains('@') || request.parameter("password").is_empty() {
        return login(shared, from, "<p>Unable to sign in</p>\n");
    }
    if !shared.state().second_factor {
        return signed_in(shared, &username, from);
    }
    let token = identifier();
    shared.state().half.insert(token.clone(), username);
    second_factor(shared, &token, from)
}

fn second_factor(shared: &Shared, token: &str, from: &str) -> Answer {
    let set = format!("form.elements.code.value = '{CODE}';");
    let script = shared.state().person.is_some().then(|| submitting(&set));
    page(
        200,
        &format!(
            "<h1>Verify it is you</h1>\n<form method=\"post\" action=\"{FACTOR}\">\n{}{}\
             <label>Code <input name=\"code\" inputmode=\"numeric\" required></label>\n\
             <button>Verify</button>\n</form>\n{}",
            hidden("stateToken", token),
            hidden("fromURI", from),
            script.unwrap_or_default()
        ),
    )
}

fn factor(shared: &Shared, request: &Request) -> Answer {
    let token = request.parameter("stateToken");
    if request.parameter("code") != CODE {
        return second_factor(shared, token, from(request));
    }
    let person = shared.state().half.remove(token);
    match person {
        Some(person) => signed_in(shared, &person, from(request)),
        None => login(shared, from(request), "<p>Your sign-in has expired</p>\n"),
    }
}

fn signed_in(shared: &Shared, email: &str, from: &str) -> Answer {
    let mut state = shared.state();
    let id = identifier();
    let (life, attribute) = match state.cookie {
        Cookie::Persistent(life) => (life, format!("; Max-Age={}", life.as_secs())),
        Cookie::Session(life) => (life, String::new()),
        Cookie::Once => (Duration::from_secs(300), String::new()),
    };
    let session = Session {
        email: email.to_owned(),
        ends: Instant::now() + life,
        once: state.cookie == Cookie::Once,
    };
    state.sessions.insert(id.clone(), session);
    let mut answer = redirect(302, from);
    answer.headers.push((
        "Set-Cookie",
        format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax{attribute}"),
    ));
    answer
}

/// Returns what the app link shows to a signed-in user.
fn deliver(shared: &Shared, request: &Request, email: &str) -> Answer {
    let way = shared.state().way;
    match way {
        Way::Plain | Way::Redirect307 | Way::RedirectGet | Way::TwicePosted => {
            post(shared, request, email, "_self")
        }
        Way::Frame => page(
            200,
            &format!("<p>Signing in to AWS…</p>\n<iframe src=\"{POST}\" title=\"AWS\"></iframe>\n"),
        ),
        Way::Popup => page(
            200,
            &format!(
                "<button>Sign in to AWS</button>\n<script>\nconst go = () => window.open('{POST}', 'aws', \
                 'width=600,height=700');\ndocument.querySelector('button').onclick = go;\ngo();\n</script>\n"
            ),
        ),
    }
}

/// Returns a page whose script posts a response to AWS.
fn post(shared: &Shared, request: &Request, email: &str, target: &str) -> Answer {
    let (claims, way) = {
        let state = shared.state();
        (state.claims.clone(), state.way)
    };
    let claims = claims.unwrap_or_else(|| Claims::of(email));
    let aws = claims.recipient.clone().unwrap_or_default();
    let response = signing::base64(&signing::signed(&claims));
    let mut state = shared.state();
    state.responses.push(response.clone());
    if let Some(id) = request.cookie(COOKIE)
        && state.sessions.get(id).is_some_and(|session| session.once)
        && way != Way::Redirect307
    {
        state.sessions.remove(id);
    }
    drop(state);
    if way == Way::RedirectGet {
        let value: String = form_urlencoded::byte_serialize(response.as_bytes()).collect();
        return redirect(302, &format!("{aws}?SAMLResponse={value}&RelayState="));
    }
    let action = match way {
        Way::Redirect307 => {
            let to: String = form_urlencoded::byte_serialize(aws.as_bytes()).collect();
            format!("{RELAY}?to={to}")
        }
        _ => aws,
    };
    let form = |target: &str| {
        format!(
            "<form method=\"post\" action=\"{}\" target=\"{target}\">\n{}{}<noscript><button>Continue</button></noscript>\n\
             </form>\n",
            escape(&action),
            hidden("SAMLResponse", &response),
            hidden("RelayState", "")
        )
    };
    let submit = "document.forms[0].submit();";
    let body = match way {
        Way::TwicePosted => format!(
            "<iframe name=\"quiet\" title=\"AWS\"></iframe>\n{}{}<script>\n{submit}\n\
             setTimeout(() => document.forms[1].submit(), 300);\n</script>\n",
            form("quiet"),
            form(target)
        ),
        Way::Popup => format!("{}<script>{submit}</script>\n", form("_self")),
        _ => format!("{}<script>{submit}</script>\n", form(target)),
    };
    page(200, &body)
}

/// Returns a script that fills in and sends the page's form without any delay.
fn submitting(fill: &str) -> String {
    format!(
        "<script>\nconst form = document.forms[0];\n{fill}\nsetTimeout(() => form.requestSubmit(), 50);\n</script>\n"
    )
}

/// Escapes text for a script, where "<" could end the script element.
fn text(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    text.replace('<', "\\u003c")
}

fn hidden(name: &str, value: &str) -> String {
    let value = escape(value);
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
}

fn redirect(status: u16, to: &str) -> Answer {
    Answer {
        status,
        headers: vec![("Location", to.to_owned())],
        body: String::new(),
    }
}

fn page(status: u16, body: &str) -> Answer {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Example Inc.</title>\n\
         <link rel=\"icon\" href=\"data:,\"></head>\n\
         <body>\n{body}</body>\n</html>\n"
    );
    Answer {
        status,
        headers: Vec::new(),
        body,
    }
}
