//! `reach` in the environments where people work; `open` with real programs.

#![allow(clippy::disallowed_methods)]

use super::*;

#[test]
fn words_are_split_as_shells_do() {
    for (browser, expected) in [
        ("firefox", &[&["firefox"][..]][..]),
        ("  firefox  -new-tab ", &[&["firefox", "-new-tab"]]),
        ("a:b -x:c", &[&["a"], &["b", "-x"], &["c"]]),
        ("::a: :", &[&["a"]]),
        (
            "'/opt/my browser/run' --x",
            &[&["/opt/my browser/run", "--x"]],
        ),
        (r#""a:b" c\ d"#, &[&["a:b", "c d"]]),
        (r#"a "b \"c\" \d""#, &[&["a", r#"b "c" \d"#]]),
        ("a '' \"\"", &[&["a", "", ""]]),
        ("a'b'\"c\"", &[&["abc"]]),
        ("a:b 'open", &[&["a"]]),
        (
            "a $(rm -rf /) `x` $HOME",
            &[&["a", "$(rm", "-rf", "/)", "`x`", "$HOME"]],
        ),
        ("", &[]),
        (" : ", &[]),
    ] {
        assert_eq!(
            command::commands(browser, System::Linux),
            expected,
            "{browser}"
        );
    }
    assert_eq!(
        command::commands(r#""C:\Program Files\x.exe" --a;D:\y.exe"#, System::Windows),
        [vec![r"C:\Program Files\x.exe", "--a"], vec![r"D:\y.exe"]]
    );
}

#[test]
fn the_link_stands_where_percent_s_does() {
    for (arguments, expected) in [
        (&[][..], &["L%s"][..]),
        (&["-new-tab"], &["-new-tab", "L%s"]),
        (&["--app=%s", "x"], &["--app=L%s", "x"]),
        (&["%s", "%s"], &["L%s", "L%s"]),
        (&["%%s"], &["%s", "L%s"]),
        (&["a%cb", "%d", "100%"], &["a:b", "%d", "100%", "L%s"]),
    ] {
        let arguments: Vec<_> = arguments.iter().map(|&a| a.to_owned()).collect();
        // Percent signs in the link stay.
        assert_eq!(command::fill(&arguments, "L%s"), expected, "{arguments:?}");
    }
}

#[cfg(unix)]
mod on_unix {
    use std::ffi::OsString;
    use std::fs::{self, File};
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;
    use crate::sys::program;

    const LINK: &str = "http://127.0.0.1:4711/";

    fn program(dir: &Path, name: &str, script: &str) -> PathBuf {
        let path = dir.join(name);
        let mut file = File::create(&path).unwrap();
        write!(file, "#!/bin/sh\n{script}\n").unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o755))
            .unwrap();
        path
    }

    /// A Linux desktop with these programs on its PATH.
    fn desktop(programs: &[&str]) -> (tempfile::TempDir, Surroundings) {
        let dir = tempfile::tempdir().unwrap();
        for name in programs {
            program(dir.path(), name, "exit 0");
        }
        let around = Surroundings {
            system: System::Linux,
            ssh: false,
            container: None,
            wsl: false,
            display: true,
            browser: None,
            path: dir.path().into(),
        };
        (dir, around)
    }

    #[test]
    fn reach_in_each_environment() {
        let (dir, desktop) = desktop(&["xdg-open", "gio", "wslview", "helper.sh"]);
        let at = |name: &str| dir.path().join(name).display().to_string();
        let with = |change: fn(&mut Surroundings)| {
            let mut around = desktop.clone();
            change(&mut around);
            around
        };
        let helper = |mut around: Surroundings| {
            around.browser = Some(at("helper.sh"));
            around
        };
        let codespaces = |a: &mut Surroundings| {
            (a.container, a.display) = (Some("this is GitHub Codespaces"), false);
        };
        let wsl = |a: &mut Surroundings| a.wsl = true;
        let cases = [
            (
                "desktop",
                with(|_| ()),
                Ok(vec![at("xdg-open"), format!("{} open", at("gio"))]),
            ),
            (
                "SSH",
                with(|a| (a.ssh, a.display) = (true, false)),
                Err("SSH"),
            ),
            ("SSH with X forwarding", with(|a| a.ssh = true), Err("SSH")),
            (
                "SSH from an editor",
                helper(with(|a| a.ssh = true)),
                Ok(vec![at("helper.sh")]),
            ),
            (
                "docker",
                with(|a| a.container = Some("this is a container")),
                Err("a container"),
            ),
            ("Codespaces, bare", with(codespaces), Err("Codespaces")),
            (
                "Codespaces",
                helper(with(codespaces)),
                Ok(vec![at("helper.sh")]),
            ),
            ("WSL", with(wsl), Err("WSL")),
            (
                "WSL with BROWSER",
                with(|a| (a.wsl, a.browser) = (true, Some("wslview".into()))),
                Ok(vec![at("wslview")]),
            ),
            (
                "no display",
                with(|a| a.display = false),
                Err("no graphical desktop"),
            ),
            (
                "nothing installed",
                with(|a| a.path = OsString::new()),
                Err("xdg-open"),
            ),
            (
                "macOS",
                with(|a| (a.system, a.display) = (System::Mac, false)),
                Ok(vec!["/usr/bin/open".into()]),
            ),
            (
                "macOS over SSH",
                with(|a| (a.system, a.ssh) = (System::Mac, true)),
                Err("SSH"),
            ),
            (
                "Windows",
                with(|a| (a.system, a.display) = (System::Windows, false)),
                Ok(vec![format!(
                    "{} url.dll,FileProtocolHandler",
                    windows_program("rundll32.exe").display()
                )]),
            ),
            (
                "BROWSER=none",
                with(|a| a.browser = Some("none".into())),
                Err("BROWSER"),
            ),
            (
                "BROWSER=true",
                with(|a| a.browser = Some(" true ".into())),
                Err("BROWSER"),
            ),
            (
                "BROWSER is a list",
                with(|a| a.browser = Some("missing:gio open:./xdg-open:xdg-open --x=%s".into())),
                Ok(vec![
                    format!("{} open", at("gio")),
                    format!("{} --x=%s", at("xdg-open")),
                ]),
            ),
            (
                "BROWSER is not installed",
                with(|a| a.browser = Some("missing".into())),
                Ok(vec![at("xdg-open"), format!("{} open", at("gio"))]),
            ),
            (
                "BROWSER is not installed, and this is SSH",
                with(|a| (a.browser, a.ssh) = (Some("missing 'x".into()), true)),
                Err("SSH"),
            ),
            (
                "BROWSER is blank",
                with(|a| (a.browser, a.display) = (Some(" ".into()), false)),
                Err("no graphical"),
            ),
        ];
        for (place, around, expected) in cases {
            match (reach(&around), expected) {
                (Reach::Browser(openers), Ok(expected)) => {
                    let shown: Vec<_> = openers
                        .iter()
                        .map(|o| {
                            let program = o.program.display().to_string();
                            [&[program], &o.arguments[..]].concat().join(" ")
                        })
                        .collect();
                    assert_eq!(shown, expected, "{place}");
                }
                (Reach::None { why }, Err(part)) => assert!(why.contains(part), "{place}: {why}"),
                (other, expected) => panic!("{place}: {other:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn only_programs_in_absolute_directories_are_found() {
        let (dir, mut around) = desktop(&["good"]);
        fs::create_dir(dir.path().join("folder")).unwrap();
        File::create(dir.path().join("plain")).unwrap();
        for name in [
            "folder", "plain", "", ".", "..", "/", "./good", "x/good", "/missing",
        ] {
            assert_eq!(
                program::find(name, &around.path, around.system),
                None,
                "{name}"
            );
        }
        let good = dir.path().join("good");
        assert_eq!(
            program::find("good", &around.path, around.system),
            Some(good.clone())
        );
        let up = "../".repeat(std::env::current_dir().unwrap().components().count());
        let relative = Path::new(&up).join(dir.path().strip_prefix("/").unwrap());
        assert!(relative.join("good").is_file());
        around.path = relative.into();
        assert_eq!(program::find("good", &around.path, around.system), None);
        assert_eq!(
            program::find(good.to_str().unwrap(), &around.path, around.system),
            Some(good)
        );
    }

    /// The shell with a script. A script that was just written cannot be run itself while another test starts a program, which
    /// inherits the file open for writing.
    fn shell(dir: &Path, name: &str, script: &str, arguments: &[&str]) -> Opener {
        let script = program(dir, name, script).display().to_string();
        let words = std::iter::once(script).chain(arguments.iter().map(|&word| word.to_owned()));
        Opener {
            program: "/bin/sh".into(),
            arguments: words.collect(),
        }
    }

    /// The lines that the scripts below wrote to `seen`.
    fn seen(dir: &Path) -> Vec<String> {
        let mut text = String::new();
        let read = File::open(dir.join("seen")).and_then(|mut file| file.read_to_string(&mut text));
        read.unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Writes its arguments to `seen`, one per line.
    fn recorder(dir: &Path, arguments: &[&str]) -> Opener {
        let script = format!("printf '%s\\n' \"$@\" > '{}'", dir.join("seen").display());
        shell(dir, "recorder", &script, arguments)
    }

    #[test]
    fn the_link_arrives_as_one_argument() {
        let dir = tempfile::tempdir().unwrap();
        let odd = r#"http://x/?a='b'&c="d e"$(id)`id`;%s *"#;
        for (arguments, link, expected) in [
            (&[][..], LINK, &[LINK][..]),
            (
                &["-new-tab", "%s", "last one"],
                LINK,
                &["-new-tab", LINK, "last one"],
            ),
            (&["--app=%s"], odd, &[&format!("--app={odd}")]),
        ] {
            open(&[recorder(dir.path(), arguments)], link).unwrap();
            assert_eq!(seen(dir.path()), expected);
        }
    }

    #[test]
    fn the_next_is_tried_when_one_fails_or_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Opener {
            program: dir.path().join("missing"),
            arguments: Vec::new(),
        };
        let openers = [
            missing,
            shell(dir.path(), "bad", "sleep 0.1; exit 3", &[]),
            recorder(dir.path(), &[]),
        ];
        open(&openers, LINK).unwrap();
        assert_eq!(seen(dir.path()), [LINK]);

        let error = open(&openers[..2], LINK).unwrap_err();
        assert_eq!(error.tried.len(), 2);
        let text = error.to_string();
        for part in ["missing (No such file", "/bin/sh (exit status: 3)"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(open(&[], LINK).unwrap_err().tried.is_empty());
    }

    #[test]
    fn a_browser_that_stays_open_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let note = dir.path().join("seen");
        // Its standard input is empty, and it goes on running.
        let script = format!(
            "[ -z \"$(cat)\" ] && echo quiet > '{}'\nexec sleep 4",
            note.display()
        );
        let started = Instant::now();
        open(&[shell(dir.path(), "blocking", &script, &[])], LINK).unwrap();
        let took = started.elapsed();
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert_eq!(seen(dir.path()), ["quiet"]);
    }

    #[test]
    fn ctrl_c_does_not_reach_the_browser() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = shell(dir.path(), "blocking", "exec sleep 60", &[])
            .start(LINK)
            .unwrap()
            .into_child();
        let id = rustix::process::Pid::from_child(&child);
        let group = rustix::process::getpgid(Some(id));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(group.unwrap(), id);
    }
}
