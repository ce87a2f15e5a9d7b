//! The variables that decide where credentials come from and how AWS is reached. A program that is started from the desktop does not
//! have those of a shell.

use std::ffi::{OsStr, OsString};

use super::{Context, home, var, var_os};
use crate::sys::http;

/// The names of these variables. A kubeconfig entry of apono-login can set them for its plugin.
pub const DECIDING: [&str; 13] = [
    CONFIG,
    CREDENTIALS,
    AWS_CA_BUNDLE,
    REQUESTS_CA_BUNDLE,
    http::ROOTS,
    ROOTS_FOLDER,
    HTTPS_PROXIES[0],
    HTTPS_PROXIES[1],
    ALL_PROXIES[0],
    ALL_PROXIES[1],
    "NO_PROXY",
    "no_proxy",
    STORE,
];
/// The credential store.
pub const STORE: &str = "APONO_LOGIN_STORE";
/// Those that name certificate authorities, where neither [`AWS_CA_BUNDLE`] nor the profile does.
pub const OTHER_AUTHORITIES: [&str; 3] = [REQUESTS_CA_BUNDLE, http::ROOTS, ROOTS_FOLDER];
const CONFIG: &str = "AWS_CONFIG_FILE";
const CREDENTIALS: &str = "AWS_SHARED_CREDENTIALS_FILE";
const HTTPS_PROXIES: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL_PROXIES: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";
const REQUESTS_CA_BUNDLE: &str = "REQUESTS_CA_BUNDLE";
const ROOTS_FOLDER: &str = "SSL_CERT_DIR";
/// Set for the run of `doctor` that this program starts with the variables of a kubeconfig entry. Its value is their names.
pub const AS_ENTRY: &str = "APONO_LOGIN_DOCTOR_AS_ENTRY";

impl Context {
    /// Returns the variables of [`DECIDING`] that are set and count, unless they say what is so without them. Paths are absolute.
    pub fn deciding(&self) -> Vec<(&'static str, OsString)> {
        let value = |name| {
            let value = match is_path(name) {
                true => self.env_path(name)?.into_os_string(),
                false => var_os(name)?,
            };
            (counts(name) && !self.is_default(name, &value)).then_some((name, value))
        };
        DECIDING.into_iter().filter_map(value).collect()
    }

    /// Returns whether the value is the one that counts where the variable is not set.
    fn is_default(&self, name: &str, value: &OsStr) -> bool {
        let in_home = |file: &str| home().ok().map(|home| home.join(".aws").join(file));
        let default = match name {
            CONFIG => in_home("config"),
            CREDENTIALS => in_home("credentials"),
            http::ROOTS => http::roots_of_system(),
            _ => None,
        };
        default.is_some_and(|default| default == *value)
    }

    /// Returns the names of the variables that were set for this run of `doctor` as a kubeconfig entry does, if they were.
    pub fn as_entry(&self) -> Option<String> {
        var(AS_ENTRY)
    }

    /// Returns whether this run has another value of the variable, or none.
    pub fn differs_in(&self, name: &str, value: &str) -> bool {
        var_os(name).unwrap_or_default() != value
    }
}

fn is_path(name: &str) -> bool {
    let names = [CONFIG, CREDENTIALS, AWS_CA_BUNDLE];
    names.contains(&name) || OTHER_AUTHORITIES.contains(&name)
}

/// Returns whether the variable decides beside the others that are set.
fn counts(name: &str) -> bool {
    let is_set = |names: &[&str]| names.iter().any(|name| var_os(name).is_some());
    let upper = name.to_ascii_uppercase();
    // On Windows both are one variable.
    let is_other_name = cfg!(windows) && name != upper;
    !is_other_name
        && match upper.as_str() {
            "ALL_PROXY" => !is_set(&HTTPS_PROXIES),
            "NO_PROXY" => is_set(&HTTPS_PROXIES) || is_set(&ALL_PROXIES),
            name if OTHER_AUTHORITIES.contains(&name) => !is_set(&[AWS_CA_BUNDLE]),
            _ => true,
        }
}
