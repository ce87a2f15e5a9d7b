//! Every failure on the way to the cluster: what happened, why, what to do, on stderr; nothing on stdout; the documented exit
//! status (1 refused, 2 usage, 3 sign in, 4 network); nothing kept in the cache; no secret told.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::type_complexity
)]

mod laptop;
mod standin;
mod support;

#[path = "failures/answers.rs"]
mod answers;
#[path = "failures/denials.rs"]
mod denials;
#[path = "failures/kubectl_asks.rs"]
mod kubectl_asks;
#[path = "failures/network.rs"]
mod network;
#[path = "failures/profiles.rs"]
mod profiles;
#[path = "failures/sources.rs"]
mod sources;
