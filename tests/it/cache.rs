//! The cache of credentials: sealed, private, never in the way, never somebody else's, filled by one process at a time.

mod edits;
mod one_at_a_time;

use std::fs;
use std::path::Path;
use std::time::Duration;

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG, files_below, mode};
use kit::standin::{Fault, Operation, Service};

const CACHE: &str = ".cache/apono-login";

fn logins(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::AssumeRole)
}

fn logged_in() -> Laptop {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop
}

/// The one cached entry.
fn entry(laptop: &Laptop) -> std::path::PathBuf {
    let [path] = laptop.cached("entry").try_into().unwrap();
    path
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
        assert_eq!(mode(laptop.home.path(CACHE)), 0o700, "umask {umask}");
        let files = files_below(&laptop.home.path(CACHE));
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "umask {umask}: {}", file.display());
        }
        let minted: Vec<String> = laptop
            .aws
            .secrets()
            .into_iter()
            .filter(|secret| !sources.contains(secret))
            .collect();
        assert_eq!(minted.len(), 4, "two logins");
        for file in files_below(&laptop.home.path("")) {
            let bytes = fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let told = minted.iter().any(|secret| text.contains(secret));
            assert!(!told, "a secret stands in {}", file.display());
        }
    }
}

/// What somebody opened to others is closed again by the next run.
#[test]
fn an_opened_cache_is_closed_again() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    let open = |path: &std::path::Path, mode| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    open(&laptop.home.path(CACHE), 0o755);
    let files = files_below(&laptop.home.path(CACHE));
    files.iter().for_each(|file| open(file, 0o644));
    laptop.succeeds(laptop.run("login --force"));
    assert_eq!(mode(laptop.home.path(CACHE)), 0o700);
    for file in files_below(&laptop.home.path(CACHE)) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_hit_asks_nobody() {
    let laptop = logged_in();
    laptop.aws.forget();
    for command in [LOGIN, GET_TOKEN, "export-credentials", "status"] {
        laptop.succeeds(laptop.run(command));
    }
    for service in [Service::Sts, Service::Eks, Service::Metadata] {
        assert_eq!(laptop.aws.connections(service), 0, "{service:?}");
    }
    let Laptop { aws, home } = laptop;
    drop(aws);
    let offline = home
        .apono_login(GET_TOKEN)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("AWS_CA_BUNDLE", "/nowhere");
    assert!(offline.succeeds().json()["status"]["token"].is_string());
}

/// Whatever stands where the entry or the key should be: a fresh login, and where there is room for it a new entry.
#[test]
fn what_cannot_be_used_is_a_miss() {
    type Spoil = fn(&Laptop, &Path, &Path);
    let edit_header = |from: &str, to: &str, entry: &Path| {
        let bytes = fs::read(entry).unwrap();
        let at = bytes
            .windows(from.len())
            .position(|found| found == from.as_bytes())
            .unwrap();
        fs::write(
            entry,
            [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat(),
        )
        .unwrap();
    };
    fn cut(path: &Path, length: usize) {
        fs::write(path, &fs::read(path).unwrap()[..length]).unwrap();
    }
    fn longer(path: &Path, more: &[u8]) {
        fs::write(path, [&fs::read(path).unwrap(), more].concat()).unwrap();
    }
    let cases: [(&str, Spoil); 18] = [
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
            let config = PROFILE
                .replace("profile apono", "profile bobs")
                .replace("alice", "bob")
                .replace("= default", "= bob");
            laptop
                .home
                .write(".aws/config", laptop.home.read(".aws/config") + &config);
            laptop.succeeds(laptop.run("login --profile bobs-k8s-access"));
            let entries = laptop.cached("entry");
            fs::copy(entries.iter().find(|path| *path != entry).unwrap(), entry).unwrap();
        }),
        (
            "another profile's, of files known by their stamp",
            |laptop, entry, _| {
                let config = PROFILE
                    .replace("profile apono", "profile bobs")
                    .replace("alice", "bob")
                    .replace("= default", "= bob");
                laptop
                    .home
                    .write(".aws/config", laptop.home.read(".aws/config") + &config);
                std::thread::sleep(Duration::from_secs(4));
                laptop.succeeds(laptop.run("login --profile bobs-k8s-access"));
                let entries = laptop.cached("entry");
                let bobs = entries.iter().find(|path| *path != entry).unwrap();
                let header = String::from_utf8_lossy(&fs::read(bobs).unwrap()).into_owned();
                assert!(!header.contains("\"stamp\":null"), "{header}");
                fs::copy(bobs, entry).unwrap();
            },
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
        ("it cannot be read", |_, entry, _| {
            fs::set_permissions(entry, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap()
        }),
        ("all is gone", |laptop, _, _| {
            fs::remove_dir_all(laptop.home.path(CACHE)).unwrap()
        }),
    ];
    let check = |name: &str, spoil: &dyn Fn(&Laptop, &Path, &Path)| {
        println!("{name}");
        let laptop = logged_in();
        spoil(
            &laptop,
            &entry(&laptop),
            &laptop.home.path(CACHE).join("key"),
        );
        laptop.aws.forget();
        let output = laptop.succeeds(laptop.bound_by_modes("apono-login"));
        output.explains(&["You are alice@example.com"]);
        assert!(
            !output.stderr.contains("from the cache"),
            "{name}: {output}"
        );
        assert_eq!(logins(&laptop), 1, "{name}");
        let room = !name.contains("directory");
        assert_eq!(
            output
                .stderr
                .contains("warning: the credentials could not be cached"),
            !room,
            "{name}: {output}"
        );
        if room {
            laptop
                .succeeds(laptop.bound_by_modes("apono-login"))
                .explains(&["from the cache"]);
        }
        laptop.succeeds(laptop.run(GET_TOKEN));
    };
    for (name, spoil) in cases {
        check(name, &spoil);
    }
    let header_edits = [
        ("a newer version", "entry 1\n", "entry 2\n"),
        (
            "another session name in clear",
            "\"session_name\":\"alice@",
            "\"session_name\":\"root1@",
        ),
        (
            "another profile in clear",
            "\"profile\":\"apono-k8s-access\"",
            "\"profile\":\"admin\"",
        ),
        (
            "an older expiry in clear",
            "\"expires_at\":1",
            "\"expires_at\":2",
        ),
    ];
    for (name, from, to) in header_edits {
        check(name, &|_, entry, _| edit_header(from, to, entry));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_warned_of_and_no_more() {
    let spoils: [(&str, fn(&Laptop)); 3] = [
        ("read-only", |laptop| {
            fs::create_dir_all(laptop.home.path(CACHE)).unwrap();
            fs::set_permissions(
                laptop.home.path(CACHE),
                std::os::unix::fs::PermissionsExt::from_mode(0o500),
            )
            .unwrap();
        }),
        ("a file", |laptop| {
            laptop.home.write(CACHE, "");
        }),
        ("below a file", |laptop| {
            laptop.home.write(".cache", "");
        }),
    ];
    for (name, spoil) in spoils {
        println!("{name}");
        let laptop = Laptop::new();
        spoil(&laptop);
        let output = laptop.succeeds(laptop.bound_by_modes(&format!("apono-login {GET_TOKEN}")));
        output.explains(&["warning: the credentials could not be cached", ".cache"]);
        assert!(output.json()["status"]["token"].is_string());
        laptop.succeeds(laptop.bound_by_modes("apono-login"));
        laptop.succeeds(laptop.bound_by_modes("apono-login logout"));
    }
}

#[test]
fn the_last_minute_is_not_used() {
    let laptop = Laptop::new();
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(64);
    let soon = soon.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    laptop
        .aws
        .misbehave_times(Operation::AssumeRole, Fault::field("Expiration", &soon), 1);
    laptop.succeeds(laptop.run(LOGIN));
    std::thread::sleep(Duration::from_secs(5));
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), 2);
}

#[test]
fn logging_out_leaves_nothing() {
    let laptop = logged_in();
    laptop.home.write(
        ".aws/config",
        PROFILE.to_owned() + &PROFILE.replace("apono-k8s-access]", "second]"),
    );
    laptop.succeeds(laptop.run("login --profile second"));
    assert_eq!(laptop.cached("entry").len(), 2);
    laptop
        .succeeds(laptop.run("logout"))
        .explains(&["Forgot the credentials of apono-k8s-access"]);
    assert_eq!(laptop.cached("entry").len(), 1, "the other profile's stays");
    laptop
        .succeeds(laptop.run("login --profile second"))
        .explains(&["from the cache"]);
    laptop
        .succeeds(laptop.run("logout"))
        .explains(&["nothing to forget"]);
    laptop
        .succeeds(laptop.run("logout --all"))
        .explains(&["one profile, and the key"]);
    assert!(!laptop.home.path(CACHE).exists());
    laptop
        .succeeds(laptop.run("logout --all"))
        .explains(&["nothing to forget"]);
    let before = logins(&laptop);
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), before + 1);
}

#[test]
fn an_unknown_store_is_an_error() {
    let laptop = logged_in();
    for command in [LOGIN, GET_TOKEN, "status", "logout"] {
        let run = laptop.run(command).env("APONO_LOGIN_STORE", "vault");
        laptop.fails(run, 1, "");
    }
    laptop
        .succeeds(laptop.run(LOGIN).env("APONO_LOGIN_STORE", "file"))
        .explains(&["from the cache"]);
}
