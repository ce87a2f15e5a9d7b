//! The use case: credentials for the profile's role. Cached? Else lock, look again, source, assume, store.
//!
//! A hit costs two file reads and two stats: no runtime, no network, no parsing of config files that look as they did
//! when the entry was written.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use chrono::TimeDelta;

use crate::context::Context;
use crate::credentials::Credentials;
use crate::explain;
use crate::failure::{Failure, Kind};
use crate::names::Region;
use crate::profile::identity::Identity;
use crate::profile::plan::{self, Plan};
use crate::profile::read::Files;
use crate::source::{self, sso_token};
use crate::store::entry::{Entry, Header};
use crate::store::{Cache, Slot};
use crate::sys::{file, http, lock, prompt};
use crate::{aws, sts};

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

    /// The HTTPS client, trusting what `AWS_CA_BUNDLE` or the profile's `ca_bundle` names.
    pub fn http(&self) -> Result<http::Client, Failure> {
        for (name, value) in self.context.env_urls() {
            http::check_url(name, &value)?;
        }
        let profiles = self.files()?.profiles();
        let profile = profiles.get_profile(self.context.profile.as_str());
        let in_profile = profile.and_then(|profile| profile.get("ca_bundle"));
        let bundle = self
            .context
            .ca_bundle()
            .or_else(|| in_profile.map(PathBuf::from));
        Ok(http::Client::new(bundle)?)
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

    fn fetch(&self, request: Request<'_>) -> Result<Grant, Failure> {
        let context = self.context;
        let plan = self.plan()?;
        if let (None, Some(name)) = (context.env_store(), &plan.store) {
            name.parse::<crate::store::Kind>()?;
        }
        let files = self.files()?;
        let region = self.sts_region(&plan)?;
        self.say_what_is_ignored();
        self.check_sign_in(&plan)?;
        let code = self.token_code(&plan, request.may_ask)?;
        let duration = request.duration.or(plan.duration);
        let http = self.http()?;
        context.output.detail(&format!("source: {}", plan.source));
        context.output.detail(&format!(
            "role: {} as {}, STS in {region}",
            plan.role, plan.session_name
        ));

        let credentials = aws::block_on(async {
            let source = source::credentials(&plan, files, &region, http.clone())
                .await
                .map_err(|error| explain::source(error, &plan, context.now()))?;
            let provider = SharedCredentialsProvider::new(source);
            let config =
                aws::client_config(files, context.profile.as_str(), &region, http, provider).await;
            let client = sts::client(&config);
            match sts::assume_role(&client, &plan, duration, code, || context.now()).await {
                Ok(credentials) => {
                    // The trust policy compares without case, the cluster with it.
                    if request.may_ask
                        && plan
                            .session_name
                            .as_str()
                            .contains(|c: char| c.is_ascii_uppercase())
                        && let Ok(caller) = sts::caller(&client, context.now()).await
                    {
                        explain::warn_of_case(&context.output, &caller, &plan);
                    }
                    Ok(credentials)
                }
                Err(error @ sts::Error::Call(aws::Error::Denied { .. })) => {
                    // Who are we, then? If even that cannot be told, the denial is explained without it.
                    let caller = sts::caller(&client, context.now()).await.ok();
                    Err(explain::denied(error, &plan, caller.as_deref()))
                }
                Err(error) => Err(explain::assume_role(error, &plan)),
            }
        })??;
        let header = self.header(&plan, &credentials, request.region)?;
        if let Err(error) = self.cache.put(&self.slot, header.clone(), &credentials) {
            let failure = Failure::from(error);
            context.output.warn(&format!(
                "the credentials could not be cached: {}",
                failure.causes.first().unwrap_or(&failure.error)
            ));
        }
        Ok(Grant {
            header,
            credentials,
            cached: false,
        })
    }

    fn header(
        &self,
        plan: &Plan,
        credentials: &Credentials,
        region: Option<&Region>,
    ) -> Result<Header, Failure> {
        let mut sts_hosts = BTreeMap::new();
        add_host(&mut sts_hosts, plan.region.as_ref(), self.uses_fips());
        add_host(&mut sts_hosts, region, self.uses_fips());
        Ok(Header {
            profile: plan.profile.to_string(),
            role_arn: plan.role.to_string(),
            session_name: plan.session_name.to_string(),
            account: plan.role.account().to_string(),
            identity: self.identity(plan)?,
            stamp: self.stamp(plan.uses_environment()),
            from_environment: plan.uses_environment(),
            store: self.cache.store().name().to_owned(),
            region: plan.region.as_ref().map(Region::to_string),
            sts_hosts,
            expires_at: credentials.expires_at,
        })
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

    /// Where STS is asked: the environment's region, else the profile's, if it is one of the role's partition; else
    /// the partition's own. The role is global, any region of its partition will do.
    pub fn sts_region(&self, plan: &Plan) -> Result<Region, Failure> {
        let partition = plan.role.partition();
        [self.context.env_region()?, plan.region.clone()]
            .into_iter()
            .flatten()
            .find(|region| aws::partition(region).as_ref() == Some(partition))
            .or_else(|| aws::home_region(partition))
            .ok_or_else(|| {
                Failure::refused(format!("no region is known for the partition {partition}"))
                    .hint(format!("set `region` in profile {}", plan.profile))
            })
    }

    fn say_what_is_ignored(&self) {
        for name in self.context.ignored_identity_variables() {
            self.context.output.detail(&format!(
                "{name} is set, and ignored: the profile {} decides",
                self.context.profile
            ));
        }
    }

    /// An SSO session that is over is known before anything is sent.
    fn check_sign_in(&self, plan: &Plan) -> Result<(), Failure> {
        let Some(sso) = plan.sso() else { return Ok(()) };
        let now = self.context.now();
        match sso_token::find(&self.context.sso_cache()?, sso, now) {
            Some(sign_in) if sign_in.usable(now) => Ok(()),
            found => Err(explain::sso_sign_in(
                sso,
                found.map(|sign_in| sign_in.expires_at),
            )),
        }
    }

    fn token_code(&self, plan: &Plan, may_ask: bool) -> Result<Option<String>, Failure> {
        let Some(serial) = &plan.mfa_serial else {
            return Ok(None);
        };
        if !(may_ask && self.context.can_ask) {
            return Err(Failure::new(Kind::SignInNeeded, "an MFA code is needed")
                .cause(format!(
                    "profile {} names the device {serial}",
                    plan.profile
                ))
                .hint(format!(
                    "run `{}` in a terminal",
                    explain::login_command(&plan.profile)
                )));
        }
        let answer = prompt::ask(&format!("MFA code of {serial}:")).unwrap_or_default();
        if answer.len() != 6 || !answer.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failure::refused("that is no MFA code")
                .cause("an MFA code has six digits")
                .hint("run it again with the code your device shows"));
        }
        Ok(Some(answer))
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
