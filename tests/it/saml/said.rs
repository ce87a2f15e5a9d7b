//! What is said where the identity provider is the cause: with its own values, and who can fix it.

use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, PROVIDER_ARN, Seal, Way};
use kit::laptop::LOGIN;
use kit::standin::ROLE_ARN;

fn claims(change: impl FnOnce(&mut Claims)) -> Claims {
    let mut claims = Claims::of(ALICE);
    change(&mut claims);
    claims
}

#[test]
fn what_is_copied_out_of_firefox() {
    let federation = Federation::installed();
    let response = federation.idp.response(&Claims::of(ALICE));
    let post_data = format!("SAMLResponse={response}\nRelayState=\n");
    federation.succeeds(federation.bring_text(&post_data));
    let windows: Vec<u8> = format!("\u{feff}{post_data}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    federation.succeeds(federation.bring_text(windows));
    let shown = format!("SAMLResponse: \"{}…\"", &response[..500]);
    federation.fails(federation.bring_text(shown), 1, "cut off");
    let url = format!(
        "https://signin.aws.amazon.com/saml?SAMLResponse={}",
        "fZFfa8IwFMW%2F".repeat(9)
    );
    federation.fails(federation.bring_text(url), 1, "a URL");
}

#[test]
fn roles_under_another_name_and_no_roles() {
    let federation = Federation::installed();
    let pair = format!("{ROLE_ARN},{PROVIDER_ARN}");
    // As Keycloak's own mapper sends them.
    let keycloak = claims(|c| {
        c.roles.clear();
        c.attributes.push(("Role".to_owned(), pair.clone()));
    });
    federation.fails(federation.bring(&keycloak), 1, "another name");
    let without = claims(|c| {
        c.roles.clear();
        c.attributes
            .push(("Role".to_owned(), "offline_access".to_owned()));
    });
    federation.fails(federation.bring(&without), 1, "no role");
    let short = claims(|c| (c.issued, c.not_on_or_after) = (-1000, -942));
    federation.fails(federation.bring(&short), 3, "58 seconds");
    let unsigned = claims(|c| c.seal = Seal::Nothing);
    federation.fails(federation.bring(&unsigned), 1, "unsigned");
}

#[test]
fn a_response_by_redirect() {
    let federation = Federation::installed();
    federation.idp.set_way(Way::RedirectGet);
    federation.fails(federation.laptop.run(LOGIN), 1, "");
    federation.no_browser_is_left();
}
