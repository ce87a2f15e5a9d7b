//! What each error means to the user: what failed, why, and what to do. Owns the wording of all hints.

mod file;
mod profile;
mod role;
mod saml;
mod sso;

use std::path::Path;

use crate::failure::{Failure, Kind, Owner};
use crate::names::ProfileName;
use crate::profile::edit;
use crate::profile::read;
use crate::sys::{http, shell};
use crate::{aws, context, eks, kube, store};

pub use file::{LONGEST_CHANGE, duration, kubeconfig_fault, lost_to_root, remove_command};
pub use profile::{plan, source};
pub use role::{
    admins_flags, assume_role, caller, denied, describe_cluster, source_caller, warn_of_case,
};

pub use saml::{assume_role_with_saml, saml};
pub use sso::{Next, sign_in, sign_out};

/// The `error:` line wherever only the user can go on.
pub const SIGN_IN_NEEDED: &str = "sign-in needed";
const CHECK_NETWORK: &str = "check your network, VPN and proxy (`HTTPS_PROXY`, `NO_PROXY`, `AWS_CA_BUNDLE`), then run this again";
const CHECK_PROXY: &str = "check the proxy, the captive portal and `AWS_ENDPOINT_URL`: the response may not come from AWS";
const SET_CLOCK: &str = "set this computer's clock (turn on automatic time), then run this again";
const ASK_AWS_ADMIN: &str = "show this to your AWS admin";
const REPORT_COMMAND: &str = "report this bug, with the command you ran";
const REPORT_FILE: &str = "report this bug, with the file if it contains no secrets";

/// Returns an `apono-login` command, with `--profile` unless it is the default one.
pub fn command(verb: &str, profile: &ProfileName) -> String {
    let flag = match profile.as_str() {
        context::DEFAULT_PROFILE => String::new(),
        name => format!(" --profile {}", shell::quoted(name)),
    };
    match verb {
        "" => format!("apono-login{flag}"),
        verb => format!("apono-login {verb}{flag}"),
    }
}

/// Returns the command that logs in to the profile.
pub fn login_command(profile: &ProfileName) -> String {
    command("", profile)
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::File(error) => error.into(),
            store::Error::UnknownStore { name } => Failure::refused(format!(
                "unknown credential store {name:?}"
            ))
            .cause(
                "the store is chosen by `APONO_LOGIN_STORE`, else by `apono_store` in the profile",
            )
            .hint("set `APONO_LOGIN_STORE` (or `apono_store`) to auto, kernel, secret-service, keychain, credential-manager or file")
            .hint("if you do not need it, remove it: the default is auto"),
            store::Error::Store { store, problem } => {
                let name = store.name();
                let failure =
                    Failure::refused(format!("could not use the credential store {name}"))
                        .cause(problem.to_string());
                if matches!(problem, store::Problem::OtherSystem) {
                    let names: Vec<_> =
                        store::Store::preferred().iter().map(|s| s.name()).collect();
                    return failure.hint(format!(
                        "set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to a store of this operating system: auto, {}",
                        names.join(", ")
                    ));
                }
                failure
                    .hint(store_hint(store, &problem))
                    .hint("to use another store, set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to auto or file")
            }
            error @ (store::Error::Random(_) | store::Error::Seal) => {
                Failure::refused("could not use the credential cache")
                    .cause(error.to_string())
                    .hint("run `apono-login logout --all`, then log in again")
            }
        }
    }
}

fn store_hint(store: store::Store, problem: &store::Problem) -> &'static str {
    use store::Problem as P;
    match problem {
        P::Absent(_) if store != store::Store::SecretService => {
            "log on to this computer directly, not over the network"
        }
        P::Absent(_) => {
            "start a keyring (gnome-keyring, KWallet, KeePassXC) and check that `DBUS_SESSION_BUS_ADDRESS` is set"
        }
        P::Locked => "unlock the keyring, for example by logging in to the desktop",
        P::Timeout { .. } => "restart the program that did not respond, then run this again",
        P::Forbidden(_) => "if this is a container, allow the system calls keyctl and add_key",
        P::Full => {
            "list the keys with `keyctl show @u` and remove unused ones with `keyctl unlink KEY @u`"
        }
        P::OtherSystem | P::Other(_) => "fix this, then run this again",
    }
}

impl From<read::Error> for Failure {
    fn from(error: read::Error) -> Self {
        match error {
            read::Error::File(error) => error.into(),
            error => Failure::refused("could not read your AWS config")
                .cause(error.to_string())
                .hint("fix that line in an editor: AWS tools cannot read the file either"),
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        let failure =
            Failure::refused("could not set up the HTTPS client").cause(error.to_string());
        match error {
            http::Error::BadUrl { name } => {
                failure.hint(format!("set `{name}` to a URL such as https://host:port, or unset it"))
            }
            http::Error::BadCertificates => failure.for_the(Owner::ClusterAdmin).hint(
                "show this to your cluster admin: AWS returned this as the cluster's certificate authority",
            ),
            http::Error::Tls(_) => failure.hint(REPORT_COMMAND),
            http::Error::Roots(_) => failure.hint(
                "set `SSL_CERT_FILE` to a PEM file with certificate authorities, or unset it",
            ),
            http::Error::Descriptors(error) => {
                Failure::new(Kind::Busy, "could not open a network connection")
                    .cause(error.to_string())
                    .hint(file::OUT_OF_FILES)
            }
            _ => failure
                .hint("set `AWS_CA_BUNDLE` (or `ca_bundle` in the profile) to a PEM file with your company's CA")
                .hint("if your company has no CA of its own, remove that setting"),
        }
    }
}

impl From<eks::token::Error> for Failure {
    fn from(error: eks::token::Error) -> Self {
        let failure =
            Failure::refused("could not create a token for the cluster").cause(error.to_string());
        match error {
            eks::token::Error::TooLong { .. } => failure.for_the(Owner::AwsAdmin).hint(
                "ask your AWS admin to remove session tags and session policies from the role: they make the session token too long",
            ),
            eks::token::Error::Signing => failure.hint(REPORT_COMMAND),
        }
    }
}

/// Explains a failed call where it is not known what was called.
impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        call("could not complete a request to AWS", error)
    }
}

/// Explains a failed call to AWS. `what` is the `error:` line.
pub fn call(what: &str, error: aws::Error) -> Failure {
    use aws::Error as E;
    let cause = error.to_string();
    let failure = |kind| Failure::new(kind, what).cause(cause.clone());
    match &error {
        E::Network { .. } => failure(Kind::Network).hint(CHECK_NETWORK),
        E::Throttled { .. } | E::Unavailable { .. } => failure(Kind::Network)
            .for_the(Owner::Aws)
            .hint("run this again in a minute: the problem is on AWS's side and temporary"),
        E::ClockSkew { .. } => failure(Kind::Refused).hint(SET_CLOCK),
        E::Expired { .. } => failure(Kind::SignInNeeded)
            .hint("renew the credentials of the source profile, then run this again"),
        E::UnknownKey { .. } => failure(Kind::Refused)
            .hint("replace the access keys of the source profile: they are wrong or were deleted"),
        E::Unreadable { .. } => failure(Kind::Network).hint(CHECK_PROXY),
        E::Denied { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint("ask your AWS admin for the permission named in the cause"),
        E::NotFound { .. } | E::Rejected { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint(ASK_AWS_ADMIN),
    }
}

/// Explains why an edit of the AWS config file was refused. The file was not changed.
pub fn config_edit(error: &edit::Error, path: &Path) -> Failure {
    use edit::Error as E;
    let failure = |kind| not_changed(kind, path).cause(error.to_string());
    match error {
        E::Problem(_) | E::Unreadable { .. } => failure(Kind::Refused).hint(
            "fix that line in an editor, then run this again: AWS tools misread the file too",
        ),
        E::TooLarge { .. } => failure(Kind::Refused).hint("check that this is the right file"),
        E::Name { .. } | E::Key { .. } | E::Value { .. } => failure(Kind::Usage)
            .hint("choose another value: AWS tools do not all read this one the same way"),
        E::Unfaithful { .. } => failure(Kind::Bug).hint(REPORT_FILE),
    }
}

/// Explains why a kubeconfig could not be read, or why an edit of it was refused. The file was not changed.
pub fn kubeconfig_edit(error: &kube::config::Error, path: &Path) -> Failure {
    use kube::config::Error as E;
    let failure = |kind| not_changed(kind, path).cause(error.to_string());
    match error {
        E::Conflict { .. } => failure(Kind::Refused)
            .hint("remove that field in an editor, then run this again")
            .hint(
                "to write another entry instead, run this again with `--alias` and `--user-alias`",
            ),
        E::Entry { .. } => {
            failure(Kind::Usage).hint("check `--alias`, `--user-alias` and `--namespace`")
        }
        E::Unverified => failure(Kind::Bug).hint(REPORT_FILE),
        _ => failure(Kind::Refused)
            .hint("fix this in an editor, then run this again")
            .hint("to use another file, set `KUBECONFIG` to its path"),
    }
}

fn not_changed(kind: Kind, path: &Path) -> Failure {
    Failure::new(
        kind,
        format!("could not use {}; the file was not changed", path.display()),
    )
}
