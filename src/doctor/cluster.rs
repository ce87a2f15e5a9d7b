//! The steps at the cluster: whether it exists and responds, which user it sees, and what the user may do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kubeconfigs::Target;
use super::report::{Passed, Step};
use super::username::{self, APONO_PREFIX, Mapped};
use crate::context::Context;
use crate::credentials::{Credentials, Secret};
use crate::eks::cluster::{Cluster, Mapping, Reach};
use crate::eks::{inspect, token};
use crate::failure::{Failure, Kind, Owner};
use crate::kube::api::{self, Rule, Server};
use crate::names::{Region, RoleArn};
use crate::profile::plan::Plan;
use crate::session::Session;
use crate::sys::{http, shell};
use crate::{aws, output};

/// How many rules are shown.
const MAX_RULES: usize = 12;

/// What the steps at the cluster are about.
pub struct Subject<'a> {
    pub plan: &'a Plan,
    pub target: &'a Target,
    pub region: &'a Region,
    pub cluster: &'a Cluster,
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

/// Checks that the API server responds, with a certificate of the authority that AWS names.
pub fn endpoint(subject: &Subject<'_>) -> Result<Passed<Server>, Failure> {
    let ca = STANDARD
        .decode(&subject.cluster.certificate_authority)
        .map_err(|error| invalid_ca(subject, &format!("not Base64 ({error})")))?;
    let endpoint = &subject.cluster.endpoint;
    let server = Server::new(endpoint, ca).map_err(|error| match error {
        http::Error::BadCertificates => invalid_ca(subject, &error.to_string()),
        error => error.into(),
    })?;
    let error = match aws::block_on(server.version())? {
        Ok(version) => {
            let version = version.map(|version| format!(", {version}"));
            let brief = format!("responds{}", version.unwrap_or_default());
            let detail = format!("{endpoint} {brief}");
            return Ok(Passed::new(server, brief, detail));
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

/// Checks the username that the cluster sees. `None` where the cluster is too old to tell it.
pub fn username(
    subject: &Subject<'_>,
    server: &Server,
    token: &Secret,
) -> Result<Passed<Option<Mapped>>, Failure> {
    let name = match aws::block_on(server.username(token))? {
        Ok(name) => name,
        Err(api::Error::NotFound) => {
            let brief = "unknown: the cluster is older than Kubernetes 1.28";
            return Ok(Passed::brief(None, brief));
        }
        Err(error) => {
            // A refusal contains the username too.
            let name = match &error {
                api::Error::Forbidden { message } => username::in_refusal(message),
                _ => None,
            };
            name.map(str::to_owned)
                .ok_or_else(|| refused(subject, &error))?
        }
    };
    let session_name = &subject.plan.session_name;
    let mapped = username::mapped(&name, session_name);
    let (error, cause) = match &mapped {
        Mapped::Raw => return Ok(Passed::brief(Some(mapped), name)),
        Mapped::Prefixed(prefix) => {
            let note = format!("Apono has to grant access to {prefix}{session_name}");
            return Ok(Passed::brief(Some(mapped), name).note(note));
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
            format!(
                "{} is mapped to a username without {{{{SessionNameRaw}}}}",
                without_path(&subject.plan.role)
            ),
        ),
    };
    let failure = Failure::refused(error)
        .for_the(Owner::ClusterAdmin)
        .cause(format!("the cluster sees you as {name}"))
        .cause(cause);
    Err(with_mapping(subject, failure))
}

/// Checks what the user may do in the context's namespace now. No grant under a username that Apono may not know is the fault
/// of [`Step::Username`].
pub fn access(
    subject: &Subject<'_>,
    server: &Server,
    token: &Secret,
    mapped: Option<&Mapped>,
) -> Result<Passed<()>, (Step, Failure)> {
    let namespace = &subject.target.namespace;
    let at_access = |failure| (Step::Access, failure);
    let review = async {
        let rules = server.rules(token, namespace).await?;
        let granted = rules.resource_rules.into_iter().filter(Rule::grants);
        let granted: Vec<Rule> = granted.collect();
        let may_list = granted.is_empty()
            && rules.incomplete
            && server.may_list_pods(token, namespace).await?;
        Ok((granted, may_list))
    };
    let (granted, may_list) = aws::block_on(review)
        .map_err(|error| at_access(error.into()))?
        .map_err(|error| at_access(refused(subject, &error)))?;
    if granted.is_empty() && may_list {
        let brief = format!("in namespace {namespace}: list pods");
        return Ok(Passed::brief((), brief).note("the cluster cannot list everything you may do"));
    }
    if granted.is_empty() {
        return Err(match mapped {
            Some(Mapped::Prefixed(prefix)) if prefix != APONO_PREFIX => {
                (Step::Username, no_grant_for(subject, prefix))
            }
            _ => at_access(no_grant(subject)),
        });
    }
    let rules: Vec<String> = granted.iter().map(Rule::to_string).collect();
    let brief = format!("in namespace {namespace}: {}", rules.join("; "));
    let detail = match rules.split_at_checked(MAX_RULES) {
        Some((first, more)) if !more.is_empty() => format!(
            "in namespace {namespace}: {}; {} more: run `kubectl auth can-i --list`",
            first.join("; "),
            more.len()
        ),
        _ => brief.clone(),
    };
    Ok(Passed::new((), brief, detail))
}

fn no_grant(subject: &Subject<'_>) -> Failure {
    let target = subject.target;
    let (name, namespace) = (&target.name, &target.namespace);
    let context = target.context.as_deref();
    let context = context.map_or("CONTEXT".into(), shell::quoted);
    Failure::refused(format!("you have no access to cluster {name} now"))
        .for_the(Owner::AponoRequest)
        .cause(format!(
            "the cluster knows you, but nothing is granted to you in namespace {namespace}"
        ))
        .hint(format!(
            "request access to {name} in Apono, then run this again when it is granted"
        ))
        .hint(format!(
            "if it is granted in another namespace, run `kubectl config set-context {context} --namespace NAMESPACE`"
        ))
}

/// No grant, under a username that Apono may not know.
fn no_grant_for(subject: &Subject<'_>, prefix: &str) -> Failure {
    let username = format!("{prefix}{}", subject.plan.session_name);
    let failure = Failure::refused(format!("nothing is granted to {username} in the cluster"))
        .for_the(Owner::ClusterAdmin)
        .cause(format!(
            "the role is mapped with the prefix {prefix:?}: Apono has to grant access to {username}"
        ));
    with_mapping(subject, failure)
        .hint("if Apono does so, request access in Apono, then run this again when it is granted")
}

/// Explains why the cluster did not answer a question about the user.
fn refused(subject: &Subject<'_>, error: &api::Error) -> Failure {
    let name = &subject.target.name;
    match error {
        api::Error::Unauthorized => unmapped(subject),
        api::Error::Forbidden { .. } => {
            Failure::refused(format!("cluster {name} refused to show what you may do"))
                .for_the(Owner::ClusterAdmin)
                .cause(error.to_string())
                .hint("ask your cluster admin to bind the ClusterRole system:basic-user to the group system:authenticated, as is the default")
        }
        error => no_response(subject, error),
    }
}

/// 401 for a token that the clusters' verifier accepts: the role is not mapped.
fn unmapped(subject: &Subject<'_>) -> Failure {
    let name = &subject.target.name;
    let mut failure = Failure::refused(format!("cluster {name} rejected the token"))
        .for_the(Owner::ClusterAdmin)
        .cause("401 Unauthorized: the token is valid, but the cluster has no mapping for the role");
    if subject.plan.role.path_and_name().contains('/') {
        failure = failure.cause("the role has a path: aws-auth needs its ARN without the path");
    }
    with_mapping(subject, failure)
}

/// Adds how to map the role, with the user's own values.
fn with_mapping(subject: &Subject<'_>, failure: Failure) -> Failure {
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
