//! A team that signs in at an identity provider.

use crate::saml::federation::Federation;
use crate::team::setting::{ALICE, contexts, lists_pods};
use kit::standin::{Operation, ROLE_ARN};

/// The email is the identity provider's word, and its one response is good for the role, too.
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
    // As long as is asked for at first.
    laptop.aws.set_max_session(ROLE_ARN, 43_200);
    let nobody = laptop.run("install --from team.toml").exits(2);
    nobody.explains(&["missing: --email"]);
    let output = federation.succeeds(laptop.run("install --from team.toml --yes"));
    output.explains(&[
        "added       profile apono-k8s-access",
        "added       context prod",
    ]);
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(federation.browsers().len(), 1);
    assert_eq!(laptop.aws.count(Operation::AssumeRoleWithSaml), 1);
    let config = laptop.home.read(".aws/config");
    for line in [
        format!("apono_role_session_name = {ALICE}\n"),
        "apono_saml_provider_arn = arn:aws:iam::111122223333:saml-provider/Okta\n".to_owned(),
        "apono_team = 127.0.0.1_".to_owned(),
    ] {
        assert!(config.contains(&line), "{line}: {config}");
    }
    lists_pods(laptop, "prod");
    let again = federation.succeeds(laptop.run("install --from team.toml"));
    again.explains(&["Everything is up to date"]);
    let done = federation.succeeds(laptop.run("uninstall --all"));
    done.explains(&[
        "Removed profile apono-k8s-access from ",
        "Signed out at http://127.0.0.1",
    ]);
    assert_eq!(laptop.home.read(".aws/config"), "");
    assert!(contexts(laptop).is_empty());
}
