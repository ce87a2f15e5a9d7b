//! What is asked for reads as it does where the SDK reads the whole files.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::profile::edit::laws::file;
use crate::profile::scan::{Kind as Why, Scan};

/// Words of the files, in lower case.
const WORDS: [&str; 5] = ["role_arn", "source", "region", "a@b", "eu-west-1"];

/// The files. Two headers of one name in different spellings are read by the SDK in no fixed order.
fn texts() -> impl Strategy<Value = Texts> {
    let credentials = file().prop_map(|text| text.replace("[profile ", "["));
    (file(), prop_oneof![Just(String::new()), credentials])
        .prop_map(|(config, credentials)| [config, credentials])
        .prop_filter("in no fixed order", |texts| {
            texts.iter().all(|text| {
                let problems = Scan::new(text.as_bytes()).problems;
                problems.iter().all(|one| one.kind != Why::DuplicateSection)
            })
        })
}

fn assert_same(read: &Profiles, whole: &ProfileSet) {
    for name in whole.profiles().chain(["nowhere"]) {
        assert_eq!(read.get_profile(name), whole.get_profile(name));
    }
    for name in whole.sso_sessions().chain(["nowhere"]) {
        assert_eq!(read.sso_session(name), whole.sso_session(name));
    }
    assert_eq!(read.other_sections(), whole.other_sections());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_asked_for_reads_as_in_the_whole_files(texts in texts(), first in any::<prop::sample::Index>()) {
        let (read, whole) = match (Profiles::new(texts.clone()), parsed(texts)) {
            (Ok(read), Ok(whole)) => (read, whole),
            (read, whole) => {
                prop_assert_eq!(read.map(drop).map_err(|rejected| rejected.message), whole.map(drop));
                return Ok(());
            }
        };
        let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<BTreeSet<_>>();
        let all = names(&mut whole.profiles());
        prop_assert_eq!(read.profiles().count(), all.len());
        prop_assert_eq!(&names(&mut read.profiles()), &all);
        prop_assert_eq!(names(&mut read.sso_sessions()), names(&mut whole.sso_sessions()));

        // One by one, some of them before those that mention a word.
        let word = WORDS[first.index(WORDS.len())];
        if let Some(name) = all.iter().nth(first.index(all.len() + 1)) {
            prop_assert_eq!(read.get_profile(name), whole.get_profile(name));
        }
        let found: Vec<_> = read.mentioning(word).collect();
        for profile in &found {
            prop_assert_eq!(Some(*profile), whole.get_profile(profile.name()));
        }
        for name in &all {
            let profile = whole.get_profile(name).unwrap();
            let says = format!("{profile:?}").contains(word);
            prop_assert!(!says || found.contains(&profile), "{} in {:?}", word, profile);
        }
        assert_same(&read, &whole);

        // The SDK's providers find the chain of a profile, and the rest.
        for name in &all {
            let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
            let given = sys::ready(aws_config::profile::load(&fs, &env, &read.contents(name), None));
            let given = given.unwrap().unwrap();
            let mut next = Some(name.as_str());
            let mut seen = HashSet::new();
            while let Some(name) = next.filter(|name| seen.insert(*name)) {
                prop_assert_eq!(given.get_profile(name), whole.get_profile(name));
                next = whole.get_profile(name).and_then(|profile| profile.get(keys::SOURCE_PROFILE));
            }
            prop_assert_eq!(given.other_sections(), whole.other_sections());
        }
    }

    #[test]
    fn what_differs_is_found(before in texts(), after in texts()) {
        let (Ok(one), Ok(other)) = (Profiles::new(before.clone()), Profiles::new(after.clone())) else { return Ok(()) };
        let found: BTreeSet<_> = one.differing(&other).collect();
        let (one, other) = (parsed(before).unwrap(), parsed(after).unwrap());
        let all = one.profiles().chain(other.profiles());
        let expected: BTreeSet<_> = all.filter(|name| one.get_profile(name) != other.get_profile(name)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_input_panics(config in "[\\[\\]a =:#;\t\n\r\u{a0}]{0,60}", credentials in "[\\[\\]ab =\n]{0,30}") {
        let texts = [config, credentials];
        let whole = parsed(texts.clone());
        let read = Profiles::new(texts);
        prop_assert_eq!(read.is_ok(), whole.is_ok());
    }
}

/// A config file of so many profiles that only differ in their names, and one more.
pub fn many(count: usize) -> String {
    let mut config =
        "[default]\nregion = eu-west-1\n\n[sso-session s]\nsso_region = eu-west-1\n".to_owned();
    for number in 0..count {
        let arn = format!("arn:aws:iam::111122223333:role/team-{number}");
        let _ = write!(
            config,
            "[profile team-{number}]\nrole_arn = {arn}\nsource_profile = default\n\n"
        );
    }
    config + "[profile apono]\nrole_arn = x\nsource_profile = team-7\n"
}

impl Profiles {
    /// Returns how many profiles the SDK was given.
    pub fn parsed(&self) -> usize {
        let read = self.plain.iter().filter(|one| one.read.get().is_some());
        read.count() + self.rest.profiles().count()
    }
}

/// What the SDK parses does not depend on how many other profiles there are.
#[test]
fn only_what_is_asked_for_is_parsed() {
    for count in [10, 1_000, 2_000] {
        let profiles = Profiles::new([many(count), String::new()]).unwrap();
        assert_eq!(profiles.profiles().count(), count + 2);
        assert_eq!(profiles.parsed(), 0);
        let ours: Vec<_> = profiles.mentioning("apono").map(Profile::name).collect();
        assert_eq!((ours, profiles.parsed()), (vec!["apono"], 1));
        let given = composed(&profiles.texts, &mut profiles.chain("apono"));
        assert_eq!(given[0].matches('[').count(), 4);
        assert_eq!(profiles.parsed(), 3);
    }
}

/// A header that is indented is one to botocore, and to the SDK an error or a part of what is before it.
#[test]
fn indented_headers_read_as_in_the_whole_files() {
    for text in [
        " [profile a]\nregion = eu-west-1\n",
        "\t[default]\nregion = eu-west-1\n",
        " [profile a]\n[profile b]\n",
        " [default]\n[a]\n",
        "\n [profile a]\nregion = eu-west-1\n",
        "# x\n [a]\nregion = eu-west-1\n",
        "region = eu-west-1\n[profile a]\n",
    ] {
        for texts in [[text, ""], ["", text]] {
            let texts = texts.map(str::to_owned);
            match (Profiles::new(texts.clone()), parsed(texts)) {
                (Ok(read), Ok(whole)) => {
                    let read: BTreeSet<_> = read.profiles().collect();
                    assert_eq!(read, whole.profiles().collect(), "{text}");
                }
                (read, whole) => assert_eq!(read.is_ok(), whole.is_ok(), "{text}"),
            }
        }
    }
}
