//! Signing in with a browser on this computer: authorization code with PKCE (RFC 7636), received on loopback (RFC 8252).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64URL, Engine as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::token::{Client, Flow, Token};
use super::{Error, SsoClient, oidc};
use crate::credentials::Secret;
use crate::signin::interaction::LONGEST_SIGN_IN;
use crate::sys::browser::{self, Opener};
use crate::sys::loopback::{Answer, Listener};

/// All but the unreserved characters of RFC 3986, 2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The error of the sign-in page for a user who did not allow access (RFC 6749, 4.1.2.1).
const REFUSED: &str = "access_denied";

/// Signs the user in. Without `openers`, the user opens the link.
pub async fn sign_in(
    sso: &SsoClient<'_>,
    client: &Client,
    openers: &[Opener],
) -> Result<Token, Error> {
    let (out, source) = (&sso.context.output, sso.source);
    let listener = Listener::bind().map_err(Error::Listen)?;
    let redirect_uri = listener.redirect_uri();
    let (verifier, state) = (random()?, random()?);
    let challenge = BASE64URL.encode(Sha256::digest(verifier.reveal()));
    let scopes = source.scopes.join(" ");
    let parameters = [
        ("response_type", "code"),
        ("client_id", &client.id),
        ("redirect_uri", &redirect_uri),
        ("state", state.reveal()),
        ("code_challenge_method", "S256"),
        ("scopes", &scopes),
        ("code_challenge", &challenge),
    ];
    let query = parameters
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)));
    let url = format!("{}?{}", sso.oidc.authorize_url()?, query.join("&"));

    let opened = match openers {
        [] => Err(None),
        openers => browser::open(openers, &listener.link()).map_err(Some),
    };
    let (start_url, link) = (&source.start_url, listener.link());
    match opened {
        Ok(()) => {
            out.note(&format!(
                "Sign in at {start_url} in the browser that opens now"
            ));
            out.note(&format!(
                "If no browser opens, open {link} on this computer"
            ));
        }
        Err(why) => {
            if let Some(error) = why {
                out.warn(&error.to_string());
            }
            out.note("Open this link in a browser on this computer and sign in:");
            out.note(&format!("  {link}"));
            // Without a forwarded port, only the sign-in page itself opens there.
            if sso.context.surroundings().ssh {
                out.note(
                    "If your browser is on another computer and cannot open it, open this one:",
                );
                out.note(&format!("  {url}"));
            }
        }
    }
    let answer = {
        let _waiting = out.waiting("Waiting for the sign-in in the browser (Ctrl-C to cancel)");
        tokio::time::timeout(LONGEST_SIGN_IN, listener.answer(&url, &state)).await
    };
    match answer.map_err(|_| Error::TimedOut { flow: Flow::Code })? {
        Answer::Code(code) => {
            let now = sso.context.now();
            let oidc = &sso.oidc;
            let token = oidc.exchange(client, &code, &verifier, &redirect_uri, now);
            token.await.map_err(|error| match error {
                oidc::Error::CodeExpired => Error::TimedOut { flow: Flow::Code },
                error => error.into(),
            })
        }
        Answer::Refused { error, description } => {
            let message = match description {
                Some(description) => format!("{error}: {description}"),
                None => error.clone(),
            };
            Err(match error.as_str() {
                REFUSED => Error::Declined { message },
                "server_error" | "temporarily_unavailable" => Error::PageUnavailable { message },
                // The next sign-in registers another client.
                "unauthorized_client" | "invalid_client" => Error::NotTaken { message },
                _ => Error::PageFailed { error, message },
            })
        }
    }
}

/// Returns 256 random bits, as the 43 characters of a code verifier.
fn random() -> Result<Secret, Error> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| Error::Random(error.to_string()))?;
    Ok(Secret::new(BASE64URL.encode(bytes.as_slice())))
}
