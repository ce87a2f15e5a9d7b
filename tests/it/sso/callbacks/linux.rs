//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::SOON;
use crate::sso::watch::end_browser;
use crate::sso::watch::lasting_browser;
use crate::sso::watch::watched;
use kit::browser::opened;
use kit::home::Run;

/// All users of a computer can read command lines, and the browser's exists as long as the browser runs.
#[test]
fn nothing_in_the_process_list() {
    let laptop = laptop(Style::Session);
    let browser = lasting_browser(&laptop.home);
    let command_line = |pid: &str| {
        let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    let prepare = |run: Run| run.env("BROWSER", browser);
    let (output, ()) = watched(&laptop, LOGIN, prepare, |run| {
        let link = &opened(&laptop.home, SOON)[0];
        let query = true_query(link);
        let browser = laptop.home.read("browser.pid");
        let lines = [&run.pid(), browser.trim()].map(command_line);
        assert!(lines[0].contains("apono-login login"), "{lines:?}");
        assert!(lines[1].contains(link), "{lines:?}");
        for secret in [value(&query, "code"), value(&query, "state")] {
            assert!(!lines.concat().contains(secret), "{lines:?}");
        }
        let page = Browser::new().get(&format!("{link}oauth/callback?{query}"));
        assert_eq!(page.status, 200, "{page:?}");
    });
    end_browser(&laptop.home);
    output.ended(0);
}
