//! The admin's side through the real program: documents that the real tools read, a role that is made of them and logged in
//! to, and checks of what is there.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods
)]

#[path = "policy/api_server.rs"]
mod api_server;
#[path = "policy/check.rs"]
mod check;
#[path = "policy/documents.rs"]
mod documents;
#[path = "policy/live.rs"]
mod live;
#[path = "policy/tools_that_fail.rs"]
mod tools_that_fail;

mod support;
