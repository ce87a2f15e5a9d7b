//! The code that the tests and the sandbox share: [`standin`], an embedded stand-in for AWS and clusters; [`laptop`], a user's
//! home directory and the commands run in it; and real programs (the tools, ministack, a desktop session with a keyring, a
//! browser, a SAML identity provider).
//!
//! A crate of its own, so that it is compiled once and its own tests run once.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::new_without_default,
    clippy::panic,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and may use the whole system"
)]

pub mod browser;
pub mod canary;
pub mod desktop;
pub mod home;
pub mod http;
pub mod idp;
pub mod in_c;
pub mod laptop;
pub mod machine;
pub mod ministack;
pub mod misbehave;
#[cfg(target_os = "linux")]
pub mod prompting;
pub mod silent;
pub mod snapshot;
pub mod socks;
pub mod standin;
pub mod tools;

pub use home::{Home, install};
