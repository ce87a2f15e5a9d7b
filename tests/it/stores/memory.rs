//! Secrets in memory cannot be read by other processes.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use crate::stores::person::Person;
use kit::home::Output;
use kit::laptop::GET_TOKEN;
use kit::standin::Service;

const SIGABRT: i32 = 6;

/// A process of the person as other processes see it.
struct Seen {
    core_limit: String,
    /// The owner of the process's files: root if the process is not dumpable, see proc(5).
    owner_of_memory: u32,
    /// The result when another process of this person reads its environment.
    environment: Output,
    core_dumped: bool,
}

/// Starts the command in its own folder with core dumps allowed, inspects it, and kills it with a signal
/// that dumps core if the process permits it.
fn seen(person: &Person, command: &str) -> Seen {
    let name = command.split(' ').next().unwrap();
    let folder = person.home().join("dumps-of").join(name);
    let script = format!(
        "mkdir -p {0} && cd {0} && ulimit -S -c 64 && echo $$ > pid && exec {command}",
        folder.display()
    );
    std::thread::scope(|scope| {
        let run = scope.spawn(|| person.shell("file", &script).output());
        let end = Instant::now() + Duration::from_secs(20);
        let pid: u32 = loop {
            let starts = Instant::now() < end && !run.is_finished();
            assert!(
                starts,
                "{name} does not start; core dumps have to be possible here: `ulimit -H -c`"
            );
            std::thread::sleep(Duration::from_millis(10));
            let busy = name == "sleep" || person.laptop.aws.connections(Service::Sts) > 0;
            let pid = fs::read_to_string(folder.join("pid")).unwrap_or_default();
            if let (true, Ok(pid)) = (busy, pid.trim().parse()) {
                break pid;
            }
        };
        // The shell writes its process ID before it becomes the program.
        std::thread::sleep(Duration::from_millis(100));
        let core_limit = core_limit(pid);
        let owner_of_memory = fs::metadata(format!("/proc/{pid}/mem")).unwrap().uid();
        let environment = person.shell("file", &format!("head -c 4 /proc/{pid}/environ"));
        let environment = environment.output();
        let kill = person.shell("file", &format!("kill -ABRT {pid}"));
        kill.succeeds();
        let output = run.join().unwrap();
        assert_eq!(output.status.signal(), Some(SIGABRT), "{output}");
        // A file besides the one with the process ID.
        let left = fs::read_dir(&folder).unwrap().count() > 1;
        Seen {
            core_limit,
            owner_of_memory,
            environment,
            core_dumped: left || output.status.core_dumped(),
        }
    })
}

/// Returns the soft limit on core dumps of a process.
fn core_limit(pid: u32) -> String {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let mut lines = limits.lines();
    let line = lines.find(|line| line.starts_with("Max core file size"));
    let line = line.unwrap();
    line.split_whitespace().nth(4).unwrap().to_owned()
}

#[test]
fn no_core_dumps_and_no_looking_in() {
    let person = Person::plain();
    // The control: other programs of this user can be inspected and dump core.
    let control = seen(&person, "sleep 60");
    assert_ne!(control.core_limit, "0");
    assert_eq!(control.owner_of_memory, person.uid());
    assert_eq!(control.environment.stdout.len(), 4);
    assert!(
        control.core_dumped,
        "core dumps have to be possible here: core(5)"
    );

    person.laptop.aws.set_delay(Duration::from_secs(60));
    let ours = seen(&person, &format!("apono-login {GET_TOKEN}"));
    assert_eq!(ours.core_limit, "0");
    assert_eq!(ours.owner_of_memory, 0);
    assert!(ours.environment.stderr.contains("Permission denied"));
    assert!(!ours.core_dumped);
}

/// The caller may want to debug the command that `exec` runs.
#[test]
fn exec_gives_the_callers_limit_back() {
    let person = Person::plain();
    for limit in ["0", "8", "64"] {
        let script = format!(
            "ulimit -S -c {limit} && exec apono-login exec -- sh -c 'ulimit -c; stat -c %u /proc/$$/mem'"
        );
        let output = person.laptop.succeeds(person.shell("file", &script));
        assert_eq!(output.stdout, format!("{limit}\n{}\n", person.uid()));
    }
}
