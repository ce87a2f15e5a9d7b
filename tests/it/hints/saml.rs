//! Signing in at an identity provider (SAML).

use super::law::{Scene, Situation};
use crate::saml::federation::{ALICE, Federation};
use kit::idp::Claims;

pub fn situations() -> Vec<Situation> {
    vec![Situation {
        name: "the response is another person's",
        make: || {
            let federation = Federation::installed();
            let response = federation.idp.response(&Claims::of("bob@example.com"));
            federation.laptop.home.write("bobs.txt", response);
            scene(federation, "login --saml-response bobs.txt")
                .retyped("apono-login get-token --cluster-name prod --region eu-west-1")
        },
    }]
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
