//! The step that asks the cluster who the user is, and what it means if it does not say.

use super::cluster::{Subject, answer, bypass_proxy, no_response};
use super::report::{Passed, Step};
use super::username::{self, Mapped};
use crate::aws;
use crate::aws::sts;
use crate::credentials::Secret;
use crate::eks::cluster::Mapping;
use crate::eks::verify;
use crate::failure::hints;
use crate::failure::{Failure, Owner};
use crate::kube::api::{self, Server, User};
use crate::names::RoleArn;
use crate::session::Session;

/// Checks the username that the cluster sees. `None` where the cluster is too old to tell it. A token that AWS rejects is the
/// fault of [`Step::Token`].
pub fn check(
    subject: &Subject<'_>,
    session: &Session<'_>,
    server: &Server,
    token: &Secret,
) -> Result<Passed<Option<Mapped>>, (Step, Failure)> {
    let at_username = |failure| (Step::Username, failure);
    let user = match answer(server.user(token)) {
        Ok(user) => user,
        Err(api::Error::NotFound) => {
            let brief = "unknown: the cluster is older than Kubernetes 1.28";
            return Ok(Passed::brief(None, brief));
        }
        Err(api::Error::Unauthorized) => return Err(rejected(subject, session, token)),
        Err(error) => {
            // A refusal contains the username too.
            let name = match &error {
                api::Error::Forbidden { message } => username::in_refusal(message),
                _ => None,
            };
            User {
                username: name
                    .ok_or_else(|| at_username(refused(subject, &error)))?
                    .to_owned(),
                groups: Vec::new(),
            }
        }
    };
    username(subject, user).map_err(at_username)
}

fn username(subject: &Subject<'_>, user: User) -> Result<Passed<Option<Mapped>>, Failure> {
    let User {
        username: name,
        groups,
    } = user;
    let session_name = &subject.plan.session_name;
    let role = without_path(&subject.plan.role);
    let mapped = username::mapped(&name, session_name);
    let is_admin = groups.iter().any(|group| group == "system:masters");
    let danger = is_admin.then(|| format!(
        "DANGER: {role} is mapped to the group system:masters: everyone who can assume it is an admin of the whole cluster, whatever Apono grants; tell your cluster admin to remove the group"
    ));
    let (error, cause) = match &mapped {
        Mapped::Raw | Mapped::Within { .. } => {
            let note = (mapped != Mapped::Raw).then(|| format!("Apono has to grant access to {name}"));
            let passed = Passed::brief(Some(mapped), name);
            let passed = note.into_iter().fold(passed, Passed::note);
            return Ok(passed.warnings(danger));
        }
        Mapped::Anonymous => {
            return Err(Failure::refused("the cluster sees you as anonymous")
                .for_the(Owner::ClusterAdmin)
                .cause(format!("username {name}: the request had no credentials that the cluster accepts"))
                .cause("the API server did not read the token: AWS authentication is not enabled on it, or a proxy removed the token")
                .hint(bypass_proxy(&subject.cluster.endpoint))
                .hint("if not, ask your cluster admin what removes the `Authorization` header in front of the API server"));
        }
        Mapped::Mangled => (
            "the cluster does not know you by your email",
            "the role is mapped with {{SessionName}}, which replaces @ with -, instead of {{SessionNameRaw}}".to_owned(),
        ),
        Mapped::Shared => (
            "the cluster sees everyone who assumes the role as the same user",
            format!("{role} is mapped to a username without {{{{SessionNameRaw}}}}"),
        ),
        Mapped::Empty => (
            "the cluster sees you without a name",
            format!("{role} is mapped to a username that is empty, or no text (in YAML, {{{{SessionNameRaw}}}} needs quotation marks)"),
        ),
    };
    let failure = Failure::refused(error).for_the(Owner::ClusterAdmin);
    let failure = match name.is_empty() {
        true => failure,
        false => failure.cause(format!("the cluster sees you as {name}")),
    };
    let failure = danger
        .into_iter()
        .fold(failure.cause(cause), Failure::cause);
    Err(with_mapping(subject, failure))
}

/// Explains a 401: asks AWS about the token, then says what is known and what cannot be told apart.
fn rejected(subject: &Subject<'_>, session: &Session<'_>, token: &Secret) -> (Step, Failure) {
    match caller(subject, session, token) {
        Ok(Err(sts::Error::Call(
            error @ (aws::Error::Denied { .. }
            | aws::Error::Expired { .. }
            | aws::Error::UnknownKey { .. }
            | aws::Error::ClockSkew { .. }
            | aws::Error::Rejected { .. }),
        ))) => {
            let renew = hints::run("login --force", &subject.plan.profile);
            let failure = Failure::refused("AWS rejected the token")
                .cause(error.to_string())
                .cause("the cluster asks AWS who signed a token, and rejects what AWS rejects: 401 Unauthorized");
            let failure = match error {
                aws::Error::ClockSkew { .. } => failure.hint(hints::SET_CLOCK),
                aws::Error::Expired { .. } | aws::Error::UnknownKey { .. } => {
                    failure.hint(format!("{renew}, then run this again"))
                }
                _ => failure.for_the(Owner::AwsAdmin).hint(hints::ASK_AWS_ADMIN),
            };
            (Step::Token, failure)
        }
        known => (Step::Username, not_authenticated(subject, known)),
    }
}

/// Returns the identity that AWS sees in the token.
fn caller(
    subject: &Subject<'_>,
    session: &Session<'_>,
    token: &Secret,
) -> Result<Result<String, sts::Error>, Failure> {
    let tools = session.tools()?;
    let sources = tools.sources(subject.region.clone())?;
    let asked = async {
        let config = sources.config(Some(sts::example_keys())).await;
        verify::caller(&config, token, subject.signed_for(), tools.context.now()).await
    };
    Ok(aws::block_on(asked).map_err(sts::Error::from).flatten())
}

/// 401 for a token that AWS does not reject.
fn not_authenticated(
    subject: &Subject<'_>,
    known: Result<Result<String, sts::Error>, Failure>,
) -> Failure {
    let (name, region) = (&subject.target.name, subject.region);
    let mut failure = Failure::refused(format!("cluster {name} rejected the token"))
        .for_the(Owner::ClusterAdmin)
        .cause(match known {
            Ok(Ok(arn)) => {
                format!("401 Unauthorized, although AWS accepts the token, as {arn}")
            }
            Ok(Err(error)) => format!("401 Unauthorized; AWS could not be asked about the token: {error}"),
            Err(failure) => format!("401 Unauthorized; AWS could not be asked about the token: {}", failure.error),
        })
        .cause("the response does not tell which it is: the cluster has no mapping for the role, or its authenticator is not running, is starting, or cannot reach AWS");
    if subject.cluster.mapping != Mapping::ConfigMap {
        failure = failure.cause("or the role was deleted and created again: an access entry still applies to the old role, although the ARN is the same");
    }
    if subject.plan.role.path_and_name().contains('/') {
        failure = failure.cause("the role has a path: aws-auth needs its ARN without the path");
    }
    let mut failure = with_mapping(subject, failure);
    if let Some(first) = failure.hints.first_mut() {
        let first_action = first.replacen("map the role", "map it", 1);
        *first = format!("if the role is not mapped, {first_action}");
    }
    if subject.cluster.mapping != Mapping::ConfigMap {
        let role = &subject.plan.role;
        failure = failure.hint(format!(
            "if the role was created again, delete its access entry, then create it again: `aws eks delete-access-entry --cluster-name {name} --principal-arn {role} --region {region}`"
        ));
    }
    failure.hint(format!(
        "if that does not help, your cluster admin can see the reason in the authenticator's log, where it is turned on: `aws logs tail /aws/eks/{name}/cluster --log-stream-name-prefix authenticator --region {region}`"
    ))
}

/// Explains why the cluster did not answer a question about the user.
pub fn refused(subject: &Subject<'_>, error: &api::Error) -> Failure {
    let name = &subject.target.name;
    match error {
        api::Error::Unauthorized => not_authenticated_any_more(subject),
        api::Error::Forbidden { .. } => {
            Failure::refused(format!("cluster {name} refused to show what you may do"))
                .for_the(Owner::ClusterAdmin)
                .cause(error.to_string())
                .hint("ask your cluster admin to bind the ClusterRole system:basic-user to the group system:authenticated, as is the default")
        }
        error => no_response(subject, error),
    }
}

/// 401 for a token that the cluster accepted a moment ago.
fn not_authenticated_any_more(subject: &Subject<'_>) -> Failure {
    let name = &subject.target.name;
    Failure::refused(format!(
        "cluster {name} rejected the token, which it accepted a moment ago"
    ))
    .for_the(Owner::ClusterAdmin)
    .cause(
        "401 Unauthorized: not all of its API servers know the mapping of the role, or reach AWS",
    )
    .hint("run this again in a minute")
    .hint("if it fails again, show this to your cluster admin")
}

/// Adds how to map the role, with the user's own values.
pub fn with_mapping(subject: &Subject<'_>, failure: Failure) -> Failure {
    let role = &subject.plan.role;
    let by_config_map = |failure: Failure| {
        let print = aws::explain::policy_command("policy aws-auth", role, None).run();
        failure
            .hint(format!(
                "map the role in the ConfigMap aws-auth: `- rolearn: {}` with `username: \"{{{{SessionNameRaw}}}}\"`",
                without_path(role)
            ))
            .hint(format!("to print that entry, {print}"))
    };
    let entry = aws::explain::policy_command("policy access-entry", role, Some(subject.region));
    let print = entry.option("--cluster-name", &subject.target.name).run();
    match subject.cluster.mapping {
        Mapping::ConfigMap => by_config_map(failure),
        Mapping::AccessEntries => failure
            .hint("map the role with an access entry: the cluster ignores aws-auth")
            .hint(format!("to print that entry, {print}")),
        Mapping::Both => by_config_map(failure).hint(format!(
            "if the role has an access entry, replace it, since it overrides aws-auth; to print the new one, {print}"
        )),
    }
}

/// Returns the ARN of the role without its path, as aws-auth needs it.
fn without_path(role: &RoleArn) -> String {
    format!(
        "arn:{}:iam::{}:role/{}",
        role.partition(),
        role.account(),
        role.name()
    )
}
