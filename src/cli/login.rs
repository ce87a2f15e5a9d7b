//! `login` and `logout`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::duration;

pub(super) const EXAMPLES: &str = "\
Examples:
  apono-login
  apono-login login --all
  apono-login login --force --duration 1h
  apono-login login --device-code
  apono-login login --switch-user
  apono-login login --saml-response response.txt";

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Login {
    /// Get new credentials even if the cached ones have not expired
    #[arg(long)]
    pub force: bool,
    /// Get credentials that are valid this long: 15m to 12h, as in 3600, 90m or 1h30m [default: duration_seconds of the
    /// profile, else 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration::session)]
    pub duration: Option<u32>,
    /// Log in to every installed profile
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub sign_in: SignIn,
    /// Read the SAML response from this file (base64, or the form that contains it) instead of using a browser; `-` for
    /// standard input
    #[arg(long = "saml-response", value_name = "FILE", conflicts_with_all = ["all", "device_code", "no_browser", "switch_user"])]
    pub response: Option<PathBuf>,
}

impl Login {
    /// Returns the flags typed before the word `login` and those typed after it as one set. Of a value that was typed in both
    /// places the later one counts.
    pub(super) fn or(self, later: Login) -> Login {
        Login {
            force: self.force | later.force,
            duration: later.duration.or(self.duration),
            all: self.all | later.all,
            sign_in: SignIn {
                device_code: self.sign_in.device_code | later.sign_in.device_code,
                no_browser: self.sign_in.no_browser | later.sign_in.no_browser,
                switch_user: self.sign_in.switch_user | later.sign_in.switch_user,
            },
            response: later.response.or(self.response),
        }
    }

    /// Returns what is wrong if a flag does not go with `--saml-response`, as clap says it of flags that were typed in one place.
    pub(super) fn conflict(&self) -> Option<String> {
        self.response.as_ref()?;
        let flag = match self {
            Login { all: true, .. } => "--all",
            _ if self.sign_in.device_code => "--device-code",
            _ if self.sign_in.no_browser => "--no-browser",
            _ if self.sign_in.switch_user => "--switch-user",
            _ => return None,
        };
        Some(format!(
            "the argument '--saml-response <FILE>' cannot be used with '{flag}'"
        ))
    }
}

/// How to sign in. Each of the flags asks for a new sign-in, even if the last one is still valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct SignIn {
    /// Sign in anew with a code, in a browser on any device
    #[arg(long)]
    pub device_code: bool,
    /// Sign in anew, and print the link instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Sign in as another user: end the present sign-in first
    #[arg(long)]
    pub switch_user: bool,
}

impl SignIn {
    /// Returns whether a new sign-in was asked for.
    pub fn is_anew(self) -> bool {
        self.device_code || self.no_browser || self.switch_user
    }
}

pub(super) const LOGOUT_EXAMPLES: &str = "\
Examples:
  apono-login logout
  apono-login logout --sso
  apono-login logout --all";

#[derive(Debug, Args)]
pub struct Logout {
    /// Delete the credentials of every profile, and the key that encrypts the cache
    #[arg(long)]
    pub all: bool,
    /// Sign out too, of all installed profiles if none is named: end the SSO session, for every AWS tool on this computer; or, with SAML, delete the data of the
    /// sign-in browser
    #[arg(long)]
    pub sso: bool,
}
