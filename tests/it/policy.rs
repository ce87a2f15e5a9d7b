//! The admin's commands through the real program: documents for the real tools, a role that is created
//! from them and logged in to, and checks of existing setups.

mod api_server;
mod check;
mod documents;
mod live;
mod tools_that_fail;
