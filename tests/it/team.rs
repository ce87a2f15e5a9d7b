//! A team file through the real program: one command and one sign-in for all accounts and clusters, a
//! changed file, and uninstalling. The real aws CLI and kubectl read what was written.

mod again;
mod alive;
mod another;
mod assigned;
mod back;
#[cfg(target_os = "linux")]
mod choice;
mod consent;
mod converges;
mod first;
mod flags;
mod origins;
mod refused;
#[cfg(target_os = "linux")]
mod saml;
#[cfg(target_os = "linux")]
mod scale;
pub mod setting;
