//! Other writers of this process, which the system does not show: what is found by looking alone.

#![allow(clippy::disallowed_methods)]

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;

use super::*;

const BEFORE: &str = "theirs\n";

/// Adds a line, if it is not there yet.
fn compose(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let text = String::from_utf8_lossy(bytes);
    match text.contains("ours\n") {
        true => Ok(bytes.to_vec()),
        false => Ok(format!("{text}ours\n").into_bytes()),
    }
}

/// Edits a file while another writer, which starts just before the file is replaced, does this with its path. Returns the
/// file afterwards.
fn edited_beside(other: impl Fn(PathBuf) + Copy + Send + 'static) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, BEFORE).unwrap();
    let writer = Cell::new(None);
    let started = Cell::new(false);
    let target = Target {
        path: &path,
        limit: 1000,
        lock: Box::new(|| {
            if !started.replace(true) {
                let path = path.clone();
                writer.set(Some(thread::spawn(move || other(path))));
                // It has opened the file, if it does that first.
                sleep(Duration::from_millis(5));
            }
            Ok::<_, Error>(None)
        }),
        compose: Box::new(compose),
    };
    assert!(files(std::slice::from_ref(&target)).unwrap()[0].changes());
    writer.take().unwrap().join().unwrap();
    drop(target);
    let after = std::fs::read_to_string(&path).unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "temporary files");
    after
}

fn wait_for_the_edit(path: &Path) {
    while !std::fs::read_to_string(path).unwrap().contains("ours\n") {
        sleep(Duration::from_millis(2));
    }
}

fn open(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows tells of writers in the same process, too: the edit waits for them"
)]
fn what_comes_into_the_replaced_file_is_edited_too() {
    let after = edited_beside(|path| {
        let mut file = open(&path);
        wait_for_the_edit(&path);
        file.set_len(0).unwrap();
        sleep(Duration::from_millis(50));
        file.write_all(b"theirs\nmore\n").unwrap();
    });
    assert_eq!(after, "theirs\nmore\nours\n");
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows tells of writers in the same process, too: the edit waits for them"
)]
fn a_file_that_is_emptied_by_who_opens_it_again_is_kept() {
    let after = edited_beside(|path| {
        let file = open(&path);
        wait_for_the_edit(&path);
        file.set_len(0).unwrap();
    });
    assert_eq!(after, "theirs\nours\n");
}

#[test]
fn an_edit_that_another_program_undoes_is_made_again() {
    for in_place in [true, false] {
        let after = edited_beside(move |path| {
            wait_for_the_edit(&path);
            match in_place {
                true => std::fs::write(path, "theirs\nmore\n").unwrap(),
                false => file::write_private(&path, b"theirs\nmore\n").unwrap(),
            }
        });
        assert_eq!(after, "theirs\nmore\nours\n");
    }
}

#[test]
fn a_change_that_keeps_the_edit_is_left_alone() {
    let after = edited_beside(|path| {
        wait_for_the_edit(&path);
        std::fs::write(path, "ours\nnothing else\n").unwrap();
    });
    assert_eq!(after, "ours\nnothing else\n");
}

/// Two processes want different things. Neither goes on for ever.
#[test]
fn whoever_insists_is_right() {
    let started = Instant::now();
    let after = edited_beside(|path| {
        for _ in 0..2 {
            wait_for_the_edit(&path);
            sleep(Duration::from_millis(20));
            file::write_private(&path, b"theirs only\n").unwrap();
        }
    });
    assert_eq!(after, "theirs only\n");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_another_program_changes_of_the_edit_is_left_alone() {
    let (before, after) = ("a\nb\nc\n", "a\nx\ny\nz\nc\n");
    let done = |before: &str| Done {
        path: Path::new(""),
        target: PathBuf::new(),
        replaced: None,
        current: None,
        edit: Edit {
            before: Some(before.into()),
            after: after.into(),
        },
        at: Instant::now(),
        limit: 0,
    };
    for (current, known) in [
        (before, false),
        ("a\nb\nc\nd\n", false),
        ("", false),
        (after, true),
        ("a\nx\ny\nz\nc\nd\n", true),
        ("a\nx\nY\nz\nc\n", true),
        ("a\nb\nc\nz\n", false),
    ] {
        let done = done(before);
        assert_eq!(
            follow::knows_the_edit(&done, current.as_bytes()),
            known,
            "{current:?}"
        );
    }
    assert!(follow::knows_the_edit(&done(""), b"a\nx\ny\nz\nc\nd"));
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows tells of writers in the same process, too: the edit waits for them"
)]
fn what_cannot_be_edited_is_still_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, BEFORE).unwrap();
    let other = Cell::new(None);
    let target = Target {
        path: &path,
        limit: 1000,
        lock: Box::new(|| {
            if other.replace(Some(open(&path))).is_none() {
                let (mut file, path) = (open(&path), path.clone());
                thread::spawn(move || {
                    wait_for_the_edit(&path);
                    file.write_all(b"[broken and more").unwrap();
                });
            }
            Ok(None)
        }),
        compose: Box::new(|bytes| match bytes.starts_with(b"[") {
            true => Err(Error::NotAFile { path: path.clone() }),
            false => compose(bytes),
        }),
    };
    assert!(matches!(
        files(std::slice::from_ref(&target)),
        Err(Fault::Other(Error::NotAFile { .. }))
    ));
    drop(target);
    let after = std::fs::read_to_string(&path).unwrap();
    assert_eq!(after, "[broken and more");
}

#[test]
fn two_names_of_one_file_are_two_edits_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let link = folder.path().join("link");
    std::fs::write(&path, BEFORE).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&path, &link).unwrap();
    #[cfg(not(unix))]
    std::fs::hard_link(&path, &link).unwrap();
    let add = |line: &'static str| {
        move |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let missing = if text.contains(line) { "" } else { line };
            Ok::<_, Error>(format!("{text}{missing}").into_bytes())
        }
    };
    let targets = [(&path, "one\n"), (&link, "two\n")].map(|(path, line)| Target {
        path,
        limit: 1000,
        lock: Box::new(|| Ok(None)),
        compose: Box::new(add(line)),
    });
    let edits = files(&targets).unwrap();
    assert!(edits.iter().all(Edit::changes));
    let after = std::fs::read_to_string(&path).unwrap();
    assert_eq!(after, "theirs\none\ntwo\n");
}
