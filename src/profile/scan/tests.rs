//! Which problems are found on which lines, and how headers are read.

use super::header::shell_words;
use super::{Kind, Name, Scan, inline_comment};

/// A file and its problems, in order.
type Case = (&'static [u8], &'static [(usize, Kind)]);

#[test]
fn problems_are_found_on_their_lines() {
    use Kind::*;
    let table: &[Case] = &[
        (b"", &[]),
        (b"\n \t\n# a\n;b\n[profile a]\nk = v\n", &[]),
        (b"[profile a]\r\nk = v\r\n", &[]),
        (b"[profile a] # why\nk=v", &[]),
        (
            b"[profile\ta]\n[profile  b]\n[sso-session c]\n[services d]\n[plugins]\n",
            &[],
        ),
        (
            b"[profile a]\ns3 =\n  x = y\n\n  z = 1\nk = v\n more\n",
            &[],
        ),
        (b"[profile a]\nurl = https://h/#f;g\n", &[]),
        // Not a profile for any tool.
        (b"[a]\nk = v\n[profile b c]\n", &[]),
        // Problems of the whole file.
        (b"\xef\xbb\xbf[default]\n", &[(1, ByteOrderMark)]),
        (b"[a]\n\xff\n", &[(2, NotUtf8)]),
        (b"\xff\xfe[\0a\0", &[(1, Utf16)]),
        (b"[profile a]\nk = \0\n", &[(2, ControlCharacter)]),
        (b"# page\x0c\n", &[(1, ControlCharacter)]),
        (
            "[profile a]\nk = a\u{2028}b\n".as_bytes(),
            &[(2, ControlCharacter)],
        ),
        (
            b"[profile a]\r\r\nk = v\n",
            &[(1, CarriageReturn), (1, SectionHeader)],
        ),
        (b"# a\rk = v\n", &[(1, CarriageReturn)]),
        (
            b"[profile a]\nk = v\r",
            &[(2, CarriageReturn), (2, AmbiguousValue)],
        ),
        ("[profile a]\n\u{a0}k = v\n".as_bytes(), &[(2, Indentation)]),
        ("[profile a]\n\u{a0}\n".as_bytes(), &[(2, Indentation)]),
        (b"k = v\n", &[(1, NoSection)]),
        (b" # c\n", &[(1, NoSection)]),
        (b"[profile a\nk = v\n", &[(1, SectionHeader)]),
        (b"[profile a] b\n", &[(1, SectionHeader)]),
        (b"[profile a;b]\n", &[(1, SectionHeader)]),
        (b"[]\n", &[(1, SectionHeader)]),
        (b"[profile a]\n[profile a]\n", &[(2, DuplicateSection)]),
        (b"[profile a]\n[profile  a]\n", &[(2, DuplicateSection)]),
        (b"[services a]\n[services a]\n", &[(2, DuplicateSection)]),
        (b"[DEFAULT]\nk = v\n", &[(1, DefaultsSection)]),
        (b"[profile a]\nk v\n", &[(2, NoEquals)]),
        (b"[profile a]\nk : v\n", &[(2, NoEquals)]),
        (b"[profile a]\nk # = v\n", &[(2, NoEquals)]),
        (b"[profile a]\n= v\n", &[(2, NoKey)]),
        (b"[profile a]\n:k = v\n", &[(2, NoKey)]),
        (b"[profile a]\nk = v\nK = w\n", &[(3, DuplicateKey)]),
        (
            b"[profile a]\nk:l = v\nk:m = w\n",
            &[(2, AmbiguousKey), (3, DuplicateKey)],
        ),
        (b"[profile a]\n  k = v\n", &[(2, Orphan)]),
        (b"[profile a]\n  # c\n", &[(2, Orphan)]),
        (b"[profile a]\ns3 =\n  x\n", &[(3, SubProperty)]),
        (b"[profile a]\ns3 =\n  = x\n", &[(3, SubProperty)]),
        (b"[profile a]\ns3 =\n  # c\n", &[(3, SubProperty)]),
        (
            "[profile a]\ns3 = \u{a0}\n  x\n".as_bytes(),
            &[(2, AmbiguousValue), (3, SubProperty)],
        ),
        // Problems of one section.
        (b"[ profile a ]\n", &[(1, AmbiguousSection)]),
        (b"[ default ]\n", &[(1, AmbiguousSection)]),
        (b"[profile \"a\"]\n", &[(1, AmbiguousSection)]),
        (b"[profile a!b]\n", &[(1, AmbiguousSection)]),
        (b"[profilex a]\n", &[(1, AmbiguousSection)]),
        (b"[profile a] # [b]\n", &[(1, AmbiguousSection)]),
        ("[\u{a0} default]\n".as_bytes(), &[]),
        (b"[default]\n[profile default]\n", &[(2, SecondDefault)]),
        (b"[profile default]\n[default]\n", &[(2, SecondDefault)]),
        (b"[profile a]\nk:l = v\n", &[(2, AmbiguousKey)]),
        (
            "[profile a]\nto\u{212a}en = v\n".as_bytes(),
            &[(2, AmbiguousKey)],
        ),
        (b"[profile a]\nk = v # c\n", &[(2, AmbiguousValue)]),
        (b"[profile a]\nk = ;c\n", &[(2, AmbiguousValue)]),
        (
            "[profile a]\nk = v\u{a0}\n".as_bytes(),
            &[(2, AmbiguousValue)],
        ),
        (b"[profile a]\nk = v\n\n  w\n", &[(4, AmbiguousValue)]),
        (b"[profile a]\nk = v\n\n# c\n  w\n", &[(5, AmbiguousValue)]),
        (b"[profile a]\nk = v\n  # c\n", &[(3, IndentedComment)]),
        (
            b"[profile a]\ns3 =\n  x = 1\n  # y = 2\n",
            &[(4, IndentedComment)],
        ),
    ];
    for (file, expected) in table {
        let found: Vec<_> = Scan::new(file)
            .problems
            .iter()
            .map(|p| (p.line, p.kind))
            .collect();
        assert_eq!(&found, expected, "{}", file.escape_ascii());
    }
}

#[test]
fn headers_are_read_as_each_reader_reads_them() {
    let profile = |name: &'static str| Name::Profile(name.into());
    let session = |name: &'static str| Name::SsoSession(name.into());
    for (header, sdk, botocore) in [
        ("[default]", profile("default"), profile("default")),
        ("[profile default]", profile("default"), profile("default")),
        ("[profile \ta ]", profile("a"), profile("a")),
        ("[  profile a]", profile("a"), Name::Other),
        ("[profile 'a b']", Name::Other, profile("a b")),
        ("[profile \"a]", Name::Other, Name::Other),
        ("[profile a b]", Name::Other, Name::Other),
        ("[sso-session s]", session("s"), session("s")),
        ("[sso-sessions s]", Name::Other, session("s")),
        ("[PROFILE a]", Name::Other, Name::Other),
        ("[a]", Name::Other, Name::Other),
    ] {
        let scan = Scan::new(header.as_bytes());
        assert_eq!(scan.sections[0].sdk, sdk, "{header}");
        assert_eq!(scan.sections[0].botocore, botocore, "{header}");
    }
}

/// Pairs of text and Python 3's `shlex.split` of it.
#[test]
fn shell_words_are_shlex_words() {
    for (text, words) in [
        ("", Some(&[][..])),
        (" a  b\t", Some(&["a", "b"])),
        ("a'b c'd", Some(&["ab cd"])),
        ("a ''", Some(&["a", ""])),
        (r#""a\"b\c" d\ e"#, Some(&[r#"a"b\c"#, "d e"])),
        (r"'a\'", Some(&[r"a\"])),
        ("a#b", Some(&["a#b"])),
        ("'a", None),
        ("a\\", None),
        ("\"a\\", None),
    ] {
        let words = words.map(|words| words.iter().map(|&w| w.into()).collect::<Vec<_>>());
        assert_eq!(shell_words(text), words, "{text}");
    }
}

#[test]
fn an_inline_comment_follows_white_space() {
    assert_eq!(inline_comment("a # b"), Some(2));
    assert_eq!(inline_comment("a\u{a0};b"), Some(3));
    assert_eq!(inline_comment("a#b;c"), None);
    assert_eq!(inline_comment("#a"), None);
}
