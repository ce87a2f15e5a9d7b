//! What a path names instead of a file: a folder; and on Windows a device (`CON`, `NUL`, `COM1`, `\\.\…`), or a stream beside the
//! content of a file (`config:name`). Which names are devices differs by version of Windows, so the open file is asked.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{Error, OPEN, READ, STAT, at};

/// # Errors
/// The path names a stream of a file. To create it would create the file.
pub(super) fn check_name(path: &Path) -> Result<(), Error> {
    let names_stream = cfg!(windows)
        && path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().contains(&b':'));
    match names_stream {
        true => Err(not_a_file(path)),
        false => Ok(()),
    }
}

/// # Errors
/// It is a device of Windows, such as the console or a serial port: reading may never end. A pipe that a path names is none.
pub(super) fn check_input(file: &File, path: &Path) -> Result<(), Error> {
    match (cfg!(windows), file.metadata()) {
        (true, Err(error)) if !is_pipe(path) => Err(refused(path, STAT)(error)),
        _ => Ok(()),
    }
}

/// Returns the error for what was tried with a path, as on other systems. Windows denies access to a folder, and does not tell the
/// metadata of a device.
pub(super) fn refused<'a>(
    path: &'a Path,
    doing: &'static str,
) -> impl FnOnce(io::Error) -> Error + 'a {
    // ERROR_INVALID_FUNCTION, ERROR_INVALID_HANDLE, ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER
    const OF_A_DEVICE: [i32; 4] = [1, 6, 50, 87];
    const ERROR_DIRECTORY_NOT_SUPPORTED: i32 = 336;
    move |error| {
        let code = error.raw_os_error().unwrap_or_default();
        let is_device = OF_A_DEVICE.contains(&code);
        let is_folder = || error.kind() == io::ErrorKind::PermissionDenied && path.is_dir();
        match doing {
            _ if cfg!(not(windows)) => at(path, doing)(error),
            STAT if is_device => not_a_file(path),
            OPEN if is_folder() => not_a_file(path),
            READ if is_folder() => {
                at(path, doing)(io::Error::from_raw_os_error(ERROR_DIRECTORY_NOT_SUPPORTED))
            }
            _ => at(path, doing)(error),
        }
    }
}

fn not_a_file(path: &Path) -> Error {
    Error::NotAFile {
        path: path.to_owned(),
    }
}

/// Returns whether the path is one of a named pipe, as `\\.\pipe\NAME`. Only Windows has such paths.
fn is_pipe(path: &Path) -> bool {
    use std::path::{Component, Prefix};
    let Some(Component::Prefix(prefix)) = path.components().next() else {
        return false;
    };
    match prefix.kind() {
        Prefix::DeviceNS(name) | Prefix::Verbatim(name) | Prefix::UNC(_, name) => {
            name.eq_ignore_ascii_case("pipe")
        }
        _ => false,
    }
}

#[cfg(windows)]
#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::print_stdout)]
mod tests {
    use super::*;
    use crate::sys::file::{self, Opened};

    #[test]
    fn a_device_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "NUL", "nul", "CON", "CONIN$", "CONOUT$", r"\\.\NUL", r"\\.\CON", "//./nul", "COM1",
            "LPT1", "AUX", "PRN",
        ] {
            let inside = folder.path().join(name);
            for path in [Path::new(name), &inside] {
                match Opened::at(path) {
                    // On Windows 11 most are none inside of a folder. Nothing is connected to the ports.
                    Ok(None) => {}
                    Err(Error::NotAFile { .. }) => {}
                    Err(error) => println!("{}: {error}", path.display()),
                    Ok(Some(_)) => panic!("{} was opened", path.display()),
                }
                let read = file::read_input(path, 100);
                assert!(read.is_err(), "{}: {read:?}", path.display());
            }
        }
        for name in ["NUL", r"\\.\NUL"] {
            let path = Path::new(name);
            assert!(matches!(Opened::at(path), Err(Error::NotAFile { .. })));
            let read = file::read_input(path, 100);
            assert!(matches!(read, Err(Error::NotAFile { .. })), "{read:?}");
        }
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(matches!(Opened::at(path), Err(Error::NotAFile { .. })));
        let read = file::read_input(path, 100).unwrap_err().to_string();
        assert!(read.contains("336"), "{read}");
    }

    #[test]
    fn a_stream_beside_the_content_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["config:x", "config::$DATA", "config:x:$DATA"] {
            let path = folder.path().join(name);
            assert!(
                matches!(Opened::at(&path), Err(Error::NotAFile { .. })),
                "{name}"
            );
        }
        assert!(matches!(Opened::at(Path::new("C:no-such-file")), Ok(None)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_pipe_is_named_by_its_path() {
        for (path, expected) in [
            (r"\\.\pipe\x", true),
            (r"//./PIPE/x", true),
            (r"\\server\pipe\x", true),
            (r"\\.\CON", false),
            (r"\\.\PhysicalDrive0", false),
            (r"C:\pipe\x", false),
            ("NUL", false),
        ] {
            assert_eq!(is_pipe(Path::new(path)), expected, "{path}");
        }
    }
}
