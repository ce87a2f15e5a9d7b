//! The admin's commands through the real program: documents for the real tools, a role that is created
//! from them and logged in to, and checks of existing setups.

#[cfg(target_os = "linux")]
mod api_server;
mod check;
mod documents;
#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
mod tools_that_fail;
