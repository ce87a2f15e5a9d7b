//! Which browser is found, and programs that are not such a browser.

use std::time::Instant;

use super::*;
use crate::sys::system::System;

/// Makes a folder with these programs in it.
fn folder(programs: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in programs {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Another process writes it: a program that is still open for writing, also in a child of another thread, cannot run.
        let from = folder.path().join("script");
        crate::sys::file::write_private(&from, format!("#!/bin/sh\n{script}\n").as_bytes())
            .unwrap();
        let mut install = crate::sys::process::command("install");
        let done = install.args(["-m", "700"]).args([&from, &path]).status();
        assert!(done.unwrap().success());
    }
    folder
}

fn places(folder: &tempfile::TempDir) -> Places {
    Places {
        system: System::Linux,
        named: None,
        browser: None,
        path: folder.path().into(),
        home: Some(folder.path().to_owned()),
        program_files: vec![folder.path().join("Program Files")],
    }
}

#[test]
fn the_one_that_is_named_then_preferred_then_installed() {
    let names = [
        "chromium",
        "brave-browser",
        "microsoft-edge",
        "firefox",
        "x",
    ];
    let folder = folder(&names.map(|name| (name, "")));
    let of = |change: &dyn Fn(&mut Places)| {
        let mut places = places(&folder);
        change(&mut places);
        find(&places).map(|found| found.name)
    };
    let ok = |name: &str| Ok(name.to_owned());
    assert_eq!(of(&|_| ()), ok("Microsoft Edge"));
    let prefers = |browser: &str| of(&|places| places.browser = Some(browser.to_owned()));
    assert_eq!(prefers("firefox:chromium %s"), ok("Chromium"));
    assert_eq!(prefers("'brave-browser' --x"), ok("Brave"));
    assert_eq!(prefers("firefox"), ok("Microsoft Edge"));
    assert_eq!(prefers("google-chrome"), ok("Microsoft Edge"));
    let named = |named: &str| of(&|places| places.named = Some(named.to_owned()));
    assert_eq!(named("chromium"), ok("Chromium"));
    // A named program is used, whatever it is.
    let x = folder.path().join("x").display().to_string();
    assert_eq!(named(&x), Ok(x.clone()));
    for missing in ["google-chrome", "../x", "", "/nowhere/chromium"] {
        let error = NotFound::Named {
            named: missing.to_owned(),
        };
        assert_eq!(named(missing), Err(error));
    }
    let nowhere = of(&|places| places.path = "/nowhere".into());
    assert_eq!(nowhere, Err(NotFound::Any));
}

#[test]
fn browsers_of_other_systems() {
    let mac = "Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    let folder = folder(&[(mac, "")]);
    let mut places = places(&folder);
    places.system = System::Mac;
    let found = find(&places).unwrap();
    assert_eq!(found.name, "Google Chrome");
    assert_eq!(found.program, folder.path().join(mac));

    // Spelled for this system, where a backslash is part of a name.
    let windows = r"Program Files/Microsoft\Edge\Application\msedge.exe";
    let folder = self::folder(&[(windows, "")]);
    let mut places = self::places(&folder);
    places.system = System::Windows;
    let found = find(&places).unwrap();
    assert_eq!(found.name, "Microsoft Edge");
    assert_eq!(found.program, folder.path().join(windows));
}

#[test]
fn a_snap_is_passed_over() {
    let folder = folder(&[("usr/bin/snap", "")]);
    let link = folder.path().join("chromium");
    std::os::unix::fs::symlink(folder.path().join("usr/bin/snap"), link).unwrap();
    assert_eq!(find(&places(&folder)), Err(NotFound::Any));
}

/// Runs a browser that is this script. Its messages are on descriptors 3 and 4.
fn run(script: &str, longest: Duration) -> (Result<Secret, Error>, Duration) {
    let folder = folder(&[("browser", script)]);
    let browser = Chromium {
        name: "x".to_owned(),
        program: folder.path().join("browser"),
    };
    let task = Task {
        url: "https://idp.example.com/",
        profile: folder.path(),
        patterns: &[],
        is_wanted: &|url| url == "https://aws/saml",
        is_redirect: &|url| url.starts_with("https://aws/saml?"),
        show: Show::Headless,
        keep_session: false,
        longest,
        longest_still: Some(Duration::from_secs(3)),
        report: &|_| (),
    };
    let started = Instant::now();
    let answer = intercept_post(&browser, &task);
    (answer, started.elapsed())
}

const PAUSED: &str = r#"{"method":"Fetch.requestPaused","params":{"requestId":"1","request":{"url":"https://aws/saml","method":"POST","postData":"SAMLResponse=x"}}}\0"#;
const OPENED: &str =
    r#"{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"7","type":"page"}}}\0"#;
const CLOSED: &str = r#"{"method":"Target.targetDestroyed","params":{"targetId":"7"}}\0"#;

#[test]
fn only_the_wanted_form_is_intercepted() {
    let other = PAUSED.replace("aws/saml", "aws/other");
    let get = PAUSED.replace("POST", "GET");
    let without = PAUSED.replace(r#","postData":"SAMLResponse=x""#, "");
    let answer = r#"{"id":4,"error":{"code":-32000,"message":"gone"}}\0"#;
    let messages =
        [&other, &get, &without, OPENED, answer, PAUSED].map(|m| format!("printf '{m}' >&4"));
    let (form, _) = run(&messages.join("\n"), Duration::from_secs(20));
    assert_eq!(form.unwrap().reveal(), "SAMLResponse=x");
}

#[test]
fn programs_that_are_not_such_a_browser() {
    let long = Duration::from_secs(20);
    let deaf = |script: &str, why: &str| {
        let (answer, _) = run(script, long);
        let error = answer.unwrap_err().to_string();
        assert!(error.starts_with("cannot be controlled: "), "{error}");
        assert!(error.contains(why), "{error}");
    };
    deaf(
        "printf 'hello\\0' >&4; cat <&3 >&4",
        "not a DevTools response",
    );
    let refused = r#"{"id":1,"error":{"code":-32000,"message":"DevTools are not allowed"}}\0"#;
    deaf(
        &format!("printf '{refused}' >&4"),
        "DevTools are not allowed",
    );

    let (answer, took) = run("echo a >&2; echo cannot open display >&2; exit 1", long);
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Ended { .. }), "{error}");
    let text = "exited before it opened a window; its output: cannot open display";
    assert_eq!(error.to_string(), text);
    assert!(took < Duration::from_secs(5));

    // It closes the pipe and goes on running.
    let (answer, took) = run("exec 3<&- 4>&-; sleep 60", long);
    assert!(matches!(answer, Err(Error::Ended { .. })), "{answer:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn every_wait_ends() {
    let two = Duration::from_secs(2);
    let (answer, took) = run("sleep 60", two);
    assert!(matches!(answer, Err(Error::Deaf { .. })), "{answer:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (answer, _) = run(&format!("printf '{OPENED}' >&4; sleep 60"), two);
    assert!(matches!(answer, Err(Error::TimedOut { .. })), "{answer:?}");
    // A page that stays, and one that goes on.
    let twenty = Duration::from_secs(20);
    let page = OPENED.replace(
        r#""type""#,
        r#""title":"Sign in","url":"https://idp.example.com/x","type""#,
    );
    let (answer, took) = run(&format!("printf '{page}' >&4; sleep 60"), twenty);
    let error = answer.unwrap_err().to_string();
    assert!(
        error.ends_with(r#"; it showed "Sign in" at https://idp.example.com"#),
        "{error}"
    );
    assert!(took < Duration::from_secs(15), "{took:?}");
    // As on macOS, where a browser without a window goes on running.
    let script = format!("printf '{OPENED}{CLOSED}' >&4; sleep 60");
    let (answer, took) = run(&script, Duration::from_secs(20));
    assert!(matches!(answer, Err(Error::Closed { .. })), "{answer:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    // A second window opens after the first one is closed.
    let again = OPENED.replace('7', "8");
    let script = format!("printf '{OPENED}{CLOSED}{again}' >&4; sleep 1; printf '{PAUSED}' >&4");
    assert!(run(&script, Duration::from_secs(20)).0.is_ok());
    let (answer, _) = run(
        &format!("printf '{OPENED}' >&4; yes | tr -d '\\n' >&4"),
        Duration::from_secs(20),
    );
    assert!(matches!(answer, Err(Error::TooLarge)), "{answer:?}");
}
