//! A team file through the real program: one command and one sign-in for all accounts and clusters, again after the file
//! changed, and taken back. The real aws CLI and kubectl read what was written.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod laptop;
mod standin;
mod support;

#[path = "saml/federation.rs"]
#[allow(dead_code)]
mod federation;
#[path = "sso/person.rs"]
#[allow(dead_code)]
mod person;
#[path = "sources/sign_in.rs"]
mod sign_in;

#[path = "team/again.rs"]
mod again;
#[path = "team/back.rs"]
mod back;
#[path = "team/converges.rs"]
mod converges;
#[path = "team/first.rs"]
mod first;
#[path = "team/refused.rs"]
mod refused;
#[path = "team/saml.rs"]
mod saml;
#[path = "team/setting.rs"]
mod setting;
