//! The source of an account: one of three, each with its keys.

use toml::de::DeTable;

use super::Common;
use super::problem::What;
use super::reader::Reader;
use crate::names::{AccountId, IdpArn, IdpUrl, Partition};
use crate::profile::plan::SamlSource;
use crate::setup::source::{Source, Sso};

/// The keys that choose the source.
pub(super) const KEYS: [&str; 4] = [
    "sso_role_name",
    "source_profile",
    "saml_provider",
    "saml_url",
];

/// The same in words.
const ONE_OF: &str = "sso_role_name, source_profile, or saml_provider with saml_url";

/// Returns the source of an account in a team file. Exactly one of three must be there, with all its keys.
pub(super) fn source(
    reader: &mut Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
    common: &Common,
    account: Option<(&AccountId, &Partition)>,
) -> Option<Source> {
    let has = |key: &str| table.contains_key(key);
    let saml = has("saml_provider") || has("saml_url");
    let ways = [has("sso_role_name"), has("source_profile"), saml];
    if ways.iter().filter(|way| **way).count() != 1 {
        reader.note(at, What::NotOneSource { of: ONE_OF });
        return None;
    }
    if has("sso_role_name") {
        let role = reader.value(table, "sso_role_name");
        if !common.has_portal {
            let (has, lacks) = ("sso_role_name", "sso_start_url");
            let key = table.get_key_value(has)?.0;
            reader.note(key.span().start, What::Without { has, lacks });
        }
        return Some(Source::Sso(Sso {
            portal: common.portal.clone()?,
            account: account?.0.clone(),
            role: role?,
            profile: None,
            session: None,
        }));
    }
    if has("source_profile") {
        return reader.value(table, "source_profile").map(Source::Profile);
    }
    let url: Option<IdpUrl> = reader.required(at, table, "saml_url");
    let key = "saml_provider";
    let Some((at, provider)) = reader.text(table, key) else {
        if !has(key) {
            reader.note(at, What::Missing { key });
        }
        return None;
    };
    let (account, partition) = account?;
    match IdpArn::new(partition, account, provider) {
        Ok(provider) => Some(Source::Saml(SamlSource {
            provider,
            url: url?,
            keep_session: false,
        })),
        Err(error) => {
            reader.refuse(at, key, error);
            None
        }
    }
}
