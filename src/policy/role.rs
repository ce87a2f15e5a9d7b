//! Which role a `policy` command is about.

use crate::aws;
use crate::cli::TheRole;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::{self, Partition, Region, RoleArn};
use crate::profile::ours::Installed;
use crate::profile::read::{DEFAULT_ROLE, Files};

/// What `--role-name` takes.
pub const ROLE_NAME_HINT: &str =
    "set `--role-name` to the name of the role, not its ARN, for example `apono-k8s-access`";

/// What is known of the role: from the options, else from the installed profile.
pub struct Known<'a> {
    typed: &'a TheRole,
    installed: Option<RoleArn>,
    pub region: Option<Region>,
}

impl<'a> Known<'a> {
    pub fn gather(context: &Context, typed: &'a TheRole) -> Self {
        // Admins may not have a profile, and an invalid one is not an error here.
        let files = (context.aws_config_file().ok())
            .zip(context.aws_credentials_file().ok())
            .and_then(|(config, credentials)| Files::load(&config, &credentials).ok());
        let profiles = files.as_ref().map(Files::profiles);
        let installed = profiles.map(|all| Installed::as_it_is(all, &context.profile));
        let Installed { role, region, .. } = installed.unwrap_or_default();
        Known {
            typed,
            installed: role,
            region: typed.region.clone().or(region),
        }
    }

    /// Returns the role's name, with its path if it has one. `read` is the role in the documents to check.
    pub fn name<'b>(&'b self, read: Option<&'b RoleArn>) -> &'b str {
        let typed = self.typed.role_name.as_deref();
        let known = self.installed.as_ref().or(read);
        typed
            .or(known.map(RoleArn::path_and_name))
            .unwrap_or(DEFAULT_ROLE)
    }

    /// Returns the role. What is not known otherwise is that of `read`, the role in the documents to check.
    pub fn role(&self, context: &Context, read: Option<&RoleArn>) -> Result<RoleArn, Failure> {
        let installed = self.installed.as_ref();
        let account = self.typed.account_id.as_ref();
        let Some(account) = account.or(installed.or(read).map(RoleArn::account)) else {
            return Err(Failure::new(Kind::Usage, "missing --account-id")
                .cause(format!(
                    "profile {} does not have a role to read the account ID from",
                    context.profile
                ))
                .hint("add `--account-id ID`, the account of the EKS cluster (12 digits)"));
        };
        let typed = self.typed.region.as_ref().and_then(aws::partition);
        let partition = typed
            .or_else(|| installed.map(|role| role.partition().clone()))
            .or_else(|| self.region.as_ref().and_then(aws::partition))
            .or_else(|| read.map(|role| role.partition().clone()))
            .unwrap_or_else(Partition::standard);
        RoleArn::new(&partition, account, self.name(read))
            .map_err(|error| usage("--role-name", &error, ROLE_NAME_HINT))
    }
}

/// Returns the failure for the invalid value of an option.
pub fn usage(option: &str, error: &names::Error, hint: &str) -> Failure {
    Failure::new(Kind::Usage, format!("invalid value for {option}"))
        .cause(error.to_string())
        .hint(hint)
}
