//! `get-token`: the exec credential plugin. kubectl runs it unseen: standard output carries only the result, nothing is
//! prompted for, and standard error is all that the user sees of a failure.

use crate::cli::GetToken;
use crate::context::Context;
use crate::credentials::Secret;
use crate::eks::token;
use crate::failure::{Failure, Kind};
use crate::kube::exec_credential::{self, Version};
use crate::names::{ClusterName, Region};
use crate::session::{Caller, Grant, Request, Session};
use crate::signin::interaction::Interaction;

pub fn run(context: &Context, args: &GetToken) -> Result<(), Failure> {
    let asked = Asked::new(context, args)?;
    let grant = grant(context, "get-token", asked.region.as_ref())?;
    context
        .output
        .result(asked.answer(context, &grant)?.reveal())
}

/// What the caller asks for, with flags and variables.
pub struct Asked<'a> {
    /// Its ID, where it has one besides the name.
    cluster: &'a ClusterName,
    /// The region that a flag or a variable names.
    region: Option<Region>,
    version: Version,
}

impl<'a> Asked<'a> {
    pub fn new(context: &Context, args: &'a GetToken) -> Result<Self, Failure> {
        let requested = Version::requested(context.exec_info().as_deref()).map_err(|error| {
            Failure::refused("kubectl and apono-login have no ExecCredential version in common")
                .cause(format!("the client requests {:?}", error.requested))
                .hint(format!(
                    "set `apiVersion: {}` in the exec entry of your kubeconfig",
                    Version::WRITTEN.as_str()
                ))
        })?;
        // Entries of older versions of this program are v1 and do not name it.
        let version = requested.or(args.api_version).unwrap_or(Version::V1);
        let region = match &args.region {
            Some(region) => Some(region.clone()),
            None => context.env_region()?,
        };
        let cluster = args.cluster_id.as_ref().or(args.cluster_name.as_ref());
        let cluster = cluster.ok_or_else(|| {
            Failure::new(Kind::Usage, "no cluster given").hint("add `--cluster-name CLUSTER`")
        })?;
        Ok(Asked {
            cluster,
            region,
            version,
        })
    }

    /// Returns the ExecCredential, with a token that is signed now.
    pub fn answer(&self, context: &Context, grant: &Grant) -> Result<Secret, Failure> {
        let in_profile = || grant.header.region.as_ref()?.parse().ok();
        let region = self.region.clone().or_else(in_profile).ok_or_else(|| {
            Failure::refused("region of the cluster not found")
                .cause("neither --region, AWS_REGION nor the profile names one")
                .hint("add `--region REGION`, or set `region` in the profile")
        })?;
        let host = grant.sts_host(&region)?;
        let (credentials, now) = (&grant.credentials, context.now());
        let token = token::sign_token(credentials, self.cluster, &region, host, now)?;
        Ok(exec_credential::render(
            self.version,
            &token.value,
            token.expires_at,
        ))
    }
}

/// Returns credentials for the program that runs this command, such as kubectl. `region` is one whose STS host is needed.
///
/// A request to sign in is one line: kubectl runs the plugin five times before it gives up, and shows the output of each run.
pub fn grant(
    context: &Context,
    command: &'static str,
    region: Option<&Region>,
) -> Result<Grant, Failure> {
    let request = Request {
        region,
        interaction: Interaction::through_program(context),
        caller: Caller::Program(command),
        ..Request::default()
    };
    let session = Session::new(context)?;
    let granted = session.credentials(request);
    granted
        .inspect(|_| session.keep_warnings())
        .map_err(|failure| match failure.kind {
            Kind::SignInNeeded => failure.in_a_line(),
            _ => failure,
        })
}
