//! A team that signs in with SAML.

use crate::saml::federation::Federation;
use crate::team::setting::{config_recorded, contexts, lists_pods};
use kit::standin::{Operation, ROLE_ARN};

/// The SAML response holds the email, and is also used for the role.
#[test]
fn the_response_tells_the_email_and_serves_for_the_role() {
    let federation = Federation::new();
    let laptop = &federation.laptop;
    let file = format!(
        "[[accounts]]\nid = \"111122223333\"\nsaml_provider = \"Okta\"\nsaml_url = \"{}\"\n\
         clusters = [{{ name = \"prod\", region = \"eu-west-1\", alias = \"prod\" }}]\n",
        federation.idp.url()
    );
    laptop.home.write("team.toml", &file);
    // The longest session, which is requested first.
    laptop.aws.set_max_session(ROLE_ARN, 43_200);
    let run = |arguments: &str| federation.succeeds(laptop.run(arguments));
    federation.fails(
        laptop.run("install --from team.toml"),
        2,
        "without a terminal",
    );
    run("install --from team.toml --yes").recorded("");
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(federation.browsers().len(), 1);
    assert_eq!(laptop.aws.count(Operation::AssumeRoleWithSaml), 1);
    config_recorded(laptop);
    lists_pods(laptop, "prod");
    run("install --from team.toml").recorded("again");
    run("uninstall --all --yes").recorded("");
    assert_eq!(laptop.home.read(".aws/config"), "");
    assert!(contexts(laptop).is_empty());
}
