//! Every failure on the way to the cluster: what happened, why, what to do, on stderr; nothing on stdout; the documented exit
//! status (1 refused, 2 usage, 3 sign in, 4 network); nothing kept in the cache; no secret told.

mod answers;
mod denials;
mod kubectl_asks;
mod network;
mod profiles;
mod sources;
