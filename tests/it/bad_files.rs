//! Real config files and unusual names: edits keep everything else, and refusals change nothing and give
//! a reason.

mod aws_config;
mod bombs;
mod kubeconfig;
mod names;
#[cfg(target_os = "linux")]
mod places;
mod together;
