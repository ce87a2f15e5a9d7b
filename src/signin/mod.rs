//! Signing in: how a user gets what assumes a profile's role.
//!
//! [`SignIn`] has the ways to sign in; its callers never ask which one it is. [`sso`] gives source credentials, [`saml`] a
//! response for the role itself. Where neither is needed, [`sources`] gets the source credentials.

mod credentials;
mod error;
pub mod explain;
pub mod interaction;
pub mod lock;
mod login;
pub mod mfa;
pub mod next;
mod process;
mod role;
pub mod saml;
pub mod settings;
pub mod sources;
pub mod sso;

use std::fmt;
use std::path::Path;

use aws_credential_types::Credentials as SdkCredentials;
use chrono::{DateTime, Utc};

use crate::aws;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::names::{ProfileName, Region};
use crate::profile::plan::{Plan, SamlSource, Source, SsoSource};
use crate::profile::read::Files;
use crate::profile::{endpoints, keys};
use crate::store;
use crate::sys::http;
use interaction::Interaction;
use lock::SignInLock;
use next::Next;
use saml::response::Response;
use sources::Sources;

/// The way in which a profile signs in.
#[derive(Debug, Clone, Copy)]
pub enum SignIn<'a> {
    /// IAM Identity Center.
    Sso(&'a SsoSource),
    /// An identity provider, whose response is for the role itself.
    Saml(&'a SamlSource),
    /// None: the source profile, or what `credential_source` names, has credentials without a sign-in of apono-login.
    Profile,
}

/// Where a user signs in.
#[derive(Debug)]
pub struct Place {
    /// Equal for profiles that are signed out of together: the sso-session, or the start URL; the identity provider's host.
    pub id: String,
    /// Equal for profiles for which one sign-in is enough.
    pub page: String,
    /// The place as it is shown: the start URL, or the identity provider's origin.
    pub shown: String,
}

/// The result of a sign-in.
#[derive(Debug)]
pub enum Proof {
    /// It is stored where every profile with this sign-in finds it.
    Stored,
    /// Source credentials.
    Source(SdkCredentials),
    /// A SAML response.
    Response(Response),
}

/// A sign-in that has been completed. No other process starts one there until this is dropped, if it is for one profile.
#[derive(Debug)]
pub struct SignedIn {
    pub proof: Proof,
    _lock: Option<SignInLock>,
}

/// A sign-in to start.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    pub plan: &'a Plan,
    pub interaction: Interaction,
    /// For all profiles that sign in at the same page, else for this plan's role.
    pub for_all: bool,
}

/// Role credentials to get.
#[derive(Debug)]
pub struct Call<'a> {
    pub plan: &'a Plan,
    /// The result of a sign-in for them.
    pub proof: Option<&'a Proof>,
    /// Seconds, if the user or the profile asks for a lifetime.
    pub duration: Option<u32>,
    /// The MFA code for the role.
    pub code: Option<String>,
    /// The MFA codes for the roles of the chain.
    pub codes_of_chain: Vec<String>,
    /// The user may be told about it.
    pub may_tell: bool,
}

/// What sign-ins work with.
#[derive(Debug)]
pub struct Tools<'a> {
    pub context: &'a Context,
    pub files: &'a Files,
    /// Holds the locks of sign-ins.
    pub locks: &'a store::Cache,
    /// What the user runs after a failure.
    pub next: Next<'a>,
    /// When the profile's last credentials expired.
    pub ended: Option<DateTime<Utc>>,
}

impl<'a> SignIn<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        match (&plan.source, plan.source.sso()) {
            (Source::Saml(saml), _) => SignIn::Saml(saml),
            (_, Some(sso)) => SignIn::Sso(sso),
            _ => SignIn::Profile,
        }
    }

    /// Returns where the user signs in. `None` if there is no sign-in.
    pub fn place(self) -> Option<Place> {
        match self {
            SignIn::Sso(sso) => Some(Place {
                id: sso.named_by().to_owned(),
                page: sso.named_by().to_owned(),
                shown: sso.start_url.clone(),
            }),
            SignIn::Saml(saml) => Some(Place {
                id: saml.url.folder_name(),
                page: saml.url.to_string(),
                shown: saml.url.origin(),
            }),
            SignIn::Profile => None,
        }
    }

    /// Returns whether there are no source credentials, so that each set of role credentials needs a sign-in of its own.
    pub fn is_each_time(self) -> bool {
        matches!(self, SignIn::Saml(_))
    }

    /// Returns the SSO session as this computer knows it, if the sign-in is one with SSO.
    pub fn session(self, context: &Context) -> Result<Option<sso::State>, Failure> {
        match self {
            SignIn::Sso(sso) => Ok(Some(sso::state(context.sso_cache()?, sso, context.now()))),
            SignIn::Saml(_) | SignIn::Profile => Ok(None),
        }
    }

    /// Returns whether there is a sign-in on this computer: an SSO session, or the data of the sign-in browser.
    pub fn is_signed_in(self, context: &Context) -> Result<bool, Failure> {
        Ok(match self {
            SignIn::Sso(sso) => {
                let now = context.now();
                let state = sso::state(context.sso_cache()?, sso, now);
                state.renewable || state.expires_at.is_some_and(|end| end > now)
            }
            SignIn::Saml(saml) => {
                let folders = context.browser_folders()?;
                folders.join(saml.url.folder_name()).is_dir()
            }
            SignIn::Profile => false,
        })
    }

    /// Returns whether [`start`](Self::start) is of use: the user can be asked, or a browser can answer in the user's place.
    pub fn can_start(self, start: Start<'_>, context: &Context) -> Result<bool, Failure> {
        let can_ask = start.interaction != Interaction::None;
        Ok(match self {
            SignIn::Sso(sso) if start.for_all => {
                let is_anew = start.interaction.anew().is_some();
                can_ask && (is_anew || !sso::lives(context.sso_cache()?, sso, context.now()))
            }
            SignIn::Sso(_) => can_ask,
            SignIn::Saml(_) => can_ask || start.plan.interactive,
            SignIn::Profile => match start.interaction.anew() {
                Some(options) if options.switch_user => {
                    return Err(no_other_user(&start.plan.profile, &start.plan.source));
                }
                _ => false,
            },
        })
    }

    /// Signs in. This may take minutes. `None` if, once it is this process's turn, `is_needed` says that another process has
    /// refreshed the credentials.
    pub fn start(
        self,
        tools: &Tools<'_>,
        start: Start<'_>,
        is_needed: impl FnOnce() -> Result<bool, Failure>,
    ) -> Result<Option<SignedIn>, Failure> {
        let plan = start.plan;
        let proof = match self {
            SignIn::Saml(saml) => {
                let anew = start.interaction.anew();
                if anew.is_some_and(|options| options.switch_user) {
                    saml::sign_out(tools, saml)?;
                }
                return saml::start(tools, saml, start, is_needed);
            }
            SignIn::Sso(sso) if start.for_all => {
                let sources = tools.sources(sso.region.clone())?;
                sso::sign_in(&sources, sso, start.interaction, tools.next)?;
                Proof::Stored
            }
            SignIn::Sso(_) | SignIn::Profile => {
                let sources = tools.sources(tools.region(plan)?)?;
                Proof::Source(sources.get(&plan.source, start.interaction, tools.next)?)
            }
        };
        Ok(Some(SignedIn { proof, _lock: None }))
    }

    /// Gets credentials of the plan's role. Asks the user nothing, and ends within [`aws::LIMIT`], unless the source is a
    /// `credential_process` that can ask the user itself.
    pub fn assume(self, tools: &Tools<'_>, call: Call<'_>) -> Result<Credentials, Failure> {
        let sources = tools.sources(tools.region(call.plan)?)?;
        let limit = sources.limit(&call.plan.source, Interaction::None);
        // Names the server that was asked last.
        let what = format!("could not assume role {}", call.plan.role);
        match self {
            SignIn::Saml(saml) => {
                let response = saml::checked(tools, saml, &call)?;
                aws::block_on_for(
                    limit,
                    saml::assume(&sources, saml, &call, response, tools.next),
                )
            }
            SignIn::Sso(_) | SignIn::Profile => {
                aws::block_on_for(limit, role::assume(&sources, call, tools.next))
            }
        }
        .map_err(|late| aws::explain::call(&what, late))?
    }

    /// Ends the sign-in. False if there was none.
    pub fn sign_out(self, tools: &Tools<'_>) -> Result<bool, Failure> {
        match self {
            SignIn::Sso(sso) => sso::sign_out(&tools.sources(sso.region.clone())?, sso),
            SignIn::Saml(saml) => saml::sign_out(tools, saml),
            SignIn::Profile => Ok(false),
        }
    }

    /// Returns what is said after it was ended, and what of it goes on.
    pub fn signed_out(self, at: &str) -> String {
        match self {
            SignIn::Saml(_) => format!(
                "Signed out on this computer; your session at {at} goes on until you sign out there in a browser, or it expires"
            ),
            SignIn::Sso(_) | SignIn::Profile => format!("Signed out at {at}"),
        }
    }

    /// Reads the result of a sign-in that the user made by hand from a file; `-` is standard input.
    pub fn read(self, tools: &Tools<'_>, plan: &Plan, path: &Path) -> Result<Proof, Failure> {
        let saml = match self {
            SignIn::Saml(saml) => Some(saml),
            SignIn::Sso(_) | SignIn::Profile => None,
        };
        saml::read(tools, plan, saml, path).map(Proof::Response)
    }
}

/// Returns the failure for a source without a sign-in in which another user could sign in.
pub fn no_other_user(profile: &ProfileName, source: &Source) -> Failure {
    Failure::refused("could not sign in as another user")
        .cause(format!(
            "profile {profile} has no sign-in of apono-login: its source is {source}"
        ))
        .hint("change the credentials there, or install the profile with another source")
}

/// Returns that a proxy variable is not used.
pub fn ignored_proxy(name: &str) -> String {
    format!(
        "Ignored {name}: it is not an http, https or socks5 URL (the aws CLI and kubectl ignore it always)"
    )
}

/// Adds which setting names the file with the certificate authorities, where it cannot be used.
fn of_ca(error: http::Error, ca: Option<&http::CaFile>) -> Failure {
    use http::Error as E;
    let is_of_file = matches!(
        error,
        E::File(_) | E::NoCaBundle { .. } | E::BadCaBundle { .. }
    );
    let failure = Failure::from(error);
    match ca.filter(|_| is_of_file) {
        Some(ca) => failure.cause(format!("{} names that file", ca.setting)),
        None => failure,
    }
}

impl fmt::Display for SignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignIn::Sso(sso) => write!(
                f,
                "SSO at {} (source profile {}, permission set {})",
                sso.start_url, sso.profile, sso.role_name
            ),
            SignIn::Saml(saml) => write!(f, "{saml}"),
            SignIn::Profile => f.write_str("none"),
        }
    }
}

impl<'a> Tools<'a> {
    /// Returns the HTTPS client. It trusts the CAs of `AWS_CA_BUNDLE`, of the profile's `ca_bundle` or of `REQUESTS_CA_BUNDLE`.
    pub fn http(&self) -> Result<http::Client, Failure> {
        let (context, profiles) = (self.context, self.files.profiles());
        let profile = profiles.get_profile(context.profile.as_str());
        let ca = context.ca_bundle(profile.and_then(|profile| profile.get(keys::CA_BUNDLE)));
        let bundle = ca.as_ref().map(|ca| ca.path.clone());
        let client = http::Client::shared(bundle, |bundle| {
            let _step = context.output.step("HTTPS client");
            for (name, value) in context.env_urls() {
                http::check_url(name, &value)?;
            }
            let (proxies, ignored) = context.proxies()?;
            if let Some(name) = ignored {
                context.output.note(&ignored_proxy(name));
            }
            let client = match (bundle, context.ca_roots()) {
                (Some(bundle), _) => http::Client::of_bundle(bundle, &proxies),
                (None, Some(file)) => {
                    http::check_roots(&file)?;
                    http::Client::of_system(Some(file), &proxies)
                }
                (None, None) if context.has_ca_folder() => http::Client::of_system(None, &proxies),
                (None, None) => http::Client::of_system(http::roots_of_system(), &proxies),
            };
            client.map_err(|error| of_ca(error, ca.as_ref()))
        })?;
        let endpoints = endpoints::named(context.env_urls(), profiles, context.profile.as_str());
        Ok(client.labelled(http::Labels::new(endpoints, ca)))
    }

    /// Returns what gets source credentials, and calls AWS in this region.
    pub fn sources(&self, region: Region) -> Result<Sources<'a>, Failure> {
        Ok(Sources {
            context: self.context,
            files: self.files,
            region,
            http: self.http()?,
            sso_cache: self.context.sso_cache()?,
            locks: self.locks,
        })
    }

    /// Returns the region in which to call STS: the environment's, else the profile's, if it is in the role's partition; else
    /// the partition's main region. The role is global: any region of its partition works.
    pub fn region(&self, plan: &Plan) -> Result<Region, Failure> {
        let partition = plan.role.partition();
        [self.context.env_region()?, plan.region.clone()]
            .into_iter()
            .flatten()
            .find(|region| aws::partition(region).as_ref() == Some(partition))
            .or_else(|| aws::home_region(partition))
            .ok_or_else(|| {
                Failure::refused(format!("no region known in partition {partition}"))
                    .hint(format!("set `region` in profile {}", plan.profile))
            })
    }
}
