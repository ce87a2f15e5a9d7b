//! Signing in with IAM Identity Center, through the real program: in a browser on this computer, with a
//! device code, silent renewal, several SSO sessions at once, and signing out.

mod all;
mod another;
mod answers;
mod browser;
mod callbacks;
#[cfg(target_os = "linux")]
mod chromium;
mod comments;
mod device;
#[cfg(target_os = "linux")]
mod interactive;
mod network;
#[cfg(target_os = "linux")]
mod newcomer;
mod out;
pub mod person;
mod regions;
mod renewal;
#[cfg(target_os = "linux")]
mod rivals;
mod sdk;
#[cfg(target_os = "linux")]
mod together;
pub mod watch;
