//! One login at a time, whoever dies meanwhile.

use std::time::{Duration, Instant};

use crate::cache::logins;
use kit::laptop::{GET_TOKEN, Laptop};

#[test]
fn a_hundred_at_once_log_in_once() {
    let laptop = Laptop::new();
    laptop.aws.set_delay(Duration::from_millis(300));
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| laptop.succeeds(laptop.run(GET_TOKEN)));
        }
    });
    assert_eq!(logins(&laptop), 1);
}

#[test]
fn a_killed_holder_of_the_lock_blocks_nobody() {
    let laptop = Laptop::new();
    laptop.aws.set_delay(Duration::from_secs(30));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            laptop
                .home
                .run("sh", ["-c", "apono-login & echo $! > pid; wait"])
                .output()
        });
        let started = Instant::now();
        while logins(&laptop) == 0 {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the holder asks STS"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        let waiting = scope.spawn(|| {
            laptop.succeeds(laptop.run(GET_TOKEN));
            Instant::now()
        });
        std::thread::sleep(Duration::from_millis(500));
        assert!(
            !waiting.is_finished() && logins(&laptop) == 1,
            "the second waits"
        );
        laptop.aws.set_delay(Duration::ZERO);
        let killed = Instant::now();
        laptop
            .home
            .run("sh", ["-c", "kill -9 $(cat pid)"])
            .succeeds();
        let answered = waiting.join().unwrap();
        assert!(answered - killed < Duration::from_secs(5));
    });
    assert_eq!(logins(&laptop), 2);
}
