//! The browser's process, and the pipe for DevTools messages: JSON, each ended by a zero byte.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::sys::process;

/// The longest message, in bytes. It has the form twice, once in base64; the form may be as long as any input that is read.
const LONGEST_MESSAGE: usize = 4 << 20;
/// The most messages that wait to be read.
const MOST_WAITING: usize = 64;
/// How long the browser may take to save its data and exit.
const LONGEST_END: Duration = Duration::from_secs(5);
/// The time between two checks whether it has exited.
const PAUSE: Duration = Duration::from_millis(10);
/// How much of its stderr is kept, in bytes.
const LAST_WORDS: usize = 400;

/// Why there are no more messages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hung {
    Up,
    TooLong,
}

/// The browser's process. It is killed when dropped, if it still runs.
pub(super) struct Process {
    child: Child,
    /// `None` once the pipe is known to be closed.
    to: Option<File>,
    from: Receiver<Result<Zeroizing<Vec<u8>>, Hung>>,
    last_words: Arc<Mutex<Vec<u8>>>,
    last_id: u64,
}

impl Process {
    pub(super) fn start(program: &Path, flags: &[OsString]) -> io::Result<Process> {
        process::close_inherited();
        let (mut child, to, from) = spawn(program, flags)?;
        let (send, messages) = sync_channel(MOST_WAITING);
        let reading = Builder::new().spawn(move || {
            let mut reader = Reader::new(from);
            loop {
                let message = reader.next();
                let last = message.is_err();
                if send.send(message).is_err() || last {
                    return;
                }
            }
        });
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let listening = child.stderr.take().map(|stderr| {
            let words = Arc::clone(&last_words);
            Builder::new().spawn(move || listen(stderr, &words))
        });
        let process = Process {
            child,
            to: Some(to),
            from: messages,
            last_words,
            last_id: 0,
        };
        // On an error the process is dropped, which kills the browser.
        reading?;
        listening.transpose()?;
        Ok(process)
    }

    /// Sends a command. Its response has the number of commands so far as its `id`. An error shows when the next message is
    /// read.
    pub(super) fn send(&mut self, method: &str, params: &Value) {
        self.last_id += 1;
        let command = json!({ "id": self.last_id, "method": method, "params": params });
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        if let Some(to) = &mut self.to
            && to.write_all(&bytes).is_err()
        {
            self.to = None;
        }
    }

    /// Returns the next message. `None` if there is none within `wait`.
    pub(super) fn next(&self, wait: Duration) -> Result<Option<Zeroizing<Vec<u8>>>, Hung> {
        match self.from.recv_timeout(wait) {
            Ok(message) => message.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Hung::Up),
        }
    }

    /// Returns the last line that the browser wrote to stderr.
    pub(super) fn last_words(&self) -> String {
        // Another thread reads it, and may be a moment behind.
        sleep(PAUSE * 5);
        let words = self.last_words.lock();
        let words = words.unwrap_or_else(PoisonError::into_inner);
        let words = String::from_utf8_lossy(&words);
        words
            .trim_end()
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// Makes the browser save its data and exit.
    pub(super) fn close(&mut self) {
        self.send("Browser.close", &json!({}));
        let told = Instant::now();
        while told.elapsed() < LONGEST_END {
            // There may be more messages than the channel can hold.
            while let Ok(Some(_)) = self.next(Duration::ZERO) {}
            match self.child.try_wait() {
                Ok(None) => sleep(PAUSE),
                _ => return,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Keeps the last bytes of stderr.
fn listen(mut stderr: ChildStderr, words: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut chunk) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&chunk[..count]);
        let surplus = words.len().saturating_sub(LAST_WORDS);
        words.drain(..surplus);
    }
}

/// Splits a stream into messages.
struct Reader<R> {
    source: R,
    chunk: Zeroizing<Vec<u8>>,
    /// The part of the chunk that is not consumed yet.
    rest: std::ops::Range<usize>,
}

impl<R: io::Read> Reader<R> {
    fn new(source: R) -> Self {
        Reader {
            source,
            chunk: Zeroizing::new(vec![0; 64 << 10]),
            rest: 0..0,
        }
    }

    fn next(&mut self) -> Result<Zeroizing<Vec<u8>>, Hung> {
        let mut message = Zeroizing::new(Vec::new());
        loop {
            if self.rest.is_empty() {
                self.rest = 0..match self.source.read(&mut self.chunk) {
                    Ok(count @ 1..) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) => return Err(Hung::Up),
                };
            }
            let bytes = &self.chunk[self.rest.clone()];
            let end = bytes.iter().position(|byte| *byte == 0);
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            if message.len() + piece.len() > LONGEST_MESSAGE {
                return Err(Hung::TooLong);
            }
            append(&mut message, piece);
            self.rest.start += piece.len();
            if end.is_some() {
                self.rest.start += 1;
                return Ok(message);
            }
        }
    }
}

/// Appends to the message. A vector that grows by itself leaves copies in memory.
fn append(message: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    if message.capacity() - message.len() < piece.len() {
        let room = (message.len() + piece.len()).next_power_of_two();
        let mut larger = Zeroizing::new(Vec::with_capacity(room));
        larger.extend_from_slice(message);
        *message = larger;
    }
    message.extend_from_slice(piece);
}

/// Starts the browser. Returns its process and this side of both pipes.
#[cfg(unix)]
fn spawn(program: &Path, flags: &[OsString]) -> io::Result<(Child, File, File)> {
    use std::os::fd::OwnedFd;
    use std::os::unix::process::CommandExt as _;
    // The browser reads from descriptor 3 and writes to 4. The shell makes them from stdin and stdout.
    const ON_3_AND_4: &str = r#"exec "$@" --remote-debugging-pipe 3<&0 4>&1 </dev/null >&2"#;
    let mut child = process::command("/bin/sh")
        .args(["-c", ON_3_AND_4, "sh"])
        .arg(program)
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C ends this process only; then the pipe closes, and so does the browser.
        .process_group(0)
        .spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(to), Some(from)) => {
            let (to, from) = (OwnedFd::from(to), OwnedFd::from(from));
            Ok((child, to.into(), from.into()))
        }
        _ => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

/// Starts the browser. Returns its process and this side of both pipes. The browser gets the numbers of its handles, which
/// are valid there because it inherits them.
///
/// With them it inherits all other handles of this process that can be inherited, such as the output that kubectl reads: without unsafe
/// code there is no list of handles. It has ended before this process answers, since dropping the [`Process`] waits for that, and
/// Chromium starts its own processes with lists of handles.
#[cfg(windows)]
fn spawn(program: &Path, flags: &[OsString]) -> io::Result<(Child, File, File)> {
    use std::os::windows::io::{AsRawHandle as _, OwnedHandle};
    use std::os::windows::process::CommandExt as _;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;

    let (to, its_from) = interprocess::unnamed_pipe::pipe()?;
    let (its_to, from) = interprocess::unnamed_pipe::pipe()?;
    let its_ends = [OwnedHandle::from(its_from), OwnedHandle::from(its_to)];
    // Copies, which are not inherited: the browser must not keep this side open after this process has ended.
    let ours = |end: OwnedHandle| end.try_clone().map(File::from);
    let (to, from) = (ours(to.into())?, ours(from.into())?);
    let [read, write] = its_ends.each_ref().map(|end| end.as_raw_handle() as usize);
    let child = process::command(program)
        .args(flags)
        .arg("--remote-debugging-pipe")
        .arg(format!("--remote-debugging-io-pipes={read},{write}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .creation_flags(CREATE_NEW_PROCESS_GROUP)
        .spawn()?;
    Ok((child, to, from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process::this_test;

    /// A reader that returns its bytes in pieces of these sizes.
    struct Pieces<'a>(&'a [u8], Vec<usize>);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.1.pop().unwrap_or(usize::MAX);
            let size = size.min(self.0.len()).min(into.len());
            into[..size].copy_from_slice(&self.0[..size]);
            self.0 = &self.0[size..];
            Ok(size)
        }
    }

    #[test]
    fn messages_end_with_a_zero_byte() {
        for sizes in [vec![], vec![1; 12], vec![3, 5], vec![2, 1, 1]] {
            let mut reader = Reader::new(Pieces(b"{}\0\0[1,2]\0end", sizes));
            for expected in ["{}", "", "[1,2]"] {
                assert_eq!(*reader.next().unwrap(), expected.as_bytes());
            }
            assert_eq!(reader.next().unwrap_err(), Hung::Up, "not a whole one");
        }
    }

    const LONG: Duration = Duration::from_secs(40);

    #[test]
    #[ignore = "a program that a test starts"]
    fn does_not_end() {
        sleep(LONG);
    }

    #[test]
    #[ignore = "a program that a test starts"]
    fn drops_a_browser() {
        let test = this_test(module_path!(), "does_not_end");
        let flags: Vec<_> = test.get_args().map(OsString::from).collect();
        let browser = Process::start(Path::new(test.get_program()), &flags).unwrap();
        sleep(PAUSE * 20);
        drop(browser);
    }

    /// It is killed, so that it does not hold the output of this program.
    #[test]
    fn a_browser_that_does_not_end_by_itself() {
        let started = Instant::now();
        let mut child = this_test(module_path!(), "drops_a_browser")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut output = child.stdout.take().unwrap();
        output.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "{text}");
        assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    }

    #[test]
    fn a_message_has_a_longest_length() {
        let longest = [vec![b'a'; LONGEST_MESSAGE], vec![0]].concat();
        let mut reader = Reader::new(&longest[..]);
        assert_eq!(reader.next().unwrap().len(), LONGEST_MESSAGE);
        let longer = vec![b'a'; LONGEST_MESSAGE + 1];
        assert_eq!(Reader::new(&longer[..]).next().unwrap_err(), Hung::TooLong);
    }
}
