//! The fuzz targets of apono-login: what must hold for any bytes that others wrote.
//!
//! A function for each target, in the file of its name. It is given the bytes, and panics if a law does not hold. A law is
//! checked with other means than the code under test uses, where there are such: another parser, a plain scan of the bytes.
//!
//! The program's modules are private, so they are compiled into this crate: `crate::` means the same to them as in its `lib.rs`.
#![allow(dead_code)]

#[path = "../../src"]
mod program {
    pub mod aws;
    pub mod cli;
    pub mod commands;
    pub mod context;
    pub mod credentials;
    pub mod diff;
    pub mod doctor;
    pub mod eks;
    pub mod failure;
    pub mod kube;
    pub mod names;
    pub mod output;
    pub mod policy;
    pub mod profile;
    pub mod session;
    pub mod setup;
    pub mod signin;
    pub mod store;
    pub mod sys;
    pub mod yaml;
}
use program::*;

mod laws {
    pub mod aws_config_edit;
    pub mod callback_request;
    pub mod exec_info;
    pub mod kubeconfig_edit;
    pub mod policy_documents;
    pub mod saml_response;
    pub mod sealed_entry;
    pub mod sso_cache;
    pub mod team_file;
    pub mod token_inspect;
}

pub use laws::aws_config_edit::aws_config_edit;
pub use laws::callback_request::callback_request;
pub use laws::exec_info::exec_info;
pub use laws::kubeconfig_edit::kubeconfig_edit;
pub use laws::policy_documents::policy_documents;
pub use laws::saml_response::saml_response;
pub use laws::sealed_entry::sealed_entry;
pub use laws::sso_cache::sso_cache;
pub use laws::team_file::team_file;
pub use laws::token_inspect::token_inspect;

/// Returns noon of the day that the laws are checked on.
fn noon() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_795_867_200, 0).unwrap_or_default()
}
