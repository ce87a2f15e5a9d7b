//! The slow way to a [`Grant`]: source credentials, AssumeRole, a new entry in the cache. Everything that needs a network, a
//! runtime or a person is here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_credential_types::provider::SharedCredentialsProvider;

use super::saml::AskedWithSaml;
use super::{Grant, Request, Session, profiles_kind};
use crate::credentials::Credentials;
use crate::explain::{self, Next};
use crate::failure::{Failure, Kind};
use crate::names::Region;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::profile::read::Files;
use crate::source::Sources;
use crate::source::interaction::Interaction;
use crate::source::saml::response::Response;
use crate::source::sso;
use crate::store::entry::Header;
use crate::store::{self, Chosen, Store};
use crate::sys::{http, prompt};
use crate::team::ownership;
use crate::{aws, sts};

/// One AssumeRole, about to be made.
struct Asked<'a> {
    plan: &'a Plan,
    region: &'a Region,
    /// Seconds.
    duration: Option<u32>,
    /// From an MFA device.
    code: Option<String>,
    /// Somebody is there to be warned.
    may_warn: bool,
    /// Who can be asked to sign in.
    interaction: Interaction,
}

impl Session<'_> {
    /// `response` is the SAML response of a person who has signed in, where the profile wants one.
    pub(super) fn fetch(
        &self,
        request: Request<'_>,
        response: Option<&Response>,
    ) -> Result<Grant, Failure> {
        let context = self.context;
        let plan = self.plan()?;
        let chosen = self.choose_key(&plan)?;
        let files = self.files()?;
        let region = self.sts_region(&plan)?;
        self.say_what_is_ignored();
        let http = self.http()?;
        let duration = request.duration.or(plan.duration);
        let credentials = if let Source::Saml(saml) = &plan.source {
            let asked = AskedWithSaml {
                plan: &plan,
                saml,
                region: &region,
                duration,
                response: self.checked(&plan, saml, response.or(request.response))?,
                may_tell: request.may_ask,
            };
            aws::block_on(self.assume_role_with_saml(asked, files, http))??
        } else {
            let asked = Asked {
                plan: &plan,
                region: &region,
                duration,
                code: self.token_code(&plan, request.may_ask)?,
                may_warn: request.may_ask,
                interaction: asked_of(request.interaction, &plan),
            };
            aws::block_on(self.assume_role(asked, files, http))??
        };
        let mut header = self.header(&plan, &credentials, request.region)?;
        if let Some(chosen) = chosen {
            header.store = chosen.store;
            header.fallback = fallback(&chosen);
            if let (true, Some(why)) = (request.may_ask, &header.fallback) {
                context.output.warn(&format!(
                    "no keyring works here, so the key that encrypts your credentials is kept in a file beside them: {why}"
                ));
            }
            let _step = context.output.step("cache entry");
            let put = self
                .cache
                .put(&self.slot, &chosen.key, &header, &credentials);
            put.unwrap_or_else(|error| self.warn_uncached(error));
        }
        Ok(Grant {
            header,
            credentials,
            cached: false,
        })
    }

    /// The key to seal with. `None` if there will be no cache: that is warned of and no more, for the credentials serve
    /// without it.
    ///
    /// # Errors
    /// The store that was asked for does not work.
    pub(super) fn choose_key(&self, plan: &Plan) -> Result<Option<Chosen>, Failure> {
        let _step = self.context.output.step("key of the cache");
        match self.cache.choose_key(self.kind(plan)?) {
            Ok(chosen) => Ok(Some(chosen)),
            Err(error @ store::Error::Store { .. }) => Err(error.into()),
            Err(error) => {
                self.warn_uncached(error);
                Ok(None)
            }
        }
    }

    fn warn_uncached(&self, error: store::Error) {
        let failure = Failure::from(error);
        self.context.output.warn(&format!(
            "the credentials could not be cached: {}",
            failure.causes.first().unwrap_or(&failure.error)
        ));
    }

    async fn assume_role(
        &self,
        asked: Asked<'_>,
        files: &Files,
        http: http::Client,
    ) -> Result<Credentials, Failure> {
        let (context, plan, region) = (self.context, asked.plan, asked.region);
        let out = &context.output;
        out.detail(&format!("source: {}", plan.source));
        let (role, session) = (&plan.role, &plan.session_name);
        out.detail(&format!("role: {role} as {session}, STS in {region}"));

        let source = {
            let _step = out.step("source credentials");
            let sources = self.sources(files, region, http.clone())?;
            let answer = sources.credentials(&plan.source, asked.interaction).await;
            answer.map_err(|e| explain::source(e, &plan.source, &plan.profile, context.now()))?
        };
        let provider = SharedCredentialsProvider::new(source);
        let profile = context.profile.as_str();
        let config = aws::client_config(files, profile, region, http, Some(provider)).await;
        let client = sts::client(&config);
        let caller = async || {
            let _step = out.step(format!("GetCallerIdentity in {region}"));
            sts::caller(&client, context.now()).await.ok()
        };
        let now = || context.now();
        let answer = {
            let _step = out.step(format!("AssumeRole in {region}"));
            sts::assume_role(&client, plan, asked.duration, asked.code, now).await
        };
        match answer {
            Ok(credentials) => {
                // The trust policy compares without case, the cluster with it.
                let capitals = session.as_str().contains(|c: char| c.is_ascii_uppercase());
                if asked.may_warn
                    && capitals
                    && let Some(caller) = caller().await
                {
                    explain::warn_of_case(out, &caller, plan);
                }
                Ok(credentials)
            }
            // Who are we, then? If even that cannot be told, the denial is explained without it.
            Err(error @ sts::Error::Call(aws::Error::Denied { .. })) => {
                Err(explain::denied(error, plan, caller().await.as_deref()))
            }
            Err(error) => Err(explain::assume_role(error, plan)),
        }
    }

    /// Sees to it that the SSO sign-in of the profile's source lives, if it has one.
    pub fn sign_in(&self, interaction: Interaction) -> Result<(), Failure> {
        let plan = self.plan()?;
        let Some(sso) = plan.source.sso() else {
            return Ok(());
        };
        if sso::lives(&self.context.sso_cache()?, sso, self.context.now()) {
            return Ok(());
        }
        // Nobody should sign in for nothing.
        self.choose_key(&plan)?;
        let sources = self.sources(self.files()?, &sso.region, self.http()?)?;
        let interaction = asked_of(interaction, &plan);
        aws::block_on(async { sources.sso_client(sso).await?.token(interaction).await })?
            .map(drop)
            .map_err(|error| explain::sign_in(error, sso, Next::Login(&plan.profile)))
    }

    /// Ends an SSO sign-in, here and at AWS. False if there was none.
    pub fn sign_out(&self, sso: &SsoSource) -> Result<bool, Failure> {
        let sources = self.sources(self.files()?, &sso.region, self.http()?)?;
        aws::block_on(async { sources.sso_client(sso).await?.sign_out().await })?
            .map_err(|error| explain::sign_out(error, sso))
    }

    /// Where source credentials come from, with these files.
    pub fn sources<'b>(
        &'b self,
        files: &'b Files,
        region: &'b Region,
        http: http::Client,
    ) -> Result<Sources<'b>, Failure> {
        Ok(Sources {
            context: self.context,
            files,
            region,
            http,
            locks: &self.cache,
            sso_cache: self.context.sso_cache()?,
        })
    }

    /// The HTTPS client, trusting what `AWS_CA_BUNDLE` or the profile's `ca_bundle` names.
    pub fn http(&self) -> Result<http::Client, Failure> {
        let _step = self.context.output.step("HTTPS client");
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
        let _step = self.context.output.step("MFA code");
        let answer = prompt::ask(&format!("MFA code of {serial}:")).unwrap_or_default();
        if answer.len() != 6 || !answer.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failure::refused("that is no MFA code")
                .cause("an MFA code has six digits")
                .hint("run it again with the code your device shows"));
        }
        Ok(Some(answer))
    }

    fn say_what_is_ignored(&self) {
        for name in self.context.ignored_identity_variables() {
            self.context.output.detail(&format!(
                "{name} is set, and ignored: the profile {} decides",
                self.context.profile
            ));
        }
    }

    fn header(
        &self,
        plan: &Plan,
        credentials: &Credentials,
        region: Option<&Region>,
    ) -> Result<Header, Failure> {
        let mut sts_hosts = BTreeMap::new();
        self.add_host(&mut sts_hosts, plan.region.as_ref());
        self.add_host(&mut sts_hosts, region);
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
            of_team: ownership::team_of(self.files()?.profiles(), plan.profile.as_str()).is_some(),
            fallback: None,
            region: plan.region.as_ref().map(Region::to_string),
            sts_hosts,
            expires_at: credentials.expires_at,
        })
    }
}

/// A program's person is left alone unless the profile says otherwise.
pub(super) fn asked_of(interaction: Interaction, plan: &Plan) -> Interaction {
    match interaction {
        Interaction::Behind(_) if !plan.interactive => Interaction::Absent,
        interaction => interaction,
    }
}

/// Why the key is in a file, where a keyring was wanted.
fn fallback(chosen: &Chosen) -> Option<String> {
    let why = chosen.passed_over.iter();
    let why: Vec<_> = why
        .map(|(store, problem)| format!("{}: {problem}", store.name()))
        .collect();
    (chosen.store == Store::File && !why.is_empty()).then(|| why.join("; "))
}
