//! What needs Linux or its programs here.

use super::*;
use kit::tools;
use serde_json::Value;
use serde_json::json;

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
