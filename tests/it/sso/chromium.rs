//! Signing in with a real headless Chromium: it opens the link, runs the sign-in page's script, follows
//! the redirect to the program's port, and shows the program's page.
use crate::sources::sign_in::{ALICE, laptop_over_tls};
use crate::sso::watch::wait_for;
use kit::laptop::{LOGIN, Laptop};
use kit::standin::Operation;
use kit::tools;

/// Returns a command for BROWSER: Chromium with a new browser profile, which writes the page it shows last to `~/shown`.
pub fn chromium(laptop: &Laptop) -> String {
    let home = laptop.home.path("").display().to_string();
    let script = format!(
        "#!/bin/sh\nexec {} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
         --disable-background-networking --disable-component-update --ignore-certificate-errors \
         --user-data-dir='{home}/chromium' --virtual-time-budget=20000 --dump-dom \"$1\" >'{home}/shown' 2>'{home}/chromium.log'\n",
        tools::chromium().display()
    );
    laptop.home.write("chromium.sh", script);
    // The browser's history has the link with the code.
    laptop.home.planted_at(laptop.home.path("chromium"));
    format!("/bin/sh {home}/chromium.sh %s")
}

#[test]
fn a_real_browser_signs_in() {
    let laptop = laptop_over_tls();
    laptop.aws.set_auto_consent(Some(ALICE));
    let run = laptop.run(LOGIN).env("BROWSER", chromium(&laptop));
    laptop.succeeds(run).recorded("");
    for operation in [
        Operation::Authorize,
        Operation::Consent,
        Operation::CreateToken,
        Operation::AssumeRole,
    ] {
        assert_eq!(laptop.aws.count(operation), 1, "{operation:?}");
    }
    let shown = wait_for("the last page", || {
        let shown = laptop.home.read("shown");
        shown.contains("</html>").then_some(shown)
    });
    assert!(shown.contains("terminal"), "{shown}");
}
