//! The home directory as kubectl finds it. On Windows that is not the one of AWS tools: client-go takes the first of several
//! variables that fits (`k8s.io/client-go/util/homedir`), while the aws CLI, boto3 and the SDK for Go read `USERPROFILE`, and the
//! SDKs for Rust and JavaScript `HOME` before it. Git Bash sets `HOME`.

use std::path::{Path, PathBuf};

use super::{folders, home, var_os};
use crate::failure::Failure;
use crate::sys::system::System;

/// The variables of Windows that name a home.
#[derive(Debug, Clone, Default)]
struct Variables {
    home: Option<PathBuf>,
    /// `HOMEDRIVE` and `HOMEPATH`
    drive_and_path: Option<PathBuf>,
    user_profile: Option<PathBuf>,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    has_kubeconfig: bool,
    exists: bool,
    is_writable: bool,
}

/// Returns the home directory in which kubectl looks for `.kube`.
///
/// # Errors
/// There is none, or its path is not absolute.
pub fn find() -> Result<PathBuf, Failure> {
    let found = match System::THIS {
        System::Windows => choose(&Variables::read(), look),
        _ => None,
    };
    match found {
        Some(home) if home.is_absolute() => Ok(home),
        _ => home(),
    }
}

/// Returns warnings that tools use other homes than this program does for the same files.
pub fn differing() -> Vec<String> {
    match (System::THIS, folders::home_dir()) {
        (System::Windows, Some(ours)) => {
            let is_set = |name| var_os(name).is_some();
            let variables = Variables::read();
            let kube = choose(&variables, look);
            warnings(
                &variables,
                &ours,
                kube.filter(|_| !is_set("KUBECONFIG")).as_deref(),
                is_set("AWS_CONFIG_FILE") && is_set("AWS_SHARED_CREDENTIALS_FILE"),
            )
        }
        _ => Vec::new(),
    }
}

/// `ours` is where this program has the AWS files. `kube` is where kubectl has its own, if no variable names them.
fn warnings(
    variables: &Variables,
    ours: &Path,
    kube: Option<&Path>,
    aws_files_are_named: bool,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(kube) = kube.filter(|kube| !is_same(kube, ours)) {
        warnings.push(format!(
            "kubectl uses the kubeconfig in {}, not the one in {}: HOME or HOMEDRIVE leads there, and apono-login does the same",
            kube.join(".kube").display(),
            ours.display()
        ));
    }
    let home = variables.home.as_deref();
    if let Some(home) = home.filter(|home| !aws_files_are_named && !is_same(home, ours)) {
        warnings.push(format!(
            "HOME is {}, USERPROFILE is {}: the aws CLI, Terraform and apono-login read the AWS files in USERPROFILE, but tools in Rust and JavaScript those in HOME; set `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` to the files to use",
            home.display(),
            ours.display()
        ));
    }
    warnings
}

fn is_same(one: &Path, other: &Path) -> bool {
    super::paths::is_same(System::Windows, one, other)
}

impl Variables {
    fn read() -> Self {
        let path = |name| var_os(name).map(PathBuf::from);
        let drive_and_path = var_os("HOMEDRIVE").zip(var_os("HOMEPATH"));
        Variables {
            home: path("HOME"),
            drive_and_path: drive_and_path.map(|(mut drive, path)| {
                drive.push(path);
                drive.into()
            }),
            user_profile: path("USERPROFILE"),
        }
    }
}

/// Chooses as client-go does on Windows.
fn choose(variables: &Variables, look: impl Fn(&Path) -> Place) -> Option<PathBuf> {
    let Variables {
        home,
        drive_and_path,
        user_profile,
    } = variables;
    let mut old_order = [home, drive_and_path, user_profile].into_iter().flatten();
    let order = [home, user_profile, drive_and_path].into_iter().flatten();
    let order: Vec<_> = order.map(|path| (path, look(path))).collect();
    let first = |fits: fn(&Place) -> bool| {
        let mut order = order.iter();
        order.find(|(_, place)| fits(place)).map(|(path, _)| *path)
    };
    let with_kubeconfig = old_order.find(|path| look(path).has_kubeconfig);
    let chosen = with_kubeconfig
        .or_else(|| first(|place| place.is_writable))
        .or_else(|| first(|place| place.exists))
        .or_else(|| first(|_| true));
    chosen.cloned()
}

/// Looks at a path as Go does: a folder can be written if it has no read-only attribute.
fn look(path: &Path) -> Place {
    let metadata = path.metadata().ok();
    Place {
        has_kubeconfig: path.join(".kube").join("config").exists(),
        exists: metadata.is_some(),
        is_writable: metadata.is_some_and(|of| of.is_dir() && !of.permissions().readonly()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "h";
    const DRIVE: &str = "d";
    const PROFILE: &str = "u";

    /// Each letter of `set` is a variable that is set.
    fn variables(set: &str) -> Variables {
        let path = |name: &str| set.contains(name).then(|| PathBuf::from(name));
        Variables {
            home: path(HOME),
            drive_and_path: path(DRIVE),
            user_profile: path(PROFILE),
        }
    }

    #[test]
    fn the_home_is_chosen_as_client_go_chooses_it() {
        for (set, with_kubeconfig, writable, existing, expected) in [
            // (variables, homes with a kubeconfig, that can be written, that exist, the choice)
            ("hdu", "hdu", "hdu", "hdu", "h"),
            ("hdu", "du", "hdu", "hdu", "d"),
            ("hdu", "u", "hdu", "hdu", "u"),
            ("hdu", "", "hdu", "hdu", "h"),
            ("hdu", "", "du", "hdu", "u"),
            ("hdu", "", "d", "hdu", "d"),
            ("hdu", "", "", "hdu", "h"),
            ("hdu", "", "", "du", "u"),
            ("hdu", "", "", "d", "d"),
            ("hdu", "", "", "", "h"),
            ("du", "", "", "", "u"),
            ("d", "", "", "", "d"),
            ("du", "d", "u", "u", "d"),
            ("u", "hd", "u", "u", "u"),
            ("", "hdu", "hdu", "hdu", ""),
        ] {
            let place = |path: &Path| {
                let is_in = |places: &str| places.contains(&*path.to_string_lossy());
                Place {
                    has_kubeconfig: is_in(with_kubeconfig),
                    exists: is_in(existing),
                    is_writable: is_in(writable),
                }
            };
            let chosen = choose(&variables(set), place).unwrap_or_default();
            assert_eq!(
                chosen,
                Path::new(expected),
                "{set} {with_kubeconfig} {writable} {existing}"
            );
        }
    }

    #[test]
    fn homes_that_differ_are_named_where_that_shows() {
        let of = |home: &str, kube: Option<&str>, named| {
            let variables = Variables {
                home: Some(home.into()),
                ..Variables::default()
            };
            let ours = Path::new(r"C:\Users\alice");
            let found = warnings(&variables, ours, kube.map(Path::new), named);
            let begins = |warning: &String| warning.split(' ').next().unwrap().to_owned();
            found.iter().map(begins).collect::<Vec<_>>()
        };
        let same = r"c:/users/ALICE";
        assert_eq!(of(same, Some(same), false), [""; 0]);
        assert_eq!(of(r"H:\", Some(same), false), ["HOME"]);
        assert_eq!(of(r"H:\", Some(r"H:\"), false), ["kubectl", "HOME"]);
        assert_eq!(of(r"H:\", Some(r"H:\"), true), ["kubectl"]);
        // `KUBECONFIG` is set.
        assert_eq!(of(r"H:\", None, true), [""; 0]);
    }
}
