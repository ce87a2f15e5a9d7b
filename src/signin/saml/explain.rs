//! What the errors of signing in at an identity provider mean to the user.

mod role;

use super::{Error, response};
use crate::context::BROWSER_VARIABLE;
use crate::failure::command::Command;
use crate::failure::hints::{CHECK_NETWORK, SET_CLOCK};
use crate::failure::{Failure, Kind, Owner};
use crate::names::{IdpUrl, RoleArn, RoleSessionName};
use crate::signin::next::{Installing, Next, needed, not_asked};
use crate::signin::settings::{
    ACCOUNT_ID, EMAIL, ROLE_NAME, SAML_PROVIDER, SAML_URL, Setting, Settings,
};
use crate::sys::chromium;
pub use role::assume_role_with_saml;

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
    let and_without = match Command::typed().has_option("--switch-user") {
        true => ", without `--switch-user`",
        false => "",
    };
    // A login is for a profile that is installed.
    let (failure, when) = match flags {
        Some(flags) => (
            failure.hint(format!(
                "to install without a sign-in, add {flags} to the command{and_without}"
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
    let failure = |kind, what: &str| {
        let plain = format!("{browser}: {}", error.plain());
        Failure::new(kind, what).cause_of_program(format!("{browser}: {error}"), plain)
    };
    let pages = |failure: Failure, page: &Option<chromium::Page>| {
        if page.as_ref().is_some_and(chromium::Page::is_unreachable) {
            return failure.hint(CHECK_NETWORK);
        }
        let failure = failure.hint(format!(
            "if it showed an error page, ask your IdP admin whether the AWS app at {origin} is assigned to you"
        ));
        match origin.starts_with("https:") {
            true => failure.hint(format!(
                "if it warned of the certificate of {origin}, ask your IdP admin how to make this computer trust it"
            )),
            false => failure,
        }
    };
    match error {
        E::Closed { ref page } => pages(
            failure(Kind::SignInNeeded, "sign-in not completed")
                .hint(next.again_with("and leave the window open until it closes by itself")),
            page,
        ),
        E::TimedOut { ref page, .. } => pages(
            failure(Kind::SignInNeeded, "sign-in not completed in time").hint(next.again()),
            page,
        )
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
        } => {
            let failure = failure(
                Kind::Refused,
                "the identity provider signed you in under another name",
            )
            .hint(format!(
                "if {found} is you, {}",
                next.change(&[(EMAIL, found.to_string())])
            ));
            as_another_user(failure, wanted, url, next)
        }
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

/// Adds how to sign in as the user that is wanted. Without the browser's cookies that was tried, if it was typed.
fn as_another_user(
    failure: Failure,
    wanted: &RoleSessionName,
    url: &IdpUrl,
    next: Next<'_>,
) -> Failure {
    let admin = format!(
        "if you are {wanted}, ask your IdP admin to send that as the attribute RoleSessionName"
    );
    if Command::typed().has_option("--switch-user") {
        let knows = format!(
            "if {} did not ask who you are, it knows the user of this computer: sign in there by hand, in a browser where you are {wanted}",
            url.origin()
        );
        return by_hand(failure.hint(admin).hint(knows), url, next);
    }
    let switch = next.switch_user().run();
    failure
        .hint(format!("if not, {switch} and sign in as {wanted}"))
        .hint(admin)
}

/// Returns the settings that name `role`, where `wanted` is the one that they name now.
fn role_settings(role: &RoleArn, wanted: &RoleArn) -> Vec<(Setting, String)> {
    let name = (ROLE_NAME, role.path_and_name().to_owned());
    match role.account() == wanted.account() {
        true => vec![name],
        false => vec![(ACCOUNT_ID, role.account().to_string()), name],
    }
}
