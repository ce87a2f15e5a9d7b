//! Contents of `~/.aws/config`.

use kit::laptop::{INSTALL, LOGIN, Laptop, PROFILE};

/// Unusual but valid files: all existing content is kept, and `uninstall` restores the file byte for byte.
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
        laptop.home.write(".aws/config", before);
        laptop.succeeds(laptop.run(INSTALL));
        let installed = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        assert!(installed.starts_with(before), "{name}");
        laptop.succeeds(laptop.run(INSTALL));
        let again = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        assert_eq!(again, installed, "{name}");
        laptop.succeeds(laptop.run(LOGIN).env("AWS_CA_BUNDLE", ""));
        laptop.succeeds(laptop.run("uninstall --yes"));
        let after = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        // `install` completed the last line with a line break, which `uninstall` cannot know and so keeps.
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

/// Files that AWS tools reject or read differently are not edited; the error names the line. `login` reads as SDKs do.
#[test]
fn what_would_be_misread_is_refused() {
    let large =
        b"# 64 bytes of nothing ...........................................\n".repeat(170_000);
    let endless = large.repeat(2);
    // The text before the profile, the text after it, and the exit status of `login`.
    let cases: [(&str, &[u8], &str, i32); 16] = [
        ("BOM", b"\xef\xbb\xbf", "", 1),
        ("Latin-1", b"# gr\xf6\xdfe\n", "", 1),
        ("UTF-16", b"\xff\xfe[\0d\0", "", 1),
        ("NUL", b"", "\n[profile x]\nregion = eu\0west\n", 0),
        (
            "a lone carriage return",
            b"",
            "\n[profile x]\nregion = a\rb = c\n",
            0,
        ),
        (
            "a section twice",
            b"",
            "\n[profile x]\noutput = json\n[profile x]\nregion = a\n",
            0,
        ),
        ("our section twice", PROFILE.as_bytes(), "", 0),
        (
            "a key twice",
            b"",
            "\n[profile x]\nregion = a\nRegion = b\n",
            0,
        ),
        ("our key twice", b"", "region = eu-west-2\n", 0),
        ("unclosed", b"", "\n[profile x\nregion = a\n", 1),
        ("no equals sign", b"", "\n[profile x]\nregion : a\n", 1),
        ("no section", b"region = a\n", "", 1),
        ("a conflict of git", b"", "\n<<<<<<< HEAD\n", 1),
        (
            "our header spelled for one reader only",
            b"",
            "[profile \"apono-k8s-access\"]\nregion = a\n",
            0,
        ),
        ("eleven megabytes", &large, "", 0),
        ("an endless file", &endless, "", 1),
    ];
    let laptop = Laptop::new();
    for (name, before, behind, login) in cases {
        let file = [before, PROFILE.as_bytes(), behind.as_bytes()].concat();
        laptop.home.write(".aws/config", &file);
        for command in [
            &format!("{INSTALL} --role-name other"),
            &format!("{INSTALL} --dry-run --role-name other"),
            "uninstall --yes",
        ] {
            laptop.fails(laptop.run(command), 1, name);
        }
        match login {
            0 => laptop.succeeds(laptop.run("login --force")),
            status => laptop.fails(laptop.run("login --force"), status, name),
        };
        let after = std::fs::read(laptop.home.path(".aws/config")).unwrap();
        assert!(after == file, "{name}: untouched");
        let beside = std::fs::read_dir(laptop.home.path(".aws")).unwrap();
        assert_eq!(beside.count(), 2, "{name}: nothing is left beside it");
    }
}
