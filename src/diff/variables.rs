//! Variables of the environment as a kubeconfig has them: a name and a value, each on a line of its own, in either order.

use super::Secrecy;

/// A line of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name of one whose value holds a secret.
    NameOf(Secrecy),
    Value,
}

/// Returns what the line is of a variable.
pub fn part(line: &str) -> Option<Part> {
    let (key, rest) = line.split_once(':')?;
    match key.trim_matches([' ', '\t', '#', '-', '"', '\'']) {
        "name" if super::secret_word(rest).is_some() => Some(Part::NameOf(Secrecy::All)),
        "name" if is_proxy(rest) => Some(Part::NameOf(Secrecy::Login)),
        "value" => Some(Part::Value),
        _ => None,
    }
}

/// A proxy may need a password.
fn is_proxy(name: &str) -> bool {
    let name = name.trim_matches([' ', '"', '\'', '\r', '\n']);
    name.to_ascii_lowercase().ends_with("_proxy") && !name.eq_ignore_ascii_case("no_proxy")
}

/// Returns where the value of a variable begins that is on the same line as its name, before it.
pub fn value_in(line: &str) -> Option<usize> {
    let keys = ["value:", "value\":", "value':"];
    let found = keys
        .iter()
        .filter_map(|key| Some(line.find(key)? + key.len()));
    found.min()
}
