//! All files of a home, to compare with and to go back to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kit::laptop::{files_below, mode};

/// The content and mode of each file, by its path below the home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<PathBuf, (Vec<u8>, u32)>);

impl Tree {
    pub fn of(home: &Path) -> Tree {
        let files = files_below(home).into_iter();
        // A program that ends may remove its files meanwhile.
        let files = files.filter_map(|path| {
            let bytes = fs::read(&path).ok()?;
            let relative = path.strip_prefix(home).unwrap().to_owned();
            Some((relative, (bytes, mode(&path))))
        });
        Tree(files.collect())
    }

    /// Makes the files of the home these again.
    pub fn restore(&self, home: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        for found in fs::read_dir(home).unwrap().flatten() {
            match found.file_type().unwrap().is_dir() {
                true => fs::remove_dir_all(found.path()).unwrap(),
                false => fs::remove_file(found.path()).unwrap(),
            }
        }
        for (relative, (bytes, mode)) in &self.0 {
            let path = home.join(relative);
            let folder = path.parent().unwrap();
            if !folder.is_dir() {
                fs::create_dir_all(folder).unwrap();
                let mut at = folder;
                while at != home {
                    fs::set_permissions(at, fs::Permissions::from_mode(0o700)).unwrap();
                    at = at.parent().unwrap();
                }
            }
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
    }

    pub fn bytes(&self, relative: &str) -> Option<&[u8]> {
        self.0.get(Path::new(relative)).map(|(bytes, _)| &bytes[..])
    }
}
