//! The part of SAML federation: a response that a person signed in for, and the role's credentials for it.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::fetch::asked_of;
use super::{Request, Session};
use crate::credentials::Credentials;
use crate::explain::{self, Next};
use crate::failure::{Failure, Kind};
use crate::names::{IdpUrl, Partition, Region};
use crate::output;
use crate::profile::plan::{Plan, SamlSource, Source};
use crate::profile::read::Files;
use crate::source::interaction::Interaction;
use crate::source::saml::response::{Assertion, Response, Wanted};
use crate::source::saml::{self, SamlClient};
use crate::source::sign_in_lock::SignInLock;
use crate::sys::http;
use crate::{aws, sts};

/// Seconds: the longest that a role can be set to. Where it is set to less, STS refuses more.
const LONGEST: u32 = 43_200;
/// Seconds: what every role allows.
const ALWAYS_ALLOWED: u32 = 3_600;
/// Roles that are shown.
const MOST_SHOWN: usize = 10;
/// Bytes of a path. What is longer is no path but the response itself, and is not repeated.
const LONGEST_PATH: usize = 1_000;

/// Somebody has signed in, and nobody else does so until this is dropped.
#[derive(Debug)]
pub(super) struct Federated {
    /// `None` if it is not needed any more.
    response: Option<Response>,
    _lock: SignInLock,
}

impl Federated {
    pub(super) fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }
}

/// One AssumeRoleWithSAML, about to be made.
pub(super) struct AskedWithSaml<'a> {
    pub plan: &'a Plan,
    pub saml: &'a SamlSource,
    pub region: &'a Region,
    /// Seconds, where somebody has a wish.
    pub duration: Option<u32>,
    pub response: &'a Response,
    /// Somebody is there to be told.
    pub may_tell: bool,
}

impl Session<'_> {
    /// A response for a profile that signs in with SAML and needs one. `None` if it is none, if nobody can be asked, or if a
    /// response is there.
    pub(super) fn sign_in_with_saml(
        &self,
        request: Request<'_>,
    ) -> Result<Option<Federated>, Failure> {
        let plan = self.plan()?;
        let Source::Saml(saml) = &plan.source else {
            return Ok(None);
        };
        self.federate(&plan, saml, Some(wanted(&plan, saml)), request)
    }

    /// The same for all profiles that sign in there: what it is good for, each finds out.
    pub fn sign_in_for_all(&self, request: Request<'_>) -> Result<Option<Response>, Failure> {
        let plan = self.plan()?;
        let Source::Saml(saml) = &plan.source else {
            return Ok(None);
        };
        let federated = self.federate(&plan, saml, None, request)?;
        Ok(federated.and_then(|federated| federated.response))
    }

    fn federate(
        &self,
        plan: &Plan,
        saml: &SamlSource,
        wanted: Option<Wanted<'_>>,
        request: Request<'_>,
    ) -> Result<Option<Federated>, Failure> {
        let interaction = asked_of(request.interaction, plan);
        let nobody = interaction == Interaction::Absent && !plan.interactive;
        if nobody || request.response.is_some() {
            return Ok(None);
        }
        // Nobody should sign in for nothing.
        self.choose_key(plan)?;
        let folders = self.context.browser_folders()?;
        let client = self.saml_client(saml, wanted, &folders);
        let lock = client.lock(interaction);
        let lock = lock.map_err(|error| self.explain(error, plan, saml))?;
        // Whoever had the turn before may have done our work.
        let response = match self.cached_for(request)? {
            Some(_) => None,
            None => {
                // Who typed a command sees what happens.
                let silent = plan.interactive && !matches!(interaction, Interaction::Present(_));
                let response = client.response(&lock, interaction, silent);
                Some(response.map_err(|error| self.explain(error, plan, saml))?)
            }
        };
        Ok(Some(Federated {
            response,
            _lock: lock,
        }))
    }

    /// Forgets what the browser remembers of the person at the identity provider. False if there was nothing.
    pub fn forget_browser(&self, plan: &Plan, saml: &SamlSource) -> Result<bool, Failure> {
        let folders = self.context.browser_folders()?;
        let signed_out = self.saml_client(saml, None, &folders).sign_out();
        signed_out.map_err(|error| explain::saml(error, &saml.url, Next::Login(&plan.profile)))
    }

    /// A response for a profile that is about to be written: which role it is good for is not known yet.
    pub fn first_response(
        &self,
        url: &IdpUrl,
        partition: &Partition,
        interaction: Interaction,
    ) -> Result<Response, Failure> {
        let folders = self.context.browser_folders()?;
        let client = SamlClient::new(self.context, url, partition, None, &self.cache, &folders);
        client
            .lock(interaction)
            .and_then(|lock| client.response(&lock, interaction, false))
            .map_err(|error| explain::saml(error, url, Next::Install))
    }

    /// A response that the person brings; `-` is standard input.
    pub fn read_response(&self, path: &Path) -> Result<Response, Failure> {
        let plan = self.plan()?;
        let no_input = |error: &str, cause: &str| {
            let command = explain::command("login --saml-response -", &plan.profile);
            let hint = format!("put it into a file, or pipe it: `pbpaste | {command}`");
            Failure::new(Kind::Usage, error).cause(cause).hint(hint)
        };
        if path.as_os_str() == "-" && self.context.can_ask {
            return Err(no_input(
                "a SAML response cannot be typed",
                "a terminal cuts lines off at 4096 characters",
            ));
        }
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(no_input(
                "a SAML response is never taken from the command line",
                "other users of this computer can see command lines, and shells remember them",
            ));
        }
        let Source::Saml(saml) = &plan.source else {
            let what = format!("profile {} does not sign in with SAML", plan.profile);
            return Err(Failure::refused(what)
                .cause(format!("its credentials come from {}", plan.source))
                .hint(format!(
                    "leave out --saml-response: `{}`",
                    explain::login_command(&plan.profile)
                )));
        };
        saml::read(path).map_err(|error| self.explain(error, &plan, saml))
    }

    fn saml_client<'b>(
        &'b self,
        saml: &'b SamlSource,
        wanted: Option<Wanted<'b>>,
        folders: &Path,
    ) -> SamlClient<'b> {
        let (url, partition) = (&saml.url, saml.provider.partition());
        SamlClient::new(self.context, url, partition, wanted, &self.cache, folders)
    }

    /// The response, if it is for what the plan says.
    pub(super) fn checked<'b>(
        &self,
        plan: &Plan,
        saml: &SamlSource,
        response: Option<&'b Response>,
    ) -> Result<&'b Response, Failure> {
        let response = response.ok_or(saml::Error::SignedOut { ended: None });
        response
            .and_then(|response| {
                response.check(&wanted(plan, saml), self.context.now())?;
                Ok(response)
            })
            .map_err(|error| self.explain(error, plan, saml))
    }

    fn explain(&self, error: saml::Error, plan: &Plan, saml: &SamlSource) -> Failure {
        let error = match error {
            saml::Error::SignedOut { .. } => saml::Error::SignedOut {
                ended: self.ended(),
            },
            error => error,
        };
        explain::saml(error, &saml.url, Next::Login(&plan.profile))
    }

    /// When the last credentials of the profile were over.
    fn ended(&self) -> Option<DateTime<Utc>> {
        let header = self.find()?.entry.header;
        Some(header.expires_at).filter(|end| *end <= self.context.now())
    }

    pub(super) async fn assume_role_with_saml(
        &self,
        asked: AskedWithSaml<'_>,
        files: &Files,
        http: http::Client,
    ) -> Result<Credentials, Failure> {
        let AskedWithSaml { plan, saml, .. } = asked;
        let (out, assertion) = (&self.context.output, asked.response.assertion());
        if let Some(assertion) = assertion {
            self.show(assertion, saml, asked.may_tell);
        }
        let profile = self.context.profile.as_str();
        let config = aws::client_config(files, profile, asked.region, http, None).await;
        let client = sts::client(&config);
        let ask = async |seconds| {
            let _step = out.step(format!("AssumeRoleWithSAML in {}", asked.region));
            let (provider, response) = (&saml.provider, asked.response.encoded());
            let now = || self.context.now();
            sts::assume_role_with_saml(&client, plan, provider, response, seconds, now).await
        };
        let in_response = assertion.and_then(|assertion| assertion.session_duration);
        let seconds = asked.duration.or(in_response).unwrap_or(LONGEST);
        let mut answer = ask(seconds).await;
        if seconds > ALWAYS_ALLOWED
            && let Err(sts::Error::Call(aws::Error::Rejected { message, .. })) = &answer
            && message.contains("DurationSeconds")
        {
            let line = format!("the role allows less than {seconds} seconds: {message}");
            match asked.duration {
                Some(_) if asked.may_tell => out.warn(&format!("{line}; asking for an hour")),
                _ => out.detail(&line),
            }
            answer = ask(ALWAYS_ALLOWED).await;
        }
        answer.map_err(|error| explain::assume_role_with_saml(error, plan, saml))
    }

    /// What the identity provider says of the person.
    fn show(&self, assertion: &Assertion, saml: &SamlSource, may_tell: bool) {
        let out = &self.context.output;
        let tell = |line: &str| match may_tell {
            true => out.note(line),
            false => out.detail(line),
        };
        let roles = match assertion.roles.len() {
            1 => "one role".to_owned(),
            n => format!("{n} roles"),
        };
        let until = output::until(assertion.good_until, self.context.now());
        tell(&format!(
            "{} says that you are {}, with {roles}; good for AWS until {until}",
            saml.url.origin(),
            assertion.session_name
        ));
        // A single one is the profile's.
        if assertion.roles.len() > 1 {
            for pair in assertion.roles.iter().take(MOST_SHOWN) {
                tell(&format!("  {} by {}", pair.role, pair.provider.name()));
            }
        }
        if let Some(more @ 1..) = assertion.roles.len().checked_sub(MOST_SHOWN) {
            tell(&format!("  and {more} more"));
        }
    }
}

/// What a response has to be good for.
fn wanted<'a>(plan: &'a Plan, saml: &'a SamlSource) -> Wanted<'a> {
    Wanted {
        role: &plan.role,
        provider: &saml.provider,
        session_name: &plan.session_name,
    }
}
