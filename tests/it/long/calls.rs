//! The system calls of a run that write, to fail or to be killed at.

use std::collections::BTreeMap;

use crate::long::writers::Writer;

/// Calls that change files, and those that open or lock them.
const CALLS: &str = "open,openat,creat,write,pwrite64,writev,ftruncate,fallocate,fsync,fdatasync,fchmod,fchmodat,chmod,fchown,chown,\
                     link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,symlinkat,flock,fcntl,copy_file_range,sendfile";

/// A call: its name, its number among the calls of that name in one thread (from 1), and how strace shows it.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    pub number: usize,
    pub shown: String,
}

impl Call {
    /// Returns whether its failure or its moment matters: reads, sockets and the output do not count.
    fn writes(&self) -> bool {
        let shown = &self.shown;
        let has = |part: &str| shown.contains(part);
        // strace -y shows the file of a descriptor: `write(7</home/…>, `.
        let of_a_file = || {
            shown
                .split_once('<')
                .is_some_and(|(_, rest)| rest.starts_with('/'))
                && !has("</dev/")
        };
        match self.name.as_str() {
            "open" | "openat" => {
                has("O_CREAT") || has("O_WRONLY") || has("O_RDWR") || has("O_TMPFILE")
            }
            "fcntl" => (has("F_SETLEASE") || has("F_SETLK") || has("F_OFD_SETLK")) && of_a_file(),
            "unlink" | "unlinkat" | "rename" | "renameat" | "renameat2" | "link" | "linkat"
            | "mkdir" | "mkdirat" | "rmdir" | "chmod" | "chown" | "fchmodat" | "symlinkat" => true,
            _ => of_a_file(),
        }
    }
}

/// Returns whether each call that strace made fail is one that writes. The same number may be another call in another run, such as
/// one that wakes a thread of the runtime.
pub fn only_writes_failed(trace: &str) -> bool {
    let mut failed = trace.lines().filter(|line| line.contains("(INJECTED)"));
    failed.all(|line| {
        let shown = line
            .split_once(' ')
            .map_or(line, |(_, shown)| shown.trim_start());
        let name = shown.split('(').next().unwrap_or_default().to_owned();
        let shown = shown.to_owned();
        Call {
            name,
            number: 0,
            shown,
        }
        .writes()
    })
}

/// Returns the calls of an undisturbed run that write.
pub fn calls_of(writer: &Writer) -> Vec<Call> {
    writer.reset();
    let run = writer.traced(&["-s", "0", "-e", &format!("trace={CALLS}")]);
    writer.laptop.succeeds(run);
    let trace = std::fs::read_to_string(writer.trace_file()).unwrap();
    let _ = std::fs::remove_file(writer.trace_file());
    let mut counts = BTreeMap::new();
    let mut calls: Vec<Call> = Vec::new();
    for line in trace.lines() {
        // PID NAME(ARGUMENTS…
        let Some((pid, shown)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, _)) = shown.trim_start().split_once('(') else {
            continue;
        };
        if name.contains(' ') {
            continue;
        }
        let number = counts.entry((pid.to_owned(), name.to_owned())).or_insert(0);
        *number += 1;
        let call = Call {
            name: name.to_owned(),
            number: *number,
            shown: shown.trim_start().to_owned(),
        };
        // strace counts the calls of each thread.
        let known = calls
            .iter()
            .any(|c| c.name == call.name && c.number == call.number);
        if call.writes() && !known {
            calls.push(call);
        }
    }
    assert!(calls.len() > 3, "{}: {trace}", writer.name);
    calls
}
