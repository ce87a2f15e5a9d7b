//! The steps at the cluster: whether it exists and responds, which user it sees, and what the user may do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kubeconfigs::{Entry, Target, set_cluster};
use super::report::{Passed, Step};
use super::username::{self, Mapped};
use crate::aws::sts;
use crate::context::Context;
use crate::credentials::{Credentials, Secret};
use crate::eks::cluster::{Cluster, Mapping, Reach};
use crate::eks::{inspect, token, verify};
use crate::failure::hints;
use crate::failure::{Failure, Kind, Owner};
use crate::kube::api::{self, Server, User};
use crate::names::{Region, RoleArn};
use crate::profile::plan::Plan;
use crate::session::Session;
use crate::sys::{http, shell};
use crate::{aws, output};

/// What the steps at the cluster are about.
pub struct Subject<'a> {
    pub plan: &'a Plan,
    pub target: &'a Target,
    pub region: &'a Region,
    pub cluster: &'a Cluster,
    pub entry: &'a Entry,
}

pub fn describe(
    context: &Context,
    session: &Session<'_>,
    plan: &Plan,
    target: &Target,
    credentials: &Credentials,
) -> Result<Passed<(Region, Cluster)>, Failure> {
    let known = [
        target.region.clone(),
        context.env_region()?,
        plan.region.clone(),
    ];
    let region = known.into_iter().flatten().next().ok_or_else(|| {
        Failure::refused("could not find out which region the cluster is in")
            .cause("the command line, the kubeconfig, the environment and the profile name none")
            .hint("run this again with `--region REGION`")
    })?;
    let account = plan.role.account().as_str();
    let name = &target.name;
    let cluster = session.describe_cluster(credentials, account, name, &region)?;
    let (reach, networks) = match &cluster.reach {
        Reach::Anywhere => ("public", String::new()),
        Reach::Networks(networks) => ("restricted", format!(" (open to {})", networks.join(", "))),
        Reach::Private => ("private", String::new()),
    };
    let brief = format!("{name} in {region}, {reach} endpoint");
    let detail = format!("{}, {reach} endpoint{networks}", cluster.arn);
    Ok(Passed::new((region, cluster), brief, detail))
}

/// Checks that the API server responds, with a certificate of the authority that AWS names, by the way that kubectl takes.
pub fn endpoint(subject: &Subject<'_>) -> Result<Passed<Server>, Failure> {
    let ca = STANDARD
        .decode(&subject.cluster.certificate_authority)
        .map_err(|error| invalid_ca(subject, &format!("not Base64 ({error})")))?;
    let endpoint = &subject.cluster.endpoint;
    let proxy = subject.entry.route.proxy.as_str();
    let is_socks = proxy.starts_with("socks5:");
    let http = match proxy.is_empty() || is_socks {
        true => http::Client::trusting(ca),
        false => http::Client::trusting_through(ca, proxy),
    };
    let http = http.map_err(|error| match error {
        http::Error::BadCertificates => invalid_ca(subject, &error.to_string()),
        error => error.into(),
    })?;
    let server = Server::new(endpoint, http);
    let error = match aws::block_on(server.version())? {
        Ok(version) => {
            let version = version.map(|version| format!(", {version}"));
            let brief = format!("responds{}", version.unwrap_or_default());
            let detail = format!("{endpoint} {brief}");
            let passed = Passed::new(server, brief, detail);
            return Ok(match is_socks {
                true => passed.warn("kubectl sends its requests through a SOCKS proxy (`proxy-url`), which is not checked"),
                false => passed,
            });
        }
        Err(error @ api::Error::Unavailable { .. }) => return Err(no_response(subject, &error)),
        Err(error) => error,
    };
    let name = &subject.target.name;
    let unreachable = Failure::new(Kind::Network, format!("could not reach cluster {name}"))
        .cause(format!("{endpoint}: {error}"));
    let is_intercepted =
        matches!(error, api::Error::Unreadable { .. }) || error.to_string().contains("certificate");
    Err(match &subject.cluster.reach {
        _ if !proxy.is_empty() && !is_socks => {
            let name = &subject.entry.cluster;
            unreachable
                .cause(format!("cluster entry {name} of the kubeconfig has `proxy-url`, a proxy that does not lead to the cluster"))
                .hint("check that the proxy runs, and that this computer can reach it")
                .hint(format!("if it is not needed any more, {}", set_cluster(name, "--proxy-url=")))
        }
        _ if is_intercepted => unreachable
            .cause("the response did not come from the cluster (proxy or captive portal?)")
            .hint("check your VPN and proxy, then run this again")
            .hint(bypass_proxy(endpoint)),
        Reach::Private => unreachable
            .cause("its endpoint is private: it responds in the cluster's own network only")
            .hint("connect to your company's VPN, then run this again")
            .hint("if you are connected, ask your cluster admin how to reach that network"),
        Reach::Networks(networks) => unreachable
            .cause(format!("its endpoint is open to {} only", networks.join(", ")))
            .hint("connect to your company's VPN, then run this again")
            .hint("if you are connected, ask your cluster admin to add your network to publicAccessCidrs"),
        Reach::Anywhere => unreachable
            .cause("its endpoint is public: AWS says that it is open to every network")
            .hint("check your network, VPN and proxy (`HTTPS_PROXY`, `NO_PROXY`), then run this again"),
    })
}

fn invalid_ca(subject: &Subject<'_>, why: &str) -> Failure {
    let (name, region) = (&subject.target.name, subject.region);
    let profile = shell::quoted(subject.plan.profile.as_str());
    Failure::refused(format!(
        "the certificate authority that EKS returned for cluster {name} is not valid"
    ))
    .for_the(Owner::ClusterAdmin)
    .cause(format!("certificateAuthority.data: {why}"))
    .hint(format!(
        "show your cluster admin the output of `aws eks describe-cluster --name {name} --region {region} --profile {profile}`"
    ))
}

fn bypass_proxy(endpoint: &str) -> String {
    let host = endpoint.trim_start_matches("https://");
    format!("if a proxy is in the way, add {host} to `NO_PROXY`")
}

/// Creates a token and checks it by the rules of the clusters' verifier.
pub fn token(
    context: &Context,
    session: &Session<'_>,
    target: &Target,
    region: &Region,
    credentials: &Credentials,
) -> Result<Passed<Secret>, Failure> {
    let host = session.sts_host(region)?;
    let now = context.now();
    let token = token::sign_token(credentials, &target.name, region, &host, now)?;
    let bug = |cause: String| {
        Failure::new(Kind::Bug, "clusters would reject the token")
            .cause(cause)
            .hint("report this bug, with the output of `apono-login doctor --output json`")
    };
    let inspection =
        inspect::inspect(token.value.reveal(), now).map_err(|error| bug(error.to_string()))?;
    if let Some(problem) = inspection.problems.first() {
        return Err(bug(problem.to_string()));
    }
    let brief = format!("expires {}", output::until(token.expires_at, now));
    let detail = format!(
        "for {}, {} of at most {} bytes, {brief}",
        inspection.host,
        inspection.size,
        token::MAX_LEN,
    );
    Ok(Passed::new(token.value, brief, detail))
}

/// Checks the username that the cluster sees. `None` where the cluster is too old to tell it. A token that AWS rejects is the
/// fault of [`Step::Token`].
pub fn user(
    subject: &Subject<'_>,
    session: &Session<'_>,
    server: &Server,
    token: &Secret,
) -> Result<Passed<Option<Mapped>>, (Step, Failure)> {
    let at_username = |failure| (Step::Username, failure);
    let answer = aws::block_on(server.user(token)).map_err(|error| at_username(error.into()))?;
    let user = match answer {
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
    let (error, cause) = match &mapped {
        Mapped::Raw | Mapped::Within { .. } => {
            let note = (mapped != Mapped::Raw).then(|| format!("Apono has to grant access to {name}"));
            let passed = Passed::brief(Some(mapped), name);
            let passed = note.into_iter().fold(passed, Passed::note);
            let is_admin = groups.iter().any(|group| group == "system:masters");
            return Ok(match is_admin {
                true => passed.warn(format!(
                    "DANGER: {role} is mapped to the group system:masters: everyone who can assume it is an admin of the whole cluster, whatever Apono grants; tell your cluster admin to remove the group"
                )),
                false => passed,
            });
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
        Mapped::Nobody => (
            "the cluster sees you without a name",
            format!("{role} is mapped to a username that is empty, or no text (in YAML, {{{{SessionNameRaw}}}} needs quotation marks)"),
        ),
    };
    let failure = Failure::refused(error).for_the(Owner::ClusterAdmin);
    let failure = match name.is_empty() {
        true => failure,
        false => failure.cause(format!("the cluster sees you as {name}")),
    };
    Err(with_mapping(subject, failure.cause(cause)))
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
        verify::caller(&config, token, &subject.target.name, tools.context.now()).await
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
        let flags = aws::explain::admins_flags(role, None);
        failure
            .hint(format!(
                "map the role in the ConfigMap aws-auth: `- rolearn: {}` with `username: \"{{{{SessionNameRaw}}}}\"`",
                without_path(role)
            ))
            .hint(format!("to print that entry, run `apono-login policy aws-auth {flags}`"))
    };
    let flags = aws::explain::admins_flags(role, Some(subject.region));
    let name = &subject.target.name;
    let print = format!("run `apono-login policy access-entry {flags} --cluster-name {name}`");
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

fn no_response(subject: &Subject<'_>, error: &api::Error) -> Failure {
    let (kind, owner) = match error {
        api::Error::Unreachable { .. } | api::Error::Unreadable { .. } => {
            (Kind::Network, Owner::You)
        }
        api::Error::Unavailable { .. } => (Kind::Network, Owner::ClusterAdmin),
        _ => (Kind::Refused, Owner::ClusterAdmin),
    };
    let name = &subject.target.name;
    let failure = Failure::new(kind, format!("cluster {name} gave no usable response"))
        .for_the(owner)
        .cause(error.to_string());
    let (first, then) = match owner {
        Owner::You => (
            "run this again",
            "if it fails again, check your network, VPN and proxy (`HTTPS_PROXY`, `NO_PROXY`)",
        ),
        _ => (
            "run this again in a minute",
            "if it fails again, show this to your cluster admin",
        ),
    };
    failure.hint(first).hint(then)
}
