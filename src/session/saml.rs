//! SAML federation: the response of a sign-in, and the role's credentials for it.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{Request, Session};
use crate::aws::{self, sts};
use crate::credentials::Credentials;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::names::{IdpUrl, Partition, Region};
use crate::output;
use crate::profile::plan::{Plan, SamlSource, Source};
use crate::profile::read::Files;
use crate::signin;
use crate::signin::explain::Next;
use crate::signin::interaction::Interaction;
use crate::signin::lock::SignInLock;
use crate::signin::saml::response::{Assertion, Response, Wanted};
use crate::signin::saml::{self, SamlClient};
use crate::sys::http;

/// The longest session that a role can allow, in seconds. STS refuses more than the role allows.
const LONGEST: u32 = 43_200;
/// The session that every role allows, in seconds.
const ALWAYS_ALLOWED: u32 = 3_600;
/// The most roles that are listed.
const MOST_SHOWN: usize = 10;
/// The longest path, in bytes. A longer one is the response itself, and is not printed.
const LONGEST_PATH: usize = 1_000;

/// A sign-in. No other process signs in there until this is dropped.
#[derive(Debug)]
pub(super) struct Federated {
    /// `None` if another process has refreshed the credentials in the meantime.
    response: Option<Response>,
    _lock: SignInLock,
}

impl Federated {
    pub(super) fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }
}

/// One AssumeRoleWithSAML call to make.
pub(super) struct AskedWithSaml<'a> {
    pub plan: &'a Plan,
    pub saml: &'a SamlSource,
    pub region: &'a Region,
    /// Seconds, if the user or the profile asks for a lifetime.
    pub duration: Option<u32>,
    pub response: &'a Response,
    /// The user may be told about it.
    pub may_tell: bool,
}

impl Session<'_> {
    /// Returns a response for a profile that signs in with SAML and needs one. `None` for other profiles, if the user cannot
    /// be asked, or if the request has a response.
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

    /// Returns a response for all profiles with this sign-in. Whether it is valid for a role, each profile checks.
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
        let interaction = request.interaction.permitted_by(plan);
        let nobody = interaction == Interaction::None && !plan.interactive;
        if nobody || request.response.is_some() {
            return Ok(None);
        }
        // Before the user signs in: a store that does not work would make the sign-in useless.
        self.choose_key(plan)?;
        let folders = self.context.browser_folders()?;
        let client = self.saml_client(saml, wanted, &folders);
        let lock = client.lock(interaction);
        let lock = lock.map_err(|error| self.explain(error, plan, saml))?;
        // The previous holder of the lock may have refreshed them.
        let response = match self.cached_for(request)? {
            Some(_) => None,
            None => {
                // A user who typed the command sees the window.
                let silent = plan.interactive && !matches!(interaction, Interaction::Direct(_));
                let response = client.response(&lock, interaction, silent);
                Some(response.map_err(|error| self.explain(error, plan, saml))?)
            }
        };
        Ok(Some(Federated {
            response,
            _lock: lock,
        }))
    }

    /// Deletes the browser profile of the identity provider, and with it the sign-in there. False if there was none.
    pub fn forget_browser(&self, plan: &Plan, saml: &SamlSource) -> Result<bool, Failure> {
        let folders = self.context.browser_folders()?;
        let signed_out = self.saml_client(saml, None, &folders).sign_out();
        signed_out.map_err(|error| {
            signin::saml::explain::saml(error, &saml.url, Next::Login(&plan.profile))
        })
    }

    /// Returns a response for a profile that is about to be installed: its role is not known yet.
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
            .map_err(|error| signin::saml::explain::saml(error, url, Next::Install))
    }

    /// Reads a response from a file; `-` is standard input.
    pub fn read_response(&self, path: &Path) -> Result<Response, Failure> {
        let plan = self.plan()?;
        let no_input = |error: &str, cause: &str| {
            let command = hints::command("login --saml-response response.txt", &plan.profile);
            let hint = format!("save the response as response.txt, then run `{command}`");
            Failure::new(Kind::Usage, error)
                .cause(cause)
                .hint(hint)
                .hint("after that, delete response.txt")
        };
        if path.as_os_str() == "-" && self.context.can_ask {
            return Err(no_input(
                "could not read a SAML response from a terminal",
                "a terminal cuts lines off at 4096 characters",
            ));
        }
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(no_input(
                "could not read a SAML response from the command line",
                "other users of this computer can see command lines, and shells keep them in their history",
            ));
        }
        let Source::Saml(saml) = &plan.source else {
            let what = format!("profile {} does not sign in with SAML", plan.profile);
            return Err(Failure::refused(what)
                .cause(format!("its source is {}", plan.source))
                .hint(format!(
                    "run `{}` without `--saml-response`",
                    hints::login_command(&plan.profile)
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

    /// Returns the response, if it is valid for the plan's role.
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
        signin::saml::explain::saml(error, &saml.url, Next::Login(&plan.profile))
    }

    /// Returns when the profile's last credentials expired.
    fn ended(&self) -> Option<DateTime<Utc>> {
        let header = self.matching().next()?.entry.header;
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
            let line = format!(
                "the role does not allow sessions of {seconds} seconds, asking for one hour: {message}"
            );
            match asked.duration {
                Some(_) if asked.may_tell => out.warn(&line),
                _ => out.detail(&line),
            }
            answer = ask(ALWAYS_ALLOWED).await;
        }
        answer.map_err(|error| signin::saml::explain::assume_role_with_saml(error, plan, saml))
    }

    /// Prints what the identity provider says about the user.
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
        let until = output::until(assertion.valid_until, self.context.now());
        tell(&format!(
            "Signed in at {} as {} with {roles}; response valid until {until}",
            saml.url.origin(),
            assertion.session_name
        ));
        // A single role is the profile's.
        if assertion.roles.len() > 1 {
            for pair in assertion.roles.iter().take(MOST_SHOWN) {
                tell(&format!(
                    "  {} (provider {})",
                    pair.role,
                    pair.provider.name()
                ));
            }
        }
        if let Some(more @ 1..) = assertion.roles.len().checked_sub(MOST_SHOWN) {
            tell(&format!("  and {more} more"));
        }
    }
}

/// Returns what a response must be valid for.
fn wanted<'a>(plan: &'a Plan, saml: &'a SamlSource) -> Wanted<'a> {
    Wanted {
        role: &plan.role,
        provider: &saml.provider,
        session_name: &plan.session_name,
    }
}
