//! `get-token`: the exec credential plugin. kubectl runs it unseen, so stdout is the answer and nothing else, it never
//! asks anything, and its stderr is all the person gets to see of a failure.

use crate::cli::GetToken;
use crate::context::Context;
use crate::eks::token;
use crate::failure::{Failure, Kind};
use crate::kube::exec_credential::{self, Version};
use crate::names::Region;
use crate::session::{Request, Session};
use crate::source::interaction::Interaction;

pub fn run(context: &Context, args: &GetToken) -> Result<(), Failure> {
    let version = Version::asked(context.exec_info().as_deref()).map_err(|error| {
        Failure::refused("kubectl and apono-login do not speak the same version")
            .cause(error.to_string())
            .hint("in the kubeconfig's exec entry set apiVersion: client.authentication.k8s.io/v1")
    })?;
    let session = Session::new(context)?;
    let flag_or_env = match &args.region {
        Some(region) => Some(region.clone()),
        None => context.env_region()?,
    };
    let request = Request {
        region: flag_or_env.as_ref(),
        interaction: Interaction::through_program(context),
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

/// kubectl runs us five times over before it gives up, and shows what each run said.
pub fn in_a_line(failure: Failure) -> Failure {
    match failure.kind {
        Kind::SignInNeeded => failure.in_a_line(),
        _ => failure,
    }
}

fn profile_region(region: Option<&str>) -> Result<Region, Failure> {
    region.and_then(|name| name.parse().ok()).ok_or_else(|| {
        Failure::refused("it is not known which region the cluster is in")
            .hint("add --region REGION, or set region in the profile")
    })
}
