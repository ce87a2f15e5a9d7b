//! Tests of CreateToken: the requests that it accepts, and all those that it rejects.

use super::super::http::Request;
use super::super::oidc::tests::{
    CALLBACK, CHALLENGE, Desk, VERIFIER, for_devices, redemption, refused, renewal,
};
use super::*;

#[test]
fn a_code_is_redeemed_once() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let code = desk.code(&client);
    let token = desk.token(&client, redemption(&code)).unwrap();
    assert_eq!(
        (&token["expiresIn"], &token["tokenType"]),
        (&json!(28800), &json!("Bearer"))
    );
    assert!(desk.good(&token));
    assert_eq!(
        desk.token(&client, redemption(&code)),
        refused("invalid_grant")
    );
    assert!(
        !desk.good(&token),
        "who redeems a code twice has lost what it gave"
    );
    assert_eq!(
        desk.token(&client, renewal(&token)),
        refused("invalid_grant")
    );
}

#[test]
fn a_code_is_bound_to_its_request() {
    let desk = Desk::new();
    let (client, other) = (desk.register(|_| ()), desk.register(|_| ()));
    let code = desk.code(&client);
    let with = |name: &str, value: &str| {
        let mut asked = redemption(&code);
        asked[name] = value.into();
        asked
    };
    let cases = [
        (&other, redemption(&code), "invalid_grant"),
        (&client, with("code", "x"), "invalid_grant"),
        (&client, with("code", ""), "invalid_request"),
        (
            &client,
            with("redirectUri", &CALLBACK.replace("4/", "5/")),
            "invalid_grant",
        ),
        (
            &client,
            with("redirectUri", "http://127.0.0.1/oauth/callback"),
            "invalid_grant",
        ),
        (&client, with("redirectUri", ""), "invalid_request"),
        (&client, with("codeVerifier", CHALLENGE), "invalid_grant"),
        (
            &client,
            with("codeVerifier", &VERIFIER[1..]),
            "invalid_request",
        ),
        (
            &client,
            with("codeVerifier", &format!("{VERIFIER}=")),
            "invalid_request",
        ),
        (&client, with("codeVerifier", ""), "invalid_request"),
        (
            &client,
            with("grantType", "password"),
            "unsupported_grant_type",
        ),
        (&client, with("grantType", ""), "invalid_request"),
    ];
    for (client, asked, error) in cases {
        assert_eq!(desk.token(client, asked.clone()), refused(error), "{asked}");
    }
    desk.0.facts().skew = 601;
    assert_eq!(
        desk.token(&client, redemption(&code)),
        refused("invalid_grant"),
        "10 minutes"
    );
    desk.0.facts().skew = 599;
    assert!(desk.token(&client, redemption(&code)).is_ok());
}

#[test]
fn clients_are_checked_at_every_request() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let token = desk.signed_in(&client);
    for name in ["clientId", "clientSecret"] {
        for wrong in [json!("x"), Value::Null] {
            let mut impostor = client.clone();
            impostor[name] = wrong;
            assert_eq!(
                desk.token(&impostor, renewal(&token)),
                refused("invalid_client")
            );
        }
    }
    let asked = json!({
        "clientId": "x", "clientSecret": "y", "startUrl": "https://d-1234567890.awsapps.com/start",
    });
    assert_eq!(
        desk.post("/device_authorization", &asked),
        refused("invalid_client")
    );

    desk.0.facts().skew = 90 * 86_400 + 1;
    assert_eq!(
        desk.token(&client, renewal(&token)),
        refused("invalid_client")
    );
    desk.0.facts().skew = 0;
    let other = desk.register(|_| ());
    assert_eq!(
        desk.token(&other, renewal(&token)),
        refused("invalid_grant"),
        "not its own"
    );
    assert!(desk.token(&client, renewal(&token)).is_ok());
}

#[test]
fn clients_do_what_they_registered_for() {
    let desk = Desk::new();
    let browser = desk.register(|_| ());
    let device = json!({ "grantType": DEVICE_CODE, "deviceCode": "x" });
    assert_eq!(desk.token(&browser, device), refused("unauthorized_client"));
    let mut asked = browser.clone();
    asked["startUrl"] = "https://d-1234567890.awsapps.com/start".into();
    assert_eq!(
        desk.post("/device_authorization", &asked),
        refused("unauthorized_client")
    );

    let devices = desk.register(for_devices);
    assert_eq!(
        desk.token(&devices, redemption("x")),
        refused("unauthorized_client")
    );
    let mut asked = devices.clone();
    asked["startUrl"] = "corp".into();
    assert_eq!(
        desk.post("/device_authorization", &asked),
        refused("invalid_request")
    );

    let once = desk.register(|body| body["grantTypes"] = json!([AUTHORIZATION_CODE]));
    let token = desk.signed_in(&once);
    assert_eq!(token.get("refreshToken"), None);
    let renew = json!({ "grantType": REFRESH_TOKEN, "refreshToken": "x" });
    assert_eq!(desk.token(&once, renew), refused("unauthorized_client"));
    let other_scope = desk.register(|body| {
        for_devices(body);
        body["scopes"] = json!(["codewhisperer:completions"]);
    });
    let device = desk.start_device(&other_scope);
    desk.decide_device(&device, "allow");
    assert_eq!(
        desk.poll(&other_scope, &device)
            .unwrap()
            .get("refreshToken"),
        None
    );
}

#[test]
fn a_refresh_token_works_once() {
    let desk = Desk::new();
    let client = desk.register(|_| ());
    let first = desk.signed_in(&client);
    let second = desk.token(&client, renewal(&first)).unwrap();
    assert_ne!(first["accessToken"], second["accessToken"]);
    assert_eq!(
        desk.token(&client, renewal(&first)),
        refused("invalid_grant")
    );
    assert!(
        desk.good(&first) && desk.good(&second),
        "each for its eight hours"
    );
    desk.token(&client, renewal(&second)).unwrap();
    desk.0.facts().skew = 8 * 3600 + 1;
    assert!(!desk.good(&first) && !desk.good(&second));
}

#[test]
fn a_device_is_polled_until_it_is_allowed() {
    let desk = Desk::new();
    let client = desk.register(for_devices);
    let device = desk.start_device(&client);
    assert_eq!(
        (&device["interval"], &device["expiresIn"]),
        (&json!(1), &json!(600))
    );
    let code = device["userCode"].as_str().unwrap();
    assert!(code.len() == 9 && &code[4..5] == "-", "{code}");
    assert_eq!(
        device["verificationUriComplete"],
        format!("/device?user_code={code}")
    );
    let page = desk.ask(Request::new(
        "GET",
        &format!("/device?user_code={}", code.to_lowercase()),
    ));
    assert!(
        page.status == 200
            && String::from_utf8(page.body)
                .unwrap()
                .contains("Allow apono-login")
    );
    assert_eq!(desk.ask(Request::new("GET", "/device")).status, 200);
    assert_eq!(
        desk.ask(Request::new("GET", "/device?user_code=AAAA-AAAA"))
            .status,
        400
    );

    assert_eq!(
        desk.poll(&client, &device),
        refused("authorization_pending")
    );
    assert_eq!(desk.poll(&client, &device), refused("slow_down"));
    desk.wait(5);
    assert_eq!(
        desk.poll(&client, &device),
        refused("slow_down"),
        "one second and five"
    );
    desk.wait(11);
    assert_eq!(
        desk.poll(&client, &device),
        refused("authorization_pending")
    );
    assert_eq!(desk.decide_device(&device, "allow").status, 200);
    assert_eq!(
        desk.decide_device(&device, "deny").status,
        400,
        "it is decided"
    );
    desk.wait(10);
    assert_eq!(desk.poll(&client, &device), refused("slow_down"));
    desk.wait(16);
    let other = desk.register(for_devices);
    assert_eq!(
        desk.poll(&other, &device),
        refused("invalid_grant"),
        "not its own"
    );
    let token = desk.poll(&client, &device).unwrap();
    assert!(desk.good(&token));
    desk.wait(16);
    assert_eq!(
        desk.poll(&client, &device),
        refused("invalid_grant"),
        "it works once"
    );
    assert!(desk.token(&client, renewal(&token)).is_ok());
}

#[test]
fn a_device_is_denied_or_expires() {
    let desk = Desk::new();
    let client = desk.register(for_devices);
    let device = desk.start_device(&client);
    desk.decide_device(&device, "deny");
    assert_eq!(desk.poll(&client, &device), refused("access_denied"));
    let device = desk.start_device(&client);
    desk.0.facts().skew = 601;
    assert_eq!(desk.poll(&client, &device), refused("expired_token"));
    assert_eq!(desk.decide_device(&device, "allow").status, 400);
}
