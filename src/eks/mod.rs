//! EKS: describing a cluster ([`cluster`]), the token it accepts ([`token`]), and reading any token ([`inspect`]).

pub mod cluster;
pub mod explain;
pub mod inspect;
pub mod token;
