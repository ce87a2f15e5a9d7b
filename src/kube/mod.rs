//! Kubernetes formats: the exec plugin API ([`exec_credential`]), kubeconfig files ([`config`]) and kubectl's preferences
//! ([`config::kuberc`]), all pure; and requests to a cluster's API server ([`api`]).

pub mod api;
pub mod config;
pub mod exec_credential;
pub mod explain;
pub mod file;
pub mod temporary;
