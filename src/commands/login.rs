//! `apono-login`: get credentials for the role, and say who you are and until when.

use crate::cli::Login;
use crate::context::Context;
use crate::explain;
use crate::failure::Failure;
use crate::output;
use crate::session::{Request, Session};

pub fn run(context: &Context, args: &Login) -> Result<(), Failure> {
    let session = Session::new(context)?;
    let grant = session.credentials(Request {
        force: args.force,
        fresh: true,
        duration: args.duration,
        may_ask: true,
        region: None,
    })?;
    let out = &context.output;
    let header = &grant.header;
    let from = if grant.cached {
        " (from the cache)"
    } else {
        ""
    };
    out.note(&format!("You are {}{from}", header.session_name));
    out.note(&format!("  role   {}", header.role_arn));
    out.note(&format!(
        "  until  {}",
        output::until(header.expires_at, context.now())
    ));
    if !grant.cached {
        let region = header.region.as_deref().unwrap_or("REGION");
        let next = explain::command(
            &format!("update-kubeconfig --name CLUSTER --region {region}"),
            &context.profile,
        );
        out.detail(&format!("next: `{next}`, then kubectl"));
    }
    Ok(())
}
