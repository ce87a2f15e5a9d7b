//! The open windows and tabs, and what they show.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde::Deserialize;

/// How long there may be no window: a page may close its own window just before another one opens.
pub(super) const BETWEEN_WINDOWS: Duration = Duration::from_millis(500);
/// The most windows that are counted, since a page could open any number.
const MOST_WINDOWS: usize = 1_000;
/// The longest title and origin, in characters.
const LONGEST: usize = 100;

/// A window or tab as DevTools describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    target_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    url: String,
}

/// What a window shows. Remote text, cut to a length: clean it before printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Empty if the page has none.
    title: String,
    origin: String,
    /// It has the title of the browser's own page for a site that cannot be reached.
    is_unreachable: bool,
}

impl Page {
    /// Returns what the page is. `None` before the first one. Paths and queries can hold secrets, and are left out.
    fn of(target: &Target) -> Option<Page> {
        let (scheme, rest) = target.url.split_once(':')?;
        if scheme == "about" {
            return None;
        }
        let rest = rest.strip_prefix("//").unwrap_or_default();
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or_default();
        let title = target.title.trim();
        // The title of a page without one is its URL.
        let has_host = !host.is_empty() && title.contains(host);
        let in_url = title.contains(['.', ':', '/', '?']) && target.url.contains(title);
        let is_url = title.is_empty() || in_url || has_host;
        Some(Page {
            is_unreachable: path.len() > 1 && !title.is_empty() && title == without_port(host),
            title: match is_url {
                true => String::new(),
                false => bounded(title),
            },
            origin: match host {
                "" => bounded(&format!("{scheme}:")),
                host => bounded(&format!("{scheme}://{host}")),
            },
        })
    }
}

/// Returns the host without its port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

impl Page {
    /// Returns whether it is the browser's own page for a site that cannot be reached, as far as that shows.
    pub fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.title.as_str() {
            _ if self.is_unreachable => {
                write!(f, "an error of the browser (can it reach {}?)", self.origin)
            }
            "" => write!(f, "a page at {}", self.origin),
            title => write!(f, "{title:?} at {}", self.origin),
        }
    }
}

/// The open windows and tabs.
#[derive(Debug, Default)]
pub(super) struct Windows {
    open: HashMap<String, Option<Page>>,
    pub(super) had_one: bool,
    /// When the last window was closed.
    none_since: Option<Instant>,
    /// The page that a window showed last, and since when.
    last: Option<(Page, Instant)>,
    told: Option<Page>,
    /// The page whose title was asked for.
    asked: Option<Page>,
}

impl Windows {
    pub(super) fn opened(&mut self, target: &Target) {
        self.had_one = true;
        self.none_since = None;
        if self.open.len() < MOST_WINDOWS {
            self.open.insert(target.target_id.clone(), None);
        }
        self.changed(target);
    }

    pub(super) fn changed(&mut self, target: &Target) {
        let page = Page::of(target);
        if let Some(shown) = self.open.get_mut(&target.target_id)
            && *shown != page
        {
            shown.clone_from(&page);
            self.last = page.map(|page| (page, Instant::now())).or(self.last.take());
        }
    }

    pub(super) fn closed(&mut self, id: &str) {
        self.open.remove(id);
        if self.open.is_empty() {
            self.none_since = Some(Instant::now());
        }
    }

    pub(super) fn are_gone(&self) -> bool {
        self.none_since
            .is_some_and(|since| since.elapsed() >= BETWEEN_WINDOWS)
    }

    /// Returns how long there may still be no window. `None` if the time is up.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.none_since {
            Some(since) => BETWEEN_WINDOWS.checked_sub(since.elapsed()),
            None => Some(Duration::MAX),
        }
    }

    /// Returns the page that was shown last.
    pub(super) fn last(&self) -> Option<Page> {
        self.last.as_ref().map(|(page, _)| page.clone())
    }

    /// Returns how long the same page may still be shown before it has been there for `limit`.
    pub(super) fn until_still(&self, limit: Duration) -> Duration {
        match &self.last {
            Some((_, since)) => limit.saturating_sub(since.elapsed()),
            None => Duration::MAX,
        }
    }

    /// Returns whether a page has been shown for `limit` and its title has to be asked for: titles that change later are not
    /// reported by themselves.
    pub(super) fn asks(&mut self, limit: Duration) -> bool {
        if self.until_asked(limit) > Duration::ZERO {
            return false;
        }
        self.asked = self.last();
        true
    }

    /// Returns how long until [`Windows::asks`] returns true.
    pub(super) fn until_asked(&self, limit: Duration) -> Duration {
        match &self.last {
            Some((page, _)) if self.asked.as_ref() != Some(page) => self.until_still(limit),
            _ => Duration::MAX,
        }
    }

    /// Returns the page that was shown last, with its present title, unless it was told before.
    pub(super) fn told(&mut self, targets: &[Target]) -> Option<Page> {
        let (last, _) = self.last.as_mut()?;
        let mut pages = targets.iter().filter_map(Page::of);
        let page = pages.rfind(|page| page.origin == last.origin)?;
        // The same page: it does not begin to be still now.
        last.clone_from(&page);
        self.asked = Some(page.clone());
        if self.told.as_ref() == Some(&page) {
            return None;
        }
        self.told = Some(page.clone());
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: &str, url: &str) -> Option<String> {
        let target = Target {
            target_id: "1".to_owned(),
            title: title.to_owned(),
            url: url.to_owned(),
        };
        Page::of(&target).map(|page| page.to_string())
    }

    #[test]
    fn a_page_is_shown_without_path_and_query() {
        for (title, url, expected) in [
            (
                "Sign in",
                "https://idp.example.com:8443/a?code=secret#x",
                r#""Sign in" at https://idp.example.com:8443"#,
            ),
            (
                "idp.example.com/a?code=secret",
                "https://idp.example.com/a?code=secret",
                "a page at https://idp.example.com",
            ),
            (
                "",
                "https://u:p@idp.example.com\\x",
                "a page at https://idp.example.com",
            ),
            ("a\u{1b}[31m\n", "http://x/", r#""a\u{1b}[31m" at http://x"#),
            (
                "",
                "chrome-error://chromewebdata/",
                "a page at chrome-error://chromewebdata",
            ),
            ("Draft", "data:text/html,secret", r#""Draft" at data:"#),
            (
                "data:text/html,secret",
                "data:text/html,secret",
                "a page at data:",
            ),
            (
                "Error",
                "https://idp.example.com/Error",
                r#""Error" at https://idp.example.com"#,
            ),
            (
                "idp.example.com",
                "https://idp.example.com:8443/a?code=secret",
                "an error of the browser (can it reach https://idp.example.com:8443?)",
            ),
            (
                "idp.example.com",
                "https://idp.example.com/",
                "a page at https://idp.example.com",
            ),
        ] {
            assert_eq!(shown(title, url).unwrap(), expected);
        }
        assert_eq!(shown("", "about:blank"), None);
        assert_eq!(shown("", ""), None);
        assert!(
            shown(&"x".repeat(10_000), &"y://".repeat(10_000))
                .unwrap()
                .len()
                < 300
        );
    }

    #[test]
    fn each_page_is_told_once() {
        let target = |title: &str, url: &str| Target {
            target_id: "1".to_owned(),
            title: title.to_owned(),
            url: url.to_owned(),
        };
        let (now, minute) = (Duration::ZERO, Duration::from_secs(60));
        let mut windows = Windows::default();
        windows.opened(&target("", "about:blank"));
        assert!(!windows.asks(now));
        windows.changed(&target("", "https://a/1"));
        assert!(!windows.asks(minute));
        assert!(windows.until_asked(minute) <= minute);
        assert!(windows.asks(now));
        let page = windows.told(&[target("Error", "https://a/1")]).unwrap();
        assert_eq!(page.to_string(), r#""Error" at https://a"#);
        assert_eq!(windows.last(), Some(page));
        assert!(!windows.asks(now));
        windows.changed(&target("", "https://b/"));
        assert!(windows.asks(now));
        assert!(windows.told(&[target("", "https://b/")]).is_some());
        assert_eq!(windows.until_asked(now), Duration::MAX);
    }
}
