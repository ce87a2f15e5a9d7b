//! The use case: credentials for the profile's role. Cached? Else lock, look again, source, assume, store.
//!
//! A hit costs two file reads and two stats: no runtime, no network, no parsing of config files that look as they did
//! when the entry was written.

mod fetch;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;

use crate::aws;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::explain;
use crate::failure::Failure;
use crate::names::Region;
use crate::profile::identity::Identity;
use crate::profile::plan::{self, Plan};
use crate::profile::read::Files;
use crate::store::entry::{Entry, Header};
use crate::store::{Cache, Slot};
use crate::sys::{file, lock};

/// Credentials are used until this long before they expire.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// How long another process may take to refresh before we do it ourselves.
const REFRESH_WAIT: Duration = Duration::from_secs(90);
/// How long another `install` may take.
const EDIT_WAIT: Duration = Duration::from_secs(10);

/// What the caller wants beyond "credentials".
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// New ones, whatever is cached.
    pub force: bool,
    /// Seconds to ask for instead of the profile's.
    pub duration: Option<u32>,
    /// A person is there for questions (an MFA code).
    pub may_ask: bool,
    /// A region whose STS host the caller will need.
    pub region: Option<&'a Region>,
}

/// One profile's session with its role.
#[derive(Debug)]
pub struct Session<'a> {
    context: &'a Context,
    config: PathBuf,
    credentials_file: PathBuf,
    pub cache: Cache,
    pub slot: Slot,
    /// How both files looked before they were read: an edit made after that must show.
    looks: OnceCell<[file::Fingerprint; 2]>,
    files: OnceCell<Files>,
}

/// Credentials in hand.
#[derive(Debug)]
pub struct Grant {
    pub header: Header,
    pub credentials: Credentials,
    /// They came from the cache.
    pub cached: bool,
}

impl<'a> Session<'a> {
    pub fn new(context: &'a Context) -> Result<Self, Failure> {
        let config = context.aws_config_file()?;
        let credentials_file = context.aws_credentials_file()?;
        let kind = match context.env_store() {
            Some(name) => name.parse()?,
            None => crate::store::Kind::Auto,
        };
        Ok(Session {
            slot: Slot::new(&context.profile, &config, &credentials_file),
            cache: Cache::new(context.cache_dir()?, kind),
            context,
            config,
            credentials_file,
            looks: OnceCell::new(),
            files: OnceCell::new(),
        })
    }

    /// The config files, read once.
    pub fn files(&self) -> Result<&Files, Failure> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        self.looks();
        let files = Files::load(&self.config, &self.credentials_file)?;
        Ok(self.files.get_or_init(|| files))
    }

    /// The config and the credentials file.
    pub fn files_paths(&self) -> (&Path, &Path) {
        (&self.config, &self.credentials_file)
    }

    /// What logging in would do.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let files = self.files()?;
        plan::plan(files.profiles(), &self.context.profile)
            .map_err(|error| explain::plan(error, files, &self.context.profile))
    }

    /// The cached entry of this profile, if it is for what the profile says now.
    pub fn entry(&self) -> Option<Entry> {
        let entry = self.cache.find(&self.slot)?;
        if entry.header.store != self.cache.store().name() {
            return None;
        }
        let same = entry.header.stamp.is_some()
            && self.stamp(entry.header.from_environment) == entry.header.stamp;
        if same {
            return Some(entry);
        }
        let plan = self.plan().ok()?;
        (self.identity(&plan).ok()? == entry.header.identity).then_some(entry)
    }

    /// Cached credentials that are good for another minute at least.
    pub fn cached(&self, region: Option<&Region>) -> Option<Grant> {
        let entry = self.entry()?;
        if entry.header.expires_at - MARGIN <= self.context.now() {
            return None;
        }
        let credentials = self.cache.unseal(&entry)?;
        let header = self.refreshed_header(&entry, region, &credentials);
        Some(Grant {
            header,
            credentials,
            cached: true,
        })
    }

    /// The entry's header, brought up to date: files that look different but say the same, a region not asked for before.
    fn refreshed_header(
        &self,
        entry: &Entry,
        region: Option<&Region>,
        credentials: &Credentials,
    ) -> Header {
        let mut header = entry.header.clone();
        header.stamp = self.stamp(header.from_environment);
        add_host(&mut header.sts_hosts, region, self.uses_fips());
        if header != entry.header {
            // Only a saving for the next run: if it cannot be written, that one works it out again.
            let _ = self
                .cache
                .amend(&self.slot, entry, header.clone(), credentials);
        }
        header
    }

    /// Credentials, from the cache or anew.
    pub fn credentials(&self, request: Request<'_>) -> Result<Grant, Failure> {
        let anew = request.force || request.duration.is_some();
        if let (false, Some(grant)) = (anew, self.cached(request.region)) {
            return Ok(grant);
        }
        let _lock = self.lock();
        // Whoever held the lock may have done our work.
        if let (false, Some(grant)) = (anew, self.cached(request.region)) {
            return Ok(grant);
        }
        self.fetch(request)
    }

    /// The lock under which `install` and `uninstall` edit a config file. Where no lock can be had the edit goes on: the
    /// file is read again before it is replaced anyway.
    pub fn lock_edits_of(&self, path: &Path) -> Result<Option<lock::Lock>, Failure> {
        match self.cache.lock_edits_of(path, EDIT_WAIT) {
            Ok(lock) => Ok(Some(lock)),
            Err(error @ lock::Error::Held { .. }) => Err(error.into()),
            Err(error) => {
                let output = &self.context.output;
                output.warn(&format!("going on without a lock: {error}"));
                Ok(None)
            }
        }
    }

    fn lock(&self) -> Option<lock::Lock> {
        match self.cache.lock(&self.slot, REFRESH_WAIT) {
            Ok(lock) => Some(lock),
            Err(error) => {
                self.context
                    .output
                    .warn(&format!("going on without a lock: {error}"));
                None
            }
        }
    }

    fn identity(&self, plan: &Plan) -> Result<Identity, Failure> {
        let mut environment = self.context.env_endpoints();
        if plan.uses_environment() {
            environment.extend(
                self.context
                    .env_access_key_id()
                    .map(|id| ("AWS_ACCESS_KEY_ID", id)),
            );
        }
        Ok(plan.identity(self.files()?.profiles(), &environment))
    }

    fn looks(&self) -> &[file::Fingerprint; 2] {
        self.looks.get_or_init(|| {
            let now = self.context.now().into();
            [&self.config, &self.credentials_file].map(|path| file::fingerprint(path, now))
        })
    }

    /// See [`Header::stamp`].
    fn stamp(&self, with_environment: bool) -> Option<String> {
        let [config, credentials] = self.looks();
        if !(config.settled && credentials.settled) {
            return None;
        }
        let mut stamp = format!("{};{}", config.text, credentials.text);
        for (name, value) in self.context.env_endpoints() {
            stamp.push_str(&format!(";{name}={value}"));
        }
        if let (true, Some(id)) = (with_environment, self.context.env_access_key_id()) {
            stamp.push_str(&format!(";AWS_ACCESS_KEY_ID={id}"));
        }
        Some(stamp)
    }

    fn uses_fips(&self) -> bool {
        let wanted =
            |(name, value): &(&str, String)| *name == "AWS_USE_FIPS_ENDPOINT" && value == "true";
        self.context.env_endpoints().iter().any(wanted)
    }
}

impl Grant {
    /// The STS host of a region, without network.
    pub fn sts_host(&self, region: &Region) -> Result<&str, Failure> {
        self.header
            .sts_hosts
            .get(region.as_str())
            .map(String::as_str)
            .ok_or_else(|| {
                Failure::refused(format!("AWS has no STS endpoint for region {region}"))
                    .hint("check --region: it is the region the cluster is in, such as eu-west-1")
            })
    }
}

fn add_host(hosts: &mut BTreeMap<String, String>, region: Option<&Region>, fips: bool) {
    let Some(region) = region else { return };
    if !hosts.contains_key(region.as_str())
        && let Some(host) = aws::sts_host(region, fips)
    {
        hosts.insert(region.to_string(), host);
    }
}
