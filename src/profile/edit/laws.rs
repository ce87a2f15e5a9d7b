//! Laws that every edit keeps, over generated files full of corner cases.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use imara_diff::{Algorithm, Diff, InternedInput};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;

use super::tests::{profile, remove, set, sso_session};
use super::{Error, Section};
use crate::profile::profiles::parsed;
use crate::profile::scan::{self, Scan};

/// Headers; a file has each at most once.
const HEADERS: &[&str] = &[
    "[default]",
    "[profile default]",
    "[profile a]",
    "[profile b-2] ; second",
    "[sso-session s]",
    "[sso-session ours]",
    "[services s]",
    "[plugins]",
    "[foo]",
    "[ours]",
    "[profile ours2]",
    "[profile in valid]",
    "[profile \"q r\"]",
    "[ profile lead ]",
    "[profile c] # [x]",
];

/// Spellings of the edited section.
const OURS: &[&str] = &[
    "[profile ours]",
    "[profile ours]",
    "[profile ours]",
    "[profile  ours]",
    "[profile\tours ] # mine",
    "[ profile ours ]",
    "[profile \"ours\"]",
];

/// The edited keys, in spellings that a user may have written.
const KEYS: &[(&str, &[&str])] = &[
    (
        "role_arn",
        &[
            "role_arn = arn:1",
            "role_arn=arn:2",
            "ROLE_ARN  =\targ ",
            "role_arn =",
            "role_arn = x # why",
        ],
    ),
    (
        "role_session_name",
        &[
            "role_session_name = a@b",
            "Role_Session_Name = a@b",
            "role_session_name = a\n  b\n\n  c",
        ],
    ),
    (
        "source_profile",
        &[
            "source_profile = default",
            "source_profile = a\n# no\n\tb",
            "source_profile = a\n  # indented",
        ],
    ),
    (
        "region",
        &[
            "region = eu-west-1",
            "region = eu-west-1  ",
            "region = arn:1 ; home",
            "region:x = y",
        ],
    ),
];

/// Keys and blocks of the user.
const FOREIGN: &[&str] = &[
    "output = json",
    "s3 =\n  max_concurrent_requests = 20\n\n  addressing_style = path",
    "dynamodb=\n\tendpoint_url = http://localhost:8000 # local",
    "cli_pager=",
    "duration_seconds = 900 ; inline",
    "odd key = 1",
    "x:y = 1",
    "note = a\n   b\n\n   c",
    "url = https://a.b/#frag",
    "é = ü",
    "ca_bundle = /x\u{a0}",
    "mfa_serial = m\n  # indented",
];

const FILLER: &[&str] = &[
    "",
    "",
    "",
    "# note",
    "; note",
    "  \t",
    "#role_arn = no",
    "# [profile ours]",
];

/// Lines that make most files invalid.
const POISON: &[&str] = &[
    "no equals",
    " orphan",
    "  k = v",
    "  # indented",
    "[profile a]",
    "[profile ours]",
    "[profile 'ours']",
    "[ profile a ]",
    "[profilex ours]",
    "[unclosed",
    "[default] x",
    "[]",
    "[DEFAULT]",
    "role_arn : b = c",
    "key : v",
    "= v",
    ":k = v",
    "REGION = again",
    "\u{a0}k = v",
    "\u{a0}",
    "k = \0",
    "a\rb = 1",
    "k\u{2028} = v",
    "\u{feff}[profile late]",
];

fn block(ours: bool) -> impl Strategy<Value = Vec<String>> {
    let own = |(_, spellings): &(&str, &'static [&'static str])| {
        proptest::option::weighted(if ours { 0.6 } else { 0.3 }, select(*spellings))
    };
    let own: Vec<_> = KEYS.iter().map(own).collect();
    let foreign = subsequence(FOREIGN, 0..3);
    let lines = (own, foreign)
        .prop_map(|(own, foreign)| own.into_iter().flatten().chain(foreign).collect::<Vec<_>>());
    let lines = lines.prop_shuffle();
    (
        lines,
        proptest::collection::vec((any::<prop::sample::Index>(), select(FILLER)), 0..4),
    )
        .prop_map(|(lines, filler)| {
            let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            for (at, line) in filler {
                lines.insert(at.index(lines.len() + 1), line.to_owned());
            }
            lines
        })
}

/// A config file; in about two out of three `[profile ours]` can be edited.
pub fn file() -> impl Strategy<Value = String> {
    let ours = proptest::option::weighted(0.6, select(OURS));
    let headers = (subsequence(HEADERS, 0..6), ours)
        .prop_map(|(headers, ours)| headers.into_iter().chain(ours).collect::<Vec<_>>())
        .prop_shuffle();
    let sections = headers.prop_flat_map(|headers| {
        let section = |header: &'static str| {
            block(header.contains("ours"))
                .prop_map(move |body| [vec![header.to_owned()], body].concat())
        };
        headers.into_iter().map(section).collect::<Vec<_>>()
    });
    let preamble = proptest::collection::vec(select(FILLER), 0..3);
    let poison = proptest::option::weighted(0.15, (any::<prop::sample::Index>(), select(POISON)));
    let endings = prop_oneof![
        4 => Just(vec!["\n"]),
        2 => Just(vec!["\r\n"]),
        1 => proptest::collection::vec(select(&["\n", "\r\n"][..]), 1..7),
    ];
    let whole = (
        preamble,
        sections,
        poison,
        endings,
        any::<bool>(),
        prop::bool::weighted(0.02),
    );
    whole.prop_map(|(preamble, sections, poison, endings, ended, bom)| {
        let mut lines: Vec<String> = preamble.into_iter().map(str::to_owned).collect();
        lines.extend(
            sections
                .concat()
                .iter()
                .flat_map(|line| line.split('\n').map(str::to_owned)),
        );
        if let Some((at, line)) = poison {
            lines.insert(at.index(lines.len() + 1), line.to_owned());
        }
        let mut file = if bom {
            "\u{feff}".to_owned()
        } else {
            String::new()
        };
        let last = lines.len();
        for ((index, line), ending) in lines.iter().enumerate().zip(endings.iter().cycle()) {
            file += line;
            file += if index + 1 < last || ended {
                ending
            } else {
                ""
            };
        }
        file
    })
}

type Asked = Vec<(&'static str, Option<&'static str>)>;

fn asked() -> impl Strategy<Value = Asked> {
    let values = select(
        &[
            None,
            Some("arn:1"),
            Some("eu-west-1"),
            Some("a@b"),
            Some("x = y:#z"),
        ][..],
    );
    let key = |(key, _): &(&'static str, _)| (Just(*key), values.clone());
    let keys: Vec<_> = KEYS.iter().map(key).collect();
    keys.prop_shuffle()
        .prop_flat_map(|keys| subsequence(keys.clone(), 0..=keys.len()))
}

fn section() -> impl Strategy<Value = Section> {
    prop_oneof![
        4 => Just(profile("ours")),
        1 => Just(profile("default")),
        1 => Just(sso_session("ours")),
    ]
}

fn names(keys: &Asked) -> Vec<&'static str> {
    keys.iter().map(|(key, _)| *key).collect()
}

/// Whether an edit may remove or add the line.
fn may_change(line: &str, keys: &Asked) -> bool {
    let line = line.trim_end_matches(['\r', '\n']).to_lowercase();
    let is_ours = |(key, _): &(&str, _)| {
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let header = matches!(
        line.as_str(),
        "" | "[profile ours]" | "[sso-session ours]" | "[default]"
    );
    header || line.starts_with([' ', '\t']) || keys.iter().any(is_ours)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn set_keeps_its_laws(file in file(), section in section(), keys in asked()) {
        let edited = match set(file.as_bytes(), section.clone(), &keys) {
            Err(Error::Problem(_)) => return Ok(()),
            edited => edited.unwrap(),
        };
        let edited = String::from_utf8(edited).unwrap();

        // A second edit changes nothing.
        prop_assert_eq!(&set(edited.as_bytes(), section.clone(), &keys).unwrap(), edited.as_bytes());

        // Only the edited lines differ; a last line may have got a line ending.
        let input = InternedInput::new(file.as_str(), edited.as_str());
        let diff = Diff::compute(Algorithm::Myers, &input);
        for hunk in diff.hunks() {
            let removed = &input.before[hunk.before.start as usize..hunk.before.end as usize];
            let added = &input.after[hunk.after.start as usize..hunk.after.end as usize];
            for line in removed.iter().chain(added).map(|token| input.interner[*token]) {
                let ended = file.ends_with(line.trim_end_matches(['\r', '\n']));
                prop_assert!(may_change(line, &keys) || ended, "{line:?}");
            }
        }

        // The edited profile reads as requested, all others as before.
        let read = |config: &str| parsed([config.to_owned(), String::new()]).unwrap();
        let (before, after) = (read(&file), read(&edited));
        for name in before.profiles().chain(after.profiles()).filter(|&name| section.to_string() != format!("profile {name}")) {
            prop_assert_eq!(before.get_profile(name), after.get_profile(name));
        }
        for (key, value) in &keys {
            let read = match &section {
                Section::Profile(name) => after.get_profile(name.as_str()).and_then(|profile| profile.get(key)),
                Section::SsoSession(name) => after.sso_session(name.as_str()).and_then(|session| session.get(key)),
            };
            prop_assert_eq!(read, *value);
        }

        // The file is still valid.
        prop_assert_eq!(Scan::new(edited.as_bytes()).fatal(), None);
    }

    /// Except where the section exists and is empty: removing deletes it.
    #[test]
    fn remove_undoes_set(file in file(), section in section(), keys in asked()) {
        let Ok(bare) = remove(file.as_bytes(), section.clone(), &names(&keys)) else { return Ok(()) };
        let text = str::from_utf8(&bare).unwrap();
        let empty = |s: &scan::Section<'_>| s.sdk == section.scanned() && s.entries(text).is_empty();
        prop_assume!(!Scan::new(&bare).sections.iter().any(empty));

        let edited = set(&bare, section.clone(), &keys).unwrap();
        let back = String::from_utf8(remove(&edited, section.clone(), &names(&keys)).unwrap()).unwrap();
        let bare = String::from_utf8(bare).unwrap();
        let ended = bare.clone() + if back.ends_with("\r\n") { "\r\n" } else { "\n" };
        prop_assert!(back == bare || back == ended && !bare.ends_with('\n'), "{:?}", back);
    }

    #[test]
    fn removing_again_changes_nothing(file in file(), section in section(), keys in asked()) {
        let left = match remove(file.as_bytes(), section.clone(), &names(&keys)) {
            Err(Error::Problem(_)) => return Ok(()),
            left => left.unwrap(),
        };
        prop_assert_eq!(&remove(&left, section.clone(), &names(&keys)).unwrap(), &left);
    }

    #[test]
    fn no_input_panics(file in any::<Vec<u8>>(), text in "[\\[\\]a =:#;\t\n\r\u{a0}]{0,60}") {
        let keys = &[("a", Some("b"))];
        let _ = set(&file, profile("a"), keys);
        let _ = set(text.as_bytes(), profile("a"), keys);
        let _ = remove(text.as_bytes(), profile("a"), &["a"]);
    }
}

/// The laws above do not cover files that are refused, so most files must not be.
#[test]
fn most_files_are_edited() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut outcomes = BTreeMap::new();
    for _ in 0..1000 {
        let (file, keys) = (file(), asked()).new_tree(&mut runner).unwrap().current();
        let outcome = match set(file.as_bytes(), profile("ours"), &keys) {
            Ok(edited) if edited == file.as_bytes() => "unchanged".to_owned(),
            Ok(_) => "edited".to_owned(),
            Err(Error::Problem(problem)) => format!("{:?}", problem.kind),
            Err(error) => panic!("{error}: {file:?}"),
        };
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    assert!(
        outcomes["edited"] > 400 && outcomes["unchanged"] > 100,
        "{outcomes:?}"
    );
    assert!(outcomes.len() > 15, "{outcomes:?}");
}
