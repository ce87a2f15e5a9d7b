//! A profile that signs in at an identity provider (SAML). Its values come from the flags, else from the existing profile,
//! else from a sign-in before anything is written, else from the terminal.

mod roles;

use super::{
    ACCOUNT_QUESTION, Asking, EMAIL_QUESTION, Found, REGION_QUESTION, SignedIn, asks_for_sso,
    check_complete, partition_of, refused,
};
use crate::cli::Install;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::{
    AccountId, IdpArn, IdpUrl, Partition, ProfileName, RoleArn, RoleSessionName, StartUrl,
};
use crate::profile::keys;
use crate::profile::ours::Installed;
use crate::profile::plan::SamlSource;
use crate::profile::profiles::Profiles;
use crate::profile::read::DEFAULT_ROLE;
use crate::setup::desired::Account;
use crate::setup::source::Source;
use crate::setup::team_file::Places;
use crate::signin::interaction::Interaction;
use crate::signin::next::{Installing, Next};
use crate::signin::saml::response::{self, Pair, Response, Wanted};
use crate::signin::settings::Settings;
use crate::signin::{self, Proof};
use crate::sys::prompt;

/// The most sign-ins until the right user has signed in.
const SIGN_INS: usize = 3;

/// The identity provider that the installed profile signs in at.
#[derive(Debug, Default)]
pub(super) struct Existing {
    provider: Option<IdpArn>,
    url: Option<IdpUrl>,
    keep_session: bool,
}

/// Returns the identity provider of the profile.
pub(super) fn existing(profiles: &Profiles, name: &ProfileName) -> Existing {
    let profile = profiles.get_profile(name.as_str());
    let value = |key| profile.and_then(|profile| profile.get(key));
    Existing {
        provider: value(keys::APONO_SAML_PROVIDER_ARN).and_then(|arn| arn.parse().ok()),
        url: value(keys::APONO_SAML_URL).and_then(|url| url.parse().ok()),
        keep_session: value(keys::APONO_SAML_KEEP_SESSION)
            .is_some_and(|value| value.eq_ignore_ascii_case("true")),
    }
}

/// Whether the profile is to sign in with SAML: a SAML flag was given, or the profile does so already and no flag asks for
/// another kind of source.
pub(super) fn is_asked(args: &Install, existing: &Existing) -> bool {
    let flags = args.saml_provider.is_some() || args.saml_url.is_some();
    let other = args.source_profile.is_some() || asks_for_sso(args);
    flags || (existing.provider.is_some() && !other)
}

/// What is known from the flags and the existing profile.
struct Known {
    account: Option<AccountId>,
    /// Name of the identity provider in IAM.
    provider: Option<String>,
    /// Role name, with its path if it has one.
    role: Option<String>,
    email: Option<RoleSessionName>,
}

impl Known {
    fn new(args: &Install, existing: &Installed, at_idp: &Existing) -> Self {
        let of_role = existing.role.as_ref();
        let of_provider = at_idp.provider.as_ref();
        Known {
            account: args
                .account_id
                .clone()
                .or_else(|| of_role.map(|role| role.account().clone())),
            provider: args
                .saml_provider
                .clone()
                .or_else(|| of_provider.map(|provider| provider.name().to_owned())),
            role: args
                .role_name
                .clone()
                .or_else(|| of_role.map(|role| role.path_and_name().to_owned())),
            // Another user has another one.
            email: args.email.clone().or_else(|| {
                let email = existing.email.clone();
                email.filter(|_| !args.sign_in.switch_user)
            }),
        }
    }

    /// Returns the flags whose values a sign-in can give, each with whether it is missing.
    fn missing(&self) -> [(&'static str, bool); 3] {
        [
            ("--saml-provider", self.provider.is_none()),
            ("--account-id", self.account.is_none()),
            ("--email", self.email.is_none()),
        ]
    }
}

impl Asking<'_> {
    /// Returns the account of a profile that signs in at an identity provider, signing in and asking for what is missing.
    ///
    /// # Errors
    /// Something is missing and there is no terminal; the sign-in fails; or the role is not assigned to the user.
    pub(super) fn idp_account(
        &self,
        existing: &Installed,
        at_idp: &Existing,
    ) -> Result<Found, Failure> {
        let (args, context) = (self.args, self.context);
        let known = Known::new(args, existing, at_idp);
        let url = args.saml_url.clone().or_else(|| at_idp.url.clone());
        let region = self.region(existing)?;
        let switches = args.sign_in.switch_user;
        // A dry run does not sign in.
        let may_sign_in = !args.dry_run && (context.can_ask || args.yes || switches);
        if !context.can_ask {
            let [provider, account, email] = known
                .missing()
                .map(|(flag, missing)| (flag, missing && !may_sign_in));
            let (url, region) = (
                ("--saml-url", url.is_none()),
                ("--region", region.is_none()),
            );
            let by_sign_in = [&provider, &account, &email]
                .iter()
                .any(|(_, missing)| *missing);
            check_complete([url, region, provider, account, email]).map_err(|failure| {
                match by_sign_in && !args.dry_run {
                    true => failure.hint(format!(
                        "to take them from a sign-in in the browser instead, {}",
                        Command::typed().flag("--yes").run()
                    )),
                    false => failure,
                }
            })?;
        }
        let question = "Link that opens AWS at your identity provider (for example https://example.okta.com/home/amazon_aws/0oa1/272):";
        let url = self.or_ask(url, question)?;
        let region = self.or_ask(region, REGION_QUESTION)?;
        let partition = partition_of(&region)?;
        let found = |role, source, email, response| Found {
            account: Account {
                name: None,
                role,
                region: region.clone(),
                source: Source::Saml(source),
                clusters: Vec::new(),
                required: false,
            },
            email: Some(email),
            response,
        };
        let source = |provider, url| SamlSource {
            provider,
            url,
            keep_session: at_idp.keep_session,
        };
        let installing = Installing {
            profile: &context.profile,
            of: Settings::Flags,
            is_written: false,
        };
        let mut encrypted = None;
        let is_incomplete = known.missing().iter().any(|(_, missing)| *missing);
        if (is_incomplete || switches) && may_sign_in {
            let keep = at_idp.keep_session;
            let asks = known.email.is_none();
            let response = self.right_response(installing, &url, &partition, keep, asks)?;
            if let Some(assertion) = response.assertion() {
                let email = assertion.session_name.clone();
                let wanted = known.email.as_ref();
                if let Some(wanted) = wanted.filter(|wanted| **wanted != email) {
                    let error = response::Error::differs(&email, wanted);
                    let next = Next::Install(installing);
                    return Err(signin::saml::explain::saml(error.into(), &url, next));
                }
                let pair = roles::choose(context, &assertion.roles, &known, &partition)
                    .map_err(|failure| failure.cause(format!("you signed in as {email}")))?;
                let Pair { role, provider } = pair.clone();
                let source = source(provider, url);
                self.check(&response, &role, &source, &email, installing)?;
                let signed_in = signed_in(&source.url, response);
                return Ok(found(role, source, email, signed_in));
            }
            context.output.note(ENCRYPTED);
            if !context.can_ask {
                check_complete(known.missing())?;
            }
            encrypted = signed_in(&url, response);
        }
        let account = self.or_ask(known.account, ACCOUNT_QUESTION)?;
        let provider = match known.provider {
            Some(name) => IdpArn::new(&partition, &account, &name).map_err(refused)?,
            None => self.ask(
                "Name of the identity provider in IAM (for example Okta):",
                |name| IdpArn::new(&partition, &account, name),
            )?,
        };
        let role = known.role.as_deref().unwrap_or(DEFAULT_ROLE);
        let role = RoleArn::new(&partition, &account, role).map_err(refused)?;
        let email = self.or_ask(known.email, EMAIL_QUESTION)?;
        Ok(found(role, source(provider, url), email, encrypted))
    }

    /// Signs in for an account of a team file. Returns the email in the response, unless it is encrypted, and the response.
    /// `None` for another kind of source, and in a dry run.
    pub(super) fn email_in_response(
        &self,
        name: &ProfileName,
        account: &Account,
        places: &Places,
    ) -> Result<Option<(Option<RoleSessionName>, SignedIn)>, Failure> {
        let Source::Saml(saml) = &account.source else {
            return Ok(None);
        };
        if self.args.dry_run {
            return Ok(None);
        }
        let installing = Installing {
            profile: name,
            of: places.of(name, &account.source),
            is_written: false,
        };
        let response = self.right_response(
            installing,
            &saml.url,
            saml.provider.partition(),
            saml.keep_session,
            true,
        )?;
        let email = response.assertion().map(|said| said.session_name.clone());
        match &email {
            Some(email) => self.check(&response, &account.role, saml, email, installing)?,
            None => self.context.output.note(ENCRYPTED),
        }
        Ok(Some((email, signed_in(&saml.url, response))))
    }

    /// Returns a response for the right person: with `asks`, the user confirms the name in it, or signs in again.
    fn right_response(
        &self,
        installing: Installing<'_>,
        url: &IdpUrl,
        partition: &Partition,
        keep_session: bool,
        asks: bool,
    ) -> Result<Response, Failure> {
        let (args, context) = (self.args, self.context);
        let interaction = Interaction::typed(args.sign_in);
        let of_profile = context.with_profile(installing.profile.clone());
        let session = self.laptop.session.of(&of_profile);
        let tools = session.tools_to_install(self.laptop.files()?, installing.of);
        let sign_in =
            || signin::saml::first_response(&tools, url, partition, keep_session, interaction);
        let mut response = sign_in()?;
        for _ in 1..SIGN_INS {
            let Some(said) = response.assertion() else {
                return Ok(response);
            };
            if !asks || self.is_right(&said.session_name)? {
                return Ok(response);
            }
            signin::saml::forget(&tools, url, partition)?;
            context.output.note(&format!(
                "Sign in as the right user; if {} signs you in without asking, sign out there first",
                url.origin()
            ));
            response = sign_in()?;
        }
        Ok(response)
    }

    /// Asks whether the name in the response is the user's. Without a terminal and with `--yes`, it is shown and taken.
    fn is_right(&self, name: &RoleSessionName) -> Result<bool, Failure> {
        if self.args.yes || !self.context.can_ask {
            let line = format!("You signed in as {name}, which is the session name from now on");
            self.context.output.note(&line);
            return Ok(true);
        }
        prompt::confirm(&format!("Use {name} as your session name?")).map_err(|error| {
            Failure::refused("could not read your answer; nothing was changed")
                .cause(error.to_string())
        })
    }

    /// Checks that the response is valid for the role.
    fn check(
        &self,
        response: &Response,
        role: &RoleArn,
        saml: &SamlSource,
        email: &RoleSessionName,
        installing: Installing<'_>,
    ) -> Result<(), Failure> {
        let wanted = Wanted {
            role,
            provider: &saml.provider,
            session_name: email,
        };
        response
            .check(&wanted, self.context.now())
            .map_err(|error| {
                signin::saml::explain::saml(error.into(), &saml.url, Next::Install(installing))
            })
    }
}

/// A value that shows what the flag takes.
pub(super) fn example(flag: &str) -> &'static str {
    match flag {
        "--saml-provider" => "Okta",
        "--saml-url" => "https://example.okta.com/home/amazon_aws/0oa1/272",
        _ => "VALUE",
    }
}

/// Returns the hint for a start URL that may be a link of an identity provider. `command` returns `install` with a flag.
pub(super) fn use_link(url: &StartUrl, command: impl Fn(&str) -> String) -> String {
    format!(
        "if it is the link that opens AWS at your identity provider (SAML), run `{}`",
        command(&format!("--saml-url {url}"))
    )
}

fn signed_in(url: &IdpUrl, response: Response) -> SignedIn {
    Some((url.to_string(), Proof::Response(response)))
}

/// What is said of a response that only AWS can read.
const ENCRYPTED: &str = "The identity provider encrypts its response for AWS, so your roles and email cannot be read from it";
