//! What marks a profile as one of apono-login, and which contexts are a profile's: each command knows them, and `uninstall` takes
//! them back byte for byte.

mod contexts;
mod diffs;
mod exec;
mod roles;
