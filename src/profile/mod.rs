//! AWS profiles: reading them, deciding what they mean, editing them.
//!
//! [`read`] reads the files, [`profiles`] has the SDK parse what is asked for, [`plan`] decides what logging in to a profile
//! means, [`edit`] changes one section and nothing else, [`sso`] decides which sections an SSO sign-in needs, [`written`] finds lines
//! for errors. Everything is pure except for reading the files.

pub mod edit;
pub mod endpoints;
pub mod explain;
pub mod identity;
pub mod keys;
pub mod ours;
pub mod plan;
pub mod profiles;
pub mod read;
pub mod scan;
pub mod sso;
pub mod written;
