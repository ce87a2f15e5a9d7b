//! Kubernetes on this side of the wire: the exec plugin contract ([`exec_credential`]) and kubeconfig files
//! ([`config`]). Pure.

pub mod config;
pub mod exec_credential;
