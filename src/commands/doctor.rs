//! `doctor`: walks the chain from this computer to the cluster and stops at the first broken link, with whose it is to mend
//! and how.
//!
//! Changes nothing: no file of anybody's, no cached credentials. (A sign-in that AWS tools would renew by themselves is
//! renewed, as any of them does.) It assumes the role anew where it can, for what is cached proves nothing about now.

mod chain;
mod cluster;
mod kubeconfigs;
mod laptop;
mod report;
mod username;

use std::process::ExitCode;

use cluster::Asked;
use kubeconfigs::Kubeconfigs;
use report::{Report, Step, Stop};

use crate::cli::{Doctor, StatusFormat};
use crate::context::Context;
use crate::failure::Failure;
use crate::session::Session;

pub fn run(context: &Context, args: &Doctor) -> Result<ExitCode, Failure> {
    let context = &with_the_profile_in_use(context);
    let session = Session::new(context)?;
    let mut report = Report::new(context.profile.as_str());
    let all_well = walk(context, &session, args, &mut report).is_ok();
    report.close();
    context.output.result(&match args.output {
        StatusFormat::Json => report.json(),
        StatusFormat::Text => report.text(),
    })?;
    Ok(match &report.stopped_by {
        Some(failure) if !all_well => failure.exit_code(),
        _ => ExitCode::SUCCESS,
    })
}

/// Where none is named, the profile that kubectl uses now.
fn with_the_profile_in_use(context: &Context) -> Context {
    let kubeconfigs = Kubeconfigs::read(context).ok();
    match kubeconfigs.and_then(|found| found.profile_in_use()) {
        Some(profile) if !context.profile_is_named => context.with_profile(profile),
        _ => context.clone(),
    }
}

fn walk(
    context: &Context,
    session: &Session<'_>,
    args: &Doctor,
    report: &mut Report,
) -> Result<(), Stop> {
    let (kubeconfigs, target) = report.step(Step::Program, laptop::program(context, args))?;
    if let Some(target) = &target {
        report.about(&target.name.to_string());
    }
    let plan = report.step(Step::Config, laptop::config(context, session))?;
    let place = report.step(Step::Network, chain::network(context, session, &plan))?;
    report.step(Step::Clock, chain::clock(place.ahead))?;
    let source = report.step(Step::Source, chain::source(session, &place))?;
    let doubts = report.step(Step::Identity, chain::identity(&plan, source.as_ref()))?;
    let credentials = match chain::role(session, &place, source, &doubts) {
        // The trust policy has told us that the doubt was right.
        Err((Step::Identity, failure)) => return Err(report.blame(Step::Identity, failure)),
        Err((step, failure)) => report.step(step, Err(failure))?,
        Ok(passed) => report.step(Step::Role, Ok(passed))?,
    };
    let Some(target) = target else {
        report.rest(
            Step::Cluster,
            "no cluster was named: --cluster-name NAME --region REGION",
        );
        return Ok(());
    };
    let seen = cluster::describe(context, session, &plan, &target, &credentials);
    let (region, cluster) = report.step(Step::Cluster, seen)?;
    report.step(
        Step::Kubeconfig,
        kubeconfigs.leads_to(context, &target, &region, &cluster),
    )?;
    let asked = Asked {
        plan: &plan,
        target: &target,
        region: &region,
        cluster: &cluster,
    };
    let server = report.step(Step::Endpoint, cluster::endpoint(&cluster, &target))?;
    let token = cluster::token(context, session, &target, &region, &credentials);
    let token = report.step(Step::Token, token)?;
    let mapped = report.step(Step::Username, cluster::username(&asked, &server, &token))?;
    match cluster::access(&asked, &server, &token, mapped.as_ref()) {
        Err((Step::Username, failure)) => Err(report.blame(Step::Username, failure)),
        Err((step, failure)) => report.step(step, Err(failure)),
        Ok(passed) => report.step(Step::Access, Ok(passed)),
    }
}
