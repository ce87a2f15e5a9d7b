//! Signing in with SAML federation, through the real program: a real Chromium at an identity provider on loopback, responses
//! brought by hand, and what follows from either.

pub mod federation;

mod browser;
mod by_hand;
mod everyday;
mod installing;
