//! Contents of the files in `KUBECONFIG`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use kit::laptop::{Laptop, UPDATE_KUBECONFIG};
use kit::tools;

const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const KIND: &str = "\
apiVersion: v1
clusters:
- cluster: {server: 'https://127.0.0.1:1'}   # local
  name: kind
contexts:
- {name: kind, context: {cluster: kind, user: kind}}
current-context: kind
kind: Config
users:
- name: kind
  user:
    token: secret
";

pub fn view(laptop: &Laptop, kubeconfig: &str) -> Value {
    let run = laptop.home.run(
        tools::kubectl("1.37"),
        ["config", "view", "--raw", "-o", "json"],
    );
    run.env("KUBECONFIG", kubeconfig).succeeds().json()
}

#[test]
fn what_is_unusual_stays() {
    let crlf = KIND.replace('\n', "\r\n");
    let unknown = format!(
        "{KIND}preferences: {{colors: true}}\nextensions:\n- name: x\n  extension: {{a: [1, 2]}}\nx-mine: ~\n"
    );
    let anchors = KIND.replace("    token: secret", "    token: &t secret")
        + "- name: other\n  user:\n    token: *t\n";
    let cases = [
        ("empty", ""),
        ("comments", "# mine\n\n# all mine\n"),
        (
            "nulls",
            "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: ~\nusers:\ncurrent-context: \"\"\n",
        ),
        (
            "empty lists",
            "kind: Config\nclusters: []\ncontexts: []\nusers: [ ]\n",
        ),
        (
            "JSON",
            "{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"clusters\":[],\"contexts\":[],\"users\":[]}\n",
        ),
        ("a document marker", "---\nkind: Config\n"),
        ("kind", KIND),
        ("no final newline", KIND.trim_end()),
        ("CRLF", &crlf),
        ("unknown fields", &unknown),
        ("anchors", &anchors),
    ];
    for (name, before) in cases {
        let laptop = Laptop::new();
        laptop.home.write(".kube/config", before);
        let mut theirs = match before.contains("name: kind") {
            true => view(&laptop, ".kube/config"),
            false => json!({}),
        };
        laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
        let once = laptop.home.read(".kube/config");
        for comment in before.lines().filter(|line| line.contains('#')) {
            assert!(once.contains(comment), "{name}: {once}");
        }
        laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
        assert_eq!(laptop.home.read(".kube/config"), once, "{name}");
        let merged = view(&laptop, ".kube/config");
        assert_eq!(merged["current-context"], ARN, "{name}: {once}");
        for list in ["clusters", "contexts", "users"] {
            let all = merged[list].as_array().unwrap().iter();
            let is_ours = |item: &&Value| item["name"].as_str().unwrap().contains(ARN);
            let (ours, kept): (Vec<_>, Vec<_>) = all.cloned().partition(|item| is_ours(&item));
            let expected = theirs[list].take().as_array().cloned().unwrap_or_default();
            assert_eq!(kept, expected, "{name}: {once}");
            assert_eq!(ours.len(), 1, "{name}: {once}");
        }
        laptop.succeeds(laptop.run("uninstall --yes"));
        let after = laptop.home.read(".kube/config");
        assert!(!after.contains("apono-login"), "{name}: {after}");
    }
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let cases: [(&str, &[u8]); 14] = [
        ("a string for a list", b"kind: Config\nclusters: \"x\"\n"),
        ("a map for a list", b"users: {a: b}\n"),
        ("a string for an item", b"contexts: [x]\n"),
        ("a list", b"- kind: Config\n"),
        ("not YAML", b"clusters: [\nusers: }\n"),
        ("a tab", b"clusters:\n\t- name: x\n"),
        ("another kind", b"apiVersion: v1\nkind: Pod\n"),
        ("another version", b"apiVersion: v2\nkind: Config\n"),
        ("a key twice", b"users: []\nclusters: []\nusers: []\n"),
        ("Latin-1", b"# gr\xf6\xdfe\n"),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0"),
        ("an alias for the list", b"x: &l []\nclusters: *l\n"),
        ("a bomb", b"a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n\
            e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]\nclusters: x\n"),
        ("two contexts of one name", b"contexts:\n- {name: a, context: {}}\n- {name: a, context: {}}\n"),
    ];
    let laptop = Laptop::new();
    for (name, before) in cases {
        laptop.home.write(".kube/config", before);
        for command in [
            UPDATE_KUBECONFIG,
            "update-kubeconfig --name prod --dry-run",
            "uninstall --yes",
        ] {
            if name.contains("alias") && command.starts_with("uninstall") {
                continue; // It can be read, and has no entry of the tool.
            }
            laptop.fails(laptop.run(command), 1, name);
        }
        let after = std::fs::read(laptop.home.path(".kube/config")).unwrap();
        assert_eq!(after, before, "{name}");
    }
    let deep = format!("x: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    laptop.home.write(".kube/config", &deep);
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, "too deep");
    assert_eq!(laptop.home.read(".kube/config"), deep);
}

#[test]
fn entries_of_others_with_the_same_name() {
    let laptop = Laptop::new();
    let unused = "contexts:\n- {name: kind, context: {cluster: kind, user: gone}}\n";
    // Entries as `aws eks update-kubeconfig` writes them: the cluster could be shared, but the context would be replaced.
    let aws = KIND
        .replace("kind: Config", "k: Config")
        .replace("kind", ARN);
    let aws = aws.replace("k: Config", "kind: Config");
    for (title, theirs, flags) in [
        ("the context", KIND, "--alias kind"),
        ("the user", KIND, "--user-alias kind"),
        ("a context without a cluster", unused, "--alias kind"),
        ("of the AWS CLI", &aws, ""),
    ] {
        laptop.home.write(".kube/config", theirs);
        let run = laptop.run(&format!("{UPDATE_KUBECONFIG} {flags}"));
        laptop.fails(run, 1, title);
        assert_eq!(laptop.home.read(".kube/config"), theirs);
    }
}

#[test]
fn several_files() {
    let corrupt = "clusters: [\n";
    // KUBECONFIG and the content of a, b and c; the file of the new entry, and the file of the current context.
    let cases = [
        ("a:b:c", [None, None, None], Some(("a", "a"))),
        ("a:b:c", [None, Some(KIND), None], Some(("a", "b"))),
        (
            "a:b:c",
            [Some("kind: Config\n"), Some(KIND), None],
            Some(("a", "b")),
        ),
        ("a:b:c", [Some(KIND), Some(KIND), None], Some(("a", "a"))),
        (":a::b:a", [None, None, None], Some(("a", "a"))),
        ("a:b:c", [Some(corrupt), Some(KIND), None], None),
        ("a:b:c", [Some(KIND), Some(corrupt), None], None),
    ];
    for (variable, contents, places) in cases {
        let laptop = Laptop::new();
        let files = ["a", "b", "c"];
        for (file, content) in files.iter().zip(contents) {
            content.map(|content| laptop.home.write(file, content));
        }
        let found = |file: &str| std::fs::read_to_string(laptop.home.path(file)).ok();
        let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", variable);
        let Some((entry, current)) = places else {
            laptop.fails(run, 1, variable);
            assert_eq!(
                files.map(found),
                contents.map(|content| content.map(str::to_owned))
            );
            continue;
        };
        laptop.succeeds(run);
        for file in files {
            let text = found(file).unwrap_or_default();
            assert_eq!(text.contains("get-token"), file == entry, "{file}: {text}");
            assert_eq!(
                text.contains(&format!("current-context: {ARN}")),
                file == current,
                "{file}: {text}"
            );
        }
        assert_eq!(view(&laptop, variable)["current-context"], ARN);
        // The entry stays in its file, even if other files come first.
        let run = laptop
            .run(UPDATE_KUBECONFIG)
            .env("KUBECONFIG", format!("new:{variable}"));
        laptop.succeeds(run);
        assert!(!laptop.home.path("new").exists());
        laptop.succeeds(laptop.run("uninstall --yes").env("KUBECONFIG", variable));
        for file in files {
            let text = found(file).unwrap_or_default();
            assert!(!text.contains("apono-login"), "{file}: {text}");
        }
    }
}

/// kubectl's lock file: if it stays, it is not removed.
#[test]
fn the_lock_of_another_program() {
    let laptop = Laptop::new();
    laptop
        .home
        .write(".kube/config", KIND)
        .write(".kube/config.lock", "");
    let started = Instant::now();
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 4, "");
    assert!(started.elapsed() > Duration::from_secs(2));
    assert_eq!(laptop.home.read(".kube/config"), KIND);
    assert!(laptop.home.path(".kube/config.lock").exists());
    // If the lock file disappears in time, the command continues.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            std::fs::remove_file(laptop.home.path(".kube/config.lock")).unwrap();
        });
        laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    });
    assert!(!laptop.home.path(".kube/config.lock").exists());
}
