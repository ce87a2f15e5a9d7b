//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::browsers;
use crate::sso::watch::ended_by;
use crate::sso::watch::watched_on_terminal;
use kit::browser::record_browser;

#[test]
fn interrupted() {
    let laptop = laptop(Style::Session);
    let output = meanwhile(&laptop, |run| {
        shown(run);
        wait_for("a poll", || (polls(&laptop) > 0).then_some(()));
        run.signal("INT");
    });
    ended_by(&output, "INT");
    nothing_is_stored(&laptop);
    meanwhile(&laptop, allow).ended(0);
}

/// A QR code where the terminal can show it, and progress while waiting.
#[test]
fn before_a_terminal() {
    for (title, locale) in [("", "C.UTF-8"), ("in a locale without UTF-8", "C")] {
        let laptop = laptop(Style::Session);
        let prepare = |run: Run| run.env("LANG", locale);
        let (output, ()) = watched_on_terminal(&laptop, DEVICE, prepare, allow);
        output.recorded(title);
        for secret in laptop.aws.secrets() {
            assert!(!output.stdout.contains(&secret), "{output}");
        }
    }
}

/// Places where a browser on the person's computer cannot reach the program's port.
#[test]
fn chosen_by_the_surroundings() {
    // Keeps the container that the tests run in from counting: Toolbox containers share the desktop's network.
    let desktop = [("container", "flatpak"), ("DISPLAY", ":7")];
    let cases: [(&[(&str, &str)], bool); 16] = [
        (&[], true),
        (&[("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", "")], true),
        (&[("DISPLAY", "")], false),
        (&[("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")], false),
        (&[("SSH_CLIENT", "10.0.0.1 50000 22")], false),
        (&[("SSH_TTY", "/dev/pts/7")], false),
        (&[("CODESPACES", "true")], false),
        (&[("GITPOD_WORKSPACE_ID", "x")], false),
        (&[("AWS_EXECUTION_ENV", "CloudShell")], false),
        (&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")], false),
        (&[("REMOTE_CONTAINERS", "true")], false),
        (&[("container", "podman")], false),
        (&[("WSL_DISTRO_NAME", "Debian")], false),
        (&[("WSL_INTEROP", "/run/WSL/8_interop")], false),
        (&[("BROWSER", "none")], false),
        // Dotfiles set BROWSER, but this computer does not have that browser.
        (
            &[("BROWSER", "no-such-browser"), ("SSH_TTY", "/dev/pts/7")],
            false,
        ),
    ];
    for (variables, local) in cases {
        let laptop = laptop(Style::Session);
        // A browser that only records the URL it was asked to open.
        let bin = laptop.home.path("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::rename(record_browser(&laptop.home), bin.join("xdg-open")).unwrap();
        let program = std::path::Path::new(kit::home::apono_login());
        let refusal = Fault::error(400, "AccessDeniedException", "Not today");
        let operation = Operation::StartDeviceAuthorization;
        laptop.aws.misbehave(operation, refusal);
        let prepare = |run: Run| {
            let path = [
                bin.as_path(),
                "/usr/bin".as_ref(),
                "/bin".as_ref(),
                program.parent().unwrap(),
            ];
            let run = run.env("PATH", std::env::join_paths(path).unwrap());
            let variables = desktop.iter().chain(variables);
            variables.fold(run, |run, (name, value)| match *value {
                "" => run.env_remove(name),
                value => run.env(name, value),
            })
        };
        let (output, ()) = watched(&laptop, "login -v", prepare, |_| {
            if local {
                Browser::new().deny(&opened(&laptop.home, SOON)[0]);
            }
        });
        // The sign-in was denied in both ways.
        laptop.failed(output, 3, &format!("{variables:?}"));
        assert_eq!(laptop.aws.count(operation) == 0, local);
        assert_eq!(browsers(&laptop), usize::from(local));
    }
}
