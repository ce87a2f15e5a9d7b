//! Collects the existing setup: from files, or by running the admin's own tools, which use the admin's environment and
//! credentials.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::check::{self, AwsAuth, Expected, Input};
use super::role::{Known, ROLE_NAME_HINT, usage};
use crate::cli::CheckPolicy;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{ClusterName, Region, RoleArn};
use crate::sys::{file, tool};

/// Maximum size of a document, in bytes. A ConfigMap has at most 1 MiB.
const MAX_DOCUMENT: u64 = 4 << 20;
/// Timeout of one command.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of policies of a role of each kind. IAM's highest quota is 20 managed policies.
const MAX_POLICIES: usize = 50;

const CHECK_TOOLS: &str = "check that `aws` and `kubectl` on your PATH are the AWS CLI and kubectl";

/// Returns what is expected of the role, and the documents to check.
pub fn gather(context: &Context, args: &CheckPolicy) -> Result<(Expected, Vec<Input>), Failure> {
    let known = Known::gather(context, &args.role);
    let inputs = match args.files.is_empty() {
        true => from_tools(context, args, known.name(None), known.region.as_ref())?,
        false => from_files(&args.files)?,
    };
    let role = known.role(context, role_of(&inputs).as_ref())?;
    Ok((Expected::new(args, role, known.region)?, inputs))
}

/// Returns the documents in the files; `-` is standard input.
fn from_files(files: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in files {
        let (name, bytes) = match path == Path::new("-") {
            true => ("standard input".to_owned(), file::read_stdin(MAX_DOCUMENT)?),
            false => (
                path.display().to_string(),
                file::read_input(path, MAX_DOCUMENT)?,
            ),
        };
        inputs.extend(check::read(&name, &bytes).map_err(|reason| {
            Failure::refused("invalid input for `policy check`")
                .cause(reason)
                .hint("use the output of `aws iam get-role`, `get-role-policy`, `get-policy-version`, `aws eks describe-access-entry`, or `kubectl -n kube-system get configmap aws-auth`")
                .hint("if the output is not JSON, add `--output json` (aws) or `-o json` (kubectl)")
        })?);
    }
    Ok(inputs)
}

/// Returns the role in the documents.
fn role_of(inputs: &[Input]) -> Option<RoleArn> {
    inputs.iter().find_map(|input| match input {
        Input::Role(role) => role.arn.parse().ok(),
        _ => None,
    })
}

/// Runs `aws` and `kubectl`, and returns the documents that they print.
fn from_tools(
    context: &Context,
    args: &CheckPolicy,
    role: &str,
    region: Option<&Region>,
) -> Result<Vec<Input>, Failure> {
    let tools = Tools {
        path: context.search_path(),
        region: region.map(|region| format!("--region={region}")),
        context: (args.context.as_ref()).map(|name| format!("--context={name}")),
    };
    let name = role.rsplit('/').next().unwrap_or_default();
    // The name goes on a command line, so it must be a valid role name.
    let parsed = format!("arn:aws:iam::000000000000:role/{name}").parse::<RoleArn>();
    parsed.map_err(|error| usage("--role-name", &error, ROLE_NAME_HINT))?;
    let _waiting = context.output.waiting("Running aws and kubectl…");
    let name = format!("--role-name={name}");
    let mut inputs = tools.iam(&["get-role", &name])?;
    inputs.extend(tools.policies(&name)?);
    if let (Some(cluster), Some(role)) = (&args.cluster_name, role_of(&inputs)) {
        inputs.extend(tools.access_entry(cluster, &role)?);
    }
    let warn = |failure: &Failure| {
        let cause = failure.causes.first().map_or("", String::as_str);
        context.output.warn(&format!("{}: {cause}", failure.error));
    };
    if let Some(cluster) = &args.cluster_name
        && let Err(failure) = tools.is_context_of(cluster)
    {
        warn(&failure);
        // A context named with --context may reach the cluster through a tunnel or a proxy, with another server URL.
        if args.context.is_none() {
            let line = "aws-auth was not checked: add `--context` with the context of the cluster";
            context.output.warn(line);
            return Ok(inputs);
        }
    }
    match tools.aws_auth() {
        Ok(found) => inputs.extend(found),
        // Check the rest anyway: the report has a note that aws-auth was not checked.
        Err(failure) => warn(&failure),
    }
    Ok(inputs)
}

/// Runs the tools.
struct Tools {
    path: OsString,
    /// The options `--region` of aws and `--context` of kubectl.
    region: Option<String>,
    context: Option<String>,
}

impl Tools {
    /// Returns what a tool prints. If it fails, `instead` may know what that means.
    fn run(
        &self,
        program: &'static str,
        arguments: &[&str],
        instead: impl Fn(&tool::Error) -> Option<Vec<Input>>,
    ) -> Result<Vec<Input>, Failure> {
        match self.bytes(program, arguments) {
            Err(error) => instead(&error).ok_or_else(|| explain(&error, program, arguments)),
            Ok(bytes) => {
                let name = match program {
                    "aws" => format!("aws {}", arguments[..2].join(" ")),
                    program => program.to_owned(),
                };
                check::read(&name, &bytes).map_err(|reason| {
                    Failure::refused(format!("could not read the output of `{name}`"))
                        .cause(reason)
                        .hint(CHECK_TOOLS)
                })
            }
        }
    }

    fn bytes(&self, program: &'static str, arguments: &[&str]) -> Result<Vec<u8>, tool::Error> {
        let json: &[&str] = match program {
            "aws" => &["--output", "json"],
            _ => &[],
        };
        let arguments = [arguments, json].concat();
        tool::run(program, &arguments, &self.path, MAX_DOCUMENT, TIMEOUT)
    }

    fn iam(&self, arguments: &[&str]) -> Result<Vec<Input>, Failure> {
        self.run("aws", &[&["iam"], arguments].concat(), |_| None)
    }

    /// Returns the arguments of `aws eks`.
    fn eks<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let region = self.region.as_deref();
        ["eks"]
            .iter()
            .chain(arguments)
            .copied()
            .chain(region)
            .collect()
    }

    /// Returns the permissions policies of the role, with their ARNs or names.
    fn policies(&self, role: &str) -> Result<Vec<Input>, Failure> {
        let mut inputs = self.iam(&["list-attached-role-policies", role])?;
        inputs.extend(self.iam(&["list-role-policies", role])?);
        for input in inputs.clone() {
            let (Input::Attached(policies) | Input::Inline(policies)) = &input else {
                continue;
            };
            if policies.len() > MAX_POLICIES {
                let what = format!("the role has more than {MAX_POLICIES} policies");
                return Err(Failure::refused(what)
                    .cause(format!("aws lists {}; IAM allows fewer", policies.len()))
                    .hint("check that `aws` on your PATH is the AWS CLI"));
            }
            for policy in policies {
                inputs.extend(match &input {
                    Input::Inline(_) => {
                        let name = format!("--policy-name={policy}");
                        self.iam(&["get-role-policy", role, &name])?
                    }
                    _ => self.managed_policy(policy)?,
                });
            }
        }
        Ok(inputs)
    }

    fn managed_policy(&self, arn: &str) -> Result<Vec<Input>, Failure> {
        let arn_option = format!("--policy-arn={arn}");
        let mut inputs = self.iam(&["get-policy", &arn_option])?;
        let version = inputs.iter().find_map(|input| match input {
            Input::Managed(policy) => Some(policy.default_version.as_str()),
            _ => None,
        });
        let version = format!("--version-id={}", version.unwrap_or_default());
        let mut documents = self.iam(&["get-policy-version", &arn_option, &version])?;
        for document in &mut documents {
            if let Input::Permissions(permissions) = document {
                permissions.arn = Some(arn.to_owned());
            }
        }
        inputs.extend(documents);
        Ok(inputs)
    }

    /// Returns the access entry of the role with its access policies, if it has one, and the list of all access entries.
    fn access_entry(&self, cluster: &ClusterName, role: &RoleArn) -> Result<Vec<Input>, Failure> {
        let cluster = format!("--cluster-name={cluster}");
        let role = format!("--principal-arn={role}");
        let list = self.eks(&["list-access-entries", &cluster]);
        // If it fails, the report has a note that other access entries were not checked.
        let mut inputs = self.run("aws", &list, |_| Some(Vec::new()))?;
        for verb in ["describe-access-entry", "list-associated-access-policies"] {
            let arguments = self.eks(&[verb, &cluster, &role]);
            let found = self.run("aws", &arguments, |error| {
                let has = |text| said(error).contains(text);
                if has("authentication mode") {
                    // The cluster's authentication mode does not have access entries.
                    Some(vec![Input::NoAccessEntry, Input::AccessEntries(Vec::new())])
                } else if has("ResourceNotFoundException") && !has("No cluster found") {
                    Some(vec![Input::NoAccessEntry])
                } else {
                    None
                }
            })?;
            let has_entry = !matches!(found.first(), Some(Input::NoAccessEntry));
            inputs.extend(found);
            if !has_entry {
                break;
            }
        }
        Ok(inputs)
    }

    /// Checks that the kubectl context is for the cluster.
    ///
    /// # Errors
    /// It is for another cluster, or that could not be determined.
    fn is_context_of(&self, cluster: &ClusterName) -> Result<(), Failure> {
        let name = format!("--name={cluster}");
        let describe = self.eks(&["describe-cluster", &name]);
        let endpoint = self.address("aws", &describe, "/cluster/endpoint")?;
        let view = self.kubectl(&["config", "view", "--minify", "-o", "json"]);
        let server = self.address("kubectl", &view, "/clusters/0/cluster/server")?;
        if endpoint.is_some() && endpoint == server {
            return Ok(());
        }
        let shown = |address: Option<String>| address.unwrap_or_else(|| "missing".to_owned());
        let (server, endpoint) = (shown(server), shown(endpoint));
        let what = format!("the kubectl context is not for cluster {cluster}");
        Err(Failure::refused(what).cause(format!(
            "the server of the context is {server}, the endpoint of the cluster is {endpoint}"
        )))
    }

    /// Returns the URL of an API server in what a tool prints, in a form that can be compared.
    fn address(
        &self,
        program: &'static str,
        arguments: &[&str],
        pointer: &str,
    ) -> Result<Option<String>, Failure> {
        let bytes = self.bytes(program, arguments);
        let bytes = bytes.map_err(|error| explain(&error, program, arguments))?;
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let address = document.pointer(pointer).and_then(Value::as_str);
        let address = address.unwrap_or_default().to_ascii_lowercase();
        let address = address.trim_end_matches('/');
        let address = address.strip_suffix(":443").unwrap_or(address);
        Ok(Some(address.to_owned()).filter(|address| !address.is_empty()))
    }

    /// Returns the arguments of `kubectl`.
    fn kubectl<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let context = self.context.as_deref();
        context
            .into_iter()
            .chain(arguments.iter().copied())
            .collect()
    }

    /// Returns the aws-auth ConfigMap, an empty one if the cluster does not have it.
    fn aws_auth(&self) -> Result<Vec<Input>, Failure> {
        let get = ["-n", "kube-system", "get", "configmap", "aws-auth"];
        let arguments = [&get[..], &["-o", "json", "--request-timeout=30s"]].concat();
        let arguments = self.kubectl(&arguments);
        self.run("kubectl", &arguments, |error| {
            let is_missing = said(error).contains("(NotFound)");
            is_missing.then(|| vec![Input::AwsAuth(AwsAuth::default())])
        })
    }
}

/// Returns what a tool that failed printed on stderr.
fn said(error: &tool::Error) -> &str {
    match error {
        tool::Error::Failed { said, .. } => said,
        _ => "",
    }
}

fn explain(error: &tool::Error, program: &str, arguments: &[&str]) -> Failure {
    let kind = match error {
        tool::Error::Slow { .. } => Kind::Network,
        _ => Kind::Refused,
    };
    let what = format!("could not run `{program} {}`", arguments.join(" "));
    let failure = Failure::new(kind, what).cause(error.to_string());
    match error {
        tool::Error::Missing { program } => failure
            .hint(match *program {
                "aws" => "install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
                _ => "install kubectl: https://kubernetes.io/docs/tasks/tools/",
            })
            .hint(format!(
                "if {program} is on another computer, save its output there and check it here: `apono-login policy check FILE`"
            )),
        tool::Error::Slow { .. } => {
            failure.hint("check your network, VPN and proxy, then run this again")
        }
        tool::Error::Failed { said, .. } if said.contains("NoSuchEntity") => failure
            .hint("check `--role-name`: the role was not found in the account that `aws` uses")
            .hint("if the role is in another account, set `AWS_PROFILE` to a profile of that account, and `--account-id` to its ID"),
        tool::Error::Failed { .. } => failure
            .hint("check the credentials: aws and kubectl use AWS_PROFILE, AWS_REGION and KUBECONFIG of your environment"),
        _ => failure.hint(CHECK_TOOLS),
    }
}
