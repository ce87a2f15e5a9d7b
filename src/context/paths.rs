//! The files and folders that a run uses, and where it finds them.

use std::path::{Path, PathBuf};

use super::{Context, folders, kube_home, set, var, var_os};
use crate::failure::Failure;
use crate::kube::temporary::Signs;
use crate::sys::system::System;
use crate::sys::{file, process, program};

impl Context {
    /// Returns the path of the AWS config file: `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub fn aws_config_file(&self) -> Result<PathBuf, Failure> {
        self.aws_file("AWS_CONFIG_FILE", "config")
    }

    /// Returns the path of the AWS credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub fn aws_credentials_file(&self) -> Result<PathBuf, Failure> {
        self.aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    fn aws_file(&self, variable: &str, name: &str) -> Result<PathBuf, Failure> {
        match self.env_path(variable) {
            Some(path) => Ok(path),
            None => Ok(home()?.join(".aws").join(name)),
        }
    }

    /// Returns the folder in which AWS tools keep SSO tokens: `~/.aws/sso/cache`.
    pub fn sso_cache(&self) -> Result<PathBuf, Failure> {
        Ok(home()?.join(".aws").join("sso").join("cache"))
    }

    /// Returns the folder in which AWS tools keep the credentials of `aws login`.
    pub fn login_cache(&self) -> Result<PathBuf, Failure> {
        match var_os("AWS_LOGIN_CACHE_DIRECTORY") {
            Some(folder) => Ok(folder.into()),
            None => Ok(home()?.join(".aws").join("login").join("cache")),
        }
    }

    /// Returns the folder of the sealed credentials: `apono-login` in the user's cache directory.
    pub fn cache_dir(&self) -> Result<PathBuf, Failure> {
        // Below a relative HOME it would be another one in each folder.
        let caches = folders::cache_dir().filter(|folder| folder.is_absolute());
        let caches = caches.ok_or_else(no_home)?;
        Ok(caches.join("apono-login"))
    }

    /// Returns the folder that holds a browser profile for each identity provider.
    pub fn browser_folders(&self) -> Result<PathBuf, Failure> {
        let data = folders::data_local_dir().filter(|folder| folder.is_absolute());
        let data = data.ok_or_else(no_home)?;
        Ok(data.join("apono-login").join("browser"))
    }

    /// Returns the kubeconfig files in use, in kubectl's order: `--kubeconfig`, else the paths of `KUBECONFIG`,
    /// else `~/.kube/config`.
    pub fn kubeconfigs(&self, flag: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
        if let Some(path) = flag {
            return Ok(vec![path.to_owned()]);
        }
        let mut paths: Vec<PathBuf> = Vec::new();
        let variable = var_os("KUBECONFIG").unwrap_or_default();
        for path in std::env::split_paths(&variable) {
            let is_known = paths
                .iter()
                .any(|known| is_same(System::THIS, known, &path));
            if !path.as_os_str().is_empty() && !is_known {
                paths.push(path);
            }
        }
        // kubectl uses no file where the variable has nothing but separators.
        if variable.is_empty() {
            paths.push(self.usual_kubeconfig()?);
        }
        Ok(paths)
    }

    /// Returns the path of the kubeconfig that is used without `KUBECONFIG`: `~/.kube/config`, in the home that kubectl uses.
    pub fn usual_kubeconfig(&self) -> Result<PathBuf, Failure> {
        Ok(kube_home::find()?.join(".kube").join("config"))
    }

    /// Returns warnings that programs use different folders as the home: on Windows, where several variables name one.
    pub fn differing_homes(&self) -> Vec<String> {
        kube_home::differing()
    }

    /// Returns the path of kubectl's own preferences, and whether `KUBERC` names it; else it is `~/.kube/kuberc`. `None` where
    /// the environment switches them off.
    pub fn kuberc(&self) -> Option<(PathBuf, bool)> {
        if var("KUBECTL_KUBERC").as_deref() == Some("false") {
            return None;
        }
        match var_os("KUBERC") {
            Some(path) => (path != "off").then(|| (path.into(), true)),
            None => Some((kube_home::find().ok()?.join(".kube").join("kuberc"), false)),
        }
    }

    /// Returns what tells that a kubeconfig is a temporary file.
    pub fn signs_of_temporary(&self) -> Signs {
        const FOLDERS: [&str; 5] = ["/tmp", "/var/tmp", "/var/folders", "/private", "/dev/shm"];
        let temporary = set(["TMPDIR", "TEMP"]).map(|(_, folder)| folder.into());
        let is_kubie = var("KUBIE_ACTIVE").as_deref() == Some("1");
        Signs {
            of_kubie: var_os("KUBIE_KUBECONFIG")
                .filter(|_| is_kubie)
                .map(Into::into),
            in_kubectx: var_os("KUBECTX_ISOLATED_SHELL").is_some(),
            home: folders::home_dir(),
            folders: temporary.chain(FOLDERS.map(Into::into)).collect(),
        }
    }

    /// Returns the home directory and its owner, if root runs this with `sudo` and the home of another user.
    pub fn home_under_sudo(&self) -> Option<(PathBuf, u32)> {
        var_os("SUDO_UID")?;
        let home = home().ok()?;
        let owner = file::owner_if_not_root(&home)?;
        Some((home, owner))
    }

    /// Returns the absolute path of apono-login as it was started. Where that is a symbolic link on the `PATH`, which package
    /// managers create, it is the path of the link: the link stays when an update changes its target.
    ///
    /// # Errors
    /// The path is not UTF-8, or the system does not provide it.
    pub fn own_path() -> Result<String, Failure> {
        let unknown = |cause: String, hint: &str| {
            Failure::refused("could not find out where apono-login is installed")
                .cause(cause)
                .hint(hint)
        };
        let typed = PathBuf::from(std::env::args_os().next().unwrap_or_default());
        let bare = typed.components().count() == 1;
        let path = var_os("PATH").filter(|_| bare).unwrap_or_default();
        let on_path: Vec<_> = std::env::split_paths(&path)
            .map(|dir| dir.join(&typed))
            .collect();
        let real = process::own_path().or_else(|error| {
            // Without /proc it is what the shell found.
            let mut found = on_path.iter();
            let found = found.find(|path| path.is_absolute() && program::is_program(path));
            found.cloned().ok_or(error)
        });
        let real = real.map_err(|error| {
            let hint = match System::THIS {
                System::Linux => "mount /proc, or run apono-login by its absolute path",
                _ => "check that you can read the folder that apono-login is in",
            };
            unknown(error.to_string(), hint)
        })?;
        let itself = real.canonicalize().ok();
        // The whole program is started by the small one, in the same folder and under its path.
        let folder = itself
            .as_deref()
            .filter(|path| path.ends_with(process::FULL));
        let folder = folder.and_then(Path::parent);
        let is_this = |found: &PathBuf| {
            let found = found.canonicalize().ok();
            let beside = found.as_deref().and_then(Path::parent);
            found.is_some() && (found == itself || (folder.is_some() && beside == folder))
        };
        let path = std::iter::once(typed.clone())
            .chain(on_path)
            .find(|found| found.is_absolute() && is_this(found))
            .unwrap_or(real);
        let small = path.with_file_name("apono-login");
        let path = match path.ends_with(process::FULL) && small.is_file() {
            true => small,
            false => path,
        };
        path.into_os_string().into_string().map_err(|path| {
            let cause = format!("path \"{}\" is not UTF-8", path.display());
            unknown(cause, "move apono-login to a folder whose path is UTF-8")
        })
    }

    pub(super) fn env_path(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(var_os(name)?);
        // AWS tools expand a leading `~/` in these variables; shells do not where the value is quoted.
        match (path.strip_prefix("~"), folders::home_dir()) {
            (Ok(rest), Some(home)) => Some(home.join(rest)),
            // From another folder it would be another file, with the same cached credentials.
            _ if path.is_relative() => Some(std::path::absolute(&path).unwrap_or(path)),
            _ => Some(path),
        }
    }
}

/// Returns whether both are the same path, as written: without case on Windows, where `/` separates, too.
pub(super) fn is_same(system: System, one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| {
        let path = path.to_string_lossy().to_lowercase();
        path.replace('/', "\\")
    };
    one == other || (system == System::Windows && plain(one) == plain(other))
}

pub(super) fn home() -> Result<PathBuf, Failure> {
    folders::home_dir()
        .filter(|home| home.is_absolute())
        .ok_or_else(no_home)
}

fn no_home() -> Failure {
    let cause = match var_os("HOME") {
        Some(home) => format!("HOME is not an absolute path: {}", home.display()),
        None => "HOME is not set, and the user database has no entry for you".to_owned(),
    };
    Failure::refused("home directory not found")
        .cause(cause)
        .hint("set HOME to your home directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_compares_paths_without_case() {
        let paths = [
            r"C:\Users\Alice\.kube\config",
            r"c:\users\alice/.kube/CONFIG",
        ];
        let [one, other] = paths.map(Path::new);
        assert!(is_same(System::Windows, one, other));
        assert!(!is_same(System::Linux, one, other));
        assert!(is_same(System::Linux, one, one));
        assert!(!is_same(System::Windows, one, Path::new(r"C:\Users\Bob")));
    }
}
