//! Text wrapped to a column for reading, and never within what a person is to copy.

/// The narrowest column that text is wrapped to, in characters: narrower ones are harder to read than lines that the
/// terminal breaks.
const NARROWEST: usize = 20;

/// Returns the text with line breaks so that no line has more than `width` characters. The first line starts at character
/// `start`, and the others are indented to `column`. A command in backticks, a path, an ARN or a URL stays on one line however
/// long it is. The text must have been cleaned.
pub fn wrapped(text: &str, start: usize, column: usize, width: usize) -> String {
    let full = width.saturating_sub(column).max(NARROWEST);
    let mut room = (column + full).saturating_sub(start);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for unit in units(text, full) {
        let long = chars(unit);
        match lines.last_mut() {
            Some(line) if used == 0 || used + 1 + long <= room => {
                if used > 0 {
                    line.push(' ');
                    used += 1;
                }
                line.push_str(unit);
                used += long;
            }
            _ => {
                lines.push(unit.to_owned());
                used = long;
                room = full;
            }
        }
    }
    lines.join(&format!("\n{:column$}", ""))
}

/// Returns the text if it has at most `room` characters, else what fits of it and `…`. Cut at the end of a word, unless that
/// leaves less than half.
pub fn folded(text: &str, room: usize) -> String {
    if chars(text) <= room {
        return text.to_owned();
    }
    let split = |at: usize| {
        let cut = text.char_indices().nth(at);
        text.split_at(cut.map_or(text.len(), |(end, _)| end))
    };
    let (fits, rest) = split(room.saturating_sub(2));
    let words = match fits.rsplit_once(' ') {
        _ if rest.starts_with(' ') => fits,
        Some((words, _)) => words,
        None => "",
    };
    match chars(words) < room / 2 {
        true => format!("{}…", split(room.saturating_sub(1)).0),
        false => format!("{} …", words.trim_end_matches([',', ';', ':'])),
    }
}

/// Returns how many characters a text has: the columns that it takes, but for scripts with wide or combining ones.
pub fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Returns the pieces between which a line may be broken.
fn units(text: &str, room: usize) -> Vec<&str> {
    let mut units = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut end = unit(rest, room);
        // A path with spaces in it goes on while what follows has separators as it has, unless punctuation ends it.
        while let (Some(separator), Some(next)) = (separator(&rest[..end]), rest.get(end + 1..)) {
            let more = unit(next, room);
            let piece = &next[..more];
            let is_another = self::separator(piece).is_some()
                || piece.contains("://")
                || piece.starts_with("arn:");
            if rest[..end].ends_with([':', ',']) || is_another || !piece.contains(separator) {
                break;
            }
            end += 1 + more;
        }
        units.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    units
}

/// Returns where the first unit of a text ends, in bytes: at a space outside of backticks, and of quotation marks whose content
/// fits a line.
fn unit(text: &str, room: usize) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let after = at + c.len_utf8();
        at = match (c, text[after..].find(c)) {
            (' ', _) => return at,
            ('`', Some(close)) => after + close + 1,
            ('"', Some(close)) if chars(&text[after..after + close]) + 2 <= room => {
                after + close + 1
            }
            _ => after,
        };
    }
    at
}

/// Returns what separates the parts of an absolute path, if the unit is one.
fn separator(unit: &str) -> Option<char> {
    let unit = unit.trim_start_matches(['"', '(']);
    match unit.as_bytes() {
        [b'/', ..] | [b'~', b'/', ..] => Some('/'),
        [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic() => Some('\\'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_words_and_go_on_in_their_column() {
        let text = "the role is mapped with a name that is the same for everyone";
        let expected =
            "the role is mapped\n          with a name that is\n          the same for everyone";
        assert_eq!(wrapped(text, 10, 10, 32), expected);
        assert_eq!(wrapped("", 10, 10, 30), "");
        assert_eq!(wrapped("short", 10, 10, 30), "short");
        // A label may be longer than the indent.
        assert_eq!(
            wrapped("a text of five words", 21, 2, 32),
            "a text of\n  five words"
        );
        // A width that leaves no room is not obeyed.
        assert_eq!(wrapped("two words", 19, 19, 20), "two words");
    }

    #[test]
    fn what_is_to_be_copied_stays_on_its_line() {
        let whole = [
            "`apono-login install --email alice@example.com --yes`,",
            "arn:aws:iam::111122223333:role/teams/apono-k8s-access",
            "https://kubernetes.io/docs/tasks/tools/",
            "(`a b c d e f g h i j k l m n o p`)",
            "/Users/alice/Library/Application Support/apono-login",
            r"C:\Program Files\apono-login\apono-login.exe",
            "\"two words\"",
        ];
        for whole in whole {
            let text = format!("before it {whole} and behind it");
            let lines = wrapped(&text, 4, 4, 30);
            assert!(lines.lines().any(|line| line.contains(whole)), "{lines}");
        }
    }

    #[test]
    fn a_path_ends_before_what_is_no_part_of_it() {
        for (text, expected) in [
            (
                "in /home/alice/.aws/config: arn:aws:iam::111122223333:role/apono",
                "in\n/home/alice/.aws/config:\narn:aws:iam::111122223333:role/apono",
            ),
            (
                "/home/alice/.aws/config arn:aws:iam::111122223333:role/apono",
                "/home/alice/.aws/config\narn:aws:iam::111122223333:role/apono",
            ),
            (
                "/home/alice/.kube/config, batch/v1",
                "/home/alice/.kube/config,\nbatch/v1",
            ),
            (
                "/Users/alice/Application Support/a: two/three",
                "/Users/alice/Application Support/a:\ntwo/three",
            ),
            (
                r"C:\Users\alice\My Files\config: DOMAIN\alice",
                "C:\\Users\\alice\\My Files\\config:\nDOMAIN\\alice",
            ),
        ] {
            assert_eq!(wrapped(text, 0, 0, 26), expected);
        }
    }

    #[test]
    fn marks_without_a_partner_hold_nothing_together() {
        for text in [
            "one ` of them and many more words here",
            "one \" of them and many more words here",
            "/a path: and/or many more words than here",
        ] {
            let lines = wrapped(text, 0, 0, 20);
            assert!(lines.lines().all(|line| chars(line) <= 20), "{lines}");
            assert_eq!(lines.replace('\n', " "), text);
        }
        // Nor do quotation marks around more than fits a line.
        let quoted = "\"as much as a remote text may have\"";
        assert!(
            wrapped(quoted, 0, 0, 20)
                .lines()
                .all(|line| chars(line) <= 20)
        );
    }

    #[test]
    fn folding() {
        assert_eq!(folded("get, list pods", 14), "get, list pods");
        assert_eq!(folded("get, list pods", 13), "get, list …");
        assert_eq!(folded("é, éé, é é", 8), "é, éé …");
        assert_eq!(folded("one two three", 9), "one two …");
        assert_eq!(folded("a longword", 8), "a longw…");
    }
}
