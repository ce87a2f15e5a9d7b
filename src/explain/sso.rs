//! Signing in with IAM Identity Center.

use super::{call, command, login_command};
use crate::aws;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::profile::plan::SsoSource;
use crate::source::sso::Error;

/// What the person runs once they have mended what a hint names.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// The profile is there: log in to it.
    Login(&'a ProfileName),
    /// It is about to be written: the same command again.
    Install,
}

impl Next<'_> {
    pub(super) fn again(self) -> String {
        match self {
            Next::Login(profile) => format!("run `{}`", login_command(profile)),
            Next::Install => "nothing was written: run the same command again".to_owned(),
        }
    }

    fn with_device_code(self) -> String {
        match self {
            Next::Login(profile) => format!("`{}`", command("login --device-code", profile)),
            Next::Install => "run it with --device-code".to_owned(),
        }
    }
}

/// No credentials came of the sign-in that the source needs.
pub fn sign_in(error: Error, sso: &SsoSource, next: Next<'_>) -> Failure {
    let start_url = &sso.start_url;
    let login = next.again();
    let again = |cause: String| {
        Failure::new(Kind::SignInNeeded, "you have to sign in")
            .cause(cause)
            .hint(login.clone())
    };
    match error {
        Error::SignedOut { ended: Some(ended) } => again(format!(
            "the SSO session of {start_url} ended at {}",
            ended.format("%Y-%m-%d %H:%M UTC")
        )),
        Error::SignedOut { ended: None } => {
            again(format!("there is no SSO session for {start_url}"))
        }
        Error::Rejected { message } => {
            again(format!("{start_url} does not accept the SSO session: {message}"))
        }
        Error::NotTaken { message } => again(format!(
            "the sign-in at {start_url} came to nothing: {message}"
        )),
        Error::CoolingDown => again(format!(
            "the sign-in at {start_url} failed less than a minute ago, so it is not begun again by itself"
        )),
        Error::Busy(_) => again(format!(
            "another program is waiting for you to sign in at {start_url}"
        )),
        Error::TimedOut => {
            let failure = again(format!("nobody signed in at {start_url} in time"));
            failure.hint(format!(
                "if the browser showed an error, or could not reach this computer: {}",
                next.with_device_code()
            ))
        }
        Error::Declined { message } => Failure::new(Kind::SignInNeeded, "the sign-in was refused")
            .cause(message)
            .hint(format!("{login} and allow the access that the browser asks for"))
            .hint(format!(
                "if it was not you who refused, ask the admin of {start_url}"
            )),
        Error::NotAssigned { message, assigned } => {
            let (account, role) = (&sso.account, &sso.role_name);
            let failure = Failure::refused(format!(
                "no credentials came from profile {}",
                sso.profile
            ))
            .cause(format!(
                "you are signed in at {start_url}, but not for {role} in account {account}: {message}"
            ));
            let right = match next {
                Next::Login(_) => format!("set sso_role_name of profile {}", sso.profile),
                Next::Install => "give --sso-role-name".to_owned(),
            };
            failure.hint(match assigned.as_slice() {
                [] => format!(
                    "{right}, and the account beside it, to what is assigned to you: your AWS admin knows"
                ),
                assigned => format!(
                    "yours in that account: {}; {right} accordingly",
                    assigned.join(", ")
                ),
            })
        }
        Error::Call(error @ aws::Error::Rejected { .. }) => {
            Failure::refused(format!("signing in at {start_url} failed"))
                .cause(error.to_string())
                .hint(match next {
                    Next::Login(_) => format!(
                        "check sso_start_url and sso_region of profile {}: is that where your portal is?",
                        sso.profile
                    ),
                    Next::Install => {
                        "check --sso-start-url and --sso-region: is that where your portal is?"
                            .to_owned()
                    }
                })
                .hint("if they are right, show this to your AWS admin")
        }
        Error::Call(error) => call(&format!("signing in at {start_url} failed"), error),
        Error::Portal(error) => call(
            &format!("no credentials came from profile {}", sso.profile),
            error,
        ),
        error @ Error::BadAnswer { .. } => {
            Failure::new(Kind::Network, format!("signing in at {start_url} failed"))
                .cause(error.to_string())
                .hint("something between you and AWS may answer in its place: check the proxy, the VPN's sign-in page, and AWS_ENDPOINT_URL")
        }
        error @ Error::Listen(_) => Failure::refused("the browser's answer cannot be received")
            .cause(error.to_string())
            .hint(format!(
                "sign in without: {}",
                next.with_device_code()
            )),
        error @ Error::Random(_) => {
            Failure::refused("signing in is not possible").cause(error.to_string())
                .hint("this computer's random generator has to work")
        }
        Error::File(error) => error.into(),
    }
}

/// AWS could not be told that the sign-in is over.
pub fn sign_out(error: Error, sso: &SsoSource) -> Failure {
    match error {
        Error::Call(error) => call(
            &format!("the SSO session could not be ended at {}", sso.start_url),
            error,
        )
        .cause("it is forgotten on this computer, and lives on at AWS until its time is over"),
        error => Failure::refused("the SSO session could not be ended")
            .cause(error.to_string())
            .hint("mend that, and run it again"),
    }
}
