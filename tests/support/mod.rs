//! What the tests through the real binary share: a temporary home to run commands in, the real tools (aws, kubectl), ministack,
//! a desktop session with a keyring, a browser, and a SAML identity provider.
//!
//! Each file under tests/ is a crate of its own and uses a part of this, hence the allowance.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

pub mod browser;
pub mod desktop;
pub mod home;
pub mod http;
pub mod idp;
pub mod ministack;
pub mod tools;

pub use home::Home;
