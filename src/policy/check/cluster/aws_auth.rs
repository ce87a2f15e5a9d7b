//! The `aws-auth` ConfigMap.

use std::collections::HashMap;

use super::entries::{List, Mapping, accounts, folded, mappings};
use super::usernames::{Grants, groups, is_admin, username};
use super::{EDIT, impersonation, own_template, prefix_option};
use crate::names::UsernamePrefix;
use crate::policy::check::input;
use crate::policy::check::{Expected, Finding};
use crate::policy::document::arn_in_aws_auth;

/// What an `aws-auth` ConfigMap says of the role, and of others.
pub struct AwsAuth {
    /// The entries of the role that count. More than one only if EKS takes any of them.
    own: Vec<Mapping>,
    others: Vec<Mapping>,
    /// The number of entries of the role in `mapRoles`, with those that do not count.
    written: usize,
    /// The accounts whose users and roles get in without an entry.
    accounts: Vec<String>,
    /// Not if a part of the ConfigMap could not be read.
    is_complete: bool,
}

impl AwsAuth {
    /// Reads the ConfigMap, with a finding for each part that EKS, or this program, cannot read.
    pub fn read(
        config_map: &input::AwsAuth,
        expected: &Expected,
        findings: &mut Vec<Finding>,
    ) -> AwsAuth {
        let arn = folded(&arn_in_aws_auth(&expected.role));
        let is_own = |mapping: &Mapping| folded(&mapping.arn) == arn;
        let roles = mappings(List::Roles, &config_map.map_roles, findings);
        let users = mappings(List::Users, &config_map.map_users, findings);
        let accounts = accounts(&config_map.map_accounts, findings);
        findings.extend(all_of(&accounts));
        let is_complete = roles.is_some() && users.is_some();
        let roles = roles.unwrap_or_default();
        let written = roles.iter().filter(|mapping| is_own(mapping)).count();
        let (own_roles, mut others): (Vec<_>, Vec<_>) =
            last_of_each(roles).into_iter().partition(is_own);
        let (own_users, other_users): (Vec<_>, Vec<_>) = last_of_each(users.unwrap_or_default())
            .into_iter()
            .partition(is_own);
        others.extend(other_users);
        AwsAuth {
            // What mapRoles does not have, EKS looks for in mapUsers, whatever it is the ARN of.
            own: if own_roles.is_empty() {
                own_users
            } else {
                own_roles
            },
            others,
            written,
            accounts,
            is_complete,
        }
    }

    /// Returns the username templates of the role.
    pub fn own_usernames(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|mapping| mapping.username.as_str())
    }

    /// Checks the entries. `has_entry`: the role has an access entry.
    pub fn check(
        &self,
        has_entry: bool,
        grants: &Grants,
        expected: &Expected,
        findings: &mut Vec<Finding>,
    ) {
        let prefix = prefix_option(expected.prefix.as_ref());
        let entry = expected.command("aws-auth") + &prefix;
        let fix =
            || format!("{EDIT}  # make the entry of the role equal to the output of: {entry}");
        for mapping in &self.own {
            let place = format!("aws-auth entry of {}", mapping.arn);
            let guide = UsernamePrefix::default();
            username(
                &place,
                &mapping.username,
                &guide,
                &fix(),
                expected,
                findings,
            );
            groups(&place, &mapping.groups, &fix(), findings);
        }
        let arn = arn_in_aws_auth(&expected.role);
        if self.written > 1 {
            let what = format!("aws-auth has {} entries for {arn}", self.written);
            let why = "EKS uses the last one and ignores the others";
            let fix = format!("{EDIT}  # remove all but one of them");
            findings.push(Finding::wrong("aws-auth-twice", what, why).fix(fix));
        }
        let is_mistaken = |mapping: &Mapping| mistake(mapping, expected).is_some();
        if has_entry && (!self.own.is_empty() || self.others.iter().any(is_mistaken)) {
            let what = "the role has both an access entry and an entry in aws-auth".to_owned();
            let why = "EKS uses the access entry and ignores aws-auth: https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html";
            findings.push(Finding::note("aws-auth-unused", what, why));
        }
        let mut mapped = !self.own.is_empty() || has_entry;
        for mapping in &self.others {
            let mistake = mistake(mapping, expected).filter(|_| self.own.is_empty());
            if let Some((id, mistake)) = mistake {
                if !has_entry {
                    let what = format!("aws-auth has {} {mistake}", mapping.arn);
                    let why = format!("EKS looks for the ARN of the role without a path: {arn}");
                    findings.push(Finding::wrong(id, what, why).fix(fix()));
                }
                mapped = true;
            } else if !is_admin(&mapping.groups) && grants.include(&mapping.username, &mapping.arn)
            {
                findings.push(other(mapping));
            }
        }
        if !mapped && self.is_complete {
            findings.push(self.missing(&arn, &entry, expected));
        }
    }

    fn missing(&self, arn: &str, entry: &str, expected: &Expected) -> Finding {
        let what = format!("aws-auth has no entry for {arn}");
        let account = expected.role.account().as_str();
        let why = match self.accounts.iter().any(|admitted| admitted == account) {
            true => {
                "all users of the role have its ARN as username (mapAccounts), so they do not get what Apono granted to them"
            }
            false => "the cluster rejects the role's sessions with Unauthorized",
        };
        let add = format!("{EDIT}  # add the output of: {entry}");
        let finding = Finding::wrong("aws-auth-missing", what, why).fix(add);
        let Some(cluster) = &expected.cluster else {
            return finding;
        };
        let create = expected.cluster_command("access-entry", cluster.as_str())
            + &prefix_option(expected.prefix.as_ref());
        finding.fix(format!(
            "{create} --format aws-cli | sh  # instead of the above"
        ))
    }
}

/// Returns the entries that EKS uses: of each ARN the last.
fn last_of_each(mappings: Vec<Mapping>) -> Vec<Mapping> {
    let keys = mappings.iter().map(|mapping| mapping.key.clone());
    let last: HashMap<String, usize> = keys.enumerate().map(|(at, key)| (key, at)).collect();
    let mappings = mappings.into_iter().enumerate();
    let used = mappings.filter(|(at, mapping)| last[&mapping.key] == *at);
    used.map(|(_, mapping)| mapping).collect()
}

/// Returns why an entry that is meant for the role never matches it: the id of the finding, and what is wrong with the ARN.
fn mistake(mapping: &Mapping, expected: &Expected) -> Option<(&'static str, &'static str)> {
    let arn = folded(&mapping.arn);
    let role = folded(&arn_in_aws_auth(&expected.role));
    let (account, name) = role.split_once("role/")?;
    let session = format!(
        "{}assumed-role/{name}",
        account.replacen(":iam:", ":sts:", 1)
    );
    let with_path = arn
        .strip_prefix(account)
        .and_then(|r| r.strip_prefix("role/"));
    if with_path.is_some_and(|path| path.rsplit_once('/').is_some_and(|(_, last)| last == name)) {
        return Some(("aws-auth-path", "with a path, which never matches"));
    }
    let rest = arn.strip_prefix(&session)?;
    (rest.is_empty() || rest.starts_with('/'))
        .then_some(("aws-auth-session", "of a session, which never matches"))
}

/// Returns the finding for all accounts in `mapAccounts`.
fn all_of(accounts: &[String]) -> Option<Finding> {
    let what = format!(
        "aws-auth admits everyone in these AWS accounts (mapAccounts): {}",
        accounts.join(", ")
    );
    let why = "each IAM user and role in them that has no entry gets in, with its ARN as username, without a grant in Apono";
    let fix = format!("{EDIT}  # remove mapAccounts");
    (!accounts.is_empty()).then(|| Finding::dangerous("aws-auth-accounts", what, why).fix(fix))
}

/// Returns the finding for another principal whose sessions can have a username that Apono grants access to.
fn other(mapping: &Mapping) -> Finding {
    let what = format!(
        "aws-auth entry of {} has the username {}",
        mapping.arn, mapping.username
    );
    let fix = format!(
        "{EDIT}  # change that username, for example to \"{}\", and the RBAC bindings of its users",
        own_template(&mapping.arn)
    );
    Finding::dangerous(
        "aws-auth-other-role",
        what,
        impersonation(&mapping.username),
    )
    .fix(fix)
}
