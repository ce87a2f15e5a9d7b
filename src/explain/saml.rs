//! Signing in at an identity provider, and the role for its response.

use super::role::not_for_us;
use super::{Next, call, command};
use crate::context::BROWSER_VARIABLE;
use crate::failure::{Failure, Kind};
use crate::names::IdpUrl;
use crate::profile::plan::{Plan, SamlSource};
use crate::source::saml::Error;
use crate::source::saml::response;
use crate::sys::chromium;
use crate::{aws, sts};

/// What AWS wants to be told, for the admin of the identity provider.
const ATTRIBUTES_GUIDE: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html";

/// No response came of the sign-in, or none that is good for the role.
pub fn saml(error: Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    let origin = url.origin();
    let login = next.again();
    let again = |cause: String| {
        Failure::new(Kind::SignInNeeded, "you have to sign in")
            .cause(cause)
            .hint(login.clone())
    };
    match error {
        Error::SignedOut { ended: Some(ended) } => again(format!(
            "the credentials for which you signed in at {origin} ended at {}",
            ended.format("%Y-%m-%d %H:%M UTC")
        )),
        Error::SignedOut { ended: None } => again(format!("there are no credentials from {origin} yet")),
        Error::CoolingDown => again(format!(
            "the sign-in at {origin} failed less than a minute ago, so it is not begun again by itself"
        )),
        Error::Busy(_) => again(format!("another program is waiting for you to sign in at {origin}")),
        Error::NoWindow { why } => Failure::new(Kind::SignInNeeded, "you have to sign in, and no window can be opened here")
            .cause(why)
            .hint(by_hand(url, next)),
        Error::NoBrowser(error @ chromium::NotFound::Any) => {
            Failure::refused("there is no browser here that can be used to sign in")
                .cause(error.to_string())
                .hint(format!("install one of them, or set {BROWSER_VARIABLE} to where it is"))
                .hint(by_hand(url, next))
        }
        Error::NoBrowser(error @ chromium::NotFound::Named { .. }) => {
            Failure::refused("the browser to sign in with is not there")
                .cause(format!("{BROWSER_VARIABLE}: {error}"))
                .hint(format!("set {BROWSER_VARIABLE} to the program of a Chrome, Edge, Brave or Chromium, or unset it"))
        }
        Error::NoEndpoint { .. } => Failure::refused("signing in is not possible")
            .cause(error.to_string())
            .hint("check the role's ARN in the profile"),
        Error::Browser { browser, error } => in_browser(&browser, error, url, next),
        Error::Response(error) => response(error, url, next),
        Error::File(error) => error.into(),
    }
}

/// How to get a response without us.
fn by_hand(url: &IdpUrl, next: Next<'_>) -> String {
    let command = match next {
        Next::Login(profile) => format!("`{}`", command("login --saml-response FILE", profile)),
        Next::Install => {
            "install with --account-id and --email, then `apono-login login --saml-response FILE`"
                .to_owned()
        }
    };
    format!(
        "in any browser: open the developer tools (F12), tab Network, keep the log; open {url} and sign in; copy the form data \
         (SAMLResponse) of the request to AWS named saml into a file within five minutes: {command} (FILE can be - for standard input)"
    )
}

fn in_browser(browser: &str, error: chromium::Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    use chromium::Error as E;
    let origin = url.origin();
    let failure = |kind, what: &str| Failure::new(kind, what).cause(format!("{browser}: {error}"));
    let stays = "if the identity provider showed an error there, or AWS's own page: ask its admin whether the AWS app is assigned to you";
    match error {
        E::Closed => failure(Kind::SignInNeeded, "you did not sign in")
            .hint(format!("{}: the window closes by itself", next.again()))
            .hint(stays),
        E::TimedOut { .. } => failure(Kind::SignInNeeded, "nobody signed in in time")
            .hint(next.again())
            .hint(format!("does {url} lead to AWS? {stays}")),
        E::TooLarge => failure(Kind::Refused, "the sign-in came to nothing")
            .hint(format!("show this to the admin of {origin}")),
        E::Start(_) | E::Ended { .. } | E::Deaf { .. } => failure(Kind::Refused, "the browser cannot be used to sign in")
            .hint(format!("close it if it hangs, or take another one: set {BROWSER_VARIABLE} to the program of a Chrome, Edge, Brave or Chromium"))
            .hint("your company may forbid DevTools in it (policy RemoteDebuggingAllowed)")
            .hint(by_hand(url, next)),
    }
}

fn response(error: response::Error, url: &IdpUrl, next: Next<'_>) -> Failure {
    use response::Error as E;
    let (origin, cause) = (url.origin(), error.to_string());
    let failure = |kind, what: &str| Failure::new(kind, what).cause(cause.clone());
    let install = |flag: &str| match next {
        Next::Login(profile) => format!("`{}`", command(&format!("install {flag} --yes"), profile)),
        Next::Install => format!("install with {flag}"),
    };
    let no_response = "what came is no SAML response";
    let not_good = "the identity provider's response is not good for the role";
    match error {
        E::Empty | E::Markup | E::NotBase64 | E::Form { .. } => failure(Kind::Refused, no_response)
            .hint("copy the value of the field SAMLResponse, all of it, or the whole form data")
            .hint(by_hand(url, next)),
        E::TooLong { .. } => failure(Kind::Refused, no_response).hint(format!(
            "if nothing else was copied with it, ask the admin of {origin} to send AWS fewer roles or attributes"
        )),
        E::NotXml { .. } | E::Dtd | E::TooMany { .. } | E::NotAResponse { .. } => failure(Kind::Refused, no_response)
            .hint("copy the value of the field SAMLResponse, all of it: SAMLRequest is another one")
            .hint(format!("if you did, show this to the admin of {origin}")),
        E::Refused { .. } => failure(Kind::Refused, "the identity provider did not sign you in")
            .hint(format!("ask the admin of {origin} whether the AWS app is assigned to you")),
        E::NoAssertion
        | E::SeveralAssertions { .. }
        | E::MisplacedAssertion
        | E::Missing { .. }
        | E::Several { .. }
        | E::NotText { .. }
        | E::NotATime { .. }
        | E::SessionName(_)
        | E::SessionDuration { .. }
        | E::NoRoles { .. } => failure(Kind::Refused, "the identity provider's response is not as AWS wants it")
            .hint(format!("show this to the admin of {origin}, with {ATTRIBUTES_GUIDE}")),
        E::Recipient { .. } | E::Audience { .. } => failure(Kind::Refused, not_good)
            .hint(format!("check that {url} opens AWS and nothing else: {}", install("--saml-url URL")))
            .hint(format!("if it does, show this to the admin of {origin}, with {ATTRIBUTES_GUIDE}")),
        E::Expired { .. } => failure(Kind::SignInNeeded, "the identity provider's response is over")
            .hint(format!("get a new one, which is good for five minutes: {}", next.again()))
            .hint("if it is new, set this computer's clock (turn on automatic time)"),
        E::NotYetValid { .. } => failure(Kind::Refused, "the identity provider's response is not good yet")
            .hint("set this computer's clock (turn on automatic time), then run it again")
            .hint(format!("if it is right, the clock of {origin} is wrong: tell its admin")),
        E::OtherSessionName { ref found, ref wanted } | E::SessionNameCase { ref found, ref wanted } => {
            failure(Kind::Refused, "the identity provider takes you for somebody else")
                .hint(format!("if {found} is you: {}", install(&format!("--email {found}"))))
                .hint(match next {
                    Next::Login(profile) => format!(
                        "if not, sign out there (`{}`), then sign in as {wanted}",
                        command("logout --sso", profile)
                    ),
                    Next::Install => format!("if not, sign in as {wanted}"),
                })
                .hint(format!("if you are {wanted}, show this to the admin of {origin}: the attribute RoleSessionName has to be that"))
        }
        E::OtherProvider { ref found, .. } => {
            let failure = failure(Kind::Refused, not_good);
            match found.first() {
                Some(provider) => failure.hint(format!(
                    "if your AWS admin says that this is the one: {}",
                    install(&format!("--saml-provider {}", provider.name()))
                )),
                None => failure,
            }
            .hint(format!("else show this to the admin of {origin}: the attribute Role pairs the role with a provider"))
        }
        E::OtherRoles { .. } => failure(Kind::Refused, "the role is not assigned to you at the identity provider")
            .hint(format!("ask the admin of {origin} to assign it to you in the AWS app (attribute Role)"))
            .hint(format!("if another one of them is the right one: {}", install("--role-name NAME"))),
    }
}

/// AWS did not give the role for the response.
pub fn assume_role_with_saml(error: sts::Error, plan: &Plan, saml: &SamlSource) -> Failure {
    let (origin, provider) = (saml.url.origin(), &saml.provider);
    let what = format!(
        "the role {} was not given for your sign-in at {origin}",
        plan.role
    );
    let failure =
        |kind, cause: &dyn ToString| Failure::new(kind, what.clone()).cause(cause.to_string());
    let login = Next::Login(&plan.profile).again();
    match error {
        sts::Error::Call(ref error @ aws::Error::Denied { .. }) => failure(Kind::Refused, error).hint(format!(
            "ask your AWS admin whether the role exists and its trust policy allows sts:AssumeRoleWithSAML to {provider} \
             with SAML:aud https://signin.aws.amazon.com/saml"
        )),
        sts::Error::Call(ref error @ aws::Error::Expired { .. }) => failure(Kind::SignInNeeded, error)
            .hint(format!("a response is good for five minutes: {login}"))
            .hint(format!("if it took less, the clock of {origin} is wrong: tell its admin")),
        sts::Error::Call(aws::Error::Rejected { ref code, ref message }) => {
            let failure = failure(Kind::Refused, &format!("{code}: {message}"));
            let text = message.to_ascii_lowercase();
            match code.as_str() {
                "InvalidIdentityToken" if text.contains("provider") => failure.hint(format!(
                    "ask your AWS admin to make the SAML provider {provider}, or for its right name: `{}`",
                    command("install --saml-provider NAME --yes", &plan.profile)
                )),
                "InvalidIdentityToken" if text.contains("signature") => failure.hint(format!(
                    "ask your AWS admin to give {provider} the newest metadata of {origin}: it signs with another certificate"
                )),
                "InvalidIdentityToken" | "IDPRejectedClaim" => failure
                    .hint(format!("show this to the admin of {origin}, with {ATTRIBUTES_GUIDE}")),
                "PackedPolicyTooLarge" => failure.hint(format!(
                    "ask the admin of {origin} to send AWS fewer session tags (attributes PrincipalTag)"
                )),
                _ => failure.hint("show this to your AWS admin"),
            }
        }
        sts::Error::Call(error) => call(&what, error),
        error => not_for_us(error),
    }
}
