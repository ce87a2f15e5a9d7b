//! SAML federation: the user signs in at the company's identity provider, in a browser with a profile of its own, and the
//! response for AWS's sign-in page is intercepted there. Or the user provides the response in a file.

pub mod endpoint;
pub mod explain;
pub mod response;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use super::lock::{self, SignInLock};
use crate::context::Context;
use crate::names::{IdpUrl, Partition};
use crate::store;
use crate::sys::chromium::{self, Show, Task};
use crate::sys::file;
use crate::sys::system::System;
use response::{Response, Wanted};

/// How long a sign-in without a window may take, the start of the browser included.
const LONGEST_SILENT: Duration = Duration::from_secs(20);
/// A file in the browser's folder: the identity provider wants the user to sign in again.
const NEEDS_USER: &str = "sign-in-needed";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user must sign in, but cannot be asked. `ended` is when the last credentials expired.
    #[error("not signed in")]
    SignedOut { ended: Option<DateTime<Utc>> },
    /// No window may be opened. `why` is a phrase.
    #[error("{why}")]
    NoWindow { why: &'static str },
    #[error("{0}")]
    NoBrowser(#[from] chromium::NotFound),
    /// Another program asks again, shortly after a sign-in failed.
    #[error("the last sign-in failed less than a minute ago")]
    CoolingDown,
    #[error(transparent)]
    Busy(#[from] lock::Busy),
    #[error("no AWS sign-in endpoint is known for partition {partition}")]
    NoEndpoint { partition: String },
    /// The browser returned no response.
    #[error("{browser}: {error}")]
    Browser {
        browser: String,
        error: chromium::Error,
    },
    /// The form has no response in it, or one that cannot be used.
    #[error(transparent)]
    Response(#[from] response::Error),
    #[error(transparent)]
    File(#[from] file::Error),
}

/// The outcome of a sign-in without a window.
enum Silent {
    Response(Response),
    UserNeeded,
    Failed,
}

/// Gets the SAML responses of one identity provider.
#[derive(Debug)]
pub struct SamlClient<'a> {
    context: &'a Context,
    url: &'a IdpUrl,
    /// The AWS partition that the response is for.
    partition: &'a Partition,
    /// What the response must be valid for, if that is known.
    wanted: Option<Wanted<'a>>,
    locks: &'a store::Cache,
    /// The browser's user data for this identity provider.
    folder: PathBuf,
}

impl<'a> SamlClient<'a> {
    /// `folders` is [`Context::browser_folders`]; `locks` holds the lock under which a browser runs.
    pub fn new(
        context: &'a Context,
        url: &'a IdpUrl,
        partition: &'a Partition,
        wanted: Option<Wanted<'a>>,
        locks: &'a store::Cache,
        folders: &Path,
    ) -> Self {
        SamlClient {
            context,
            url,
            partition,
            wanted,
            locks,
            folder: folders.join(url.folder_name()),
        }
    }

    /// Waits for the lock: one browser at a time for each identity provider.
    pub fn lock(&self, interaction: Interaction) -> Result<SignInLock, Error> {
        let out = &self.context.output;
        let _step = out.step("sign-in lock");
        let path = self.locks.path_of_lock_of(&self.folder);
        Ok(SignInLock::acquire(&path, interaction, out)?)
    }

    /// Returns a response that is valid for what is wanted. With `silent`, first tries without a window, which works while the
    /// identity provider remembers the user.
    pub fn response(
        &self,
        lock: &SignInLock,
        interaction: Interaction,
        silent: bool,
    ) -> Result<Response, Error> {
        let now = || self.context.now();
        let typed = matches!(interaction, Interaction::Direct(_));
        // Another program may run this command many times.
        if !typed && lock.cools_down(now()) {
            return Err(Error::CoolingDown);
        }
        if silent {
            match self.silently()? {
                Silent::Response(response) => return Ok(response),
                Silent::UserNeeded => {}
                Silent::Failed => lock.asked(Some(now())),
            }
        }
        let (Interaction::ThroughProgram(options) | Interaction::Direct(options)) = interaction
        else {
            return Err(Error::SignedOut { ended: None });
        };
        lock.ask();
        let answer = self.in_a_window(options);
        lock.asked((answer.is_err() && !typed).then(now));
        answer
    }

    /// Deletes the browser's user data, and with it the sign-in. False if there was none.
    pub fn sign_out(&self) -> Result<bool, Error> {
        let _lock = self.lock(Interaction::None)?;
        Ok(file::remove_folder(&self.folder)?)
    }

    /// Tries without a window. If the identity provider wants the user to sign in, this is not tried again until the user
    /// has done so.
    fn silently(&self) -> Result<Silent, Error> {
        let needs_user = self.folder.join(NEEDS_USER);
        if !self.folder.is_dir() || needs_user.exists() {
            return Ok(Silent::UserNeeded);
        }
        self.detail("trying without a window");
        let error = match self.intercept(Show::Headless, LONGEST_SILENT) {
            Ok(response) => return Ok(Silent::Response(response)),
            Err(error) => error,
        };
        self.detail(&error.to_string());
        match error {
            // The sign-in page waits for the user, or another user is signed in.
            Error::Browser {
                error: chromium::Error::TimedOut { .. } | chromium::Error::Closed,
                ..
            }
            | Error::Response(_) => {
                file::write_private(&needs_user, b"")?;
                Ok(Silent::UserNeeded)
            }
            _ => Ok(Silent::Failed),
        }
    }

    fn in_a_window(&self, options: SignInOptions) -> Result<Response, Error> {
        if let Some(why) = no_window(self.context, options) {
            return Err(Error::NoWindow { why });
        }
        let response = {
            let out = &self.context.output;
            let origin = self.url.origin();
            out.note(&format!(
                "Sign in at {origin} in the browser window that opens now"
            ));
            let _waiting = out.waiting("Waiting for the sign-in in the browser (Ctrl-C to cancel)");
            self.intercept(Show::Window, LONGEST_SIGN_IN)?
        };
        file::remove(&self.folder.join(NEEDS_USER))?;
        Ok(response)
    }

    /// Opens the identity provider's page, and intercepts the response that it posts to AWS.
    fn intercept(&self, show: Show, longest: Duration) -> Result<Response, Error> {
        let origin = self.url.origin();
        let _step = self.context.output.step(format!("sign-in at {origin}"));
        let browser = chromium::find(&self.context.browsers())?;
        let partition = self.partition;
        let patterns = endpoint::patterns(partition);
        if patterns.is_empty() {
            let partition = partition.to_string();
            return Err(Error::NoEndpoint { partition });
        }
        if let Some(parent) = self.folder.parent() {
            file::secret_dir(parent)?;
        }
        file::secret_dir(&self.folder)?;
        self.detail(&format!(
            "{} with user data in {}",
            browser.program.display(),
            self.folder.display()
        ));
        let task = Task {
            url: self.url.as_str(),
            profile: &self.folder,
            patterns: &patterns,
            is_wanted: &|url| endpoint::is_sign_in(url, partition),
            show,
            longest,
        };
        let form = chromium::intercept_post(&browser, &task).map_err(|error| Error::Browser {
            browser: browser.name,
            error,
        })?;
        let response = Response::decode(form.reveal().as_bytes())?;
        if let Some(wanted) = &self.wanted {
            response.check(wanted, self.context.now())?;
        }
        Ok(response)
    }

    fn detail(&self, line: &str) {
        let origin = self.url.origin();
        self.context.output.detail(&format!("{origin}: {line}"));
    }
}

/// Reads a response from a file; `-` is standard input.
pub fn read(path: &Path) -> Result<Response, Error> {
    let limit = response::LONGEST_INPUT as u64;
    let bytes = match path.to_str() {
        Some("-") => file::read_stdin(limit),
        _ => file::read_input(path, limit),
    };
    Ok(Response::decode(&Zeroizing::new(bytes?))?)
}

/// Returns why no window may be opened, as a phrase.
fn no_window(context: &Context, options: SignInOptions) -> Option<&'static str> {
    let around = context.surroundings();
    if options.no_browser {
        Some("--no-browser was given")
    } else if options.device_code {
        Some("--device-code does not work with SAML")
    } else if context.browsers().named.is_some() {
        None
    } else if around.system == System::Linux && !around.display {
        Some("there is no graphical desktop")
    } else if around.system != System::Linux && around.ssh {
        Some("this is an SSH session")
    } else {
        None
    }
}
