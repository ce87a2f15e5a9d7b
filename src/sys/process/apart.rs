//! Programs that go on after this one: without its terminal, its Ctrl-C and its open files. Whoever reads the output of this
//! program waits until all processes have closed it.

use std::io;
#[cfg(unix)]
use std::process::Child;
use std::process::{Command, ExitStatus, Stdio};

/// A program that goes on after this one.
pub struct Apart {
    #[cfg(unix)]
    child: Child,
    #[cfg(windows)]
    process: windows::Process,
}

impl Apart {
    /// Starts a program without input and output. The command has its full path, its arguments, and nothing else.
    pub fn start(command: &mut Command) -> io::Result<Apart> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(Apart {
            #[cfg(unix)]
            child: command.spawn()?,
            #[cfg(windows)]
            process: windows::start(command)?,
        })
    }

    /// Returns its exit status, if it has ended.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        #[cfg(unix)]
        return self.child.try_wait();
        #[cfg(windows)]
        windows::exit_status(&self.process)
    }

    #[cfg(all(test, unix))]
    pub fn into_child(self) -> Child {
        self.child
    }

    /// Lets it go on. On Unix a thread waits for it, which prevents a zombie. If no thread can be started, there is one until this
    /// process ends, which does no harm.
    pub fn leave(self) {
        #[cfg(unix)]
        {
            let mut child = self.child;
            let _ = std::thread::Builder::new().spawn(move || child.wait());
        }
    }
}

/// The standard library starts each program with all handles that can be inherited, and the standard ones of this process can,
/// since its own caller made them so.
#[cfg(windows)]
mod windows {
    use std::io;
    use std::os::windows::process::ExitStatusExt as _;
    use std::process::{Command, ExitStatus};

    use winsafe::guard::CloseHandlePiGuard;
    use winsafe::{STARTUPINFO, co};

    pub(super) type Process = CloseHandlePiGuard;

    /// Starts the command with no handles, in a console of its own that has no window. A process without any console would open
    /// one, with a window, for each console program that it starts itself.
    pub(super) fn start(command: &Command) -> io::Result<Process> {
        let (program, line) = super::super::line::command_line(command)?;
        let flags = co::CREATE::NO_WINDOW | co::CREATE::NEW_PROCESS_GROUP;
        let mut startup = STARTUPINFO::default();
        // None. Without this, wine copies the standard handles of this process.
        startup.dwFlags = co::STARTF::USESTDHANDLES;
        winsafe::CreateProcess(
            Some(&program),
            Some(&line),
            None,
            None,
            false,
            flags,
            &[],
            None,
            &mut startup,
        )
        .map_err(system_error)
    }

    pub(super) fn exit_status(process: &Process) -> io::Result<Option<ExitStatus>> {
        let wait = process.hProcess.WaitForSingleObject(Some(0));
        match wait.map_err(system_error)? {
            co::WAIT::TIMEOUT => Ok(None),
            _ => {
                let code = process.hProcess.GetExitCodeProcess();
                Ok(Some(ExitStatus::from_raw(code.map_err(system_error)?)))
            }
        }
    }

    fn system_error(error: co::ERROR) -> io::Error {
        io::Error::from_raw_os_error(error.raw().cast_signed())
    }
}

#[cfg(test)]
#[allow(clippy::print_stdout)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::sys::process::{command, this_test};

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    #[ignore = "a program that the test below starts"]
    fn sleeps() {
        std::thread::sleep(LONG);
    }

    #[test]
    #[ignore = "a program that the test below starts"]
    fn starts_another() {
        let mut program = Apart::start(&mut this_test(module_path!(), "sleeps")).unwrap();
        assert!(program.try_wait().unwrap().is_none());
        println!("started");
        program.leave();
    }

    #[test]
    fn it_does_not_hold_the_output_open() {
        let started = Instant::now();
        let mut child = this_test(module_path!(), "starts_another")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for pipe in [
            &mut child.stdout.take().unwrap() as &mut dyn std::io::Read,
            &mut child.stderr.take().unwrap(),
        ] {
            pipe.read_to_string(&mut text).unwrap();
        }
        let took = started.elapsed();
        assert!(
            text.contains("started") && child.wait().unwrap().success(),
            "{text}"
        );
        assert!(took < LONG / 2, "{took:?}");
    }

    #[test]
    fn its_exit_status_is_known() {
        let program = match cfg!(windows) {
            true => crate::sys::system::windows_program("cmd.exe"),
            false => "/bin/sh".into(),
        };
        let flag = if cfg!(windows) { "/c" } else { "-c" };
        let mut program = Apart::start(command(program).args([flag, "exit 7"])).unwrap();
        let status = loop {
            match program.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        assert_eq!(status.code(), Some(7));
        assert!(Apart::start(&mut command("/no/such/program")).is_err());
    }
}
