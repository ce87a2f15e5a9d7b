//! Collects the existing setup: from files, or by running the admin's own tools, which use the admin's environment and
//! credentials.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::check::{self, AwsAuth, Content, Input};
use crate::cli::CheckPolicy;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{ClusterName, Region, RoleArn};
use crate::sys::{file, tool};

/// Maximum size of a document, in bytes. A ConfigMap has at most 1 MiB.
const MAX_DOCUMENT: u64 = 4 << 20;
/// Timeout of one command.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of policies of a role. IAM's highest quota is 20 managed policies.
const MAX_POLICIES: usize = 50;

const CHECK_TOOLS: &str = "check that `aws` and `kubectl` on your PATH are the AWS CLI and kubectl";

/// Returns the documents in the files; `-` is standard input.
pub fn from_files(files: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in files {
        let (name, bytes) = match path == Path::new("-") {
            true => ("standard input".to_owned(), file::read_stdin(MAX_DOCUMENT)?),
            false => (
                path.display().to_string(),
                file::read_input(path, MAX_DOCUMENT)?,
            ),
        };
        inputs.extend(read(&name, &bytes)?);
    }
    Ok(inputs)
}

/// Returns the documents that a tool printed.
fn read_output(name: &str, bytes: &[u8]) -> Result<Vec<Input>, Failure> {
    check::read(name, bytes).map_err(|error| {
        Failure::refused(format!("could not read the output of `{name}`"))
            .cause(error.to_string())
            .hint(CHECK_TOOLS)
    })
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Input>, Failure> {
    check::read(name, bytes).map_err(|error| {
        Failure::refused("invalid input for `policy check`")
            .cause(error.to_string())
            .hint("use the output of `aws iam get-role`, `get-role-policy`, `get-policy-version`, `aws eks describe-access-entry`, or `kubectl -n kube-system get configmap aws-auth`")
            .hint("if the output is not JSON, add `--output json` (aws) or `-o json` (kubectl)")
    })
}

/// What `--role-name` takes.
pub const ROLE_NAME_HINT: &str =
    "set `--role-name` to the name of the role, not its ARN, for example `apono-k8s-access`";

/// Returns the role in the documents.
pub fn role_of(inputs: &[Input]) -> Option<RoleArn> {
    inputs.iter().find_map(|input| match &input.content {
        Content::Role(role) => role.arn.parse().ok(),
        _ => None,
    })
}

/// Runs `aws` and `kubectl`, and returns the documents that they print.
pub fn from_tools(
    context: &Context,
    args: &CheckPolicy,
    role: &str,
    region: Option<&Region>,
) -> Result<Vec<Input>, Failure> {
    let tools = Tools {
        path: context.search_path(),
    };
    let name = role.rsplit('/').next().unwrap_or_default();
    // The name goes on a command line, so it must be a valid role name.
    let parse = format!("arn:aws:iam::000000000000:role/{name}").parse::<RoleArn>();
    if let Err(error) = parse {
        return Err(Failure::new(Kind::Usage, "invalid value for --role-name")
            .cause(error.to_string())
            .hint(ROLE_NAME_HINT));
    }
    let _waiting = context.output.waiting("Running aws and kubectl…");
    let name = format!("--role-name={name}");
    let mut inputs = tools.iam(&["get-role", &name])?;
    inputs.extend(tools.policies(&name)?);
    if let (Some(cluster), Some(role)) = (&args.cluster_name, role_of(&inputs)) {
        let region = region.map(|r| format!("--region={r}"));
        inputs.extend(tools.access_entry(cluster.as_str(), role.as_str(), region.as_deref())?);
    }
    let warn = |failure: &Failure| {
        let cause = failure.causes.first().map_or("", String::as_str);
        context.output.warn(&format!("{}: {cause}", failure.error));
    };
    let kubeconfig = args.context.as_deref();
    let kubeconfig = kubeconfig.map(|name| format!("--context={name}"));
    let kubeconfig: Vec<&str> = kubeconfig.as_deref().into_iter().collect();
    if let Some(cluster) = &args.cluster_name
        && let Err(failure) = tools.is_context_of(&kubeconfig, cluster, region)
    {
        warn(&failure);
        // A context named with --context may reach the cluster through a tunnel or a proxy, with another server URL.
        if kubeconfig.is_empty() {
            context
                .output
                .warn("aws-auth was not checked: add `--context` with the context of the cluster");
            return Ok(inputs);
        }
    }
    match tools.aws_auth(&kubeconfig) {
        Ok(found) => inputs.extend(found),
        // Check the rest anyway: the report has a note that aws-auth was not checked.
        Err(failure) => warn(&failure),
    }
    Ok(inputs)
}

struct Tools {
    path: OsString,
}

impl Tools {
    fn run(&self, program: &'static str, arguments: &[&str]) -> Result<Vec<u8>, tool::Error> {
        tool::run(program, arguments, &self.path, MAX_DOCUMENT, TIMEOUT)
    }

    fn aws(&self, arguments: &[&str]) -> Result<Vec<u8>, tool::Error> {
        let arguments = [arguments, &["--output", "json"]].concat();
        self.run("aws", &arguments)
    }

    fn iam(&self, arguments: &[&str]) -> Result<Vec<Input>, Failure> {
        read_output("aws iam", &self.iam_bytes(arguments)?)
    }

    fn iam_bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let arguments = [&["iam"], arguments].concat();
        self.aws(&arguments)
            .map_err(|error| explain(&error, &format!("aws {}", arguments.join(" "))))
    }

    /// Returns the permissions policies of the role, with their ARNs or names.
    fn policies(&self, role: &str) -> Result<Vec<Input>, Failure> {
        let attached = self.iam_bytes(&["list-attached-role-policies", role])?;
        let inline = self.iam_bytes(&["list-role-policies", role])?;
        let mut inputs = read_output("aws iam list-attached-role-policies", &attached)?;
        inputs.extend(read_output("aws iam list-role-policies", &inline)?);
        for arn in texts(&attached, "/AttachedPolicies", "PolicyArn")? {
            let arn_option = format!("--policy-arn={arn}");
            let policy = self.iam_bytes(&["get-policy", &arn_option])?;
            inputs.extend(read_output("aws iam get-policy", &policy)?);
            let policy: Value = serde_json::from_slice(&policy).unwrap_or_default();
            let version = policy["Policy"]["DefaultVersionId"].as_str();
            let version = format!("--version-id={}", version.unwrap_or_default());
            for mut input in self.iam(&["get-policy-version", &arn_option, &version])? {
                if let Content::Permissions(permissions) = &mut input.content {
                    permissions.arn = Some(arn.clone());
                }
                inputs.push(input);
            }
        }
        for name in texts(&inline, "/PolicyNames", "")? {
            inputs.extend(self.iam(&[
                "get-role-policy",
                role,
                &format!("--policy-name={name}"),
            ])?);
        }
        Ok(inputs)
    }

    /// Returns the access entry of the role with its access policies, if it has one, and the list of all access entries.
    fn access_entry(
        &self,
        cluster: &str,
        role: &str,
        region: Option<&str>,
    ) -> Result<Vec<Input>, Failure> {
        let cluster = format!("--cluster-name={cluster}");
        let role = format!("--principal-arn={role}");
        let mut inputs = Vec::new();
        let mut list = vec!["eks", "list-access-entries", &cluster];
        list.extend(region);
        // If it fails, the report has a note that other access entries were not checked.
        if let Ok(bytes) = self.aws(&list) {
            inputs.extend(read_output("aws eks list-access-entries", &bytes)?);
        }
        for verb in ["describe-access-entry", "list-associated-access-policies"] {
            let mut arguments = vec!["eks", verb, &cluster, &role];
            arguments.extend(region);
            match self.aws(&arguments) {
                Ok(bytes) => inputs.extend(read_output(&format!("aws eks {verb}"), &bytes)?),
                // The cluster's authentication mode does not have access entries.
                Err(tool::Error::Failed { said, .. }) if said.contains("authentication mode") => {
                    let contents = [Content::NoAccessEntry, Content::AccessEntries(Vec::new())];
                    inputs.extend(contents.map(|content| Input { content }));
                    break;
                }
                Err(tool::Error::Failed { said, .. })
                    if said.contains("ResourceNotFoundException")
                        && !said.contains("No cluster found") =>
                {
                    inputs.push(Input {
                        content: Content::NoAccessEntry,
                    });
                    break;
                }
                Err(error) => {
                    return Err(explain(&error, &format!("aws {}", arguments.join(" "))));
                }
            }
        }
        Ok(inputs)
    }

    /// Checks that the kubectl context is for the cluster.
    ///
    /// # Errors
    /// It is for another cluster, or that could not be determined.
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
        let shown = |address: Option<String>| match address.filter(|address| !address.is_empty()) {
            Some(address) => address,
            None => "missing".to_owned(),
        };
        let what = format!("the kubectl context is not for cluster {cluster}");
        let (server, endpoint) = (shown(server), shown(endpoint));
        Err(Failure::refused(what).cause(format!(
            "the server of the context is {server}, the endpoint of the cluster is {endpoint}"
        )))
    }

    /// Returns the aws-auth ConfigMap, an empty one if the cluster does not have it.
    fn aws_auth(&self, context: &[&str]) -> Result<Vec<Input>, Failure> {
        let get = ["-n", "kube-system", "get", "configmap", "aws-auth"];
        let arguments = [context, &get, &["-o", "json", "--request-timeout=30s"]].concat();
        match self.run("kubectl", &arguments) {
            Ok(bytes) => read_output("kubectl", &bytes),
            Err(tool::Error::Failed { said, .. }) if said.contains("(NotFound)") => {
                Ok(vec![Input {
                    content: Content::AwsAuth(AwsAuth::default()),
                }])
            }
            Err(error) => Err(explain(&error, &format!("kubectl {}", arguments.join(" ")))),
        }
    }
}

/// Returns the URL of an API server in a document, in a form that can be compared.
fn address(document: &[u8], pointer: &str) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let address = document.pointer(pointer)?.as_str()?.to_ascii_lowercase();
    let address = address.trim_end_matches('/');
    Some(address.strip_suffix(":443").unwrap_or(address).to_owned())
}

/// Returns the items of a list, or their field `key` unless it is empty.
fn texts(bytes: &[u8], list: &str, key: &str) -> Result<Vec<String>, Failure> {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let items = document.pointer(list).and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    if items.len() > MAX_POLICIES {
        return Err(
            Failure::refused(format!("the role has more than {MAX_POLICIES} policies"))
                .cause(format!("aws lists {}; IAM allows fewer", items.len()))
                .hint("check that `aws` on your PATH is the AWS CLI"),
        );
    }
    let text = |item: &Value| match key {
        "" => item.as_str().map(str::to_owned),
        key => item[key].as_str().map(str::to_owned),
    };
    Ok(items.iter().filter_map(text).collect())
}

fn how_to_install(program: &str) -> String {
    match program {
        "aws" => "install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html".to_owned(),
        "kubectl" => "install kubectl: https://kubernetes.io/docs/tasks/tools/".to_owned(),
        program => format!("install {program}"),
    }
}

fn explain(error: &tool::Error, command: &str) -> Failure {
    let kind = match error {
        tool::Error::Slow { .. } => Kind::Network,
        _ => Kind::Refused,
    };
    let failure = Failure::new(kind, format!("could not run `{command}`")).cause(error.to_string());
    match error {
        tool::Error::Missing { program } => failure.hint(how_to_install(program)).hint(format!(
            "if {program} is on another computer, save its output there and check it here: `apono-login policy check FILE`"
        )),
        tool::Error::Slow { .. } => failure.hint("check your network, VPN and proxy, then run this again"),
        tool::Error::Failed { said, .. } if said.contains("NoSuchEntity") => failure
            .hint("check `--role-name`: the role was not found in the account that `aws` uses")
            .hint("if the role is in another account, set `AWS_PROFILE` to a profile of that account, and `--account-id` to its ID"),
        tool::Error::Failed { .. } => failure
            .hint("check the credentials: aws and kubectl use AWS_PROFILE, AWS_REGION and KUBECONFIG of your environment"),
        _ => failure.hint(CHECK_TOOLS),
    }
}
