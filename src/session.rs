//! Credentials for the profile's role: from the cache, else sign in, lock, look again, fetch, store.
//!
//! A cache hit costs one file, one key and two stats: no runtime, no network, and no parsing of config files that have not
//! changed since the entry was written. Shortly before the credentials expire, a hit starts a refresh in the background.

mod cached;
pub mod choice;
mod environment;
mod fetch;
pub mod look_ups;
pub mod many;
mod recent;
pub mod status;
mod unlock;
mod warnings;

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::aws;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::names::{ProfileName, Region};
use crate::profile;
use crate::profile::ours;
use crate::profile::plan::{self, Plan};
use crate::profile::read::Files;
use crate::signin::Proof;
use crate::signin::interaction::Interaction;
use crate::signin::settings;
use crate::store::entry::Header;
use crate::store::{Cache, Kind, Slot};
use crate::sys::{file, lock};
pub use environment::Environment;
pub use recent::LastFailure;

/// How long before their expiry credentials stop being used.
pub const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// How long before their expiry credentials are refreshed: in the background, or at once by `login`. A little longer than the
/// quarter of an hour in which botocore asks for newer ones at each of its calls; never more than half of their lifetime.
const AHEAD: TimeDelta = TimeDelta::minutes(16);

/// What kind of credentials are asked for, and who may be asked for what they need.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Get new ones even if the cached ones are valid.
    pub force: bool,
    /// Lifetime to ask for, in seconds, instead of the profile's.
    pub duration: Option<u32>,
    /// Get new ones if the cached ones are about to expire.
    pub fresh: bool,
    /// The user may be prompted (for an MFA code) and warned.
    pub may_ask: bool,
    /// Who asks for them.
    pub caller: Caller,
    /// Who can be asked to sign in, where that is needed.
    pub interaction: Interaction,
    /// A region whose STS host the caller will need.
    pub region: Option<&'a Region>,
    /// The result of an earlier sign-in.
    pub proof: Option<&'a Proof>,
}

/// Who asks for credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caller {
    /// The user, who sees what fails.
    #[default]
    User,
    /// Another program that runs this command, perhaps again and again: if AWS could not be reached a moment ago, it fails at
    /// once.
    Program(&'static str),
    /// The refresh ahead of expiry.
    Background,
}

/// One profile's session with its role.
#[derive(Debug, Clone)]
pub struct Session<'a> {
    context: &'a Context,
    /// The store of `APONO_LOGIN_STORE`. It takes precedence over the profile's.
    env_store: Option<Kind>,
    config: PathBuf,
    credentials_file: PathBuf,
    pub cache: Cache,
    pub slot: Slot,
    /// The environment variables that choose the STS endpoint.
    endpoints: Vec<(&'static str, String)>,
    /// The fingerprints of both files, taken before they are read: a later edit must show.
    fingerprints: OnceCell<[file::Fingerprint; 2]>,
    files: OnceCell<Arc<Files>>,
    installed: OnceCell<Arc<[ProfileName]>>,
    plan: OnceCell<Plan>,
    /// The lines of the team file that is being installed.
    team: Option<&'a settings::Team>,
    /// The user was warned that nothing is cached.
    warned_uncached: Cell<bool>,
}

/// Credentials, with the header of their cache entry.
#[derive(Debug)]
pub struct Grant {
    pub header: Header,
    pub credentials: Credentials,
    /// The credentials came from the cache.
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
            installed: OnceCell::new(),
            plan: OnceCell::new(),
            team: None,
            warned_uncached: Cell::default(),
        })
    }

    /// Returns the session of another profile of the same files, which are not read again.
    pub fn of<'b>(&self, context: &'b Context) -> Session<'b>
    where
        'a: 'b,
    {
        Session {
            context,
            slot: Slot::new(&context.profile, &self.config, &self.credentials_file),
            plan: OnceCell::new(),
            warned_uncached: Cell::default(),
            ..self.clone()
        }
    }

    /// Returns the same session of a run that installs a team file, which is where its settings are changed.
    pub fn installing<'b>(&self, team: &'b settings::Team) -> Session<'b>
    where
        'a: 'b,
    {
        Session {
            team: Some(team),
            ..self.clone()
        }
    }

    /// Returns the slot of another profile of the same files.
    pub fn slot_of(&self, profile: &ProfileName) -> Slot {
        Slot::new(profile, &self.config, &self.credentials_file)
    }

    /// Returns the config files, which are read once.
    pub fn files(&self) -> Result<&Files, Failure> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let _step = self.context.output.step("config files");
        self.fingerprints();
        let files = Files::load(&self.config, &self.credentials_file)?;
        Ok(self.files.get_or_init(|| Arc::new(files)))
    }

    /// Returns the paths of the config file and of the credentials file.
    pub fn files_paths(&self) -> (&Path, &Path) {
        (&self.config, &self.credentials_file)
    }

    /// Returns the installed profiles by name: those with our keys, and those with cached credentials. They are looked for once.
    pub fn installed(&self) -> Result<&[ProfileName], Failure> {
        if let Some(installed) = self.installed.get() {
            return Ok(installed);
        }
        let files = self.files()?;
        let ours = ours::installed(files.profiles());
        let slots: Vec<_> = ours.iter().map(|name| self.slot_of(name)).collect();
        let others = self.cache.headers_but_of(&slots).filter_map(|header| {
            let name: ProfileName = header.profile.parse().ok()?;
            let here = self.slot_of(&name) == header.slot;
            (here && files.profiles().get_profile(name.as_str()).is_some()).then_some(name)
        });
        let names: BTreeSet<_> = others.collect();
        let names: BTreeSet<_> = ours.into_iter().chain(names).collect();
        Ok(self.installed.get_or_init(|| names.into_iter().collect()))
    }

    /// Returns what logging in does, which is worked out once.
    pub fn plan(&self) -> Result<&Plan, Failure> {
        if let Some(plan) = self.plan.get() {
            return Ok(plan);
        }
        let (files, profile) = (self.files()?, &self.context.profile);
        let plan = plan::plan(files.profiles(), profile).map_err(|error| {
            let has_env_keys = self.context.env_access_key_id().is_some();
            profile::explain::plan(error, files, profile, has_env_keys)
        })?;
        Ok(self.plan.get_or_init(|| plan))
    }

    /// Returns the store to use: that of `APONO_LOGIN_STORE`, else the profile's.
    ///
    /// # Errors
    /// The profile names an unknown store, even if the environment names another.
    pub fn kind(&self, plan: &Plan) -> Result<Kind, Failure> {
        let profiles = profiles_kind(plan)?;
        Ok(self.env_store.unwrap_or(profiles))
    }

    /// Removes the temporary files that killed processes left in the folders that this program writes to, and their locks of
    /// kubeconfigs.
    pub fn remove_leftovers(&self) {
        let kubeconfigs = self.context.kubeconfigs(None).unwrap_or_default();
        kubeconfigs
            .iter()
            .for_each(|path| lock::KubeLock::remove_abandoned(path));
        let files = [&self.config, &self.credentials_file].into_iter();
        let files = files
            .chain(&kubeconfigs)
            .map(|path| file::resolve_links(path));
        let of_files = files
            .flatten()
            .filter_map(|path| Some(path.parent()?.to_owned()));
        let others = [self.context.cache_dir(), self.context.sso_cache()];
        for folder in of_files.chain(others.into_iter().flatten()) {
            file::remove_leftovers(&folder);
        }
    }

    fn add_host(&self, hosts: &mut BTreeMap<String, String>, region: Option<&Region>) {
        let Some(region) = region else { return };
        if !hosts.contains_key(region.as_str())
            && let Some(host) = aws::sts_host(region, self.uses_fips())
        {
            hosts.insert(region.to_string(), host);
        }
    }

    /// Returns the STS host for tokens of a region.
    pub fn sts_host(&self, region: &Region) -> Result<String, Failure> {
        aws::sts_host(region, self.uses_fips()).ok_or_else(|| no_sts_host(region))
    }

    /// Returns whether FIPS endpoints are used. As in the SDK, the variable takes precedence over the profile's key.
    fn uses_fips(&self) -> bool {
        let mut variables = self.endpoints.iter();
        if let Some((_, value)) = variables.find(|(name, _)| *name == "AWS_USE_FIPS_ENDPOINT") {
            return value.eq_ignore_ascii_case("true");
        }
        self.plan().is_ok_and(|plan| plan.fips)
    }
}

impl Grant {
    /// Returns the STS host of a region, without network.
    pub fn sts_host(&self, region: &Region) -> Result<&str, Failure> {
        let host = self.header.sts_hosts.get(region.as_str());
        host.map(String::as_str).ok_or_else(|| no_sts_host(region))
    }
}

fn renew_at(header: &Header) -> DateTime<Utc> {
    header.renew_at.unwrap_or(header.expires_at - AHEAD)
}

fn no_sts_host(region: &Region) -> Failure {
    Failure::refused(format!("no STS endpoint found for region {region}"))
        .hint("check `--region`: it must be the cluster's region, for example eu-west-1")
}

/// Returns the profile's `apono_store`.
fn profiles_kind(plan: &Plan) -> Result<Kind, Failure> {
    let kind = plan.store.as_deref().map(str::parse).transpose()?;
    Ok(kind.unwrap_or_default())
}
