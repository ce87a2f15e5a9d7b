//! IAM Identity Center: a sign-in, kept where every AWS tool looks for it, renewed while it can be, asked of the person
//! where it has to be; and the credentials it is good for.

pub mod cache;
mod code_flow;
mod device_flow;
mod oidc;
mod portal;
mod token;
mod way;

use std::io;
use std::path::Path;

use aws_credential_types::Credentials;
use chrono::{DateTime, TimeDelta, Utc};

use self::cache::Cache;
use self::oidc::Oidc;
use self::portal::Portal;
use self::token::{Client, Flow, Token};
use self::way::Way;
use crate::aws;
use crate::context::Context;
use crate::output::Step;
use crate::profile::plan::SsoSource;
use crate::profile::read::Files;
use crate::source::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use crate::source::sign_in_lock::{self, SignInLock};
use crate::store;
use crate::sys::browser;
use crate::sys::{file, http};

/// A token is renewed this long before it is over.
const AHEAD: TimeDelta = TimeDelta::minutes(15);
/// It is used until this long before it is over.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody has to sign in, and nobody is there to be asked. `ended` is when the last sign-in was over by its file.
    #[error("nobody is signed in")]
    SignedOut { ended: Option<DateTime<Utc>> },
    /// The portal does not accept the sign-in, whatever its file says.
    #[error("{message}")]
    Rejected { message: String },
    /// A program asks again, shortly after the person did not sign in.
    #[error("the last sign-in failed less than a minute ago")]
    CoolingDown,
    #[error(transparent)]
    Busy(#[from] sign_in_lock::Busy),
    #[error("nobody signed in within {} minutes", LONGEST_SIGN_IN.as_secs() / 60)]
    TimedOut,
    #[error("{message}")]
    Declined { message: String },
    /// AWS does not take the code that the person came back with, or the client it was given to.
    #[error("{message}")]
    NotTaken { message: String },
    /// The permission set is not the person's.
    #[error("{message}")]
    NotAssigned {
        message: String,
        assigned: Vec<String>,
    },
    /// Signing in, or renewing a sign-in, failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// There is a sign-in, but the portal gave no credentials for it.
    #[error("{0}")]
    Portal(aws::Error),
    #[error("the answer makes no sense: {what}")]
    BadAnswer { what: String },
    #[error("nothing can listen on 127.0.0.1: {0}")]
    Listen(io::Error),
    #[error("the system's random generator failed: {0}")]
    Random(String),
    #[error(transparent)]
    File(#[from] file::Error),
}

impl From<oidc::Error> for Error {
    fn from(error: oidc::Error) -> Self {
        match error {
            oidc::Error::Call(error) => Error::Call(error),
            oidc::Error::CodeExpired => Error::TimedOut,
            oidc::Error::Declined { message } => Error::Declined { message },
            oidc::Error::InvalidGrant { message } | oidc::Error::UnknownClient { message } => {
                Error::NotTaken { message }
            }
            error => Error::BadAnswer {
                what: error.to_string(),
            },
        }
    }
}

/// The sign-in need not be renewed yet. `folder` is `~/.aws/sso/cache`.
pub fn lives(folder: &Path, source: &SsoSource, now: DateTime<Utc>) -> bool {
    let token = Cache::new(folder.to_owned(), source).token();
    token.is_some_and(|token| token.lives(AHEAD, now))
}

/// Where one sign-in is handed out.
#[derive(Debug)]
pub struct SsoClient<'a> {
    context: &'a Context,
    source: &'a SsoSource,
    locks: &'a store::Cache,
    cache: Cache,
    oidc: Oidc,
    portal: Portal,
}

impl<'a> SsoClient<'a> {
    /// `cache` as [`Context::sso_cache`] has it; `locks` keeps the lock under which a sign-in is renewed.
    pub async fn new(
        context: &'a Context,
        source: &'a SsoSource,
        locks: &'a store::Cache,
        cache: Cache,
        files: &Files,
        http: http::Client,
    ) -> Result<Self, Error> {
        let config = aws::client_config(files, &source.profile, &source.region, http, None).await;
        Ok(SsoClient {
            context,
            source,
            locks,
            cache,
            oidc: Oidc::new(&config)?,
            portal: Portal::new(&config),
        })
    }

    /// Credentials of the source's permission set. A sign-in that the portal does not accept is replaced once.
    pub async fn credentials(&self, interaction: Interaction) -> Result<Credentials, Error> {
        let token = self.token(interaction).await?;
        let now = || self.context.now();
        let ask = async |token: &Token| {
            let _step = self.step("GetRoleCredentials at the portal");
            self.portal.credentials(self.source, token, now()).await
        };
        let mut answer = ask(&token).await;
        if let Err(portal::Error::Unauthorized { message }) = answer {
            self.detail(&format!(
                "the portal does not accept the sign-in: {message}"
            ));
            let another = self.renew(interaction, Some((&token, message))).await?;
            answer = ask(&another).await;
        }
        answer.map_err(|error| match error {
            portal::Error::Unauthorized { message } => Error::Rejected { message },
            portal::Error::NotAssigned { message, assigned } => {
                Error::NotAssigned { message, assigned }
            }
            portal::Error::Call(error) => Error::Portal(error),
            error @ portal::Error::BadAnswer { .. } => Error::Portal(aws::Error::Unreadable {
                message: error.to_string(),
            }),
        })
    }

    /// A sign-in that lives.
    pub async fn token(&self, interaction: Interaction) -> Result<Token, Error> {
        let found = self.cache.token();
        match found.filter(|token| token.lives(AHEAD, self.context.now())) {
            Some(token) => Ok(token),
            None => self.renew(interaction, None).await,
        }
    }

    /// Ends the sign-in here, and at AWS. False if there was none that lived.
    ///
    /// # Errors
    /// AWS could not be told: it is forgotten here all the same.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let out = &self.context.output;
        let _lock = SignInLock::acquire(self.locks, self.cache.path(), Interaction::None, out);
        let found = self.cache.token();
        self.cache.forget_registrations(self.source)?;
        self.cache.forget_token()?;
        let Some(token) = found else {
            return Ok(false);
        };
        if self.portal.log_out(&token).await? {
            return Ok(true);
        }
        // The access token is over. The refresh token lasts for months, and ends with the sign-in only.
        let now = self.context.now();
        let Some((refresh_token, client)) = token.renewal.as_ref().filter(|_| token.renewable(now))
        else {
            return Ok(false);
        };
        match self.oidc.refresh(client, refresh_token, now).await {
            Ok(renewed) => Ok(self.portal.log_out(&renewed).await?),
            Err(oidc::Error::Call(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// Another sign-in than what was found: without the person if possible. `rejected` is one that the portal does not
    /// accept, and what it said.
    async fn renew(
        &self,
        interaction: Interaction,
        rejected: Option<(&Token, String)>,
    ) -> Result<Token, Error> {
        let usable = |token: &Token, at_least| {
            let refused = rejected.as_ref().is_some_and(|(other, _)| token.is(other));
            !refused && token.lives(at_least, self.context.now())
        };
        let lock = {
            let _step = self.step("lock of the SSO session");
            let out = &self.context.output;
            SignInLock::acquire(self.locks, self.cache.path(), interaction, out)
        };
        // Whoever had the turn before may have done our work.
        let found = self.cache.token();
        let lock = match lock {
            Ok(lock) => lock,
            Err(error) => {
                let found = found.filter(|token| usable(token, MARGIN));
                return found.ok_or(error.into());
            }
        };
        if let Some(token) = found.as_ref().filter(|token| usable(token, AHEAD)) {
            return Ok(token.clone());
        }
        // With a person there, one that was rejected leads to a new sign-in and to no further attempts.
        if (rejected.is_none() || interaction == Interaction::None)
            && let Some(token) = found.as_ref()
            && let Some(renewed) = self.refresh(token).await?
        {
            return Ok(renewed);
        }
        let found = self.cache.token();
        if let Some(token) = found.as_ref().filter(|token| usable(token, MARGIN)) {
            return Ok(token.clone());
        }
        let now = || self.context.now();
        let (options, typed) = match (interaction, rejected) {
            (Interaction::None, Some((_, message))) => return Err(Error::Rejected { message }),
            (Interaction::None, None) => {
                return Err(Error::SignedOut {
                    ended: found.map(|token| token.expires_at),
                });
            }
            // A program may run us many times over.
            (Interaction::ThroughProgram(_), _) if lock.cools_down(now()) => {
                return Err(Error::CoolingDown);
            }
            (Interaction::ThroughProgram(options), _) => (options, false),
            (Interaction::Direct(options), _) => (options, true),
        };
        lock.ask();
        let answer = self.ask(options).await;
        lock.asked((answer.is_err() && !typed).then(now));
        answer
    }

    /// A new token for the refresh token. `None` if that is of no use any more; then the person has to sign in.
    async fn refresh(&self, token: &Token) -> Result<Option<Token>, Error> {
        let now = self.context.now();
        let Some((refresh_token, client)) = token.renewal.as_ref().filter(|_| token.renewable(now))
        else {
            return Ok(None);
        };
        match self.cache.check_writable() {
            Err(error) if token.lives(MARGIN, now) => {
                self.detail(&format!("the SSO session is not renewed: {error}"));
                return Ok(None);
            }
            checked => checked?,
        }
        let answer = {
            let _step = self.step("renewal of the SSO session");
            self.oidc.refresh(client, refresh_token, now).await
        };
        match answer {
            Ok(mut renewed) => {
                // The service may let the old one live on.
                if renewed.renewal.is_none() {
                    renewed.renewal.clone_from(&token.renewal);
                }
                self.detail("the SSO session was renewed");
                // It serves this once all the same.
                if let Err(error) = self.cache.put(self.source, &renewed) {
                    let line = format!("the renewed SSO session could not be kept: {error}");
                    self.context.output.warn(&line);
                }
                Ok(Some(renewed))
            }
            Err(oidc::Error::UnknownClient { message }) => {
                self.detail(&format!("the SSO session cannot be renewed: {message}"));
                self.cache.forget_registrations(self.source)?;
                Ok(None)
            }
            Err(oidc::Error::InvalidGrant { message } | oidc::Error::Declined { message }) => {
                self.detail(&format!("the SSO session cannot be renewed: {message}"));
                Ok(None)
            }
            // It lives a little yet, and perhaps there is a network then.
            Err(error) if token.lives(MARGIN, now) => {
                self.detail(&format!("the SSO session could not be renewed: {error}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the person to sign in.
    async fn ask(&self, options: SignInOptions) -> Result<Token, Error> {
        let _step = self.step("sign-in");
        let way = Way::choose(options, browser::reach(&self.context.surroundings()));
        let flow = way.flow();
        self.cache.check_writable()?;
        self.detail(&format!("signing in at {} ({way})", self.source.start_url));
        let mut client = self.client(flow).await?;
        // Should it be unknown at AWS, the browser shows that and we never hear of it: so it is kept once it has worked.
        self.cache.forget_registrations(self.source)?;
        let token = match &way {
            Way::Browser(openers) => code_flow::sign_in(self, &client, openers).await?,
            Way::Device { why } => {
                self.detail(why);
                device_flow::sign_in(self, &mut client).await?
            }
        };
        self.cache.put(self.source, &token)?;
        self.cache.put_registration(self.source, flow, &client)?;
        Ok(token)
    }

    /// The client that has worked before, else a new one.
    async fn client(&self, flow: Flow) -> Result<Client, Error> {
        let found = self
            .cache
            .registration(self.source, flow, self.context.now());
        match found {
            Some(client) => Ok(client),
            None => Ok(self.oidc.register(self.source, flow).await?),
        }
    }

    fn detail(&self, line: &str) {
        self.context.output.detail(line);
    }

    fn step(&self, what: &'static str) -> Step<&'static str> {
        self.context.output.step(what)
    }
}
