//! Patterns in which `*` stands for any text and `?` for any character.

/// Returns whether a pattern matches a whole text, ignoring case.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Returns whether a pattern matches a whole text. The time is at most proportional to the product of their lengths.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The position of the last `*`, and the end of the text that it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), star) {
            (Some('*'), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(c), _) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            (_, Some((at, went))) => {
                star = Some((at, went + 1));
                p = at + 1;
                t = went + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Returns whether a pattern matches every text of a class. It may return `false` for one that does.
///
/// A class is a pattern, too. Its `*` does not stand for a slash or a colon.
pub fn covers(pattern: &str, class: &str) -> bool {
    // A text that only a wildcard matches.
    matches(pattern, &class.replace('*', "\u{1}"))
}

/// Returns whether a pattern matches a text of a class. The time is proportional to the product of their lengths.
pub fn overlaps(pattern: &str, class: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let class: Vec<char> = class.chars().collect();
    // Whether the rest of the pattern, from the next position on, matches a text of the rest of the class from each position on.
    let mut next = vec![false; class.len() + 1];
    for p in (0..=pattern.len()).rev() {
        let mut row = vec![false; class.len() + 1];
        for c in (0..=class.len()).rev() {
            row[c] = match (pattern.get(p), class.get(c)) {
                (None, None) => true,
                // A wildcard stands for nothing, …
                (Some('*'), _) if next[c] => true,
                (_, Some('*')) if row[c + 1] => true,
                // … or for one more character.
                (Some('*'), Some(_)) => row[c + 1],
                (Some(x), Some('*')) => !['/', ':'].contains(x) && next[c],
                (Some(x), Some(y)) => (x == y || [x, y].contains(&&'?')) && next[c + 1],
                _ => false,
            };
        }
        next = row;
    }
    next[0]
}
