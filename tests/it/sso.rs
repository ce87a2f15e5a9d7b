//! Signing in with IAM Identity Center, through the real program: in a browser on this computer, with a code anywhere, again
//! without the person, for several sessions at once, and out again.

mod all;
mod answers;
mod browser;
mod callbacks;
mod chromium;
mod device;
mod interactive;
mod network;
mod newcomer;
mod out;
pub mod person;
mod renewal;
mod sdk;
mod together;
pub mod watch;
