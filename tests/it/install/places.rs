//! Files that are not where the person thinks, or would not be the person's.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use kit::laptop::{INSTALL, LOGIN, Laptop, UPDATE_KUBECONFIG, files_below};

/// Tools that give each shell a context of its own let KUBECONFIG name a copy, which goes with the shell.
#[test]
fn a_kubeconfig_that_goes_with_the_shell() {
    let laptop = Laptop::with_config("[default]\nregion = us-east-1\n");
    laptop.succeeds(laptop.run(INSTALL));
    let folder = tempfile::tempdir().unwrap();
    let temporary = |name: &str| folder.path().join(name).display().to_string();
    let kubeswitch = laptop.home.path(".kube/.switch_tmp/config.1.tmp");
    let kubeswitch = kubeswitch.display().to_string();
    let at_home = laptop.home.path("mine").display().to_string();
    for (title, path, variables) in [
        (
            "kubie",
            temporary("k"),
            vec!["KUBIE_ACTIVE", "KUBIE_KUBECONFIG"],
        ),
        (
            "kubectx",
            temporary("kubectx-shell-1.yaml"),
            vec!["KUBECTX_ISOLATED_SHELL"],
        ),
        ("kubeswitch", kubeswitch, vec![]),
        ("folder", temporary("config"), vec![]),
        ("at home", at_home, vec![]),
    ] {
        let with = |run: kit::home::Run| {
            let run = run.env("KUBECONFIG", &path);
            variables.iter().fold(run, |run, name| match *name {
                "KUBIE_KUBECONFIG" => run.env(name, &path),
                name => run.env(name, "1"),
            })
        };
        let output = laptop.succeeds(with(laptop.run(UPDATE_KUBECONFIG)));
        let said = output.stderr.replace(&path, "[KUBECONFIG]");
        let said = said.replace(&laptop.home.path("").display().to_string(), "~/");
        let hint = format!(
            "hint: to keep the context, add it to your usual kubeconfig: run `apono-login {UPDATE_KUBECONFIG} --kubeconfig ~/.kube/config`"
        );
        let why = match title {
            "at home" => None,
            "folder" => {
                Some("KUBECONFIG is in a folder of temporary files: [KUBECONFIG]".to_owned())
            }
            tool => Some(format!(
                "KUBECONFIG is a temporary file of {tool}, which is deleted when this shell ends, and the context with it: [KUBECONFIG]"
            )),
        };
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(lines.contains(&&*hint), why.is_some(), "{title}: {said}");
        if let Some(why) = why {
            assert!(lines.contains(&&*why), "{title}: {said}");
        }
        let install = laptop.run(&format!("{INSTALL} --cluster-name prod --yes"));
        let output = laptop.succeeds(with(install));
        let hint = "`env -u KUBECONFIG apono-login install ";
        assert_eq!(output.stderr.contains(hint), title != "at home", "{output}");
    }
    // What the hint says.
    let config = laptop.home.path(".kube/config");
    let command = format!("{UPDATE_KUBECONFIG} --kubeconfig {}", config.display());
    let kept = laptop.succeeds(laptop.run(&command).env("KUBECONFIG", temporary("k")));
    assert!(!kept.stderr.contains("temporary"), "{kept}");
    assert!(config.exists());
}

/// What root writes into the home of a person, the person cannot use.
#[test]
fn sudo_with_the_home_of_the_person() {
    let laptop = Laptop::with_config("[default]\nregion = us-east-1\n");
    let home = laptop.home.path("");
    // Only root can give files away.
    if home.metadata().unwrap().uid() != 0 {
        return;
    }
    let give = |owner| {
        for path in files_below(&home)
            .into_iter()
            .chain([home.clone(), home.join(".aws")])
        {
            std::os::unix::fs::chown(path, Some(owner), None).unwrap();
        }
    };
    give(12345);
    for command in [
        &*format!("{INSTALL} --cluster-name prod --yes"),
        UPDATE_KUBECONFIG,
        LOGIN,
        "uninstall --yes",
        "logout",
        "exec -- true",
        "get-token --cluster-name prod --region eu-west-1",
    ] {
        let run = laptop.run(command).env("SUDO_UID", "12345");
        laptop.fails(run, 1, command);
    }
    for command in ["status", "version"] {
        let output = laptop.run(command).env("SUDO_UID", "12345").output();
        output.recorded(command);
    }
    let others = files_below(&home);
    let others = others
        .iter()
        .filter(|path| path.metadata().unwrap().uid() == 0);
    assert_eq!(
        others.collect::<Vec<_>>(),
        Vec::<&std::path::PathBuf>::new()
    );
    // Root at home, for example with `sudo -H`.
    give(0);
    laptop.succeeds(laptop.run(INSTALL).env("SUDO_UID", "12345"));
}

/// The store belongs to root, and the person has no way into it: nix's home-manager.
#[test]
fn dotfiles_in_a_store_of_root() {
    let laptop = Laptop::bare(Default::default());
    let home = &laptop.home;
    if home.path("").metadata().unwrap().uid() != 0 {
        return;
    }
    let aws = "[default]\nregion = eu-west-1\n";
    home.write("store/aws", aws)
        .write("store/kube", "apiVersion: v1\nkind: Config\n")
        .write(".kube/config", "");
    let mode = |name: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.path(name), mode).unwrap();
    };
    let (config, kubeconfig) = (home.path(".aws/config"), home.path(".kube/config"));
    std::fs::remove_file(&kubeconfig).unwrap();
    symlink(home.path("store/aws"), &config).unwrap();
    symlink(home.path("store/kube"), &kubeconfig).unwrap();
    mode("store/aws", 0o444);
    mode("store/kube", 0o444);
    mode("store", 0o555);
    for path in ["", ".aws", ".aws/credentials", ".kube"] {
        std::os::unix::fs::chown(home.path(path), Some(12345), Some(12345)).unwrap();
    }
    let run = |command: &str| {
        let script = format!(
            "exec setpriv --reuid 12345 --regid 12345 --clear-groups apono-login {command}"
        );
        let run = home.run("sh", ["-c", &script]);
        run.known_as(&format!("apono-login {command}"))
    };
    let install = format!("{INSTALL} --cluster-name prod --yes");
    laptop.fails(run(&install), 1, "config");
    let shown = laptop.succeeds(run(&format!("{install} --dry-run")));
    shown.recorded("what the hint says");
    // The person adds that to the source, and builds the store again.
    let added = shown.stdout.lines().filter(|line| !line.starts_with("+++"));
    let added: Vec<_> = added.filter_map(|line| line.strip_prefix('+')).collect();
    mode("store/aws", 0o644);
    home.write("store/aws", format!("{aws}{}\n", added.join("\n")));
    mode("store/aws", 0o444);
    laptop.fails(run(UPDATE_KUBECONFIG), 1, "kubeconfig");
    let shown = laptop.succeeds(run(&format!("{install} --dry-run")));
    shown.recorded("the profile is there");
    let shown = laptop.succeeds(run(&format!("{UPDATE_KUBECONFIG} --dry-run")));
    assert!(shown.stdout.contains("+      - get-token"), "{shown}");
    let other = home.path(".kube/apono-login.yaml");
    let kubeconfig = format!("{UPDATE_KUBECONFIG} --kubeconfig {}", other.display());
    laptop
        .succeeds(run(&kubeconfig))
        .recorded("another kubeconfig");
}
