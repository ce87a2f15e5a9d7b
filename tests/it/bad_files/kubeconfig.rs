//! What may stand in the files of `KUBECONFIG`.

use std::time::{Duration, Instant};

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

fn view(laptop: &Laptop, kubeconfig: &str) -> serde_json::Value {
    let run = laptop.home.run(
        tools::kubectl("1.34"),
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
        println!("{name}");
        let laptop = Laptop::new();
        laptop.home.write(".kube/config", before);
        let mut theirs = match before.contains("name: kind") {
            true => view(&laptop, ".kube/config"),
            false => serde_json::json!({}),
        };
        laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
        let once = laptop.home.read(".kube/config");
        for comment in before.lines().filter(|line| line.contains('#')) {
            assert!(once.contains(comment), "{name}: {once}");
        }
        laptop
            .succeeds(laptop.run(UPDATE_KUBECONFIG))
            .explains(&["already up to date"]);
        let merged = view(&laptop, ".kube/config");
        assert_eq!(merged["current-context"], ARN, "{name}: {once}");
        for list in ["clusters", "contexts", "users"] {
            let all = merged[list].as_array().unwrap();
            let kept: Vec<_> = all
                .iter()
                .filter(|item| !item["name"].as_str().unwrap().contains(ARN))
                .cloned()
                .collect();
            assert_eq!(
                kept,
                theirs[list].take().as_array().cloned().unwrap_or_default(),
                "{name}: {once}"
            );
            assert!(
                all.iter()
                    .any(|item| item["name"].as_str().unwrap().contains(ARN)),
                "{name}: {once}"
            );
        }
        laptop.succeeds(laptop.run("uninstall --yes"));
        let after = laptop.home.read(".kube/config");
        assert!(!after.contains("apono-login"), "{name}: {after}");
    }
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let cases: [(&str, &[u8], &[&str]); 14] = [
        ("a string for a list", b"kind: Config\nclusters: \"x\"\n", &["line 2", "clusters"]),
        ("a map for a list", b"users: {a: b}\n", &["line 1", "users"]),
        ("a string for an item", b"contexts: [x]\n", &["line 1", "contexts"]),
        ("a list", b"- kind: Config\n", &["line 1"]),
        ("not YAML", b"clusters: [\nusers: }\n", &["line 1", "mismatched"]),
        ("a tab", b"clusters:\n\t- name: x\n", &["line 2"]),
        ("another kind", b"apiVersion: v1\nkind: Pod\n", &["kind is \"Pod\""]),
        ("another version", b"apiVersion: v2\nkind: Config\n", &["apiVersion is \"v2\""]),
        ("a key twice", b"users: []\nclusters: []\nusers: []\n", &["line 3", "\"users\" occurs twice"]),
        ("Latin-1", b"# gr\xf6\xdfe\n", &["line 1", "not UTF-8"]),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0", &["line 1"]),
        ("an alias for the list", b"x: &l []\nclusters: *l\n", &["line 2"]),
        ("a bomb", b"a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n\
            e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]\nclusters: x\n", &["line"]),
        ("two contexts of one name", b"contexts:\n- {name: a, context: {}}\n- {name: a, context: {}}\n", &["line 3", "\"a\" occurs twice"]),
    ];
    let laptop = Laptop::new();
    for (name, before, words) in cases {
        println!("{name}");
        laptop.home.write(".kube/config", before);
        for command in [
            UPDATE_KUBECONFIG,
            "update-kubeconfig --name prod --dry-run",
            "uninstall --yes",
        ] {
            if name.contains("alias") && command.starts_with("uninstall") {
                continue; // It can be read, and nothing in it is ours.
            }
            laptop
                .fails(laptop.run(command), 1, "")
                .explains(&[".kube/config was left as it is"]);
        }
        assert_eq!(
            std::fs::read(laptop.home.path(".kube/config")).unwrap(),
            before,
            "{name}"
        );
    }
    let deep = format!("x: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    laptop.home.write(".kube/config", &deep);
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, "");
    assert_eq!(laptop.home.read(".kube/config"), deep);
}

#[test]
fn somebody_elses_entries_of_the_same_name() {
    let laptop = Laptop::new();
    laptop.home.write(".kube/config", KIND);
    let named = |flags: &str| laptop.run(&format!("{UPDATE_KUBECONFIG} {flags}"));
    laptop.fails(named("--alias kind"), 1, "");
    laptop.fails(named("--user-alias kind"), 1, "");
    assert_eq!(laptop.home.read(".kube/config"), KIND);
    let nobodys = "contexts:\n- {name: kind, context: {cluster: kind, user: gone}}\n";
    laptop.home.write(".kube/config", nobodys);
    laptop.fails(named("--alias kind"), 1, "");
    assert_eq!(laptop.home.read(".kube/config"), nobodys);
    // As `aws eks update-kubeconfig` writes them: the cluster may be shared, the context would be taken over.
    let theirs = KIND
        .replace("kind: Config", "k: Config")
        .replace("kind", ARN)
        .replace("k: Config", "kind: Config");
    laptop.home.write(".kube/config", &theirs);
    laptop.fails(named(""), 1, "");
    assert_eq!(laptop.home.read(".kube/config"), theirs);
}

#[test]
fn several_files() {
    let corrupt = "clusters: [\n";
    // KUBECONFIG, and what stands in a, b and c; where the entry goes, where the current context.
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
        println!("{variable} {contents:?}");
        let laptop = Laptop::new();
        for (file, content) in ["a", "b", "c"].iter().zip(contents) {
            if let Some(content) = content {
                laptop.home.write(file, content);
            }
        }
        let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", variable);
        let Some((entry, current)) = places else {
            laptop.fails(run, 1, "");
            for (file, content) in ["a", "b", "c"].iter().zip(contents) {
                assert_eq!(
                    std::fs::read_to_string(laptop.home.path(file))
                        .ok()
                        .as_deref(),
                    content
                );
            }
            continue;
        };
        laptop.succeeds(run);
        for file in ["a", "b", "c"] {
            let text = std::fs::read_to_string(laptop.home.path(file)).unwrap_or_default();
            assert_eq!(text.contains("get-token"), file == entry, "{file}: {text}");
            assert_eq!(
                text.contains(&format!("current-context: {ARN}")),
                file == current,
                "{file}: {text}"
            );
        }
        assert_eq!(view(&laptop, variable)["current-context"], ARN);
        // The entry stays where it is, also behind other files.
        let run = laptop
            .run(UPDATE_KUBECONFIG)
            .env("KUBECONFIG", format!("new:{variable}"));
        laptop.succeeds(run);
        assert!(!laptop.home.path("new").exists());
        laptop.succeeds(laptop.run("uninstall --yes").env("KUBECONFIG", variable));
        for file in ["a", "b", "c"] {
            let text = std::fs::read_to_string(laptop.home.path(file)).unwrap_or_default();
            assert!(!text.contains("apono-login"), "{file}: {text}");
        }
    }
}

/// kubectl's lock; one that stays is not ours to break.
#[test]
fn a_lock_of_somebody_else() {
    let laptop = Laptop::new();
    laptop
        .home
        .write(".kube/config", KIND)
        .write(".kube/config.lock", "");
    let started = Instant::now();
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, "");
    assert!(started.elapsed() > Duration::from_secs(2));
    assert_eq!(laptop.home.read(".kube/config"), KIND);
    assert!(laptop.home.path(".kube/config.lock").exists());
    // One that goes away in time is waited for.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            std::fs::remove_file(laptop.home.path(".kube/config.lock")).unwrap();
        });
        laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    });
    assert!(!laptop.home.path(".kube/config.lock").exists());
}
