//! Signing in at an identity provider (SAML).

use super::law::{Scene, Situation};
use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, Idp, PROVIDER_ARN};
use kit::laptop::Laptop;
use kit::standin::{ROLE_ARN, Role};

const BOB: &str = "bob@example.com";

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "the response is another person's",
            make: || {
                let federation = Federation::installed();
                let response = federation.idp.response(&Claims::of("bob@example.com"));
                federation.laptop.home.write("bobs.txt", response);
                scene(federation, "login --saml-response bobs.txt")
                    .retyped("apono-login get-token --cluster-name prod --region eu-west-1")
            },
        },
        Situation {
            name: "the response is for another role",
            make: || {
                let federation = Federation::installed();
                let admin = "arn:aws:iam::111122223333:role/admin";
                federation.laptop.aws.put_role(Role::guide(admin));
                federation.laptop.aws.trust_saml(admin, PROVIDER_ARN);
                for_role(federation, admin, PROVIDER_ARN)
            },
        },
        Situation {
            name: "the response is of another provider",
            make: || {
                let federation = Federation::installed();
                let aws = &federation.laptop.aws;
                let certificate = federation.idp.provider_certificate();
                let entra = aws.add_saml_provider("Entra", &certificate);
                aws.trust_saml(ROLE_ARN, &entra);
                for_role(federation, ROLE_ARN, &entra)
            },
        },
        Situation {
            name: "the identity provider remembers another user",
            make: || {
                let federation = after_bob();
                let config = federation.laptop.home.read(".aws/config");
                let alices = config.replace(BOB, ALICE);
                federation.laptop.home.write(".aws/config", alices);
                in_browser(federation, "login")
            },
        },
        Situation {
            name: "install finds another user remembered",
            make: || {
                let federation = after_bob();
                let second = federation.short(&format!("--profile second --email {ALICE}"));
                in_browser(federation, &second).retyped("apono-login status --profile second")
            },
        },
        Situation {
            name: "the link opens something else than AWS",
            make: || {
                let federation = Federation::installed();
                federation.idp.set_claims(Claims {
                    audience: Some("https://sp.example.net".to_owned()),
                    ..Claims::of(ALICE)
                });
                let right = Idp::start();
                right.set_person(Some(ALICE));
                let mut scene = in_browser(federation, "login").knows("URL", right.url());
                scene.idps.push(right);
                scene
            },
        },
    ]
}

/// Returns a laptop where Bob has signed in, and the identity provider remembers him in the browser. Alice is the person now.
fn after_bob() -> Federation {
    let federation = Federation::new();
    federation.idp.set_person(Some(BOB));
    federation.succeeds(federation.laptop.run(&federation.short("")));
    federation.idp.set_person(Some(ALICE));
    federation
}

/// The browser needs no display.
fn in_browser(federation: Federation, typed: &str) -> Scene {
    let Federation { laptop, idp, .. } = federation;
    let Laptop { aws, home } = laptop;
    let chromium = home.path("chromium").display().to_string();
    let script = format!("unset DISPLAY\nexec '{chromium}' \"$@\"\n");
    let browser = home.program("headless", &script);
    let home = home.with_env("APONO_LOGIN_BROWSER", browser);
    Scene {
        idps: vec![idp],
        ..Scene::new(Laptop { aws, home }, format!("apono-login {typed}"))
    }
}

/// Alice's response holds this role with this provider only.
fn for_role(federation: Federation, role: &str, provider: &str) -> Scene {
    let claims = Claims {
        roles: vec![(role.to_owned(), provider.to_owned())],
        ..Claims::of(ALICE)
    };
    let response = federation.idp.response(&claims);
    federation.laptop.home.write("other.txt", response);
    scene(federation, "login --saml-response other.txt")
}

/// Alice's response is in response.txt, as she would save it.
fn scene(federation: Federation, typed: &str) -> Scene {
    let response = federation.idp.response(&Claims::of(ALICE));
    let Federation { laptop, idp, .. } = federation;
    laptop.home.write("response.txt", response);
    Scene {
        idps: vec![idp],
        ..Scene::new(laptop, format!("apono-login {typed}"))
    }
}
