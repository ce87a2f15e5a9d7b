//! Source credentials from an SSO sign-in, a pod's token, a container or the environment, through the
//! SDK's profile chain: install, login, status, and the errors without them.

mod ambient;
mod beside;
#[cfg(target_os = "linux")]
mod chains;
pub mod console;
mod misspelt;
mod renewal;
pub mod sign_in;
mod sso;
mod sso_refused;
