//! What needs Linux or its programs here.

use super::*;
use kit::laptop::UPDATE_KUBECONFIG;
use kit::laptop::files_below;
use kit::laptop::mode;
use std::fs;
use std::path::Path;

pub(super) fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).unwrap();
}

#[track_caller]
fn is_private(laptop: &Laptop) {
    assert_eq!(mode(laptop.home.path(CACHE)), 0o700);
    let files = files_below(&laptop.home.path(CACHE));
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn files_are_private_and_nothing_secret_can_be_read_in_them() {
    for umask in ["000", "022", "777"] {
        let laptop = Laptop::new();
        let sources = laptop.aws.secrets();
        for command in [LOGIN, GET_TOKEN, UPDATE_KUBECONFIG, LOGIN, "login --force"] {
            let script = format!("umask {umask} && exec apono-login {command}");
            let output = laptop.succeeds(laptop.bound_by_modes(&script));
            assert!(
                !output.stderr.contains("warning"),
                "umask {umask}: {output}"
            );
        }
        is_private(&laptop);
        let mut minted = laptop.aws.secrets();
        minted.retain(|secret| !sources.contains(secret));
        assert_eq!(minted.len(), 4, "two logins");
        for file in files_below(&laptop.home.path("")) {
            let bytes = fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let told = minted.iter().any(|secret| text.contains(secret));
            assert!(!told, "a secret stands in {}", file.display());
        }
    }
}

/// The next run restores the private mode of the cache.
#[test]
fn an_opened_cache_is_closed_again() {
    let laptop = logged_in();
    set_mode(&laptop.home.path(CACHE), 0o755);
    let files = files_below(&laptop.home.path(CACHE));
    files.iter().for_each(|file| set_mode(file, 0o644));
    laptop.succeeds(laptop.run("login --force"));
    is_private(&laptop);
}

/// Any invalid entry or key leads to a new login, and to a new entry if it can be written.
#[test]
fn what_cannot_be_used_is_a_miss() {
    type Spoil = fn(&Laptop, &Path, &Path);
    fn edit_header(entry: &Path, from: &str, to: &str) {
        let bytes = fs::read(entry).unwrap();
        let mut windows = bytes.windows(from.len());
        let at = windows.position(|found| found == from.as_bytes()).unwrap();
        let rest = &bytes[at + from.len()..];
        fs::write(entry, [&bytes[..at], to.as_bytes(), rest].concat()).unwrap();
    }
    fn cut(path: &Path, length: usize) {
        fs::write(path, &fs::read(path).unwrap()[..length]).unwrap();
    }
    fn longer(path: &Path, more: &[u8]) {
        fs::write(path, [&fs::read(path).unwrap(), more].concat()).unwrap();
    }
    /// Logs in with Bob's profile and replaces Alice's entry with his.
    fn swap(laptop: &Laptop, entry: &Path, seconds: u64) {
        let config = PROFILE.replace("profile apono", "profile bobs");
        let config = config.replace("alice", "bob").replace("= default", "= bob");
        let config = laptop.home.read(".aws/config") + &config;
        laptop.home.write(".aws/config", config);
        std::thread::sleep(Duration::from_secs(seconds));
        laptop.succeeds(laptop.run("login --profile bobs-k8s-access"));
        let entries = laptop.cached("entry");
        let bobs = entries.iter().find(|path| *path != entry).unwrap();
        let header = String::from_utf8_lossy(&fs::read(bobs).unwrap()).into_owned();
        assert_eq!(header.contains("\"stamp\":null"), seconds == 0, "{header}");
        fs::copy(bobs, entry).unwrap();
    }
    let cases: [(&str, Spoil); 22] = [
        ("emptied", |_, entry, _| cut(entry, 0)),
        ("cut in the header", |_, entry, _| cut(entry, 100)),
        ("cut at the end", |_, entry, _| {
            cut(entry, fs::read(entry).unwrap().len() - 1)
        }),
        ("a trailing byte", |_, entry, _| longer(entry, b"\n")),
        ("a megabyte more", |_, entry, _| {
            longer(entry, &[0; 1 << 20])
        }),
        ("a directory in its place", |_, entry, _| {
            fs::remove_file(entry).unwrap();
            fs::create_dir(entry).unwrap();
        }),
        ("a FIFO in its place", |laptop, entry, _| {
            fs::remove_file(entry).unwrap();
            laptop.home.run("mkfifo", [entry]).succeeds();
        }),
        ("a dangling link in its place", |_, entry, _| {
            fs::remove_file(entry).unwrap();
            std::os::unix::fs::symlink("nowhere", entry).unwrap();
        }),
        ("another profile's", |laptop, entry, _| {
            swap(laptop, entry, 0)
        }),
        (
            "another profile's, of files known by their stamp",
            |laptop, entry, _| swap(laptop, entry, 4),
        ),
        ("the key is lost", |_, _, key| fs::remove_file(key).unwrap()),
        ("the key is empty", |_, _, key| cut(key, 0)),
        ("the key is short", |_, _, key| cut(key, 31)),
        ("the key is long", |_, _, key| longer(key, b"x")),
        ("the key is another", |_, _, key| {
            fs::write(key, [7; 32]).unwrap()
        }),
        ("a loop of links for a key", |_, _, key| {
            fs::remove_file(key).unwrap();
            std::os::unix::fs::symlink("key", key).unwrap();
        }),
        ("it cannot be read", |_, entry, _| set_mode(entry, 0o000)),
        ("all is gone", |laptop, _, _| {
            fs::remove_dir_all(laptop.home.path(CACHE)).unwrap()
        }),
        ("a newer version", |_, entry, _| {
            edit_header(entry, "entry 1\n", "entry 2\n")
        }),
        ("another session name in clear", |_, entry, _| {
            edit_header(
                entry,
                "\"session_name\":\"alice@",
                "\"session_name\":\"root1@",
            )
        }),
        ("another profile in clear", |_, entry, _| {
            edit_header(
                entry,
                "\"profile\":\"apono-k8s-access\"",
                "\"profile\":\"admin\"",
            )
        }),
        ("an older expiry in clear", |_, entry, _| {
            edit_header(entry, "\"expires_at\":1", "\"expires_at\":2")
        }),
    ];
    for (name, spoil) in cases {
        let laptop = logged_in();
        spoil(
            &laptop,
            &entry(&laptop),
            &laptop.home.path(CACHE).join("key"),
        );
        laptop.aws.forget();
        let login = || laptop.succeeds(laptop.bound_by_modes("apono-login"));
        let output = login();
        assert_eq!(logins(&laptop), 1, "{name}");
        if name.contains("directory") || name.contains("loop") {
            output.recorded(name);
        } else {
            assert!(!output.stderr.contains("warning: "), "{name}: {output}");
            login();
            assert_eq!(logins(&laptop), 1, "{name}: it is cached");
        }
        laptop.succeeds(laptop.run(GET_TOKEN));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_warned_of_and_no_more() {
    let spoils: [(&str, fn(&Laptop)); 3] = [
        ("read-only", |laptop| {
            fs::create_dir_all(laptop.home.path(CACHE)).unwrap();
            set_mode(&laptop.home.path(CACHE), 0o500);
        }),
        ("a file", |laptop| {
            laptop.home.write(CACHE, "");
        }),
        ("below a file", |laptop| {
            laptop.home.write(".cache", "");
        }),
    ];
    for (name, spoil) in spoils {
        let laptop = Laptop::new();
        spoil(&laptop);
        let run = |script: &str| laptop.succeeds(laptop.bound_by_modes(script));
        let output = run(&format!("apono-login {GET_TOKEN}"));
        assert!(output.json()["status"]["token"].is_string());
        assert_eq!(output.stderr, "", "{output}");
        run("apono-login").recorded(name);
        run("apono-login status").recorded(&format!("{name}, status"));
        run("apono-login logout");
    }
}

/// Returns the only cached entry.
pub(super) fn entry(laptop: &Laptop) -> std::path::PathBuf {
    let [path] = laptop.cached("entry").try_into().unwrap();
    path
}
