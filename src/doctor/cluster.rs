//! The steps at the cluster: whether it exists and responds, and whether there is a token for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kubeconfigs::Target;
use super::kubeconfigs::entry::{Entry, set_cluster};
use super::report::Passed;
use crate::context::Context;
use crate::credentials::{Credentials, Secret};
use crate::eks::cluster::{Cluster, Reach};
use crate::eks::{inspect, token};
use crate::failure::{Failure, Kind, Owner};
use crate::kube::api::{self, Server};
use crate::names::{ClusterName, Region};
use crate::profile::plan::Plan;
use crate::session::Session;
use crate::sys::http::{self, Proxies, Proxy};
use crate::sys::shell;
use crate::{aws, output};

/// What the steps at the cluster are about.
pub struct Subject<'a> {
    pub plan: &'a Plan,
    pub target: &'a Target,
    pub region: &'a Region,
    pub cluster: &'a Cluster,
    pub entry: &'a Entry,
}

impl Subject<'_> {
    /// Returns what tokens for the cluster name.
    pub fn signed_for(&self) -> &ClusterName {
        let id = self.cluster.local_id.as_ref();
        id.unwrap_or(&self.target.name)
    }
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

/// Returns what a cluster answers. One that is late is a fault of the cluster, as is none.
pub fn answer<T>(asked: impl Future<Output = Result<T, api::Error>>) -> Result<T, api::Error> {
    aws::block_on(asked).unwrap_or_else(|late| {
        let message = late.to_string();
        Err(api::Error::Unreachable { message })
    })
}

/// Checks that the API server responds, with a certificate of the authority that AWS names, by the way that kubectl takes.
pub fn endpoint(context: &Context, subject: &Subject<'_>) -> Result<Passed<Server>, Failure> {
    let ca = STANDARD
        .decode(&subject.cluster.certificate_authority)
        .map_err(|error| invalid_ca(subject, &format!("not Base64 ({error})")))?;
    let endpoint = &subject.cluster.endpoint;
    let proxy = subject.entry.route.proxy.as_str();
    let proxies = match proxy.is_empty() {
        true => context.proxies()?.0,
        false => Proxies::all(Proxy::new("proxy-url", proxy)?),
    };
    let http = http::Client::trusting(ca, &proxies).map_err(|error| match error {
        http::Error::BadCertificates => invalid_ca(subject, &error.to_string()),
        error => error.into(),
    })?;
    let server = Server::new(endpoint, http);
    let error = match answer(server.version()) {
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
        _ if !proxy.is_empty() => {
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

pub fn bypass_proxy(endpoint: &str) -> String {
    let host = endpoint.trim_start_matches("https://");
    format!("if a proxy is in the way, add {host} to `NO_PROXY`")
}

/// Creates a token and checks it by the rules of the clusters' verifier.
pub fn token(
    context: &Context,
    session: &Session<'_>,
    subject: &Subject<'_>,
    credentials: &Credentials,
) -> Result<Passed<Secret>, Failure> {
    let (cluster, region) = (subject.signed_for(), subject.region);
    let host = session.sts_host(region)?;
    let now = context.now();
    let token = token::sign_token(credentials, cluster, region, &host, now)?;
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

pub fn no_response(subject: &Subject<'_>, error: &api::Error) -> Failure {
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
