//! What each error means to a person: what happened, why, what to do. All hints are here, in one voice.

mod profile;
mod role;
mod saml;
mod sso;

use crate::failure::{Failure, Kind, Owner};
use crate::names::ProfileName;
use crate::profile::edit;
use crate::profile::read;
use crate::sys::{file, http, lock};
use crate::{aws, context, eks, kube, store};

pub use profile::{plan, source};
pub use role::{
    admins_flags, assume_role, caller, denied, describe_cluster, source_caller, warn_of_case,
};

pub use saml::{assume_role_with_saml, saml};
pub use sso::{Next, sign_in, sign_out};

/// `apono-login`, with the profile where it is not the default one.
pub fn command(verb: &str, profile: &ProfileName) -> String {
    let flag = match profile.as_str() {
        context::DEFAULT_PROFILE => String::new(),
        name => format!(" --profile {name}"),
    };
    match verb {
        "" => format!("apono-login{flag}"),
        verb => format!("apono-login {verb}{flag}"),
    }
}

/// A word of a command as a POSIX shell takes it for one.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@=%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

pub fn login_command(profile: &ProfileName) -> String {
    command("", profile)
}

impl From<file::Error> for Failure {
    fn from(error: file::Error) -> Self {
        use file::Error as E;
        let cause = error.to_string();
        let (what, hint) = match &error {
            E::Io { doing, source, .. } => (
                format!("could not {doing} a file"),
                match source.kind() {
                    std::io::ErrorKind::PermissionDenied => {
                        "check who owns the file and its folder, and their modes"
                    }
                    std::io::ErrorKind::StorageFull => {
                        "free some disk space; the file is as it was"
                    }
                    std::io::ErrorKind::ReadOnlyFilesystem => {
                        "the file system is read-only; the file is as it was"
                    }
                    _ => "mend that and run it again; the file is as it was",
                },
            ),
            E::NotAFile { .. } => (
                "something else stands where a file should be".to_owned(),
                "move it away, or name another file",
            ),
            E::TooLarge { .. } => (
                "a file is too large to be what it should be".to_owned(),
                "check what is in it",
            ),
            E::LinkLoop { .. } => (
                "a symbolic link leads in a circle".to_owned(),
                "mend the link",
            ),
            E::ReadOnly { .. } => (
                "a file may not be changed".to_owned(),
                "if you want it changed, give yourself write permission (chmod u+w) and run it again",
            ),
            E::Busy { .. } => (
                "a file kept changing while it was edited".to_owned(),
                "wait until the other program is done, and run it again",
            ),
        };
        Failure::refused(what).cause(cause).hint(hint)
    }
}

impl From<lock::Error> for Failure {
    fn from(error: lock::Error) -> Self {
        let cause = error.to_string();
        match error {
            lock::Error::File(error) => error.into(),
            lock::Error::Held { .. } => {
                Failure::refused("another apono-login is working on the same file")
                    .cause(cause)
                    .hint("wait until it is done, and run this again")
            }
            lock::Error::LockFile { path } => {
                Failure::refused("another program is working on the same kubeconfig")
                    .cause(cause)
                    .hint(format!(
                        "wait for it; if nothing is running any more, remove {}",
                        path.display()
                    ))
            }
            lock::Error::Unavailable { .. } => Failure::refused("a lock could not be taken")
                .cause(cause)
                .hint("check the permissions of the folder it is in"),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::File(error) => error.into(),
            store::Error::UnknownStore { name } => {
                Failure::refused(format!("there is no credential store {name:?}"))
                    .cause("APONO_LOGIN_STORE, or apono_store in the profile, names the store that keeps the key of the cache")
                    .hint("set it to auto, kernel, secret-service, keychain, credential-manager or file, or take it out")
            }
            store::Error::Store { store, problem } => {
                let name = store.name();
                Failure::refused(format!("the credential store {name} does not work here"))
                    .cause(problem.to_string())
                    .hint(store_hint(store, &problem))
                    .hint("or take another store: APONO_LOGIN_STORE (or apono_store in the profile) can be auto or file")
            }
            error @ (store::Error::Random(_) | store::Error::Seal) => {
                Failure::refused("the credential cache cannot be used")
                    .cause(error.to_string())
                    .hint("run `apono-login logout --all`, then log in again")
            }
        }
    }
}

fn store_hint(store: store::Store, problem: &store::Problem) -> &'static str {
    use store::Problem as P;
    match problem {
        P::OtherSystem => "choose a store of this operating system",
        P::Absent(_) if store != store::Store::SecretService => {
            "sign in at this computer, not over the network"
        }
        P::Absent(_) => {
            "start the desktop's keyring (gnome-keyring, KWallet, KeePassXC), and see that DBUS_SESSION_BUS_ADDRESS is set"
        }
        P::Locked => "unlock the keyring, as signing in to the desktop does",
        P::Timeout { .. } => "restart it, and run this again",
        P::Forbidden(_) => "containers often forbid it: allow the keyctl and add_key system calls",
        P::Full => {
            "`keyctl show @u` lists the keys; remove what nobody needs (keyctl clear @u removes all)"
        }
        P::Other(_) => "mend that, and run this again",
    }
}

impl From<read::Error> for Failure {
    fn from(error: read::Error) -> Self {
        match error {
            read::Error::File(error) => error.into(),
            error => Failure::refused("your AWS config cannot be read")
                .cause(error.to_string())
                .hint("mend that line in an editor; AWS tools cannot read the file either"),
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        let failure =
            Failure::refused("the HTTPS client cannot be set up").cause(error.to_string());
        match error {
            http::Error::BadUrl { .. } => {
                failure.hint("set it to a URL such as https://host:port, or unset it")
            }
            http::Error::BadCertificates => failure
                .for_the(Owner::ClusterAdmin)
                .hint("AWS gave them as the cluster's certificate authority: show this to your cluster admin"),
            http::Error::Tls(_) => failure.hint(REPORT_COMMAND),
            _ => failure.hint(
                "AWS_CA_BUNDLE (or ca_bundle in the profile) must name a PEM file with your company's CA, or not be there",
            ),
        }
    }
}

impl From<eks::token::Error> for Failure {
    fn from(error: eks::token::Error) -> Self {
        let failure =
            Failure::refused("no token could be made for the cluster").cause(error.to_string());
        match error {
            eks::token::Error::TooLong { .. } => failure.for_the(Owner::AwsAdmin).hint(
                "the session token is unusually long: ask your AWS admin whether session tags or policies were added to the role",
            ),
            eks::token::Error::Signing => failure.hint(REPORT_COMMAND),
        }
    }
}

/// A failed call, before it is known what was asked.
impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        call("the call to AWS failed", error)
    }
}

/// The same, where it is known.
pub fn call(what: &str, error: aws::Error) -> Failure {
    use aws::Error as E;
    let cause = error.to_string();
    let failure = |kind| Failure::new(kind, what).cause(cause.clone());
    match &error {
        E::Network { .. } => failure(Kind::Network)
            .hint("check your network, VPN and proxy (HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE), then run it again"),
        E::Throttled { .. } | E::Unavailable { .. } => {
            failure(Kind::Network).for_the(Owner::Aws).hint("this is on AWS's side and passes: run it again in a minute")
        }
        E::ClockSkew { .. } => failure(Kind::Refused)
            .hint("set this computer's clock (turn on automatic time), then run it again"),
        E::Expired { .. } => failure(Kind::SignInNeeded).hint("sign in again to the profile that source_profile names, then run this again"),
        E::UnknownKey { .. } => failure(Kind::Refused)
            .hint("the access keys of the source profile are wrong or were deleted: renew them"),
        E::Unreadable { .. } => failure(Kind::Network)
            .hint("something between you and AWS answers in its place: check the proxy, the VPN's sign-in page, and AWS_ENDPOINT_URL"),
        E::Denied { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint("ask your AWS admin for the permission named above"),
        E::NotFound { .. } | E::Rejected { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint("show this to your AWS admin"),
    }
}

/// An edit of the AWS config file was refused; the file is as it was.
pub fn config_edit(error: &edit::Error, path: &std::path::Path) -> Failure {
    use edit::Error as E;
    let failure = |kind| {
        Failure::new(kind, format!("{} was left as it is", path.display())).cause(error.to_string())
    };
    match error {
        E::Problem(_) | E::Unreadable { .. } => failure(Kind::Refused).hint(
            "mend that in an editor and run it again: AWS tools misread the file as it stands",
        ),
        E::TooLarge { .. } => failure(Kind::Refused).hint("check what is in it"),
        E::Name { .. } | E::Key { .. } | E::Value { .. } => {
            failure(Kind::Usage).hint("AWS tools would not all read it the same: choose another")
        }
        E::Unfaithful { .. } => failure(Kind::Bug).hint(REPORT),
    }
}

/// A kubeconfig cannot be read, or an edit of it was refused; the file is as it was.
pub fn kubeconfig_edit(error: &kube::config::Error, path: &std::path::Path) -> Failure {
    use kube::config::Error as E;
    let failure = |kind| {
        Failure::new(kind, format!("{} was left as it is", path.display())).cause(error.to_string())
    };
    match error {
        E::Conflict { .. } => failure(Kind::Refused)
            .hint("take that field out, or write another entry with --alias and --user-alias"),
        E::Entry { .. } => failure(Kind::Usage).hint("check --alias, --user-alias and --namespace"),
        E::Unverified => failure(Kind::Bug).hint(REPORT),
        _ => failure(Kind::Refused)
            .hint("mend that in an editor, or name another file with --kubeconfig"),
    }
}

const REPORT_COMMAND: &str = "please report it, with the command you ran";
const REPORT: &str = "please report it, with the file if nothing in it is secret";
