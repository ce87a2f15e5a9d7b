//! What the errors of AWS mean to the user: failed calls, and roles that cannot be assumed.

use super::denial::{Denial, Policy, Verdict};
use super::denied::{self, Request};
use super::faults;
use super::sts::{self, Mismatch};
use crate::aws;
use crate::failure::command::Command;
use crate::failure::hints::{
    ASK_AWS_ADMIN, CHECK_NETWORK, CHECK_PROXY, SET_CLOCK, as_another_user, login_command, run,
};
use crate::failure::{Failure, Kind, Owner};
use crate::names::{Region, RoleArn};
use crate::output::Output;
use crate::profile::plan::{Plan, Root, Source};
use crate::profile::read::DEFAULT_ROLE;
use crate::sys::shell;

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
        E::Network {
            fault: Some(fault), ..
        } => faults::remedy(failure(faults::kind(fault)), fault),
        E::Network { fault: None, .. } => failure(Kind::Network).hint(CHECK_NETWORK),
        E::Throttled { .. } | E::Unavailable { .. } => failure(Kind::Network)
            .for_the(Owner::Aws)
            .hint("run this again in a minute: the problem is on AWS's side and temporary"),
        E::ClockSkew { .. } => failure(Kind::Refused).hint(SET_CLOCK),
        E::Expired { .. } => failure(Kind::SignInNeeded)
            .hint("renew the credentials of the source profile, then run this again"),
        E::UnknownKey { .. } => failure(Kind::Refused)
            .hint("replace the access keys of the source profile: they are wrong or were deleted"),
        E::Unreadable { message } => failure(Kind::Network)
            .hint(faults::leave_server(message).unwrap_or_else(|| CHECK_PROXY.to_owned())),
        E::Denied { message } => of_any_call(failure(Kind::Refused), message),
        E::NotFound { .. } | E::Rejected { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint(ASK_AWS_ADMIN),
    }
}

/// Explains a denial where only AWS's message tells what was asked for: the next role of a chain, or a call of a sign-in.
fn of_any_call(failure: Failure, message: &str) -> Failure {
    let denial = Denial::read(message);
    let role: Option<RoleArn> = denial.resource.as_deref().and_then(|arn| arn.parse().ok());
    let request = Request {
        action: "the action",
        role: role.as_ref(),
        identity: "your identity",
    };
    let failure = failure.for_the(Owner::AwsAdmin);
    match denial.reason {
        Some(_) => denied::with_reason(failure, &denial, request),
        None => denied::with_decoding(
            failure.hint("ask your AWS admin for the permission named in the cause"),
            &denial,
        ),
    }
}

/// Explains why AssumeRole failed, for all reasons but a denial.
pub fn assume_role(error: sts::Error, plan: &Plan) -> Failure {
    use aws::Error as E;
    let what = format!("could not assume role {}", plan.role);
    let error = match error {
        sts::Error::Call(error) => error,
        error => return unexpected(error),
    };
    let cause = error.to_string();
    match error {
        E::Expired { .. } => {
            Failure::new(Kind::SignInNeeded, "the source credentials have expired")
                .cause(cause)
                .hint(renew_source(plan))
        }
        E::UnknownKey { .. } => Failure::refused(what)
            .cause(format!("AWS rejected the credentials of {}", plan.source))
            .cause(cause)
            .hint(renew_source(plan)),
        E::Rejected { message, .. } if message.contains("DurationSeconds") => {
            let mut failure = Failure::refused(what).cause(cause);
            if plan.duration.is_some() {
                let profile = &plan.profile;
                failure = failure.hint(format!(
                    "set `duration_seconds = 3600` in profile {profile}, or remove it"
                ));
            }
            failure.hint("if you used `--duration`, ask for 3600 or less: a role assumed by a role gets at most one hour")
        }
        error => call(&what, error),
    }
}

/// Explains a response of STS that is not for what was asked.
pub fn unexpected(error: sts::Error) -> Failure {
    match error {
        sts::Error::Call(error) => error.into(),
        error @ sts::Error::WrongIdentity { .. } => {
            Failure::refused("AWS returned credentials of another identity; they were not used")
                .cause(error.to_string())
                .hint(CHECK_PROXY)
        }
        sts::Error::BadAnswer { field, problem } => {
            let failure = Failure::refused("unexpected response from AWS; it was not used")
                .cause(format!("{field}: {problem}"))
                .hint(CHECK_PROXY);
            match field {
                sts::EXPIRATION => failure.hint(
                    "if this computer's clock is wrong, set it (turn on automatic time), then run this again",
                ),
                _ => failure,
            }
        }
    }
}

/// Explains why GetCallerIdentity failed.
pub fn caller(error: sts::Error) -> Failure {
    let what = "could not get your identity from AWS";
    match error {
        sts::Error::Call(error) => call(what, error),
        error => Failure::refused(what)
            .cause(error.to_string())
            .hint(CHECK_PROXY),
    }
}

/// Explains why GetCallerIdentity failed for the source credentials.
pub fn source_caller(error: sts::Error, plan: &Plan) -> Failure {
    match error {
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => {
            Failure::refused(format!("AWS rejected the credentials of {}", plan.source))
                .cause(error.to_string())
                .hint(renew_source(plan))
        }
        error @ sts::Error::Call(aws::Error::Expired { .. }) => assume_role(error, plan),
        error => caller(error),
    }
}

fn renew_source(plan: &Plan) -> String {
    match &plan.source {
        source if source.sso().is_some() => run("", &plan.profile),
        Source::Profile {
            name,
            root: Root::Login,
            hops,
            ..
        } if hops.is_empty() => {
            let name = shell::quoted(name);
            format!("run `aws login --profile {name}`, then run this again")
        }
        Source::Profile { name, .. } => {
            format!("renew the credentials of profile {name}, then run this again")
        }
        source => format!("renew the credentials of the {source}, then run this again"),
    }
}

/// Explains a denied AssumeRole: which condition of the setup guide's trust policy this source identity does not meet.
pub fn denied(error: sts::Error, plan: &Plan, caller: Option<&str>) -> Failure {
    denied_in(None, error, plan, caller)
}

/// Explains the same. `install` is the command that installs a team file, if it is running: no flags change one of its profiles.
pub fn denied_in(
    install: Option<Command>,
    error: sts::Error,
    plan: &Plan,
    caller: Option<&str>,
) -> Failure {
    let (role, name) = (&plan.role, &plan.session_name);
    let mut failure =
        Failure::refused(format!("could not assume {role} as {name}")).cause(error.to_string());
    let denial = Denial::read(&failure.causes[0]);
    let identity = identity(plan);
    let request = Request {
        action: "sts:AssumeRole",
        role: Some(role),
        identity: &identity,
    };
    // The conditions of the trust policy decide nothing where another policy denies. Where none allows it, they may.
    let is_certain = denial.reason.as_ref().is_some_and(|reason| {
        reason.verdict != Verdict::Implicit
            || !matches!(
                reason.policy,
                Policy::Identity | Policy::Trust | Policy::Resource
            )
    });
    let is_other_action = denial
        .action
        .as_deref()
        .is_some_and(|action| action != request.action);
    if is_certain || (is_other_action && denial.reason.is_some()) {
        return denied::with_reason(failure, &denial, request);
    }
    let Some(caller) = caller else {
        return match denial.reason {
            Some(_) => denied::with_reason(failure, &denial, request),
            None => denied::with_decoding(
                failure.for_the(Owner::AwsAdmin).hint(ASK_AWS_ADMIN),
                &denial,
            ),
        };
    };
    // As a rule AWS's message names the caller.
    if !failure.causes[0].contains(caller) {
        failure = failure.cause(format!("you are signed in as {caller}"));
    }
    let account = role.account();
    let run = |verb: &str| run(verb, &plan.profile);
    // The account is what `install` takes by default: naming it is what makes it ask for an access portal.
    let install_sso = run(&format!("install --sso-account-id {account}"));
    let install_sso = format!("{install_sso} in a terminal and answer its questions");
    let mismatches = sts::compare(caller, role, name);
    let is_account = |mismatch: &Mismatch| matches!(mismatch, Mismatch::Account { .. });
    for mismatch in &mismatches {
        failure = match mismatch {
            Mismatch::SessionName { source } => {
                let failure = failure
                .cause(format!(
                    "the session name must be your own email: you are signed in as {source}, but the profile has {name}"
                ))
                .hint(format!(
                    "if {source} is you, {}",
                    match &install {
                        Some(install) => install.clone().option("--email", source).flag("--yes").run(),
                        None => run(&format!("install --email {source} --yes")),
                    }
                ));
                match (plan.source.sso(), &install) {
                    (Some(_), install) => {
                        let login = || Command::new("login").profile(&plan.profile);
                        let sign_in = install.clone().unwrap_or_else(login);
                        let [switch, in_private] = as_another_user(sign_in, Some(name.as_str()));
                        failure.hint(switch).hint(in_private)
                    }
                    (None, Some(_)) => failure.hint(format!(
                        "if you are {name}, put your own credentials into profile {}",
                        plan.source.profile_name()
                    )),
                    (None, None) => failure.hint(format!(
                        "if you are {name}, use your own credentials: {}",
                        run("install --source-profile NAME --yes")
                    )),
                }
            }
            Mismatch::SessionNameCase { source } => failure.cause(format!(
                "you are signed in as {source}, but the profile has {name}: they differ in case only"
            )),
            Mismatch::Account { source } => {
                let failure = failure.cause(format!(
                    "the role trusts account {account} only, but you are signed in to account {source}"
                ));
                match &install {
                    Some(_) => failure,
                    None => failure
                        .hint(format!("to sign in to account {account}, {install_sso}"))
                        .hint(format!(
                            "if you have a source profile for account {account}, {}",
                            run("install --source-profile NAME")
                        )),
                }
            }
            Mismatch::NotIdentityCenter => {
                let failure = failure.cause(
                    "the role trusts sign-ins through IAM Identity Center only (roles named AWSReservedSSO_…)",
                );
                match install.is_some() || mismatches.iter().any(is_account) {
                    true => failure,
                    false => failure.hint(format!("to sign in with IAM Identity Center, {install_sso}")),
                }
            }
        };
    }
    let fits = matches!(
        mismatches.as_slice(),
        [] | [Mismatch::SessionNameCase { .. }]
    );
    if !fits {
        return denied::with_decoding(failure, &denial);
    }
    let trust = format!(
        "to print the trust policy it should have, {}",
        policy_command("policy trust-sso", role, None).run()
    );
    match denial.is_of(&[Policy::Identity]) {
        // Either policy may allow it.
        true => denied::with_reason(failure, &denial, request).hint(format!(
            "or ask that {role} trusts you by itself, as in the guide; {trust}"
        )),
        false => denied::with_decoding(failure, &denial)
            .for_the(Owner::AwsAdmin)
            .hint(format!(
                "ask your AWS admin whether {role} exists and trusts your identity"
            ))
            .hint(trust),
    }
}

/// Returns whose permissions the source credentials have.
fn identity(plan: &Plan) -> String {
    match (plan.source.sso(), &plan.source) {
        (Some(sso), _) => format!("permission set {}", sso.role_name),
        (None, Source::Profile { name, .. }) => format!("the identity of profile {name}"),
        (None, source) => format!("the identity of the {source}"),
    }
}

/// Returns a command of `policy` for the role. The region is named where it decides the partition.
pub fn policy_command(words: &str, role: &RoleArn, region: Option<&Region>) -> Command {
    let command = Command::new(words).option("--account-id", role.account());
    let command = match role.path_and_name() {
        DEFAULT_ROLE => command,
        name => command.option("--role-name", name),
    };
    let home = aws::home_region(role.partition());
    let home = home.filter(|_| role.partition().as_str() != "aws");
    match region.or(home.as_ref()) {
        Some(region) => command.option("--region", region),
        None => command,
    }
}

/// Warns where the session name differs from the source identity in case only: AWS accepts that, the cluster does not.
pub fn warn_of_case(output: &Output, caller: &str, plan: &Plan) {
    for mismatch in sts::compare(caller, &plan.role, &plan.session_name) {
        if let Mismatch::SessionNameCase { source } = mismatch {
            output.warn(&format!(
                "you are signed in as {source}, but the profile has {}: AWS ignores case, the cluster does not, so it \
                 may not find your access",
                plan.session_name
            ));
            let install = run(&format!("install --email {source} --yes"), &plan.profile);
            let login = login_command(&plan.profile);
            output.note(&format!("hint: {install}, then `{login}`"));
        }
    }
}
