//! The variable `BROWSER`: a list of commands that open a link, as xdg-open and Python's `webbrowser` read it. Pure.

use crate::sys::system::System;

/// Returns the commands as words, split as a shell does: without quotes and backslashes, and with nothing expanded. The separator
/// is that of `PATH`. Empty commands, and one with an unclosed quote, are left out.
pub fn commands(browser: &str, system: System) -> Vec<Vec<String>> {
    // On Windows, colons and backslashes are parts of paths.
    let windows = system == System::Windows;
    let separator = if windows { ';' } else { ':' };
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = browser.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') if !windows => {
                word.get_or_insert_default().extend(rest.next());
            }
            (Some('"'), '\\') if !windows => {
                let escaped = rest.next_if(|next| matches!(next, '"' | '\\' | '$' | '`'));
                word.get_or_insert_default().push(escaped.unwrap_or('\\'));
            }
            (None, c) if c == separator => {
                words.extend(word.take());
                commands.push(std::mem::take(&mut words));
            }
            (None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_none() {
        words.extend(word);
        commands.push(words);
    }
    commands.retain(|words| !words.is_empty());
    commands
}

/// Returns the arguments with the link in place of each `%s`, else at the end. `%c` is a colon, `%%` is a percent sign, and any
/// other percent sign stays.
pub(super) fn fill(arguments: &[String], link: &str) -> Vec<String> {
    let mut placed = false;
    let mut filled: Vec<String> = Vec::with_capacity(arguments.len() + 1);
    for argument in arguments {
        let mut word = String::new();
        let mut rest = argument.chars().peekable();
        while let Some(c) = rest.next() {
            let code = rest.next_if(|next| c == '%' && matches!(next, 's' | 'c' | '%'));
            match code {
                Some('s') => {
                    word.push_str(link);
                    placed = true;
                }
                Some('c') => word.push(':'),
                _ => word.push(c),
            }
        }
        filled.push(word);
    }
    if !placed {
        filled.push(link.to_owned());
    }
    filled
}
