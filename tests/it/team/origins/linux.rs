//! What needs Linux or its programs here.

use super::*;
use crate::saml::federation::Federation;
use kit::idp::Claims;
use kit::idp::PROVIDER_ARN;
use kit::standin::ROLE_ARN;

/// A team that signs in with SAML: the response is not for what the file says.
#[test]
fn an_identity_provider() {
    let file = |federation: &Federation| {
        format!(
            "[[accounts]]\nid = \"{ACCOUNT}\"\nsaml_provider = \"Okta\"\nsaml_url = \"{}\"\n\
             clusters = [{{ name = \"prod\", region = \"eu-west-1\", alias = \"prod\" }}]\n",
            federation.idp.url()
        )
    };
    let entra = PROVIDER_ARN.replace("Okta", "Entra");
    let elsewhere = "arn:aws:iam::444455556666:role/ops/admin".to_owned();
    let other = PROVIDER_ARN.replace(ACCOUNT, OTHER_ACCOUNT);
    let with = |role: &str, provider: &str| Claims {
        roles: vec![(role.to_owned(), provider.to_owned())],
        ..Claims::of(ALICE)
    };
    let elsewhere_audience = Claims {
        audience: Some("https://sp.example.net".to_owned()),
        ..Claims::of(ALICE)
    };
    for (title, claims, hints) in [
        (
            "another provider",
            with(ROLE_ARN, &entra),
            &["change `saml_provider` in line 3 of team.toml to Entra"][..],
        ),
        (
            "another role",
            with(&elsewhere, &other),
            &[
                "change `id` in line 2 of team.toml to 444455556666 and add `role_name = \"ops/admin\"` at the top of team.toml",
            ],
        ),
        (
            "another audience",
            elsewhere_audience,
            &["does not open AWS, correct `saml_url` in line 4 of team.toml"],
        ),
        (
            "another person",
            Claims::of("bob@example.com"),
            &[
                "if bob@example.com is you, run `apono-login install --from team.toml --email bob@example.com --yes`",
            ],
        ),
    ] {
        let federation = Federation::new();
        federation.laptop.home.write("team.toml", file(&federation));
        federation.idp.set_claims(claims);
        let commands: &[&str] = match title {
            // Without an email, that of the response is taken.
            "another person" => &[INSTALL],
            _ => &[YES, INSTALL],
        };
        for command in commands {
            let run = federation.laptop.run(command);
            let output = federation.fails(run, 1, &format!("{title}, {command}"));
            output.explains(hints);
            names_no_flag_for_one_profile(&output);
        }
    }
}

/// The steps without a browser name the profile, and what `install --from` lacks before it is written.
#[test]
fn by_hand() {
    let federation = Federation::new();
    let url = federation.idp.url();
    let account = |name: &str, id: &str| {
        format!(
            "[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\nsaml_provider = \"Okta\"\nsaml_url = \"{url}\"\n\
             clusters = [{{ name = \"{name}\", region = \"eu-west-1\" }}]\n"
        )
    };
    let file = account("prod", ACCOUNT) + &account("staging", OTHER_ACCOUNT);
    federation.laptop.home.write("team.toml", file);
    let login = "`apono-login login --saml-response response.txt --profile apono-k8s-access-prod`";
    let without_email = format!("{YES} --no-browser");
    let output = federation.fails(federation.laptop.run(&without_email), 3, "before");
    output.explains(&[login, "add `--email` to the command"]);
    let with_email = format!("{INSTALL} --no-browser");
    let output = federation.fails(federation.laptop.run(&with_email), 3, "after");
    output.explains(&[login]);
    assert!(!output.stderr.contains("without a sign-in"), "{output}");
}
