//! What needs Linux or its programs here.

use super::*;
use crate::sources::sign_in::laptop;
use crate::sso::person::signed_in;
use crate::sso::person::token_file;
use crate::sso::watch::watched;

/// Whether FIPS and dual-stack are on (in a profile or the environment), and the hosts for the sign-in and for
/// credentials: the SDK's rules, <https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>.
type Hosts = (bool, bool, &'static str, &'static str);

const HOSTS: [Hosts; 4] = [
    (
        false,
        false,
        "oidc.eu-west-1.amazonaws.com",
        "portal.sso.eu-west-1.amazonaws.com",
    ),
    (
        true,
        false,
        "oidc-fips.eu-west-1.amazonaws.com",
        "portal.sso-fips.eu-west-1.amazonaws.com",
    ),
    (
        false,
        true,
        "oidc.eu-west-1.api.aws",
        "portal.sso.eu-west-1.api.aws",
    ),
    (
        true,
        true,
        "oidc-fips.eu-west-1.api.aws",
        "portal.sso-fips.eu-west-1.api.aws",
    ),
];

#[test]
fn fips_and_dual_stack() {
    std::thread::scope(|scope| {
        let threads = HOSTS.map(|hosts| {
            [false, true].map(|in_profile| scope.spawn(move || check_hosts(hosts, in_profile)))
        });
        for (title, thread) in threads.into_iter().flatten().enumerate() {
            for output in thread.join().unwrap() {
                output.recorded(&title.to_string());
            }
        }
    });
}

fn check_hosts((fips, dual_stack, oidc, portal): Hosts, in_profile: bool) -> [Output; 3] {
    let wanted = |names: [&'static str; 2]| {
        let all = names.into_iter().zip([fips, dual_stack]);
        all.filter(|(_, wanted)| *wanted).map(|(name, _)| name)
    };
    let laptop = laptop(Style::Session);
    let proxy = Proxy::start(Vec::new(), "403 Forbidden");
    let aws = |run: Run| {
        let run = run
            .env_remove("AWS_ENDPOINT_URL_SSO")
            .env_remove("AWS_ENDPOINT_URL_SSO_OIDC");
        let variables = wanted(["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]);
        let variables = variables.filter(|_| !in_profile);
        variables.fold(proxy.of(run), |run, name| run.env(name, "true"))
    };

    // The client is registered, and the person signed in, at the stand-in.
    signed_in(&laptop, LOGIN);
    laptop.succeeds(laptop.run("logout"));
    if in_profile {
        let keys = wanted(["use_fips_endpoint", "use_dualstack_endpoint"]);
        let keys: String = keys.map(|key| format!("{key} = true\n")).collect();
        let mut config = laptop.home.read(".aws/config");
        for section in ["[profile work]\n", "[profile apono-k8s-access]\n"] {
            assert!(config.contains(section), "{config}");
            config = config.replace(section, &format!("{section}{keys}"));
        }
        laptop.home.write(".aws/config", config);
    }
    let refused = |arguments: &str, host: &str| {
        let output = aws(laptop.run(arguments)).exits(4);
        laptop.check_discretion(&output);
        assert_eq!(proxy.hosts(), [format!("{host}:443")], "{in_profile}");
        output
    };

    // The host of the role credentials.
    let credentials = refused(LOGIN, portal);

    // The host of the authorization page, which takes no request to find out.
    let mut token = token_file(&laptop, Style::Session);
    let path = laptop.home.path(&Style::Session.token_file());
    std::fs::remove_file(&path).unwrap();
    let prepare = |run: Run| {
        let run = aws(run).env("BROWSER", browser(&laptop));
        run.env("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")
    };
    watched(&laptop, "login --no-browser", prepare, |run| {
        let page = run.said("/authorize?");
        let start = format!("https://{oidc}/authorize?response_type=code&client_id=");
        assert!(page.starts_with(&start), "{page}");
        run.signal("INT");
    });
    assert_eq!(proxy.hosts(), [""; 0], "{oidc}, {in_profile}");

    // The host where a client is registered and a token is renewed.
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let registration = refused("login --device-code", oidc);
    token["expiresAt"] = "2026-01-01T00:00:00Z".into();
    let token = token.to_string();
    laptop.home.write(&Style::Session.token_file(), token);
    [credentials, registration, refused(GET_TOKEN, oidc)]
}
