//! get-token with `apono_interactive`: one browser for all who wait, and a pause after a failure.

use std::path::Path;
use std::time::Duration;

use crate::sources::sign_in::{START_URL, STYLES, Style, laptop};
use crate::sso::person::{browser, links, signing_in};
use kit::browser::{Browser, opened};
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::Operation;
use kit::tools;

const ALICE: &str = "alice@example.com";

/// Nobody is signed in; the profile lets programs ask.
fn willing(style: Style) -> Laptop {
    let laptop = laptop(style);
    let config = laptop.home.read(".aws/config");
    let key = "[profile apono-k8s-access]\n";
    assert!(config.contains(key), "{config}");
    let config = config.replace(key, &format!("{key}apono_interactive = true\n"));
    laptop.home.write(".aws/config", config);
    laptop
}

/// A shell command on a terminal. What it writes comes on one stream there.
fn on_terminal(laptop: &Laptop, command: &str, browser: &Path) -> Run {
    let words = ["-qec", command, "/dev/null"];
    let run = laptop.home.run("script", words);
    run.env("BROWSER", browser).env("SHELL", "/bin/sh")
}

/// get-token on a terminal, its answer in a file.
fn get_token(laptop: &Laptop, browser: &Path, answer: &str) -> Run {
    on_terminal(
        laptop,
        &format!("apono-login {GET_TOKEN} >{answer}"),
        browser,
    )
}

/// How many browsers there were, once nothing runs any more.
fn browsers(laptop: &Laptop) -> usize {
    opened(&laptop.home, Duration::ZERO).len()
}

fn shows(output: &Output, words: &[&str]) {
    for word in words {
        assert!(output.stdout.contains(word), "{word:?} in\n{output}");
    }
}

#[test]
fn one_browser_for_five() {
    for style in STYLES {
        let laptop = willing(style);
        let second = laptop.home.read(".aws/config");
        let second = second
            .split_inclusive('\n')
            .skip_while(|line| !line.starts_with("[profile apono-k8s-access]"))
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .collect::<String>();
        let both = laptop.home.read(".aws/config") + "\n[profile second]\n" + &second;
        laptop.home.write(".aws/config", both);
        let browser = browser(&laptop);
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let run = |number: usize| {
                let profile = ["apono-k8s-access", "second"][number % 2];
                let answer = format!("answer-{number} --profile {profile}");
                let run = get_token(&laptop, &browser, &answer);
                scope.spawn(|| run.output())
            };
            let runs: Vec<_> = (0..5).map(run).collect();
            let link = links(&laptop, 1).remove(0);
            // Long enough for all of them to wait.
            std::thread::sleep(Duration::from_secs(1));
            assert_eq!(Browser::new().allow(&link, ALICE).status, 200);
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        for (number, output) in outputs.iter().enumerate() {
            assert!(output.status.success(), "{style:?}: {output}");
            let answer: serde_json::Value =
                serde_json::from_str(&laptop.home.read(&format!("answer-{number}"))).unwrap();
            assert_eq!(answer["kind"], "ExecCredential");
            for secret in laptop.aws.secrets() {
                assert!(!output.stdout.contains(&secret), "{output}");
            }
        }
        let asking = |output: &&Output| output.stdout.contains("Sign in at");
        assert_eq!(outputs.iter().filter(asking).count(), 1);
        assert_eq!(browsers(&laptop), 1, "{style:?}");
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1, "{style:?}");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), 1, "{style:?}");
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 2, "{style:?}");
    }
}

#[test]
fn nobody_is_asked_without_a_terminal_or_the_key() {
    let laptop = willing(Style::Session);
    let browser = browser(&laptop);
    let info = |interactive: bool| {
        format!(
            "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\
             \"spec\":{{\"interactive\":{interactive}}}}}\n"
        )
    };
    for info in [None, Some(info(true)), Some(info(false))] {
        let run = laptop.run(GET_TOKEN).env("BROWSER", &browser);
        let run = match info {
            Some(info) => run.env("KUBERNETES_EXEC_INFO", info),
            None => run,
        };
        laptop.fails_in_a_line(run, "");
    }
    // Standard input alone is none: what is said would not be seen, and the other way round nobody is there.
    for redirected in ["2>said", "</dev/null"] {
        let command = format!("apono-login {GET_TOKEN} {redirected}");
        on_terminal(&laptop, &command, &browser).exits(3);
    }
    for command in ["export-credentials", "status"] {
        laptop.run(command).env("BROWSER", &browser).output();
    }
    assert_eq!(browsers(&laptop), 0);

    let config = laptop.home.read(".aws/config");
    for value in ["", "apono_interactive = false\n"] {
        let config = config.replace("apono_interactive = true\n", value);
        laptop.home.write(".aws/config", config);
        let output = get_token(&laptop, &browser, "answer").exits(3);
        shows(&output, &["there is no SSO session", "run `apono-login`"]);
        assert_eq!(output.stdout.trim_end().lines().count(), 1, "{output}");
        assert_eq!(laptop.home.read("answer"), "");
    }
    assert_eq!(browsers(&laptop), 0);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 0);
}

#[test]
fn a_minute_of_peace_after_a_failure() {
    let laptop = willing(Style::Session);
    let first = browser(&laptop);
    let deny = |run: Run| {
        std::thread::scope(|scope| {
            scope.spawn(|| Browser::new().deny(&links(&laptop, 1)[0]));
            run.exits(3)
        })
    };
    let output = deny(get_token(&laptop, &first, "answer"));
    shows(&output, &["the sign-in was refused"]);
    assert_eq!(browsers(&laptop), 1);
    for _ in 0..3 {
        let output = get_token(&laptop, &first, "answer").exits(3);
        shows(
            &output,
            &[
                "failed less than a minute ago",
                START_URL,
                "run `apono-login`",
            ],
        );
        assert_eq!(laptop.home.read("answer"), "");
    }
    assert_eq!(browsers(&laptop), 1, "none of them opened another");
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);

    // Who types the command means it.
    let output = signing_in(&laptop, LOGIN, ALICE);
    assert!(output.status.success(), "{output}");
    assert_eq!(browsers(&laptop), 1);
    // It is over with the next sign-in: should that be ended, programs may ask again.
    laptop.aws.end_sign_ins();
    std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
    laptop.succeeds(laptop.run("logout"));
    let again = browser(&laptop);
    let run = get_token(&laptop, &again, "answer");
    std::thread::scope(|scope| {
        scope.spawn(|| Browser::new().allow(&links(&laptop, 1)[0], ALICE));
        run.succeeds()
    });
}

/// kubectl runs a plugin that fails five times over.
#[test]
fn through_kubectl() {
    let laptop = willing(Style::Session);
    assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let kubectl = tools::kubectl("1.34");
    let get_pods = format!("{} get pods", kubectl.display());
    let morning = || {
        laptop.aws.end_sign_ins();
        // Not there where the last one was denied.
        let _ = std::fs::remove_file(laptop.home.path(&Style::Session.token_file()));
        laptop.succeeds(laptop.run("logout"));
        laptop.aws.forget();
        // Without it kubectl asks for more, and runs us more often.
        let _ = std::fs::remove_dir_all(laptop.home.path(".kube/cache"));
        browser(&laptop)
    };

    let browser = morning();
    let run = on_terminal(&laptop, &get_pods, &browser);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| Browser::new().allow(&links(&laptop, 1)[0], ALICE));
        run.succeeds()
    });
    shows(&output, &["Sign in at", "cart-5f6b8c9d7-2xkqp"]);
    assert_eq!(browsers(&laptop), 1, "{output}");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    let browser = morning();
    let run = on_terminal(&laptop, &get_pods, &browser);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| Browser::new().deny(&links(&laptop, 1)[0]));
        run.exits(1)
    });
    shows(
        &output,
        &["the sign-in was refused", "failed less than a minute ago"],
    );
    assert_eq!(browsers(&laptop), 1, "{output}");

    // A script's kubectl has no terminal.
    let browser = morning();
    let run = laptop.home.run(kubectl, ["get", "pods"]);
    let output = run.env("BROWSER", &browser).exits(1);
    output.explains(&["you have to sign in", "run `apono-login`"]);
    assert_eq!(browsers(&laptop), 0, "{output}");
}
