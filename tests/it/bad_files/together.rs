//! Several processes edit one file, and no change is lost.

use kit::home::patience;
use kit::laptop::{INSTALL, Laptop, PROFILE, UPDATE_KUBECONFIG};

const THEIRS: &str = "# mine\n[default]\nregion = eu-west-1\n";

fn install(laptop: &Laptop, profile: &str) {
    laptop.succeeds(laptop.run(&format!("{INSTALL} --profile {profile}")));
}

#[test]
fn installs_at_the_same_time_all_arrive() {
    let laptop = Laptop::with_config(THEIRS);
    for round in 0..5 {
        std::thread::scope(|scope| {
            for one in 0..4 {
                let laptop = &laptop;
                scope.spawn(move || install(laptop, &format!("p{round}-{one}")));
            }
        });
    }
    let config = laptop.home.read(".aws/config");
    assert!(config.starts_with(THEIRS), "{config}");
    for (round, one) in (0..5).flat_map(|round| (0..4).map(move |one| (round, one))) {
        let section = PROFILE.replace(
            "profile apono-k8s-access",
            &format!("profile p{round}-{one}"),
        );
        assert_eq!(
            config.matches(&format!("\n{section}")).count(),
            1,
            "{config}"
        );
    }
}

/// `uninstall` empties the cache folder, including locks that other processes hold.
#[test]
fn installs_and_uninstalls_at_the_same_time() {
    let laptop = Laptop::with_config(THEIRS);
    install(&laptop, "old0");
    for round in 0..6 {
        std::thread::scope(|scope| {
            for new in ["a", "b", "c"] {
                let laptop = &laptop;
                scope.spawn(move || install(laptop, &format!("{new}{round}")));
            }
            scope.spawn(|| {
                laptop.succeeds(laptop.run(&format!("uninstall --yes --profile old{round}")))
            });
            scope.spawn(|| laptop.succeeds(laptop.run("logout --all")));
            scope.spawn(|| install(&laptop, &format!("old{}", round + 1)));
        });
    }
    let config = laptop.home.read(".aws/config");
    assert!(config.starts_with(THEIRS), "{config}");
    let sections: Vec<&str> = config
        .lines()
        .filter(|line| line.starts_with("[profile "))
        .collect();
    assert_eq!(sections.len(), 6 * 3 + 1, "{config}");
}

/// After kill -9, or what Windows has in its place, at any moment the file is the old one or the new one, and the next `install` works.
#[test]
fn killed_at_any_moment() {
    let laptop = Laptop::with_config(THEIRS);
    for step in 0..40 {
        laptop.home.write(".aws/config", THEIRS);
        let time = patience(1) * (1 + step) / 1000;
        laptop.run(INSTALL).killed_after(time);
        let config = laptop.home.read(".aws/config");
        assert!(
            config == THEIRS || config == format!("{THEIRS}\n{PROFILE}duration_seconds = 3600\n"),
            "{config}"
        );
        laptop.succeeds(laptop.run(INSTALL));
    }
}

#[test]
fn clusters_added_at_the_same_time_all_arrive() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run("login"));
    std::thread::scope(|scope| {
        for one in 0..8 {
            let laptop = &laptop;
            scope.spawn(move || {
                laptop.succeeds(laptop.run(&format!(
                    "{UPDATE_KUBECONFIG} --alias c{one} --user-alias u{one}"
                )))
            });
        }
    });
    let config = laptop.home.read(".kube/config");
    for one in 0..8 {
        assert!(
            config.contains(&format!("name: c{one}")) && config.contains(&format!("name: u{one}")),
            "{config}"
        );
    }
    assert!(!laptop.home.path(".kube/config.lock").exists());
}
