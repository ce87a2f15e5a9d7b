//! Signing in with a browser on any device: device authorization (RFC 8628). For computers that the user's browser cannot
//! reach.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::oidc;
use super::token::{Client, Flow, Token};
use super::{Error, SsoClient};
use crate::aws;
use crate::signin::interaction::LONGEST_SIGN_IN;
use crate::sys::qr;

/// How much longer to wait between polls, in seconds, each time the service asks for it or does not respond (RFC 8628, 3.5).
const SLOWER: u64 = 5;
/// The longest time between two polls, in seconds. With a longer one the user would think that it hangs.
const LONGEST_INTERVAL: u64 = 60;

const TIMED_OUT: Error = Error::TimedOut { flow: Flow::Device };

/// Signs the user in. `client` is replaced if AWS does not know it any more.
pub async fn sign_in(sso: &SsoClient<'_>, client: &mut Client) -> Result<Token, Error> {
    let (out, source) = (&sso.context.output, sso.source);
    let device = match sso.oidc.start_device(client, &source.start_url).await {
        Err(oidc::Error::UnknownClient { .. }) => {
            *client = sso.oidc.register(source, Flow::Device).await?;
            sso.oidc.start_device(client, &source.start_url).await?
        }
        answer => answer?,
    };
    let started = Instant::now();
    let link = &device.verification_uri_complete;
    if out.on_terminal
        && let Some(code) = qr::render(link, out.stderr().is_colored(), sso.context.is_utf8())
    {
        out.block(&code);
    }
    out.note("Open this link in a browser on any device and sign in:");
    out.note(&format!("  {link}"));
    if *link != device.verification_uri {
        out.note(&format!(
            "Check that the page shows the code {}, and only then allow access",
            device.user_code
        ));
    } else {
        out.note(&format!("Enter the code {}", device.user_code));
    }

    let longest = LONGEST_SIGN_IN.min(Duration::from_secs(device.expires_in));
    let _waiting = out.waiting("Waiting for the sign-in in the browser (Ctrl-C to cancel)");
    let mut interval = device.interval.min(LONGEST_INTERVAL);
    while started.elapsed() < longest {
        sleep(Duration::from_secs(interval)).await;
        match sso.oidc.poll(client, &device, sso.context.now()).await {
            Err(oidc::Error::Pending) => {}
            Err(oidc::Error::CodeExpired) => return Err(TIMED_OUT),
            // The user may still sign in, and the next poll may succeed: after a failed one it comes later, too.
            Err(
                oidc::Error::SlowDown
                | oidc::Error::Call(
                    aws::Error::Network { .. }
                    | aws::Error::Unavailable { .. }
                    | aws::Error::Throttled { .. },
                ),
            ) => interval = (interval + SLOWER).min(LONGEST_INTERVAL),
            answer => return Ok(answer?),
        }
    }
    Err(TIMED_OUT)
}
