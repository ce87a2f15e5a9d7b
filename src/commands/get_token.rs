//! `get-token`: the exec credential plugin. kubectl runs it unseen: standard output carries only the result, nothing is
//! prompted for, and standard error is all that the user sees of a failure.

use crate::cli::GetToken;
use crate::context::Context;
use crate::eks::token;
use crate::failure::{Failure, Kind};
use crate::kube::exec_credential::{self, Version};
use crate::names::Region;
use crate::session::{Request, Session};
use crate::signin::interaction::Interaction;

pub fn run(context: &Context, args: &GetToken) -> Result<(), Failure> {
    let version = Version::requested(context.exec_info().as_deref()).map_err(|error| {
        Failure::refused("kubectl and apono-login have no ExecCredential version in common")
            .cause(error.to_string())
            .hint("set `apiVersion: client.authentication.k8s.io/v1` in the exec entry of your kubeconfig")
    })?;
    let session = Session::new(context)?;
    let flag_or_env = match &args.region {
        Some(region) => Some(region.clone()),
        None => context.env_region()?,
    };
    let request = Request {
        region: flag_or_env.as_ref(),
        interaction: Interaction::through_program(context),
        shares_failures: true,
        ..Request::default()
    };
    let grant = session.credentials(request).map_err(in_a_line)?;
    let region = match flag_or_env {
        Some(region) => region,
        None => profile_region(grant.header.region.as_deref())?,
    };
    let host = grant.sts_host(&region)?;
    let token = token::sign_token(
        &grant.credentials,
        &args.cluster_name,
        &region,
        host,
        context.now(),
    )?;
    let answer = exec_credential::render(version, &token.value, token.expires_at);
    context.output.result(answer.reveal())
}

/// Shortens a request to sign in to one line: kubectl runs the plugin five times before it gives up, and shows the output of
/// each run.
pub fn in_a_line(failure: Failure) -> Failure {
    match failure.kind {
        Kind::SignInNeeded => failure.in_a_line(),
        _ => failure,
    }
}

fn profile_region(region: Option<&str>) -> Result<Region, Failure> {
    region.and_then(|name| name.parse().ok()).ok_or_else(|| {
        Failure::refused("region of the cluster not found")
            .cause("neither --region, AWS_REGION nor the profile names one")
            .hint("add `--region REGION`, or set `region` in the profile")
    })
}
