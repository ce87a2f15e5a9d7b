//! Reads the environment, the home directory, the clock and the terminal. Nothing else in the crate does.

mod deciding;
mod folders;
mod kube_home;
mod paths;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::cli::{self, Global};
use crate::failure::{Failure, Kind};
use crate::names::{self, DEFAULT_PROFILE, ProfileName, Region};
use crate::output::Output;
use crate::profile::keys;
use crate::sys::browser::Surroundings;
use crate::sys::chromium::Places;
use crate::sys::http::{self, CaFile, Proxies, Proxy};
use crate::sys::program;
use crate::sys::system::System;
pub use deciding::{AS_ENTRY, DECIDING, OTHER_AUTHORITIES, STORE};
use paths::home;

/// The variable that names the browser to sign in at an identity provider with.
pub const BROWSER_VARIABLE: &str = "APONO_LOGIN_BROWSER";

/// What one run knows of its surroundings.
#[derive(Debug, Clone)]
pub struct Context {
    pub profile: ProfileName,
    /// `--profile` or `APONO_PROFILE` names it; else it is the default one.
    pub profile_is_named: bool,
    pub output: Output,
    /// Prompts are possible: standard input and standard error are both a terminal.
    pub can_ask: bool,
}

impl Context {
    /// A command that does not use the profile does not read `APONO_PROFILE`.
    ///
    /// # Errors
    /// `APONO_PROFILE` is not a valid profile name.
    pub fn new(global: &Global, uses_profile: bool) -> Result<Self, Failure> {
        let variable = var("APONO_PROFILE").filter(|_| uses_profile);
        let name = variable.as_deref().unwrap_or(DEFAULT_PROFILE);
        let profile = match &global.profile {
            Some(name) => name.clone(),
            None => name.parse().map_err(|error: names::Error| {
                Failure::new(Kind::Usage, "invalid profile name in APONO_PROFILE")
                    .cause(error.to_string())
                    .hint("set APONO_PROFILE to a profile in your AWS config file, or unset it")
            })?,
        };
        let on_terminal = std::io::stderr().is_terminal();
        let output = Output {
            color: cli::color(global.color),
            verbose_since: global.verbose.then(Instant::now),
            on_terminal,
            ..Output::default()
        };
        let can_ask = on_terminal && std::io::stdin().is_terminal();
        Ok(Context {
            profile,
            profile_is_named: global.profile.is_some() || variable.is_some(),
            output,
            can_ask,
        })
    }

    /// Returns the same surroundings for a command that other programs run.
    pub fn for_a_program(&self) -> Self {
        Context {
            output: self.output.for_a_program(),
            ..self.clone()
        }
    }

    /// Returns the same surroundings for another profile.
    pub fn with_profile(&self, profile: ProfileName) -> Self {
        Context {
            profile,
            profile_is_named: true,
            ..self.clone()
        }
    }

    /// Returns the same surroundings for a profile that was chosen because none is named.
    pub fn with_chosen(&self, profile: ProfileName) -> Self {
        Context {
            profile,
            ..self.clone()
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Returns how many characters a line of text for people may have: `COLUMNS` (the user's choice by POSIX), else the width
    /// of the terminal, else 80.
    pub fn width(&self) -> usize {
        let chosen = var("COLUMNS").and_then(|columns| columns.parse().ok());
        let of_terminal = || terminal_size::terminal_size().map(|(width, _)| width.0.into());
        let width = chosen.or_else(of_terminal);
        width.filter(|&width| width > 0).unwrap_or(80)
    }

    /// Returns `AWS_REGION`, else `AWS_DEFAULT_REGION`, as the AWS CLI reads them.
    ///
    /// # Errors
    /// The variable does not hold a region.
    pub fn env_region(&self) -> Result<Option<Region>, Failure> {
        let Some((name, value)) = set(["AWS_REGION", "AWS_DEFAULT_REGION"]).next() else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|error: names::Error| {
            Failure::refused(format!("invalid region in {name}"))
                .cause(error.to_string())
                .hint(format!(
                    "set {name} to a region such as eu-west-1, or unset it"
                ))
        })
    }

    /// Returns the path of a program that exists: an absolute path as it is, a bare name as found on the `PATH`.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        program::find(name, &self.search_path(), System::THIS)
    }

    /// Returns `KUBERNETES_EXEC_INFO`, not parsed.
    pub fn exec_info(&self) -> Option<String> {
        var("KUBERNETES_EXEC_INFO")
    }

    /// Returns the credential store that `APONO_LOGIN_STORE` names.
    pub fn env_store(&self) -> Option<String> {
        var(STORE)
    }

    /// Returns the file with the certificate authorities to trust, and what names it: `AWS_CA_BUNDLE`, else the profile's
    /// `ca_bundle`, else `REQUESTS_CA_BUNDLE`. The order is that of the aws CLI.
    pub fn ca_bundle(&self, in_profile: Option<&str>) -> Option<CaFile> {
        let file = |setting, path| CaFile { path, setting };
        let variable = |name| Some(file(name, self.env_path(name)?));
        variable("AWS_CA_BUNDLE")
            .or_else(|| in_profile.map(|path| file(keys::CA_BUNDLE, path.into())))
            .or_else(|| variable("REQUESTS_CA_BUNDLE"))
    }

    /// Returns the file of the system's certificate authorities, if the environment names one.
    pub fn ca_roots(&self) -> Option<PathBuf> {
        var_os(http::ROOTS).map(PathBuf::from)
    }

    /// Returns whether the environment names a folder of certificate authorities, which the TLS library then reads.
    pub fn has_ca_folder(&self) -> bool {
        var_os("SSL_CERT_DIR").is_some()
    }

    /// Returns the file that `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names, for credentials of a container.
    pub fn container_token_file(&self) -> Option<PathBuf> {
        var_os("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from)
    }

    /// Returns the access key ID in the environment (`credential_source = Environment`). Not a secret.
    pub fn env_access_key_id(&self) -> Option<String> {
        var("AWS_ACCESS_KEY_ID")
    }

    /// Returns the variables that choose the endpoint of STS, as name and value. Cached credentials depend on them.
    pub fn env_endpoints(&self) -> Vec<(&'static str, String)> {
        const NAMES: [&str; 5] = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_USE_DUALSTACK_ENDPOINT",
        ];
        set(NAMES).collect()
    }

    /// Returns the variables with custom endpoints, as name and value.
    pub fn env_urls(&self) -> Vec<(&'static str, String)> {
        const NAMES: [&str; 5] = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_EKS",
            "AWS_ENDPOINT_URL_SSO",
            "AWS_ENDPOINT_URL_SSO_OIDC",
        ];
        set(NAMES).collect()
    }

    /// Returns the proxies, and the variable that is ignored because its URL is none that can be used.
    ///
    /// # Errors
    /// A proxy for http or https cannot be used. `ALL_PROXY`, which the aws CLI and kubectl do not read, is no error.
    pub fn proxies(&self) -> Result<(Proxies, Option<&'static str>), http::Error> {
        let named = |names: [&'static str; 2]| {
            let found = set(names).next();
            found.map(|(name, url)| Proxy::new(name, &url))
        };
        let https = named(["HTTPS_PROXY", "https_proxy"]).transpose()?;
        let http = named(["HTTP_PROXY", "http_proxy"]).transpose()?;
        // It applies only where no proxy is set for the scheme.
        let all = named(["ALL_PROXY", "all_proxy"]).filter(|_| https.is_none() || http.is_none());
        let (all, ignored) = match all {
            Some(Err(http::Error::BadProxy { name })) => (None, Some(name)),
            all => (all.transpose()?, None),
        };
        let direct = set(["NO_PROXY", "no_proxy"]).next();
        let proxies = Proxies {
            https: https.or_else(|| all.clone()),
            http: http.or(all),
            direct: direct.map(|(_, hosts)| hosts).unwrap_or_default(),
        };
        Ok((proxies, ignored))
    }

    /// Returns all variables that can decide whether AWS is reached: those of AWS tools, of proxies and of certificates. There
    /// are secrets in them.
    pub fn env_of_requests(&self) -> Vec<(OsString, OsString)> {
        let decides = |(name, _): &(OsString, OsString)| {
            let name = name.to_string_lossy().to_ascii_uppercase();
            name.starts_with("AWS_")
                || name.starts_with("SSL_CERT_")
                || name.ends_with("_PROXY")
                || name == "REQUESTS_CA_BUNDLE"
        };
        let mut variables: Vec<_> = std::env::vars_os().filter(decides).collect();
        variables.sort();
        variables
    }

    /// Returns the names of set variables that choose an identity for other AWS tools and that this program ignores on purpose.
    pub fn ignored_identity_variables(&self) -> Vec<&'static str> {
        const NAMES: [&str; 4] = [
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "AWS_SESSION_TOKEN",
        ];
        set(NAMES).map(|(name, _)| name).collect()
    }

    /// Returns what decides whether a browser on this computer can be opened, and can reach this program.
    pub fn surroundings(&self) -> Surroundings {
        let any = |names: &[&str]| names.iter().any(|name| var_os(name).is_some());
        Surroundings {
            system: System::THIS,
            ssh: any(&["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"]),
            container: container(),
            wsl: any(&["WSL_DISTRO_NAME", "WSL_INTEROP"]),
            display: any(&["DISPLAY", "WAYLAND_DISPLAY"]),
            browser: var("BROWSER"),
            path: self.search_path(),
        }
    }

    /// Returns where to look for a browser to sign in with.
    pub fn browsers(&self) -> Places {
        let programs = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
        Places {
            system: System::THIS,
            named: var(BROWSER_VARIABLE),
            browser: var("BROWSER"),
            path: self.search_path(),
            home: folders::home_dir(),
            program_files: set(programs).map(|(_, path)| path.into()).collect(),
        }
    }

    /// Returns whether programs write UTF-8 to the terminal: by the locale, as POSIX chooses it. On Windows they always do.
    pub fn is_utf8(&self) -> bool {
        let locale = set(["LC_ALL", "LC_CTYPE", "LANG"]).next();
        let locale = locale.map(|(_, name)| name.to_ascii_lowercase());
        System::THIS == System::Windows
            || locale.is_some_and(|name| name.contains("utf-8") || name.contains("utf8"))
    }

    /// Returns `PATHEXT`, the endings of programs on Windows.
    pub fn pathext(&self) -> Option<OsString> {
        var_os("PATHEXT")
    }

    /// Returns the `PATH`.
    pub fn search_path(&self) -> OsString {
        var_os("PATH").unwrap_or_default()
    }
}

/// Returns which container this is, as a phrase, if it has a network of its own.
fn container() -> Option<&'static str> {
    let has = |path: &str| Path::new(path).exists();
    let has_variable = |name: &str| var_os(name).is_some();
    let kind = var("container");
    let cloud_shell = var("AWS_EXECUTION_ENV").as_deref() == Some("CloudShell");
    // Toolbx, Distrobox and Flatpak run a desktop's programs in containers that share its network.
    let shared = has("/run/.toolboxenv") || kind.as_deref() == Some("flatpak");
    let is_container = kind.is_some() || has("/.dockerenv") || has("/run/.containerenv");
    let places = [
        (has_variable("CODESPACES"), "this is GitHub Codespaces"),
        (has_variable("GITPOD_WORKSPACE_ID"), "this is Gitpod"),
        (cloud_shell, "this is AWS CloudShell"),
        (
            has_variable("KUBERNETES_SERVICE_HOST"),
            "this is a Kubernetes pod",
        ),
        (has_variable("REMOTE_CONTAINERS"), "this is a dev container"),
        (!shared && is_container, "this is a container"),
    ];
    let mut here = places.into_iter().filter(|(is_here, _)| *is_here);
    here.next().map(|(_, phrase)| phrase)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns those of the variables that are set, as name and value.
fn set<const N: usize>(names: [&'static str; N]) -> impl Iterator<Item = (&'static str, String)> {
    let value = |name| Some((name, var(name)?));
    names.into_iter().filter_map(value)
}

/// Returns a variable that is set, not empty, and UTF-8.
fn var(name: &str) -> Option<String> {
    var_os(name)?.into_string().ok()
}
