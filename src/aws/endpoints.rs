//! The hosts of STS in each region, and the partitions.

use crate::names::{Partition, Region};
use crate::sys;

/// Returns the regional STS host by the SDK's endpoint rules, without custom endpoints.
pub fn sts_host(region: &Region, fips: bool) -> Option<String> {
    sts_host_of_kind(region, fips, false)
}

/// Returns every STS host of a region: standard, FIPS and dual-stack.
pub fn sts_hosts(region: &Region) -> Vec<String> {
    let kinds = [(false, false), (true, false), (false, true)];
    let host = |(fips, dual_stack)| sts_host_of_kind(region, fips, dual_stack);
    kinds.into_iter().filter_map(host).collect()
}

fn sts_host_of_kind(region: &Region, fips: bool, dual_stack: bool) -> Option<String> {
    use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
    let params = Params::builder()
        .region(region.as_str())
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .build()
        .ok()?;
    let endpoint = sys::ready(DefaultResolver::new().resolve_endpoint(&params))?.ok()?;
    let host = endpoint.url().strip_prefix("https://")?;
    Some(host.trim_end_matches('/').to_owned())
}

/// The partitions: the name, the domain of the endpoints, and the main region.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("aws", ".amazonaws.com", "us-east-1"),
    (GOV_CLOUD, ".amazonaws.com", "us-gov-west-1"),
    ("aws-cn", ".amazonaws.com.cn", "cn-north-1"),
    ("aws-eusc", ".amazonaws.eu", "eusc-de-east-1"),
    ("aws-iso", ".c2s.ic.gov", "us-iso-east-1"),
    ("aws-iso-b", ".sc2s.sgov.gov", "us-isob-east-1"),
    ("aws-iso-e", ".cloud.adc-e.uk", "eu-isoe-west-1"),
    ("aws-iso-f", ".csp.hci.ic.gov", "us-isof-south-1"),
];
const GOV_CLOUD: &str = "aws-us-gov";

/// Returns the partition of a region, by the domain of its endpoints.
pub fn partition(region: &Region) -> Option<Partition> {
    let host = sts_host(region, false)?;
    let of_region = host.strip_prefix("sts.")?.strip_prefix(region.as_str())?;
    // GovCloud has the domain of the commercial partition.
    let is_gov = region.as_str().starts_with("us-gov-");
    let mut partitions = PARTITIONS.iter();
    let (name, ..) = partitions
        .find(|(name, domain, _)| *domain == of_region && (*name == GOV_CLOUD) == is_gov)?;
    name.parse().ok()
}

/// Returns the partition's main region, for calls to STS where no region is configured.
pub fn home_region(partition: &Partition) -> Option<Region> {
    let mut partitions = PARTITIONS.iter();
    let (.., home) = partitions.find(|(name, ..)| *name == partition.as_str())?;
    home.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_partitions_are_the_sdks() {
        let cases = [
            ("eu-west-1", "sts.eu-west-1.amazonaws.com", "aws"),
            ("us-east-1", "sts.us-east-1.amazonaws.com", "aws"),
            (
                "us-gov-west-1",
                "sts.us-gov-west-1.amazonaws.com",
                "aws-us-gov",
            ),
            ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "aws-cn"),
            (
                "eusc-de-east-1",
                "sts.eusc-de-east-1.amazonaws.eu",
                "aws-eusc",
            ),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov", "aws-iso"),
            (
                "us-isob-east-1",
                "sts.us-isob-east-1.sc2s.sgov.gov",
                "aws-iso-b",
            ),
            (
                "eu-isoe-west-1",
                "sts.eu-isoe-west-1.cloud.adc-e.uk",
                "aws-iso-e",
            ),
            (
                "us-isof-south-1",
                "sts.us-isof-south-1.csp.hci.ic.gov",
                "aws-iso-f",
            ),
        ];
        for (region, host, name) in cases {
            let region: Region = region.parse().unwrap();
            assert_eq!(sts_host(&region, false).as_deref(), Some(host));
            let found = partition(&region).unwrap();
            assert_eq!(found.as_str(), name);
            let home = home_region(&found).unwrap();
            assert_eq!(partition(&home), Some(found));
        }
    }

    #[test]
    fn fips_hosts() {
        let region = "us-east-1".parse().unwrap();
        assert_eq!(
            sts_host(&region, true).as_deref(),
            Some("sts-fips.us-east-1.amazonaws.com")
        );
    }
}
