//! Signing in with the browser people have: a real Chromium, headless, opens the link, runs the sign-in page's script, follows
//! the redirect to our port, and shows our page.
use crate::sources::sign_in::Style;
use kit::laptop::{INSTALL, LOGIN, Laptop};
use kit::standin::{Operation, Options};
use kit::tools;

/// For BROWSER: Chromium with a fresh profile of its own, which leaves what it shows in the end in `~/shown`.
pub fn chromium(laptop: &Laptop) -> String {
    let home = laptop.home.path("").display().to_string();
    let script = format!(
        "#!/bin/sh\nexec {} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
         --disable-background-networking --disable-component-update --ignore-certificate-errors \
         --user-data-dir='{home}/chromium' --virtual-time-budget=20000 --dump-dom \"$1\" >'{home}/shown' 2>'{home}/chromium.log'\n",
        tools::chromium().display()
    );
    laptop.home.write("chromium.sh", script);
    format!("/bin/sh {home}/chromium.sh %s")
}

#[test]
fn a_real_browser_signs_in() {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", Style::Session.config());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
    laptop.aws.set_auto_consent(Some("alice@example.com"));
    let run = laptop.run(LOGIN).env("BROWSER", chromium(&laptop));
    let output = run.output();
    assert!(
        output.status.success(),
        "{output}{}",
        laptop.home.read("chromium.log")
    );
    output.explains(&["You are alice@example.com", "in your browser"]);
    laptop.check_discretion(&output);
    for operation in [
        Operation::Authorize,
        Operation::Consent,
        Operation::CreateToken,
        Operation::AssumeRole,
    ] {
        assert_eq!(laptop.aws.count(operation), 1, "{operation:?}");
    }
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !laptop.home.read("shown").contains("</html>") && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let shown = laptop.home.read("shown");
    assert!(shown.contains("back to the terminal"), "{shown}");
}
