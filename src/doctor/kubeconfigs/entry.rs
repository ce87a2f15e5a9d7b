//! How kubectl uses a cluster: the context for it, and whether its entries are right.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;

use super::{Kubeconfigs, Target, is_for};
use crate::context::Context;
use crate::doctor::environment;
use crate::doctor::report::Passed;
use crate::eks::cluster::Cluster;
use crate::failure::{Failure, hints};
use crate::kube;
use crate::kube::config::validate::{self, Fault, Remedy, Route};
use crate::kube::config::{Exec, FoundContext};
use crate::kube::file::MAX_KUBECONFIG;
use crate::names::{ClusterName, ProfileName, Region};
use crate::session::Session;
use crate::sys::{file, shell};

/// Why an entry differs from what AWS says.
const REPLACED_OR_EDITED: &str =
    "the cluster was deleted and created again, or the kubeconfig was edited";
/// The names in the certificate of every API server, besides that of its endpoint.
const CERTIFICATE_NAMES: [&str; 4] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// How kubectl uses the cluster.
#[derive(Debug)]
pub struct Entry {
    pub context: String,
    /// The namespace of the context, else `default`.
    pub namespace: String,
    pub route: Route,
    /// The name of the cluster entry.
    pub cluster: String,
    /// The other contexts for the cluster and profile, and their namespaces.
    pub others: Vec<(String, String)>,
}

impl Entry {
    /// Returns the command, in backticks, that lists what the user may do.
    pub fn list_command(&self) -> String {
        format!(
            "`kubectl auth can-i --list --context {} --namespace {}`",
            shell::quoted(&self.context),
            shell::quoted(&self.namespace)
        )
    }
}

impl Kubeconfigs {
    /// Checks that kubectl has a context for this cluster which gets its tokens with this profile, and can use it.
    pub fn leads_to(
        &self,
        session: &Session<'_>,
        context: &Context,
        target: &Target,
        region: &Region,
        cluster: &Cluster,
    ) -> Result<Passed<Entry>, Failure> {
        let name = &target.name;
        let profile = &context.profile;
        let ours = self.ours();
        let here = ours
            .iter()
            .filter(|(_, exec)| is_for(exec, name, Some(region)));
        let mut matching = here.clone().filter(|(_, exec)| exec.is_ours(Some(profile)));
        let Some((found, exec)) = matching.next() else {
            let other = here.clone().next();
            return Err(self.no_context(profile, (name, region), cluster, other));
        };
        let namespace = |found: &FoundContext| {
            let namespace = found.namespace.clone().filter(|name| !name.is_empty());
            namespace.unwrap_or_else(|| "default".to_owned())
        };
        let (route, acts_as) = self.check_entry(found, exec, name, cluster)?;
        let entry = Entry {
            context: found.name.clone(),
            namespace: namespace(found),
            route,
            cluster: found.cluster.clone(),
            others: matching
                .map(|(other, _)| (other.name.clone(), namespace(other)))
                .collect(),
        };
        let missing = environment::missing(session, self, found, exec);
        let passed = Passed::brief(entry, format!("context {}", found.name));
        let mut passed = passed.warnings(missing);
        if !acts_as.is_empty() {
            passed = passed.warn(format!(
                "kubectl acts as {acts_as} in this context (`as` of its user entry), not as you: this checks your own access"
            ));
        }
        if self.is_current(found) {
            return Ok(passed);
        }
        let switch = format!(
            "`kubectl config use-context {}`",
            shell::quoted(&found.name)
        );
        match self
            .current()
            .and_then(|current| self.rival(current, cluster))
        {
            Some(how) => {
                let error = "kubectl's current context for this cluster does not use apono-login";
                Err(Failure::refused(error)
                    .cause(how)
                    .hint(format!("run {switch}")))
            }
            None => Ok(passed.warn(format!(
                "it is not kubectl's current context; to use it, run {switch}"
            ))),
        }
    }

    /// Returns how a context gets its credentials, if it is for this cluster and does not use apono-login.
    fn rival(&self, context: &FoundContext, cluster: &Cluster) -> Option<String> {
        self.cluster(context)
            .filter(|written| written.server == cluster.endpoint)?;
        let name = &context.name;
        match self.exec(context) {
            None => Some(format!("context {name} has credentials of its own")),
            Some(exec) if exec.is_ours(None) => None,
            Some(exec) => Some(format!(
                "context {name} gets its tokens from `{}`",
                exec.command
            )),
        }
    }

    /// Explains that no context for the cluster uses the profile. `other` is one that uses another profile.
    fn no_context(
        &self,
        profile: &ProfileName,
        (name, region): (&ClusterName, &Region),
        cluster: &Cluster,
        other: Option<&(&FoundContext, &Exec)>,
    ) -> Failure {
        let write = format!("update-kubeconfig --name {name} --region {region}");
        if let Some((found, exec)) = other {
            let profile_of = exec.flag("--profile").unwrap_or_default();
            return Failure::refused(format!(
                "no context for cluster {name} in {region} uses profile {profile}"
            ))
            .cause(format!(
                "context {} gets its tokens with profile {profile_of}",
                found.name
            ))
            .hint(hints::run(&write, profile));
        }
        let error = format!("kubectl has no context of apono-login for cluster {name} in {region}");
        let mut contexts = self.contexts.iter();
        let rival = contexts.find_map(|found| Some((found, self.rival(found, cluster)?)));
        if let Some((found, how)) = rival {
            let failure = Failure::refused(error).cause(how);
            if found.name != cluster.arn {
                return failure.hint(hints::run(&write, profile));
            }
            let is_free = |name: &String| !self.contexts.iter().any(|found| found.name == *name);
            let numbered = (2..).map(|number| format!("{name}-{number}"));
            let mut aliases = std::iter::once(name.to_string()).chain(numbered);
            let alias = aliases.find(is_free).unwrap_or_default();
            let write = format!("{write} --alias {alias}");
            return failure
                .cause(
                    "`aws eks update-kubeconfig` writes a context of the same name as apono-login",
                )
                .hint(format!(
                    "{}: it writes a context of another name",
                    hints::run(&write, profile)
                ));
        }
        if self.paths.is_empty() {
            return kube::explain::no_path(error);
        }
        let paths: Vec<_> = self
            .paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let have = if paths.len() > 1 { "have" } else { "has" };
        Failure::refused(error)
            .cause(format!(
                "{} {have} no context for cluster {name}",
                paths.join(", ")
            ))
            .hint(hints::run(&write, profile))
    }

    /// Checks that clients can use a context, and that its entries have what AWS says of the cluster. Returns how they reach it,
    /// and the user that they act as, if any.
    fn check_entry(
        &self,
        context: &FoundContext,
        exec: &Exec,
        name: &ClusterName,
        cluster: &Cluster,
    ) -> Result<(Route, &str), Failure> {
        let rewrite = || format!("run {}", self.rewrite_command(context, exec));
        let wrong = |what: &str, cause: String| {
            let failure = Failure::refused(format!("context {} has {what}", context.name));
            failure.cause(cause)
        };
        let endpoint = &cluster.endpoint;
        let Some(written) = self.cluster(context) else {
            let cause = format!("the kubeconfig has no cluster entry {:?}", context.cluster);
            return Err(wrong("no cluster", cause).hint(rewrite()));
        };
        let server = &written.server;
        if server.is_empty() {
            let cause = format!(
                "cluster entry {:?} of the kubeconfig has no server, but AWS says {endpoint}",
                written.name
            );
            return Err(wrong("no server", cause).hint(rewrite()));
        }
        if server != endpoint {
            let what = format!("another address than cluster {name}");
            let cause = format!("the kubeconfig has {server}, but AWS says {endpoint}");
            let failure = wrong(&what, cause);
            return Err(match is_local(server) {
                true => failure
                    .cause(
                        "that is an address of this computer, as of a tunnel, which is not checked",
                    )
                    .hint(format!("if you do not use a tunnel, {}", rewrite())),
                false => failure.cause(REPLACED_OR_EDITED).hint(rewrite()),
            });
        }
        let signed_for = exec.flag("--cluster-id").unwrap_or(name.as_str());
        let accepted = cluster.local_id.as_ref().unwrap_or(name).as_str();
        if signed_for != accepted {
            let what = format!("tokens that cluster {name} does not accept");
            let cause =
                format!("they are for {signed_for}, but it accepts only those for {accepted}");
            return Err(wrong(&what, cause).hint(rewrite()));
        }
        let entry = ("user", context.user.as_str());
        let of_user = self.first(|tree| validate::user(tree, &context.user));
        let acts_as = of_user.map_or(Ok(""), |(_, user)| user);
        let acts_as = acts_as
            .map_err(|Fault { why, remedy }| unusable(context, entry, &why, &remedy, rewrite))?;
        let entry = ("cluster", context.cluster.as_str());
        let of_cluster = self.first(|tree| validate::route(tree, &context.cluster));
        let (path, route) = of_cluster.unwrap_or((Path::new(""), Ok(Route::default())));
        let route = route
            .map_err(|Fault { why, remedy }| unusable(context, entry, &why, &remedy, rewrite))?;
        if !route.certificate_authority.is_empty() {
            // As kubectl does, from the folder of the kubeconfig.
            let file = path.with_file_name(&route.certificate_authority);
            if let Err(why) = check_authority(&file, cluster) {
                let why = format!("`certificate-authority`: {why}");
                let remedy = Remedy::Remove("certificate-authority");
                return Err(unusable(context, entry, &why, &remedy, rewrite));
            }
        } else if written.certificate_authority_data != cluster.certificate_authority {
            let what = format!("another certificate authority than cluster {name}");
            return Err(wrong(&what, REPLACED_OR_EDITED.to_owned()).hint(rewrite()));
        }
        let expected = &route.certificate_name;
        let host = endpoint.parse::<Uri>().ok();
        let is_endpoint = |host: &str| host == expected;
        if !expected.is_empty()
            && !CERTIFICATE_NAMES.contains(&expected.as_str())
            && !host.as_ref().and_then(Uri::host).is_some_and(is_endpoint)
        {
            let why = format!(
                "`tls-server-name` is {expected:?}, which is no name of the cluster's certificate"
            );
            let remedy = Remedy::SetCluster("--tls-server-name=");
            return Err(unusable(context, entry, &why, &remedy, rewrite));
        }
        Ok((route, acts_as))
    }
}

/// Checks that a file has the certificate authority of the cluster in it, perhaps beside others.
///
/// # Errors
/// Why not.
fn check_authority(file: &Path, cluster: &Cluster) -> Result<(), String> {
    let shown = file.display();
    let found = file::read(file, MAX_KUBECONFIG).map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| format!("{shown} does not exist"))?;
    let without_spaces = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.split_ascii_whitespace().collect::<String>()
    };
    let expected = STANDARD.decode(&cluster.certificate_authority);
    // One that is not valid is found at the endpoint.
    let expected = expected.unwrap_or_default();
    match without_spaces(&found).contains(&without_spaces(&expected)) {
        true => Ok(()),
        false => Err(format!(
            "{shown} does not have the cluster's certificate authority"
        )),
    }
}

/// Explains why kubectl cannot use a context, because of one of its entries.
fn unusable(
    context: &FoundContext,
    (kind, name): (&str, &str),
    why: &str,
    remedy: &Remedy,
    rewrite: impl Fn() -> String,
) -> Failure {
    let what = match kind {
        "user" => "apono-login in ",
        _ => "",
    };
    let failure = Failure::refused(format!("kubectl cannot use {what}context {}", context.name))
        .cause(format!("{kind} entry {name}: {why}"));
    failure.hint(match remedy {
        Remedy::Rewrite => rewrite(),
        Remedy::SetCluster(flag) => set_cluster(name, flag),
        Remedy::Remove(field) => {
            format!("remove `{field}` from {kind} entry {name} in an editor, then run this again")
        }
    })
}

/// Returns the hint to change a cluster entry.
pub fn set_cluster(name: &str, flag: &str) -> String {
    format!(
        "run `kubectl config set-cluster {} {flag}`",
        shell::quoted(name)
    )
}

/// Returns whether a URL leads to this computer.
fn is_local(url: &str) -> bool {
    let url = url.parse::<Uri>().ok();
    let host = url.as_ref().and_then(Uri::host).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
