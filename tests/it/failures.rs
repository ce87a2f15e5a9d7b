//! Every failure on the way to the cluster: what happened, why, what to do, on stderr; nothing on stdout; the documented exit
//! status (1 refused, 2 usage, 3 sign in, 4 network); nothing kept in the cache; no secret told.

use kit::home::Output;
use kit::laptop::Laptop;
use kit::snapshot::lasting_part_of_stderr;

mod answers;
mod denials;
mod kubectl_asks;
mod network;
mod profiles;
mod sources;

/// These commands failed in the same words, as recorded under this title.
#[track_caller]
fn failed_alike(
    laptop: &Laptop,
    outputs: impl IntoIterator<Item = Output>,
    status: i32,
    title: &str,
) {
    let mut outputs = outputs.into_iter();
    let first = laptop.failed(outputs.next().unwrap(), status, title);
    for other in outputs {
        assert_eq!(other.stdout, "", "{title}: {other}");
        let words = [&first, &other].map(lasting_part_of_stderr);
        assert_eq!(words[0], words[1], "{title}");
        other.ended(status);
    }
}
