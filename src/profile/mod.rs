//! AWS profiles: reading them, deciding what they mean, editing them.
//!
//! [`read`] takes the files in as the SDK does, [`plan`] turns a name into what would be done, as data,
//! [`edit`] changes our own section and nothing else, [`sso`] says which sections a sign-in needs. All pure but for
//! [`read::Files::load`].

pub mod edit;
pub mod identity;
pub mod plan;
pub mod read;
pub mod scan;
pub mod sso;
