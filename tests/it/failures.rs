//! Every failure on the way to the cluster: error, cause and hint on stderr, an empty stdout, and the documented exit
//! status (1 refused, 2 usage, 3 sign in, 4 network). Nothing is cached and no secret is printed.

mod answers;
mod denials;
#[cfg(target_os = "linux")]
mod kubectl_asks;
mod network;
mod policies;
mod profiles;
mod socks;
mod sources;
mod ways;
