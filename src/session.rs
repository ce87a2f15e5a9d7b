//! The use case: credentials for the profile's role. Cached? Else lock, look again, source, assume, store.
//!
//! A hit costs a file, a key and two stats: no runtime, no network, no parsing of config files that look as they did
//! when the entry was written. Shortly before the credentials expire a hit has them renewed in the background.

mod fetch;
mod saml;

use saml::Federated;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::aws;
use crate::cli;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::explain;
use crate::failure::Failure;
use crate::names::{ProfileName, Region};
use crate::profile::identity::Identity;
use crate::profile::plan::{self, Plan};
use crate::profile::read::Files;
use crate::source::interaction::Interaction;
use crate::source::saml::response::Response;
use crate::store::entry::{Entry, Header};
use crate::store::{self, Cache, Key, Kind, Slot};
use crate::sys::{file, lock, process};
use crate::team::ownership;

/// Credentials are used until this long before they expire.
pub const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// This long before they expire they are renewed: in the background, or at once by who logs in.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// From one attempt to renew in the background to the next.
const AHEAD_PAUSE: TimeDelta = TimeDelta::seconds(30);
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
    /// New ones, if those cached are about to expire.
    pub fresh: bool,
    /// A person is there, for questions (an MFA code) and for warnings.
    pub may_ask: bool,
    /// Who can be asked to sign in, where that is needed.
    pub interaction: Interaction,
    /// A region whose STS host the caller will need.
    pub region: Option<&'a Region>,
    /// A SAML response that was brought by hand.
    pub response: Option<&'a Response>,
}

/// One profile's session with its role.
#[derive(Debug)]
pub struct Session<'a> {
    context: &'a Context,
    /// Which store `APONO_LOGIN_STORE` asks for. It goes before the profile's wish.
    env_store: Option<Kind>,
    config: PathBuf,
    credentials_file: PathBuf,
    pub cache: Cache,
    pub slot: Slot,
    /// What the environment says about which STS is asked.
    endpoints: Vec<(&'static str, String)>,
    /// How both files looked before they were read: an edit made after that must show.
    fingerprints: OnceCell<[file::Fingerprint; 2]>,
    files: OnceCell<Rc<Files>>,
}

/// An entry of the cache, still sealed.
#[derive(Debug)]
pub struct Found {
    pub entry: Entry,
    /// Which store is asked for.
    kind: Kind,
    /// The files look as they did when it was written.
    stamp_holds: bool,
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
        let env_store = context.env_store().map(|name| name.parse()).transpose()?;
        Ok(Session {
            slot: Slot::new(&context.profile, &config, &credentials_file),
            cache: Cache::new(context.cache_dir()?),
            context,
            env_store,
            endpoints: context.env_endpoints(),
            config,
            credentials_file,
            fingerprints: OnceCell::new(),
            files: OnceCell::new(),
        })
    }

    /// The session of another profile of the same files, which are not read again.
    pub fn of<'b>(&self, context: &'b Context) -> Session<'b> {
        Session {
            slot: Slot::new(&context.profile, &self.config, &self.credentials_file),
            cache: self.cache.clone(),
            context,
            env_store: self.env_store,
            endpoints: self.endpoints.clone(),
            config: self.config.clone(),
            credentials_file: self.credentials_file.clone(),
            fingerprints: self.fingerprints.clone(),
            files: self.files.clone(),
        }
    }

    /// The config files, read once.
    pub fn files(&self) -> Result<&Files, Failure> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let _step = self.context.output.step("config files");
        self.fingerprints();
        let files = Files::load(&self.config, &self.credentials_file)?;
        Ok(self.files.get_or_init(|| Rc::new(files)))
    }

    /// The config and the credentials file.
    pub fn files_paths(&self) -> (&Path, &Path) {
        (&self.config, &self.credentials_file)
    }

    /// Profiles that are installed: that look like ours, or that somebody has logged in to. By name.
    pub fn installed(&self) -> Result<Vec<ProfileName>, Failure> {
        let (config, credentials) = self.files_paths();
        let files = self.files()?;
        let cached = self.cache.headers().into_iter().filter_map(|header| {
            let name: ProfileName = header.profile.parse().ok()?;
            let here = Slot::new(&name, config, credentials) == header.slot;
            (here && files.profiles().get_profile(name.as_str()).is_some()).then_some(name)
        });
        let names: BTreeSet<_> = files.installed().into_iter().chain(cached).collect();
        Ok(names.into_iter().collect())
    }

    /// Where no profile is named and the usual one is not there: all that are, as a team file leaves them. Else none.
    pub fn team(&self) -> Result<Vec<ProfileName>, Failure> {
        let profiles = self.files()?.profiles();
        let profile = self.context.profile.as_str();
        if self.context.profile_is_named || profiles.get_profile(profile).is_some() {
            return Ok(Vec::new());
        }
        let mut names = self.installed()?;
        names.retain(|name| ownership::team_of(profiles, name.as_str()).is_some());
        Ok(names)
    }

    /// What logging in would do.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let files = self.files()?;
        plan::plan(files.profiles(), &self.context.profile)
            .map_err(|error| explain::plan(error, files, &self.context.profile))
    }

    /// The cached entry of this profile, if it is for what the profile says now.
    pub fn find(&self) -> Option<Found> {
        let entry = self.cache.find(&self.slot)?;
        let header = &entry.header;
        let stamp_holds =
            header.stamp.is_some() && self.stamp(header.from_environment) == header.stamp;
        let kind = if stamp_holds {
            self.env_store.unwrap_or(header.asked)
        } else {
            let plan = self.plan().ok()?;
            if self.identity(&plan).ok()? != header.identity {
                return None;
            }
            self.kind(&plan).ok()?
        };
        kind.allows(header.store).then_some(Found {
            entry,
            kind,
            stamp_holds,
        })
    }

    /// Credentials that are not about to be over are in the cache.
    pub fn has_credentials(&self) -> bool {
        let found = self.find();
        found.is_some_and(|found| found.entry.header.expires_at - MARGIN > self.context.now())
    }

    /// Which store is asked for.
    ///
    /// # Errors
    /// The profile names one that does not exist, whatever the environment says.
    pub fn kind(&self, plan: &Plan) -> Result<Kind, Failure> {
        let profiles = profiles_kind(plan)?;
        Ok(self.env_store.unwrap_or(profiles))
    }

    /// Cached credentials that are good for this long at least.
    ///
    /// # Errors
    /// The store that was asked for by name does not give its key.
    fn cached(
        &self,
        region: Option<&Region>,
        at_least: TimeDelta,
    ) -> Result<Option<Grant>, Failure> {
        let Some((found, key, credentials)) = self.unsealed(at_least)? else {
            return Ok(None);
        };
        let header = self.refreshed_header(&found, region, &key, &credentials);
        Ok(Some(Grant {
            header,
            credentials,
            cached: true,
        }))
    }

    fn unsealed(&self, at_least: TimeDelta) -> Result<Option<(Found, Key, Credentials)>, Failure> {
        let Some(found) = self.find() else {
            return Ok(None);
        };
        let entry = &found.entry;
        if entry.header.expires_at - at_least <= self.context.now() {
            return Ok(None);
        }
        let key = match self.cache.keys.find(entry.header.store) {
            Ok(Some(key)) => key,
            Err(error @ store::Error::Store { .. }) if found.kind != Kind::Auto => {
                return Err(error.into());
            }
            Ok(None) | Err(_) => return Ok(None),
        };
        let Some(credentials) = entry.unseal(&key) else {
            return Ok(None);
        };
        Ok(Some((found, key, credentials)))
    }

    /// Cached credentials, if they can be used now. Nothing is written, fetched or begun.
    pub fn peek(&self) -> Result<Option<Credentials>, Failure> {
        let found = self.unsealed(MARGIN)?;
        Ok(found.map(|(_, _, credentials)| credentials))
    }

    /// The entry's header, brought up to date: files that look different but say the same, a region not asked for before.
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
            // Only a saving for the next run: if it cannot be written, that one works it out again.
            let _ = self
                .cache
                .amend(&self.slot, entry, key, &header, credentials);
        }
        header
    }

    /// Cached credentials that are good for what is asked.
    fn cached_for(&self, request: Request<'_>) -> Result<Option<Grant>, Failure> {
        let at_least = if request.fresh { AHEAD } else { MARGIN };
        match request.force || request.duration.is_some() {
            true => Ok(None),
            false => self.cached(request.region, at_least),
        }
    }

    /// Credentials, from the cache or anew.
    pub fn credentials(&self, request: Request<'_>) -> Result<Grant, Failure> {
        if let Some(grant) = self.cached_for(request)? {
            if grant.header.expires_at - AHEAD <= self.context.now() {
                self.start_refresh_ahead();
            }
            return Ok(grant);
        }
        // Before the lock: it may take a person minutes, and those who cannot ask one need not wait for that.
        let federated = self.sign_in_with_saml(request)?;
        if request.interaction != Interaction::Absent {
            self.sign_in(request.interaction)?;
        }
        let _lock = self.lock();
        // Whoever held the lock may have done our work.
        match self.cached_for(request)? {
            Some(grant) => Ok(grant),
            None => self.fetch(request, federated.as_ref().and_then(Federated::response)),
        }
    }

    /// Starts [`refresh_ahead`](Self::refresh_ahead) in a process that nobody waits for, unless one was started just now.
    /// Should it fail, the next run after the pause tries again, and in the end one is told why.
    fn start_refresh_ahead(&self) {
        if self
            .cache
            .claim(&self.slot, self.context.now(), AHEAD_PAUSE)
        {
            let profile = self.context.profile.as_str();
            let _ = process::start_in_background([cli::REFRESH_AHEAD, "--profile", profile]);
        }
    }

    /// Renews credentials that are about to expire, unless somebody has done it or is at it.
    pub fn refresh_ahead(&self) -> Result<(), Failure> {
        let request = Request {
            fresh: true,
            ..Request::default()
        };
        let federated = self.sign_in_with_saml(request)?;
        let Ok(_lock) = self.cache.lock(&self.slot, Duration::ZERO) else {
            return Ok(());
        };
        match self.cached_for(request)? {
            Some(_) => Ok(()),
            None => {
                let response = federated.as_ref().and_then(Federated::response);
                self.fetch(request, response).map(drop)
            }
        }
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
        let _step = self.context.output.step("lock of the cache");
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

    fn fingerprints(&self) -> &[file::Fingerprint; 2] {
        self.fingerprints.get_or_init(|| {
            let now = self.context.now().into();
            [&self.config, &self.credentials_file].map(|path| file::fingerprint(path, now))
        })
    }

    /// See [`Header::stamp`].
    fn stamp(&self, with_environment: bool) -> Option<String> {
        let [config, credentials] = self.fingerprints();
        if !(config.settled && credentials.settled) {
            return None;
        }
        let mut stamp = format!("{};{}", config.text, credentials.text);
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

    fn add_host(&self, hosts: &mut BTreeMap<String, String>, region: Option<&Region>) {
        let Some(region) = region else { return };
        if !hosts.contains_key(region.as_str())
            && let Some(host) = aws::sts_host(region, self.uses_fips())
        {
            hosts.insert(region.to_string(), host);
        }
    }

    /// The STS host that tokens of a region name.
    pub fn sts_host(&self, region: &Region) -> Result<String, Failure> {
        aws::sts_host(region, self.uses_fips()).ok_or_else(|| no_sts_host(region))
    }

    /// As the SDK decides it: the variable goes before the profile's key.
    fn uses_fips(&self) -> bool {
        let mut variables = self.endpoints.iter();
        if let Some((_, value)) = variables.find(|(name, _)| *name == "AWS_USE_FIPS_ENDPOINT") {
            return value.eq_ignore_ascii_case("true");
        }
        self.plan().is_ok_and(|plan| plan.fips)
    }
}

impl Grant {
    /// The STS host of a region, without network.
    pub fn sts_host(&self, region: &Region) -> Result<&str, Failure> {
        let host = self.header.sts_hosts.get(region.as_str());
        host.map(String::as_str).ok_or_else(|| no_sts_host(region))
    }
}

fn no_sts_host(region: &Region) -> Failure {
    Failure::refused(format!("AWS has no STS endpoint for region {region}"))
        .hint("check --region: it is the region the cluster is in, such as eu-west-1")
}

/// The profile's `apono_store`.
fn profiles_kind(plan: &Plan) -> Result<Kind, Failure> {
    let kind = plan.store.as_deref().map(str::parse).transpose()?;
    Ok(kind.unwrap_or_default())
}
