//! AWS profiles: reading them, deciding what they mean, editing them.
//!
//! [`read`] reads the files as the SDK does, [`plan`] decides what logging in to a profile means, [`edit`] changes one section
//! and nothing else, [`sso`] decides which sections an SSO sign-in needs. Everything is pure except for reading the files.

pub mod edit;
pub mod explain;
pub mod identity;
pub mod keys;
pub mod ours;
pub mod plan;
pub mod read;
pub mod scan;
pub mod sso;
