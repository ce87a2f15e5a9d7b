//! The person who uses the stores: the user who runs the tests, or a user without privileges and with separate keys.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use kit::canary;
use kit::home::{Output, Run, apono_login};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, files_below};
use kit::standin::{self, Operation};
use kit::tools;

/// All system calls of the kernel's keyrings.
pub const KEY_CALLS: &str = "add_key,keyctl,request_key";

/// User IDs that are free in systemd's table of users and groups, and exist in the smallest user namespaces.
const SPARE_UIDS: std::ops::Range<u32> = 60_578..61_184;

pub struct Person {
    pub laptop: Laptop,
    home: PathBuf,
    /// The ID of a spare user, or `None` for the user who runs the tests.
    uid: Option<u32>,
    _folder: Option<tempfile::TempDir>,
}

impl Person {
    /// Returns the user who runs the tests.
    pub fn new() -> Person {
        tools::bin();
        let laptop = Laptop::new();
        Person {
            home: laptop.home.path(""),
            laptop,
            uid: None,
            _folder: None,
        }
    }

    /// Returns a user without privileges: the one who runs the tests, or a spare one if that is root.
    pub fn plain() -> Person {
        let mut person = Person::new();
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            return person;
        }
        static TAKEN: AtomicU32 = AtomicU32::new(0);
        let spare = SPARE_UIDS.end - SPARE_UIDS.start;
        let turn = std::process::id() * 16 + TAKEN.fetch_add(1, Ordering::Relaxed);
        let uid = SPARE_UIDS.start + turn % spare;
        // Not in target, which a spare user may not be allowed to read.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        kit::install(folder.path());
        person.home = folder.path().join("home");
        let home = person.home.display();
        let script =
            format!("cp -R . '{home}' && chmod 700 '{home}' && chown -R {uid}:{uid} '{home}'");
        person.laptop.home.run("sh", ["-c", &script]).succeeds();
        person.uid = Some(uid);
        person._folder = Some(folder);
        person
    }

    /// Runs `apono-login ARGUMENTS…` with this store in APONO_LOGIN_STORE.
    pub fn run(&self, store: &str, arguments: &str) -> Run {
        self.traced(&[], store, arguments)
    }

    /// Does the same while these system calls fail, as in `add_key,keyctl:error=EPERM`.
    pub fn refused(&self, fault: &str, store: &str, arguments: &str) -> Run {
        let calls = fault.split(':').next().unwrap();
        let (trace, inject) = (format!("trace={calls}"), format!("inject={fault}"));
        let strace = format!("strace -f -qq -o /dev/null -e {trace} -e {inject}");
        self.traced(&split(&strace), store, arguments)
    }

    /// Does the same while the kernel's keyrings are forbidden.
    pub fn without_kernel(&self, store: &str, arguments: &str) -> Run {
        self.refused(&format!("{KEY_CALLS}:error=EPERM"), store, arguments)
    }

    fn traced(&self, strace: &[&str], store: &str, arguments: &str) -> Run {
        let words = [strace, &[self.program()], &split(arguments)].concat();
        let run = self.command(store, &words);
        run.known_as(&format!("apono-login {arguments}"))
    }

    /// Runs a shell script as this person.
    pub fn shell(&self, store: &str, script: &str) -> Run {
        self.command(store, &["sh", "-c", script])
    }

    fn command(&self, store: &str, words: &[&str]) -> Run {
        let run = match self.uid {
            None => self.laptop.home.run(words[0], &words[1..]),
            Some(uid) => {
                let ids = [format!("--reuid={uid}"), format!("--regid={uid}")];
                let setpriv = [&ids[0], &ids[1], "--clear-groups", "--"];
                let words = setpriv.iter().chain(words);
                let folder = self.home.parent().unwrap().display();
                let run = self.laptop.home.run("setpriv", words);
                run.env("PATH", format!("{folder}:/usr/bin:/bin"))
            }
        };
        run.env("HOME", &self.home).env("APONO_LOGIN_STORE", store)
    }

    fn program(&self) -> &str {
        match self.uid {
            // setpriv looks it up in PATH.
            Some(_) => "apono-login",
            None => apono_login(),
        }
    }

    /// Returns the user ID of this person's processes.
    pub fn uid(&self) -> u32 {
        let mine = fs::metadata("/proc/self").unwrap().uid();
        self.uid.unwrap_or(mine)
    }

    pub fn cache(&self) -> PathBuf {
        self.home.join(".cache/apono-login")
    }

    /// Returns the name of the key in a keyring.
    pub fn label(&self) -> String {
        self.cache().display().to_string()
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the files of the cached credentials.
    pub fn entries(&self) -> Vec<PathBuf> {
        let mut entries = files_below(&self.cache());
        entries.retain(|path| path.extension().is_some_and(|name| name == "entry"));
        entries
    }

    pub fn logs_in(&self, store: &str) -> Output {
        self.laptop.succeeds(self.run(store, LOGIN))
    }

    /// Checks that the command prints a token that the cluster accepts, without a warning.
    #[track_caller]
    pub fn answers(&self, run: Run) -> Output {
        let output = self.laptop.succeeds(run);
        assert_eq!(crate::stores::warnings(&output), [""; 0], "{output}");
        self.check_token(&output);
        output
    }

    /// Checks that the cluster accepts the token.
    #[track_caller]
    pub fn check_token(&self, output: &Output) {
        let credential = output.json();
        let token = credential["status"]["token"].as_str().unwrap();
        let cluster = self.laptop.aws.cluster("prod");
        let (status, body) = standin::send(
            &self.laptop.aws.ca(),
            cluster.endpoint.trim_start_matches("https://"),
            ("GET", "/api/v1/namespaces/default/pods"),
            &[("Authorization", &format!("Bearer {token}"))],
        )
        .unwrap();
        assert_eq!(status, 200, "{body}\n{output}");
    }

    /// Checks that `get-token` is answered from the cache.
    #[track_caller]
    pub fn hits(&self, store: &str) {
        let before = self.logins();
        self.answers(self.run(store, GET_TOKEN));
        assert_eq!(self.logins(), before, "{store}: the cache should be used");
    }

    /// Checks that `get-token` misses the cache once and then hits it.
    #[track_caller]
    pub fn misses(&self, store: &str) {
        let before = self.logins();
        self.answers(self.run(store, GET_TOKEN));
        assert_eq!(self.logins(), before + 1, "{store}: a new login");
        self.hits(store);
    }

    pub fn logins(&self) -> usize {
        self.laptop.aws.count(Operation::AssumeRole)
    }

    /// Returns the serial number of the key in the kernel's user keyring.
    pub fn kernel_key(&self) -> Option<String> {
        let search = format!("keyctl search @u user 'apono-login:{}'", self.label());
        let found = self.shell("file", &search).output();
        let key = found.stdout.trim().to_owned();
        found.status.success().then_some(key)
    }

    pub fn key_file(&self) -> PathBuf {
        self.cache().join("key")
    }

    /// Returns the fields of `status --output json` that describe the store.
    pub fn store_in_status(&self, run: Run) -> (String, Option<String>) {
        let status = self.laptop.succeeds(run).json();
        let text = |name: &str| status[name].as_str().map(str::to_owned);
        (text("store").unwrap(), text("store_fallback"))
    }
}

impl Drop for Person {
    /// Deletes the key, which would stay in the kernel after the test. Looks for secrets in the home of a spare user.
    fn drop(&mut self) {
        if self.uid.is_some() && !std::thread::panicking() {
            let mut leaks = canary::files_with_it(&self.home);
            leaks.retain(|path| !canary::is_allowed(path.strip_prefix(&self.home).unwrap()));
            assert!(leaks.is_empty(), "a secret was left in {leaks:?}");
        }
        let script = match (self.uid, self.kernel_key()) {
            (Some(_), _) => "keyctl clear @u".to_owned(),
            (None, Some(key)) => format!("keyctl unlink {key} @u"),
            (None, None) => return,
        };
        let _ = self.shell("file", &script).output();
    }
}

fn split(arguments: &str) -> Vec<&str> {
    arguments.split_whitespace().collect()
}
