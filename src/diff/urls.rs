//! Logins in URLs, as those of proxies have them.

/// What is before the login of a URL; in JSON, a slash may be escaped.
const BEFORE: [&str; 2] = ["://", r":\/\/"];

/// Returns the line without the user names and passwords of its URLs; if it is about a proxy, also of an address without a scheme.
/// More is left out rather than less: a password may hold any character, that of a proxy also a space.
pub fn without_logins(line: &str, is_of_proxy: bool) -> String {
    let line = match is_of_proxy {
        true => without_login(line, true),
        false => line.to_owned(),
    };
    // In JSON and in flow style, all may be one word, which ends at quotes.
    let is_flow = line.trim_start().starts_with(['{', '[']);
    let mut last = ' ';
    let ends = |c: char| {
        let is_quote = is_flow && c == '"' && last != '\\';
        last = c;
        c.is_whitespace() || is_quote
    };
    let words = line.split_inclusive(ends);
    words.map(|word| without_login(word, is_of_proxy)).collect()
}

fn without_login(text: &str, is_of_proxy: bool) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let starts = BEFORE.iter();
    let starts = starts.filter_map(|start| Some(before.find(start)? + start.len()));
    let start = starts.min().or_else(|| {
        let keys = ["=", ": "].iter();
        let starts = keys.filter_map(|end| Some(before.find(end)? + end.len()));
        let start = starts.min().unwrap_or(0);
        (is_of_proxy && before[start..].contains(':')).then_some(start)
    });
    match start {
        Some(start) => format!("{}…@{host}", &before[..start]),
        None => text.to_owned(),
    }
}
