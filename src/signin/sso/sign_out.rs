//! Ends SSO sessions, on this computer and at AWS: those of profiles, and those that apono-login signed in at and no profile uses.

use super::SsoClient;
use super::cache::{self, Cache, Own};
use super::error::Error;
use super::explain;
use super::oidc::{self, Oidc};
use super::portal::Portal;
use crate::aws;
use crate::context::Context;
use crate::failure::Failure;
use crate::profile::keys;
use crate::profile::plan::{DEFAULT_SCOPE, SsoSource};
use crate::profile::profiles::Profiles;
use crate::signin::interaction::Interaction;
use crate::signin::lock::{NotAsked, SignInLock};
use crate::signin::sources::Sources;

/// What ends an SSO session.
#[derive(Debug)]
pub(super) struct Ending<'a> {
    pub context: &'a Context,
    pub cache: &'a Cache,
    pub oidc: &'a Oidc,
    pub portal: &'a Portal,
}

/// Ends the SSO session. False if there was no valid one.
pub fn sign_out(sources: &Sources<'_>, source: &SsoSource) -> Result<bool, Failure> {
    aws::block_on(async {
        let client = SsoClient::new(sources, source).await?;
        client.ending().sign_out().await
    })
    .map_err(Error::from)
    .flatten()
    .map_err(|error| explain::sign_out(error, &source.start_url))
}

/// Ends an SSO session that no profile uses. False if it was no longer valid.
pub fn sign_out_of(sources: &Sources<'_>, own: &Own) -> Result<bool, Failure> {
    aws::block_on(async {
        let (context, http) = (sources.context, sources.http.clone());
        let profile = context.profile.as_str();
        let config = aws::client_config(sources.files, profile, &own.region, http, None).await;
        let ending = Ending {
            context,
            cache: &own.cache,
            oidc: &Oidc::new(&config)?,
            portal: &Portal::new(&config),
        };
        ending.sign_out().await
    })
    .map_err(Error::from)
    .flatten()
    .map_err(|error| explain::sign_out(error, &own.start_url))
}

/// Returns the SSO sessions that apono-login signed in at, that are valid or can be renewed, and that none of `used` is.
pub fn unused<'a>(
    context: &Context,
    profiles: &Profiles,
    used: impl IntoIterator<Item = &'a SsoSource>,
) -> Result<Vec<Own>, Failure> {
    let (folder, now) = (context.sso_cache()?, context.now());
    let used = used.into_iter();
    let used: Vec<_> = used
        .map(|source| Cache::new(folder.clone(), source))
        .collect();
    let sessions = profiles.sso_sessions();
    let sessions = sessions.filter_map(|name| profiles.sso_session(name));
    let scopes = sessions.filter_map(|session| session.get(keys::SSO_REGISTRATION_SCOPES));
    let scopes = scopes.map(|scopes| scopes.split(',').map(|scope| scope.trim().to_owned()));
    let mut scopes: Vec<Vec<String>> = scopes.map(Iterator::collect).collect();
    scopes.push(vec![DEFAULT_SCOPE.to_owned()]);
    let mut own = cache::own(&folder, &scopes);
    own.retain(|own| {
        (own.token.expires_at > now || own.token.renewable(now))
            && !used.iter().any(|used| used.is(&own.cache))
    });
    Ok(own)
}

impl Ending<'_> {
    /// Ends the SSO session. False if there was no valid one.
    ///
    /// # Errors
    /// It could not be ended at AWS. On this computer it is deleted all the same.
    async fn sign_out(&self) -> Result<bool, Error> {
        let was_signed_in = {
            let _lock = match self.cache.exists() {
                true => Some(lock(self.context, self.cache, Interaction::None)),
                false => None,
            };
            self.end_session().await
        };
        self.cache.forget_lock()?;
        was_signed_in
    }

    /// Ends the SSO session for a caller that has the lock.
    pub(super) async fn end_session(&self) -> Result<bool, Error> {
        let found = self.cache.token();
        self.cache.forget_registrations()?;
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
}

/// Takes the lock under which the token is renewed.
pub(super) fn lock(
    context: &Context,
    cache: &Cache,
    interaction: Interaction,
) -> Result<SignInLock, NotAsked> {
    let _step = context.output.step("SSO session lock");
    SignInLock::acquire(&cache.lock_path(), interaction, &context.output)
}
