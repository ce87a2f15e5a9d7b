//! EKS: what a cluster is ([`cluster`]) and the token it accepts ([`token`]).

pub mod cluster;
pub mod token;
