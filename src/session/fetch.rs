//! A [`Grant`] that is not cached: source credentials, AssumeRole, a new cache entry. Everything that needs the network, a
//! runtime or the user is here.

use std::collections::BTreeMap;

use aws_credential_types::Credentials as SdkCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::saml::{AskedWithSaml, Federated};
use super::{Grant, Request, Session, profiles_kind};
use crate::aws;
use crate::aws::sts;
use crate::credentials::Credentials;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::names::Region;
use crate::profile::plan::{Plan, Source, SsoSource};
use crate::setup::team_file::ownership;
use crate::signin;
use crate::signin::explain::Next;
use crate::signin::interaction::Interaction;
use crate::signin::{Sources, sso};
use crate::store::entry::Header;
use crate::store::{Chosen, Store};
use crate::sys::prompt;

/// What the user was asked for. Signing in may take minutes, so this is before the lock.
pub(super) struct Asked {
    /// The sign-in with SAML.
    federated: Option<Federated>,
    /// Credentials of the SSO sign-in.
    source: Option<SdkCredentials>,
    /// The MFA code.
    code: Option<String>,
}

/// One AssumeRole call to make.
struct Call<'a> {
    plan: &'a Plan,
    region: &'a Region,
    /// Seconds.
    duration: Option<u32>,
    /// The user may be warned.
    may_warn: bool,
    asked: Asked,
}

impl Session<'_> {
    /// Asks the user for what the request needs and allows to ask for.
    pub(super) fn ask(&self, request: Request<'_>) -> Result<Asked, Failure> {
        let plan = self.plan()?;
        Ok(Asked {
            federated: self.sign_in_with_saml(request)?,
            source: self.sign_in_for_source(&plan, request.interaction)?,
            // Last: it is valid for half a minute.
            code: self.token_code(&plan, request.may_ask)?,
        })
    }

    /// Gets new credentials and caches them. Asks the user nothing, and ends within [`aws::LIMIT`], unless the source is a
    /// `credential_process` that can ask the user itself.
    pub(super) fn fetch(&self, request: Request<'_>, asked: Asked) -> Result<Grant, Failure> {
        let context = self.context;
        let plan = self.plan()?;
        let chosen = self.choose_key(&plan)?;
        let files = self.files()?;
        let region = self.sts_region(&plan)?;
        self.say_what_is_ignored();
        let http = self.http()?;
        let duration = request.duration.or(plan.duration);
        // Names the server that was asked last.
        let late =
            |error| aws::explain::call(&format!("could not assume role {}", plan.role), error);
        let credentials = if let Source::Saml(saml) = &plan.source {
            let response = asked.federated.as_ref().and_then(Federated::response);
            let asked = AskedWithSaml {
                plan: &plan,
                saml,
                region: &region,
                duration,
                response: self.checked(&plan, saml, response.or(request.response))?,
                may_tell: request.may_ask,
            };
            aws::block_on(self.assume_role_with_saml(asked, files, http)).map_err(late)??
        } else {
            let call = Call {
                plan: &plan,
                region: &region,
                duration,
                may_warn: request.may_ask,
                asked,
            };
            let sources = self.sources(files, &region, http)?;
            let limit = sources.limit(&plan.source, Interaction::None);
            aws::block_on_for(limit, self.assume_role(call, &sources)).map_err(late)??
        };
        let mut header = self.header(&plan, &credentials, request.region)?;
        if let Some(chosen) = chosen {
            header.store = chosen.store;
            header.fallback = fallback(&chosen);
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
            put.unwrap_or_else(|error| self.warn_uncached(&error));
        }
        Ok(Grant {
            header,
            credentials,
            cached: false,
        })
    }

    async fn assume_role(
        &self,
        call: Call<'_>,
        sources: &Sources<'_>,
    ) -> Result<Credentials, Failure> {
        let (context, plan, region) = (self.context, call.plan, call.region);
        let out = &context.output;
        out.detail(&format!("source: {}", plan.source));
        let (role, session) = (&plan.role, &plan.session_name);
        out.detail(&format!("role: {role} as {session}, STS in {region}"));

        let source = match call.asked.source {
            Some(source) => source,
            None => self.source(plan, sources, Interaction::None).await?,
        };
        let provider = SharedCredentialsProvider::new(source);
        let profile = context.profile.as_str();
        let (files, http) = (sources.files, sources.http.clone());
        let config = aws::client_config(files, profile, region, http, Some(provider)).await;
        let client = sts::client(&config);
        let caller = async || {
            let _step = out.step(format!("GetCallerIdentity in {region}"));
            sts::caller(&client, context.now()).await.ok()
        };
        let now = || context.now();
        let answer = {
            let _step = out.step(format!("AssumeRole in {region}"));
            sts::assume_role(&client, plan, call.duration, call.asked.code, now).await
        };
        match answer {
            Ok(credentials) => {
                // The trust policy ignores case, the cluster does not.
                let capitals = session.as_str().contains(|c: char| c.is_ascii_uppercase());
                if call.may_warn
                    && capitals
                    && let Some(caller) = caller().await
                {
                    aws::explain::warn_of_case(out, &caller, plan);
                }
                Ok(credentials)
            }
            // The identity helps to explain the denial. Without it the denial is explained all the same.
            Err(error @ sts::Error::Call(aws::Error::Denied { .. })) => {
                Err(aws::explain::denied(error, plan, caller().await.as_deref()))
            }
            Err(error) => Err(aws::explain::assume_role(error, plan)),
        }
    }

    async fn source(
        &self,
        plan: &Plan,
        sources: &Sources<'_>,
        interaction: Interaction,
    ) -> Result<SdkCredentials, Failure> {
        let _step = self.context.output.step("source credentials");
        let answer = sources.credentials(&plan.source, interaction).await;
        let now = self.context.now();
        answer.map_err(|error| signin::explain::source(error, &plan.source, &plan.profile, now))
    }

    /// Returns source credentials for which the user may have to sign in with SSO. `None` for another source, or if the user
    /// cannot be asked.
    fn sign_in_for_source(
        &self,
        plan: &Plan,
        interaction: Interaction,
    ) -> Result<Option<SdkCredentials>, Failure> {
        let interaction = interaction.permitted_by(plan);
        if interaction == Interaction::None || plan.source.sso().is_none() {
            return Ok(None);
        }
        // Before the user signs in: a store that does not work would make the sign-in useless.
        self.choose_key(plan)?;
        let region = self.sts_region(plan)?;
        let sources = self.sources(self.files()?, &region, self.http()?)?;
        let limit = sources.limit(&plan.source, interaction);
        aws::block_on_for(limit, self.source(plan, &sources, interaction))?.map(Some)
    }

    /// Signs in to the SSO session of the profile's source, unless it is valid or there is none.
    pub fn sign_in(&self, interaction: Interaction) -> Result<(), Failure> {
        let plan = self.plan()?;
        let Some(sso) = plan.source.sso() else {
            return Ok(());
        };
        if sso::lives(&self.context.sso_cache()?, sso, self.context.now()) {
            return Ok(());
        }
        // Before the user signs in: a store that does not work would make the sign-in useless.
        self.choose_key(&plan)?;
        let sources = self.sources(self.files()?, &sso.region, self.http()?)?;
        let interaction = interaction.permitted_by(&plan);
        let limit = sources.limit(&plan.source, interaction);
        let token = async { sources.sso_client(sso).await?.token(interaction).await };
        aws::block_on_for(limit, token)
            .map_err(sso::Error::from)
            .flatten()
            .map(drop)
            .map_err(|error| signin::sso::explain::sign_in(error, sso, Next::Login(&plan.profile)))
    }

    /// Ends the SSO session, on this computer and at AWS. False if there was none.
    pub fn sign_out(&self, sso: &SsoSource) -> Result<bool, Failure> {
        let sources = self.sources(self.files()?, &sso.region, self.http()?)?;
        aws::block_on(async { sources.sso_client(sso).await?.sign_out().await })
            .map_err(sso::Error::from)
            .flatten()
            .map_err(|error| signin::sso::explain::sign_out(error, sso))
    }

    fn token_code(&self, plan: &Plan, may_ask: bool) -> Result<Option<String>, Failure> {
        let Some(serial) = &plan.mfa_serial else {
            return Ok(None);
        };
        if !(may_ask && self.context.can_ask) {
            return Err(Failure::new(Kind::SignInNeeded, "MFA code needed")
                .cause(format!(
                    "profile {} has the MFA device {serial}",
                    plan.profile
                ))
                .hint(format!(
                    "run `{}` in a terminal",
                    hints::login_command(&plan.profile)
                )));
        }
        let _step = self.context.output.step("MFA code");
        let answer = prompt::ask(&format!("MFA code for {serial}:")).unwrap_or_default();
        if answer.len() != 6 || !answer.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failure::refused("invalid MFA code: must be six digits")
                .hint("run this again and enter the code that your device shows"));
        }
        Ok(Some(answer))
    }

    /// Says which variables of another identity are set. They have no effect.
    fn say_what_is_ignored(&self) {
        for name in self.context.ignored_identity_variables() {
            self.context.output.detail(&format!(
                "{name} is set but ignored: the profile {} is used",
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

/// Returns why the key is in a file instead of a keyring.
fn fallback(chosen: &Chosen) -> Option<String> {
    let why = chosen.passed_over.iter();
    let why: Vec<_> = why
        .map(|(store, problem)| format!("{}: {problem}", store.name()))
        .collect();
    (chosen.store == Store::File && !why.is_empty()).then(|| why.join("; "))
}
