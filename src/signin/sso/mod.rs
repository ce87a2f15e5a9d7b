//! IAM Identity Center: the SSO session and the credentials it gives. The session is stored where all AWS tools look for it,
//! renewed while that is possible, and otherwise the user is asked to sign in.

pub mod cache;
mod code_flow;
mod device_flow;
pub mod explain;
mod oidc;
mod portal;
mod token;
mod way;

use std::io;
use std::path::Path;
use std::time::Duration;

use aws_credential_types::Credentials;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};

use self::cache::Cache;
use self::oidc::Oidc;
use self::portal::Portal;
use self::token::{Client, Flow, Token};
use self::way::Way;
use crate::aws;
use crate::context::Context;
use crate::credentials::Secret;
use crate::output::Step;
use crate::profile::plan::SsoSource;
use crate::profile::read::Files;
use crate::signin::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use crate::signin::lock::{self, SignInLock};
use crate::sys::browser;
use crate::sys::{file, http};

/// How long before its expiry a token is renewed.
const AHEAD: TimeDelta = TimeDelta::minutes(15);
/// How long before its expiry a token stops being used.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// How long to look for the token of another tool that is about to store it, and how often. AWS tools take no lock.
const LOOK_AGAIN: Duration = Duration::from_millis(2_500);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user must sign in, but cannot be asked. `ended` is when the last SSO session expired, by its file.
    #[error("not signed in")]
    SignedOut { ended: Option<DateTime<Utc>> },
    /// The portal rejected the SSO session, which by its file is valid.
    #[error("{message}")]
    Rejected { message: String },
    /// The portal rejected even the SSO session that AWS had just renewed or begun.
    #[error("{message}")]
    NeverAccepted { message: String },
    /// Another program asks again, shortly after a sign-in failed.
    #[error("the last sign-in failed less than a minute ago")]
    CoolingDown,
    #[error(transparent)]
    Busy(#[from] lock::Busy),
    #[error("the sign-in was not completed within {} minutes", LONGEST_SIGN_IN.as_secs() / 60)]
    TimedOut,
    #[error("{message}")]
    Declined { message: String },
    /// AWS rejected the code that the sign-in returned, or the client that it was issued to.
    #[error("{message}")]
    NotTaken { message: String },
    /// The permission set is not assigned to the user. `assigned` are those that are.
    #[error("{message}")]
    NotAssigned {
        message: String,
        assigned: Vec<String>,
    },
    /// Signing in, or renewing the SSO session, failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// There is an SSO session, but the portal returned no credentials for it.
    #[error("{0}")]
    Portal(aws::Error),
    #[error("unexpected response: {what}")]
    BadAnswer { what: String },
    #[error("could not listen on 127.0.0.1: {0}")]
    Listen(io::Error),
    #[error("the system's random number generator failed: {0}")]
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

/// The outcome of an attempt to renew the SSO session.
enum Renewal {
    Done(Token),
    /// AWS rejected the refresh token, which has this fingerprint.
    Rejected {
        fingerprint: String,
    },
    /// It cannot be renewed, or not now.
    Impossible,
}

/// Returns what tells a refresh token from another, without telling anything about it.
fn fingerprint(refresh_token: &Secret) -> String {
    hex::encode(&Sha256::digest(refresh_token.reveal())[..8])
}

/// Returns whether the SSO session is valid and need not be renewed yet. `folder` is `~/.aws/sso/cache`.
pub fn lives(folder: &Path, source: &SsoSource, now: DateTime<Utc>) -> bool {
    let token = Cache::new(folder.to_owned(), source).token();
    token.is_some_and(|token| token.lives(AHEAD, now))
}

/// Gets the token of one SSO session, and credentials for it.
#[derive(Debug)]
pub struct SsoClient<'a> {
    context: &'a Context,
    source: &'a SsoSource,
    cache: Cache,
    oidc: Oidc,
    portal: Portal,
}

impl<'a> SsoClient<'a> {
    /// `cache` is in [`Context::sso_cache`].
    pub async fn new(
        context: &'a Context,
        source: &'a SsoSource,
        cache: Cache,
        files: &Files,
        http: http::Client,
    ) -> Result<Self, Error> {
        let config = aws::client_config(files, &source.profile, &source.region, http, None).await;
        Ok(SsoClient {
            context,
            source,
            cache,
            oidc: Oidc::new(&config)?,
            portal: Portal::new(&config),
        })
    }

    /// Returns credentials of the source's permission set. An SSO session that the portal rejects is replaced once.
    pub async fn credentials(&self, interaction: Interaction) -> Result<Credentials, Error> {
        let token = self.token(interaction).await?;
        let now = || self.context.now();
        let ask = async |token: &Token| {
            let _step = self.step("GetRoleCredentials");
            self.portal.credentials(self.source, token, now()).await
        };
        let mut answer = ask(&token).await;
        if let Err(portal::Error::Unauthorized { message }) = answer {
            self.detail(&format!("the portal rejected the SSO session: {message}"));
            let another = self.renew(interaction, Some((&token, message))).await?;
            answer = ask(&another).await;
        }
        answer.map_err(|error| match error {
            portal::Error::Unauthorized { message } => Error::NeverAccepted { message },
            portal::Error::NotAssigned { message, assigned } => {
                Error::NotAssigned { message, assigned }
            }
            portal::Error::Call(error) => Error::Portal(error),
            error @ portal::Error::BadAnswer { .. } => Error::Portal(aws::Error::Unreadable {
                message: error.to_string(),
            }),
        })
    }

    /// Returns a valid token.
    pub async fn token(&self, interaction: Interaction) -> Result<Token, Error> {
        let found = self.cache.token();
        match found.filter(|token| token.lives(AHEAD, self.context.now())) {
            Some(token) => Ok(token),
            None => self.renew(interaction, None).await,
        }
    }

    /// Ends the SSO session, on this computer and at AWS. False if there was no valid one.
    ///
    /// # Errors
    /// It could not be ended at AWS. On this computer it is deleted all the same.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let was_signed_in = {
            let _lock = match self.cache.exists() {
                true => Some(self.lock(Interaction::None)),
                false => None,
            };
            self.end_session().await
        };
        self.cache.forget_lock()?;
        was_signed_in
    }

    async fn end_session(&self) -> Result<bool, Error> {
        let found = self.cache.token();
        self.cache.forget_registrations(self.source)?;
        self.cache.forget_token()?;
        let Some(token) = found else {
            return Ok(false);
        };
        if self.portal.log_out(&token).await? {
            return Ok(true);
        }
        // The access token has expired. The refresh token lasts for months, and ends only with the SSO session.
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

    /// Returns another token than the one in the cache, without asking the user if possible. `rejected` is a token that the
    /// portal rejected, with its message.
    async fn renew(
        &self,
        interaction: Interaction,
        rejected: Option<(&Token, String)>,
    ) -> Result<Token, Error> {
        let usable = |token: &Token, at_least| {
            let refused = rejected.as_ref().is_some_and(|(other, _)| token.is(other));
            !refused && token.lives(at_least, self.context.now())
        };
        if interaction == Interaction::None && !self.cache.exists() {
            return Err(Error::SignedOut { ended: None });
        }
        let lock = match self.lock(interaction) {
            Ok(lock) => lock,
            Err(error) => {
                let found = self.cache.token();
                let found = found.filter(|token| usable(token, MARGIN));
                return found.ok_or(error.into());
            }
        };
        if self.cache.is_being_written(self.context.now()) {
            self.look_again(|token| usable(token, MARGIN)).await;
        }
        // The previous holder of the lock may have renewed it.
        let found = self.cache.token();
        if let Some(token) = found.as_ref().filter(|token| usable(token, AHEAD)) {
            return Ok(token.clone());
        }
        // If the user can be asked, a rejected session leads to a new sign-in without another attempt to renew it.
        if (rejected.is_none() || interaction == Interaction::None)
            && let Some(token) = found.as_ref()
        {
            match self.refresh(token).await? {
                Renewal::Done(renewed) => return Ok(renewed),
                Renewal::Rejected { fingerprint } if !lock.was_rejected(&fingerprint) => {
                    // Another tool may have used the refresh token just now.
                    if !self.look_again(|token| usable(token, MARGIN)).await {
                        lock.rejected(fingerprint);
                    }
                }
                Renewal::Rejected { .. } | Renewal::Impossible => {}
            }
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
            // Another program may run this command many times.
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

    fn lock(&self, interaction: Interaction) -> Result<SignInLock, lock::Busy> {
        let _step = self.step("SSO session lock");
        SignInLock::acquire(&self.cache.lock_path(), interaction, &self.context.output)
    }

    /// Waits until another tool has stored a token that fits. Returns whether one has.
    async fn look_again(&self, fits: impl Fn(&Token) -> bool) -> bool {
        let _step = self.step("SSO session of another tool");
        let started = Instant::now();
        loop {
            if self.cache.token().is_some_and(|token| fits(&token)) {
                return true;
            }
            if started.elapsed() > LOOK_AGAIN {
                return false;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Gets a new token with the refresh token.
    async fn refresh(&self, token: &Token) -> Result<Renewal, Error> {
        let now = self.context.now();
        let Some((refresh_token, client)) = token.renewal.as_ref().filter(|_| token.renewable(now))
        else {
            return Ok(Renewal::Impossible);
        };
        match self.cache.check_writable() {
            Err(error) if token.lives(MARGIN, now) => {
                self.detail(&format!("did not renew the SSO session: {error}"));
                return Ok(Renewal::Impossible);
            }
            checked => checked?,
        }
        let answer = {
            let _step = self.step("SSO session renewal");
            self.oidc.refresh(client, refresh_token, now).await
        };
        let failed = |error: &dyn std::fmt::Display| {
            self.detail(&format!("could not renew the SSO session: {error}"));
        };
        match answer {
            Ok(renewed) => {
                self.detail("renewed the SSO session");
                Ok(Renewal::Done(self.store(token, renewed)))
            }
            Err(oidc::Error::UnknownClient { message }) => {
                failed(&message);
                self.cache.forget_registrations(self.source)?;
                Ok(Renewal::Impossible)
            }
            Err(oidc::Error::InvalidGrant { message }) => {
                failed(&message);
                Ok(Renewal::Rejected {
                    fingerprint: fingerprint(refresh_token),
                })
            }
            Err(oidc::Error::Declined { message }) => {
                failed(&message);
                Ok(Renewal::Impossible)
            }
            // The token is still valid for a while, and the next attempt may succeed.
            Err(error) if token.lives(MARGIN, now) => {
                failed(&error);
                Ok(Renewal::Impossible)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Stores the renewed token in place of the old one, and returns it.
    fn store(&self, old: &Token, mut renewed: Token) -> Token {
        // The service may return no new refresh token: the old one then stays valid.
        if renewed.renewal.is_none() {
            renewed.renewal.clone_from(&old.renewal);
        }
        // A sign-in with another tool in the meantime is newer.
        let signed_in = self
            .cache
            .token()
            .is_some_and(|token| !token.is(old) && token.lives(MARGIN, self.context.now()));
        if !signed_in && let Err(error) = self.cache.put(self.source, &renewed) {
            // This run can use it all the same.
            let line = format!("could not store the renewed SSO session: {error}");
            self.context.output.warn(&line);
        }
        renewed
    }

    /// Asks the user to sign in.
    async fn ask(&self, options: SignInOptions) -> Result<Token, Error> {
        let _step = self.step("sign-in");
        let way = Way::choose(options, browser::reach(&self.context.surroundings()));
        let flow = way.flow();
        self.cache.check_writable()?;
        self.detail(&format!("signing in at {} ({way})", self.source.start_url));
        let mut client = self.client(flow).await?;
        // If AWS does not know the client, only the browser shows that. So it is stored once a sign-in has worked.
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

    /// Returns the client of an earlier sign-in, else a new one.
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
