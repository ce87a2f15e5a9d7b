//! Each system call of a writer that writes fails, with each error that fits: no file is torn, the error is clear, and the next
//! run completes it and leaves nothing behind.

use crate::long::calls::{Call, calls_of, only_writes_failed};
use crate::long::writers::Writer;
use crate::long::{Tally, sample};

const SHORT: usize = 8;
/// Errors that have nothing to do with permissions.
const NOT_PERMISSIONS: [&str; 3] = ["ENOSPC", "EDQUOT", "EMFILE"];

fn errors(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "open" | "openat" => &["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EMFILE", "EIO"],
        "write" | "pwrite64" | "ftruncate" | "fallocate" => &["ENOSPC", "EDQUOT", "EIO"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC", "EDQUOT"],
        "fchmod" | "fchmodat" | "chmod" | "fchown" | "chown" => &["EPERM", "EROFS", "EIO"],
        "link" | "linkat" | "symlinkat" => &["EXDEV", "ENOSPC", "EDQUOT", "EACCES", "EIO", "EPERM"],
        "rename" | "renameat" | "renameat2" => &[
            "EBUSY", "EXDEV", "EACCES", "EROFS", "ENOSPC", "EDQUOT", "EIO",
        ],
        "unlink" | "unlinkat" | "rmdir" => &["EBUSY", "EACCES", "EROFS", "EIO"],
        "mkdir" | "mkdirat" => &["ENOSPC", "EDQUOT", "EACCES", "EROFS"],
        "flock" => &["ENOLCK", "EIO"],
        "fcntl" => &["ENOLCK", "EAGAIN", "EINVAL"],
        _ => &["EIO"],
    }
}

fn round(writer: &Writer, call: &Call, error: &str) -> Result<(), String> {
    writer.reset();
    let inject = format!("inject={}:error={error}:when={}", call.name, call.number);
    let trace = format!("trace={}", call.name);
    let output = writer.traced(&["-e", &trace, "-e", &inject]).output();
    let trace = std::fs::read_to_string(writer.trace_file()).unwrap();
    let _ = std::fs::remove_file(writer.trace_file());
    if !only_writes_failed(&trace) {
        return Ok(());
    }
    writer.nothing_is_torn()?;
    writer.ends_well(&output)?;
    let mut lines = output.stderr.lines();
    let of_permissions =
        lines.any(|line| line.contains("permission") && !line.contains("permission set"));
    if NOT_PERMISSIONS.contains(&error) && of_permissions {
        return Err(format!("permissions are not the problem: {output}"));
    }
    writer.the_next_run_completes_it()
}

fn at_each_call(writer: &Writer) {
    let mut tally = Tally::new(format!("error at each writing call: {}", writer.name));
    let rounds = calls_of(writer).into_iter().flat_map(|call| {
        let errors = errors(&call).iter();
        errors.map(move |error| (call.clone(), *error))
    });
    for (call, error) in sample(rounds.collect(), SHORT) {
        let result = round(writer, &call, error);
        tally.round(result.map_err(|why| format!("{error} at {}: {why}", call.shown)));
    }
    tally.end();
}

#[test]
fn of_install() {
    at_each_call(&Writer::install());
}

#[test]
fn of_update_kubeconfig() {
    at_each_call(&Writer::update_kubeconfig());
}

#[test]
fn of_login() {
    at_each_call(&Writer::login());
}

#[test]
fn of_a_renewal() {
    at_each_call(&Writer::renewal());
}

#[test]
fn of_logout() {
    at_each_call(&Writer::logout());
}

#[test]
fn of_uninstall() {
    at_each_call(&Writer::uninstall());
}
