//! The keys of profiles and SSO sessions in `~/.aws/config`, and which of them are read under two names.

use aws_config::profile::Profile;

// Of AWS: <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
pub const AWS_ACCESS_KEY_ID: &str = "aws_access_key_id";
pub const AWS_SECRET_ACCESS_KEY: &str = "aws_secret_access_key";
pub const AWS_SESSION_TOKEN: &str = "aws_session_token";
pub const CA_BUNDLE: &str = "ca_bundle";
pub const CREDENTIAL_PROCESS: &str = "credential_process";
pub const CREDENTIAL_SOURCE: &str = "credential_source";
pub const DURATION_SECONDS: &str = "duration_seconds";
pub const ENDPOINT_URL: &str = "endpoint_url";
pub const EXTERNAL_ID: &str = "external_id";
pub const LOGIN_SESSION: &str = "login_session";
pub const MFA_SERIAL: &str = "mfa_serial";
pub const REGION: &str = "region";
pub const ROLE_ARN: &str = "role_arn";
pub const ROLE_SESSION_NAME: &str = "role_session_name";
pub const SOURCE_PROFILE: &str = "source_profile";
pub const SSO_ACCOUNT_ID: &str = "sso_account_id";
pub const SSO_REGION: &str = "sso_region";
pub const SSO_REGISTRATION_SCOPES: &str = "sso_registration_scopes";
pub const SSO_ROLE_NAME: &str = "sso_role_name";
pub const SSO_SESSION: &str = "sso_session";
pub const SSO_START_URL: &str = "sso_start_url";
pub const USE_FIPS_ENDPOINT: &str = "use_fips_endpoint";
pub const WEB_IDENTITY_TOKEN_FILE: &str = "web_identity_token_file";

// Of apono-login, for settings that AWS has no key for.
/// `true` if a sign-in may be started from `get-token` and `export-credentials`.
pub const APONO_INTERACTIVE: &str = "apono_interactive";
/// `true` if the session at the identity provider outlives the browser's window, even one that ends with it.
pub const APONO_SAML_KEEP_SESSION: &str = "apono_saml_keep_session";
pub const APONO_SAML_PROVIDER_ARN: &str = "apono_saml_provider_arn";
pub const APONO_SAML_URL: &str = "apono_saml_url";
/// The store of the cache key.
pub const APONO_STORE: &str = "apono_store";

// Of apono-login, in place of the key of AWS in a `credential_process` profile, where AWS tools would misread that one.
pub const APONO_CREDENTIAL_SOURCE: &str = "apono_credential_source";
pub const APONO_ROLE_ARN: &str = "apono_role_arn";
pub const APONO_ROLE_SESSION_NAME: &str = "apono_role_session_name";
pub const APONO_SOURCE_PROFILE: &str = "apono_source_profile";

// Of apono-login, to remember what `install` wrote.
/// The other sections that `install` wrote for this profile.
pub const APONO_WROTE: &str = "apono_wrote";
/// The team file that the profile is from.
pub const APONO_TEAM: &str = "apono_team";
/// The clusters that the team file named.
pub const APONO_TEAM_CLUSTERS: &str = "apono_team_clusters";
/// `true` if the team file says that the user must have this account.
pub const APONO_TEAM_REQUIRED: &str = "apono_team_required";
/// The current context of kubectl before the installation.
pub const APONO_CONTEXT_BEFORE: &str = "apono_context_before";
/// The contexts of the profile that other profiles have taken over, by name.
pub const APONO_CONTEXTS_TAKEN: &str = "apono_contexts_taken";
/// `true` in an installed profile that nothing else marks as one: it has another role than the default one.
pub const APONO_INSTALLED: &str = "apono_installed";

/// The value of `duration_seconds` that `install` writes where there is none. The SDK for Go asks for 900 otherwise; STS gives no
/// more for a role that a role assumes.
pub const AN_HOUR: &str = "3600";
/// Keys that `install` writes and `uninstall` removes, besides `duration_seconds`.
pub const INSTALLED: [&str; 17] = [
    ROLE_ARN,
    ROLE_SESSION_NAME,
    SOURCE_PROFILE,
    REGION,
    CREDENTIAL_PROCESS,
    APONO_ROLE_ARN,
    APONO_ROLE_SESSION_NAME,
    APONO_SOURCE_PROFILE,
    APONO_SAML_PROVIDER_ARN,
    APONO_SAML_URL,
    APONO_WROTE,
    APONO_TEAM,
    APONO_TEAM_CLUSTERS,
    APONO_TEAM_REQUIRED,
    APONO_CONTEXT_BEFORE,
    APONO_CONTEXTS_TAKEN,
    APONO_INSTALLED,
];
/// Those of them that record the installation. They can be removed even from a profile that belongs to the user.
pub const RECORDS: [&str; 7] = [
    APONO_WROTE,
    APONO_TEAM,
    APONO_TEAM_CLUSTERS,
    APONO_TEAM_REQUIRED,
    APONO_CONTEXT_BEFORE,
    APONO_CONTEXTS_TAKEN,
    APONO_INSTALLED,
];
/// Keys that `install` never writes: a profile with one of them belongs to the user.
pub const FOREIGN: [&str; 6] = [
    AWS_ACCESS_KEY_ID,
    SSO_SESSION,
    SSO_START_URL,
    SSO_ACCOUNT_ID,
    WEB_IDENTITY_TOKEN_FILE,
    LOGIN_SESSION,
];
/// Keys that no other tool writes: a profile with one of them is of apono-login, whatever its role.
pub const MARKS: [&str; 8] = [
    APONO_ROLE_ARN,
    APONO_WROTE,
    APONO_INTERACTIVE,
    APONO_STORE,
    APONO_SAML_KEEP_SESSION,
    APONO_SAML_URL,
    APONO_TEAM,
    APONO_INSTALLED,
];

/// Returns the value of `apono_KEY`, else of `KEY`.
pub fn value<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    let own = profile.get(&format!("apono_{key}"));
    own.or_else(|| profile.get(key))
}
