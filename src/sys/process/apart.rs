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
