//! What is there: from files, or from the admin's own tools, which run in the admin's environment with the admin's credentials.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::Known;
use crate::cli::CheckPolicy;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{ClusterName, Region, RoleArn};
use crate::policy::check::{self, AwsAuth, Content, Given};
use crate::sys::{file, tool};

/// Bytes of a document; a ConfigMap has up to 1 MiB.
const MAX_DOCUMENT: u64 = 4 << 20;
/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Policies of a role; IAM's largest quota is 20 managed ones.
const MAX_POLICIES: usize = 50;

pub fn from_files(files: &[PathBuf]) -> Result<Vec<Given>, Failure> {
    let mut given = Vec::new();
    for path in files {
        let (name, bytes) = match path == Path::new("-") {
            true => ("standard input".to_owned(), file::read_stdin(MAX_DOCUMENT)?),
            false => (
                path.display().to_string(),
                file::read_input(path, MAX_DOCUMENT)?,
            ),
        };
        given.extend(read(&name, &bytes)?);
    }
    Ok(given)
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Given>, Failure> {
    check::read(name, bytes).map_err(|error| {
        Failure::refused("what was given cannot be checked")
            .cause(error.to_string())
            .hint("give what these print: aws iam get-role, get-role-policy and get-policy-version; kubectl -n kube-system get configmap aws-auth -o json; aws eks describe-access-entry")
            .hint("all of them as JSON: --output json, -o json")
    })
}

/// The role in the documents.
pub fn role_of(given: &[Given]) -> Option<RoleArn> {
    given.iter().find_map(|document| match &document.content {
        Content::Role(role) => role.arn.parse().ok(),
        _ => None,
    })
}

pub fn by_tools(
    context: &Context,
    args: &CheckPolicy,
    known: &Known,
) -> Result<Vec<Given>, Failure> {
    let tools = Tools {
        path: context.search_path(),
    };
    let name = known.name().rsplit('/').next().unwrap_or_default();
    // A name for the tool's command line: nothing that reads as a flag.
    let parse = format!("arn:aws:iam::000000000000:role/{name}").parse::<RoleArn>();
    if let Err(error) = parse {
        return Err(super::usage(&error, "--role-name"));
    }
    let _waiting = context.output.waiting("Asking aws and kubectl…");
    let name = format!("--role-name={name}");
    let mut given = tools.iam(&["get-role", &name])?;
    given.extend(tools.policies(&name)?);
    if let (Some(cluster), Some(role)) = (&args.cluster_name, role_of(&given)) {
        let region = known.region.as_ref().map(|r| format!("--region={r}"));
        given.extend(tools.access_entry(cluster.as_str(), role.as_str(), region.as_deref())?);
    }
    let warn = |failure: &Failure| {
        let cause = failure.causes.first().map_or("", String::as_str);
        context.output.warn(&format!("{}: {cause}", failure.error));
    };
    let kubeconfig = args.context.as_deref();
    let kubeconfig = kubeconfig.map(|name| format!("--context={name}"));
    let kubeconfig: Vec<&str> = kubeconfig.as_deref().into_iter().collect();
    if let Some(cluster) = &args.cluster_name
        && let Err(failure) = tools.is_context_of(&kubeconfig, cluster, known.region.as_ref())
    {
        warn(&failure);
        // A context that was named may reach the cluster by a way of its own: a tunnel, a proxy.
        if kubeconfig.is_empty() {
            context
                .output
                .warn("aws-auth WAS NOT LOOKED AT: name the cluster's context with --context");
            return Ok(given);
        }
    }
    match tools.aws_auth(&kubeconfig) {
        Ok(found) => given.extend(found),
        // Everything else is worth knowing, too: the report says that this is missing.
        Err(failure) => warn(&failure),
    }
    Ok(given)
}

struct Tools {
    path: OsString,
}

impl Tools {
    fn run(&self, program: &'static str, arguments: &[&str]) -> Result<Vec<u8>, tool::Error> {
        tool::run(program, arguments, &self.path, MAX_DOCUMENT, LIMIT)
    }

    fn aws(&self, arguments: &[&str]) -> Result<Vec<u8>, tool::Error> {
        let arguments = [arguments, &["--output", "json"]].concat();
        self.run("aws", &arguments)
    }

    fn iam(&self, arguments: &[&str]) -> Result<Vec<Given>, Failure> {
        read("aws iam", &self.iam_bytes(arguments)?)
    }

    fn iam_bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let arguments = [&["iam"], arguments].concat();
        self.aws(&arguments)
            .map_err(|error| explain(&error, &format!("aws {}", arguments.join(" "))))
    }

    /// The permission policies of the role, with what each is called.
    fn policies(&self, role: &str) -> Result<Vec<Given>, Failure> {
        let attached = self.iam_bytes(&["list-attached-role-policies", role])?;
        let inline = self.iam_bytes(&["list-role-policies", role])?;
        let mut given = read("aws iam list-attached-role-policies", &attached)?;
        given.extend(read("aws iam list-role-policies", &inline)?);
        for arn in texts(&attached, "/AttachedPolicies", "PolicyArn")? {
            let arn_option = format!("--policy-arn={arn}");
            let policy = self.iam_bytes(&["get-policy", &arn_option])?;
            given.extend(read("aws iam get-policy", &policy)?);
            let policy: Value = serde_json::from_slice(&policy).unwrap_or_default();
            let version = policy["Policy"]["DefaultVersionId"].as_str();
            let version = format!("--version-id={}", version.unwrap_or_default());
            for mut document in self.iam(&["get-policy-version", &arn_option, &version])? {
                if let Content::Permissions(permissions) = &mut document.content {
                    permissions.arn = Some(arn.clone());
                }
                given.push(document);
            }
        }
        for name in texts(&inline, "/PolicyNames", "")? {
            given.extend(self.iam(&["get-role-policy", role, &format!("--policy-name={name}")])?);
        }
        Ok(given)
    }

    /// The access entry and its policies, if there is one, and whose others there are.
    fn access_entry(
        &self,
        cluster: &str,
        role: &str,
        region: Option<&str>,
    ) -> Result<Vec<Given>, Failure> {
        let cluster = format!("--cluster-name={cluster}");
        let role = format!("--principal-arn={role}");
        let mut given = Vec::new();
        let mut list = vec!["eks", "list-access-entries", &cluster];
        list.extend(region);
        // Without it, the report says that others were not looked at.
        if let Ok(bytes) = self.aws(&list) {
            given.extend(read("aws eks list-access-entries", &bytes)?);
        }
        for verb in ["describe-access-entry", "list-associated-access-policies"] {
            let mut arguments = vec!["eks", verb, &cluster, &role];
            arguments.extend(region);
            match self.aws(&arguments) {
                Ok(bytes) => given.extend(read(&format!("aws eks {verb}"), &bytes)?),
                // The cluster's authentication mode has no entries.
                Err(tool::Error::Failed { said, .. }) if said.contains("authentication mode") => {
                    let contents = [Content::NoAccessEntry, Content::AccessEntries(Vec::new())];
                    given.extend(contents.map(|content| Given { content }));
                    break;
                }
                Err(tool::Error::Failed { said, .. })
                    if said.contains("ResourceNotFoundException")
                        && !said.contains("No cluster found") =>
                {
                    given.push(Given {
                        content: Content::NoAccessEntry,
                    });
                    break;
                }
                Err(error) => {
                    return Err(explain(&error, &format!("aws {}", arguments.join(" "))));
                }
            }
        }
        Ok(given)
    }

    /// # Errors
    /// kubectl's context is another cluster's, or it cannot be told.
    fn is_context_of(
        &self,
        context: &[&str],
        cluster: &ClusterName,
        region: Option<&Region>,
    ) -> Result<(), Failure> {
        let name = format!("--name={cluster}");
        let region = region.map(|region| format!("--region={region}"));
        let mut arguments = vec!["eks", "describe-cluster", &name];
        arguments.extend(region.as_deref());
        let described = self
            .aws(&arguments)
            .map_err(|error| explain(&error, &format!("aws {}", arguments.join(" "))))?;
        let view = [context, &["config", "view", "--minify", "-o", "json"]].concat();
        let config = self
            .run("kubectl", &view)
            .map_err(|error| explain(&error, &format!("kubectl {}", view.join(" "))))?;
        let endpoint = address(&described, "/cluster/endpoint");
        let server = address(&config, "/clusters/0/cluster/server");
        if endpoint.is_some() && endpoint == server {
            return Ok(());
        }
        let shown = |address: Option<String>| address.unwrap_or_else(|| "not known".to_owned());
        let what = format!("KUBECTL'S CONTEXT IS NOT OF CLUSTER {cluster}");
        let (server, endpoint) = (shown(server), shown(endpoint));
        Err(Failure::refused(what).cause(format!(
            "its server is {server}, and the cluster's is {endpoint}"
        )))
    }

    /// A cluster may do without the ConfigMap.
    fn aws_auth(&self, context: &[&str]) -> Result<Vec<Given>, Failure> {
        let get = ["-n", "kube-system", "get", "configmap", "aws-auth"];
        let arguments = [context, &get, &["-o", "json", "--request-timeout=30s"]].concat();
        match self.run("kubectl", &arguments) {
            Ok(bytes) => read("kubectl", &bytes),
            Err(tool::Error::Failed { said, .. }) if said.contains("(NotFound)") => {
                Ok(vec![Given {
                    content: Content::AwsAuth(AwsAuth::default()),
                }])
            }
            Err(error) => Err(explain(&error, &format!("kubectl {}", arguments.join(" ")))),
        }
    }
}

/// An API server's address in a document, in the one way of writing it.
fn address(document: &[u8], pointer: &str) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let address = document.pointer(pointer)?.as_str()?.to_ascii_lowercase();
    let address = address.trim_end_matches('/');
    Some(address.strip_suffix(":443").unwrap_or(address).to_owned())
}

/// Texts in a list: the items themselves, or their field `key`.
fn texts(bytes: &[u8], list: &str, key: &str) -> Result<Vec<String>, Failure> {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let items = document.pointer(list).and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    if items.len() > MAX_POLICIES {
        return Err(
            Failure::refused("the role has more policies than IAM allows")
                .cause(format!("aws lists {} of them", items.len()))
                .hint("check what `aws` is on this PATH"),
        );
    }
    let text = |item: &Value| match key {
        "" => item.as_str().map(str::to_owned),
        key => item[key].as_str().map(str::to_owned),
    };
    Ok(items.iter().filter_map(text).collect())
}

fn explain(error: &tool::Error, command: &str) -> Failure {
    let kind = match error {
        tool::Error::Slow { .. } => Kind::Network,
        _ => Kind::Refused,
    };
    let failure =
        Failure::new(kind, format!("`{command}` gave no answer")).cause(error.to_string());
    match error {
        tool::Error::Missing { .. } => failure
            .hint("install it, or give what it prints where it is: apono-login policy check FILE…"),
        _ => failure.hint(
            "it runs with your own environment: AWS_PROFILE and KUBECONFIG choose the credentials",
        ),
    }
}
