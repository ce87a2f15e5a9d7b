//! `install` against other writers of `~/.aws/config`, which write in place without a lock: no file, no edit of ours and no edit of
//! theirs is lost.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::long::{Tally, rounds, spread};
use kit::home::Output;
use kit::laptop::{INSTALL, Laptop, PROFILE};
use kit::tools;

const CONFIG: &str = ".aws/config";
const OTHERS: &str = "# mine\n[default]\nregion = us-east-1\n\n[profile other]\nregion = first\ns3 =\n  max_concurrent_requests = 7\n";

/// A Python process that writes as other programs do.
pub struct Other {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Other {
    pub fn start() -> Other {
        let mut process = Command::new(tools::python())
            .arg(tools::in_repository("tests/tools/write_in_place.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut other = Other {
            process,
            stdin,
            stdout,
        };
        other.says("ready");
        other
    }

    pub fn told(&mut self, line: &Value) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    #[track_caller]
    pub fn says(&mut self, word: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), word);
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How the other program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The aws CLI's own writer, at some moment of the run.
    Aws,
    /// An editor that has emptied the file when the run starts.
    Held,
    /// An editor that has written half of the file when the run starts.
    Half,
}

/// What is lost after a round.
#[derive(Default)]
pub struct Lost {
    pub files: usize,
    pub ours: usize,
    pub theirs: usize,
    pub refused: usize,
}

impl Lost {
    /// Judges a round: what the file must contain, besides our edit if the command succeeded.
    pub fn judge(
        &mut self,
        text: &str,
        whole: &[&str],
        theirs: Option<&str>,
        ours: Option<&str>,
    ) -> Result<(), String> {
        let mut wrong = Vec::new();
        if whole.iter().any(|part| !text.contains(part)) {
            self.files += 1;
            wrong.push("the file");
        }
        if theirs.is_some_and(|theirs| !text.contains(theirs)) {
            self.theirs += 1;
            wrong.push("their edit");
        }
        match ours {
            Some(ours) if !text.contains(ours) => {
                self.ours += 1;
                wrong.push("our edit");
            }
            Some(_) => {}
            None => self.refused += 1,
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => {
                let start: String = text.chars().take(400).collect();
                Err(format!("lost: {}\n{start}", wrong.join(", ")))
            }
        }
    }

    pub fn note(&self) -> String {
        let Lost {
            files,
            ours,
            theirs,
            refused,
        } = self;
        format!(
            "lost: {files} files, {ours} edits of ours, {theirs} of theirs; {refused} times refused"
        )
    }
}

/// Expects success, or a refusal that says that another program writes. Returns whether it succeeded.
pub fn succeeded(output: &Output) -> Result<bool, String> {
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1 | 4) if output.stderr.starts_with("error: ") => Ok(false),
        _ => Err(format!("{output}")),
    }
}

fn config_round(
    laptop: &Laptop,
    other: &mut Other,
    how: How,
    number: usize,
    usual: Duration,
    lost: &mut Lost,
) -> Result<(), String> {
    laptop.home.write(CONFIG, format!("{OTHERS}\n{PROFILE}"));
    let path = laptop.home.path(CONFIG).display().to_string();
    let region = format!("round-{number}");
    let email = format!("round{number}@example.com");
    let after = usual.mul_f64(spread(number) * 1.2).as_secs_f64();
    match how {
        How::Aws => {
            let section = "profile other";
            other.told(&json!({"how": "aws", "path": path, "section": section, "key": "region", "value": region, "after": after}));
        }
        How::Held | How::Half => {
            let how = if how == How::Held { "held" } else { "half" };
            other.told(
                &json!({"how": how, "path": path, "from": "first", "to": region, "after": after}),
            );
            other.says("open");
        }
    }
    let install = INSTALL.replace("alice@example.com", &email);
    let output = laptop.run(&format!("{install} --yes")).output();
    other.says("done");
    let ours = succeeded(&output)?.then(|| format!("role_session_name = {email}\n"));
    let whole = [
        "# mine\n[default]\nregion = us-east-1\n\n[profile other]\n",
        "max_concurrent_requests = 7\n",
        "[profile apono-k8s-access]\n",
    ];
    let theirs = format!("region = {region}\n");
    lost.judge(
        &laptop.home.read(CONFIG),
        &whole,
        Some(&theirs),
        ours.as_deref(),
    )
}

fn against(how: How, what: &str, short: usize, long: usize) {
    let (mut tally, mut lost) = (
        Tally::new(format!("install against {what}")),
        Lost::default(),
    );
    let (laptop, mut other) = (Laptop::new(), Other::start());
    let started = Instant::now();
    laptop.succeeds(laptop.run(&format!("{INSTALL} --dry-run")));
    let usual = started.elapsed() + Duration::from_millis(5);
    for round in 0..rounds(short, long) {
        let result = config_round(&laptop, &mut other, how, round, usual, &mut lost);
        tally.round(result.map_err(|error| format!("round {round}: {error}")));
    }
    tally.note = lost.note();
    tally.end();
}

#[test]
fn install_against_the_aws_cli() {
    against(How::Aws, "the aws CLI's writer", 24, 1000);
}

#[test]
fn install_against_an_editor_that_has_emptied_the_file() {
    against(How::Held, "an editor that has emptied the file", 10, 300);
}

#[test]
fn install_against_an_editor_that_has_written_half() {
    against(How::Half, "an editor that has written half", 10, 300);
}

/// The other program writes only after the run: the edit is refused, or nothing is lost.
#[test]
fn install_against_an_editor_that_waits_for_it() {
    let what = "install against an editor that writes afterwards";
    let (mut tally, mut lost) = (Tally::new(what), Lost::default());
    let (laptop, mut other) = (Laptop::new(), Other::start());
    for round in 0..rounds(1, 10) {
        laptop.home.write(CONFIG, format!("{OTHERS}\n{PROFILE}"));
        let path = laptop.home.path(CONFIG).display().to_string();
        let how = ["held", "half"][round % 2];
        other
            .told(&json!({"how": how, "path": path, "from": "first", "to": "last", "after": null}));
        other.says("open");
        let install = INSTALL.replace("alice", "carol");
        let output = laptop.run(&format!("{install} --yes")).output();
        other.told(&Value::Null);
        other.says("done");
        let result = succeeded(&output).and_then(|succeeded| {
            let text = laptop.home.read(CONFIG);
            let whole = [
                "# mine\n[default]\n",
                "max_concurrent_requests = 7\n",
                "[profile apono-k8s-access]\n",
            ];
            let ours = succeeded.then_some("carol@example.com");
            lost.judge(&text, &whole, Some("region = last\n"), ours)
        });
        tally.round(result.map_err(|error| format!("{how}: {error}\n{output}")));
    }
    tally.note = lost.note();
    tally.end();
}
