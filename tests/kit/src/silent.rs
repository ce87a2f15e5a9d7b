//! A browser without pages for the sign-in by SAML, on every system: `tests/kit/browser.c`. It says what a test has written down.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::{Home, in_c};

/// Returns the path of the program, which has the name of a browser that is known.
pub fn program() -> PathBuf {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| in_c::program("browser", "chromium"));
    PROGRAM.clone()
}

/// Sets what browsers say from now on, a message for each line.
pub fn says(home: &Home, messages: &[String]) {
    home.write("browser-says", messages.join("\n") + "\n");
}

/// Returns the commands that browsers were given.
pub fn heard(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path("browser-hears")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Returns the message that a window has opened.
pub fn opened() -> String {
    let page = json!({ "targetId": "7", "type": "page", "title": "Sign in", "url": "https://idp.example.com/app" });
    event("Target.targetCreated", &json!({ "targetInfo": page }))
}

/// Returns the message that the window was closed.
pub fn closed() -> String {
    event("Target.targetDestroyed", &json!({ "targetId": "7" }))
}

/// Returns the message that a page posts these fields to this URL.
pub fn posts(url: &str, fields: &[(&str, &str)]) -> String {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = json!({ "url": url, "method": "POST", "postData": form });
    event(
        "Fetch.requestPaused",
        &json!({ "requestId": "1", "request": request }),
    )
}

fn event(method: &str, params: &Value) -> String {
    json!({ "method": method, "params": params }).to_string()
}
