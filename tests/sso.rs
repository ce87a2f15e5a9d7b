//! Signing in with IAM Identity Center, through the real program: in a browser on this computer, with a code anywhere, again
//! without the person, for several sessions at once, and out again.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod laptop;
mod standin;
mod support;

#[path = "sources/sign_in.rs"]
mod sign_in;

#[path = "sso/all.rs"]
mod all;
#[path = "sso/answers.rs"]
mod answers;
#[path = "sso/browser.rs"]
mod browser;
#[path = "sso/callbacks.rs"]
mod callbacks;
#[path = "sso/chromium.rs"]
mod chromium;
#[path = "sso/device.rs"]
mod device;
#[path = "sso/interactive.rs"]
mod interactive;
#[path = "sso/network.rs"]
mod network;
#[path = "sso/newcomer.rs"]
mod newcomer;
#[path = "sso/out.rs"]
mod out;
#[path = "sso/person.rs"]
mod person;
#[path = "sso/renewal.rs"]
mod renewal;
#[path = "sso/sdk.rs"]
mod sdk;
#[path = "sso/together.rs"]
mod together;
#[path = "sso/watch.rs"]
mod watch;
