//! Signing in with SAML federation, through the real program: a real Chromium at an identity provider on loopback, responses
//! brought by hand, and what follows from either.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod laptop;
mod standin;
mod support;

#[path = "saml/federation.rs"]
mod federation;

#[path = "saml/browser.rs"]
mod browser;
#[path = "saml/by_hand.rs"]
mod by_hand;
#[path = "saml/everyday.rs"]
mod everyday;
#[path = "saml/installing.rs"]
mod installing;
