//! The commands that write files, each in a home in which it has something to write, and what must hold after each round.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::long::tree::Tree;
use crate::sources::sign_in::{ALICE, Style, leave_token, sign_in};
use kit::home::{Output, Run, apono_login};
use kit::laptop::{GET_TOKEN, INSTALL, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::standin::{Operation, Options};

/// Other people's text in the files that are edited.
const OTHERS: &str = "# mine\n[default]\nregion = us-east-1\n\n[profile other]\nregion = eu-north-1\ns3 =\n  max_concurrent_requests = 7\n";
const KUBECONFIG: &str = "\
# mine
apiVersion: v1
kind: Config
current-context: kind
clusters:
- name: kind
  cluster: {server: \"https://127.0.0.1:6443\"}
users:
- name: kind
  user: {token: abc}
contexts:
- name: kind
  context: {cluster: kind, user: kind, namespace: mine}
preferences: {}
";
pub const CONFIG: &str = ".aws/config";
pub const KUBE: &str = ".kube/config";
/// Files of users and of other programs, which are never torn.
const EDITED: [&str; 3] = [CONFIG, ".aws/credentials", KUBE];
const TOKENS: &str = ".aws/sso/cache";
/// The longest time that a command may take with no other program in its way.
const LIMIT: Duration = Duration::from_secs(30);

pub struct Writer {
    pub name: &'static str,
    pub laptop: Laptop,
    command: &'static str,
    /// What each round needs from AWS.
    prepare: fn(&Laptop),
    /// The files before and after an undisturbed run.
    before: Tree,
    after: Tree,
}

impl Writer {
    fn new(
        name: &'static str,
        laptop: Laptop,
        command: &'static str,
        prepare: fn(&Laptop),
    ) -> Self {
        let home = laptop.home.path("");
        prepare(&laptop);
        let before = Tree::of(&home);
        laptop.succeeds(laptop.run(command));
        let after = Tree::of(&home);
        assert_ne!(before, after, "{name} writes");
        Writer {
            name,
            laptop,
            command,
            prepare,
            before,
            after,
        }
    }

    pub fn install() -> Writer {
        let laptop = with_others();
        Writer::new("install", laptop, INSTALL, |_| ())
    }

    pub fn update_kubeconfig() -> Writer {
        let laptop = with_others();
        laptop.home.write(CONFIG, format!("{OTHERS}\n{PROFILE}"));
        laptop.home.write(KUBE, KUBECONFIG);
        laptop.succeeds(laptop.run("login"));
        Writer::new("update-kubeconfig", laptop, UPDATE_KUBECONFIG, |_| ())
    }

    pub fn login() -> Writer {
        let laptop = with_others();
        laptop.home.write(CONFIG, format!("{OTHERS}\n{PROFILE}"));
        Writer::new("login", laptop, "login", |_| ())
    }

    /// A miss with a sign-in that has expired: its token is renewed, and the new one written.
    pub fn renewal() -> Writer {
        let laptop = crate::sources::sign_in::laptop(Style::Session);
        let config = format!("{OTHERS}\n{}", laptop.home.read(CONFIG));
        laptop.home.write(CONFIG, config);
        // `login` would go on to ask the person if the renewal fails.
        Writer::new("get-token with a renewal", laptop, GET_TOKEN, |laptop| {
            laptop.aws.forget();
            laptop
                .aws
                .sign_ins()
                .iter()
                .for_each(|old| laptop.aws.revoke(old));
            let expired = laptop
                .aws
                .let_expire(sign_in(laptop, Style::Session, ALICE));
            leave_token(laptop, Style::Session, &expired);
        })
    }

    pub fn logout() -> Writer {
        let writer = Writer::update_kubeconfig();
        writer.reset();
        Writer::new("logout", writer.laptop, "logout --all", |_| ())
    }

    pub fn uninstall() -> Writer {
        let laptop = Writer::update_kubeconfig().laptop;
        Writer::new("uninstall", laptop, "uninstall --yes", |_| ())
    }

    fn home(&self) -> PathBuf {
        self.laptop.home.path("")
    }

    /// Makes the files those before the command.
    pub fn reset(&self) {
        self.before.restore(&self.home());
        (self.prepare)(&self.laptop);
    }

    pub fn run(&self) -> Run {
        self.laptop.run(self.command)
    }

    /// Returns the command under strace with these arguments; its lines are written to `trace` in the home.
    pub fn traced(&self, arguments: &[&str]) -> Run {
        let strace = "-f -y -qq -o";
        let trace = self.trace_file();
        let words = strace.split(' ').chain([trace.to_str().unwrap()]);
        let words = words
            .chain(arguments.iter().copied())
            .chain([apono_login()]);
        let words: Vec<_> = words.chain(self.command.split(' ')).collect();
        self.laptop.home.run("strace", words)
    }

    /// Not in the home, whose files are compared.
    pub fn trace_file(&self) -> PathBuf {
        let name = self.home().file_name().unwrap().to_owned();
        kit::home::scratch().join(name).with_extension("trace")
    }

    /// Checks that no file is torn or lost: each is as before or as after the command.
    pub fn nothing_is_torn(&self) -> Result<(), String> {
        let now = Tree::of(&self.home());
        for name in EDITED {
            let allowed = [self.before.bytes(name), self.after.bytes(name)];
            let is = now.bytes(name);
            if !allowed.contains(&is) {
                let is = is.map(String::from_utf8_lossy);
                return Err(format!("~/{name} is torn or lost: {is:?}"));
            }
        }
        for (path, (bytes, _)) in &now.0 {
            let token = path.starts_with(TOKENS) && path.extension().is_some_and(|e| e == "json");
            let whole = || {
                let json = serde_json::from_slice::<serde_json::Value>(bytes);
                json.is_ok_and(|json| json["accessToken"].is_string())
            };
            if token && !whole() {
                let bytes = String::from_utf8_lossy(bytes);
                return Err(format!("~/{} is torn: {bytes:?}", path.display()));
            }
        }
        let tokens = |tree: &Tree| {
            tree.0
                .keys()
                .filter(|path| path.starts_with(TOKENS))
                .count()
        };
        if tokens(&now) < tokens(&self.before).min(tokens(&self.after)) {
            return Err("a token file is lost".to_owned());
        }
        Ok(())
    }

    /// Returns the files that are there neither before nor after an undisturbed run, except those of the cache
    /// with these ends.
    fn left(&self, ends: &[&str]) -> Result<(), String> {
        let names = |tree: &Tree| tree.0.keys().cloned().collect::<BTreeSet<_>>();
        let known = &names(&self.before) | &names(&self.after);
        let mut left = &names(&Tree::of(&self.home())) - &known;
        left.retain(|path| {
            let of_cache = path.starts_with(".cache/apono-login");
            let allowed = |end: &&str| path.to_string_lossy().ends_with(*end);
            !(of_cache && ends.iter().any(allowed))
        });
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("left behind: {left:?}")),
        }
    }

    /// Checks that nothing is left that belongs to a single run. The cache may have files that stay: locks that the kernel
    /// releases, the key, and entries.
    pub fn no_lock_or_temporary_is_left(&self) -> Result<(), String> {
        self.left(&[".lock", "/key", ".entry"])
    }

    /// Runs the command once more, undisturbed, and checks that all is as after an undisturbed run.
    pub fn the_next_run_completes_it(&self) -> Result<(), String> {
        let output = self.run().output();
        let renewed = self.laptop.aws.count(Operation::CreateToken) > 0;
        // A refresh token can be used once. A process that was killed after AWS had answered takes the new one with it.
        let lost = output.status.code() == Some(3) && renewed;
        if !output.status.success() && !lost {
            return Err(format!("the next run fails: {output}"));
        }
        // What was held back stays until credentials are fetched without a warning, and a failure until they are fetched.
        let of_failures: &[&str] = if lost { &[".failed"] } else { &[] };
        self.left(&[&[".lock", ".warnings"], of_failures].concat())?;
        let now = Tree::of(&self.home());
        for name in EDITED {
            // The context that update-kubeconfig replaces is not recorded where the config file cannot be changed.
            let may_stay = name == CONFIG && self.command == UPDATE_KUBECONFIG;
            if may_stay && now.bytes(name) == self.before.bytes(name) {
                continue;
            }
            if now.bytes(name) != self.after.bytes(name) {
                let is = now.bytes(name).map(String::from_utf8_lossy);
                return Err(format!("~/{name} after the next run: {is:?}"));
            }
        }
        Ok(())
    }

    /// Returns the usual time of a run.
    pub fn usual_time(&self) -> Duration {
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                self.reset();
                let started = Instant::now();
                let mut child = self.run().started();
                assert!(child.wait().unwrap().success());
                started.elapsed()
            })
            .collect();
        times.sort();
        times[2]
    }

    /// Expects an end as documented, and a clear error if it is a failure.
    pub fn ends_well(&self, output: &Output) -> Result<(), String> {
        let code = output.status.code();
        let error = output
            .stderr
            .lines()
            .any(|line| line.starts_with("error: "));
        let cause = output
            .stderr
            .lines()
            .any(|line| line.starts_with("cause: "));
        let good = match code {
            Some(0) => true,
            Some(1 | 3 | 4) => error && cause,
            _ => false,
        };
        match good {
            true => Ok(()),
            false => Err(format!("not a documented end: {output}")),
        }
    }
}

fn with_others() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    laptop.home.write(CONFIG, OTHERS);
    laptop
}

/// Waits for a process that was sent a signal.
pub fn wait(child: &mut Child) -> std::process::ExitStatus {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < end, "it still runs");
        std::thread::sleep(Duration::from_millis(1));
    }
}
