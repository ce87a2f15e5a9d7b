//! From a request to credentials: cached; else ask the user, lock, look again, fetch. And the refresh ahead of their expiry, in
//! the background.

use std::time::Duration;

use chrono::TimeDelta;

use super::fetch::Asked;
use super::{AHEAD, Grant, MARGIN, Request, Session};
use crate::cli;
use crate::failure::Failure;
use crate::sys::{lock, process};

/// The shortest time between two attempts to refresh in the background.
const AHEAD_PAUSE: TimeDelta = TimeDelta::seconds(30);
/// How long to wait for another process to refresh, before doing it here: a little longer than a refresh may take
/// ([`crate::aws::LIMIT`]).
const REFRESH_WAIT: Duration = Duration::from_secs(20);

impl Session<'_> {
    /// Returns cached credentials that meet the request.
    pub(super) fn cached_for(&self, request: Request<'_>) -> Result<Option<Grant>, Failure> {
        let at_least = if request.fresh { AHEAD } else { MARGIN };
        match request.force || request.duration.is_some() {
            true => Ok(None),
            false => self.cached(request.region, at_least),
        }
    }

    /// Returns credentials, from the cache or new.
    pub fn credentials(&self, request: Request<'_>) -> Result<Grant, Failure> {
        if let Some(grant) = self.cached_for(request)? {
            if grant.header.expires_at - AHEAD <= self.context.now() {
                self.start_refresh_ahead();
            }
            return Ok(grant);
        }
        self.shared_failure(request)?;
        // Before the lock: the user may take minutes, and no other process has to wait for that.
        let asked = self.ask(request);
        let asked = asked.inspect_err(|failure| self.share_failure(request, failure))?;
        let _lock = self.lock();
        // The previous holder of the lock may have refreshed them, or failed.
        if let Some(grant) = self.cached_for(request)? {
            return Ok(grant);
        }
        self.shared_failure(request)?;
        self.fetch_and_share(request, asked)
    }

    /// # Errors
    /// The failure of another process, if it was a moment ago and the request shares it.
    fn shared_failure(&self, request: Request<'_>) -> Result<(), Failure> {
        match self.recent_failure().filter(|_| request.shares_failures) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Gets new credentials. A failure is shared with the processes that wait for the lock.
    fn fetch_and_share(&self, request: Request<'_>, asked: Asked) -> Result<Grant, Failure> {
        let fetched = self.fetch(request, asked);
        match &fetched {
            Ok(_) => self.cache.forget_failure(&self.slot),
            Err(failure) => self.share_failure(request, failure),
        }
        fetched
    }

    /// Starts [`refresh_ahead`](Self::refresh_ahead) in a background process, unless one was started just now. If that
    /// fails, a later run tries again; once the credentials have expired, the run in the foreground reports why.
    fn start_refresh_ahead(&self) {
        let now = self.context.now();
        if self.cache.claim(&self.slot, now, AHEAD_PAUSE) {
            let profile = self.context.profile.as_str();
            let _ = process::start_in_background([cli::REFRESH_AHEAD, "--profile", profile]);
        }
    }

    /// Refreshes credentials that are about to expire, unless another process has done so or is doing it.
    pub fn refresh_ahead(&self) -> Result<(), Failure> {
        let request = Request {
            fresh: true,
            ..Request::default()
        };
        let asked = self.ask(request)?;
        let Ok(_lock) = self.cache.lock(&self.slot, Duration::ZERO) else {
            return Ok(());
        };
        match self.cached_for(request)? {
            Some(_) => Ok(()),
            None => self.fetch_and_share(request, asked).map(drop),
        }
    }

    fn lock(&self) -> Option<lock::Lock> {
        let _step = self.context.output.step("cache lock");
        match self.cache.lock(&self.slot, REFRESH_WAIT) {
            Ok(lock) => Some(lock),
            // The warning that nothing can be cached names the cause.
            Err(_) if self.cache.lost_to_root().is_some() => None,
            Err(error) => {
                let line = format!("continuing without a lock: {error}");
                self.context.output.warn(&line);
                None
            }
        }
    }
}
