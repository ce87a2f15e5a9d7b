//! EKS: what a cluster is ([`cluster`]), the token it accepts ([`token`]), and what any token says ([`inspect`]).

pub mod cluster;
pub mod inspect;
pub mod token;
