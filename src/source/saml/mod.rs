//! SAML federation: the person signs in at the company's identity provider in a browser of their own, and the response that
//! it would hand to AWS's sign-in page is caught on the way. Or it is brought by hand, in a file.

pub mod endpoint;
pub mod response;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use super::sign_in_lock::{self, SignInLock};
use crate::context::Context;
use crate::names::{IdpUrl, Partition};
use crate::store;
use crate::sys::system::System;
use crate::sys::chromium::{self, Errand, Show};
use crate::sys::file;
use response::{Response, Wanted};

/// How long an identity provider may take that remembers the person, the start of a browser included.
const LONGEST_SILENCE: Duration = Duration::from_secs(20);
/// A file in the browser's folder: the identity provider has wanted to see the person there.
const FORGOTTEN: &str = "sign-in-needed";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody has to sign in, and nobody is there to be asked. `ended` is when the last credentials were over.
    #[error("nobody is signed in")]
    SignedOut { ended: Option<DateTime<Utc>> },
    /// A window could be opened, and is not to be: `why` is a phrase.
    #[error("{why}")]
    NoWindow { why: &'static str },
    #[error("{0}")]
    NoBrowser(#[from] chromium::NotFound),
    /// A program asks again, shortly after the person did not sign in.
    #[error("the last sign-in failed less than a minute ago")]
    CoolingDown,
    #[error(transparent)]
    Busy(#[from] sign_in_lock::Busy),
    #[error("no sign-in is known for the partition {partition}")]
    NoEndpoint { partition: String },
    /// The browser came back without a response.
    #[error("{browser}: {error}")]
    Browser {
        browser: String,
        error: chromium::Error,
    },
    /// What came is no response, or not one for us.
    #[error(transparent)]
    Response(#[from] response::Error),
    #[error(transparent)]
    File(#[from] file::Error),
}

/// What came of asking without a window.
enum Silence {
    Response(Response),
    PersonNeeded,
    Trouble,
}

/// Where one identity provider's responses are handed out.
#[derive(Debug)]
pub struct SamlClient<'a> {
    context: &'a Context,
    url: &'a IdpUrl,
    /// Whose sign-in the response is for.
    partition: &'a Partition,
    /// What a response has to be good for, where that is known.
    wanted: Option<Wanted<'a>>,
    locks: &'a store::Cache,
    /// The browser's, for this identity provider: what it remembers of the person is in there.
    folder: PathBuf,
}

impl<'a> SamlClient<'a> {
    /// `folders` as [`Context::browser_folders`] has it; `locks` keeps the lock under which a browser runs.
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

    /// Waits for the turn: one browser for each identity provider.
    pub fn lock(&self, interaction: Interaction) -> Result<SignInLock, Error> {
        let out = &self.context.output;
        let _step = out.step("lock of the sign-in");
        Ok(SignInLock::acquire(
            self.locks,
            &self.folder,
            interaction,
            out,
        )?)
    }

    /// A response that is good for what is wanted: from the person or, where `silent` allows it, from an identity provider
    /// that remembers them.
    pub fn response(
        &self,
        lock: &SignInLock,
        interaction: Interaction,
        silent: bool,
    ) -> Result<Response, Error> {
        let now = || self.context.now();
        let typed = matches!(interaction, Interaction::Direct(_));
        // A program may run us many times over.
        if !typed && lock.cools_down(now()) {
            return Err(Error::CoolingDown);
        }
        if silent {
            match self.silently()? {
                Silence::Response(response) => return Ok(response),
                Silence::PersonNeeded => {}
                Silence::Trouble => lock.asked(Some(now())),
            }
        }
        let (Interaction::ThroughProgram(options) | Interaction::Direct(options)) = interaction else {
            return Err(Error::SignedOut { ended: None });
        };
        lock.ask();
        let answer = self.in_a_window(options);
        lock.asked((answer.is_err() && !typed).then(now));
        answer
    }

    /// Forgets what the browser remembers of the person. False if there was nothing.
    pub fn sign_out(&self) -> Result<bool, Error> {
        let _lock = self.lock(Interaction::None)?;
        Ok(file::remove_folder(&self.folder)?)
    }

    /// Without a window. Where the identity provider wants to see the person, it is not tried again before somebody has
    /// signed in.
    fn silently(&self) -> Result<Silence, Error> {
        let forgotten = self.folder.join(FORGOTTEN);
        if !self.folder.is_dir() || forgotten.exists() {
            return Ok(Silence::PersonNeeded);
        }
        self.detail("asking without a window");
        let error = match self.catch(Show::Nothing, LONGEST_SILENCE) {
            Ok(response) => return Ok(Silence::Response(response)),
            Err(error) => error,
        };
        self.detail(&error.to_string());
        match error {
            // A sign-in page waits there, or somebody else is signed in.
            Error::Browser {
                error: chromium::Error::TimedOut { .. } | chromium::Error::Closed,
                ..
            }
            | Error::Response(_) => {
                file::write_private(&forgotten, b"")?;
                Ok(Silence::PersonNeeded)
            }
            _ => Ok(Silence::Trouble),
        }
    }

    fn in_a_window(&self, options: SignInOptions) -> Result<Response, Error> {
        if let Some(why) = no_window(self.context, options) {
            return Err(Error::NoWindow { why });
        }
        let response = {
            let out = &self.context.output;
            let origin = self.url.origin();
            out.note(&format!("Sign in at {origin} in the window that opens now"));
            let _waiting = out.waiting("Waiting for you in the browser (Ctrl-C stops)");
            self.catch(Show::Window, LONGEST_SIGN_IN)?
        };
        file::remove(&self.folder.join(FORGOTTEN))?;
        Ok(response)
    }

    fn catch(&self, show: Show, longest: Duration) -> Result<Response, Error> {
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
            "{} with the folder {}",
            browser.program.display(),
            self.folder.display()
        ));
        let errand = Errand {
            url: self.url.as_str(),
            profile: &self.folder,
            patterns: &patterns,
            is_wanted: &|url| endpoint::is_sign_in(url, partition),
            show,
            longest,
        };
        let form = chromium::catch_post(&browser, &errand).map_err(|error| Error::Browser {
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

/// A response that somebody brings in a file; `-` is standard input.
pub fn read(path: &Path) -> Result<Response, Error> {
    let limit = response::LONGEST_INPUT as u64;
    let bytes = match path.to_str() {
        Some("-") => file::read_stdin(limit),
        _ => file::read_input(path, limit),
    };
    Ok(Response::decode(&Zeroizing::new(bytes?))?)
}

/// Why no window can be opened, or shall be.
fn no_window(context: &Context, options: SignInOptions) -> Option<&'static str> {
    let around = context.surroundings();
    if options.no_browser {
        Some("--no-browser was given")
    } else if options.device_code {
        Some("SAML has no device code")
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
