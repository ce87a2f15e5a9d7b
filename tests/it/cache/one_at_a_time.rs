//! One login at a time, even if the process that logs in is killed. For crowds see `long::crowd`.

use std::time::{Duration, Instant};

use crate::cache::logins;
use kit::laptop::{GET_TOKEN, Laptop};
use kit::machine::calm;

#[test]
fn a_killed_holder_of_the_lock_blocks_no_other() {
    let _calm = calm();
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
            let waited = started.elapsed();
            assert!(waited < Duration::from_secs(20), "the holder asks STS");
            std::thread::sleep(Duration::from_millis(10));
        }
        let waiting = scope.spawn(|| {
            laptop.succeeds(laptop.run(GET_TOKEN));
            Instant::now()
        });
        std::thread::sleep(Duration::from_millis(500));
        let waits = !waiting.is_finished() && logins(&laptop) == 1;
        assert!(waits, "the second waits");
        laptop.aws.set_delay(Duration::ZERO);
        let killed = Instant::now();
        let kill = laptop.home.run("sh", ["-c", "kill -9 $(cat pid)"]);
        kill.succeeds();
        let answered = waiting.join().unwrap();
        assert!(answered - killed < Duration::from_secs(10));
    });
    assert_eq!(logins(&laptop), 2);
}
