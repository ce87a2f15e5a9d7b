//! Completions of names, in real shells with the committed scripts.

use kit::{Home, tools};

const CONFIG: &str = "\
[default]
region = eu-west-1

[profile apono-k8s-access]
role_arn = arn:aws:iam::111122223333:role/apono-k8s-access
role_session_name = alice@example.com
source_profile = default
region = xx-mars-7

[profile staging/k8s+eu@1]
role_arn = arn:aws:iam::111122223333:role/apono-k8s-access
role_session_name = alice@example.com
source_profile = work

[profile work]
region = eu-west-1

[profile $(touch evil)]
role_arn = arn:aws:iam::111122223333:role/apono-k8s-access
role_session_name = alice@example.com
source_profile = default
region = `touch evil`
";

/// Returns a kubeconfig with two entries of the tool, a malicious one, and one of another program.
fn kubeconfig() -> String {
    let user = |name: &str, command: &str, cluster: &str, region: &str| {
        format!(
            "- name: {name}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      \
             command: {command}\n      args: [get-token, --cluster-name, {cluster}, --region, {region}]\n"
        )
    };
    let users = [
        user("a", "/usr/local/bin/apono-login", "prod", "eu-west-1"),
        user("b", "apono-login", "prelude-2", "xx-venus-2"),
        user("c", "apono-login", "'$(touch evil)'", "'; touch evil'"),
        user("d", "aws-iam-authenticator", "theirs", "xx-pluto-9"),
    ];
    format!(
        "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers:\n{}",
        users.concat()
    )
}

fn home() -> Home {
    let home = Home::new();
    home.write(".aws/config", CONFIG);
    home.write(".kube/config", kubeconfig());
    home
}

#[track_caller]
fn nothing_was_run(home: &Home) {
    assert!(!home.path("evil").exists(), "a name was run as a command");
}

fn script(file: &str) -> String {
    let path = tools::in_repository(&format!("completions/{file}"));
    path.to_str().unwrap().to_owned()
}

/// The text before the name, the start of the name, names that must be offered, and names that must not.
const CASES: [(&str, &str, &[&str], &[&str]); 8] = [
    (
        "apono-login --profile",
        "",
        &["apono-k8s-access", "staging/k8s+eu@1"],
        &["work"],
    ),
    (
        "apono-login --profile",
        "sta",
        &["staging/k8s+eu@1"],
        &["apono-k8s-access"],
    ),
    (
        "apono-login status --profile",
        "apono",
        &["apono-k8s-access"],
        &["work"],
    ),
    (
        "apono-login install --source-profile",
        "",
        &["default", "work"],
        &[],
    ),
    (
        "apono-login get-token --cluster-name",
        "",
        &["prelude-2", "prod"],
        &["theirs"],
    ),
    (
        "apono-login update-kubeconfig --name",
        "prel",
        &["prelude-2"],
        &["prod"],
    ),
    (
        "apono-login get-token --region",
        "xx",
        &["xx-mars-7", "xx-venus-2"],
        &["xx-pluto-9"],
    ),
    (
        "apono-login get-token --region",
        "eu-west",
        &["eu-west-1", "eu-west-2", "eu-west-3"],
        &["us-east-1"],
    ),
];

#[track_caller]
fn check(offered: &str, case: &(&str, &str, &[&str], &[&str])) {
    let (typed, _, expected, unexpected) = case;
    // fish prints a description after a tab.
    let offered: Vec<_> = offered
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    for name in *expected {
        assert!(
            offered.contains(name),
            "{typed}: {name} is not in {offered:?}"
        );
    }
    for name in *unexpected {
        assert!(!offered.contains(name), "{typed}: {name} is in {offered:?}");
    }
    let evil = offered
        .iter()
        .any(|name| name.contains(['$', ';', '`', ' ']));
    assert!(!evil, "{typed}: {offered:?}");
}

#[test]
fn bash() {
    tools::bin();
    let home = home();
    for case in CASES {
        let (typed, begun, ..) = case;
        let driver = format!(
            "source {}; words='{typed}'; COMP_WORDS=($words '{begun}'); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _apono__login apono-login '{begun}' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script("apono-login.bash")
        );
        check(&home.run("bash", ["-c", &driver]).succeeds().stdout, &case);
    }
    nothing_was_run(&home);
}

#[test]
fn fish() {
    tools::bin();
    let home = home();
    for case in CASES {
        let (typed, begun, ..) = case;
        let driver = format!(
            "source {}; complete -C '{typed} {begun}'",
            script("apono-login.fish")
        );
        let run = home.run("fish", ["--no-config", "-c", &driver]);
        check(&run.succeeds().stdout, &case);
    }
    nothing_was_run(&home);
}

/// On a terminal of its own: the line after Tab, where only one name matches.
#[test]
fn zsh() {
    tools::bin();
    let home = home();
    let scripts = tools::in_repository("completions");
    let cases = [
        (
            "apono-login --profile sta",
            "apono-login --profile staging/k8s+eu@1",
        ),
        (
            "apono-login --profile=apo",
            "apono-login --profile=apono-k8s-access",
        ),
        (
            "apono-login get-token --cluster-name pro",
            "apono-login get-token --cluster-name prod",
        ),
        (
            "apono-login get-token --region xx-v",
            "apono-login get-token --region xx-venus-2",
        ),
        (
            "apono-login install --source-profile wo",
            "apono-login install --source-profile work",
        ),
    ];
    let typed: String = cases
        .iter()
        .map(|(typed, _)| format!("zpty -w -n z $'{typed}\\t'; sleep 0.1\n"))
        .collect();
    let driver = format!(
        "zmodload zsh/zpty\nzpty z zsh -f -i\n\
         zpty -w z 'fpath=({} $fpath); autoload -Uz compinit; compinit -u -d $HOME/dump'\n\
         zpty -w z 'show() {{ zle complete-word; print -r -- \"$BUFFER\" >> $HOME/shown; BUFFER= }}; zle -N show; bindkey \"^I\" show; : > ready'\n\
         until [[ -e ready ]]; do sleep 0.05; done\nsleep 0.2\n{typed}\
         repeat 100; do [[ -e shown && $(wc -l < shown) -ge {} ]] && break; sleep 0.1; done\nzpty -d z",
        scripts.display(),
        cases.len()
    );
    home.run("zsh", ["-f", "-c", &driver])
        .env("TERM", "xterm")
        .succeeds();
    let shown = home.read("shown");
    let expected: Vec<_> = cases.iter().map(|(_, expected)| *expected).collect();
    let shown: Vec<_> = shown.lines().map(str::trim_end).collect();
    assert_eq!(shown, expected);
    nothing_was_run(&home);
}

/// On any error, completion prints no message and does not wait.
#[test]
fn what_cannot_be_read_has_no_names() {
    let home = Home::new();
    let values = |home: &Home, kind: &str| {
        let run = home.apono_login(&format!("complete-values {kind}"));
        let output = run.succeeds();
        assert_eq!(output.stderr, "", "{output}");
        output.stdout.clone()
    };
    for what in ["nothing", "garbage", "folders"] {
        match what {
            "garbage" => {
                home.write(".aws/config", b"[profile \xff");
                home.write(".kube/config", "users: [\n");
            }
            "folders" => {
                for path in [".aws/config", ".kube/config"] {
                    std::fs::remove_file(home.path(path)).unwrap();
                    std::fs::create_dir(home.path(path)).unwrap();
                }
            }
            _ => {}
        }
        for kind in ["installed", "profiles", "clusters"] {
            assert_eq!(values(&home, kind), "", "{what}: {kind}");
        }
        let regions = values(&home, "regions");
        assert!(
            regions.lines().any(|region| region == "eu-west-1"),
            "{what}"
        );
    }
    let store = home
        .apono_login("complete-values installed")
        .env("APONO_LOGIN_STORE", "vault");
    assert_eq!(store.succeeds().stderr, "");
}

/// All regions in botocore, except for those of isolated partitions.
#[test]
fn regions_are_botocores() {
    let list = "import json, os, botocore\n\
        path = os.path.join(os.path.dirname(botocore.__file__), 'data', 'partitions.json')\n\
        for partition in json.load(open(path))['partitions']:\n\
        \x20   if '-iso' not in partition['id']:\n\
        \x20       print(*(r for r in partition['regions'] if not r.endswith('-global')), sep='\\n')";
    let home = Home::new();
    let theirs = home.run(tools::python(), ["-c", list]).succeeds().stdout;
    let ours = home
        .apono_login("complete-values regions")
        .succeeds()
        .stdout;
    let set = |text: &str| std::collections::BTreeSet::from_iter(text.lines().map(str::to_owned));
    assert_eq!(set(&ours), set(&theirs));
}
