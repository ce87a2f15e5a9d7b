//! What each error means to a person: what happened, why, what to do. All hints are here, in one voice.

use chrono::{DateTime, Utc};

use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, RoleArn};
use crate::output::Output;
use crate::profile::plan::{self, Plan, Root, Source, SsoSource};
use crate::profile::read::{self, Files};
use crate::sts::{self, Mismatch};
use crate::sys::{file, lock};
use crate::{aws, context, eks, http, kube, profile, source, store};

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
            lock::Error::Held { path } => {
                Failure::refused("another program is working on the same file")
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
                    .cause("APONO_LOGIN_STORE names the store that keeps the key of the cache")
                    .hint("set it to auto or file, or unset it")
            }
            error => {
                Failure::refused("the credential cache cannot be used").cause(error.to_string())
            }
        }
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
            http::Error::Proxy(_) => failure.hint("check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
            _ => failure
                .hint("AWS_CA_BUNDLE must name a PEM file with your company's CA, or be unset"),
        }
    }
}

impl From<eks::token::Error> for Failure {
    fn from(error: eks::token::Error) -> Self {
        let failure =
            Failure::refused("no token could be made for the cluster").cause(error.to_string());
        match error {
            eks::token::Error::TooLong { .. } => failure.hint(
                "the session token is unusually long: ask your AWS admin whether session tags or policies were added to the role",
            ),
            eks::token::Error::Signing(_) => failure,
        }
    }
}

/// A failed call, before it is known what was asked.
impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        call("the call to AWS failed", error)
    }
}

fn call(what: &str, error: aws::Error) -> Failure {
    use aws::Error as E;
    let cause = error.to_string();
    let failure = |kind| Failure::new(kind, what).cause(cause.clone());
    match &error {
        E::Network { .. } => failure(Kind::Network)
            .hint("check your network, VPN and proxy (HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE), then run it again"),
        E::Throttled { .. } | E::Unavailable { .. } => {
            failure(Kind::Network).hint("this is on AWS's side and passes: run it again in a minute")
        }
        E::ClockSkew { .. } => failure(Kind::Refused)
            .hint("set this computer's clock (turn on automatic time), then run it again"),
        E::Expired { .. } => failure(Kind::SignInNeeded).hint("sign in to your source profile again"),
        E::UnknownKey { .. } => failure(Kind::Refused)
            .hint("the access keys of the source profile are wrong or were deleted: renew them"),
        E::Unreadable { .. } => failure(Kind::Network)
            .hint("something between you and AWS answers in its place: check the proxy, the VPN's sign-in page, and AWS_ENDPOINT_URL"),
        E::Denied { .. } => failure(Kind::Refused).hint("ask your AWS admin for the permission named above"),
        E::NotFound { .. } | E::Rejected { .. } => failure(Kind::Refused),
    }
}

/// Why a profile cannot be planned, and how to make it whole.
pub fn plan(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
    use plan::Error as E;
    let cause = error.to_string();
    let path = files.config_path.display();
    let install = format!(
        "run `{}`",
        command(
            "install --account-id ID --email YOU --region REGION",
            profile
        )
    );
    let edit = format!("mend the profile in {path}");
    match error {
        E::NoProfile { .. } => {
            let failure = Failure::refused(format!("profile {profile} is not set up"))
                .cause(format!("{path} has no section [profile {profile}]"));
            let others = other_installed(files);
            match others.is_empty() {
                true => failure.hint(install),
                false => failure
                    .hint(format!(
                        "use one that is: --profile {}",
                        others.join(" or --profile ")
                    ))
                    .hint(format!("or {install}")),
            }
        }
        E::Incomplete {
            ref profile,
            ref keys,
        } if keys.contains(&"sso_start_url") => {
            Failure::refused(format!("source profile {profile} is incomplete"))
                .cause(cause)
                .hint(format!("run `aws configure sso --profile {profile}`"))
        }
        E::Incomplete { .. } => Failure::refused(format!("profile {profile} is incomplete"))
            .cause(cause)
            .hint(install),
        E::NoSource { source_profile, .. } => {
            Failure::refused(format!("source profile {source_profile} does not exist"))
                .cause(cause)
                .hint(format!(
                    "set it up: `aws configure sso --profile {source_profile}`"
                ))
                .hint(
                    format!(
                        "or name the one you have: {} --source-profile NAME",
                        install.trim_end_matches('`')
                    ) + "`",
                )
        }
        E::EmptySource { profile: source } => {
            Failure::refused(format!("source profile {source} has no credentials"))
                .cause(cause)
                .hint(format!("set it up: `aws configure sso --profile {source}`"))
        }
        E::NoSsoSession { .. } => {
            Failure::refused("the SSO session of the source profile is not set up")
                .cause(cause)
                .hint("run `aws configure sso-session`")
        }
        E::Invalid { .. } | E::Circle { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("profile {profile} cannot be used"))
                .cause(cause)
                .hint(edit)
        }
    }
}

/// Profiles in the file that look like ours.
fn other_installed(files: &Files) -> Vec<String> {
    let ours = |name: &&str| {
        let Some(profile) = files.profiles().get_profile(name) else {
            return false;
        };
        let key = |key: &str| {
            profile
                .get(&format!("apono_{key}"))
                .or_else(|| profile.get(key))
        };
        let role: Option<RoleArn> = key("role_arn").and_then(|arn| arn.parse().ok());
        role.is_some_and(|role| role.name() == "apono-k8s-access")
            && key("role_session_name").is_some()
    };
    let mut names: Vec<String> = files
        .profiles()
        .profiles()
        .filter(ours)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.truncate(5);
    names
}

/// The SSO session that the source needs is over, or never was.
pub fn sso_sign_in(sso: &SsoSource, ended: Option<DateTime<Utc>>) -> Failure {
    let cause = match ended {
        Some(ended) => format!(
            "the SSO session of {} ended at {}",
            sso.start_url,
            ended.format("%Y-%m-%d %H:%M UTC")
        ),
        None => format!("there is no SSO session for {}", sso.start_url),
    };
    Failure::new(Kind::SignInNeeded, "you have to sign in")
        .cause(cause)
        .hint(format!(
            "run `aws sso login --profile {}`, then this again",
            sso.profile
        ))
}

/// No source credentials.
pub fn source(error: source::Error, plan: &Plan) -> Failure {
    let source::Error::Provider(provider) = &error;
    let cause = error.to_string();
    let root = match &plan.source {
        Source::Profile { root, .. } => root.clone(),
        Source::Named(named) => Root::Named(*named),
    };
    let failed = |kind| {
        Failure::new(kind, format!("no credentials came from {}", plan.source)).cause(cause.clone())
    };
    if let Some(kind) = aws::network_fault(provider) {
        return failed(Kind::Network)
            .cause(kind)
            .hint("check your network, VPN and proxy (HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE), then run it again");
    }
    match root {
        Root::Sso(sso) => failed(Kind::SignInNeeded).hint(format!(
            "run `aws sso login --profile {}`, then this again",
            sso.profile
        )),
        Root::Process => failed(Kind::Refused)
            .hint("run the profile's credential_process by hand to see what it says"),
        Root::WebIdentity => failed(Kind::Refused)
            .hint("check web_identity_token_file and role_arn of the source profile"),
        Root::StaticKeys => failed(Kind::Refused)
            .hint("check aws_access_key_id and aws_secret_access_key of the source profile"),
        Root::Named(plan::Named::Environment) => failed(Kind::Refused)
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a source_profile"),
        Root::Named(_) => failed(Kind::Refused)
            .hint("credential_source works only where AWS runs the machine or container"),
    }
}

/// AssumeRole failed otherwise than by a denial.
pub fn assume_role(error: sts::Error, plan: &Plan) -> Failure {
    let what = format!("the role {} could not be assumed", plan.role);
    match error {
        sts::Error::Call(error @ aws::Error::Expired { .. }) => {
            Failure::new(Kind::SignInNeeded, "the source credentials have expired")
                .cause(error.to_string())
                .hint(renew_source(plan))
        }
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => Failure::refused(what)
            .cause(format!("AWS does not accept the credentials of {}", plan.source))
            .cause(error.to_string())
            .hint(renew_source(plan)),
        sts::Error::Call(aws::Error::Rejected { code, message }) if message.contains("DurationSeconds") => {
            Failure::refused(what)
                .cause(format!("{code}: {message}"))
                .hint("ask for less: set duration_seconds = 3600 in the profile, or leave it out (a role assumed by a role gets at most an hour)")
        }
        sts::Error::Call(error @ aws::Error::Rejected { .. }) => Failure::refused(what)
            .cause(error.to_string())
            .hint("show this to your AWS admin"),
        sts::Error::Call(error) => call(&what, error),
        error @ sts::Error::WrongIdentity { .. } => Failure::refused("AWS answered for somebody else; nothing was kept")
            .cause(error.to_string())
            .hint("something between you and AWS answers in its place: check the proxy and AWS_ENDPOINT_URL"),
        error @ sts::Error::BadAnswer { .. } => Failure::refused("AWS's answer makes no sense; nothing was kept")
            .cause(error.to_string())
            .hint("if it is the time, set this computer's clock; else check the proxy and AWS_ENDPOINT_URL"),
    }
}

fn renew_source(plan: &Plan) -> String {
    match (&plan.source, plan.sso()) {
        (_, Some(sso)) => format!(
            "run `aws sso login --profile {}`, then this again",
            sso.profile
        ),
        (Source::Profile { name, .. }, _) => {
            format!("renew the credentials of profile {name}, then run this again")
        }
        (source, _) => format!("renew the credentials in {source}, then run this again"),
    }
}

/// AssumeRole was denied: says which clause of the guide's trust policy would fail for this source identity.
pub fn denied(error: sts::Error, plan: &Plan, caller: Option<&str>) -> Failure {
    let mut failure = Failure::refused(format!(
        "you may not assume {} as {}",
        plan.role, plan.session_name
    ))
    .cause(error.to_string());
    let Some(caller) = caller else {
        return failure.hint("show this to your AWS admin");
    };
    // AWS's own words name the caller as a rule.
    if !failure.causes.iter().any(|cause| cause.contains(caller)) {
        failure = failure.cause(format!("you are {caller}"));
    }
    let mismatches = sts::compare(caller, &plan.role, &plan.session_name);
    for mismatch in &mismatches {
        failure = match mismatch {
            Mismatch::SessionName { source } => failure
                .cause(format!(
                    "the trust policy wants the session name to be your own: you are signed in as {source}, and the profile says {}",
                    plan.session_name
                ))
                .hint(format!(
                    "if {source} is you: `{}`",
                    command(&format!("install --email {source} --yes"), &plan.profile)
                ))
                .hint(format!("if not, sign in to {} as {}", plan.source, plan.session_name)),
            Mismatch::SessionNameCase { source } => failure.cause(format!(
                "you are signed in as {source}, the profile says {}: the same but for capitals",
                plan.session_name
            )),
            Mismatch::Account { source } => failure
                .cause(format!(
                    "the trust policy wants a role of account {}, and you are in account {source}",
                    plan.role.account()
                ))
                .hint(format!(
                    "use a source profile of account {}: `{}`",
                    plan.role.account(),
                    command("install --source-profile NAME --yes", &plan.profile)
                )),
            Mismatch::NotIdentityCenter => failure
                .cause("the trust policy wants a role of IAM Identity Center (AWSReservedSSO_*)")
                .hint("use a source profile that signs in through IAM Identity Center"),
        };
    }
    match mismatches.as_slice() {
        [] | [Mismatch::SessionNameCase { .. }] => failure.hint(format!(
            "who you are fits the usual trust policy: ask your AWS admin whether {} exists and what it trusts",
            plan.role
        )),
        _ => failure,
    }
}

/// Logged in, but the cluster will take this for somebody else.
pub fn warn_of_case(output: &Output, caller: &str, plan: &Plan) {
    for mismatch in sts::compare(caller, &plan.role, &plan.session_name) {
        if let Mismatch::SessionNameCase { source } = mismatch {
            output.warn(&format!(
                "you are signed in as {source}, and the profile says {}: AWS lets it pass, but the cluster's RBAC \
                 compares upper and lower case, so your access may not be found",
                plan.session_name
            ));
            let mend = command(&format!("install --email {source} --yes"), &plan.profile);
            output.note(&format!(
                "hint: `{mend}`, then `{}`",
                login_command(&plan.profile)
            ));
        }
    }
}

/// DescribeCluster failed.
pub fn describe_cluster(error: eks::cluster::Error, name: &str, region: &str) -> Failure {
    let what = format!("cluster {name} in {region} could not be looked up");
    match error {
        eks::cluster::Error::Call(error @ aws::Error::NotFound { .. }) => {
            Failure::refused(format!("there is no cluster {name} in {region}"))
                .cause(error.to_string())
                .hint("check --name and --region; the account is the role's")
        }
        eks::cluster::Error::Call(error @ aws::Error::Denied { .. }) => Failure::refused(what)
            .cause(error.to_string())
            .hint("ask your AWS admin to allow eks:DescribeCluster to the role, as Apono's guide says"),
        eks::cluster::Error::Call(error) => call(&what, error),
        error @ eks::cluster::Error::BadAnswer { .. } => Failure::refused(what)
            .cause(error.to_string())
            .hint("if the cluster is still being made, wait until it is active"),
    }
}

/// An edit of the AWS config file was refused; the file is as it was.
pub fn config_edit(error: &profile::edit::Error, path: &std::path::Path) -> Failure {
    use profile::edit::Error as E;
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

const REPORT: &str = "please report it, with the file if nothing in it is secret";
