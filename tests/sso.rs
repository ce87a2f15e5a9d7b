//! Signing in with IAM Identity Center, through the real program: in a browser on this computer, with a code anywhere, again
//! without the person, for several sessions at once, and out again.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod laptop;
mod standin;
mod support;

#[path = "sso/browser.rs"]
mod browser;
#[path = "sources/sign_in.rs"]
mod sign_in;
