//! Kubeconfigs that do not last: the tools that give each shell a context of its own write a copy, name it in `KUBECONFIG`, and
//! delete it when the shell ends.

use std::fmt;
use std::path::{Path, PathBuf};

/// What the environment tells of such tools.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    /// `KUBIE_KUBECONFIG`, in a shell of kubie
    pub of_kubie: Option<PathBuf>,
    /// `KUBECTX_ISOLATED_SHELL`
    pub in_kubectx: bool,
    pub home: Option<PathBuf>,
    /// Folders of temporary files.
    pub folders: Vec<PathBuf>,
}

/// Why a kubeconfig does not last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temporary {
    /// It belongs to this tool.
    Tool(&'static str),
    /// It is in a folder of temporary files.
    Folder,
}

/// Returns why the kubeconfig does not last. `None` for one that does, as far as its path tells.
pub fn why(path: &Path, signs: &Signs) -> Option<Temporary> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // <https://github.com/sbstp/kubie>, <https://github.com/ahmetb/kubectx> and <https://github.com/danielfoehrKn/kubeswitch>.
    let is_of_kubie = signs.of_kubie.as_deref() == Some(path) || name.starts_with("kubie-config");
    let is_of_kubectx = signs.in_kubectx && name.starts_with("kubectx-shell-");
    let is_of_kubeswitch = path.components().any(|part| {
        let part = part.as_os_str();
        part == ".switch_tmp" || part == "switch_tmp"
    });
    let is_at_home = signs
        .home
        .as_ref()
        .is_some_and(|home| path.starts_with(home));
    let is_below = || signs.folders.iter().any(|folder| path.starts_with(folder));
    match () {
        () if is_of_kubie => Some(Temporary::Tool("kubie")),
        () if is_of_kubectx => Some(Temporary::Tool("kubectx")),
        () if is_of_kubeswitch => Some(Temporary::Tool("kubeswitch")),
        () if !is_at_home && is_below() => Some(Temporary::Folder),
        () => None,
    }
}

impl fmt::Display for Temporary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Temporary::Tool(tool) => write!(
                f,
                "a temporary file of {tool}, which is deleted when this shell ends"
            ),
            Temporary::Folder => f.write_str("in a folder of temporary files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_tools_that_give_each_shell_a_context() {
        let signs = Signs {
            of_kubie: Some("/elsewhere/x.yaml".into()),
            in_kubectx: true,
            home: Some("/tmp/home".into()),
            folders: vec!["/tmp".into(), "/var/tmp".into()],
        };
        let nothing = Signs::default();
        let tool = |tool| Some(Temporary::Tool(tool));
        for (path, with_signs, without) in [
            ("/elsewhere/x.yaml", tool("kubie"), None),
            ("/tmp/kubie-configA1.yaml", tool("kubie"), tool("kubie")),
            ("/tmp/kubectx-shell-12.yaml", tool("kubectx"), None),
            (
                "/tmp/home/.kube/.switch_tmp/config.1.tmp",
                tool("kubeswitch"),
                tool("kubeswitch"),
            ),
            ("/tmp/k/config", Some(Temporary::Folder), None),
            ("/tmp/home/.kube/config", None, None),
            ("/srv/tmp/config", None, None),
        ] {
            assert_eq!(why(Path::new(path), &signs), with_signs, "{path}");
            assert_eq!(why(Path::new(path), &nothing), without, "{path}");
        }
    }
}
