//! The custom endpoints that decide which server gets a request, and the setting that names each.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use aws_runtime::env_config::property::PropertiesKey;

use super::profiles::Profiles;
use crate::sys::http::Endpoint;

const ENDPOINT_URL: &str = "endpoint_url";
/// The services that are called, as a `services` section names them.
const SERVICES: [&str; 4] = ["sts", "eks", "sso", "sso_oidc"];

/// Returns the settings with their URLs: these variables, then the keys of the profile.
pub fn named(
    variables: Vec<(&'static str, String)>,
    profiles: &Profiles,
    profile: &str,
) -> Vec<(Endpoint, String)> {
    let variables = variables.into_iter().map(|(name, url)| {
        let setting = name.to_owned();
        let is_variable = true;
        (
            Endpoint {
                setting,
                is_variable,
            },
            url,
        )
    });
    variables.chain(in_profile(profiles, profile)).collect()
}

fn in_profile(profiles: &Profiles, name: &str) -> Vec<(Endpoint, String)> {
    let Some(profile) = profiles.get_profile(name) else {
        return Vec::new();
    };
    let key = |setting: String, url: &str| {
        let is_variable = false;
        (
            Endpoint {
                setting,
                is_variable,
            },
            url.to_owned(),
        )
    };
    let section = profile.get("services");
    let of_service = |service: &str| {
        let section = section?;
        let place = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(service)
            .sub_property_name(ENDPOINT_URL)
            .build();
        let url = profiles.other_sections().get(&place.ok()?)?;
        Some(key(
            format!("{ENDPOINT_URL} of {service} in [services {section}]"),
            url,
        ))
    };
    let services = SERVICES.iter().filter_map(|service| of_service(service));
    let own = profile.get(ENDPOINT_URL);
    let own = own.map(|url| key(format!("{ENDPOINT_URL} of profile {name}"), url));
    services.chain(own).collect()
}
