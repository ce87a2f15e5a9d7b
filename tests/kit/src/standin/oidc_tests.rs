//! Tests of IAM Identity Center: registrations, pages, portal, and all requests that they reject.

use super::super::codec::percent_encode;
use super::super::portal;
use super::*;

pub const CALLBACK: &str = "http://127.0.0.1:51234/oauth/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of `VERIFIER`; both are from RFC 7636, appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ALICE: &str = "alice@example.com";

/// The stand-in's Identity Center, without a network.
pub struct Desk(pub World);

impl Desk {
    pub fn new() -> Desk {
        Desk(World::default())
    }

    pub fn ask(&self, request: Request) -> Answer {
        portal::handle(&self.0, &request).1
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, (u16, String)> {
        let mut request = Request::new("POST", path).with("content-type", "application/json");
        request.body = body.to_string().into_bytes();
        let answer = self.ask(request);
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        match answer.status {
            200 => Ok(json),
            status => Err((status, json["error"].as_str().unwrap().to_owned())),
        }
    }

    pub fn register(&self, change: impl FnOnce(&mut Value)) -> Value {
        self.post("/client/register", &registration(change))
            .unwrap()
    }

    /// Returns the sign-in page's response to this decision.
    pub fn decide(&self, fields: &[(&str, &str)], decision: &str) -> Answer {
        let decision = [("email", ALICE), ("decision", decision)];
        let mut request = Request::new("POST", "/authorize")
            .with("content-type", "application/x-www-form-urlencoded");
        request.body = form(&[fields, &decision].concat()).into_bytes();
        self.ask(request)
    }

    pub fn code(&self, client: &Value) -> String {
        let answer = self.decide(&authorization(client), "allow");
        let to = location(&answer);
        let (_, rest) = to.split_once("?code=").unwrap();
        rest.split('&').next().unwrap().to_owned()
    }

    pub fn token(&self, client: &Value, asked: Value) -> Result<Value, (u16, String)> {
        let mut body = json!({
            "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        });
        let members = asked.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        self.post("/token", &body)
    }

    pub fn signed_in(&self, client: &Value) -> Value {
        self.token(client, redemption(&self.code(client))).unwrap()
    }

    pub fn start_device(&self, client: &Value) -> Value {
        let asked = json!({
            "clientId": client["clientId"], "clientSecret": client["clientSecret"],
            "startUrl": "https://d-1234567890.awsapps.com/start",
        });
        self.post("/device_authorization", &asked).unwrap()
    }

    pub fn decide_device(&self, device: &Value, decision: &str) -> Answer {
        let code = device["userCode"].as_str().unwrap();
        let mut request = Request::new("POST", "/device")
            .with("content-type", "application/x-www-form-urlencoded");
        let fields = [
            ("user_code", code),
            ("email", ALICE),
            ("decision", decision),
        ];
        request.body = form(&fields).into_bytes();
        self.ask(request)
    }

    pub fn poll(&self, client: &Value, device: &Value) -> Result<Value, (u16, String)> {
        let code = &device["deviceCode"];
        self.token(
            client,
            json!({ "grantType": DEVICE_CODE, "deviceCode": code }),
        )
    }

    /// Pretends that the last request for the device's token was this many seconds earlier.
    pub fn wait(&self, seconds: u64) {
        for device in &mut self.0.facts().oidc.devices {
            let polled = device.polled.as_mut().unwrap();
            *polled = polled.checked_sub(Duration::from_secs(seconds)).unwrap();
        }
    }

    pub fn portal(&self, method: &str, target: &str, token: &Value) -> u16 {
        let token = token["accessToken"].as_str().unwrap();
        let request = Request::new(method, target).with("x-amz-sso_bearer_token", token);
        self.ask(request).status
    }

    /// Returns whether the portal gives role credentials for this access token.
    pub fn good(&self, token: &Value) -> bool {
        let target = "/federation/credentials?role_name=Engineer&account_id=111122223333";
        match self.portal("GET", target, token) {
            200 => true,
            401 => false,
            other => panic!("status {other}"),
        }
    }
}

pub fn registration(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({
        "clientName": "apono-login", "clientType": "public",
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"],
        "issuerUrl": "https://d-1234567890.awsapps.com/start", "scopes": ["sso:account:access"],
    });
    change(&mut body);
    body
}

/// Changes a registration to the one that the aws CLI makes for device codes.
pub fn for_devices(body: &mut Value) {
    *body = json!({
        "clientName": "apono-login", "clientType": "public", "scopes": ["sso:account:access"],
    });
}

pub fn authorization(client: &Value) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client["clientId"].as_str().unwrap()),
        ("redirect_uri", CALLBACK),
        ("state", "a state & more"),
        ("code_challenge_method", "S256"),
        ("code_challenge", CHALLENGE),
        ("scopes", "sso:account:access"),
    ]
}

pub fn redemption(code: &str) -> Value {
    json!({
        "grantType": AUTHORIZATION_CODE, "code": code, "redirectUri": CALLBACK, "codeVerifier": VERIFIER,
    })
}

pub fn renewal(token: &Value) -> Value {
    json!({ "grantType": REFRESH_TOKEN, "refreshToken": token["refreshToken"] })
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes())));
    pairs.collect::<Vec<_>>().join("&")
}

fn location(answer: &Answer) -> &str {
    let mut headers = answer.headers.iter();
    let found = headers.find(|(name, _)| *name == "location");
    &found.unwrap_or_else(|| panic!("no redirect: {answer:?}")).1
}

pub fn refused(error: &str) -> Result<Value, (u16, String)> {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Err((status, error.to_owned()))
}

#[test]
fn registrations() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let (issued, expires) = (
        &client["clientIdIssuedAt"],
        &client["clientSecretExpiresAt"],
    );
    let life = expires.as_i64().unwrap() - issued.as_i64().unwrap();
    assert_eq!(life, 90 * 86_400);
    desk.register(for_devices);
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 12] = [
        (|body| body["clientName"] = "".into(), "invalid_request"),
        (|body| body["clientType"] = Value::Null, "invalid_request"),
        (
            |body| body["clientType"] = "confidential".into(),
            "invalid_client_metadata",
        ),
        (
            |body| body["grantTypes"] = json!(["password"]),
            "unsupported_grant_type",
        ),
        (
            |body| body["grantTypes"] = "refresh_token".into(),
            "invalid_request",
        ),
        (|body| body["redirectUris"] = Value::Null, "invalid_request"),
        (|body| body["issuerUrl"] = Value::Null, "invalid_request"),
        (|body| body["issuerUrl"] = "corp".into(), "invalid_request"),
        (
            |body| body["redirectUris"] = json!(["http://127.0.0.1:51234/oauth/callback"]),
            "invalid_redirect_uri",
        ),
        (
            |body| body["redirectUris"] = json!(["http://localhost/oauth/callback"]),
            "invalid_redirect_uri",
        ),
        (
            |body| body["redirectUris"] = json!(["http://127.0.0.1/"]),
            "invalid_redirect_uri",
        ),
        (|body| body["scopes"] = json!(["a b"]), "invalid_scope"),
    ];
    for (change, error) in cases {
        let body = registration(change);
        assert_eq!(
            desk.post("/client/register", &body),
            refused(error),
            "{body}"
        );
    }
}

#[test]
fn errors_have_names_of_both_protocols() {
    let answer = error(400, "InvalidGrantException", "no");
    assert!(
        answer
            .headers
            .contains(&("x-amzn-errortype", "InvalidGrantException".to_owned()))
    );
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body,
        json!({ "error": "invalid_grant", "error_description": "no" })
    );
    let mut signed = Request::new("POST", "/token").with("authorization", "AWS4-HMAC-SHA256 x");
    signed.body = b"{}".to_vec();
    assert_eq!(Desk::new().ask(signed).status, 400);
}

#[test]
fn a_user_allows_or_denies() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let fields = authorization(&client);
    let page = desk.ask(Request::new(
        "GET",
        &format!("/authorize?{}", form(&fields)),
    ));
    let text = String::from_utf8(page.body).unwrap();
    assert_eq!(page.status, 200);
    assert!(text.contains("Allow apono-login") && text.contains("value=\"a state &amp; more\""));
    assert!(!text.contains("<script"), "{text}");
    let denied = desk.decide(&fields, "deny");
    assert_eq!(
        location(&denied),
        format!(
            "{CALLBACK}?error=access_denied&error_description=The%20user%20denied%20the%20request&state=a%20state%20%26%20more"
        )
    );
    let allowed = desk.decide(&fields, "allow");
    assert_eq!(allowed.status, 302);
    assert!(location(&allowed).starts_with(&format!("{CALLBACK}?code=")));
    assert!(location(&allowed).ends_with("&state=a%20state%20%26%20more"));
    assert_eq!(desk.decide(&fields, "perhaps").status, 400);

    desk.0.facts().oidc.auto_consent = Some("</script>@example.com".to_owned());
    let page = desk.ask(Request::new(
        "GET",
        &format!("/authorize?{}", form(&fields)),
    ));
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("\"\\u003c/script>@example.com\""), "{text}");
}

#[test]
fn an_invalid_authorization_request_is_not_redirected() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let device_only = desk.register(for_devices);
    let over = desk.register(|_| ());
    let id = over["clientId"].as_str().unwrap();
    let mut facts = desk.0.facts();
    facts.oidc.clients.last_mut().unwrap().expires = Utc::now();
    drop(facts);
    let good = authorization(&client);
    let mut cases: Vec<Vec<(&str, &str)>> = Vec::new();
    let mut with = |name: &str, value| {
        let mut fields = good.clone();
        fields.iter_mut().find(|(key, _)| *key == name).unwrap().1 = value;
        cases.push(fields);
    };
    for (name, _) in &good {
        with(name, "");
    }
    with("response_type", "token");
    with("client_id", "nobody");
    with("client_id", id);
    with("client_id", device_only["clientId"].as_str().unwrap());
    with("code_challenge_method", "plain");
    with("code_challenge", VERIFIER.get(..42).unwrap());
    with(
        "code_challenge",
        "!9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
    with("scopes", "sso:account:access codewhisperer:completions");
    for uri in [
        "http://127.0.0.1/oauth/callback",
        "http://127.0.0.1:0/oauth/callback",
        "http://127.0.0.1:+80/oauth/callback",
        "http://127.0.0.1:65536/oauth/callback",
        "http://127.0.0.1:80/oauth/callback?x=1",
        "http://127.0.0.1:80@evil.example/oauth/callback",
        "http://localhost:80/oauth/callback",
        "https://127.0.0.1:80/oauth/callback",
    ] {
        with("redirect_uri", uri);
    }
    for left_out in 0..good.len() {
        let mut fields = good.clone();
        let (name, value) = fields.remove(left_out);
        cases.push(fields);
        cases.push([good.as_slice(), &[(name, value)]].concat());
    }
    for fields in cases {
        let page = desk.ask(Request::new(
            "GET",
            &format!("/authorize?{}", form(&fields)),
        ));
        assert_eq!(page.status, 400, "{fields:?}");
        for decision in ["allow", "deny"] {
            assert_eq!(desk.decide(&fields, decision).status, 400, "{fields:?}");
        }
    }
    assert!(desk.0.facts().oidc.codes.is_empty());
}

#[test]
fn a_logout_ends_the_sign_in() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let token = desk.signed_in(&client);
    let renewed = desk.token(&client, renewal(&token)).unwrap();
    assert_eq!(
        desk.portal("GET", "/assignment/roles?account_id=111122223333", &token),
        200
    );
    assert_eq!(desk.portal("GET", "/assignment/roles", &token), 400);
    assert_eq!(
        desk.portal("POST", "/logout", &json!({ "accessToken": "x" })),
        401
    );
    assert_eq!(desk.portal("POST", "/logout", &renewed), 200);
    assert!(!desk.good(&renewed) && !desk.good(&token));
    assert_eq!(
        desk.token(&client, renewal(&renewed)),
        refused("invalid_grant")
    );
    assert_eq!(desk.portal("POST", "/logout", &renewed), 401);
}

#[test]
fn another_issuer_gives_the_credentials() {
    let desk = Desk::new();
    let token = desk.signed_in(&desk.register(|_| ()));
    let give = |account: &str, role: &str, email: &str| {
        (account != "444455556666").then(|| portal::RoleCredentials {
            access_key: format!("{account}/{role}/{email}"),
            secret: "their secret".to_owned(),
            session_token: "their token".to_owned(),
        })
    };
    let mut facts = desk.0.facts();
    facts.oidc.give = Some(std::sync::Arc::new(give));
    let other = ("444455556666".to_owned(), "Engineer".to_owned());
    facts.sign_ins[0].assigned.push(other);
    drop(facts);
    let ask = |account: &str| {
        let target = format!("/federation/credentials?role_name=Engineer&account_id={account}");
        let request = Request::new("GET", &target);
        let token = token["accessToken"].as_str().unwrap();
        desk.ask(request.with("x-amz-sso_bearer_token", token))
    };
    let given: Value = serde_json::from_slice(&ask("111122223333").body).unwrap();
    let given = &given["roleCredentials"];
    assert_eq!(
        given["accessKeyId"],
        format!("111122223333/Engineer/{ALICE}")
    );
    assert_eq!(given["sessionToken"], "their token");
    let left = given["expiration"].as_i64().unwrap() / 1000 - Utc::now().timestamp();
    assert!((3590..=3600).contains(&left), "{left}");
    assert!(
        desk.0
            .facts()
            .oidc
            .issued
            .contains(&"their secret".to_owned())
    );
    assert_eq!(
        ask("444455556666").status,
        403,
        "nothing is made of this one"
    );
    assert_eq!(ask("777788889999").status, 403, "not assigned");
}

#[test]
fn every_secret_is_recorded() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let code = desk.code(&client);
    let token = desk.token(&client, redemption(&code)).unwrap();
    let renewed = desk.token(&client, renewal(&token)).unwrap();
    let devices = desk.register(for_devices);
    let device = desk.start_device(&devices);
    let issued = desk.0.facts().oidc.issued.clone();
    let known = |value: &Value| issued.iter().any(|secret| value == secret);
    for secret in [
        &client["clientSecret"],
        &devices["clientSecret"],
        &code.into(),
        &token["accessToken"],
        &token["refreshToken"],
        &renewed["accessToken"],
        &renewed["refreshToken"],
        &device["deviceCode"],
    ] {
        assert!(known(secret), "{secret}");
    }
    assert!(!known(&device["userCode"]));
}
