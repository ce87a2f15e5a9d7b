//! The world around one run: the only reader of environment, home, clock and terminal.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::cli::Global;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, Region};
use crate::output::Output;
use crate::sys::browser::{Surroundings, System};
use crate::sys::chromium::Places;
use crate::sys::program;

/// The profile that the admin's guide tells people to make.
pub const DEFAULT_PROFILE: &str = "apono-k8s-access";

/// Names the browser that is used to sign in at an identity provider.
pub const BROWSER_VARIABLE: &str = "APONO_LOGIN_BROWSER";

/// What one run knows of the world.
#[derive(Debug, Clone)]
pub struct Context {
    pub profile: ProfileName,
    /// Somebody named it, in the command line or by `APONO_PROFILE`.
    pub profile_is_named: bool,
    pub output: Output,
    /// A person is there to be asked: stdin and stderr are both a terminal.
    pub can_ask: bool,
}

impl Context {
    /// # Errors
    /// `APONO_PROFILE` is not a profile name.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let variable = var("APONO_PROFILE");
        let profile = match &global.profile {
            Some(name) => name.clone(),
            None => variable
                .as_deref()
                .unwrap_or(DEFAULT_PROFILE)
                .parse()
                .map_err(|error: crate::names::Error| {
                    Failure::new(Kind::Usage, "APONO_PROFILE does not name a profile")
                        .cause(error.to_string())
                        .hint("unset APONO_PROFILE, or set it to a profile of ~/.aws/config")
                })?,
        };
        let on_terminal = std::io::stderr().is_terminal();
        let output = Output {
            color: global.color.into(),
            verbose_since: global.verbose.then(Instant::now),
            on_terminal,
        };
        let can_ask = on_terminal && std::io::stdin().is_terminal();
        Ok(Context {
            profile,
            profile_is_named: global.profile.is_some() || variable.is_some(),
            output,
            can_ask,
        })
    }

    /// The same world, for another profile.
    pub fn with_profile(&self, profile: ProfileName) -> Self {
        Context {
            profile,
            profile_is_named: true,
            ..self.clone()
        }
    }

    #[allow(clippy::disallowed_methods, reason = "this is the clock's one reader")]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// The AWS config file: `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub fn aws_config_file(&self) -> Result<PathBuf, Failure> {
        self.aws_file("AWS_CONFIG_FILE", "config")
    }

    /// The AWS credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub fn aws_credentials_file(&self) -> Result<PathBuf, Failure> {
        self.aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    fn aws_file(&self, variable: &str, name: &str) -> Result<PathBuf, Failure> {
        match self.env_path(variable) {
            Some(path) => Ok(path),
            None => Ok(home()?.join(".aws").join(name)),
        }
    }

    /// Where AWS tools keep SSO tokens: `~/.aws/sso/cache`.
    pub fn sso_cache(&self) -> Result<PathBuf, Failure> {
        Ok(home()?.join(".aws").join("sso").join("cache"))
    }

    /// Where sealed credentials are kept: `apono-login` in the user's cache directory.
    pub fn cache_dir(&self) -> Result<PathBuf, Failure> {
        dirs::cache_dir()
            .map(|dir| dir.join("apono-login"))
            .ok_or_else(no_home)
    }

    /// Where the browsers' folders are that are used to sign in, one for each identity provider.
    pub fn browser_folders(&self) -> Result<PathBuf, Failure> {
        dirs::data_local_dir()
            .map(|dir| dir.join("apono-login").join("browser"))
            .ok_or_else(no_home)
    }

    /// The kubeconfig files in force, in kubectl's order: `--kubeconfig`, else the paths of `KUBECONFIG`,
    /// else `~/.kube/config`.
    pub fn kubeconfigs(&self, flag: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
        if let Some(path) = flag {
            return Ok(vec![path.to_owned()]);
        }
        let mut paths: Vec<PathBuf> = Vec::new();
        for path in std::env::split_paths(&var_os("KUBECONFIG").unwrap_or_default()) {
            if !path.as_os_str().is_empty() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            paths.push(home()?.join(".kube").join("config"));
        }
        Ok(paths)
    }

    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`, as the AWS CLI reads them.
    ///
    /// # Errors
    /// The variable holds something that is no region.
    pub fn env_region(&self) -> Result<Option<Region>, Failure> {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(value) = var(name) {
                return value.parse().map(Some).map_err(|e: crate::names::Error| {
                    Failure::refused(format!("{name} does not hold a region"))
                        .cause(e.to_string())
                        .hint(format!(
                            "unset {name}, or set it to a region such as eu-west-1"
                        ))
                });
            }
        }
        Ok(None)
    }

    /// Absolute path of this program as it was started: by the symbolic link that a package manager put on the `PATH`, if
    /// that is how, for the link stays when the version behind it changes.
    ///
    /// # Errors
    /// The path is not UTF-8, or the system does not tell it.
    pub fn own_path(&self) -> Result<String, Failure> {
        let unknown = |cause: String| {
            Failure::refused("it is not known where apono-login is installed")
                .cause(cause)
                .hint("move the binary to a folder with a plain name, and run it by its whole path")
        };
        let real = std::env::current_exe().map_err(|error| unknown(error.to_string()))?;
        let typed = PathBuf::from(std::env::args_os().next().unwrap_or_default());
        let bare = typed.components().count() == 1;
        let path = var_os("PATH").filter(|_| bare).unwrap_or_default();
        let on_path = std::env::split_paths(&path).map(|dir| dir.join(&typed));
        let itself = real.canonicalize().ok();
        std::iter::once(typed.clone())
            .chain(on_path)
            .find(|found| found.is_absolute() && found.canonicalize().ok() == itself)
            .unwrap_or(real)
            .into_os_string()
            .into_string()
            .map_err(|path| unknown(format!("its path {} is not UTF-8", path.display())))
    }

    /// A program by its whole path; a bare name is looked for on the `PATH`.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        program::find(name, &self.search_path(), System::THIS)
    }

    /// kubectl's own preferences: `KUBERC`, and then it is named, else `~/.kube/kuberc`. `None` where kubectl is told to look
    /// at none.
    pub fn kuberc(&self) -> Option<(PathBuf, bool)> {
        if var("KUBECTL_KUBERC").as_deref() == Some("false") {
            return None;
        }
        match var_os("KUBERC") {
            Some(path) => (path != "off").then(|| (path.into(), true)),
            None => Some((home().ok()?.join(".kube").join("kuberc"), false)),
        }
    }

    /// `KUBERNETES_EXEC_INFO`, raw.
    pub fn exec_info(&self) -> Option<String> {
        var("KUBERNETES_EXEC_INFO")
    }

    /// The credential store asked for by `APONO_LOGIN_STORE`.
    pub fn env_store(&self) -> Option<String> {
        var("APONO_LOGIN_STORE")
    }

    /// The PEM file named by `AWS_CA_BUNDLE`.
    pub fn ca_bundle(&self) -> Option<PathBuf> {
        self.env_path("AWS_CA_BUNDLE")
    }

    /// Access key id of the ambient credentials (`credential_source = Environment`). Not a secret.
    pub fn env_access_key_id(&self) -> Option<String> {
        var("AWS_ACCESS_KEY_ID")
    }

    /// Variables that choose which STS is asked. They belong to what cached credentials depend on.
    pub fn env_endpoints(&self) -> Vec<(&'static str, String)> {
        const NAMES: [&str; 5] = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_USE_DUALSTACK_ENDPOINT",
        ];
        let value = |name| var(name).map(|value| (name, value));
        NAMES.into_iter().filter_map(value).collect()
    }

    /// What the environment says about where requests go: custom endpoints and proxies, as name and value.
    pub fn env_urls(&self) -> Vec<(&'static str, String)> {
        const NAMES: [&str; 11] = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_EKS",
            "AWS_ENDPOINT_URL_SSO",
            "AWS_ENDPOINT_URL_SSO_OIDC",
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ];
        // ALL_PROXY counts where no proxy is named for HTTPS.
        let named = var("HTTPS_PROXY").or_else(|| var("https_proxy")).is_some();
        let counts = |name: &&str| !(named && name.eq_ignore_ascii_case("ALL_PROXY"));
        let value = |name| var(name).map(|value| (name, value));
        NAMES.into_iter().filter(counts).filter_map(value).collect()
    }

    /// Names of set variables that other AWS tools obey and this program ignores on purpose.
    pub fn ignored_identity_variables(&self) -> Vec<&'static str> {
        const NAMES: [&str; 4] = [
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "AWS_SESSION_TOKEN",
        ];
        NAMES
            .into_iter()
            .filter(|name| var(name).is_some())
            .collect()
    }

    /// What decides whether a browser can reach us.
    pub fn surroundings(&self) -> Surroundings {
        let any = |names: &[&str]| names.iter().any(|name| var_os(name).is_some());
        Surroundings {
            system: System::THIS,
            ssh: any(&["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"]),
            container: container(),
            wsl: any(&["WSL_DISTRO_NAME", "WSL_INTEROP"]),
            display: any(&["DISPLAY", "WAYLAND_DISPLAY"]),
            browser: var("BROWSER"),
            path: var_os("PATH").unwrap_or_default(),
        }
    }

    /// Where a browser may be that can be used to sign in.
    pub fn browsers(&self) -> Places {
        let programs = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
        Places {
            system: System::THIS,
            named: var(BROWSER_VARIABLE),
            browser: var("BROWSER"),
            path: var_os("PATH").unwrap_or_default(),
            home: dirs::home_dir(),
            program_files: programs
                .iter()
                .filter_map(|name| var_os(name).map(PathBuf::from))
                .collect(),
        }
    }

    /// Where programs are looked for.
    pub fn search_path(&self) -> OsString {
        var_os("PATH").unwrap_or_default()
    }

    fn env_path(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(var_os(name)?);
        // The AWS tools expand a leading `~/` here; shells do not when the value is quoted.
        match (path.strip_prefix("~"), dirs::home_dir()) {
            (Ok(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(path),
        }
    }
}

/// The container around us, if it has a network of its own, as a phrase.
fn container() -> Option<&'static str> {
    let has = |path: &str| Path::new(path).exists();
    let set = |name: &str| var_os(name).is_some();
    let kind = var("container");
    let cloud_shell = || var("AWS_EXECUTION_ENV").as_deref() == Some("CloudShell");
    // Toolbx, Distrobox and Flatpak put a desktop's programs into containers that share its network.
    let shared = has("/run/.toolboxenv") || kind.as_deref() == Some("flatpak");
    if set("CODESPACES") {
        Some("this is GitHub Codespaces")
    } else if set("GITPOD_WORKSPACE_ID") {
        Some("this is Gitpod")
    } else if cloud_shell() {
        Some("this is AWS CloudShell")
    } else if set("KUBERNETES_SERVICE_HOST") {
        Some("this is a pod of a cluster")
    } else if set("REMOTE_CONTAINERS") {
        Some("this is a dev container")
    } else if !shared && (kind.is_some() || has("/.dockerenv") || has("/run/.containerenv")) {
        Some("this is a container")
    } else {
        None
    }
}

fn home() -> Result<PathBuf, Failure> {
    dirs::home_dir()
        .filter(|home| home.is_absolute())
        .ok_or_else(no_home)
}

fn no_home() -> Failure {
    Failure::refused("your home directory is not known")
        .cause("HOME is not set, and the user database names none")
        .hint("set HOME to your home directory")
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is the environment's one reader"
)]
fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Set, not empty, and UTF-8.
fn var(name: &str) -> Option<String> {
    var_os(name)?.into_string().ok()
}
