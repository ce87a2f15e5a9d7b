//! What the errors of signing in at an identity provider mean to the user.

use super::response::Assertion;
use super::{Error, response};
use crate::aws;
use crate::aws::denial::{Denial, Policy, Verdict};
use crate::aws::denied::{self, Request};
use crate::aws::explain::{call, policy_command, unexpected};
use crate::aws::sts;
use crate::context::BROWSER_VARIABLE;
use crate::failure::command::Command;
use crate::failure::hints::{ASK_AWS_ADMIN, SET_CLOCK};
use crate::failure::{Failure, Kind, Owner};
use crate::names::{IdpUrl, RoleArn};
use crate::profile::plan::{Plan, SamlSource};
use crate::signin::next::{Installing, Next, needed, not_asked};
use crate::signin::settings::{
    ACCOUNT_ID, EMAIL, ROLE_NAME, SAML_PROVIDER, SAML_URL, Setting, Settings,
};
use crate::sys::chromium;

/// What AWS requires of a response, for the IdP admin.
const ATTRIBUTES_GUIDE: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html";
/// Roles that are offered, each by a hint of its own.
const MOST_OFFERED: usize = 3;

/// Explains why a sign-in gave no response, or none that can be used for the role.
pub fn saml(error: Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    let origin = url.origin();
    let by_hand = |failure| by_hand(failure, url, next);
    match error {
        Error::NotAsked(error) => {
            let lost = [
                "the credentials from the sign-in at",
                "there are no credentials from",
            ];
            not_asked(error, &origin, lost, next)
        }
        Error::NoWindow { why } => by_hand(needed(format!("no browser window was opened: {why}"))),
        Error::NoBrowser(error @ chromium::NotFound::Any) => by_hand(
            Failure::refused("no browser found to sign in with")
                .cause(error.to_string())
                .hint(format!(
                    "install one of them, or set `{BROWSER_VARIABLE}` to the path of its program"
                )),
        ),
        Error::NoBrowser(error @ chromium::NotFound::Named { .. }) => Failure::refused(
            "the browser to sign in with was not found",
        )
        .cause(format!("{BROWSER_VARIABLE}: {error}"))
        .hint(format!(
            "set `{BROWSER_VARIABLE}` to the path of Chrome, Edge, Brave or Chromium, or unset it"
        )),
        Error::NoEndpoint { .. } => Failure::refused("could not start the sign-in")
            .cause(error.to_string())
            .hint("check the partition in the ARN of the role"),
        Error::Browser { browser, error } => in_browser(&browser, error, url, next),
        Error::Response(error) => response(error, url, next),
        Error::File(error) => error.into(),
    }
}

/// Adds the steps that get a response in any browser, without apono-login.
fn by_hand(failure: Failure, url: &IdpUrl, next: Next<'_>) -> Failure {
    let login = Command::new("login --saml-response response.txt");
    let (profile, flags) = match next {
        Next::Login(profile) => (profile, None),
        Next::Install(installing) => (installing.profile, unknown_without_a_sign_in(installing)),
    };
    let login = login.profile(profile);
    // A login is for a profile that is installed.
    let (failure, when) = match flags {
        Some(flags) => (
            failure.hint(format!(
                "to install without a sign-in, add {flags} to the command"
            )),
            "after that, to sign in by hand",
        ),
        None => (failure, "to sign in by hand"),
    };
    failure
        .hint(format!(
            "{when}, open the developer tools of a browser (F12, Network, Preserve log or Persist Logs), then sign in at {url}"
        ))
        .hint(COPY)
        .hint(format!(
            "{} at once: AWS accepts a response for five minutes, and your identity provider may allow less",
            login.run()
        ))
        .hint("after that, delete response.txt")
}

/// Returns the flags, as a phrase, whose values the sign-in was to tell. `None` if the profile is written, so that none is missing.
fn unknown_without_a_sign_in(installing: Installing<'_>) -> Option<String> {
    let needed: &[Setting] = match installing.of {
        Settings::Team(_) => &[EMAIL],
        Settings::Flags | Settings::Sections => &[SAML_PROVIDER, ACCOUNT_ID, EMAIL],
    };
    let typed = Command::typed();
    let needed = needed.iter().map(|setting| setting.flag);
    let flags = needed.filter(|flag| !typed.has_option(flag));
    let flags: Vec<_> = flags.map(|flag| format!("`{flag}`")).collect();
    match (installing.is_written, flags.as_slice()) {
        (true, _) | (_, []) => None,
        (false, [flag]) => Some(flag.clone()),
        (false, [others @ .., last]) => Some(format!("{} and {last}", others.join(", "))),
    }
}

/// How to get the response out of the developer tools.
const COPY: &str = "right-click the request named saml, choose Copy Value > Copy POST Data (Firefox) or Copy > Copy as cURL (Chrome, Edge), and paste it into a file, response.txt";

fn in_browser(browser: &str, error: chromium::Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    use chromium::Error as E;
    let origin = url.origin();
    let by_hand = |failure| by_hand(failure, url, next);
    let failure = |kind, what: &str| Failure::new(kind, what).cause(format!("{browser}: {error}"));
    let not_assigned = format!(
        "if it showed an error page, ask your IdP admin whether the AWS app at {origin} is assigned to you"
    );
    match error {
        E::Closed { .. } => failure(Kind::SignInNeeded, "sign-in not completed")
            .hint(next.again_with("and leave the window open until it closes by itself"))
            .hint(not_assigned),
        E::TimedOut { .. } => failure(Kind::SignInNeeded, "sign-in not completed in time")
            .hint(next.again())
            .hint(not_assigned)
            .hint(format!(
                "if {url} does not lead to AWS, {}",
                next.correct(SAML_URL, "URL")
            )),
        E::TooLarge => failure(Kind::Refused, "sign-in failed")
            .for_the(Owner::IdpAdmin)
            .hint("show this to your IdP admin"),
        E::ByRedirect => by_redirect(Failure::refused("sign-in failed").cause(response::Error::ByRedirect.to_string())),
        E::Start(_) | E::Ended { .. } | E::Deaf { .. } => by_hand(
            failure(Kind::Refused, "could not use the browser to sign in")
                .hint(format!("if {browser} hangs, close it and {}", next.again()))
                .hint(format!(
                    "to use another browser, set `{BROWSER_VARIABLE}` to the path of Chrome, Edge, Brave or Chromium"
                ))
                .hint("if your company forbids DevTools (policy RemoteDebuggingAllowed), ask for an exception"),
        ),
    }
}

fn by_redirect(failure: Failure) -> Failure {
    failure.for_the(Owner::IdpAdmin).hint(
        "ask your IdP admin to set the binding of the AWS app to HTTP POST (Keycloak: Force POST binding)",
    )
}

fn response(error: response::Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    use response::Error as E;
    let (origin, cause) = (url.origin(), error.to_string());
    let by_hand = |failure| by_hand(failure, url, next);
    let failure = |kind, what: &str| Failure::new(kind, what).cause(cause.clone());
    let show_admin = || format!("show this to your IdP admin, with AWS's guide {ATTRIBUTES_GUIDE}");
    const NOT_A_RESPONSE: &str = "not a SAML response";
    const NOT_AS_REQUIRED: &str = "the SAML response does not meet AWS's requirements";
    const KEYCLOAK: &str = "if it is Keycloak: a client runs only one mapper of type Role list, so the others, as in the client scope role_list, have to be removed";
    const NOT_FOR_ROLE: &str = "the SAML response is not valid for the role";
    match error {
        E::Empty | E::Markup | E::NotBase64 | E::NoField | E::CutOff => by_hand(
            failure(Kind::Refused, NOT_A_RESPONSE)
                .hint("copy with the menu of the developer tools: what they show may be cut off"),
        ),
        E::SeveralResponses { .. } => failure(Kind::Refused, "could not choose a SAML response")
            .hint("copy only the newest request named saml"),
        E::ByRedirect => by_redirect(failure(Kind::Refused, NOT_A_RESPONSE)),
        E::TooLong { .. } => failure(Kind::Refused, NOT_A_RESPONSE)
            .hint("check that nothing else was copied with the response")
            .hint("if it is the response alone, ask your IdP admin to send AWS fewer roles or attributes"),
        E::NotXml { .. } | E::Dtd | E::TooMany { .. } | E::NotAResponse { .. } => {
            failure(Kind::Refused, NOT_A_RESPONSE)
                .hint("copy the whole value of the field SAMLResponse, not SAMLRequest")
                .hint("if you did, show this to your IdP admin")
        }
        E::Refused { .. } => failure(Kind::Refused, "the identity provider refused the sign-in")
            .for_the(Owner::IdpAdmin)
            .hint(format!(
                "ask your IdP admin whether the AWS app at {origin} is assigned to you"
            )),
        // Some providers leave the attribute out for a person without a role.
        E::NoRoles { unreadable: 0, .. }
        | E::NoAttribute {
            what: "Role",
            meant: None,
            ..
        } => failure(Kind::Refused, "the SAML response names no role")
            .for_the(Owner::IdpAdmin)
            .hint(format!(
                "ask your IdP admin whether a role is assigned to you in the AWS app at {origin}"
            ))
            .hint(format!("if one is, {}", show_admin()))
            .hint(KEYCLOAK),
        E::NoAttribute {
            what,
            meant: Some(_),
            ..
        } => {
            let failure = failure(Kind::Refused, NOT_AS_REQUIRED)
                .for_the(Owner::IdpAdmin)
                .hint(format!(
                    "ask your IdP admin to name the attribute `{}{what}`",
                    response::ATTRIBUTES
                ));
            match what {
                "Role" => failure.hint(KEYCLOAK),
                _ => failure,
            }
        }
        E::NoAssertion
        | E::SeveralAssertions { .. }
        | E::MisplacedAssertion
        | E::Missing { .. }
        | E::Several { .. }
        | E::NotText { .. }
        | E::NotValues { .. }
        | E::NotATime { .. }
        | E::SessionName(_)
        | E::SessionDuration { .. }
        | E::NoAttribute { .. }
        | E::NoRoles { .. } => failure(Kind::Refused, NOT_AS_REQUIRED)
            .for_the(Owner::IdpAdmin)
            .hint(show_admin()),
        E::Recipient { .. } | E::Audience { .. } => failure(Kind::Refused, NOT_FOR_ROLE)
            .hint(format!(
                "if {url} does not open AWS, {}",
                next.correct(SAML_URL, "URL")
            ))
            .hint(format!("if it does, {}", show_admin())),
        E::Expired { lifetime, .. } => failure(Kind::SignInNeeded, "the SAML response has expired")
            .hint(match lifetime.filter(|lifetime| lifetime.num_seconds() > 0) {
                Some(lifetime) => next.again_with(&format!(
                    "to get a new response, which is valid for {} seconds",
                    lifetime.num_seconds()
                )),
                None => next.again(),
            })
            .hint("if the response is new, set this computer's clock (turn on automatic time)"),
        E::NotYetValid { .. } => failure(Kind::Refused, "the SAML response is not valid yet")
            .hint(SET_CLOCK)
            .hint(format!(
                "if this clock is right, tell your IdP admin that the clock of {origin} is wrong"
            )),
        E::OtherSessionName {
            ref found,
            ref wanted,
        }
        | E::SessionNameCase {
            ref found,
            ref wanted,
        } => failure(
            Kind::Refused,
            "the identity provider signed you in under another name",
        )
        .hint(format!(
            "if {found} is you, {}",
            next.change(&[(EMAIL, found.to_string())])
        ))
        .hint(format!(
            "if not, {} and sign in as {wanted}",
            next.switch_user().run()
        ))
        .hint(format!(
            "if you are {wanted}, ask your IdP admin to send that as the attribute RoleSessionName"
        )),
        E::OtherProvider { ref found, .. } => {
            let failure = failure(Kind::Refused, NOT_FOR_ROLE).for_the(Owner::IdpAdmin);
            match found.first() {
                Some(provider) => failure.hint(format!(
                    "if your AWS admin says that {} is the right provider, {}",
                    provider.name(),
                    next.change(&[(SAML_PROVIDER, provider.name().to_owned())])
                )),
                None => failure,
            }
            .hint("if not, show this to your IdP admin: the attribute Role pairs each role with a provider")
        }
        E::OtherRoles {
            ref wanted,
            ref offered,
            ..
        } => offered.iter().take(MOST_OFFERED).fold(
            failure(
                Kind::Refused,
                "the role is not assigned to you at the identity provider",
            )
            .for_the(Owner::IdpAdmin)
            .hint(format!(
                "ask your IdP admin to assign it to you in the AWS app at {origin} (attribute Role)"
            )),
            |failure, role| {
                failure.hint(format!(
                    "if {role} is the right role, {}",
                    next.change(&role_settings(role, wanted))
                ))
            },
        ),
    }
}

/// Returns the settings that name `role`, where `wanted` is the one that they name now.
fn role_settings(role: &RoleArn, wanted: &RoleArn) -> Vec<(Setting, String)> {
    let name = (ROLE_NAME, role.path_and_name().to_owned());
    match role.account() == wanted.account() {
        true => vec![name],
        false => vec![(ACCOUNT_ID, role.account().to_string()), name],
    }
}

/// Returns whether AWS names another policy than the role's trust policy, or a statement that denies.
fn denied_elsewhere(message: &str) -> bool {
    let reason = Denial::read(message).reason;
    reason.is_some_and(|reason| {
        let is_trust = matches!(reason.policy, Policy::Trust | Policy::Resource);
        !is_trust || reason.verdict != Verdict::Implicit
    })
}

/// Explains why AWS did not give the role for the response.
pub fn assume_role_with_saml(
    error: sts::Error,
    plan: &Plan,
    saml: &SamlSource,
    assertion: Option<&Assertion>,
    next: Next<'_>,
) -> Failure {
    let (origin, provider) = (saml.url.origin(), &saml.provider);
    let what = format!("could not assume role {} with SAML", plan.role);
    let failure =
        |kind, cause: &dyn ToString| Failure::new(kind, what.clone()).cause(cause.to_string());
    match error {
        sts::Error::Call(ref error @ aws::Error::Denied { ref message })
            if denied_elsewhere(message) =>
        {
            let request = Request {
                action: "sts:AssumeRoleWithSAML",
                role: Some(&plan.role),
                identity: "your sign-in",
            };
            denied::with_reason(
                failure(Kind::Refused, error),
                &Denial::read(message),
                request,
            )
        }
        sts::Error::Call(ref error @ aws::Error::Denied { .. }) => {
            let trust = policy_command("policy trust-saml", &plan.role, None);
            let trust = trust.option("--saml-provider", provider.name());
            next.or_change_the_file(
                failure(Kind::Refused, error)
                    .for_the(Owner::AwsAdmin)
                    .hint(format!(
                        "ask your AWS admin whether {} exists and trusts {provider}",
                        plan.role
                    ))
                    .hint(format!(
                        "to print the trust policy it should have, {}",
                        trust.run()
                    )),
            )
        }
        sts::Error::Call(ref error @ aws::Error::Expired { .. }) => {
            failure(Kind::SignInNeeded, error)
                .hint(
                    next.again_with(
                        "and use the response at once: AWS accepts it for five minutes",
                    ),
                )
                .hint(format!(
                    "if you did, tell your IdP admin that the clock of {origin} is wrong"
                ))
        }
        sts::Error::Call(aws::Error::Rejected {
            ref code,
            ref message,
        }) => {
            let failure = failure(Kind::Refused, &format!("{code}: {message}"));
            let text = message.to_ascii_lowercase();
            match code.as_str() {
                "InvalidIdentityToken" if assertion.is_some_and(|assertion| !assertion.is_signed) => failure
                    .for_the(Owner::IdpAdmin)
                    .cause("the response has no signature")
                    .hint("ask your IdP admin to have the responses or assertions of the AWS app signed"),
                "InvalidIdentityToken" if text.contains("provider") => failure
                    .for_the(Owner::AwsAdmin)
                    .hint(format!(
                        "ask your AWS admin to create the SAML provider {provider}"
                    ))
                    .hint(format!(
                        "if the provider has another name, {}",
                        next.correct(SAML_PROVIDER, "NAME")
                    )),
                "InvalidIdentityToken" if text.contains("signature") => failure.for_the(Owner::AwsAdmin).hint(format!(
                    "ask your AWS admin to upload the current metadata of {origin} to {provider}: its certificate is not the one that signed"
                )),
                "InvalidIdentityToken" | "IDPRejectedClaim" => failure.for_the(Owner::IdpAdmin).hint(format!(
                    "show this to your IdP admin, with AWS's guide {ATTRIBUTES_GUIDE}"
                )),
                "PackedPolicyTooLarge" => failure.for_the(Owner::IdpAdmin).hint("ask your IdP admin to send AWS fewer session tags (attributes PrincipalTag)"),
                _ => failure.for_the(Owner::AwsAdmin).hint(ASK_AWS_ADMIN),
            }
        }
        sts::Error::Call(error) => call(&what, error),
        error => unexpected(error),
    }
}
