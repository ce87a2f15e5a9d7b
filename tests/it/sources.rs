//! Source credentials out of a person's sign-in, a pod's token, a container or the environment, through the SDK's own
//! profile chain: install, log in, look at the status; and what is said where they do not come.

mod ambient;
mod console;
pub mod sign_in;
mod sso;
mod sso_refused;
