//! Signing in with a browser anywhere: device authorization (RFC 8628). For terminals that no browser of the person's can
//! reach.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::oidc;
use super::token::{Client, Flow, Token};
use super::{Error, SsoClient};
use crate::aws;
use crate::source::interaction::LONGEST_SIGN_IN;
use crate::sys::qr;

/// Seconds that polls are put off further each time the service asks for it, or does not answer (RFC 8628, 3.5).
const SLOWER: u64 = 5;
/// Seconds. Asked to wait longer between two polls, nobody would sit there.
const LONGEST_INTERVAL: u64 = 60;

/// `client` is replaced if AWS has forgotten it.
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
        && let Some(code) = qr::render(link, out.stderr().is_colored())
    {
        out.block(&code);
    }
    out.note("Open this in any browser, on any device, and sign in:");
    out.note(&format!("  {link}"));
    if *link != device.verification_uri {
        out.note(&format!(
            "It shows the code {}. Let it in only if it is the same there.",
            device.user_code
        ));
    } else {
        out.note(&format!("and type the code {}", device.user_code));
    }

    let longest = LONGEST_SIGN_IN.min(Duration::from_secs(device.expires_in));
    let _waiting = out.waiting("Waiting for you in the browser (Ctrl-C stops)");
    let mut interval = device.interval.min(LONGEST_INTERVAL);
    while started.elapsed() < longest {
        sleep(Duration::from_secs(interval)).await;
        match sso.oidc.poll(client, &device, sso.context.now()).await {
            Err(oidc::Error::Pending) => {}
            Err(oidc::Error::CodeExpired) => return Err(Error::TimedOut),
            // The person is at it, and the next poll may get through; after trouble it is put off, too.
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
    Err(Error::TimedOut)
}
