//! Whether another program has a file open for writing, as far as the system tells.
//!
//! On Linux /proc lists the open files of the user's other processes (proc_pid_fd(5)). A read lease (fcntl(2), `F_SETLEASE`)
//! would also know of other users and of containers, but takes unsafe code, and stops the others while it is asked for. On
//! Windows opening the file tells, if it demands that no other program writes. Elsewhere nothing tells.

use std::fs::File;
use std::path::Path;

/// Returns whether another process has one of the open files open for writing. `path` is where they are, or were.
#[cfg(target_os = "linux")]
pub fn has_any(files: &[&File], path: &Path) -> bool {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let metadata = files.iter().filter_map(|file| file.metadata().ok());
    let identities: Vec<_> = metadata.map(identity).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ours = std::process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter(|process| {
        let id = process.file_name();
        id.as_encoded_bytes().iter().all(u8::is_ascii_digit) && id != *ours
    });
    // Those of other users cannot be listed.
    let open_files = processes.flat_map(|process| {
        let folder = process.path().join("fd");
        fs::read_dir(folder).into_iter().flatten().flatten()
    });
    open_files.into_iter().any(|open| {
        let link = open.path();
        // The path decides whether it may be the file: a stat(2) of a file on a dead network drive would hang.
        let may_be_it = fs::read_link(&link).is_ok_and(|to| {
            let to = to.to_string_lossy();
            to.strip_suffix(" (deleted)")
                .unwrap_or(&to)
                .ends_with(&*name)
        });
        may_be_it
            && fs::metadata(&link).is_ok_and(|found| identities.contains(&identity(found)))
            && is_for_writing(&link)
    })
}

/// Returns whether an open file in /proc is open for writing. The permissions of its link are those that it was opened with.
#[cfg(target_os = "linux")]
fn is_for_writing(link: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::symlink_metadata(link).is_ok_and(|link| link.mode() & 0o200 != 0)
}

#[cfg(windows)]
pub fn has_any(_: &[&File], path: &Path) -> bool {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let opened = std::fs::OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .open(path);
    opened.is_err_and(|error| error.raw_os_error() == Some(ERROR_SHARING_VIOLATION))
}

#[cfg(not(any(target_os = "linux", windows)))]
pub fn has_any(_: &[&File], _: &Path) -> bool {
    false
}
