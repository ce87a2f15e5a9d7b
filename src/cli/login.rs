//! `login`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::duration;

pub(super) const EXAMPLES: &str = "\
Examples:
  apono-login
  apono-login login --all
  apono-login login --force --duration 1h
  apono-login login --device-code
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "device_code", "no_browser"])]
    pub saml_response: Option<PathBuf>,
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
            },
            saml_response: later.saml_response.or(self.saml_response),
        }
    }

    /// Returns the flag that does not go with `--saml-response`, if both were typed. clap says the same of flags that were
    /// typed in one place.
    pub(super) fn conflict(&self) -> Option<&'static str> {
        self.saml_response.as_ref()?;
        match self {
            Login { all: true, .. } => Some("--all"),
            _ if self.sign_in.device_code => Some("--device-code"),
            _ if self.sign_in.no_browser => Some("--no-browser"),
            _ => None,
        }
    }
}

/// How to sign in, where a sign-in is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct SignIn {
    /// Sign in with a code, in a browser on any device
    #[arg(long)]
    pub device_code: bool,
    /// Print the sign-in link instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
}
