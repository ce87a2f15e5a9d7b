//! Signing in with SAML, through the real program: a real Chromium at a local identity provider,
//! responses passed by hand, and what follows from both.

pub mod federation;

mod another;
mod browser;
mod by_hand;
mod everyday;
mod installing;
mod pages;
mod remembered;
mod said;
