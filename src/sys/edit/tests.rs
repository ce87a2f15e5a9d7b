//! Other writers of this process, which the system does not show: what is found by looking alone.

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
    assert!(file(&target).unwrap().changes());
    writer.take().unwrap().join().unwrap();
    drop(target);
    let after = std::fs::read_to_string(&path).unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "temporary files");
    after
}

fn open(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[test]
fn what_comes_into_the_replaced_file_is_edited_too() {
    let after = edited_beside(|path| {
        let mut file = open(&path);
        sleep(Duration::from_millis(50));
        file.set_len(0).unwrap();
        sleep(Duration::from_millis(50));
        file.write_all(b"theirs\nmore\n").unwrap();
    });
    assert_eq!(after, "theirs\nmore\nours\n");
}

#[test]
fn a_file_that_is_emptied_by_who_opens_it_again_is_kept() {
    let after = edited_beside(|path| {
        let file = open(&path);
        sleep(Duration::from_millis(50));
        file.set_len(0).unwrap();
    });
    assert_eq!(after, "theirs\nours\n");
}

#[test]
fn an_edit_that_another_program_undoes_is_made_again() {
    for in_place in [true, false] {
        let after = edited_beside(move |path| {
            sleep(Duration::from_millis(60));
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
        sleep(Duration::from_millis(60));
        std::fs::write(path, "ours\nnothing else\n").unwrap();
    });
    assert_eq!(after, "ours\nnothing else\n");
}

#[test]
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
                let mut file = open(&path);
                thread::spawn(move || {
                    sleep(Duration::from_millis(50));
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
        file(&target),
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
