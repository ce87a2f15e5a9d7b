//! get-token with `apono_interactive`: waiting processes share one browser, and a failure is followed by a pause.

use crate::sources::sign_in::{STYLES, Style, laptop};
use crate::sso::person::{allow, browser, browsers, links, signed_in, while_running};
use kit::browser::Browser;
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::Operation;
use kit::tools;

const OWN: &str = "[profile apono-k8s-access]\n";

/// Returns a laptop without a sign-in, whose profile allows programs to start one.
fn willing(style: Style) -> Laptop {
    let laptop = laptop(style);
    let config = laptop.home.read(".aws/config");
    assert!(config.contains(OWN), "{config}");
    let config = config.replace(OWN, &format!("{OWN}apono_interactive = true\n"));
    laptop.home.write(".aws/config", config);
    laptop
}

/// Runs get-token on a terminal, with its output in a file.
fn get_token(laptop: &Laptop, answer: &str) -> Run {
    let file = answer.split(' ').next().unwrap();
    laptop.home.planted_at(laptop.home.path(file));
    let command = format!("apono-login {GET_TOKEN} >{answer}");
    laptop.home.on_terminal(&command)
}

/// Simulates the next morning: the sign-in has ended, and no credentials are cached.
fn morning(laptop: &Laptop) {
    laptop.aws.end_sign_ins();
    // The file does not exist if the last sign-in was denied.
    let _ = std::fs::remove_file(laptop.home.path(&Style::Session.token_file()));
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.forget();
}

#[test]
fn one_browser_for_five() {
    for style in STYLES {
        let laptop = willing(style);
        let config = laptop.home.read(".aws/config");
        let (_, own) = config.split_once(OWN).unwrap();
        let own = own.split("\n[").next().unwrap();
        let both = format!("{config}\n[profile second]\n{own}\n");
        laptop.home.write(".aws/config", both);
        let browser = browser(&laptop);
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let run = |number: usize| {
                let profile = ["apono-k8s-access", "second"][number % 2];
                let run = get_token(&laptop, &format!("answer-{number} --profile {profile}"));
                let run = run.env("BROWSER", &browser);
                scope.spawn(|| run.succeeds())
            };
            let runs: Vec<_> = (0..5).map(run).collect();
            let link = links(&laptop, 1).remove(0);
            // Long enough for all processes to wait.
            std::thread::sleep(std::time::Duration::from_secs(1));
            allow(&link);
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        for (number, output) in outputs.iter().enumerate() {
            let answer = laptop.home.read(&format!("answer-{number}"));
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer["kind"], "ExecCredential");
            for secret in laptop.aws.secrets() {
                assert!(!output.stdout.contains(&secret), "{output}");
            }
        }
        let asking = |output: &&Output| output.stdout.contains("http://127.0.0.1:");
        assert_eq!(outputs.iter().filter(asking).count(), 1);
        assert_eq!(browsers(&laptop), 1, "{style:?}");
        for (operation, count) in [
            (Operation::CreateToken, 1),
            (Operation::RegisterClient, 1),
            (Operation::AssumeRole, 2),
        ] {
            assert_eq!(laptop.aws.count(operation), count, "{style:?}");
        }
    }
}

#[test]
fn no_user_is_asked_without_a_terminal_or_the_key() {
    let laptop = willing(Style::Session);
    let browser = browser(&laptop);
    for interactive in [None, Some(true), Some(false)] {
        let mut run = laptop.run(GET_TOKEN).env("BROWSER", &browser);
        if let Some(interactive) = interactive {
            let info = serde_json::json!({
                "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                "spec": { "interactive": interactive },
            });
            run = run.env("KUBERNETES_EXEC_INFO", format!("{info}\n"));
        }
        laptop.fails_in_a_line(run, &format!("kubectl says: {interactive:?}"));
    }
    // A terminal on only one of stdin and stderr is not enough: messages could not be read, or prompts not answered.
    for redirected in ["2>said", "</dev/null"] {
        let run = get_token(&laptop, &format!("/dev/null {redirected}"));
        run.env("BROWSER", &browser).exits(3);
    }
    for command in ["export-credentials", "status"] {
        laptop.run(command).env("BROWSER", &browser).exits(3);
    }

    let config = laptop.home.read(".aws/config");
    for value in ["", "apono_interactive = false\n"] {
        let config = config.replace("apono_interactive = true\n", value);
        laptop.home.write(".aws/config", config);
        let run = get_token(&laptop, "answer").env("BROWSER", &browser);
        run.exits(3).recorded("not allowed by the profile");
        assert_eq!(laptop.home.read("answer"), "");
    }
    assert_eq!(browsers(&laptop), 0);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 0);
}

#[test]
fn a_minute_of_peace_after_a_failure() {
    let laptop = willing(Style::Session);
    let deny = |link: &str| Browser::new().deny(link);
    let (output, _) = while_running(&laptop, get_token(&laptop, "answer"), deny);
    output.ended(3).recorded("denied");
    let browser = laptop.home.path("browser");
    for _ in 0..3 {
        let run = get_token(&laptop, "answer").env("BROWSER", &browser);
        run.exits(3).recorded("less than a minute later");
        assert_eq!(laptop.home.read("answer"), "");
    }
    assert_eq!(browsers(&laptop), 1, "none of them opened another");
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);

    // A command that the person types signs in without a pause.
    signed_in(&laptop, LOGIN);
    assert_eq!(browsers(&laptop), 1);
    // That sign-in ended the pause, so programs may start the next one.
    morning(&laptop);
    let (output, _) = while_running(&laptop, get_token(&laptop, "answer"), allow);
    output.ended(0).recorded("after another sign-in");
}

/// kubectl runs a failing plugin five times.
#[test]
fn through_kubectl() {
    let laptop = willing(Style::Session);
    signed_in(&laptop, LOGIN);
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let kubectl = tools::kubectl("1.37");
    let get_pods = format!("{} get pods", kubectl.display());
    let on_terminal = || {
        let run = laptop.home.on_terminal(&get_pods);
        run.known_as("kubectl get pods # on a terminal")
    };
    let morning = || {
        morning(&laptop);
        // Without its cache, kubectl makes more requests and runs the plugin more often.
        let _ = std::fs::remove_dir_all(laptop.home.path(".kube/cache"));
    };

    morning();
    let (output, _) = while_running(&laptop, on_terminal(), allow);
    output.ended(0).recorded("allowed");
    assert_eq!(browsers(&laptop), 1);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    morning();
    let (output, _) = while_running(&laptop, on_terminal(), |link| Browser::new().deny(link));
    output.ended(1).recorded("denied");
    assert_eq!(browsers(&laptop), 1);

    // kubectl in a script has no terminal.
    morning();
    let run = laptop.home.run(kubectl, ["get", "pods"]);
    let run = run.known_as("kubectl get pods");
    run.env("BROWSER", browser(&laptop))
        .exits(1)
        .recorded("no terminal");
    assert_eq!(browsers(&laptop), 0);
}
