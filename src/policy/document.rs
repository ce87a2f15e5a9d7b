//! The documents of the Apono guide, filled in.
//!
//! They are the files in `templates/`, where `@NAME@` stands for a value or for another template. The values are of validated
//! types, so they contain nothing that has a meaning in the quotes of JSON, YAML, HCL or a shell. The CloudFormation templates do not use `Fn::Sub`, so `${SAML:sub}` is not replaced.
//!
//! The username of an access entry must not start with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`, and must have a colon
//! before `{{SessionNameRaw}}`. So it cannot be the plain email as in the `aws-auth` entry of the guide, and Apono must grant
//! access to the username with the prefix. If a role has both, EKS uses the access entry.
//! <https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html>
//! <https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html>

use super::role::{Known, usage};
use crate::aws;
use crate::aws::sign_in_page as endpoint;
use crate::cli::{AlsoAction, PolicyDocument, PolicyFormat, TheRole};
use crate::context::Context;
use crate::failure::{Failure, Kind, hints};
use crate::names::{ClusterName, IdpArn, Region, RoleArn, UsernamePrefix};
use crate::yaml::bare_or_quoted;

/// The verb and option that print the trust policy for an identity provider, up to its name.
pub const TRUST_OF_PROVIDER: &str = "trust-saml --saml-provider=";

macro_rules! templates {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("templates/", $name)))),*] };
}

/// Every template, by the name of its file.
const TEMPLATES: &[(&str, &str)] = templates![
    "access-entry.cloudformation.yaml" "access-entry.json" "access-entry.sh" "access-entry.tf" "access-entry.yaml"
    "account-check.sh"
    "assume-role.json" "assume-role.yaml"
    "aws-auth.json" "aws-auth.sh" "aws-auth.yaml"
    "managed-policy.sh" "managed-policy.tf" "managed-policy.yaml"
    "permissions.cloudformation.yaml" "permissions.hcl" "permissions.json" "permissions.sh" "permissions.tf" "permissions.yaml"
    "role.cloudformation.yaml" "role.sh" "role.tf"
    "trust-saml.hcl" "trust-saml.json" "trust-saml.yaml"
    "trust-sso.hcl" "trust-sso.json" "trust-sso.yaml"
];

/// Maximum length of the name of a CloudFormation stack, in characters.
const MAX_STACK_NAME: usize = 128;
/// Put before a stack name that does not start with a letter, as CloudFormation requires.
const STACK_PREFIX: &str = "apono-";

/// Returns the document for these arguments.
///
/// # Errors
/// The arguments are invalid or incomplete, or there is no such document.
pub fn print(context: &Context, args: &PolicyDocument) -> Result<String, Failure> {
    match args {
        PolicyDocument::TrustSso(args) => {
            let values = Values::new(context, &args.role)?;
            values.text(Document::Trust, args.format)
        }
        PolicyDocument::TrustSaml(args) => {
            let mut values = Values::new(context, &args.role)?;
            values.provider = Some(provider(&values.role, &args.provider)?);
            values.max_session_duration = args.max_session_duration;
            values.text(Document::Trust, args.format)
        }
        PolicyDocument::Permissions(args) => {
            let values = Values::new(context, &args.role)?;
            values.text(Document::Permissions, args.format)
        }
        PolicyDocument::AssumeRole(args) => {
            let mut values = Values::new(context, &args.role)?;
            values.also = args.also.clone();
            values.text(Document::AssumeRole, args.format.into())
        }
        PolicyDocument::AwsAuth(args) => {
            let mut values = Values::new(context, &args.role)?;
            values.prefix = args.username_prefix.clone().unwrap_or_default();
            values.cluster = args.cluster_name.clone();
            if arn_in_aws_auth(&values.role) != values.role.as_str() {
                let line = "Left out the path of the role: aws-auth needs the ARN without it";
                context.output.note(line);
            }
            values.text(Document::AwsAuth, args.format)
        }
        PolicyDocument::AccessEntry(args) => {
            let mut values = Values::new(context, &args.role)?;
            values.prefix = match args.username_prefix.clone() {
                None => UsernamePrefix::access_entry_default(),
                Some(prefix) => prefix.for_access_entry().map_err(|error| {
                    Failure::new(Kind::Usage, "invalid value for --username-prefix")
                        .cause(error.to_string())
                        .hint("see https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html for the usernames that EKS allows")
                })?,
            };
            let (cluster, prefix) = (&args.cluster_name, &values.prefix);
            context.output.note(&format!(
                "In Apono, the usernames in cluster {cluster} must be {prefix}EMAIL: EKS requires a colon before the email"
            ));
            values.cluster = Some(cluster.clone());
            values.text(Document::AccessEntry, args.format)
        }
    }
}

/// Returns the SAML provider of that name in the account of the role.
pub fn provider(role: &RoleArn, name: &str) -> Result<IdpArn, Failure> {
    IdpArn::new(role.partition(), role.account(), name).map_err(|error| {
        let hint = "set `--saml-provider` to the name of the identity provider in IAM, not its ARN";
        usage("--saml-provider", &error, hint)
    })
}

/// Returns the command `policy VERB` with the options of the role, and of the region outside the partition `aws`: that of the
/// cluster if it is known.
pub fn command(verb: &str, role: &RoleArn, region: Option<&Region>) -> String {
    let home = aws::home_region(role.partition());
    let region = region
        .or(home.as_ref())
        .filter(|_| role.partition().as_str() != "aws");
    let (account, name, region) = (role.account(), role.path_and_name(), region_option(region));
    let program = hints::program();
    format!("{program} policy {verb} --account-id {account} --role-name={name}{region}")
}

/// Returns ` --region REGION`, or nothing.
pub fn region_option(region: Option<&Region>) -> String {
    region.map_or_else(String::new, |region| format!(" --region {region}"))
}

/// Returns the ARN of the managed policy with the role's permissions. The policy has the same name as the role.
pub fn policy_arn(role: &RoleArn) -> String {
    let (partition, account, name) = (role.partition(), role.account(), role.name());
    format!("arn:{partition}:iam::{account}:policy/{name}")
}

/// Returns the ARN of the role without its path, as `aws-auth` needs it.
///
/// EKS derives the role's ARN from the ARN of the session, which has no path.
/// <https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting-iam.html>
pub fn arn_in_aws_auth(role: &RoleArn) -> String {
    let (partition, account, name) = (role.partition(), role.account(), role.name());
    format!("arn:{partition}:iam::{account}:role/{name}")
}

/// The documents. The trust policy is that for IAM Identity Center, or for the SAML provider if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Trust,
    Permissions,
    /// What the identity needs that assumes the role.
    AssumeRole,
    AwsAuth,
    AccessEntry,
}

/// What is filled in.
#[derive(Debug, Clone)]
pub struct Values {
    pub role: RoleArn,
    pub region: Option<Region>,
    pub provider: Option<IdpArn>,
    /// Seconds, 3600 to 43200; `None` is IAM's default of 3600.
    pub max_session_duration: Option<u32>,
    pub cluster: Option<ClusterName>,
    /// The text before the email in usernames.
    pub prefix: UsernamePrefix,
    /// What else is done while the role is assumed.
    pub also: Vec<AlsoAction>,
}

impl From<RoleArn> for Values {
    fn from(role: RoleArn) -> Values {
        Values {
            role,
            region: None,
            provider: None,
            max_session_duration: None,
            cluster: None,
            prefix: UsernamePrefix::default(),
            also: Vec::new(),
        }
    }
}

impl Values {
    fn new(context: &Context, args: &TheRole) -> Result<Values, Failure> {
        let known = Known::gather(context, args);
        let role = known.role(context, None)?;
        context.output.detail(&format!("role: {role}"));
        Ok(Values {
            region: known.region,
            ..Values::from(role)
        })
    }

    /// Returns the document in a format.
    ///
    /// # Errors
    /// A value is missing, or there is no such document.
    pub fn text(&self, document: Document, format: PolicyFormat) -> Result<String, Failure> {
        let name = match (document, format) {
            (Document::Trust, PolicyFormat::Json | PolicyFormat::Yaml) => "trust",
            (Document::Trust, _) => "role",
            (Document::Permissions, _) => "permissions",
            (Document::AssumeRole, _) => "assume-role",
            (Document::AwsAuth, _) => "aws-auth",
            (Document::AccessEntry, _) => "access-entry",
        };
        let extension = match format {
            PolicyFormat::Json => "json",
            PolicyFormat::Yaml => "yaml",
            PolicyFormat::AwsCli => "sh",
            PolicyFormat::Cloudformation => "cloudformation.yaml",
            PolicyFormat::Terraform => "tf",
        };
        if let Some(partition) = self.provider.as_ref().map(IdpArn::partition)
            && endpoint::domain(partition).is_none()
        {
            return Err(Failure::refused("could not write the trust policy for SAML")
                .cause(format!("the sign-in URL of partition {partition} is not known"))
                .hint("use the trust policy for another partition: change its ARNs, and set SAML:aud to the sign-in URL of yours"));
        }
        if (document, format) == (Document::AwsAuth, PolicyFormat::AwsCli) {
            let missing = match (&self.cluster, &self.region) {
                (Some(_), Some(_)) => None,
                (Some(_), None) => Some("--region"),
                (None, Some(_)) => Some("--cluster-name"),
                (None, None) => Some("--cluster-name and --region"),
            };
            if let Some(missing) = missing {
                return Err(Failure::new(Kind::Usage, format!("missing {missing}"))
                    .cause("the aws-cli format is a command for one cluster")
                    .hint(format!("add {missing}")));
            }
        }
        self.value(&format!("{name}.{extension}"))
            .ok_or_else(|| self.not_for_aws_auth(format))
    }

    fn not_for_aws_auth(&self, format: PolicyFormat) -> Failure {
        let region = self.region.as_ref();
        let entry = aws::explain::policy_command("policy access-entry", &self.role, region);
        let format = match format {
            PolicyFormat::Terraform => "terraform",
            _ => "cloudformation",
        };
        Failure::new(
            Kind::Usage,
            "CloudFormation and Terraform cannot add an entry to aws-auth",
        )
        .cause("all entries are one text in the ConfigMap, so they could only replace all entries")
        .hint(match &self.cluster {
            Some(cluster) => format!(
                "use an access entry instead: {}",
                entry
                    .option("--cluster-name", cluster)
                    .option("--format", format)
                    .run()
            ),
            None => format!(
                "use an access entry instead: add the name of the cluster as `--cluster-name` to `{}`",
                entry.option("--format", format)
            ),
        })
        .hint("if you need aws-auth, add the entry by hand: `kubectl -n kube-system edit configmap aws-auth`")
    }

    /// Returns a template, filled in. A line with a value that this role does not have is left out.
    fn fill(&self, template: &str) -> String {
        let lines = template.lines().filter_map(|line| self.fill_line(line));
        lines.map(|line| line + "\n").collect()
    }

    fn fill_line(&self, line: &str) -> Option<String> {
        let indent = &line[..line.len() - line.trim_start().len()];
        let parts = line.split('@').enumerate().map(|(at, part)| match at % 2 {
            0 => Some(part.to_owned()),
            _ => {
                let value = self.value(part)?;
                Some(value.trim_end().replace('\n', &format!("\n{indent}")))
            }
        });
        parts.collect()
    }

    fn also(&self, action: AlsoAction) -> Option<String> {
        let name = action.name().to_owned();
        self.also.contains(&action).then_some(name)
    }

    /// Returns what `@NAME@` stands for.
    fn value(&self, name: &str) -> Option<String> {
        let role = &self.role;
        Some(match name {
            "account" => role.account().to_string(),
            "partition" => role.partition().to_string(),
            "role_arn" => role.to_string(),
            "role_name" => role.name().to_owned(),
            // In quotes where YAML could read the name as something else.
            "role_name_in_yaml" => bare_or_quoted(role.name()),
            // With a slash at both ends; a role without a path has none.
            "role_path" => {
                let path = role.path_and_name().strip_suffix(role.name());
                format!("/{}", path.filter(|path| !path.is_empty())?)
            }
            "max_session_duration" => self.max_session_duration?.to_string(),
            "policy_arn" => policy_arn(role),
            "provider_arn" => self.provider.as_ref()?.to_string(),
            "sign_in_domain" => endpoint::domain(role.partition())?.to_owned(),
            "cluster" => self.cluster.as_ref()?.to_string(),
            "cluster_in_yaml" => bare_or_quoted(self.cluster.as_ref()?.as_str()),
            "region" => self.region.as_ref()?.to_string(),
            "region_option" => region_option(self.region.as_ref()),
            "prefix" => self.prefix.to_string(),
            "username" => self.prefix.template(),
            "tag_session" => self.also(AlsoAction::TagSession)?,
            "set_source_identity" => self.also(AlsoAction::SetSourceIdentity)?,
            "check_command" => command("check", role, None),
            "stack_name" => self.stack_name(),
            "trust.json" | "trust.yaml" | "trust.hcl" => {
                let kind = self
                    .provider
                    .as_ref()
                    .map_or("trust-sso.", |_| "trust-saml.");
                self.value(&name.replace("trust.", kind))?
            }
            file => {
                let (_, template) = TEMPLATES.iter().find(|(name, _)| *name == file)?;
                self.fill(template)
            }
        })
    }

    /// Returns the name of the role's stack, or of its stack for the cluster. Characters that a stack name must not have are
    /// replaced.
    fn stack_name(&self) -> String {
        let role = self.role.name();
        let name = match &self.cluster {
            None => role.to_owned(),
            Some(cluster) => {
                // Stacks of different clusters differ by the cluster name, so the role name is shortened if both do not fit.
                let room = MAX_STACK_NAME - STACK_PREFIX.len() - 1 - cluster.as_str().len();
                let role: String = role.chars().take(room).collect();
                format!("{role}-{cluster}")
            }
        };
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            true => name,
            false => format!("{STACK_PREFIX}{name}"),
        }
    }
}

#[cfg(test)]
mod tests;
