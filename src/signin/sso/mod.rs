//! IAM Identity Center: the SSO session and the credentials it gives. The session is stored where all AWS tools look for it,
//! renewed while that is possible, and otherwise the user is asked to sign in.

pub mod cache;
mod code_flow;
mod device_flow;
mod error;
pub mod explain;
mod oidc;
mod portal;
mod renewal;
mod sign_out;
mod token;

use std::path::PathBuf;

use aws_credential_types::Credentials;
use chrono::{DateTime, TimeDelta, Utc};

use self::cache::Cache;
pub use self::cache::Own;
pub use self::error::Error;
use self::oidc::Oidc;
use self::portal::Portal;
use self::sign_out::Ending;
pub use self::sign_out::{sign_out, sign_out_of, unused};
use self::token::{Flow, Token};
use crate::aws;
use crate::context::Context;
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
        match self.ending().end_session().await {
            Ok(true) => out.note(&format!("Signed out at {start_url}")),
            Ok(false) => {}
            Err(Error::Call(error)) => out.warn(&format!(
                "the SSO session at {start_url} was deleted on this computer, but not ended at AWS: {error}"
            )),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn ending(&self) -> Ending<'_> {
        Ending {
            context: self.context,
            cache: &self.cache,
            oidc: &self.oidc,
            portal: &self.portal,
        }
    }

    fn lock(&self, interaction: Interaction) -> Result<SignInLock, NotAsked> {
        sign_out::lock(self.context, &self.cache, interaction)
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
        let known = self.cache.registration(flow, self.context.now());
        let mut client = match known {
            Some(client) => client,
            None => self.oidc.register(self.source, flow).await?,
        };
        // If AWS does not know the client, only the browser shows that. So it is stored once a sign-in has worked.
        self.cache.forget_registrations()?;
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
        self.cache.put_registration(flow, &client)?;
        Ok(token)
    }

    fn detail(&self, line: &str) {
        self.context.output.detail(line);
    }

    fn step(&self, what: &'static str) -> Step<&'static str> {
        self.context.output.step(what)
    }
}
