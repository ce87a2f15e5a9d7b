//! The profile's cache entries: which match what the profile says now, which can be used, and which are at hand.
//!
//! An entry matches without reading the AWS files if their fingerprints have not changed since it was written. On Windows an edit that
//! keeps length, creation time and modification time has the same fingerprint: see [`file::fingerprint`] why that is good enough.

use chrono::{DateTime, Utc};

use super::{Grant, MARGIN, Request, Session, renew_at};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::names::Region;
use crate::profile::identity::Identity;
use crate::profile::plan::Plan;
use crate::store::entry::{Entry, Header};
use crate::store::{self, Key, Kind};
use crate::sys::file;

/// A cache entry, still sealed.
#[derive(Debug)]
pub(super) struct Found {
    pub entry: Entry,
    /// The store that the profile or the environment asks for.
    kind: Kind,
    /// The files have not changed since the entry was written.
    stamp_holds: bool,
}

impl Session<'_> {
    /// Returns when the last of the profile's entries expires, whether it can be decrypted or not.
    pub(super) fn last_expiry(&self) -> Option<DateTime<Utc>> {
        self.matching()
            .map(|found| found.entry.header.expires_at)
            .max()
    }

    /// Returns the profile's cache entries that match what the profile says now, in the order of the stores.
    pub(super) fn matching(&self) -> impl Iterator<Item = Found> {
        let kind = self.env_store.as_ref().unwrap_or(&Kind::Auto);
        let entries = self.cache.find(&self.slot, kind);
        entries.filter_map(|entry| self.matches(entry))
    }

    fn matches(&self, entry: Entry) -> Option<Found> {
        let header = &entry.header;
        let stamp_holds = self.stamp_holds(header);
        let kind = if stamp_holds {
            self.env_store.unwrap_or(header.asked)
        } else {
            let plan = self.plan().ok()?;
            if self.identity(plan).ok()? != header.identity {
                return None;
            }
            self.kind(plan).ok()?
        };
        kind.allows(header.store).then_some(Found {
            entry,
            kind,
            stamp_holds,
        })
    }

    /// Returns the credentials of the first entry, if that takes no more than reading it and its key: the files have not changed
    /// since it was written, it is not about to expire, and its key is in no keyring that is another program.
    pub fn at_hand(&self) -> Option<Grant> {
        self.cache.check_trusted().ok()?;
        let kind = self.env_store.unwrap_or_default();
        let entry = self.cache.find(&self.slot, &kind).next()?;
        let header = &entry.header;
        let asked = self.env_store.unwrap_or(header.asked);
        let usable = renew_at(header) > self.context.now()
            && asked.allows(header.store)
            && self.stamp_holds(header);
        let credentials = usable.then(|| self.cache.open_at_hand(&entry))??;
        Some(Grant {
            header: entry.header,
            credentials,
            cached: true,
        })
    }

    /// Returns the header of the profile's entry that expires last. `None` if there is none, or to know takes more than reading
    /// the entries and their keys. An entry whose key is in another program counts without it: a shell's prompt does not wait.
    pub fn header_at_hand(&self) -> Option<Header> {
        self.cache.check_trusted().ok()?;
        let mut last: Option<Header> = None;
        for entry in self
            .cache
            .find(&self.slot, &self.env_store.unwrap_or_default())
        {
            if entry.header.store.is_at_hand() {
                self.cache.open_at_hand(&entry)?;
            }
            let headers = last.into_iter().chain([entry.header]);
            last = headers.max_by_key(|header| header.expires_at);
        }
        last
    }

    fn stamp_holds(&self, header: &Header) -> bool {
        header.stamp.is_some() && self.stamp(header.from_environment) == header.stamp
    }

    /// Returns the header of the entry that a run would use, else of one that can be decrypted and has expired, else of one that
    /// cannot be decrypted, with `false`. Writes, fetches and starts nothing.
    ///
    /// # Errors
    /// The store was chosen by name and does not give its key.
    pub fn look(&self) -> Result<Option<(Header, bool)>, Failure> {
        let found = match self.unsealed(|header| self.is_usable(header))? {
            None => self.unsealed(|_| true)?,
            found => found,
        };
        if let Some((found, ..)) = found {
            return Ok(Some((found.entry.header, true)));
        }
        let sealed = self.matching().next();
        Ok(sealed.map(|found| (found.entry.header, false)))
    }

    /// Returns whether usable credentials are in the cache.
    pub fn has_credentials(&self) -> bool {
        self.peek().is_ok_and(|credentials| credentials.is_some())
    }

    /// Returns cached credentials that meet the request.
    ///
    /// # Errors
    /// The store was chosen by name and does not give its key.
    pub fn cached_for(&self, request: Request<'_>) -> Result<Option<Grant>, Failure> {
        if request.force || request.duration.is_some() {
            return Ok(None);
        }
        if request.may_ask && self.names_store() {
            self.permit_unlock();
        }
        let found = self.unsealed(|header| match request.fresh {
            true => renew_at(header) > self.context.now(),
            false => self.is_usable(header),
        })?;
        let Some((found, key, credentials)) = found else {
            return Ok(None);
        };
        let header = self.refreshed_header(&found, request.region, &key, &credentials);
        Ok(Some(Grant {
            header,
            credentials,
            cached: true,
        }))
    }

    fn is_usable(&self, header: &Header) -> bool {
        header.expires_at > self.context.now() + MARGIN
    }

    /// Returns the first wanted entry that can be decrypted.
    ///
    /// # Errors
    /// The store was chosen by name and does not give its key, or another user can change the cache.
    fn unsealed(
        &self,
        is_wanted: impl Fn(&Header) -> bool,
    ) -> Result<Option<(Found, Key, Credentials)>, Failure> {
        self.cache.check_trusted()?;
        for found in self.matching() {
            if !is_wanted(&found.entry.header) {
                continue;
            }
            match self.cache.open(&found.entry) {
                Ok(Some((key, credentials))) => return Ok(Some((found, key, credentials))),
                Err(error @ store::Error::Store { .. }) if found.kind != Kind::Auto => {
                    return Err(self.store_failure(error));
                }
                Err(error) if error.is_distrust() => return Err(error.into()),
                Ok(None) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Returns whether the cached credentials are those of a store that was chosen by name.
    fn names_store(&self) -> bool {
        let cached = || self.cache.find(&self.slot, &Kind::Auto).next();
        let asked = || cached().map(|entry| entry.header.asked);
        self.env_store.or_else(asked).unwrap_or_default() != Kind::Auto
    }

    /// Returns usable cached credentials. Writes, fetches and starts nothing.
    pub fn peek(&self) -> Result<Option<Credentials>, Failure> {
        let found = self.unsealed(|header| self.is_usable(header))?;
        Ok(found.map(|(_, _, credentials)| credentials))
    }

    /// Returns the entry's header, updated: for files that changed without changing the profile, and for a new region.
    fn refreshed_header(
        &self,
        found: &Found,
        region: Option<&Region>,
        key: &Key,
        credentials: &Credentials,
    ) -> Header {
        let entry = &found.entry;
        let mut header = entry.header.clone();
        if !found.stamp_holds {
            header.stamp = self.stamp(header.from_environment);
        }
        self.add_host(&mut header.sts_hosts, region);
        if header != entry.header {
            // It only saves work: if it cannot be written, the next run does the work again.
            let _ = self
                .cache
                .amend(&self.slot, entry, key, &header, credentials);
        }
        header
    }

    pub(super) fn identity(&self, plan: &Plan) -> Result<Identity, Failure> {
        let mut environment = self.endpoints.clone();
        if plan.uses_environment() {
            environment.extend(
                self.context
                    .env_access_key_id()
                    .map(|id| ("AWS_ACCESS_KEY_ID", id)),
            );
        }
        Ok(plan.identity(self.files()?.profiles(), &environment))
    }

    pub(super) fn fingerprints(&self) -> &[file::Fingerprint; 2] {
        self.fingerprints.get_or_init(|| {
            let now = self.context.now().into();
            [&self.config, &self.credentials_file].map(|path| file::fingerprint(path, now))
        })
    }

    /// See [`Header::stamp`].
    pub(super) fn stamp(&self, with_environment: bool) -> Option<String> {
        let [config, credentials] = self.fingerprints();
        if !(config.settled && credentials.settled) {
            return None;
        }
        // Long enough for most: this is on the path of each cache hit.
        let mut stamp = String::with_capacity(256);
        for part in [&config.text, ";", &credentials.text] {
            stamp.push_str(part);
        }
        let mut add = |name: &str, value: &str| {
            for part in [";", name, "=", value] {
                stamp.push_str(part);
            }
        };
        for (name, value) in &self.endpoints {
            add(name, value);
        }
        if let (true, Some(id)) = (with_environment, self.context.env_access_key_id()) {
            add("AWS_ACCESS_KEY_ID", &id);
        }
        Some(stamp)
    }
}
