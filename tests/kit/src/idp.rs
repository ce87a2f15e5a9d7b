//! A SAML identity provider on loopback that resembles a company's: an app link that leads to AWS, a sign-in page with a
//! second factor, and a session cookie that skips both the next time. It signs with a key of its own, using xmlsec1.
//!
//! The pages are meant for real browsers. Once a person is set, scripts fill in the forms; otherwise the pages wait for input.

mod claims;
mod pages;
mod server;
mod signing;
mod unchecked;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub use claims::{Claims, PROVIDER_ARN, ROLE_ARN, SIGN_IN, Seal};
pub use signing::{Wrapping, certificate, other_certificate, pysaml2_response};
pub use unchecked::UNCHECKED;

/// How the response is delivered to AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A page whose script posts the form.
    Plain,
    /// Like `Plain`, but in a frame; the form's target is the whole window.
    #[default]
    Frame,
    /// Like `Plain`, but in a popup window.
    Popup,
    /// Posted to the identity provider itself, which forwards it with status 307.
    Redirect307,
    /// Not posted, but in the query of a redirect, as the HTTP-Redirect binding has it.
    RedirectGet,
    /// Posted twice: first into a frame, then by the window.
    TwicePosted,
}

/// How the sign-in session is remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// A cookie that is kept when the browser exits.
    Persistent(Duration),
    /// A cookie that is deleted when the browser exits.
    Session(Duration),
    /// No session: every sign-in asks again.
    Once,
}

/// A recorded request to the identity provider.
#[derive(Clone, Debug)]
pub struct Visit {
    pub method: String,
    /// The path without the query.
    pub path: String,
    pub user_agent: String,
    /// The user whose session cookie was sent.
    pub session: Option<String>,
}

pub struct Idp {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    stopping: AtomicBool,
    state: Mutex<State>,
}

struct State {
    person: Option<String>,
    way: Way,
    cookie: Cookie,
    second_factor: bool,
    /// The claims to issue; `None` means those of the signed-in user.
    claims: Option<Claims>,
    delay: Duration,
    failing: bool,
    sessions: HashMap<String, Session>,
    /// Users who have entered a password but not yet the second factor, by the token in the page.
    half: HashMap<String, String>,
    visits: Vec<Visit>,
    responses: Vec<String>,
}

struct Session {
    email: String,
    ends: Instant,
    once: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Idp {
    pub fn start() -> Idp {
        signing::keys();
        let state = State {
            person: None,
            way: Way::default(),
            cookie: Cookie::Persistent(Duration::from_secs(12 * 3600)),
            second_factor: true,
            claims: None,
            delay: Duration::ZERO,
            failing: false,
            sessions: HashMap::new(),
            half: HashMap::new(),
            visits: Vec::new(),
            responses: Vec::new(),
        };
        let shared = Arc::new(Shared {
            stopping: AtomicBool::new(false),
            state: Mutex::new(state),
        });
        let address = server::serve(&shared, pages::answer).unwrap();
        Idp { address, shared }
    }

    /// Returns the app link, which users open to sign in to AWS.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, pages::APP)
    }

    /// Returns the certificate that AWS is configured with (PEM).
    pub fn provider_certificate(&self) -> String {
        certificate()
    }

    /// Returns a signed response with these claims, in base64.
    pub fn response(&self, claims: &Claims) -> String {
        signing::base64(&signing::signed(claims))
    }

    /// Returns a signed response with these claims, as XML.
    pub fn response_xml(&self, claims: &Claims) -> String {
        signing::signed(claims)
    }

    /// Returns a signature-wrapping attack: a signed response changed so that a careless reader accepts forged claims; in base64.
    pub fn wrapped(&self, genuine: &Claims, forged: &Claims, wrapping: Wrapping) -> String {
        signing::base64(&signing::wrapped(genuine, forged, wrapping))
    }

    /// Sets who fills in the forms from now on. With `None`, the forms wait forever.
    pub fn set_person(&self, email: Option<&str>) {
        self.shared.state().person = email.map(str::to_owned);
    }

    pub fn set_way(&self, way: Way) {
        self.shared.state().way = way;
    }

    pub fn set_cookie(&self, cookie: Cookie) {
        self.shared.state().cookie = cookie;
    }

    /// Sets whether a code is required after the password.
    pub fn set_second_factor(&self, asked: bool) {
        self.shared.state().second_factor = asked;
    }

    /// Sets the claims to issue from now on, regardless of who signs in.
    pub fn set_claims(&self, claims: Claims) {
        self.shared.state().claims = Some(claims);
    }

    /// Delays every response by this long.
    pub fn set_delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Makes every request fail with status 500.
    pub fn set_failing(&self, failing: bool) {
        self.shared.state().failing = failing;
    }

    /// Ends all sessions, so that every user has to sign in again.
    pub fn end_sessions(&self) {
        self.shared.state().sessions.clear();
    }

    /// Returns the recorded requests, in order.
    pub fn visits(&self) -> Vec<Visit> {
        self.shared.state().visits.clone()
    }

    /// Returns how many sign-ins were made through the forms.
    pub fn sign_ins(&self) -> usize {
        let visits = self.visits();
        let form = |visit: &&Visit| visit.method == "POST" && visit.path == pages::LOGIN;
        visits.iter().filter(form).count()
    }

    /// Clears the recorded requests.
    pub fn forget(&self) {
        self.shared.state().visits.clear();
    }

    /// Returns the responses issued to browsers, in base64, in order.
    pub fn issued(&self) -> Vec<String> {
        self.shared.state().responses.clone()
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}
