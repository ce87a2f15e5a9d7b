//! People's files as they really are, and names as nobody should write them: edited without loss or refused untouched, and always
//! with a reason.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::type_complexity
)]

mod laptop;
mod standin;
mod support;

#[path = "bad_files/aws_config.rs"]
mod aws_config;
#[path = "bad_files/kubeconfig.rs"]
mod kubeconfig;
#[path = "bad_files/names.rs"]
mod names;
#[path = "bad_files/places.rs"]
mod places;
#[path = "bad_files/together.rs"]
mod together;
