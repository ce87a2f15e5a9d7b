//! `complete-values`: prints the names for a shell to complete, one on each line. What cannot be read gives no names and no
//! error.

use std::collections::BTreeSet;

use crate::cli::{CompleteValues, Values};
use crate::context::Context;
use crate::failure::Failure;
use crate::kube;
use crate::kube::config::Exec;
use crate::names::{ClusterName, ProfileName, Region};
use crate::profile::keys;
use crate::session::Session;

/// The regions of AWS, without the isolated ones. Regions that are not listed work too.
const REGIONS: &str = "\
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 \
    ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 \
    eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 \
    me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 \
    cn-north-1 cn-northwest-1 eusc-de-east-1 us-gov-east-1 us-gov-west-1";

/// Prints the names. Their types allow nothing in them that a shell would interpret.
pub fn run(context: &Context, args: &CompleteValues) -> Result<(), Failure> {
    let session = Session::new(context).ok();
    let session = session.as_ref();
    let values = match args.values {
        Values::Installed => installed(session),
        Values::Profiles => profiles(session),
        Values::Clusters => values_of::<ClusterName>(context, "--cluster-name"),
        Values::Regions => regions(context, session),
    };
    let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
    // The shell may have closed the pipe.
    let _ = context.output.result(&lines);
    Ok(())
}

/// Returns the installed profiles, or all profiles if none is installed.
fn installed(session: Option<&Session<'_>>) -> BTreeSet<String> {
    let installed = session.and_then(|session| session.installed().ok());
    match installed.unwrap_or_default() {
        [] => profiles(session),
        installed => installed.iter().map(ProfileName::to_string).collect(),
    }
}

fn profiles(session: Option<&Session<'_>>) -> BTreeSet<String> {
    let files = session.and_then(|session| session.files().ok());
    let names = files.iter().flat_map(|files| files.profiles().profiles());
    let names = names.filter(|name| name.parse::<ProfileName>().is_ok());
    names.map(str::to_owned).collect()
}

/// Returns the regions of AWS, and those in the kubeconfigs and profiles of this computer.
fn regions(context: &Context, session: Option<&Session<'_>>) -> BTreeSet<String> {
    let mut regions = values_of::<Region>(context, "--region");
    regions.extend(REGIONS.split_whitespace().map(str::to_owned));
    let files = session.and_then(|session| session.files().ok());
    let profiles = files.into_iter();
    let profiles = profiles.flat_map(|files| files.profiles().mentioning(keys::REGION));
    let named = profiles.filter_map(|profile| profile.get(keys::REGION)?.parse::<Region>().ok());
    regions.extend(named.map(|region| region.to_string()));
    regions
}

/// Returns the values of a flag in the entries that apono-login wrote to the kubeconfigs.
fn values_of<T: std::str::FromStr>(context: &Context, flag: &str) -> BTreeSet<String> {
    let behind = |exec: Exec| Some(exec.flag(flag)?.to_owned());
    let paths = context.kubeconfigs(None).unwrap_or_default();
    let configs = paths.iter().filter_map(|path| kube::file::read(path).ok());
    configs
        .flat_map(|config| config.users)
        .filter_map(|user| user.exec)
        .filter(|exec| exec.is_ours(None))
        .filter_map(behind)
        .filter(|value| value.parse::<T>().is_ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_regions() {
        for region in REGIONS.split_whitespace() {
            let region: Region = region.parse().unwrap();
            assert!(crate::aws::partition(&region).is_some(), "{region}");
        }
    }
}
