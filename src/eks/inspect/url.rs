//! Parses a presigned URL as the authenticator does: by the rules of Go's `net/url`, which is stricter than others.

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::Problem;

#[derive(Debug)]
pub(super) struct Url<'a> {
    /// The host, with its port if it has one, without a user name.
    pub host: &'a str,
    /// The parameters, decoded, in order.
    pub parameters: Vec<(String, Zeroizing<String>)>,
    /// The problems of the URL itself. The host and the parameters are checked elsewhere.
    pub problems: Vec<Problem>,
}

impl<'a> Url<'a> {
    /// Parses a URL. `None` if the text does not look like one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let mut problems = Vec::new();
        problems.extend((!scheme.eq_ignore_ascii_case("https")).then_some(Problem::Scheme));
        let control = text.bytes().any(|b| b.is_ascii_control());
        problems.extend(control.then_some(Problem::ControlCharacters));
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let fragment = !fragment.is_empty() || text.ends_with('#');
        problems.extend(fragment.then_some(Problem::Fragment));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((_, host)) => (true, host),
            None => (false, authority),
        };
        problems.extend(user.then_some(Problem::User));
        problems.extend((path != "/").then_some(Problem::Path));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let parameters: Vec<_> = pairs.clone().filter_map(pair).collect();
        problems.extend((parameters.len() < pairs.count()).then_some(Problem::Query));
        Some(Url {
            host,
            parameters,
            problems,
        })
    }

    /// Returns the value of a parameter that occurs once.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        match self.values(name).collect::<Vec<_>>()[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.values(name).count()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |(found, _): &&(String, _)| found.eq_ignore_ascii_case(name);
        self.parameters
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
    }
}

/// Parses one parameter. `None` where Go fails.
fn pair(pair: &str) -> Option<(String, Zeroizing<String>)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (!pair.contains(';')).then_some(())?;
    Some((decoded(name)?.to_string(), decoded(value)?))
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let hex =
        |after: &str| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    text.split('%').skip(1).all(hex).then_some(())?;
    let spaced = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(Zeroizing::new(decoded.into_owned()))
}
