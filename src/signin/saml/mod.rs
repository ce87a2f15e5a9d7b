//! SAML federation: the user signs in at the company's identity provider, in a browser with a profile of its own, and the
//! response for AWS's sign-in page is intercepted there. Or the user provides the response in a file.

pub mod explain;
pub mod response;
mod role;

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use super::lock::{NotAsked, SignInLock};
use super::{Proof, SignedIn, Start, Tools};
use crate::aws::sign_in_page;
use crate::context::Context;
use crate::failure::{Failure, Kind, hints};
use crate::names::{IdpUrl, Partition};
use crate::profile::plan::{Plan, SamlSource};
use crate::sys::chromium::{self, Page, Show, Task};
use crate::sys::file;
use crate::sys::system::System;
use response::{Response, Wanted};
pub use role::{assume, checked};

/// How long a sign-in without a window may take, the start of the browser included.
const LONGEST_SILENT: Duration = Duration::from_secs(20);
/// How long a page may stay in a sign-in without a window, where none is expected to succeed: then it waits for the user.
const LONGEST_STILL: Duration = Duration::from_secs(8);
/// A file in the browser's folder: a sign-in without a window has succeeded.
const REMEMBERED: &str = "sign-in-remembered";
/// A file in the browser's folder: the identity provider wants the user to sign in again.
const NEEDS_USER: &str = "sign-in-needed";
/// The longest path, in bytes. A longer one is the response itself, and is not printed.
const LONGEST_PATH: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// No window may be opened. `why` is a phrase.
    #[error("{why}")]
    NoWindow { why: &'static str },
    #[error("{0}")]
    NoBrowser(#[from] chromium::NotFound),
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

/// Signs in: see [`SignIn::start`](super::SignIn::start).
pub fn start(
    tools: &Tools<'_>,
    saml: &SamlSource,
    start: Start<'_>,
    is_needed: impl FnOnce() -> Result<bool, Failure>,
) -> Result<Option<SignedIn>, Failure> {
    let Start {
        plan, interaction, ..
    } = start;
    let wanted = (!start.for_all).then(|| role::wanted(plan, saml));
    let client = SamlClient::of(tools, saml, wanted)?;
    let lock = client.explained(client.lock(interaction))?;
    // The previous holder of the lock may have refreshed the credentials.
    if !is_needed()? {
        return Ok(None);
    }
    // A user who typed the command sees the window.
    let silent = plan.interactive && !matches!(interaction, Interaction::Direct(_));
    let response = client.explained(client.response(&lock, interaction, silent))?;
    Ok(Some(SignedIn {
        proof: Proof::Response(response),
        _lock: Some(lock),
    }))
}

/// Returns a response for a profile that is about to be installed: its role is not known yet.
pub fn first_response(
    tools: &Tools<'_>,
    url: &IdpUrl,
    partition: &Partition,
    keep_session: bool,
    interaction: Interaction,
) -> Result<Response, Failure> {
    let client = SamlClient::new(tools, url, partition, keep_session)?;
    let lock = client.lock(interaction);
    client.explained(lock.and_then(|lock| {
        if interaction.anew().is_some_and(|anew| anew.switch_user) {
            file::remove_folder(&client.folder)?;
        }
        client.response(&lock, interaction, false)
    }))
}

/// Deletes the browser's user data, and with it the sign-in on this computer. The session at the identity provider goes on. False
/// if there was none.
pub fn sign_out(tools: &Tools<'_>, saml: &SamlSource) -> Result<bool, Failure> {
    forget(tools, &saml.url, saml.provider.partition())
}

/// Does the same for a profile that is about to be installed.
pub fn forget(tools: &Tools<'_>, url: &IdpUrl, partition: &Partition) -> Result<bool, Failure> {
    let client = SamlClient::new(tools, url, partition, false)?;
    let removed = client.lock(Interaction::None).and_then(|lock| {
        let removed = file::remove_folder(&client.folder)?;
        drop(lock);
        Ok(removed)
    });
    client.explained(removed)
}

/// Reads a response from a file; `-` is standard input. `saml` is `None` for a profile that does not sign in with SAML.
pub fn read(
    tools: &Tools<'_>,
    plan: &Plan,
    saml: Option<&SamlSource>,
    path: &Path,
) -> Result<Response, Failure> {
    let profile = &plan.profile;
    let no_input = |error: &str, cause: &str| {
        let command = hints::command("login --saml-response response.txt", profile);
        let hint = format!("save the response as response.txt, then run `{command}`");
        Failure::new(Kind::Usage, error)
            .cause(cause)
            .hint(hint)
            .hint("after that, delete response.txt")
    };
    let is_stdin = path.as_os_str() == "-";
    if is_stdin && tools.context.can_ask {
        return Err(no_input(
            "could not read a SAML response from a terminal",
            "a terminal cuts lines off at 4096 characters",
        ));
    }
    if path.as_os_str().len() > LONGEST_PATH {
        return Err(no_input(
            "could not read a SAML response from the command line",
            "other users of this computer can see command lines, and shells keep them in their history",
        ));
    }
    let Some(saml) = saml else {
        let command = hints::login_command(profile);
        let what = format!("profile {profile} does not sign in with SAML");
        return Err(Failure::refused(what)
            .cause(format!("its source is {}", plan.source))
            .hint(format!("run `{command}` without `--saml-response`")));
    };
    let limit = response::LONGEST_INPUT as u64;
    let bytes = match is_stdin {
        true => file::read_stdin(limit),
        false => file::read_input(path, limit),
    };
    bytes
        .map_err(Error::from)
        .and_then(|bytes| Ok(Response::decode(&Zeroizing::new(bytes))?))
        .map_err(|error| explain::saml(error, &saml.url, tools.next))
}

/// Gets the SAML responses of one identity provider.
struct SamlClient<'a> {
    tools: &'a Tools<'a>,
    context: &'a Context,
    url: &'a IdpUrl,
    /// The AWS partition that the response is for.
    partition: &'a Partition,
    /// What the response must be valid for, if that is known.
    wanted: Option<Wanted<'a>>,
    /// The session at the identity provider outlives the window.
    keep_session: bool,
    /// The browser's user data for this identity provider.
    folder: PathBuf,
}

impl<'a> SamlClient<'a> {
    fn of(
        tools: &'a Tools<'a>,
        saml: &'a SamlSource,
        wanted: Option<Wanted<'a>>,
    ) -> Result<Self, Failure> {
        let partition = saml.provider.partition();
        let client = SamlClient::new(tools, &saml.url, partition, saml.keep_session)?;
        Ok(SamlClient { wanted, ..client })
    }

    fn new(
        tools: &'a Tools<'a>,
        url: &'a IdpUrl,
        partition: &'a Partition,
        keep_session: bool,
    ) -> Result<Self, Failure> {
        let folders = tools.context.browser_folders()?;
        Ok(SamlClient {
            tools,
            context: tools.context,
            url,
            partition,
            wanted: None,
            keep_session,
            folder: folders.join(url.folder_name()),
        })
    }

    fn explained<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        result.map_err(|error| explain::saml(error, self.url, self.tools.next))
    }

    /// Waits for the lock: one browser at a time for each identity provider.
    fn lock(&self, interaction: Interaction) -> Result<SignInLock, Error> {
        let out = &self.context.output;
        let _step = out.step("sign-in lock");
        let path = self.tools.locks.path_of_lock_of(&self.folder);
        Ok(SignInLock::acquire(&path, interaction, out)?)
    }

    /// Returns a response that is valid for what is wanted. With `silent`, first tries without a window, which works while the
    /// identity provider remembers the user.
    fn response(
        &self,
        lock: &SignInLock,
        interaction: Interaction,
        silent: bool,
    ) -> Result<Response, Error> {
        let now = || self.context.now();
        let typed = matches!(interaction, Interaction::Direct(_));
        // Another program may run this command many times.
        if !typed && lock.cools_down(now()) {
            return Err(NotAsked::CoolingDown.into());
        }
        if silent && let Some(response) = self.silently(lock)? {
            return Ok(response);
        }
        let (Interaction::ThroughProgram(options) | Interaction::Direct(options)) = interaction
        else {
            let ended = self.tools.ended;
            return Err(NotAsked::SignedOut { ended }.into());
        };
        lock.ask();
        let answer = self.in_a_window(options);
        lock.asked((answer.is_err() && !typed).then(now));
        answer
    }

    /// Tries without a window. If the identity provider wants the user to sign in, this is not tried again until the user
    /// has done so.
    fn silently(&self, lock: &SignInLock) -> Result<Option<Response>, Error> {
        let needs_user = self.folder.join(NEEDS_USER);
        if !self.folder.is_dir() || needs_user.exists() {
            return Ok(None);
        }
        self.detail("trying without a window");
        let remembered = self.folder.join(REMEMBERED);
        let is_likely = self.keep_session || remembered.exists();
        let still = (!is_likely).then_some(LONGEST_STILL);
        let ignored = |_: &Page| ();
        let error = match self.intercept(Show::Headless, LONGEST_SILENT, still, &ignored) {
            Ok(response) => {
                file::write_private(&remembered, b"")?;
                return Ok(Some(response));
            }
            Err(error) => error,
        };
        self.detail(&error.to_string());
        match error {
            // The sign-in page waits for the user, or another user is signed in.
            Error::Browser {
                error: chromium::Error::TimedOut { .. } | chromium::Error::Closed { .. },
                ..
            }
            | Error::Response(_) => file::write_private(&needs_user, b"")?,
            _ => lock.asked(Some(self.context.now())),
        }
        Ok(None)
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
            if options.switch_user {
                out.note(&format!(
                    "The window knows no earlier user; if {origin} does not ask who you are, it knows the user of this computer (Kerberos or a certificate)"
                ));
            }
            let waiting = out.waiting("Waiting for the sign-in in the browser (Ctrl-C to cancel)");
            let report = |page: &Page| {
                waiting.pause(|| out.note(&format!("The browser window shows {page}")));
            };
            self.intercept(Show::Window, LONGEST_SIGN_IN, None, &report)?
        };
        file::remove(&self.folder.join(NEEDS_USER))?;
        Ok(response)
    }

    /// Opens the identity provider's page, and intercepts the response that it posts to AWS.
    fn intercept(
        &self,
        show: Show,
        longest: Duration,
        longest_still: Option<Duration>,
        report: &dyn Fn(&Page),
    ) -> Result<Response, Error> {
        let origin = self.url.origin();
        let _step = self.context.output.step(format!("sign-in at {origin}"));
        let browser = chromium::find(&self.context.browsers())?;
        let partition = self.partition;
        let patterns = sign_in_page::patterns(partition);
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
            is_wanted: &|url| sign_in_page::is_sign_in(url, partition),
            is_redirect: &|url| {
                let query = url.split_once('?').map(|(_, query)| query);
                query.is_some_and(|query| query.contains("SAMLResponse="))
                    && sign_in_page::is_sign_in(url, partition)
            },
            show,
            keep_session: self.keep_session,
            longest,
            longest_still,
            report,
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
