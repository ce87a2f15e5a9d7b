//! The admin's side through the real program: documents that the real tools read, a role that is made of them and logged in
//! to, and checks of what is there.

mod api_server;
mod check;
mod documents;
mod live;
mod tools_that_fail;
