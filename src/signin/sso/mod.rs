//! IAM Identity Center: the SSO session and the credentials it gives. The session is stored where all AWS tools look for it,
//! renewed while that is possible, and otherwise the user is asked to sign in.

pub mod cache;
mod code_flow;
mod device_flow;
mod error;
pub mod explain;
mod oidc;
mod portal;
mod token;

use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::Credentials;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};

use self::cache::Cache;
pub use self::error::Error;
use self::oidc::Oidc;
use self::portal::Portal;
use self::token::{Flow, Token};
use crate::aws;
use crate::context::Context;
use crate::credentials::Secret;
use crate::failure::Failure;
use crate::output::Step;
use crate::profile::plan::SsoSource;
use crate::signin::interaction::{Interaction, LONGEST_SIGN_IN, SignInOptions};
use crate::signin::lock::{NotAsked, SignInLock};
use crate::signin::next::Next;
use crate::signin::sources::Sources;
use crate::sys::browser::{self, Reach};

/// How long before its expiry a token is renewed.
const AHEAD: TimeDelta = TimeDelta::minutes(15);
/// How long before its expiry a token stops being used.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// How long to look for the token of another tool that is about to store it, and how often. AWS tools take no lock.
const LOOK_AGAIN: Duration = Duration::from_millis(2_500);
const LOOK_EVERY: Duration = Duration::from_millis(100);

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

/// What this computer knows of an SSO session.
#[derive(Debug)]
pub struct State {
    pub start_url: String,
    pub session: Option<String>,
    /// `None` if there is no SSO session.
    pub expires_at: Option<DateTime<Utc>>,
    /// It can be renewed without a sign-in.
    pub renewable: bool,
}

/// Returns the state of the SSO session. `folder` is `~/.aws/sso/cache`.
pub fn state(folder: PathBuf, source: &SsoSource, now: DateTime<Utc>) -> State {
    let token = Cache::new(folder, source).token();
    State {
        start_url: source.start_url.clone(),
        session: source.session.clone(),
        expires_at: token.as_ref().map(|token| token.expires_at),
        renewable: token.is_some_and(|token| token.renewable(now)),
    }
}

/// Returns whether the SSO session is valid and need not be renewed yet. `folder` is `~/.aws/sso/cache`.
pub fn lives(folder: PathBuf, source: &SsoSource, now: DateTime<Utc>) -> bool {
    let token = Cache::new(folder, source).token();
    token.is_some_and(|token| token.lives(AHEAD, now))
}

/// Asks the user to sign in, unless the SSO session is valid or can be renewed.
pub fn sign_in(
    sources: &Sources<'_>,
    source: &SsoSource,
    interaction: Interaction,
    next: Next<'_>,
) -> Result<(), Failure> {
    let token = async {
        SsoClient::new(sources, source)
            .await?
            .token(interaction)
            .await
    };
    aws::block_on_for(aws::LIMIT + LONGEST_SIGN_IN, token)
        .map_err(Error::from)
        .flatten()
        .map(drop)
        .map_err(|error| explain::sign_in(error, source, next))
}

/// Ends the SSO session, on this computer and at AWS. False if there was no valid one.
pub fn sign_out(sources: &Sources<'_>, source: &SsoSource) -> Result<bool, Failure> {
    aws::block_on(async { SsoClient::new(sources, source).await?.sign_out().await })
        .map_err(Error::from)
        .flatten()
        .map_err(|error| explain::sign_out(error, source))
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
    pub async fn new(sources: &Sources<'a>, source: &'a SsoSource) -> Result<Self, Error> {
        let (profile, http) = (&source.profile, sources.http.clone());
        let config = aws::client_config(sources.files, profile, &source.region, http, None).await;
        Ok(SsoClient {
            context: sources.context,
            source,
            cache: Cache::new(sources.sso_cache.clone(), source),
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
        if let Err(Error::Rejected { message }) = answer {
            self.detail(&format!("the portal rejected the SSO session: {message}"));
            let another = self.renew(interaction, Some((&token, message))).await?;
            answer = ask(&another).await;
        }
        answer.map_err(|error| match error {
            Error::Rejected { message } => Error::NeverAccepted { message },
            error => error,
        })
    }

    /// Returns a valid token, of a new sign-in if that was asked for.
    pub async fn token(&self, interaction: Interaction) -> Result<Token, Error> {
        if let Some(options) = interaction.anew() {
            return self.sign_in_anew(options).await;
        }
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

    /// Asks the user to sign in, whatever SSO session there is. One of another user is ended first.
    async fn sign_in_anew(&self, options: SignInOptions) -> Result<Token, Error> {
        let lock = self.lock(Interaction::Direct(options))?;
        if options.switch_user {
            self.cache.check_writable()?;
            self.leave().await?;
        }
        lock.ask();
        let answer = self.ask(options).await;
        lock.asked(None);
        answer
    }

    /// Ends the SSO session. That AWS could not be asked to is a warning: its token is deleted here.
    async fn leave(&self) -> Result<(), Error> {
        let start_url = &self.source.start_url;
        let out = &self.context.output;
        match self.end_session().await {
            Ok(true) => out.note(&format!("Signed out at {start_url}")),
            Ok(false) => {}
            Err(Error::Call(error)) => out.warn(&format!(
                "the SSO session at {start_url} was deleted on this computer, but not ended at AWS: {error}"
            )),
            Err(error) => return Err(error),
        }
        Ok(())
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
            return Err(NotAsked::SignedOut { ended: None }.into());
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
                let ended = found.map(|token| token.expires_at);
                return Err(NotAsked::SignedOut { ended }.into());
            }
            // Another program may run this command many times.
            (Interaction::ThroughProgram(_), _) if lock.cools_down(now()) => {
                return Err(NotAsked::CoolingDown.into());
            }
            (Interaction::ThroughProgram(options), _) => (options, false),
            (Interaction::Direct(options), _) => (options, true),
        };
        lock.ask();
        let answer = self.ask(options).await;
        lock.asked((answer.is_err() && !typed).then(now));
        answer
    }

    fn lock(&self, interaction: Interaction) -> Result<SignInLock, NotAsked> {
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
        let openers = match browser::reach(&self.context.surroundings()) {
            _ if options.device_code => Err("--device-code was given"),
            Reach::None { why } => Err(why),
            // The user opens the link.
            Reach::Browser(_) if options.no_browser => Ok(Vec::new()),
            Reach::Browser(openers) => Ok(openers),
        };
        let (flow, name) = match &openers {
            Ok(_) => (Flow::Code, "authorization code"),
            Err(_) => (Flow::Device, "device code"),
        };
        self.cache.check_writable()?;
        self.detail(&format!("signing in at {} ({name})", self.source.start_url));
        // The client of an earlier sign-in, else a new one.
        let known = self
            .cache
            .registration(self.source, flow, self.context.now());
        let mut client = match known {
            Some(client) => client,
            None => self.oidc.register(self.source, flow).await?,
        };
        // If AWS does not know the client, only the browser shows that. So it is stored once a sign-in has worked.
        self.cache.forget_registrations(self.source)?;
        if options.switch_user {
            self.context.output.note(
                "If the browser is still signed in as another user, open the link below in a private window",
            );
        }
        let token = match openers {
            Ok(openers) => code_flow::sign_in(self, &client, &openers).await?,
            Err(why) => {
                self.detail(why);
                device_flow::sign_in(self, &mut client).await?
            }
        };
        self.cache.put(self.source, &token)?;
        self.cache.put_registration(self.source, flow, &client)?;
        Ok(token)
    }

    fn detail(&self, line: &str) {
        self.context.output.detail(line);
    }

    fn step(&self, what: &'static str) -> Step<&'static str> {
        self.context.output.step(what)
    }
}
