//! Files and entries that are rejected, with the reason. The file is not changed.

use super::super::*;
use super::{edited, entry, remove, upsert, use_context};

#[test]
fn invalid_files_are_rejected_with_their_line() {
    let syntax =
        |line: usize| move |e: &Error| matches!(e, Error::Syntax { line: l, .. } if *l == line);
    type Check = Box<dyn Fn(&Error) -> bool>;
    let field = |wanted: &'static str| -> Check {
        Box::new(move |e| matches!(e, Error::Type { field, .. } if field == wanted))
    };
    let cases: Vec<(&[u8], Check)> = vec![
        (b"clusters: \"x\"", field("clusters")),
        (b"clusters: {}", field("clusters")),
        (b"clusters: [a]", field("clusters[]")),
        (b"- a\n", field("")),
        (b"hello\n", field("")),
        (b"current-context: yes", field("current-context")),
        (b"current-context: y", field("current-context")),
        (b"current-context: 1_0", field("current-context")),
        (b"current-context: 1e3", field("current-context")),
        (b"clusters: [{name: 1.0}]", field("clusters[].name")),
        (
            b"users: [{name: a, user: {token: 1}}]",
            field("users[].user.token"),
        ),
        (
            b"users: [{name: a, user: {as-user-extra: {a: b}}}]",
            field("users[].user.as-user-extra"),
        ),
        (
            b"clusters: [{name: a, cluster: {certificate-authority-data: '!'}}]",
            field("clusters[].cluster.certificate-authority-data"),
        ),
        (
            b"kind: Pod",
            Box::new(|e| matches!(e, Error::NotAKubeconfig { key: "kind", .. })),
        ),
        (
            b"apiVersion: v2",
            Box::new(|e| matches!(e, Error::NotAKubeconfig { .. })),
        ),
        (
            b"a: 1\nb: \xff",
            Box::new(|e| *e == Error::NotUtf8 { line: 2 }),
        ),
        (b"a: \0", Box::new(syntax(1))),
        (
            b"clusters:\n\t- name: a\n",
            Box::new(|e| matches!(e, Error::Syntax { .. })),
        ),
        (
            b"a: 1\nb: [",
            Box::new(|e| matches!(e, Error::Syntax { .. })),
        ),
        (b"{\"a\": \"\\/\"}", Box::new(syntax(1))),
        (b"{\"a\": \"\\ud83d\\ude00\"}", Box::new(syntax(1))),
        ("x: 1 # a\u{85}kind: Pod".as_bytes(), Box::new(syntax(1))),
        // kubectl 1.32 refuses both.
        (b"a: 1\nclusters: &a:b\nb: 2", Box::new(syntax(2))),
        (b"{a: 1,\n\"b\nc\": 2}", Box::new(syntax(2))),
        (
            "x: 1\ny: a\u{2028}kind: Pod".as_bytes(),
            Box::new(syntax(2)),
        ),
        (b"x: &a [*a]", Box::new(syntax(1))),
        (b"x: *a", Box::new(syntax(1))),
        (b"? [a]\n: b", Box::new(syntax(1))),
        (b"~: b", Box::new(syntax(1))),
        (
            b"a: 1\na: 2",
            Box::new(|e| matches!(e, Error::DuplicateKey { line: 2, .. })),
        ),
        (
            b"contexts:\n- {name: a}\n- {name: a}",
            Box::new(|e| {
                matches!(
                    e,
                    Error::DuplicateName {
                        line: 3,
                        list: "contexts",
                        ..
                    }
                )
            }),
        ),
    ];
    for (file, check) in cases {
        let shown = String::from_utf8_lossy(file).into_owned();
        let error = read(file).expect_err(&shown);
        assert!(check(&error), "{shown}: {error:?}");
        assert_eq!(upsert(file, &entry()), Err(error.clone()), "{shown}");
        assert_eq!(use_context(file, "x"), Err(error.clone()), "{shown}");
        assert_eq!(remove(file), Err(error), "{shown}");
    }
}

#[test]
fn bombs_cost_no_more_than_their_bytes() {
    let mut aliases = "a0: &a0 [x, x]\n".to_owned();
    let mut merges = "m0: &m0 {server: x}\n".to_owned();
    let mut chain = "c0: &c0 {server: x}\n".to_owned();
    for i in 1..60 {
        let p = i - 1;
        aliases += &format!("a{i}: &a{i} [*a{p}, *a{p}]\n");
        merges += &format!("m{i}: &m{i} {{<<: [*m{p}, *m{p}]}}\n");
    }
    for i in 1..2000 {
        chain += &format!("c{i}: &c{i} {{<<: *c{}}}\n", i - 1);
    }
    for bomb in [aliases, merges, chain] {
        assert!(matches!(read(bomb.as_bytes()), Err(Error::TooLarge { .. })));
    }
    for deep in ["[", "{a: ", "- ", "? ", "[a "] {
        assert!(matches!(
            read(deep.repeat(50_000).as_bytes()),
            Err(Error::Syntax { .. })
        ));
    }
    let stairs: String = (0..1000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    assert!(matches!(read(stairs.as_bytes()), Err(Error::Syntax { .. })));
}

#[test]
fn conflicts_are_rejected_and_shared_text_is_not_changed() {
    let conflict = |file: &str| match upsert(file.as_bytes(), &entry()) {
        Err(Error::Conflict { line, field, .. }) => (line, field),
        other => panic!("{file}: {other:?}"),
    };
    let cluster = |field: &str| format!("clusters:\n- name: prod\n  cluster:\n    {field}\n");
    let at = conflict(&cluster("insecure-skip-tls-verify: true"));
    assert_eq!(at, (4, "insecure-skip-tls-verify"));
    let at = conflict(&cluster("certificate-authority: /ca"));
    assert_eq!(at, (4, "certificate-authority"));
    assert!(edited(&cluster("insecure-skip-tls-verify: false")).contains("verify: false\n"));
    assert_eq!(
        conflict("users:\n- name: prod\n  user: {token: t}\n"),
        (3, "token")
    );

    for shared in [
        "x: &x\n- name: a\nclusters: *x\n",
        "x: &x {server: a}\nclusters:\n- name: prod\n  cluster: *x\n",
        "x: &x\n  name: prod\n  cluster: {server: a}\nclusters:\n- *x\n",
    ] {
        let error = upsert(shared.as_bytes(), &entry()).unwrap_err();
        assert!(
            matches!(error, Error::Unsupported { .. }),
            "{shared}: {error:?}"
        );
    }
    // The anchor is in the item to edit, its alias in another item.
    let shared = "clusters:\n- name: prod\n  cluster: &c {server: a}\n- {name: b, cluster: *c}\n";
    let unsupported = |line, what| Err(Error::Unsupported { line, what });
    assert_eq!(upsert(shared.as_bytes(), &entry()), unsupported(4, "alias"));
    // A merge key after the field overrides it, so no edit has an effect.
    let merged = "x: &x {server: a}\nclusters:\n- name: prod\n  cluster: {server: b, <<: *x}\n";
    let error = upsert(merged.as_bytes(), &entry());
    assert_eq!(error, unsupported(4, "merge key"));
    // Nothing can be added to a document that has ended, or after a key whose value would become another.
    for ended in ["---\n...\n", "--- # mine\n---\n"] {
        for error in [
            upsert(ended.as_bytes(), &entry()),
            use_context(ended.as_bytes(), "x"),
        ] {
            assert_eq!(error, unsupported(1, "empty document"), "{ended}");
        }
    }
    let open =
        "clusters:\n- name: prod\n  cluster: {server: a}\nusers: [&x {name: a}]\n? x\n: |\n  a";
    assert!(upsert(open.as_bytes(), &entry()).is_ok());
    // Aliases and merge keys elsewhere, or with the right values, are fine.
    let fine = "x: &x {server: a, b: *y}\n".replace(", b: *y", "")
        + "clusters:\n- name: b\n  cluster: *x\n- name: c\n  cluster: {<<: *x, server: d}\n";
    let found = read(edited(&fine).as_bytes()).unwrap();
    let servers: Vec<&str> = found.clusters.iter().map(|c| c.server.as_str()).collect();
    assert_eq!(servers, ["a", "d", "https://prod.eks"]);
}

#[test]
fn an_entry_that_kubectl_could_not_read_is_not_written() {
    let field = |change: fn(&mut Entry)| {
        let mut entry = entry();
        change(&mut entry);
        upsert(b"", &entry)
    };
    let wrong = |field| Err(Error::Entry { field });
    assert_eq!(field(|e| e.cluster.name.clear()), wrong("cluster name"));
    assert_eq!(field(|e| e.user.exec.command.clear()), wrong("command"));
    let data = "certificate-authority-data";
    for ca in ["!", "Q0E", "Q0E==", "Q=E=", "Q0E=\u{e9}"] {
        let mut entry = entry();
        entry.cluster.certificate_authority_data = ca.to_owned();
        assert_eq!(upsert(b"", &entry), wrong(data), "{ca}");
    }
}

/// kubectl 1.32 and 1.37 were run with each of these files.
#[test]
fn what_kubectl_rejects_is_rejected() {
    let rejected = [
        "kind: Config\nclusters:\n-\tname: a\n",
        "kind: Config\nextensions:\n- name: a\n  extension: {}\n- name: a\n  extension: {}\n",
        "kind: Config\nclusters:\n- name: a\n  cluster:\n    server: x\n    extensions:\n    - name: a\n      extension: {}\n    - name: a\n      extension: {}\n",
        "kind: Config\n\t# c\nclusters: []\n",
        "kind: Config\n# c\n\t\nclusters: []\n",
        "kind: Config\nclusters:\n- name: a\n  cluster: {server: |\t\n  x}\n",
        "kind: Config\nclusters:\n- name: a\n  cluster: {}\nextensions:\n- name: e\n  extension: {a: 1}\n- extension: {}\n- extension: {}\n",
        "kind: Config\ncontexts:\n- name: a\n  context:\n    user: x\n    extensions:\n    - name: a\n      extension: {}\n    - name: a\n      extension: {}\nusers:\n- name: a\n  user:\n    extensions:\n    - name: a\n      extension: {}\n    - name: a\n      extension: {}\n",
        "kind: Config\npreferences:\n  extensions:\n    - name: a\n      extension: {}\n    - name: a\n      extension: {}\n",
        "kind: Config\nclusters: []\n\t",
        "kind: Config\n?\tclusters\n: []\n",
        "---\tkind: Config\n",
        "kind: Config\nclusters:\n- \tname: a\n",
        "kind: Config\nclusters:\n-\t- a\n",
        "kind: Config\ncurrent-context: a\n  b\n\tc\n",
        "kind: Config\ncurrent-context: a\n\tb\n",
        "kind: Config\nclusters:\n- \t# c\n  name: a\n",
        "kind: Config\n? clusters\n:\t[]\n",
        "\tkind: Config\n",
        "\t# c\nkind: Config\n",
        "# c\n \t# d\nkind: Config\n",
        "kind: Config\nclusters:\n- name: a\n  \tcluster: {}\n",
        "kind: Config\nclusters:\n- name: a\n  \t# c\n",
        "kind: Config\r\n\t\r\nclusters: []\r\n",
        "kind: Config\ncurrent-context: |\n  x\n\t\n",
        "kind: Config\ncurrent-context: |\n  x\n\t\nclusters: []\n",
        "kind: Config\ncurrent-context: |\n\tx\n",
        "kind: Config\nclusters:\n\t\n- name: a\n",
        "kind: Config\nclusters:\n\t- name: a\n",
        "kind: Config\nclusters: [\n\t{name: a}]\n\t# c\n",
        "kind: Config\n\t",
        "kind: Config\nusers:\n- name: a\n  user:\n    exec:\n      command: x\n      args:\n      -\tb\n",
        "kind: Config\nusers:\n- name: a\n  user:\n    exec:\n      command: x\n      args:\n      - \tb\n",
        "kind: Config\ncurrent-context: >\n  x\n \t\n  y\n",
        "kind: Config\ncurrent-context:\n\ta\n",
        "kind: Config\ncurrent-context:\n  \ta\n",
        "kind: Config\nclusters:\n- name: \"a\"\n\t\n",
        "kind: Config\nclusters: [a\t\n\t]\n",
        "kind: Config\nclusters:\n  - name: a\n   \n\t  \n",
        "{\n\t\"kind\": \"Config\"\n}\n\t\n",
    ];
    for file in rejected {
        assert!(read(file.as_bytes()).is_err(), "{file:?}");
    }
    // Tabs where kubectl takes them.
    let read_by_kubectl = [
        "kind: Config\nclusters:\t# c\n- name: a\n  cluster: {}\n",
        "kind: Config\nclusters:\n- name:\ta\n  cluster: {}\n",
        "kind: Config\nclusters:\n- name: a\t# c\n  cluster: {}\n",
        "kind: Config\nclusters: []\t\n",
        "kind: Config\nclusters: [\t]\n",
        "kind: Config\nclusters: [{name:\ta}]\n",
        "kind: Config\nclusters: [{name: a},\t{name: b}]\n",
        "kind: Config\nclusters:\n- name: \"a\"\t\n  cluster: {}\n",
        "kind: Config\nclusters:\n- name: a\n  cluster:\t{server: \"https://x\"}\n",
        "kind: Config\nclusters:\n- name: a b\tc\n  cluster: {}\n",
        "kind: Config\nclusters:\n- name\t: a\n  cluster: {}\n",
        "kind: Config\nclusters: [] # c\tx\n",
        "kind: Config\nclusters: [] \t # c\n",
        "kind: Config\nclusters:\n- name: &a\tx\n",
        "kind: Config\nclusters:\n- name: !!str\tx\n",
        "kind: Config\nclusters:\n- name: a\n  cluster:\n    server: |\t# c\n      x\n",
        "kind: Config\n---\t# c\nclusters: []\n",
        "---\t# c\nkind: Config\n",
        "\"apiVersion\":\t\"v1\"\nkind:\tConfig\n",
        "{\"apiVersion\":\t\"v1\",\n\t\"kind\":\t\"Config\"}\n",
        "kind: Config\ncurrent-context: \"a\n\tb\"\n",
        "kind: Config\ncurrent-context: \"a\n \tb\"\n",
        "kind: Config\nclusters: &a\t# c\n- name: a\n",
        "'kind'\t: Config\n",
        "---\t\nkind: Config\n",
        "--- \t# c\nkind: Config\n",
        "kind: Config\ncurrent-context: |\n  x\n  \ty\n",
        "kind: Config\n---\n\t# c\n",
        "kind: Config\n...\n\t# c\n",
        "kind: Config \t\nclusters: []\n",
        "kind: Config\t\n\nclusters: []\n",
        "kind: Config\nusers:\n- name: a\n  user:\n    exec:\n      command: x\n      args:\n      - b\t\n      - c\t# d\n",
        "kind: Config\ncurrent-context: a\n  \tb\n",
        "kind: Config\ncurrent-context: 'a\n\n\tb'\n",
        "kind: Config\n#\tc\n# \t\nclusters: []\n",
        "kind: Config\ncurrent-context: a #\tc\n",
        "kind: Config\ncurrent-context: a\t#c\n",
        "kind: Config\nclusters: [{name: a\t,\tcluster:\t{}\t}\t]\t\n",
        "{\"kind\": \"Config\", \"clusters\": [\n\t\t{\"name\": \"a\"}\n\t]\n}\n",
        "clusters:\n- cluster: {server: \"https://x\"}\n  name: a\nextensions:\n- name: a\n  extension: {}\n- name: b\n",
        "extensions:\n- extension: {a: 1}\n",
    ];
    for file in read_by_kubectl {
        assert!(read(file.as_bytes()).is_ok(), "{file:?}");
    }
}
