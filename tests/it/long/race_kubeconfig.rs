//! `update-kubeconfig` against `kubectl config` and an editor that writes in place: no file, no edit of ours and no edit of theirs
//! is lost.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::long::race::{Lost, Other, succeeded};
use crate::long::{Tally, rounds, spread};
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};
use kit::tools;

const KUBE: &str = ".kube/config";
const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
current-context: first
clusters:
- cluster:
    server: https://127.0.0.1:6443
  name: mine
users:
- name: mine
  user:
    token: abc
contexts:
- context:
    cluster: mine
    namespace: before
    user: mine
  name: first
- context:
    cluster: mine
    user: mine
  name: second
preferences: {}
";
const WHOLE: [&str; 4] = [
    "https://127.0.0.1:6443",
    "token: abc",
    "name: first",
    "name: second",
];

/// Returns a laptop whose kubeconfig has our entries too, and its text.
fn laptop() -> (Laptop, String) {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run("login"));
    laptop.home.write(KUBE, KUBECONFIG);
    laptop.succeeds(laptop.run(&format!("{UPDATE_KUBECONFIG} --no-switch --alias ours")));
    let text = laptop.home.read(KUBE);
    (laptop, text)
}

fn usual_time(run: impl FnOnce()) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

/// Updates our entry while the other program does `meanwhile`, which returns its edit unless it has failed.
fn round(
    laptop: &Laptop,
    number: usize,
    after: Duration,
    lost: &mut Lost,
    meanwhile: impl FnOnce() -> Option<String> + Send,
) -> Result<(), String> {
    let command = format!("{UPDATE_KUBECONFIG} --no-switch --alias ours --namespace ours-{number}");
    let (output, theirs) = std::thread::scope(|scope| {
        let other = scope.spawn(meanwhile);
        std::thread::sleep(after);
        let output = laptop.run(&command).output();
        (output, other.join().unwrap())
    });
    let ours = succeeded(&output)?.then(|| format!("namespace: ours-{number}\n"));
    let text = laptop.home.read(KUBE);
    let judged = lost.judge(&text, &WHOLE, theirs.as_deref(), ours.as_deref());
    let lock = laptop.home.path(".kube/config.lock");
    match lock.exists() {
        true => Err(format!("{} is left", lock.display())),
        false => judged,
    }
}

#[test]
fn update_kubeconfig_against_kubectl() {
    let (mut tally, mut lost) = (
        Tally::new("update-kubeconfig against kubectl config"),
        Lost::default(),
    );
    let (laptop, before) = laptop();
    let kubectl = tools::kubectl("1.37");
    let run = |words: &[&str]| {
        laptop
            .home
            .run(&kubectl, [&["config"], words].concat())
            .output()
    };
    let theirs = usual_time(|| drop(run(&["view"])));
    for number in 0..rounds(16, 500) {
        laptop.home.write(KUBE, &before);
        let result = round(
            &laptop,
            number,
            theirs.mul_f64(spread(number)),
            &mut lost,
            || {
                let namespace = format!("theirs-{number}");
                let flag = format!("--namespace={namespace}");
                let (words, edit) = match number % 2 {
                    0 => (
                        vec!["set-context", "first", &flag],
                        format!("namespace: {namespace}\n"),
                    ),
                    _ => (
                        vec!["use-context", "second"],
                        "current-context: second\n".to_owned(),
                    ),
                };
                run(&words).status.success().then_some(edit)
            },
        );
        tally.round(result.map_err(|error| format!("round {number}: {error}")));
    }
    tally.note = lost.note();
    tally.end();
}

#[test]
fn update_kubeconfig_against_an_editor() {
    let (mut tally, mut lost) = (
        Tally::new("update-kubeconfig against an editor in place"),
        Lost::default(),
    );
    let (laptop, before) = laptop();
    let mut other = Other::start();
    let ours = usual_time(|| {
        drop(
            laptop
                .run(&format!("{UPDATE_KUBECONFIG} --dry-run"))
                .output(),
        )
    });
    for number in 0..rounds(10, 500) {
        laptop.home.write(KUBE, &before);
        let path = laptop.home.path(KUBE).display().to_string();
        let how = ["held", "half"][number % 2];
        let (namespace, after) = (
            format!("theirs-{number}"),
            ours.mul_f64(spread(number) * 1.2),
        );
        other.told(&json!({
            "how": how, "path": path, "from": "before", "to": namespace, "after": after.as_secs_f64(),
        }));
        other.says("open");
        let other = &mut other;
        let result = round(&laptop, number, Duration::ZERO, &mut lost, || {
            other.says("done");
            Some(format!("namespace: {namespace}\n"))
        });
        tally.round(result.map_err(|error| format!("round {number}, {how}: {error}")));
    }
    tally.note = lost.note();
    tally.end();
}
