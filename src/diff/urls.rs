//! Logins in URLs, as those of proxies have them.

/// What is before the login of a URL; in JSON, a slash may be escaped.
const BEFORE: [&str; 2] = ["://", r":\/\/"];

/// Returns the line without the user names and passwords of its URLs, `is_of_proxy` also of an address without a scheme. More is
/// left out rather than less: a password may hold any character but a space.
pub fn without_logins(line: &str, is_of_proxy: bool) -> String {
    let is_of_proxy = is_of_proxy || line.to_ascii_lowercase().contains("proxy");
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

fn without_login(word: &str, is_of_proxy: bool) -> String {
    let Some((before, host)) = word.rsplit_once('@') else {
        return word.to_owned();
    };
    let starts = BEFORE.iter();
    let starts = starts.filter_map(|start| Some(before.find(start)? + start.len()));
    let start = starts.min().or_else(|| {
        let start = before.find('=').map_or(0, |at| at + 1);
        (is_of_proxy && before[start..].contains(':')).then_some(start)
    });
    match start {
        Some(start) => format!("{}…@{host}", &before[..start]),
        None => word.to_owned(),
    }
}
