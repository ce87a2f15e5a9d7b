//! Variables of the environment as a kubeconfig has them: a name and a value.

/// Returns where the value of a variable begins in the line: behind its key, which YAML can also write with a question mark.
pub fn value_in(line: &str) -> Option<usize> {
    let is_key = line
        .trim_start_matches([' ', '\t', '#', '-'])
        .starts_with('?');
    line.match_indices("value").find_map(|(at, key)| {
        let rest = line[at + key.len()..].trim_start_matches(['"', '\'', ' ', '\t', '\r', '\n']);
        let value = rest.strip_prefix(':').or(is_key.then_some(rest))?;
        Some(line.len() - value.len())
    })
}

/// Returns the name of the variable whose value is this line, if it is on a line of its own directly above or below.
pub fn name_beside<'l>(lines: &[&'l str], at: usize) -> Option<&'l str> {
    let (column, _) = field(lines[at], "value")?;
    let is_item = |line: &str| line.trim_start().starts_with('-');
    let above = lines[..at].last().filter(|_| !is_item(lines[at]));
    let below = lines.get(at + 1).filter(|line| !is_item(line));
    let beside = [above, below].into_iter().flatten();
    let mut names = beside.filter_map(|line| field(line, "name"));
    names.find_map(|(of_name, name)| (of_name == column).then_some(name))
}

/// Returns the column of the key and its value, if the line has this key alone.
fn field<'l>(line: &'l str, key: &str) -> Option<(usize, &'l str)> {
    let text = line.trim_start_matches([' ', '\t', '-']);
    let (found, value) = text.split_once(':')?;
    let [found, value] =
        [found, value].map(|text| text.trim_matches(['"', '\'', ' ', '\t', '\r', '\n']));
    (found == key).then_some((line.len() - text.len(), value))
}
