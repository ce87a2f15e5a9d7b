//! `policy`: prints the documents that an admin sets up, and checks an existing setup.

use crate::aws;
use crate::cli::{
    AccessEntry, AwsAuth, CheckPolicy, Permissions, Policy, PolicyFormat, StatusFormat, TheRole,
};
use crate::commands::install::Existing;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{
    self, AccountId, ClusterName, Partition, Region, RoleArn, SamlProviderArn, UsernamePrefix,
};
use crate::output::{self, Palette, Style};
use crate::policy::check::{self, Expected, Finding, Severity};
use crate::policy::document::{self, Setup, Trust};
use crate::policy::{aws_cli, cloudformation, terraform};
use crate::policy::{gather, mapping};
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
        let partition = setup.role.partition();
        Failure::refused("could not write the trust policy for SAML")
            .cause(format!("the sign-in URL of partition {partition} is not known"))
            .hint("use the trust policy for another partition: change its ARNs, and set SAML:aud to the sign-in URL of yours")
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
        let line = "Left out the path of the role: aws-auth needs the ARN without it";
        context.output.note(line);
    }
    let cluster = args.cluster_name.as_ref();
    match args.format {
        PolicyFormat::Json => Ok(entry.json()),
        PolicyFormat::Yaml => Ok(entry.yaml()),
        PolicyFormat::AwsCli => match (cluster, region) {
            (Some(cluster), Some(region)) => {
                Ok(aws_cli::aws_auth(&role, &prefix, cluster, &region))
            }
            (cluster, region) => {
                let missing = match (cluster, region) {
                    (Some(_), _) => "--region",
                    (None, Some(_)) => "--cluster-name",
                    (None, None) => "--cluster-name and --region",
                };
                Err(Failure::new(Kind::Usage, format!("missing {missing}"))
                    .cause("the aws-cli format is a command for one cluster")
                    .hint(format!("add {missing}")))
            }
        },
        PolicyFormat::Cloudformation | PolicyFormat::Terraform => {
            let format = match args.format {
                PolicyFormat::Terraform => "terraform",
                _ => "cloudformation",
            };
            let flags = aws::explain::admins_flags(&role, region.as_ref());
            Err(not_for_aws_auth(format, &flags, cluster))
        }
    }
}

fn not_for_aws_auth(format: &str, flags: &str, cluster: Option<&ClusterName>) -> Failure {
    let cluster = cluster.map_or("CLUSTER", ClusterName::as_str);
    Failure::new(
        Kind::Usage,
        "CloudFormation and Terraform cannot add an entry to aws-auth",
    )
    .cause("all entries are one text in the ConfigMap, so they could only replace all entries")
    .hint(format!(
        "use an access entry instead: `apono-login policy access-entry {flags} --cluster-name {cluster} --format {format}`"
    ))
    .hint("if you need aws-auth, add the entry by hand: `kubectl -n kube-system edit configmap aws-auth`")
}

fn access_entry(context: &Context, args: &AccessEntry) -> Result<String, Failure> {
    let (role, region) = the_role(context, &args.role)?;
    let prefix = match &args.username_prefix {
        None => UsernamePrefix::access_entry_default(),
        Some(prefix) => prefix.clone().for_access_entry().map_err(|error| {
            Failure::new(Kind::Usage, "invalid value for --username-prefix")
                .cause(error.to_string())
                .hint("see https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html for the usernames that EKS allows")
        })?,
    };
    let cluster = &args.cluster_name;
    context.output.note(&format!(
        "In Apono, the usernames in cluster {cluster} must be {prefix}EMAIL: EKS requires a colon before the email"
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

/// Returns the role that the command is about, and the region of its cluster if it is known.
fn the_role(context: &Context, args: &TheRole) -> Result<(RoleArn, Option<Region>), Failure> {
    let known = Known::gather(context, args);
    let role = known.role(context)?;
    context.output.detail(&format!("role: {role}"));
    Ok((role, known.region))
}

fn usage(error: &names::Error, flag: &str) -> Failure {
    Failure::new(Kind::Usage, format!("invalid value for {flag}"))
        .cause(error.to_string())
        .hint(match flag {
            "--saml-provider" => {
                "set `--saml-provider` to the name of the identity provider in IAM, not its ARN"
            }
            _ => gather::ROLE_NAME_HINT,
        })
}

/// What is known of the role: from the options, else from the installed profile.
struct Known {
    account: Option<AccountId>,
    /// The role name with its path, if it has one.
    name: Option<String>,
    partition: Option<Partition>,
    region: Option<Region>,
}

impl Known {
    fn gather(context: &Context, args: &TheRole) -> Known {
        // Admins may not have a profile, and an invalid one is not an error here.
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
            return Err(Failure::new(Kind::Usage, "missing --account-id")
                .cause(format!(
                    "profile {} does not have a role to read the account ID from",
                    context.profile
                ))
                .hint("add `--account-id ID`, the account of the EKS cluster (12 digits)"));
        };
        let partition = self.partition.clone().unwrap_or_else(Partition::standard);
        RoleArn::new(&partition, account, self.name()).map_err(|error| usage(&error, "--role-name"))
    }
}

fn check(context: &Context, args: &CheckPolicy) -> Result<(), Failure> {
    let mut known = Known::gather(context, &args.role);
    let inputs = match args.files.is_empty() {
        true => gather::from_tools(context, args, known.name(), known.region.as_ref())?,
        false => gather::from_files(&args.files)?,
    };
    // Take what is still unknown from the role in the input.
    if let Some(role) = gather::role_of(&inputs) {
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
        live: args.files.is_empty(),
        role,
    };
    let findings = check::check(&inputs, &expected);
    let text = match args.output {
        StatusFormat::Json => report(&expected.role, &findings),
        StatusFormat::Text => text(&findings, context.output.stdout(), context.width()),
    };
    context.output.result(&text)?;
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let (dangerous, wrong) = (count(Severity::Dangerous), count(Severity::Wrong));
    if dangerous + wrong > 0 {
        return Err(Failure::refused(format!(
            "role differs from the Apono guide: {dangerous} dangerous, {wrong} wrong: {}",
            expected.role
        ))
        .hint("apply the fixes above from the first to the last, then run this again"));
    }
    let role = &expected.role;
    let line = match check::is_complete(&findings) {
        true => format!("{role} matches the Apono guide"),
        false => format!(
            "The checked parts of {role} match the Apono guide; the notes above list what was not checked"
        ),
    };
    context.output.note(&line);
    Ok(())
}

/// Returns the JSON report. Its keys are part of the interface: add, do not rename.
fn report(role: &RoleArn, findings: &[Finding]) -> String {
    let report = serde_json::json!({"role_arn": role.as_str(), "findings": findings});
    output::json(&report)
}

/// Returns the text report. A fix stays on one line however long it is, so that it can be copied.
fn text(findings: &[Finding], palette: Palette, width: usize) -> String {
    /// The column of the texts of `why:` and `fix:`.
    const COLUMN: usize = 7;
    let wrapped = |text: &str, start| output::wrapped(&output::clean(text), start, COLUMN, width);
    let mut text = String::new();
    for finding in findings {
        let (label, style) = match finding.severity {
            Severity::Dangerous => ("DANGEROUS:", Style::Error),
            Severity::Wrong => ("WRONG:", Style::Warning),
            Severity::Note => ("note:", Style::Dim),
        };
        let what = wrapped(&finding.what, label.len() + 1);
        text += &format!("{} {what}\n", palette.paint(style, label));
        text += &format!("  why: {}\n", wrapped(&finding.why, COLUMN));
        for step in &finding.fix {
            text += &format!("  fix: {}\n", output::clean(step));
        }
    }
    text
}
