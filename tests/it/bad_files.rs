//! People's files as they really are, and names as nobody should write them: edited without loss or refused untouched, and always
//! with a reason.

mod aws_config;
mod kubeconfig;
mod names;
mod places;
mod together;
