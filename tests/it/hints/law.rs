//! How a hint's command is found, pasted and judged.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::sso::person::browser;
use kit::browser::Browser;
use kit::home::{Output, Run};
use kit::idp::Idp;
use kit::laptop::{Laptop, files_below};
use kit::tools;

/// Something that a person meets.
#[derive(Clone)]
pub struct Situation {
    pub name: &'static str,
    /// Makes it anew.
    pub make: fn() -> Scene,
}

/// A computer, and what is typed there.
pub struct Scene {
    pub laptop: Laptop,
    /// A shell command that fails, warns or reports.
    pub typed: String,
    /// What is typed afterwards, if it is not the same.
    pub retyped: Option<&'static str>,
    /// Who signs in wherever a sign-in is waited for.
    pub person: &'static str,
    /// What is typed at the questions of a pasted command: it then runs on a terminal.
    pub answers: Option<&'static str>,
    /// A word of a command that has other answers, and these.
    pub other_answers: Option<(&'static str, &'static str)>,
    /// Commands with this word are left out: they need more than this computer has.
    pub except: Option<&'static str>,
    /// What an admin does with a document that a pasted command prints.
    pub admin: Option<fn(&Laptop)>,
    /// What the person knows: words in capitals that stand for a value, and the value.
    pub knows: Vec<(&'static str, String)>,
    /// The identity providers that the person signs in at, which end with this.
    pub idps: Vec<Idp>,
    /// No person signs in while the command is typed for the first time.
    pub absent_at_first: bool,
}

impl Scene {
    pub fn new(laptop: Laptop, typed: impl Into<String>) -> Scene {
        let Laptop { aws, home } = laptop;
        let kubectl = tools::kubectl("1.37");
        let kubectl = std::path::Path::new(&kubectl).display().to_string();
        // `sudo` and the names of tools, as a person has them.
        home.program("bin/kubectl", &format!("exec {kubectl} \"$@\"\n"));
        home.program("bin/sudo", "exec \"$@\"\n");
        let bin = home.path("bin");
        Scene {
            laptop: Laptop {
                aws,
                home: home.with_path(bin),
            },
            typed: typed.into(),
            retyped: None,
            person: crate::sources::sign_in::ALICE,
            answers: None,
            other_answers: None,
            except: None,
            admin: None,
            knows: known().into(),
            idps: Vec::new(),
            absent_at_first: false,
        }
    }

    pub fn answers(mut self, answers: &'static str) -> Scene {
        self.answers = Some(answers);
        self
    }

    pub fn admin(mut self, does: fn(&Laptop)) -> Scene {
        self.admin = Some(does);
        self
    }

    pub fn knows(mut self, word: &'static str, value: impl Into<String>) -> Scene {
        self.knows.push((word, value.into()));
        self
    }

    pub fn retyped(mut self, command: &'static str) -> Scene {
        self.retyped = Some(command);
        self
    }

    fn typed(&self) -> Output {
        let run = self.laptop.home.run("sh", ["-c", &self.typed]);
        match self.absent_at_first {
            true => run.output(),
            false => self.beside_the_person(run),
        }
    }

    fn retype(&self) -> Output {
        let typed = self.retyped.unwrap_or(&self.typed);
        let run = self.laptop.home.run("sh", ["-c", typed]);
        self.beside_the_person(run)
    }

    /// Runs the command as one that was copied from the terminal, with what the person knows in place of words in capitals.
    fn paste(&self, command: &str) -> Output {
        let command = with_values(command, &self.knows);
        let other = self.other_answers;
        let other = other.filter(|(word, _)| command.contains(word));
        let run = match other.map(|(_, answers)| answers).or(self.answers) {
            Some(answers) => {
                let command = format!("{command} 2>&1");
                self.laptop
                    .home
                    .on_terminal_into("said", &command)
                    .input(answers)
            }
            None => {
                let script =
                    format!("{{ {command}; }} >said 2>&1; ended=$?; cat said; exit $ended");
                self.laptop.home.run("sh", ["-c", &script])
            }
        };
        self.beside_the_person(run)
    }

    /// Runs a command while the person signs in at whatever link is opened or printed.
    fn beside_the_person(&self, run: Run) -> Output {
        let run = run
            .env("BROWSER", browser(&self.laptop))
            .env("DISPLAY", ":99");
        let _ = std::fs::remove_file(self.laptop.home.path("said"));
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| self.sign_in_until(&ended));
            // A run that fails the test ends the person's part, too.
            let output = std::panic::catch_unwind(AssertUnwindSafe(|| run.output()));
            ended.store(true, Ordering::Relaxed);
            output.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn sign_in_until(&self, ended: &AtomicBool) {
        let mut done = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            for link in self.links() {
                if !done.contains(&link) {
                    // A page that does not ask is one of an error, which the program tells.
                    let email = self.person;
                    let visited = link.clone();
                    let _ = std::panic::catch_unwind(move || Browser::new().allow(&visited, email));
                    done.push(link);
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The links that a browser was asked to open, and those with a code that the program prints.
    fn links(&self) -> Vec<String> {
        let read = |name| std::fs::read_to_string(self.laptop.home.path(name)).unwrap_or_default();
        let whole = |text: &str| text[..text.rfind('\n').map_or(0, |end| end + 1)].to_owned();
        let opened = whole(&read("opened"));
        let said = whole(&read("said"));
        let printed = said.split_whitespace().filter(|word| {
            let here =
                word.starts_with("http://127.0.0.1:") || word.starts_with("http://localhost:");
            word.contains("?user_code=") || here
        });
        opened.lines().chain(printed).map(str::to_owned).collect()
    }
}

/// Makes each situation once for each command that is named in it, and pastes that command. Returns all commands, and what is wrong.
pub fn hold(situations: &[Situation]) -> (Vec<String>, Vec<String>) {
    let pasted: Mutex<Vec<String>> = Mutex::default();
    let faults: Mutex<Vec<String>> = Mutex::default();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(situation) = situations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let held = std::panic::catch_unwind(|| one(situation));
                    let (commands, wrong) = held.unwrap_or_else(|_| {
                        (Vec::new(), vec![format!("{}: panicked", situation.name)])
                    });
                    pasted.lock().unwrap().extend(commands);
                    faults.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    (pasted.into_inner().unwrap(), faults)
}

fn one(situation: &Situation) -> (Vec<String>, Vec<String>) {
    let name = situation.name;
    let (mut pasted, mut faults) = (Vec::new(), Vec::new());
    let mut number = 0;
    loop {
        let scene = (situation.make)();
        let first = scene.typed();
        let named = commands_of(&first);
        if named.is_empty() {
            faults.push(format!("{name}: names no command\n{first}"));
        }
        let Some(command) = named.get(number) else {
            return (pasted, faults);
        };
        number += 1;
        if scene.except.is_some_and(|word| command.contains(word)) {
            continue;
        }
        pasted.push(command.clone());
        let result = scene.paste(command);
        if is_document(command)
            && let Some(admin) = scene.admin
        {
            if !result.status.success() || result.stdout.trim().is_empty() {
                faults.push(format!("{name}: prints nothing\n{result}"));
            }
            admin(&scene.laptop);
        }
        let again = scene.retype();
        let is_other = result.status.success() || !commands_of(&result).contains(command);
        let is_gone = again.status.success() && !first.status.success();
        // The command that was typed, with what it lacked, is all that was wanted.
        let is_whole = command.starts_with(&scene.typed) && result.status.success();
        let is_named_again = !is_gone && !is_whole && commands_of(&again).contains(command);
        if !is_other || is_named_again {
            faults.push(format!(
                "{name}: `{command}` does not help\n{first}\n{result}\n{again}"
            ));
        }
    }
}

fn is_document(command: &str) -> bool {
    command.contains(" policy ")
}

/// Returns what an output tells to run: commands that belong together (“then …”) as one line for a shell.
fn commands_of(output: &Output) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in format!("{}\n{}", output.stdout, output.stderr).lines() {
        // It ends a list of failures, each of which has hints of its own.
        if line.starts_with("hint: fix these, then ") {
            continue;
        }
        let mut before = line
            .starts_with("hint: then ")
            .then(|| found.pop())
            .flatten();
        let parts: Vec<_> = line.split('`').collect();
        for (number, span) in parts.iter().enumerate().skip(1).step_by(2) {
            if !is_command(span) {
                continue;
            }
            let is_next = before.is_some() && (number == 1 || parts[number - 1].contains("then"));
            let command = match before.take().filter(|_| is_next) {
                Some(first) => {
                    found.retain(|command| *command != first);
                    format!("{first} && {span}")
                }
                None => (*span).to_owned(),
            };
            before = Some(command.clone());
            if !found.contains(&command) {
                found.push(command);
            }
        }
    }
    found
}

/// Whether what stands in backticks can be run, and does not only name a program.
fn is_command(span: &str) -> bool {
    let program = span.split(' ').next().unwrap_or_default();
    let others = ["kubectl", "chmod", "chown", "sudo", "rm"];
    program == "apono-login" || others.contains(&program) && span.contains(' ')
}

/// Words in capitals that stand for a value which this program cannot know, and what the person knows.
fn known() -> [(&'static str, String); 3] {
    [
        ("CLUSTER", "prod"),
        ("REGION", "eu-west-1"),
        ("URL", "https://example.okta.com/home/amazon_aws/0oa1/272"),
    ]
    .map(|(word, value)| (word, value.to_owned()))
}

fn with_values(command: &str, known: &[(&str, String)]) -> String {
    let command = command.replace("127.0.0.1:[PORT]", "127.0.0.1:1");
    let words = command.split(' ').map(|word| {
        let value = known.iter().rev().find(|(name, _)| *name == word);
        value.map_or(word, |(_, value)| value.as_str())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the command with values in place of words in capitals.
pub fn as_typed(command: &str) -> String {
    with_values(command, &known())
}

/// Options that repeat what was typed or is known. They choose what a command works on, not what it mends.
const REPEATED: [&str; 11] = [
    "--account-id",
    "--cluster-name",
    "--from",
    "--name",
    "--namespace",
    "--profile",
    "--refresh-clusters",
    "--region",
    "--sso-region",
    "--sso-start-url",
    "--format",
];

/// Returns the remedies in a command: its verb with each option that mends something, or alone.
pub fn remedies_in(command: &str) -> Vec<String> {
    let ours = command.split(" -- ").next().unwrap_or_default();
    let ours = ours.strip_suffix(" --").unwrap_or(ours);
    let words: Vec<_> = ours.split(' ').skip(1).collect();
    let is_verb = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let verb = words.iter().take_while(|word| !word.starts_with('-'));
    let verb: Vec<_> = verb.take_while(is_verb).copied().collect();
    let verb = match verb.join(" ") {
        none if none.is_empty() => "login".to_owned(),
        verb => verb,
    };
    let options = words.iter().filter(|word| word.starts_with("--"));
    let options = options.map(|word| word.split('=').next().unwrap_or_default());
    let options: Vec<_> = options
        .filter(|option| !REPEATED.contains(option))
        .collect();
    match options[..] {
        [] => vec![verb],
        _ => options
            .iter()
            .map(|option| format!("{verb} {option}"))
            .collect(),
    }
}

/// Whether a remedy is known not to be tried here.
pub fn is_not_tried_here(remedy: &str) -> bool {
    NOT_HERE.iter().any(|(other, _)| *other == remedy)
}

/// What is not tried here: the tests that run it, or why.
const NOT_HERE: [(&str, &str); 20] = [
    ("doctor", OFFER),
    ("exec", OFFER),
    ("get-token", OFFER),
    ("help uninstall", OFFER),
    ("policy check", OFFER),
    ("uninstall", OFFER),
    ("update-kubeconfig --dry-run", OFFER),
    ("update-kubeconfig --no-switch", OFFER),
    ("install --no-browser", "sso::another"),
    ("install --sso-session", "install::sso_sessions"),
    ("login --device-code", "sso::device"),
    ("login --force", "doctor::faults_of_aws"),
    ("login --saml-response", "saml::by_hand"),
    ("login --all", "team::again"),
    ("logout", "team::alive"),
    ("logout --all", "sso::out"),
    ("uninstall --all", "team::consent"),
    ("policy assume-role --also", "failures::policies"),
    ("policy trust-saml --saml-provider", "policy::documents"),
    ("install --dry-run", OFFER),
];
/// It looks closer or starts anew, and mends nothing by itself.
const OFFER: &str = "an offer";

/// Returns the remedies of this program that recorded outputs name, each with a command.
pub fn remedies_in_snapshots() -> BTreeMap<String, String> {
    let folder = tools::in_repository("tests/it/snapshots");
    let mut found = BTreeMap::new();
    for path in files_below(&folder) {
        // Help texts are examples for readers.
        if path.components().any(|part| part.as_os_str() == "help") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let spans = text
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        for command in spans.filter(|span| is_command(span) && span.starts_with("apono-login")) {
            for remedy in remedies_in(command) {
                found.entry(remedy).or_insert_with(|| command.to_owned());
            }
        }
    }
    found
}
