//! What may stand in `~/.aws/config`.

use kit::laptop::{INSTALL, LOGIN, Laptop, PROFILE};

/// Files that are edited: what was there stays as it was, and `uninstall` leaves it byte for byte.
#[test]
fn what_is_unusual_stays() {
    let cases: [(&str, &[u8]); 16] = [
        ("empty", b""),
        ("a newline", b"\n"),
        ("no final newline", b"[default]\nregion = eu-west-1"),
        ("CRLF", b"[default]\r\nregion = eu-west-1\r\n"),
        ("CRLF and no final newline", b"# mine\r\n\r\n[default]\r\nregion = eu-west-1"),
        ("mixed line ends", b"[default]\r\nregion = eu-west-1\n[profile b]\r\noutput = json\n"),
        ("two spaces", b"[profile  x]\nregion = eu-west-1\n"),
        ("a quoted name", b"[profile \"x y\"]\nregion = eu-west-1\n"),
        ("nested", b"[default]\ns3 =\n  max_concurrent_requests = 20\n  addressing_style = path\nregion = eu-west-1\n"),
        ("services", b"[services s]\ndynamodb =\n  endpoint_url = http://localhost:8000\n[default]\nservices = s\n"),
        ("both defaults", b"[default]\nregion = eu-west-1\n[profile default]\noutput = json\n"),
        ("inline comments", b"[default] # mine\nregion = eu-west-1 # home ; sweet\n"),
        ("other letters", b"[default]\nREGION = eu-west-1\nOutput=json\n"),
        ("our section, commented out", b"#[profile apono-k8s-access]\n#role_arn = x\n; region = y\n"),
        ("blank lines at the end", b"[default]\nregion = eu-west-1\n\n\n\n"),
        ("not ASCII", "# größe ✓\n[default]\nca_bundle = /home/zoë/ca.pem\n".as_bytes()),
    ];
    let laptop = Laptop::new();
    for (name, before) in cases {
        println!("{name}");
        laptop.home.write(".aws/config", before);
        laptop.succeeds(laptop.run(INSTALL));
        let installed = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        assert!(installed.starts_with(before), "{name}");
        laptop
            .succeeds(laptop.run(INSTALL))
            .explains(&["already up to date"]);
        let ca = laptop.run(LOGIN).env("AWS_CA_BUNDLE", "");
        laptop.succeeds(ca).explains(&["You are alice@example.com"]);
        laptop.succeeds(laptop.run("uninstall --yes"));
        let after = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        // A last line without an end was given one: nothing says any more that it had none.
        let newline: &[u8] = match (before, name.contains("CRLF")) {
            ([] | [.., b'\n'], _) => b"",
            (_, false) => b"\n",
            (_, true) => b"\r\n",
        };
        let expected = [before, newline].concat();
        assert_eq!(
            after.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "{name}"
        );
    }
}

/// Files that AWS tools refuse, or read differently: left alone, with the line. `login` reads what the SDKs read.
#[test]
fn what_would_be_misread_is_refused() {
    struct Case {
        name: &'static str,
        /// Before the profile, and behind it.
        around: (Vec<u8>, Vec<u8>),
        refusal: &'static [&'static str],
        login: i32,
    }
    let case = |name, before: &[u8], behind: &[u8], refusal, login| {
        let around = (before.to_vec(), behind.to_vec());
        Case {
            name,
            around,
            refusal,
            login,
        }
    };
    let large =
        b"# 64 bytes of nothing ...........................................\n".repeat(170_000);
    let cases = [
        case(
            "BOM",
            b"\xef\xbb\xbf",
            b"",
            &["begins with a byte order mark"],
            1,
        ),
        case(
            "Latin-1",
            b"# gr\xf6\xdfe\n",
            b"",
            &["config", "1", "not UTF-8"],
            1,
        ),
        case("UTF-16", b"\xff\xfe[\0d\0", b"", &["not UTF-8"], 1),
        case(
            "NUL",
            b"",
            b"\n[profile x]\nregion = eu\0west\n",
            &["line 8", "control character"],
            0,
        ),
        case(
            "a lone carriage return",
            b"",
            b"\n[profile x]\nregion = a\rb = c\n",
            &["line 8", "carriage return"],
            0,
        ),
        case(
            "a section twice",
            b"",
            b"\n[profile x]\noutput = json\n[profile x]\nregion = a\n",
            &["line 9", "a section of this name"],
            0,
        ),
        case(
            "our section twice",
            PROFILE.as_bytes(),
            b"",
            &["line 6", "a section of this name"],
            0,
        ),
        case(
            "a key twice",
            b"",
            b"\n[profile x]\nregion = a\nRegion = b\n",
            &["line 9", "a key of this name"],
            0,
        ),
        case(
            "our key twice",
            b"",
            b"region = eu-west-2\n",
            &["line 6", "a key of this name"],
            0,
        ),
        case(
            "unclosed",
            b"",
            b"\n[profile x\nregion = a\n",
            &["line 7", "not a section header"],
            1,
        ),
        case(
            "no equals sign",
            b"",
            b"\n[profile x]\nregion : a\n",
            &["line 8", "neither a section"],
            1,
        ),
        case(
            "no section",
            b"region = a\n",
            b"",
            &["line 1", "text before the first section"],
            1,
        ),
        case(
            "a conflict of git",
            b"",
            b"\n<<<<<<< HEAD\n",
            &["line 7", "neither a section"],
            1,
        ),
        case(
            "our header spelled for one reader only",
            b"",
            b"[profile \"apono-k8s-access\"]\nregion = a\n",
            &["line 6"],
            0,
        ),
        case("eleven megabytes", &large, b"", &["bytes"], 0),
        case(
            "an endless file",
            &large.repeat(2),
            b"",
            &["larger than"],
            1,
        ),
    ];
    let laptop = Laptop::new();
    for case in cases {
        println!("{}", case.name);
        let file = [&case.around.0, PROFILE.as_bytes(), &case.around.1].concat();
        laptop.home.write(".aws/config", &file);
        for command in [
            &format!("{INSTALL} --role-name other"),
            &format!("{INSTALL} --dry-run --role-name other"),
            "uninstall --yes",
        ] {
            laptop.fails(laptop.run(command), 1, "");
        }
        match case.login {
            0 => laptop.succeeds(laptop.run("login --force")),
            status => laptop.fails(laptop.run("login --force"), status, ""),
        };
        assert!(
            std::fs::read(laptop.home.path(".aws/config")).unwrap() == file,
            "{}: untouched",
            case.name
        );
        assert_eq!(
            std::fs::read_dir(laptop.home.path(".aws")).unwrap().count(),
            2,
            "nothing is left beside it"
        );
    }
}
