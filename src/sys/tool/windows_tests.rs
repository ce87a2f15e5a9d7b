//! Other programs on Windows: their output, their errors, and their end with all that they started.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn cmd(script: &str, max_bytes: u64, limit: Duration) -> Result<Vec<u8>, Error> {
    let mut command = process::command(windows_program("cmd.exe"));
    command.args(["/d", "/c", script]).stdin(Stdio::null());
    capture("cmd", command, max_bytes, limit)
}

#[test]
fn output_and_errors() {
    let said = cmd("echo x", 100, MINUTE).unwrap();
    assert_eq!(String::from_utf8_lossy(&said).trim(), "x");
    let failed = cmd("echo no>&2& exit 3", 100, MINUTE).unwrap_err();
    assert_eq!(failed.to_string(), "cmd failed: no");
    assert!(matches!(failed, Error::Failed { status, .. } if status.code() == Some(3)));
    let large = cmd("echo 1234567890", 5, MINUTE).unwrap_err();
    assert!(matches!(large, Error::TooLarge { limit: 5, .. }));
    let missing = run("no-such-program", &[], OsStr::new(r"C:\"), 1, MINUTE).unwrap_err();
    assert!(matches!(missing, Error::Missing { .. }));
}

#[test]
#[ignore = "a program that a test starts"]
fn sleeps() {
    std::thread::sleep(MINUTE);
}

#[test]
#[ignore = "a program that a test starts"]
fn starts_one_that_sleeps() {
    assert!(
        process::this_test(module_path!(), "sleeps")
            .status()
            .unwrap()
            .success()
    );
}

/// Returns how long the output of one of these programs stays open if it is killed after a moment.
fn open_if_killed(name: &str) -> Duration {
    let mut child = process::this_test(module_path!(), name)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert!(child.try_wait().unwrap().is_none(), "{name}");
    let killed = Instant::now();
    kill(&mut child, false);
    read(output, 1 << 20);
    killed.elapsed()
}

#[test]
fn one_that_hangs_is_killed() {
    let took = open_if_killed("sleeps");
    assert!(took < MINUTE / 2, "{took:?}");
    let started = Instant::now();
    let slow = capture(
        "test",
        process::this_test(module_path!(), "sleeps"),
        1 << 20,
        Duration::from_secs(1),
    );
    assert!(matches!(slow, Err(Error::Slow { .. })), "{slow:?}");
    assert!(started.elapsed() < MINUTE / 2);
}

/// That has its output, too.
#[test]
fn and_what_it_started() {
    let took = open_if_killed("starts_one_that_sleeps");
    assert!(took < MINUTE / 2, "{took:?}");
}
