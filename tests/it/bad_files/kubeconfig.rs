//! Contents of the files in `KUBECONFIG`.

#[cfg(target_os = "linux")]
pub mod linux;

use std::time::{Duration, Instant};

use kit::laptop::{Laptop, UPDATE_KUBECONFIG};

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
