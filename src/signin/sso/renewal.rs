//! Another token in place of one that has expired or was rejected: that of another tool, a renewed one, or one of a new sign-in.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};

use super::token::Token;
use super::{AHEAD, Error, MARGIN, SsoClient, oidc};
use crate::credentials::Secret;
use crate::signin::interaction::Interaction;
use crate::signin::lock::NotAsked;

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

impl SsoClient<'_> {
    /// Returns another token than the one in the cache, without asking the user if possible. `rejected` is a token that the
    /// portal rejected, with its message.
    pub(super) async fn renew(
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
                self.cache.forget_registrations()?;
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
}
