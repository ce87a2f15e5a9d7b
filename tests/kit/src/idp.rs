//! A SAML identity provider on loopback, as companies have one: an app link that leads to AWS, a sign-in page and a second
//! factor before it, a session in a cookie that spares both the next time. It signs with a key of its own, by xmlsec1.
//!
//! The pages are for browsers, and go on by their own scripts once the person is set; without one, nobody signs in.

mod claims;
mod pages;
mod server;
mod signing;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub use claims::{Claims, PROVIDER_ARN, ROLE_ARN, SIGN_IN, Seal};
pub use signing::{Wrapping, certificate, other_certificate, pysaml2_response};

/// How the response gets to AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A page whose script posts the form.
    Plain,
    /// The same in a frame, the form's target being the whole window.
    #[default]
    Frame,
    /// The same in a window of its own.
    Popup,
    /// Posted to the identity provider itself, which passes it on by 307.
    Redirect307,
    /// Posted twice: into a frame, and then by the window.
    TwicePosted,
}

/// What remembers who is signed in, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Outlives the browser.
    Persistent(Duration),
    /// Ends with the browser.
    Session(Duration),
    /// Good for this sign-in only: the next one asks again.
    Once,
}

/// A request to the identity provider.
#[derive(Clone, Debug)]
pub struct Visit {
    pub method: String,
    /// Without its query.
    pub path: String,
    pub user_agent: String,
    /// Whose session came along.
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
    /// What is issued; without it, what is right for who is signed in.
    claims: Option<Claims>,
    delay: Duration,
    failing: bool,
    sessions: HashMap<String, Session>,
    /// Who gave a password and owes the second factor, by the token in the page.
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

    /// The link people have to sign in to AWS.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, pages::APP)
    }

    /// The certificate that AWS is told of (PEM).
    pub fn provider_certificate(&self) -> String {
        certificate()
    }

    /// A signed response that says this, in base64.
    pub fn response(&self, claims: &Claims) -> String {
        signing::base64(&signing::signed(claims))
    }

    /// The same before base64.
    pub fn response_xml(&self, claims: &Claims) -> String {
        signing::signed(claims)
    }

    /// What it signed, made to be taken for something else by a careless reader; in base64.
    pub fn wrapped(&self, genuine: &Claims, forged: &Claims, wrapping: Wrapping) -> String {
        signing::base64(&signing::wrapped(genuine, forged, wrapping))
    }

    /// Who fills in the forms from now on. `None`: they wait for ever.
    pub fn set_person(&self, email: Option<&str>) {
        self.shared.state().person = email.map(str::to_owned);
    }

    pub fn set_way(&self, way: Way) {
        self.shared.state().way = way;
    }

    pub fn set_cookie(&self, cookie: Cookie) {
        self.shared.state().cookie = cookie;
    }

    /// Whether a code is asked for after the password.
    pub fn set_second_factor(&self, asked: bool) {
        self.shared.state().second_factor = asked;
    }

    /// What is issued from now on, whoever signs in.
    pub fn set_claims(&self, claims: Claims) {
        self.shared.state().claims = Some(claims);
    }

    /// Every answer comes this late.
    pub fn set_delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Every answer is a 500.
    pub fn set_failing(&self, failing: bool) {
        self.shared.state().failing = failing;
    }

    /// Whoever was signed in has to sign in again.
    pub fn end_sessions(&self) {
        self.shared.state().sessions.clear();
    }

    /// What was asked for, in order.
    pub fn visits(&self) -> Vec<Visit> {
        self.shared.state().visits.clone()
    }

    /// How often somebody signed in by the forms.
    pub fn sign_ins(&self) -> usize {
        let visits = self.visits();
        let form = |visit: &&Visit| visit.method == "POST" && visit.path == pages::LOGIN;
        visits.iter().filter(form).count()
    }

    /// Forgets the visits.
    pub fn forget(&self) {
        self.shared.state().visits.clear();
    }

    /// The responses that went out to browsers, in base64, in order.
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
