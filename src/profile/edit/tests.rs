//! Examples of edits and of refusals.

#![allow(clippy::unwrap_used)]

use super::{Edit, Error, MAX_BYTES, Reading, Section, apply};
use crate::profile::profiles::tests::many;
use crate::profile::scan::{Kind, Problem};

pub type Keys<'a> = &'a [(&'static str, Option<&'a str>)];

pub fn profile(name: &str) -> Section {
    Section::Profile(name.parse().unwrap())
}

pub fn sso_session(name: &str) -> Section {
    Section::SsoSession(name.parse().unwrap())
}

pub fn set(file: &[u8], section: Section, keys: Keys<'_>) -> Result<Vec<u8>, Error> {
    let owned = |(key, value): &(_, Option<&str>)| (*key, value.map(str::to_owned));
    let keys = keys.iter().map(owned).collect();
    apply(file, &[Edit::Set { section, keys }])
}

pub fn remove(file: &[u8], section: Section, keys: &[&str]) -> Result<Vec<u8>, Error> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    apply(file, &[Edit::Remove { section, keys }])
}

fn ours() -> Section {
    profile("ours")
}

const ASKED: Keys = &[("role_arn", Some("arn:new")), ("region", Some("eu-west-1"))];
const KEYS: &[&str] = &["role_arn", "region"];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn refusal(line: usize, kind: Kind) -> Error {
    Error::Problem(Problem { line, kind })
}

/// File before, file with `ASKED` set in `OURS`.
#[test]
fn set_changes_our_lines_only() {
    let table = [
        // Appended.
        (
            "",
            "[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "\n",
            "\n\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[a]\nk = v",
            "[a]\nk = v\n\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[a]\r\n",
            "[a]\r\n\r\n[profile ours]\r\nrole_arn = arn:new\r\nregion = eu-west-1\r\n",
        ),
        (
            "[a]\r\nk=v\r\n# lf\n",
            "[a]\r\nk=v\r\n# lf\n\r\n[profile ours]\r\nrole_arn = arn:new\r\nregion = eu-west-1\r\n",
        ),
        (
            "# [profile ours]\n",
            "# [profile ours]\n\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[ours]\nregion = x\n",
            "[ours]\nregion = x\n\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[sso-session ours]\n",
            "[sso-session ours]\n\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        // Added to the section, before the comments that lead to the next one.
        (
            "[profile ours]",
            "[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[profile ours] # me\noutput = json\n\n# b\n[profile b]\n",
            "[profile ours] # me\noutput = json\nrole_arn = arn:new\nregion = eu-west-1\n\n# b\n[profile b]\n",
        ),
        (
            "[profile  ours]\ns3 =\n  a = b\n\n  c = d\n  # e = f\n\n[profile b]\n",
            "[profile  ours]\ns3 =\n  a = b\n\n  c = d\n  # e = f\nrole_arn = arn:new\nregion = eu-west-1\n\n[profile b]\n",
        ),
        // Changed in place: the line keeps its spacing, its key's case and its line ending.
        (
            "[profile ours]\n# 1\nREGION\t=\tus-east-1  \r\n; 2\nrole_arn=arn:old",
            "[profile ours]\n# 1\nREGION\t=\teu-west-1\r\n; 2\nrole_arn=arn:new",
        ),
        (
            "[profile ours]\nregion =\nrole_arn=\n",
            "[profile ours]\nregion = eu-west-1\nrole_arn=arn:new\n",
        ),
        (
            "[profile ours]\nregion = eu-west-1 # home\nrole_arn = a\n  b\n# c\n\n  d\nx = y\n",
            "[profile ours]\nregion = eu-west-1\nrole_arn = arn:new\n# c\n\nx = y\n",
        ),
        (
            "[profile ours]\nrole_arn = a\n  b",
            "[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        (
            "[profile ours]\nrole_arn = arn:new\n  more\nregion = eu-west-1\n",
            "[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
        // Ambiguous text in another section does not matter.
        (
            "[ profile b ]\nk:l = v # c\n  # d\n[profile \"c d\"]\n[profile ours]\n",
            "[ profile b ]\nk:l = v # c\n  # d\n[profile \"c d\"]\n[profile ours]\nrole_arn = arn:new\nregion = eu-west-1\n",
        ),
    ];
    for (file, expected) in table {
        assert_eq!(
            text(set(file.as_bytes(), ours(), ASKED).unwrap()),
            expected,
            "{file:?}"
        );
        assert_eq!(
            text(set(expected.as_bytes(), ours(), ASKED).unwrap()),
            expected
        );
    }
}

#[test]
fn set_without_a_value_removes_the_key() {
    let keys = &[("region", None), ("role_arn", Some("b"))];
    let file = b"[profile ours]\nregion = a\n  c\nx = y";
    let expected = "[profile ours]\nx = y\nrole_arn = b\n";
    assert_eq!(text(set(file, ours(), keys).unwrap()), expected);

    let file = b"[profile ours]\nx = y\nregion = a";
    assert_eq!(text(set(file, ours(), keys).unwrap()), expected);
    assert_eq!(text(set(b"", ours(), &[("region", None)]).unwrap()), "");
}

#[test]
fn each_kind_of_section_is_found_under_its_spellings() {
    let keys = &[("region", Some("b"))];
    for (section, file, expected) in [
        (profile("default"), "[default]\n", "[default]\nregion = b\n"),
        (
            profile("default"),
            "[profile default]\n",
            "[profile default]\nregion = b\n",
        ),
        (profile("default"), "", "[default]\nregion = b\n"),
        (
            sso_session("s"),
            "[sso-session\ts]\n",
            "[sso-session\ts]\nregion = b\n",
        ),
        (
            sso_session("s"),
            "[profile s]\n",
            "[profile s]\n\n[sso-session s]\nregion = b\n",
        ),
        (
            sso_session("default"),
            "[default]\n",
            "[default]\n\n[sso-session default]\nregion = b\n",
        ),
    ] {
        assert_eq!(text(set(file.as_bytes(), section, keys).unwrap()), expected);
    }
}

/// Files with a problem in the edited section (problems of the whole file are in the scan's tests).
#[test]
fn an_ambiguous_section_is_refused() {
    for (file, line, kind) in [
        ("[ profile ours ]\n", 1, Kind::AmbiguousSection),
        (
            "[profile b]\n[profile \"ours\"]\n",
            2,
            Kind::AmbiguousSection,
        ),
        (
            "[profile ours]\n[profile 'ours']\n",
            2,
            Kind::AmbiguousSection,
        ),
        ("[profilex ours]\n", 1, Kind::AmbiguousSection),
        ("[profile ours] # [a]\n", 1, Kind::AmbiguousSection),
        ("[profile ours]\nrole_arn : a = b\n", 2, Kind::AmbiguousKey),
        ("[profile ours]\nrole_arn\u{a0}= b\n", 2, Kind::AmbiguousKey),
        (
            "[profile ours]\nx = y\nrole_arn = a\n\n  # c\n",
            5,
            Kind::IndentedComment,
        ),
        (
            "[profile ours]\n[profile ours]\n",
            2,
            Kind::DuplicateSection,
        ),
    ] {
        let refused = refusal(line, kind);
        assert_eq!(
            set(file.as_bytes(), ours(), ASKED),
            Err(refused.clone()),
            "{file:?}"
        );
        assert_eq!(
            remove(file.as_bytes(), ours(), KEYS),
            Err(refused),
            "{file:?}"
        );
    }
}

/// Which of two default profiles counts depends on the tool and on their order.
#[test]
fn two_default_profiles_are_refused_for_default_alone() {
    for file in [
        "[default]\n[profile default]\n",
        "[profile default]\n[default]\n",
    ] {
        let default = profile("default");
        assert_eq!(
            set(file.as_bytes(), default.clone(), ASKED),
            Err(refusal(2, Kind::SecondDefault))
        );
        assert!(set(file.as_bytes(), ours(), ASKED).is_ok());
    }
}

/// File before, file without `KEYS` in `OURS`.
#[test]
fn remove_deletes_only_our_keys() {
    for (file, expected) in [
        ("[profile ours]\nregion = a\n", ""),
        ("[a]\n\n[profile ours]\nregion = a\n", "[a]\n"),
        ("[a]\r\n\r\n[profile ours]\r\nregion = a", "[a]\r\n"),
        (
            "[a]\n\n\n[profile ours]\nrole_arn = a\n\nregion = a\n\n[b]\n",
            "[a]\n\n\n[b]\n",
        ),
        (
            "[a]\n[profile ours]\nregion = a\n  b\n# b\n[b]\n",
            "[a]\n# b\n[b]\n",
        ),
        // Sections with other content, and sections without our keys.
        ("\n[profile ours]\nregion = a\n", "\n"),
        (
            "[profile ours]\nregion = a\nx = y\n",
            "[profile ours]\nx = y\n",
        ),
        (
            "[profile ours]\n# why\nregion = a\n",
            "[profile ours]\n# why\n",
        ),
        (
            "\n[profile ours] # why\nregion = a\n",
            "\n[profile ours] # why\n",
        ),
        ("\n[profile ours]\n", "\n[profile ours]\n"),
        ("[profile b]\nregion = a\n", "[profile b]\nregion = a\n"),
        ("", ""),
    ] {
        assert_eq!(
            text(remove(file.as_bytes(), ours(), KEYS).unwrap()),
            expected,
            "{file:?}"
        );
    }
}

#[test]
fn a_name_with_every_kind_of_character_is_written() {
    assert!(set(b"", profile("a-b/c.d%e@f_g:h+1"), ASKED).is_ok());
}

#[test]
fn a_key_that_tools_read_differently_is_refused() {
    for key in [
        "", "a b", "a:b", "a=b", "#a", ";a", "[a]", "Region", "a\n", "\u{212a}", " a",
    ] {
        let refused = Error::Key {
            key: key.to_owned(),
        };
        assert_eq!(set(b"", ours(), &[(key, Some("v"))]), Err(refused.clone()));
        assert_eq!(remove(b"", ours(), &[key]), Err(refused));
    }
    let twice = &[("a", Some("1")), ("a", None)];
    assert_eq!(
        set(b"", ours(), twice),
        Err(Error::Key {
            key: "a".to_owned()
        })
    );
}

#[test]
fn a_value_that_tools_read_differently_is_refused() {
    for value in [
        "",
        " ",
        " a",
        "a ",
        "\ta",
        "a\u{a0}",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\u{1b}[0m",
        "a\u{85}b",
        "a\u{2028}b",
        "#a",
        ";a",
        "a #b",
        "a ; b",
        "a\t#",
        "a\u{3000}#",
        "a\n[profile evil]\nb",
    ] {
        let refused = Error::Value {
            key: "k".to_owned(),
        };
        assert_eq!(
            set(b"", ours(), &[("k", Some(value))]),
            Err(refused),
            "{value:?}"
        );
    }
    for value in [
        "a#b;c",
        "=a",
        ": b",
        "[a]",
        "\"a b\" 'c'",
        "a\\",
        "%(a)s ${b}",
        "é",
        "a = b",
    ] {
        assert!(set(b"", ours(), &[("k", Some(value))]).is_ok(), "{value:?}");
    }
}

#[test]
fn a_large_file_is_edited_and_a_larger_one_refused() {
    let comment = format!("# {}\n", "x".repeat(1000));
    let mut file = "[profile b]\nregion = eu-west-1\n".to_owned();
    file += &comment.repeat((MAX_BYTES - 200) / comment.len());
    let edited = set(file.as_bytes(), ours(), ASKED).unwrap();
    assert!(edited.starts_with(file.as_bytes()));
    assert_eq!(text(remove(&edited, ours(), KEYS).unwrap()), file);

    let bytes = MAX_BYTES + 1;
    assert_eq!(
        set(&vec![b'#'; bytes], ours(), ASKED),
        Err(Error::TooLarge { bytes })
    );
}

/// As one edit after the other, also where sections are next to each other or at the end of a file without a line end.
#[test]
fn several_edits_at_once() {
    let set = |section, key, value: &str| Edit::Set {
        section,
        keys: vec![(key, Some(value.to_owned()))],
    };
    let remove = |name| Edit::Remove {
        section: profile(name),
        keys: vec!["region".to_owned()],
    };
    let new = set(sso_session("new"), "sso_region", "eu-west-1");
    let last = set(profile("last"), "region", "eu-west-1");
    let (gone, also_gone, kept) = (remove("a"), remove("b"), remove("c"));
    for file in [
        "",
        "# only a comment",
        "[profile last]\noutput = json",
        "# mine\n\n[profile a]\nregion = x\n\n[profile b]\nregion = x\n\n[profile c]\nregion = x\noutput = json\n\n[profile last]\n",
        "[default]\r\nregion = x\r\n\r\n[profile b]\r\nregion = x\r\n\r\n[profile a]\r\nregion = x\r\n",
    ] {
        let edits = [
            new.clone(),
            last.clone(),
            gone.clone(),
            also_gone.clone(),
            kept.clone(),
        ];
        let at_once = text(apply(file.as_bytes(), &edits).unwrap());
        // A section that is appended last stays last when others are added to.
        let in_order = [&last, &new, &gone, &also_gone, &kept];
        let one_by_one = in_order
            .into_iter()
            .fold(file.as_bytes().to_vec(), |file, edit| {
                apply(&file, std::slice::from_ref(edit)).unwrap()
            });
        let has_last = file.contains("last");
        match has_last {
            true => assert_eq!(at_once, text(one_by_one), "{file:?}"),
            false => assert_eq!(at_once.len(), one_by_one.len(), "{file:?}"),
        }
        let again = text(apply(at_once.as_bytes(), &edits).unwrap());
        assert_eq!(again, at_once, "an edit twice is an edit once");
    }
}

/// A section that is removed begins where the keys that are added to the one above it go, whichever edit is first.
#[test]
fn a_section_is_removed_below_one_that_gets_a_key() {
    let file = "[profile a]\nk = v\n\n[profile ours]\nregion = x\n\n[profile b]\nk = v\n";
    for (value, added) in [(Some("y"), "region = y\n"), (None, "")] {
        let mut edits = [
            Edit::Remove {
                section: ours(),
                keys: vec!["region".to_owned()],
            },
            Edit::Set {
                section: profile("a"),
                keys: vec![("region", value.map(str::to_owned))],
            },
        ];
        let expected = format!("[profile a]\nk = v\n{added}\n[profile b]\nk = v\n");
        for _ in 0..2 {
            assert_eq!(text(apply(file.as_bytes(), &edits).unwrap()), expected);
            edits.reverse();
        }
    }
}

/// What an edit makes of a section that an earlier one has changed or added.
#[test]
fn several_edits_of_one_section() {
    let add = Edit::Add {
        section: ours(),
        keys: vec![("region", "a".to_owned())],
    };
    let set = |value: Option<&str>| Edit::Set {
        section: ours(),
        keys: vec![
            ("region", value.map(str::to_owned)),
            ("output", Some("json".to_owned())),
        ],
    };
    let edits = [add.clone(), set(Some("b")), set(None)];
    let after = apply(b"", &edits).unwrap();
    assert_eq!(text(after), "[profile ours]\noutput = json\n");
    assert_eq!(apply(b"", &[add.clone(), add.clone()]), apply(b"", &[add]));
}

#[test]
fn a_new_section_replaces_no_other() {
    let add = Edit::Add {
        section: ours(),
        keys: vec![("region", "a".to_owned()), ("output", "json".to_owned())],
    };
    let whole = "[profile ours]\nregion = a\noutput = json\n";
    assert_eq!(text(apply(b"", std::slice::from_ref(&add)).unwrap()), whole);
    let exists = Error::Exists { section: ours() };
    for (file, expected) in [
        (whole, Ok(())),
        (
            "[profile  ours] # mine\noutput = json\nx = y\nregion = a\n",
            Ok(()),
        ),
        ("[profile ours]\n", Err(exists.clone())),
        ("[profile ours]\nregion = a\n", Err(exists.clone())),
        ("[profile ours]\nregion = b\noutput = json\n", Err(exists)),
        (
            "[profile \"ours\"]\n",
            Err(refusal(1, Kind::AmbiguousSection)),
        ),
    ] {
        let expected = expected.map(|()| file.as_bytes().to_vec());
        assert_eq!(
            apply(file.as_bytes(), std::slice::from_ref(&add)),
            expected,
            "{file}"
        );
    }
}

/// The SDK parses the edited profiles, before and after the edit, whatever else is in the file.
#[test]
fn only_edited_profiles_are_parsed() {
    let edit = |name: &str| Edit::Set {
        section: profile(name),
        keys: vec![("region", Some("eu-west-1".to_owned()))],
    };
    let edits = [edit("apono"), edit("team-3"), edit("new")];
    for count in [10, 1_000, 2_000] {
        let file = many(count);
        let edited = apply(file.as_bytes(), &edits).unwrap();
        let before = Reading::new(file.as_bytes(), &edits).unwrap();
        let after = Reading::new(&edited, &edits).unwrap();
        before.verify(&after, &edits).unwrap();
        assert_eq!((before.profiles.parsed(), after.profiles.parsed()), (2, 3));
    }
}
