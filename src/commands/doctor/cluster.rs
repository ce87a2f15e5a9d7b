//! The cluster: whether it is there and can be reached, and who one is to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kubeconfigs::Target;
use super::report::{Passed, Step};
use super::username::{self, APONOS_PREFIX, Mapped};
use crate::commands::update_kubeconfig;
use crate::context::Context;
use crate::credentials::{Credentials, Secret};
use crate::eks::cluster::{Cluster, Mapping, Reach};
use crate::eks::{inspect, token};
use crate::failure::{Failure, Kind, Owner};
use crate::kube::api::{self, Rule, Server};
use crate::names::{Region, RoleArn};
use crate::profile::plan::Plan;
use crate::session::Session;
use crate::{aws, explain, output};

/// Rules that are shown.
const MAX_RULES: usize = 12;

/// Everything that is asked of a cluster.
pub struct Asked<'a> {
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
        Failure::refused("it is not known which region the cluster is in")
            .hint("add --region REGION")
    })?;
    let account = plan.role.account().as_str();
    let name = &target.name;
    let cluster =
        update_kubeconfig::describe(context, session, credentials, account, name, &region)
            .map_err(|failure| match failure.owner {
                Owner::AwsAdmin => failure.hint(format!(
                    "what it should be allowed: `apono-login policy permissions {}`",
                    explain::admins_flags(&plan.role, None)
                )),
                _ => failure,
            })?;
    let reach = match &cluster.reach {
        Reach::Anywhere => "reachable from everywhere".to_owned(),
        Reach::Networks(networks) => format!("reachable from {}", networks.join(", ")),
        Reach::Private => "reachable from its own network only".to_owned(),
    };
    let detail = format!("{}, {reach}", cluster.arn);
    Ok(Passed::new((region, cluster), detail))
}

/// Does its API server answer, and is it the one that AWS vouches for?
pub fn endpoint(cluster: &Cluster, target: &Target) -> Result<Passed<Server>, Failure> {
    let ca = STANDARD
        .decode(&cluster.certificate_authority)
        .unwrap_or_default();
    let server = Server::new(&cluster.endpoint, ca)?;
    let error = match aws::block_on(server.version())? {
        Ok(version) => {
            let version = version.map(|version| format!(", {version}"));
            let detail = format!(
                "{} answers{}",
                cluster.endpoint,
                version.unwrap_or_default()
            );
            return Ok(Passed::new(server, detail));
        }
        Err(error) => error,
    };
    let unreachable = Failure::new(
        Kind::Network,
        format!("cluster {} cannot be reached from here", target.name),
    )
    .cause(format!("{}: {error}", cluster.endpoint));
    let intercepted =
        matches!(error, api::Error::Unreadable { .. }) || error.to_string().contains("certificate");
    if let api::Error::Unavailable { .. } = error {
        return Err(no_answer(target, &error));
    }
    Err(match &cluster.reach {
        _ if intercepted => unreachable
            .cause("something between you and the cluster answers in its place")
            .hint("check the proxy and the VPN: add the cluster's host to NO_PROXY if the proxy opens TLS"),
        Reach::Private => unreachable
            .cause("its endpoint is private: it answers in the cluster's own network only")
            .hint("connect to your company's VPN, then run this again")
            .hint("if you are: ask your cluster admin how that network is reached"),
        Reach::Networks(networks) => unreachable
            .cause(format!("it answers to {} only", networks.join(", ")))
            .hint("connect to your company's VPN, then run this again")
            .hint("if you are: ask your cluster admin to add your network to publicAccessCidrs"),
        Reach::Anywhere => unreachable
            .cause("AWS says that it can be reached from everywhere")
            .hint("check your network, VPN and proxy (HTTPS_PROXY, NO_PROXY), then run this again"),
    })
}

/// A token, held against the rules of who will verify it.
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
    let own_fault = |cause: String| {
        Failure::new(Kind::Bug, "the token is not one that clusters take")
            .cause(cause)
            .hint("please report it, with this report")
    };
    let inspection = inspect::inspect(token.value.reveal(), now)
        .map_err(|error| own_fault(error.to_string()))?;
    if let Some(problem) = inspection.problems.first() {
        return Err(own_fault(problem.to_string()));
    }
    let detail = format!(
        "{} of {} bytes, by {}, good until {}",
        inspection.size,
        token::MAX_LEN,
        inspection.host,
        output::until(token.expires_at, now)
    );
    Ok(Passed::new(token.value, detail))
}

/// Under which name the cluster knows who asks. `None` where it is too old to tell.
pub fn username(
    asked: &Asked<'_>,
    server: &Server,
    token: &Secret,
) -> Result<Passed<Option<Mapped>>, Failure> {
    let name = match aws::block_on(server.username(token))? {
        Ok(name) => name,
        // Who may not ask who one is is known all the same, and told so.
        Err(api::Error::Forbidden { message }) => match username::in_refusal(&message) {
            Some(name) => name.to_owned(),
            None => return Err(unexplained(asked, "403 Forbidden", &message)),
        },
        Err(api::Error::Unauthorized) => return Err(unmapped(asked)),
        Err(api::Error::NotFound) => {
            return Ok(Passed::new(
                None,
                "not known: the cluster is older than Kubernetes 1.28 and does not tell",
            ));
        }
        Err(error) => return Err(no_answer(asked.target, &error)),
    };
    let mapped = username::mapped(&name, &asked.plan.session_name);
    let wrong = |error: String| {
        let failure = Failure::refused(error).for_the(Owner::ClusterAdmin);
        failure.cause(format!("the cluster calls you {name}"))
    };
    let session_name = &asked.plan.session_name;
    match &mapped {
        Mapped::Raw => Ok(Passed::new(Some(mapped), name)),
        Mapped::Prefixed(prefix) => {
            let note = format!("Apono has to grant access to {prefix}{session_name}");
            Ok(Passed::new(Some(mapped), name).note(note))
        }
        Mapped::Mangled => Err(map_it(
            asked,
            wrong("the cluster does not know you by your email".to_owned()).cause(
                "the role is mapped with {{SessionName}}, which makes - of @, instead of {{SessionNameRaw}}",
            ),
        )),
        Mapped::Anonymous => Err(map_it(
            asked,
            wrong("the cluster takes you for nobody".to_owned())
                .cause("it does not look at tokens of AWS, or something on the way takes them out"),
        )),
        Mapped::Shared => Err(map_it(
            asked,
            wrong("the cluster takes everybody who has the role for the same user".to_owned())
                .cause(format!(
                    "{} is mapped to a name without {{{{SessionNameRaw}}}} in it",
                    bare(&asked.plan.role)
                )),
        )),
    }
}

/// What who asks may do in the context's namespace now. No grant under a name that Apono may not know is blamed on the name.
pub fn access(
    asked: &Asked<'_>,
    server: &Server,
    token: &Secret,
    mapped: Option<&Mapped>,
) -> Result<Passed<()>, (Step, Failure)> {
    let namespace = &asked.target.namespace;
    let at_access = |failure| (Step::Access, failure);
    let told = |error: api::Error| match error {
        api::Error::Unauthorized => at_access(unmapped(asked)),
        api::Error::Forbidden { message } => {
            at_access(unexplained(asked, "403 Forbidden", &message))
        }
        error => at_access(no_answer(asked.target, &error)),
    };
    let ask = async {
        let rules = server.rules(token, namespace).await?;
        let granted: Vec<Rule> = rules
            .resource_rules
            .into_iter()
            .filter(Rule::grants)
            .collect();
        let may_list = match granted.is_empty() && rules.incomplete {
            true => server.may_list_pods(token, namespace).await?,
            false => false,
        };
        Ok((granted, may_list))
    };
    let (granted, may_list) = aws::block_on(ask)
        .map_err(|error| at_access(error.into()))?
        .map_err(told)?;
    if granted.is_empty() && may_list {
        let detail = format!("list pods in namespace {namespace}");
        return Ok(Passed::new((), detail).note("the cluster cannot list all that you may do"));
    }
    if granted.is_empty() {
        return Err(match mapped {
            Some(Mapped::Prefixed(prefix)) if prefix != APONOS_PREFIX => {
                (Step::Username, no_grant_for(asked, prefix))
            }
            _ => at_access(no_grant(asked)),
        });
    }
    let more = granted.len().saturating_sub(MAX_RULES);
    let mut shown: Vec<String> = granted
        .iter()
        .take(MAX_RULES)
        .map(Rule::to_string)
        .collect();
    if more > 0 {
        shown.push(format!("{more} more: `kubectl auth can-i --list`"));
    }
    let detail = format!("in namespace {namespace}: {}", shown.join("; "));
    Ok(Passed::new((), detail))
}

fn no_grant(asked: &Asked<'_>) -> Failure {
    let (name, namespace) = (&asked.target.name, &asked.target.namespace);
    Failure::refused("no grant at the moment: request access in Apono")
        .for_the(Owner::AponoRequest)
        .cause(format!(
            "cluster {name} knows you, and lets you do nothing in namespace {namespace}"
        ))
        .hint(format!("request access to {name} in Apono, and run this again when it is granted"))
        .hint("if it was granted for another namespace, make that the context's: `kubectl config set-context CONTEXT --namespace NAMESPACE`")
}

/// No grant, under a name that Apono may not know.
fn no_grant_for(asked: &Asked<'_>, prefix: &str) -> Failure {
    let session_name = &asked.plan.session_name;
    let failure = Failure::refused(format!(
        "the cluster knows you as {prefix}{session_name}, and nothing is granted to that name"
    ))
    .for_the(Owner::ClusterAdmin)
    .cause(format!(
        "the role is mapped with the prefix {prefix:?}: does Apono grant access to {prefix}{session_name}?"
    ));
    map_it(asked, failure)
        .hint("if it does, there is no grant at the moment: request access in Apono")
}

/// 401: the token is one that the cluster's verifier takes, and the role is not mapped.
fn unmapped(asked: &Asked<'_>) -> Failure {
    let failure = Failure::refused(format!(
        "cluster {} does not let the role in",
        asked.target.name
    ))
    .for_the(Owner::ClusterAdmin)
    .cause("401 Unauthorized: AWS vouches for you, and the cluster has no mapping for the role");
    let failure = match asked.plan.role.path_and_name().contains('/') {
        true => failure.cause("the role has a path: aws-auth wants its ARN without it"),
        false => failure,
    };
    map_it(asked, failure)
}

/// How the role has to be mapped, with the person's own values.
fn map_it(asked: &Asked<'_>, failure: Failure) -> Failure {
    let role = &asked.plan.role;
    let flags = explain::admins_flags(role, None);
    let with_region = explain::admins_flags(role, Some(asked.region));
    let name = &asked.target.name;
    let config_map = format!(
        "mapRoles in the ConfigMap aws-auth: `- rolearn: {}` with `username: \"{{{{SessionNameRaw}}}}\"` (`apono-login policy aws-auth {flags}`)",
        bare(&asked.plan.role)
    );
    let entry = format!(
        "an access entry: `apono-login policy access-entry {with_region} --cluster-name {name}`"
    );
    match asked.cluster.mapping {
        Mapping::ConfigMap => failure.hint(config_map),
        Mapping::AccessEntries => {
            failure.hint(format!("{entry} (this cluster does not look at aws-auth)"))
        }
        Mapping::Both => failure.hint(config_map).hint(format!(
            "or {entry}; where both are there, the access entry counts"
        )),
    }
}

/// As aws-auth wants it: without a path.
fn bare(role: &RoleArn) -> String {
    format!(
        "arn:{}:iam::{}:role/{}",
        role.partition(),
        role.account(),
        role.name()
    )
}

fn unexplained(asked: &Asked<'_>, what: &str, message: &str) -> Failure {
    Failure::refused(format!(
        "cluster {} refused the question",
        asked.target.name
    ))
    .for_the(Owner::ClusterAdmin)
    .cause(format!("{what}: {message}"))
    .hint(
        "show this to your cluster admin: everybody who is signed in should have system:basic-user",
    )
}

fn no_answer(target: &Target, error: &api::Error) -> Failure {
    let (kind, owner) = match error {
        api::Error::Unreachable { .. } | api::Error::Unreadable { .. } => {
            (Kind::Network, Owner::You)
        }
        api::Error::Unavailable { .. } => (Kind::Network, Owner::ClusterAdmin),
        _ => (Kind::Refused, Owner::ClusterAdmin),
    };
    let error_text = format!("cluster {} gave no answer that helps", target.name);
    let failure = Failure::new(kind, error_text)
        .for_the(owner)
        .cause(error.to_string());
    match owner {
        Owner::You => {
            failure.hint("run this again; if it stays, check your network, VPN and proxy")
        }
        _ => failure.hint("run this again in a minute; if it stays, show it to your cluster admin"),
    }
}
