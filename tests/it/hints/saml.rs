//! Signing in at an identity provider (SAML).

use super::law::{Scene, Situation};
use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, PROVIDER_ARN};
use kit::standin::{ROLE_ARN, Role};

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
    ]
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
        _idp: Some(idp),
        ..Scene::new(laptop, format!("apono-login {typed}"))
    }
}
