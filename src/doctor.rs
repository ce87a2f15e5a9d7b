//! `doctor`: checks every step from this computer to the cluster, stops at the first one that fails, and shows who can fix it
//! and how.
//!
//! Changes nothing: no config file and no cached credentials. (An SSO session is renewed where any AWS tool would renew it.)
//! It runs with the variables that the kubeconfig sets for apono-login, and assumes the role again where it can: cached credentials do not prove that the role can be assumed now.

mod access;
mod chain;
mod cluster;
mod environment;
mod kubeconfigs;
mod laptop;
mod report;
mod user;
mod username;

use std::process::ExitCode;

use cluster::Subject;
use kubeconfigs::Kubeconfigs;
use report::{Layout, Report, Step, Stop};

use crate::cli::{Doctor, StatusFormat};
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::hints;
use crate::output;
use crate::session::Session;
use crate::session::choice;

pub fn run(context: &Context, args: &Doctor) -> Result<ExitCode, Failure> {
    let kubeconfigs = Kubeconfigs::read(context);
    let context = &with_profile_in_use(context, kubeconfigs.as_ref().ok())?;
    if let Ok(kubeconfigs) = &kubeconfigs {
        environment::run_as_entry(context, args, kubeconfigs);
    }
    let session = Session::new(context)?;
    let mut report = Report::new(context.profile.as_str());
    // The report contains the failure too.
    let _ = check(context, &session, args, kubeconfigs, &mut report);
    report.close();
    context.output.result(&match args.output {
        StatusFormat::Json => output::json(&report),
        StatusFormat::Text => report.text(Layout {
            width: context.width(),
            verbose: context.output.verbose_since.is_some(),
            palette: context.output.stdout(),
        }),
    })?;
    Ok(report.exit_code())
}

/// Returns the context for the profile that kubectl uses now, else for the one that all commands use, unless a profile is named.
fn with_profile_in_use(
    context: &Context,
    kubeconfigs: Option<&Kubeconfigs>,
) -> Result<Context, Failure> {
    match kubeconfigs.and_then(Kubeconfigs::profile_in_use) {
        Some(profile) if !context.profile_is_named => Ok(context.with_profile(profile)),
        _ => choice::one(context),
    }
}

fn check(
    context: &Context,
    session: &Session<'_>,
    args: &Doctor,
    kubeconfigs: Result<Kubeconfigs, Failure>,
    report: &mut Report,
) -> Result<(), Stop> {
    let program = laptop::program(context, args, kubeconfigs);
    let (kubeconfigs, target) = report.step(Step::Program, program)?;
    report.cluster = target.as_ref().map(|target| target.name.to_string());
    let plan = report.step(Step::Config, laptop::config(context, session))?;
    let place = report.step(Step::Network, chain::network(session, &plan))?;
    report.step(Step::Clock, chain::clock(place.ahead))?;
    let source = report.step(Step::Source, chain::source(session, &place))?;
    let mismatches = report.step(Step::Identity, chain::identity(&plan, source.as_ref()))?;
    // A denial confirms a mismatch.
    let passed = chain::role(session, &place, source, &mismatches)
        .map_err(|(step, failure)| report.blame(step, failure))?;
    let credentials = report.step(Step::Role, Ok(passed))?;
    let session_name = &plan.session_name;
    let Some(target) = target else {
        let role = plan.role.path_and_name();
        report.conclusion = format!("you can assume role {role} as {session_name}");
        let known = kubeconfigs.check_command(&context.profile);
        let command =
            known.unwrap_or_else(|| "doctor --cluster-name CLUSTER --region REGION".to_owned());
        let run = hints::run(&command, &context.profile);
        report.skip(
            Step::Cluster,
            "no cluster is given: add `--cluster-name CLUSTER --region REGION`",
            format!("to check a cluster too, {run}"),
        );
        return Ok(());
    };
    let described = cluster::describe(context, session, &plan, &target, &credentials);
    let (region, cluster) = report.step(Step::Cluster, described)?;
    let found = kubeconfigs.leads_to(session, context, &target, &region, &cluster);
    let entry = report.step(Step::Kubeconfig, found)?;
    let subject = Subject {
        plan: &plan,
        target: &target,
        region: &region,
        cluster: &cluster,
        entry: &entry,
    };
    let endpoint = cluster::endpoint(context, &subject);
    let server = report.step(Step::Endpoint, endpoint)?;
    let token = cluster::token(context, session, &subject, &credentials);
    let token = report.step(Step::Token, token)?;
    let passed = user::check(&subject, session, &server, &token)
        .map_err(|(step, failure)| report.blame(step, failure))?;
    let mapped = report.step(Step::Username, Ok(passed))?;
    let passed = access::check(&subject, &server, &token, mapped.as_ref())
        .map_err(|(step, failure)| report.blame(step, failure))?;
    report.step(Step::Access, Ok(passed))?;
    let name = &target.name;
    report.conclusion = format!("you can use cluster {name} as {session_name}");
    Ok(())
}
