//! Each verdict is that of kubectl 1.35.2, 1.36.3 and 1.37.1 for the same file.

use super::*;

const HEAD: &str = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
const LIST: &str = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n";
const DENY: &str = "credentialPluginPolicy: DenyAll\n";

/// The verdicts, in a word.
#[derive(Debug, PartialEq)]
enum Verdict {
    All,
    None,
    /// The plugin `/bin/p` alone.
    P,
    Invalid,
    Unusable,
}
use Verdict::{All, Invalid, None as No, P, Unusable};

/// Returns the file with the backslashes of Windows in the paths of plugins, if this is Windows.
fn with_paths_of_this_system(file: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(file).into_owned();
    if !cfg!(windows) || text.as_bytes() != file {
        return file.to_vec();
    }
    for path in ["/bin/p/", "/bin/p", "/tmp//x", "./x"] {
        text = text.replace(path, &path.replace('/', r"\"));
    }
    text.into_bytes()
}

fn verdict(file: &[u8], version: Version) -> Verdict {
    let file = with_paths_of_this_system(file);
    let program = with_paths_of_this_system(b"/bin/p");
    let is_program = |entry: &String| entry.as_bytes() == program;
    match read(&file, version) {
        Plugins::All => All,
        Plugins::None => No,
        Plugins::Listed(list) if list.iter().any(is_program) => P,
        Plugins::Listed(list) => panic!("{list:?}"),
        Plugins::Invalid(_) => Invalid,
        Plugins::Unusable(_) => Unusable,
    }
}

#[track_caller]
fn check(file: impl AsRef<[u8]>, expected: &Verdict) {
    for version in [Version::V1_35, Version::Later] {
        let file = file.as_ref();
        let shown = String::from_utf8_lossy(file);
        assert_eq!(&verdict(file, version), expected, "{version:?}\n{shown}");
    }
}

#[test]
fn policies_and_lists() {
    let both = "- name: /bin/p\n  command: /bin/p\n";
    for (text, expected) in [
        ("", All),
        ("credentialPluginPolicy: AllowAll\n", All),
        ("credentialPluginPolicy:\n", All),
        ("CredentialPluginPolicy: DenyAll\n", All),
        (DENY, No),
        ("x: y\ncredentialPluginPolicy: &a DenyAll\n...\n", No),
        (
            "credentialPluginPolicy: AllowAll\ncredentialPluginPolicy: DenyAll\n",
            No,
        ),
        (
            "credentialPluginPolicy: DenyAll\ncredentialPluginPolicy: AllowAll\n",
            All,
        ),
        ("credentialPluginPolicy: Ask\n", Invalid),
        ("credentialPluginPolicy: denyall\n", Invalid),
        ("credentialPluginPolicy: Allowlist\n", Invalid),
        (
            "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []\n",
            Invalid,
        ),
        ("credentialPluginAllowlist:\n- name: aws\n", Invalid),
        ("credentialPluginAllowlist: []\n", Invalid),
        ("credentialPluginAllowlist:\n", All),
        (
            "credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist:\n- name: aws\n",
            Invalid,
        ),
        ("credentialPluginPolicy: [x]\n", Unusable),
        ("\tcredentialPluginPolicy: DenyAll\n", Unusable),
    ] {
        check(format!("{HEAD}{text}"), &expected);
    }
    for (entries, expected) in [
        ("- name: /bin/p\n".to_owned(), P),
        (both.to_owned(), P),
        (format!("{both}  x: y\n"), P),
        (format!("{both}- {{}}\n"), Invalid),
        (format!("{both}- null\n"), Invalid),
        (format!("{both}- path: aws\n"), Invalid),
        (
            format!("{both}- name: /tmp//x\n  command: /tmp//x\n"),
            Invalid,
        ),
        (format!("{both}- name: ./x\n  command: ./x\n"), Invalid),
        ("- name: /bin/p/\n  command: /bin/p/\n".to_owned(), Invalid),
        (format!("{both}- 7\n"), Unusable),
        (format!("{both}- name: 7\n"), Unusable),
    ] {
        check(format!("{HEAD}{LIST}{entries}"), &expected);
    }
}

/// 1.35 knows `name` only. A later one refuses an entry in which both differ.
#[test]
fn versions_of_kubectl_read_entries_in_different_ways() {
    for (entries, earlier, later) in [
        ("- command: /bin/p\n", Invalid, P),
        ("- name: /bin/p\n- command: aws\n", Invalid, P),
        ("- command: /bin/p\n- name: aws\n", Invalid, P),
        ("- name: /bin/p\n  command: aws\n", P, Unusable),
    ] {
        let file = format!("{HEAD}{LIST}{entries}");
        assert_eq!(verdict(file.as_bytes(), Version::V1_35), earlier, "{file}");
        assert_eq!(verdict(file.as_bytes(), Version::Later), later, "{file}");
    }
}

/// Faults that have nothing to do with plugins stop every command too.
#[test]
fn aliases_and_defaults() {
    let option = |name: &str| format!("  options:\n  - name: {name}\n    default: yaml\n");
    for (text, expected) in [
        ("aliases:\n- name: ab\n  command: get\n".to_owned(), All),
        (
            "aliases:\n- name: a-b\n  command: get\n".to_owned(),
            Invalid,
        ),
        ("aliases:\n- name: a1\n  command: get\n".to_owned(), Invalid),
        ("aliases:\n- name: ab\n- name: ab\n".to_owned(), Invalid),
        (
            format!("aliases:\n- name: ab\n{}", option("--output")),
            Invalid,
        ),
        (
            format!("defaults:\n- command: get\n{}", option("-o")),
            Invalid,
        ),
        (
            format!("defaults:\n- command: nope\n{}", option("output")),
            All,
        ),
        (
            "defaults:\n- options:\n  - name: x\n    default: true\n".to_owned(),
            Unusable,
        ),
        (format!("aliases: 7\n{DENY}"), Unusable),
    ] {
        check(format!("{HEAD}{text}"), &expected);
    }
    let old = HEAD.replace("v1beta1", "v1alpha1");
    check(
        format!("{old}overrides:\n- flags:\n  - name: -o\n"),
        &Invalid,
    );
    check(format!("{old}aliases:\n- name: a-b\n"), &Invalid);
}

/// The first document that kubectl can decode counts, whatever it says.
#[test]
fn documents_and_versions_of_the_file() {
    let (alpha, v1) = (
        HEAD.replace("v1beta1", "v1alpha1"),
        HEAD.replace("v1beta1", "v1"),
    );
    let deny = format!("{HEAD}{DENY}");
    for (file, expected) in [
        (String::new(), All),
        ("# x\n".to_owned(), Unusable),
        ("a: [".to_owned(), Unusable),
        (DENY.to_owned(), Unusable),
        (format!("{v1}{DENY}"), Unusable),
        (deny.replace("Preference", "Config"), Unusable),
        (format!("{alpha}{DENY}"), All),
        (format!("{alpha}---\n{deny}"), All),
        (format!("{v1}---\n{deny}"), No),
        (format!("{HEAD}---\n{deny}"), All),
        (format!("{deny}---\n{HEAD}"), No),
        (format!("a: [\n---\n{deny}"), No),
        (format!("---\n---\n{deny}"), No),
        (format!("# c\n---\n{deny}"), No),
        (format!("{HEAD}credentialPluginPolicy: [x]\n---\n{deny}"), No),
        (format!("{HEAD}--- # x\n{deny}"), All),
        (format!("{v1}--- x\n{deny}"), Unusable),
        (deny.replace('\n', "\r\n"), No),
        (format!("\u{feff}{deny}"), No),
        ("{\"apiVersion\":\"kubectl.config.k8s.io/v1beta1\",\"kind\":\"Preference\",\"credentialPluginPolicy\":\"DenyAll\"}".to_owned(), No),
    ] {
        check(file, &expected);
    }
    check(b"apiVersion: \xff\n", &Unusable);
}

#[test]
#[cfg(unix)]
fn clean_paths() {
    for clean in [
        "aws", "/bin/p", "/", "..", "../x", "../../x", ".", "a/b", "..x",
    ] {
        assert!(is_clean(clean), "{clean}");
    }
    for other in [
        "", "./x", "/a/../b", "/..", "a/..", "a/", "//", "/a//b", "a/./b", "../x/..",
    ] {
        assert!(!is_clean(other), "{other}");
    }
}
