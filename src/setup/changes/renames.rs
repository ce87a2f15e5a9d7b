//! Decides which contexts can be renamed, and in what order. Pure.

/// A context: the number of its kubeconfig, and its name.
pub type Place = (usize, String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub file: usize,
    pub from: String,
    pub to: String,
    /// The same cluster already has a context with the new name, so the old one is removed.
    pub is_there: bool,
}

/// Returns the renames whose new name is free once all of them are done. `all` are the contexts of all files: kubectl uses
/// the first context of a name, so one in another file would be hidden or hide the new one.
pub fn possible(mut wanted: Vec<Rename>, all: &[Place]) -> Vec<Rename> {
    loop {
        let leaves = |place: &&Place| {
            let mut wanted = wanted.iter();
            wanted.any(|other| (other.file, &other.from) == (place.0, &place.1))
        };
        let stay: Vec<_> = all.iter().filter(|place| !leaves(place)).collect();
        let is_blocked = |rename: &Rename| {
            let in_use = stay.iter().any(|(_, name)| *name == rename.to);
            in_use && !rename.is_there
        };
        let Some(blocked) = wanted.iter().position(is_blocked) else {
            return wanted;
        };
        wanted.remove(blocked);
    }
}

/// Returns the renames of one file in an order in which every new name is free at its turn. Contexts that swap names are
/// renamed through a temporary name.
pub fn in_order(mut left: Vec<Rename>, all: &[Place]) -> Vec<(String, String)> {
    let mut steps = Vec::new();
    while !left.is_empty() {
        let is_free = |rename: &Rename| left.iter().all(|other| other.from != rename.to);
        match left.iter().position(is_free) {
            Some(at) => {
                let Rename { from, to, .. } = left.remove(at);
                steps.push((from, to));
            }
            None => {
                let Rename { from, .. } = left[0].clone();
                let mut temporary = format!("{from}~");
                while all.iter().any(|(_, name)| *name == temporary) {
                    temporary.push('~');
                }
                steps.push((from, temporary.clone()));
                left[0].from = temporary;
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renames(wanted: &str) -> Vec<Rename> {
        let rename = |words: &str| {
            let words: Vec<_> = words.split_whitespace().collect();
            Rename {
                file: words[0].parse().unwrap(),
                from: words[1].to_owned(),
                to: words[2].to_owned(),
                is_there: words.contains(&"there"),
            }
        };
        wanted.split(", ").map(rename).collect()
    }

    fn places(there: &str) -> Vec<Place> {
        let place = |word: &str| {
            let (file, name) = word.split_once(':').unwrap();
            (file.parse().unwrap(), name.to_owned())
        };
        there.split_whitespace().map(place).collect()
    }

    #[test]
    fn a_name_in_use_is_not_given_again() {
        for (wanted, there, good) in [
            ("0 a b", "0:a", "0 a b"),
            ("0 a b", "0:a 0:b", ""),
            // In another file, before or behind.
            ("0 a b", "0:a 1:b", ""),
            ("1 a b", "0:b 1:a", ""),
            // The same cluster has both.
            ("0 a b there", "0:a 0:b", "0 a b there"),
            // Swapped names, and chains.
            ("0 a b, 0 b a", "0:a 0:b", "0 a b, 0 b a"),
            ("0 a b, 0 b c", "0:a 0:b", "0 a b, 0 b c"),
            ("0 a b, 0 b c", "0:a 0:b 0:c", ""),
            ("0 a b, 0 b c, 0 x y", "0:a 0:b 1:c 0:x", "0 x y"),
            ("0 a b, 1 a b", "0:a 1:a", "0 a b, 1 a b"),
        ] {
            let good = match good {
                "" => Vec::new(),
                good => renames(good),
            };
            assert_eq!(possible(renames(wanted), &places(there)), good, "{wanted}");
        }
    }

    #[test]
    fn each_name_is_free_at_its_turn() {
        for wanted in [
            "0 a b",
            "0 a b, 0 b c, 0 c d",
            "0 a b, 0 b a",
            "0 a b, 0 b c, 0 c a, 0 x y",
            "0 a b, 0 b a, 0 c d, 0 d c",
        ] {
            let wanted = renames(wanted);
            let there = places("0:a 0:b 0:c 0:d 0:a~ 0:x");
            let unnamed = |place: &&Place| {
                let mut wanted = wanted.iter();
                wanted.any(|rename| rename.from == place.1)
            };
            // The current and the original name of each context.
            let mut now: Vec<_> = there.iter().filter(unnamed).cloned().collect();
            let mut now: Vec<_> = now
                .drain(..)
                .map(|(_, name)| (name.clone(), name))
                .collect();
            for (from, to) in in_order(wanted.clone(), &there) {
                assert!(now.iter().all(|(_, name)| *name != to), "{to}: {wanted:?}");
                assert_ne!(to, "a~", "another context has that name");
                let step = now.iter_mut().find(|(_, name)| *name == from).unwrap();
                step.1 = to;
            }
            for Rename { from, to, .. } in &wanted {
                assert!(now.contains(&(from.clone(), to.clone())), "{wanted:?}");
            }
        }
    }
}
