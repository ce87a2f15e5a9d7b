//! Kubernetes: the exec plugin contract ([`exec_credential`]), kubeconfig files ([`config`]) and kubectl's own preferences
//! ([`config::kuberc`]), all pure; and a cluster's view of somebody ([`api`]).

pub mod api;
pub mod config;
pub mod exec_credential;
