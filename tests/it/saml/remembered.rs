//! Sessions at the identity provider that end with the browser: their cookie has no lifetime, as Keycloak and SimpleSAMLphp set it.

use std::time::Duration;

use crate::saml::federation::{BROWSERS, Federation};
use kit::idp::Cookie;
use kit::laptop::{GET_TOKEN, LOGIN};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn kept_where_the_profile_says_so() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.idp.set_cookie(Cookie::Session(HOUR));
    federation.make_interactive();
    let config = laptop.home.read(".aws/config");
    let keep = |value: &str| {
        let config = format!("{config}apono_saml_keep_session = {value}\n");
        laptop.home.write(".aws/config", config);
    };
    keep("yes");
    federation.fails(laptop.run(LOGIN), 1, "not a value");
    keep("true");
    federation.succeeds(laptop.run(LOGIN));
    for _ in 0..2 {
        federation.log_out();
        laptop.succeeds(laptop.run(GET_TOKEN));
    }
    assert_eq!(federation.idp.sign_ins(), 1);
    let [window, silent, again] = federation.browsers().try_into().unwrap();
    for arguments in [&window, &silent, &again] {
        assert!(arguments.contains("--restore-last-session"), "{arguments}");
    }
    assert!(silent.contains("--headless=new"), "{silent}");
    // The browser keeps cookies, and no pages: they hold responses.
    let pages = |path: &&std::path::PathBuf| path.display().to_string().contains("/Sessions/");
    assert_eq!(federation.remembered().iter().find(pages), None);
    federation.succeeds(laptop.run("logout --sso")).recorded("");
    assert!(!laptop.home.path(&format!("{BROWSERS}/x")).exists());
    assert_eq!(federation.remembered().len(), 0);
    federation.no_browser_is_left();
}

#[test]
fn one_that_was_never_remembered_is_given_up_soon() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.idp.set_cookie(Cookie::Session(HOUR));
    federation.make_interactive();
    federation.succeeds(laptop.run(LOGIN));
    federation.idp.set_person(None);
    federation.log_out();
    // The page waits for some seconds, not for twenty.
    let output = laptop.run(&format!("{GET_TOKEN} --verbose")).output();
    let (_, seconds) = output.stderr.split_once("posted to AWS within ").unwrap();
    let (seconds, _) = seconds.split_once(' ').unwrap();
    assert!(
        (5..20).contains(&seconds.parse::<u32>().unwrap()),
        "{output}"
    );
    assert_eq!(federation.browsers().len(), 2);
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "again");
    assert_eq!(federation.browsers().len(), 2);
    federation.no_browser_is_left();
}
