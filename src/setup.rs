//! Setting a laptop up.

pub mod team_file;
