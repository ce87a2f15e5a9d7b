//! What needs Linux or its programs here.

use super::*;
use chrono::DateTime;
use std::time::Duration;
use std::time::Instant;

/// A shell prompt must be fast: no config file of any size is read, and no request is made.
#[test]
fn a_prompt_does_not_wait_for_the_config_file() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.forget();
    let config = laptop.home.path(".aws/config");
    let many: String = (0..5_000)
        .map(|n| PROFILE.replace("apono-k8s", &format!("p{n}")))
        .collect();
    let check = |what: &str| {
        let expected = "alice@example.com 59m\n";
        assert_eq!(
            shown(&laptop, laptop.run(SHORT), 0).stdout,
            expected,
            "{what}"
        );
    };
    laptop.home.write(".aws/config", PROFILE.to_owned() + &many);
    let (start, runs) = (Instant::now(), 20);
    (0..runs).for_each(|_| check("huge"));
    let each = start.elapsed() / runs;
    assert!(each < Duration::from_millis(100), "{each:?}: it was parsed");
    laptop.home.write(".aws/config", b"[profile \xff");
    check("not even text");
    std::fs::remove_file(&config).unwrap();
    check("absent");
    std::fs::create_dir(&config).unwrap();
    check("a folder");
    std::fs::remove_dir(&config).unwrap();
    laptop.home.run("mkfifo", [&config]).succeeds();
    check("a FIFO");
}

/// Times are local for people, and UTC for programs.
#[test]
fn times_in_another_zone() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    let end: DateTime<Utc> = "2030-01-15T22:45:00Z".parse().unwrap();
    expire(&laptop, end);
    for (zone, name, offset) in [("CET-1", "+01:00", 3600), ("", "UTC", 0)] {
        let json = shown(&laptop, laptop.run(JSON).env("TZ", zone), 0).json();
        assert_eq!(json["expires_at"], "2030-01-15T22:45:00Z");
        let local = (end + TimeDelta::seconds(offset)).format("%Y-%m-%d %H:%M");
        let text = shown(&laptop, laptop.run(STATUS).env("TZ", zone), 0).stdout;
        assert!(
            text.contains(&format!("expire {local} {name} (in ")),
            "{zone}: {text}"
        );
    }
}
