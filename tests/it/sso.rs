//! Signing in with IAM Identity Center, through the real program: in a browser on this computer, with a
//! device code, silent renewal, several SSO sessions at once, and signing out.

mod all;
mod another;
mod answers;
mod browser;
mod callbacks;
mod chromium;
mod comments;
mod device;
mod interactive;
mod network;
mod newcomer;
mod out;
pub mod person;
mod regions;
mod renewal;
mod rivals;
mod sdk;
mod together;
pub mod watch;
