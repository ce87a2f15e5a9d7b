//! From a request to credentials: cached; else sign in, lock, look again, fetch, store. And the refresh ahead of their expiry, in
//! the background. Everything that needs the network, a runtime or the user is here.

use std::collections::BTreeMap;
use std::slice;
use std::time::Duration;

use chrono::TimeDelta;

use super::{AHEAD, Caller, Grant, Request, Session, profiles_kind, renew_at};
use crate::cli;
use crate::credentials::Credentials;
use crate::eks::cluster::{self, Cluster};
use crate::failure::command::Command;
use crate::failure::{Failure, files};
use crate::names::{ClusterName, Region};
use crate::profile::ours;
use crate::profile::plan::{self, Plan};
use crate::profile::read::Files;
use crate::signin::interaction::Interaction;
use crate::signin::next::{Installing, Next};
use crate::signin::settings::Settings;
use crate::signin::{Call, Proof, SignIn, SignedIn, Start, Tools, mfa};
use crate::store::entry::Header;
use crate::store::{self, Chosen, Note, Store};
use crate::sys::{lock, process};
use crate::{aws, eks};

/// The shortest time between two attempts to refresh in the background.
const AHEAD_PAUSE: TimeDelta = TimeDelta::seconds(30);
/// Other accounts that are offered, each by a command of its own, where a cluster is not found.
const MOST_OFFERED: usize = 3;
/// How long to wait for another process to refresh, before doing it here: a little longer than a refresh may take
/// ([`aws::LIMIT`]).
const REFRESH_WAIT: Duration = Duration::from_secs(20);

/// What the user was asked for. Signing in may take minutes, so this is before the lock.
struct Asked {
    signed_in: Option<SignedIn>,
    /// The MFA code for the role.
    code: Option<String>,
    /// The MFA codes for the roles of the chain.
    codes_of_chain: Vec<String>,
}

impl Session<'_> {
    /// Returns credentials, from the cache or new.
    pub fn credentials(&self, request: Request<'_>) -> Result<Grant, Failure> {
        let cached = self.cached_for(request);
        let cached = cached.inspect_err(|failure| self.keep_failure(request, failure))?;
        if let Some(grant) = cached {
            if renew_at(&grant.header) <= self.context.now() {
                self.start_refresh_ahead();
            }
            return Ok(grant);
        }
        self.shared_failure(request)?;
        // Before the lock: the user may take minutes, and no other process has to wait for that.
        let asked = self.ask(request);
        let asked = asked.inspect_err(|failure| self.keep_failure(request, failure))?;
        // Another process may have refreshed them, or failed. All that wait see it at once, not one after the other.
        let before = self.last_expiry();
        let is_refreshed = || self.last_expiry() > before;
        let mut lock = self.lock(is_refreshed);
        if let Some(grant) = self.cached_for(request)? {
            return Ok(grant);
        }
        if lock.is_none() && is_refreshed() {
            // The new ones are of no use here.
            lock = self.lock(|| false);
        }
        let _lock = lock;
        self.shared_failure(request)?;
        self.fetch_and_share(request, asked)
    }

    /// Refreshes credentials that are about to expire, unless another process has done so or is doing it.
    pub fn refresh_ahead(&self) -> Result<(), Failure> {
        let request = Request {
            fresh: true,
            caller: Caller::Background,
            ..Request::default()
        };
        let asked = self.ask(request);
        let asked = asked.inspect_err(|failure| self.keep_failure(request, failure))?;
        let Ok(_lock) = self.cache.lock(&self.slot, Duration::ZERO) else {
            return Ok(());
        };
        match self.cached_for(request)? {
            Some(_) => Ok(()),
            None => {
                self.fetch_and_share(request, asked)?;
                self.keep_warnings();
                Ok(())
            }
        }
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

    /// Takes the lock, unless it cannot be taken or is needless.
    fn lock(&self, is_needless: impl FnMut() -> bool) -> Option<lock::Lock> {
        let _step = self.context.output.step("cache lock");
        let lock = self
            .cache
            .lock_unless(&self.slot, REFRESH_WAIT, is_needless);
        match lock {
            Ok(lock) => lock,
            // The warning that nothing can be cached names the cause.
            Err(error) if error.is_denial() || matches!(error, lock::Error::File(_)) => None,
            Err(error) => {
                let line = format!("continuing without a lock: {error}");
                self.context.output.warn(&line);
                None
            }
        }
    }

    /// Asks the user for what the request needs and allows to ask for.
    fn ask(&self, request: Request<'_>) -> Result<Asked, Failure> {
        self.leave(request.interaction)?;
        let signed_in = self.sign_in(request, false)?;
        let (plan, next) = (self.plan()?, self.next());
        let proof = signed_in.as_ref().map(|signed_in| &signed_in.proof);
        // Last: a code is valid for half a minute.
        let codes_of_chain = match proof.or(request.proof) {
            // The roles of the chain have been assumed.
            Some(Proof::Source(_)) => Vec::new(),
            _ => mfa::of_chain(self.context, &plan.source, request.may_ask, next)?,
        };
        Ok(Asked {
            code: self.token_code(request.may_ask)?,
            codes_of_chain,
            signed_in,
        })
    }

    /// Deletes the cached credentials, which are the present user's, if another one is to sign in.
    ///
    /// # Errors
    /// They cannot be deleted.
    pub fn leave(&self, interaction: Interaction) -> Result<(), Failure> {
        let switches = interaction.anew().is_some_and(|anew| anew.switch_user);
        let has_sign_in = || {
            self.plan()
                .is_ok_and(|plan| SignIn::of(plan).place().is_some())
        };
        if !switches || !has_sign_in() {
            return Ok(());
        }
        match self.cache.forget(slice::from_ref(&self.slot)) {
            // Only their key is left.
            Ok(_) | Err(store::Error::Store { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in, for this profile or for all that sign in at the same page. `None` if there is nothing to sign in to, the user
    /// cannot be asked, the request has the result of a sign-in, or another process has refreshed the credentials.
    pub(super) fn sign_in(
        &self,
        request: Request<'_>,
        for_all: bool,
    ) -> Result<Option<SignedIn>, Failure> {
        let plan = self.plan()?;
        let start = Start {
            plan,
            interaction: request.interaction.permitted_by(plan),
            for_all,
        };
        let sign_in = SignIn::of(plan);
        if request.proof.is_some() || !sign_in.can_start(start, self.context)? {
            return Ok(None);
        }
        // Before the user signs in: a store that does not work would make the sign-in useless.
        self.choose_key(plan, request)?;
        sign_in.start(&self.tools()?, start, || {
            Ok(self.cached_for(request)?.is_none())
        })
    }

    fn token_code(&self, may_ask: bool) -> Result<Option<String>, Failure> {
        let plan = self.plan()?;
        let Some(serial) = &plan.mfa_serial else {
            return Ok(None);
        };
        let device = mfa::Device {
            serial,
            of: &format!("profile {}", plan.profile),
            again: mfa::last_of_chain(&plan.source) == Some(serial),
        };
        mfa::ask(self.context, device, may_ask, self.next()).map(Some)
    }

    /// Gets new credentials, which make notes of earlier runs obsolete. A failure is kept, for the processes that wait for the
    /// lock, too.
    fn fetch_and_share(&self, request: Request<'_>, asked: Asked) -> Result<Grant, Failure> {
        let fetched = self.fetch(request, asked);
        match &fetched {
            Ok(_) => {
                self.forget_failures();
                self.cache.forget_note(&self.slot, Note::Warnings);
            }
            Err(failure) => self.keep_failure(request, failure),
        }
        fetched
    }

    /// Gets new credentials and caches them. Asks the user nothing: see [`SignIn::assume`].
    fn fetch(&self, request: Request<'_>, asked: Asked) -> Result<Grant, Failure> {
        let (context, plan) = (self.context, self.plan()?);
        let chosen = self.choose_key(plan, request)?;
        for name in context.ignored_identity_variables() {
            context.output.detail(&format!(
                "{name} is set but ignored: the profile {} is used",
                context.profile
            ));
        }
        let proof = asked.signed_in.as_ref().map(|signed_in| &signed_in.proof);
        let call = Call {
            plan,
            proof: proof.or(request.proof),
            duration: request.duration.or(plan.duration),
            code: asked.code,
            codes_of_chain: asked.codes_of_chain,
            may_tell: request.may_ask,
        };
        let credentials = SignIn::of(plan).assume(&self.tools()?, call)?;
        let mut header = self.header(plan, &credentials, request)?;
        if let Some(chosen) = chosen {
            header.store = chosen.store;
            header.fallback = fallback(&chosen);
            if request.may_ask && chosen.is_replacement {
                context.output.note(&format!(
                    "The {} keeps the key that encrypts the cached credentials from this version of apono-login, so a new key was made. Other cached credentials are requested again when they are needed.",
                    chosen.store.name()
                ));
            }
            if let (true, Some(why)) = (request.may_ask, &header.fallback) {
                context.output.warn(&format!(
                    "no keyring works here, so the key that encrypts the cached credentials is in a file beside them: {why}"
                ));
            }
            let _step = context.output.step("cache entry");
            let (cache, now) = (&self.cache, context.now());
            let put = cache
                .put(&self.slot, &chosen.key, &header, &credentials)
                .and_then(|()| cache.tidy(&header, now));
            put.unwrap_or_else(|error| self.warn_uncached(&error, request));
        }
        Ok(Grant {
            header,
            credentials,
            cached: false,
        })
    }

    /// Returns the key to seal with. `None` if nothing can be cached: that is a warning only, since the credentials work
    /// without a cache.
    ///
    /// # Errors
    /// The store was chosen by name and does not work, or another user can change the cache.
    fn choose_key(&self, plan: &Plan, request: Request<'_>) -> Result<Option<Chosen>, Failure> {
        let _step = self.context.output.step("cache key");
        let kind = self.kind(plan)?;
        if request.may_ask && kind != store::Kind::Auto {
            self.permit_unlock();
        }
        match self.cache.choose_key(kind) {
            Ok(chosen) => Ok(Some(chosen)),
            Err(error @ store::Error::Store { .. }) => Err(self.store_failure(error)),
            Err(error) if error.is_distrust() => Err(error.into()),
            Err(error) => {
                self.warn_uncached(&error, request);
                Ok(None)
            }
        }
    }

    /// Warns that nothing is cached: once, since each step of a run can find that out. Not in each of the runs that another
    /// program makes, if it stays so: then `status` and `doctor` find it out, too.
    fn warn_uncached(&self, error: &store::Error, request: Request<'_>) {
        let is_asked = request.may_ask || self.context.output.verbose_since.is_some();
        if !is_asked && self.cache_problem().is_some() {
            return;
        }
        let why = match self.cache.lost_to_root() {
            Some(folder) => files::lost_to_root(folder),
            None => error.with_remedy(),
        };
        if !self.warned_uncached.replace(true) {
            let line = format!("could not cache the credentials: {why}");
            self.context.output.warn(&line);
        }
    }

    fn header(
        &self,
        plan: &Plan,
        credentials: &Credentials,
        request: Request<'_>,
    ) -> Result<Header, Failure> {
        let mut sts_hosts = BTreeMap::new();
        self.add_host(&mut sts_hosts, plan.region.as_ref());
        self.add_host(&mut sts_hosts, request.region);
        let asked = request.duration.or(plan.duration);
        let half = asked.map(|seconds| TimeDelta::seconds(i64::from(seconds) / 2));
        Ok(Header {
            slot: self.slot.clone(),
            profile: plan.profile.to_string(),
            role_arn: plan.role.to_string(),
            session_name: plan.session_name.to_string(),
            account: plan.role.account().to_string(),
            identity: self.identity(plan)?,
            stamp: self.stamp(plan.uses_environment()),
            from_environment: plan.uses_environment(),
            asked: profiles_kind(plan)?,
            store: Store::File,
            of_team: ours::team_of(self.files()?.profiles(), plan.profile.as_str()).is_some(),
            fallback: None,
            region: plan.region.as_ref().map(Region::to_string),
            sts_hosts,
            expires_at: credentials.expires_at,
            renew_at: Some(credentials.expires_at - half.map_or(AHEAD, |half| half.min(AHEAD))),
        })
    }

    /// Returns what sign-ins of this profile work with.
    pub fn tools(&self) -> Result<Tools<'_>, Failure> {
        let last = self.matching().next().map(|found| found.entry.header);
        let ended = last.map(|header| header.expires_at);
        Ok(Tools {
            ended: ended.filter(|end| *end <= self.context.now()),
            ..self.tools_for(self.files()?, self.next())
        })
    }

    /// Returns what sign-ins of a profile work with that is about to be installed, and is in these files. `of` is where its
    /// settings come from.
    pub fn tools_to_install<'b>(&'b self, files: &'b Files, of: Settings<'b>) -> Tools<'b> {
        let next = Next::Install(Installing {
            profile: &self.context.profile,
            of,
            is_written: false,
        });
        self.tools_for(files, next)
    }

    fn tools_for<'b>(&'b self, files: &'b Files, next: Next<'b>) -> Tools<'b> {
        Tools {
            context: self.context,
            files,
            locks: &self.cache,
            next,
            ended: None,
        }
    }

    /// Returns what the user runs after a failure.
    fn next(&self) -> Next<'_> {
        let profile = &self.context.profile;
        match self.team.and_then(|team| team.get(profile)) {
            Some(lines) => Next::Install(Installing {
                profile,
                of: Settings::Team(lines),
                is_written: true,
            }),
            None => Next::Login(profile),
        }
    }

    /// Looks up the cluster with the role's credentials; `account` is the role's account.
    pub fn describe_cluster(
        &self,
        credentials: &Credentials,
        account: &str,
        name: &ClusterName,
        region: &Region,
    ) -> Result<Cluster, Failure> {
        let tools = self.tools_for(self.files()?, self.next());
        let sources = tools.sources(region.clone())?;
        let step = format!("DescribeCluster in {region}");
        let _step = self.context.output.step(step);
        aws::block_on(async {
            let config = sources.config(Some(credentials.for_the_sdk())).await;
            cluster::describe(&config, name, account, self.context.now()).await
        })
        .map_err(cluster::Error::from)
        .flatten()
        .map_err(|error| {
            let role = self.plan().ok().map(|plan| &plan.role);
            let role = role.filter(|role| role.account().as_str() == account);
            let profile = &self.context.profile;
            let is_not_found = matches!(error, cluster::Error::Call(aws::Error::NotFound { .. }));
            let failure =
                eks::explain::describe_cluster(error, name, region, profile, account, role);
            match is_not_found {
                true => self.offer_other_accounts(failure, account),
                false => failure,
            }
        })
    }

    /// Adds the command for installed profiles of other accounts, where the user has named none.
    fn offer_other_accounts(&self, failure: Failure, account: &str) -> Failure {
        let typed = Command::typed();
        if !typed.is("update-kubeconfig") || typed.has_option("--profile") {
            return failure;
        }
        let (Ok(files), Ok(installed)) = (self.files(), self.installed()) else {
            return failure;
        };
        let others = installed.iter().filter_map(|name| {
            let plan = plan::plan(files.profiles(), name).ok()?;
            let other = plan.role.account().clone();
            (other.as_str() != account).then_some((name, other))
        });
        let others = others.take(MOST_OFFERED);
        others.fold(failure, |failure, (name, other)| {
            let command = typed.clone().option("--profile", name);
            failure.hint(format!(
                "if it is in account {other} of profile {name}, {}",
                command.run()
            ))
        })
    }
}

/// Returns why the key is in a file instead of a keyring.
fn fallback(chosen: &Chosen) -> Option<String> {
    let why = chosen.passed_over.iter();
    let why: Vec<_> = why
        .map(|(store, problem)| format!("{}: {problem}", store.name()))
        .collect();
    (chosen.store == Store::File && !why.is_empty()).then(|| why.join("; "))
}
