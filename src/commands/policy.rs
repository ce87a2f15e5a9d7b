//! `policy`: what an admin sets up, and what is there of it.

mod gather;

use crate::aws;
use crate::cli::{
    AccessEntry, AwsAuth, CheckPolicy, Permissions, Policy, PolicyFormat, StatusFormat, TheRole,
};
use crate::commands::install::Existing;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{self, AccountId, Partition, Region, RoleArn, SamlProviderArn, UsernamePrefix};
use crate::output;
use crate::policy::check::{self, Expected, Finding, Severity};
use crate::policy::document::{self, Setup, Trust};
use crate::policy::mapping;
use crate::policy::{aws_cli, cloudformation, terraform};
use crate::profile::read::DEFAULT_ROLE;
use crate::session::Session;

pub fn run(context: &Context, args: &Policy) -> Result<(), Failure> {
    let text = match args {
        Policy::TrustSso(args) => {
            let (role, _) = the_role(context, &args.role)?;
            trust(role, Trust::Sso, None, args.format)?
        }
        Policy::TrustSaml(args) => {
            let (role, _) = the_role(context, &args.role)?;
            let provider = saml_provider(&role, &args.saml_provider)?;
            trust(
                role,
                Trust::Saml(provider),
                args.max_session_duration,
                args.format,
            )?
        }
        Policy::Permissions(args) => permissions(context, args)?,
        Policy::AwsAuth(args) => aws_auth(context, args)?,
        Policy::AccessEntry(args) => access_entry(context, args)?,
        Policy::Check(args) => return check(context, args),
    };
    context.output.result(&text)
}

fn trust(
    role: RoleArn,
    trust: Trust,
    max_session_duration: Option<u32>,
    format: PolicyFormat,
) -> Result<String, Failure> {
    let setup = Setup {
        role,
        trust,
        max_session_duration,
    };
    let trust = setup.trust_policy().ok_or_else(|| {
        Failure::refused("the trust policy for SAML cannot be written")
            .cause(format!(
                "the sign-in address of partition {} is not known here",
                setup.role.partition()
            ))
            .hint("take the document of another partition, and put AWS's sign-in address into SAML:aud")
    })?;
    Ok(match format {
        PolicyFormat::Json => trust.json(),
        PolicyFormat::Yaml => trust.yaml(),
        PolicyFormat::AwsCli => aws_cli::role(&setup, &trust),
        PolicyFormat::Cloudformation => cloudformation::role(&setup, trust),
        PolicyFormat::Terraform => terraform::role(&setup, &trust),
    })
}

fn permissions(context: &Context, args: &Permissions) -> Result<String, Failure> {
    let (role, _) = the_role(context, &args.role)?;
    let document = document::permissions(&role);
    Ok(match args.format {
        PolicyFormat::Json => document.json(),
        PolicyFormat::Yaml => document.yaml(),
        PolicyFormat::AwsCli => aws_cli::permissions(&role),
        PolicyFormat::Cloudformation => cloudformation::permissions(&role),
        PolicyFormat::Terraform => terraform::permissions(&role),
    })
}

fn aws_auth(context: &Context, args: &AwsAuth) -> Result<String, Failure> {
    let (role, region) = the_role(context, &args.role)?;
    let prefix = args.username_prefix.clone().unwrap_or_default();
    let entry = mapping::aws_auth(&role, &prefix);
    if mapping::arn_in_aws_auth(&role) != role.as_str() {
        let line = "The role's path is left out: aws-auth must not have it";
        context.output.note(line);
    }
    match args.format {
        PolicyFormat::Json => Ok(entry.json()),
        PolicyFormat::Yaml => Ok(entry.yaml()),
        PolicyFormat::AwsCli => match (&args.cluster_name, region) {
            (Some(cluster), Some(region)) => {
                Ok(aws_cli::aws_auth(&role, &prefix, cluster, &region))
            }
            _ => Err(Failure::new(
                Kind::Usage,
                "the command needs to know the cluster",
            )
            .hint("name it with --cluster-name and --region")),
        },
        PolicyFormat::Cloudformation | PolicyFormat::Terraform => Err(Failure::new(
            Kind::Usage,
            "neither CloudFormation nor Terraform can add an entry to aws-auth",
        )
        .cause("all entries are one text in the ConfigMap: they could only replace what others have there")
        .hint("`apono-login policy access-entry` prints an EKS access entry in that format")
        .hint("or add the entry with `kubectl -n kube-system edit configmap aws-auth`")),
    }
}

fn access_entry(context: &Context, args: &AccessEntry) -> Result<String, Failure> {
    let (role, region) = the_role(context, &args.role)?;
    let prefix = match &args.username_prefix {
        None => UsernamePrefix::access_entry_default(),
        Some(prefix) => prefix.clone().for_access_entry().map_err(|error| {
            Failure::new(Kind::Usage, "EKS would not take the username")
                .cause(error.to_string())
                .hint(
                    "see https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html",
                )
        })?,
    };
    let cluster = &args.cluster_name;
    context.output.note(&format!(
        "In Apono, users of {cluster} have to be called {prefix}EMAIL: EKS wants a colon before the email"
    ));
    let entry = || mapping::access_entry(&role, cluster, &prefix);
    Ok(match args.format {
        PolicyFormat::Json => entry().json(),
        PolicyFormat::Yaml => entry().yaml(),
        PolicyFormat::AwsCli => aws_cli::access_entry(&role, &prefix, cluster, region.as_ref()),
        PolicyFormat::Cloudformation => cloudformation::access_entry(&role, &prefix, cluster),
        PolicyFormat::Terraform => terraform::access_entry(&role, &prefix, cluster),
    })
}

fn saml_provider(role: &RoleArn, name: &str) -> Result<SamlProviderArn, Failure> {
    SamlProviderArn::new(role.partition(), role.account(), name)
        .map_err(|error| usage(&error, "--saml-provider"))
}

/// The role that is meant, and a region of its cluster where one is known.
fn the_role(context: &Context, args: &TheRole) -> Result<(RoleArn, Option<Region>), Failure> {
    let known = Known::gather(context, args);
    let role = known.role(context)?;
    context.output.detail(&format!("the role is {role}"));
    Ok((role, known.region))
}

fn usage(error: &names::Error, flag: &str) -> Failure {
    Failure::new(Kind::Usage, format!("{flag} cannot be used")).cause(error.to_string())
}

/// What is typed, else what the installed profile says.
struct Known {
    account: Option<AccountId>,
    /// With its path, if it has one.
    name: Option<String>,
    partition: Option<Partition>,
    region: Option<Region>,
}

impl Known {
    fn gather(context: &Context, args: &TheRole) -> Known {
        // An admin need not have a profile, nor one that can be read.
        let existing = Session::new(context).ok().and_then(|session| {
            let files = session.files().ok()?;
            Existing::read(files, &context.profile).ok()
        });
        let existing = existing.unwrap_or_default();
        let installed = existing.role.as_ref();
        let typed = args.region.as_ref().and_then(aws::partition);
        let of_role = || installed.map(|role| role.partition().clone());
        let of_region = || existing.region.as_ref().and_then(aws::partition);
        let name = args.role_name.as_deref();
        let account = args.account_id.as_ref();
        Known {
            account: account.or(installed.map(RoleArn::account)).cloned(),
            name: name
                .or(installed.map(RoleArn::path_and_name))
                .map(str::to_owned),
            partition: typed.or_else(of_role).or_else(of_region),
            region: args.region.clone().or(existing.region),
        }
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(DEFAULT_ROLE)
    }

    fn role(&self, context: &Context) -> Result<RoleArn, Failure> {
        let Some(account) = &self.account else {
            return Err(Failure::new(Kind::Usage, "the AWS account is not known")
                .cause(format!(
                    "--account-id is missing, and there is no profile {} to take it from",
                    context.profile
                ))
                .hint("add --account-id ID: the account of the EKS cluster, 12 digits"));
        };
        let partition = self.partition.clone().unwrap_or_else(Partition::standard);
        RoleArn::new(&partition, account, self.name()).map_err(|error| usage(&error, "--role-name"))
    }
}

fn check(context: &Context, args: &CheckPolicy) -> Result<(), Failure> {
    let mut known = Known::gather(context, &args.role);
    let given = match args.files.is_empty() {
        true => gather::by_tools(context, args, &known)?,
        false => gather::from_files(&args.files)?,
    };
    // What nobody says, the role itself does.
    if let Some(role) = gather::role_of(&given) {
        known.account.get_or_insert_with(|| role.account().clone());
        known
            .name
            .get_or_insert_with(|| role.path_and_name().to_owned());
        known
            .partition
            .get_or_insert_with(|| role.partition().clone());
    }
    let role = known.role(context)?;
    let expected = Expected {
        saml_provider: match &args.saml_provider {
            Some(name) => Some(saml_provider(&role, name)?),
            None => None,
        },
        prefix: args.username_prefix.clone(),
        cluster: args.cluster_name.clone(),
        region: known.region,
        role,
    };
    let findings = check::check(&given, &expected);
    let text = match args.output {
        StatusFormat::Json => report(&expected.role, &findings),
        StatusFormat::Text => text(&findings),
    };
    context.output.result(&text)?;
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let (dangerous, wrong) = (count(Severity::Dangerous), count(Severity::Wrong));
    if dangerous + wrong > 0 {
        return Err(Failure::refused(format!(
            "the setup of {} differs from the guide: {dangerous} dangerous, {wrong} wrong",
            expected.role
        ))
        .hint("mend it as said, dangerous things first, then run this again"));
    }
    let role = &expected.role;
    let line = match check::is_complete(&findings) {
        true => format!("{role} is as the guide has it"),
        false => format!(
            "what was given of {role} is as the guide has it; the notes say what was not looked at"
        ),
    };
    context.output.note(&line);
    Ok(())
}

/// Fields are part of the interface: add, do not rename.
fn report(role: &RoleArn, findings: &[Finding]) -> String {
    let report = serde_json::json!({"role_arn": role.as_str(), "findings": findings});
    output::json(&report)
}

fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let label = match finding.severity {
            Severity::Dangerous => "DANGEROUS",
            Severity::Wrong => "WRONG",
            Severity::Note => "note",
        };
        text += &format!("{label}: {}\n", output::clean(&finding.what));
        text += &format!("  why:  {}\n", output::clean(&finding.why));
        for step in &finding.mend {
            text += &format!("  mend: {}\n", output::clean(step));
        }
    }
    text
}
