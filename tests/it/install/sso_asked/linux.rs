//! What needs Linux or its programs here.

use super::*;
use crate::install::linux::typed;
use crate::install::sso::SOURCE;
use crate::install::sso::SOURCE_SECTION;
use crate::install::sso::mark;
use crate::install::sso::own;

#[test]
fn a_person_on_a_fresh_laptop_is_asked() {
    let laptop = fresh();
    let lines = [
        "111122223333",
        "eu-west-1",
        "http://example.awsapps.com/start",
        "https://example.awsapps.com/start/#/",
        "Engineer",
    ];
    let asked = typed(&laptop, "install --email alice@example.com", &lines);
    asked.succeeds().recorded("");
    let config = laptop.home.read(".aws/config");
    let own_section = own(SOURCE, Some(mark(&config)));
    let expected = format!("{SESSION_SECTION}\n{SOURCE_SECTION}\n{own_section}");
    assert_eq!(config, expected);

    // Without an access portal, the person sets up the source profile in another way.
    let laptop = fresh();
    let lines = ["111122223333", "eu-west-1", "", "alice@example.com"];
    let asked = typed(&laptop, "install", &lines);
    asked.succeeds().recorded("no portal");
    assert_eq!(laptop.home.read(".aws/config"), own("default", None));
}

/// The URL of an identity provider is for SAML, and the hint names the right option.
#[test]
fn a_link_of_an_identity_provider_is_no_portal() {
    let laptop = fresh();
    let lines = [
        "111122223333",
        "eu-west-1",
        "https://example.okta.com/home/amazon_aws/0oa1/272",
    ];
    typed(&laptop, "install", &lines).exits(1).recorded("");
    assert!(!laptop.home.path(".aws/config").exists());
}
