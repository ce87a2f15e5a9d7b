//! Source credentials out of a person's sign-in, a pod's token, a container or the environment, through the SDK's own
//! profile chain: install, log in, look at the status; and what is said where they do not come.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod laptop;
mod standin;
mod support;

#[path = "sources/ambient.rs"]
mod ambient;
#[path = "sources/console.rs"]
mod console;
#[path = "sources/sign_in.rs"]
mod sign_in;
#[path = "sources/sso.rs"]
mod sso;
#[path = "sources/sso_refused.rs"]
mod sso_refused;
