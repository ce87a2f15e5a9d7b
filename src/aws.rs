//! Calls to AWS: the client configuration, and the runtime. What a failed call means is in [`error`].
//!
//! The runtime is built here, on first use: a run that needs no network does not pay for it.

pub mod denial;
pub mod denied;
mod endpoints;
mod error;
pub mod explain;
mod faults;
pub mod sign_in_page;
pub mod sts;

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use chrono::TimeDelta;
use tokio::runtime::Handle;

use crate::names::Region;
use crate::profile::read::Files;
use crate::sys::http;
pub use endpoints::{home_region, partition, sts_host, sts_hosts};
pub use error::{
    Error, NOT_OF_AWS, classify, clock, innermost, is_no_answer, network_fault, refused,
    wrong_clock,
};

/// The time limit of what needs no user, such as a whole refresh of credentials: a second less than the 20 seconds after which
/// those who wait for it take over.
pub const LIMIT: Duration = Duration::from_secs(19);
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest pause before another attempt, even if the service asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How far a signature's time may be from AWS's clock.
pub const TOLERATED_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Runs the future for at most [`LIMIT`].
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    block_on_for(LIMIT, future)
}

/// Runs the future for at most this long: longer than [`LIMIT`] where a user may be asked.
pub fn block_on_for<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Error> {
    let ended = network()?.block_on(http::within(limit, future));
    ended.map_err(Error::from)
}

/// Returns the runtime, which all threads share. It lives until the process ends, for two reasons: connections belong to it, so
/// that a later call can use them again; and nothing waits for its threads, one of which may hang in the system's look-up of a
/// host's name, or in reading a file. A thread of its own drives it: others wait in a call for a lock, or for another program.
fn network() -> Result<&'static Handle, Error> {
    static NETWORK: OnceLock<Handle> = OnceLock::new();
    if let Some(network) = NETWORK.get() {
        return Ok(network);
    }
    let failed = |e: io::Error| Error::network(format!("could not start the network runtime: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(failed)?;
    // One more, to look up a host's name: tokio panics where it cannot start it.
    let spare = std::thread::Builder::new().spawn(|| ()).map_err(failed)?;
    let _ = spare.join();
    Ok(NETWORK.get_or_init(|| handle))
}

/// Returns the configuration of a service client. It is read as the SDK does (endpoints, FIPS, dual-stack), but with these
/// files, region, HTTP client, time limits and credentials only. `None` is for services that take unsigned requests.
pub async fn client_config(
    files: &Files,
    profile: &str,
    region: &Region,
    http: http::Client,
    credentials: Option<SharedCredentialsProvider>,
) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .profile_files(files.profiles().contents(profile))
        .profile_name(profile)
        .region(SdkRegion::new(region.as_str().to_owned()))
        .http_client(http)
        .timeout_config(timeouts())
        .retry_config(retries());
    let loader = match credentials {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader.no_credentials(),
    };
    loader.load().await
}

/// Returns the time limit of all attempts of one call together, where [`block_on_for`] has a longer one. That of one attempt is
/// the HTTP client's.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_max_backoff(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_call_that_waits_for_something_else_does_not_stop_the_others() {
        use std::time::{Duration, Instant};
        let (starts, started) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            super::block_on(async {
                starts.send(()).unwrap();
                std::thread::sleep(Duration::from_secs(4));
            })
        });
        started.recv().unwrap();
        let began = Instant::now();
        super::block_on(async { tokio::time::sleep(Duration::from_millis(1)).await }).unwrap();
        assert!(began.elapsed() < Duration::from_secs(3));
        waiting.join().unwrap().unwrap();
    }
}
