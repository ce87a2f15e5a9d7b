//! Edits, case by case. Rejected files are in [`rejected`], properties of any file in [`laws`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod env;
mod laws;
mod many;
mod own;
mod rejected;

use super::*;

fn exec() -> Exec {
    Exec {
        api_version: "client.authentication.k8s.io/v1".to_owned(),
        command: "/opt/apono-login".to_owned(),
        args: [
            "get-token",
            "--cluster-name",
            "prod",
            "--profile",
            "dev",
            "--api-version",
            "v1",
        ]
        .map(str::to_owned)
        .to_vec(),
        env: Vec::new(),
        interactive_mode: "IfAvailable".to_owned(),
        install_hint: "see #install: here".to_owned(),
        provide_cluster_info: false,
    }
}

fn entry() -> Entry {
    let name = "prod".to_owned();
    Entry {
        cluster: Cluster {
            name: name.clone(),
            server: "https://prod.eks".to_owned(),
            certificate_authority_data: "Q0E=".to_owned(),
            proxy_url: None,
        },
        user: User {
            name: name.clone(),
            exec: exec(),
            kept_env: Vec::new(),
        },
        context: Context {
            name,
            namespace: None,
        },
        former_cluster: "arn:prod".to_owned(),
    }
}

fn apply(file: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Error> {
    super::apply(file, Others::default(), edits)
}

fn upsert(file: &[u8], entry: &Entry) -> Result<Vec<u8>, Error> {
    apply(file, &[Edit::Upsert(Box::new(entry.clone()))])
}

fn ours(profile: &str) -> Edit {
    let profile = profile.parse().unwrap();
    Edit::Remove(Ours {
        profile,
        cluster: None,
    })
}

fn remove(file: &[u8]) -> Result<Vec<u8>, Error> {
    apply(file, &[ours("dev")])
}

fn use_context(file: &[u8], name: &str) -> Result<Vec<u8>, Error> {
    apply(file, &[Edit::Use(name.to_owned())])
}

fn rename_context(file: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Error> {
    let (from, to) = (from.to_owned(), to.to_owned());
    apply(file, &[Edit::Rename { from, to }])
}

fn set_namespace(file: &[u8], context: &str, namespace: &str) -> Result<Vec<u8>, Error> {
    let (context, namespace) = (context.to_owned(), namespace.to_owned());
    apply(file, &[Edit::Namespace { context, namespace }])
}

fn edited(file: &str) -> String {
    String::from_utf8(upsert(file.as_bytes(), &entry()).unwrap()).unwrap()
}

fn removed(file: &str) -> String {
    String::from_utf8(remove(file.as_bytes()).unwrap()).unwrap()
}

const EXEC_LINES: &str = "    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - get-token
      - --cluster-name
      - prod
      - --profile
      - dev
      - --api-version
      - v1
      command: /opt/apono-login
      env: null
      installHint: \"see #install: here\"
      interactiveMode: IfAvailable
      provideClusterInfo: false
";

#[test]
fn a_new_file_is_what_kubectl_writes() {
    let wanted = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: Q0E=\n    \
         server: https://prod.eks\n  name: prod\ncontexts:\n- context:\n    cluster: prod\n    \
         user: prod\n  name: prod\ncurrent-context: \"\"\nkind: Config\nusers:\n- name: prod\n  \
         user:\n{EXEC_LINES}"
    );
    for empty in [
        "",
        "\n",
        "{}\n",
        "---\n",
        "# mine\n",
        "# mine",
        "\u{feff}",
        "\u{feff}\u{feff}",
    ] {
        let after = edited(empty);
        assert_eq!(
            read(after.as_bytes()).unwrap().clusters,
            [FoundCluster {
                name: "prod".to_owned(),
                server: "https://prod.eks".to_owned(),
                certificate_authority_data: "Q0E=".to_owned(),
                proxy_url: String::new(),
                tls_server_name: String::new(),
            }],
            "{empty:?}"
        );
        assert_eq!(edited(&after), after);
        if empty != "{}\n" {
            let head = if empty == "# mine" {
                "# mine\n"
            } else {
                empty.trim_start_matches("\n")
            };
            assert_eq!(
                after.trim_start_matches('\n'),
                format!("{head}{wanted}"),
                "{empty:?}"
            );
        }
    }
}

#[test]
fn own_items_keep_the_fields_of_the_user() {
    let file = "\
contexts:
  - context: {cluster: old, user: prod, namespace: apps, extensions: []}   # ctx
    name: prod
users:
  - name: \"prod\"
    user:
      as: admin
      exec:
        command: aws   # the old one
        apiVersion: client.authentication.k8s.io/v1beta1
        args:
          - eks
          - get-token
        env:
          - {name: AWS_ENDPOINT_URL, value: p}
        x: y
clusters:
  - cluster:
      server: |
        https://old
      # keep me
      proxy-url: http://p
      tls-server-name: t
      extensions: [{name: e, extension: {a: 1}}]
    name: prod # ours
";
    let wanted = "\
contexts:
  - context: {cluster: \"prod\", user: prod, namespace: apps, extensions: []}   # ctx
    name: prod
users:
  - name: \"prod\"
    user:
      as: admin
      exec:
        command: /opt/apono-login   # the old one
        apiVersion: client.authentication.k8s.io/v1
        args:
        - get-token
        - --cluster-name
        - prod
        - --profile
        - dev
        - --api-version
        - v1
        env:
          - {name: AWS_ENDPOINT_URL, value: p}
        x: y
        installHint: \"see #install: here\"
        interactiveMode: IfAvailable
clusters:
  - cluster:
      server: https://prod.eks
      # keep me
      proxy-url: http://p
      tls-server-name: t
      extensions: [{name: e, extension: {a: 1}}]
      certificate-authority-data: Q0E=
    name: prod # ours
";
    assert_eq!(edited(file), wanted);
    assert_eq!(edited(wanted), wanted);
    assert_eq!(removed(wanted), "contexts: []\nusers: []\nclusters: []\n");
}

#[test]
fn a_namespace_is_kept_unless_one_is_set() {
    let file = edited("");
    let with = |file: &str, namespace: Option<&str>| {
        let mut entry = entry();
        entry.context.namespace = namespace.map(str::to_owned);
        let after = upsert(file.as_bytes(), &entry).unwrap();
        let found = read(&after).unwrap().contexts[0].namespace.clone();
        (String::from_utf8(after).unwrap(), found)
    };
    let (apps, found) = with(&file, Some("apps"));
    assert_eq!(found.as_deref(), Some("apps"));
    assert_eq!(with(&apps, None), (apps.clone(), found));
    assert_eq!(
        with(&apps, Some("n")).1.as_deref(),
        Some("n"),
        "not the boolean `n`"
    );
}

#[test]
fn flow_style_and_json_are_kept() {
    for file in [
        "{\"clusters\":[{\"name\":\"a\"}],\"users\":null}",
        "{\n\t\"clusters\": [],\n\t\"users\": [\n\t\t{\n\t\t\t\"name\": \"a\"\n\t\t}\n\t]\n}\n",
        "{\r\n  \"contexts\": [ {\"name\": \"a\"} ]\r\n}",
    ] {
        let after = edited(file);
        let value: serde_json::Value = serde_json::from_str(&after).unwrap();
        assert_eq!(
            value["users"].as_array().unwrap().last().unwrap()["name"],
            "prod"
        );
        assert_eq!(edited(&after), after);
        serde_json::from_str::<serde_json::Value>(&removed(&after)).unwrap();
    }
    let flow = "clusters: [{name: a} # one\n  , {name: b}, ] # c\n";
    let after = edited(flow);
    assert!(
        after.starts_with("clusters: [{name: a} # one\n  , {name: b}, {\"cluster\""),
        "{after}"
    );
    let kept = removed(&after);
    assert!(kept.starts_with(flow), "{kept}");
}

#[test]
fn only_the_first_document_is_read_and_the_others_are_kept() {
    let file = "---\ncurrent-context: a\n---\nclusters: [ } not yaml\n";
    assert_eq!(
        read(file.as_bytes()).unwrap().current_context.as_deref(),
        Some("a")
    );
    let after = edited(file);
    assert!(
        after.ends_with("\n---\nclusters: [ } not yaml\n"),
        "{after}"
    );
}

#[test]
fn remove_keeps_what_other_entries_use() {
    let file = edited(
        "clusters:\n- name: a\n# between\n- name: shared\ncontexts:\n- name: mine\n  context: \
         {cluster: shared, user: prod}\n- name: theirs\n  context: {cluster: shared, user: u}\n\
         users:\n- name: u\ncurrent-context: prod\n",
    );
    let config = read(removed(&file).as_bytes()).unwrap();
    let names: Vec<_> = config.clusters.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "shared"]);
    assert_eq!(config.contexts.len(), 1);
    assert_eq!(config.users.len(), 1);
    assert_eq!(config.current_context, None);
    assert_eq!(
        apply(file.as_bytes(), &[ours("other")]).unwrap(),
        file.as_bytes()
    );
}

#[test]
fn strings_that_yaml_would_read_as_something_else_are_quoted() {
    for name in [
        "yes",
        "n",
        "~",
        "null",
        "12",
        "1e3",
        "0x1F",
        ".inf",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "!a",
        "é\u{85}\u{feff}",
        "\u{1f600}",
        "a\nb",
        "\u{7}",
        "\"'\\",
        "C:\\Program Files\\x",
        " a",
        "a ",
        "a:",
        "--- ",
        "%a",
        "@a",
        "`a",
        "{a}",
        "<<",
        "=",
        "2020-01-01",
        "arn:aws:eks:x:1:c/p",
    ] {
        let mut entry = entry();
        entry.cluster.name = name.to_owned();
        entry.user.name = name.to_owned();
        entry.context.name = name.to_owned();
        entry.user.exec.args = vec![name.to_owned(), String::new()];
        for file in ["", "{}", "clusters: [{name: x}]\n"] {
            let after = upsert(file.as_bytes(), &entry).unwrap();
            assert_eq!(read(&after).unwrap().contexts[0].user, name);
            let after = use_context(&after, name).unwrap();
            assert_eq!(read(&after).unwrap().current_context.as_deref(), Some(name));
        }
    }
}

#[test]
fn set_namespace_changes_nothing_else() {
    let file = "# mine\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\n\
                - name: prod # ours\n  context:\n    cluster: prod\n    namespace: shop # here\n    user: prod\n";
    let set = |file: &str, name: &str, namespace: &str| {
        String::from_utf8(set_namespace(file.as_bytes(), name, namespace).unwrap()).unwrap()
    };
    let removed = set(file, "prod", "");
    assert_eq!(removed, file.replace("shop", "\"\""));
    assert_eq!(
        read(removed.as_bytes()).unwrap().contexts[1].namespace,
        None
    );
    assert_eq!(set(file, "prod", "cart"), file.replace("shop", "cart"));
    assert_eq!(
        set(file, "kind", "cart"),
        file.replace("user: kind}", "user: kind, \"namespace\": \"cart\"}")
    );
    for same in [
        set(file, "prod", "shop"),
        set(file, "kind", ""),
        set(file, "other", "cart"),
        set(file, "other", ""),
    ] {
        assert_eq!(same, file);
    }
    let alias = "a: &x {name: old, context: {cluster: a, user: b}}\ncontexts: [*x]\n";
    let rejected = set_namespace(alias.as_bytes(), "old", "cart");
    assert!(
        matches!(rejected, Err(Error::Unsupported { .. })),
        "{rejected:?}"
    );
}

#[test]
fn rename_context_changes_nothing_else() {
    let file = "# mine\ncurrent-context: old\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\n\
                - name: 'old' # ours\n  context:\n    cluster: prod\n    user: prod\n    extensions: [{name: x, extension: 1}]\n";
    let renamed = |file: &str, to: &str| {
        String::from_utf8(rename_context(file.as_bytes(), "old", to).unwrap()).unwrap()
    };
    let after = renamed(file, "new");
    let expected = file
        .replace("current-context: old", "current-context: new")
        .replace("- name: 'old'", "- name: 'new'");
    assert_eq!(after.replace("- name: new", "- name: 'new'"), expected);
    for same in [renamed(file, "old"), renamed(&after, "other")] {
        assert!(same == file || same == after, "{same}");
    }
    let other = file.replace("current-context: old", "current-context: kind");
    assert!(renamed(&other, "new").contains("current-context: kind\n"));
    // If a context of the new name exists, it is kept.
    let merged = renamed(file, "kind");
    let config = read(merged.as_bytes()).unwrap();
    assert_eq!(config.current_context.as_deref(), Some("kind"));
    let names: Vec<_> = config.contexts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["kind"]);
    // Flow style and JSON.
    let flow =
        "{\"contexts\": [{\"name\": \"old\", \"context\": {\"cluster\": \"a\", \"user\": \"b\"}}]}";
    assert_eq!(renamed(flow, "new"), flow.replace("\"old\"", "\"new\""));
    let alias = "a: &x {name: old, context: {cluster: a, user: b}}\ncontexts: [*x]\n";
    let rejected = rename_context(alias.as_bytes(), "old", "new");
    assert!(
        matches!(rejected, Err(Error::Unsupported { .. })),
        "{rejected:?}"
    );
}

/// A line after such a scalar would add a line break to its value: the new lines are placed before it.
#[test]
fn a_file_that_ends_in_a_block_scalar_without_a_line_break() {
    let user = "users:\n- name: a\n  user:\n    token: |\n      abc";
    for file in [
        format!("kind: Config\n{user}"),
        format!("{user}\n\n\n     "),
        format!("{user} "),
        format!("{user}: \t"),
        user.to_owned(),
        format!("clusters:\n- name: b\ncontexts:\n# mine\n- name: c\n{user}"),
        "x: []\nclusters:\n- name: prod\n  cluster:\n    x: |\n     a".to_owned(),
    ] {
        let after = edited(&file);
        let lines: Vec<_> = after.lines().collect();
        assert!(file.lines().all(|line| lines.contains(&line)), "{after}");
        assert!(after.ends_with(&file[file.len() - 3..]), "{after}");
        assert_eq!(edited(&after), after);
        let back = removed(&after);
        assert_eq!(
            read(back.as_bytes()).unwrap().users,
            read(file.as_bytes()).unwrap().users,
            "{back}"
        );
    }
}

#[test]
fn the_first_key_has_a_tag_or_an_anchor_or_is_explicit() {
    for first in [
        "!b kind: Config",
        "&a kind: Config",
        "! &a  kind: Config",
        "? !b kind\n: Config",
        "! ::",
    ] {
        for (before, end) in [("", ""), ("", "\n"), ("# mine\n", "\n")] {
            let file = format!("{before}{first}{end}");
            let added = format!("{before}{first}\ncurrent-context: x{end}");
            assert_eq!(use_context(file.as_bytes(), "x").unwrap(), added.as_bytes());
        }
    }
    let item = "contexts:\n- !t name: a\n  &b context:\n    !t user: u\n";
    let named = set_namespace(item.as_bytes(), "a", "shop").unwrap();
    assert_eq!(named, format!("{item}    namespace: shop\n").as_bytes());
}

/// A list without a value at the end of the document, where the keys that are missing go.
#[test]
fn the_last_key_is_empty_and_others_are_missing() {
    for file in [
        "apiVersion: v1\nclusters: null\nkind: Config\nusers:\n",
        "contexts:\nkind: Config\nusers:",
        "kind: Config\ncurrent-context:\n",
        "clusters:\n",
    ] {
        let edits = [
            Edit::Upsert(Box::new(entry())),
            Edit::Use(entry().context.name),
        ];
        let after = apply(file.as_bytes(), &edits).unwrap();
        let config = read(&after).unwrap();
        assert!(Index::of(&config).has(&entry()), "{file}");
        assert_eq!(config.current_context, Some(entry().context.name), "{file}");
        assert_eq!(apply(&after, &edits).unwrap(), after, "{file}");
    }
}
