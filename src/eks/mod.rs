//! EKS: describing a cluster ([`cluster`]), the token it accepts ([`token`]), reading any token ([`inspect`]), and asking AWS about one ([`verify`]).

pub mod cluster;
pub mod explain;
pub mod inspect;
pub mod token;
pub mod verify;
