//! Which clusters were looked up within the last day, so that an installation that is repeated asks for none of them again.
//!
//! What AWS said of a cluster is in the kubeconfig. Here is only a hash of it, of the profile's identity and of its files, with
//! the time: whatever of that has changed since, the cluster is looked up again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::Session;
use crate::profile::endpoints;
use crate::store::Cache;

/// How long the result of a look-up is good.
const GOOD: TimeDelta = TimeDelta::hours(24);

/// The hashes of what was looked up, each with its time in milliseconds.
#[derive(Debug, Default)]
pub struct LookUps {
    times: BTreeMap<String, i64>,
    new: BTreeMap<String, i64>,
}

impl LookUps {
    /// Reads those that are still good. What cannot be read is as none.
    pub fn read(cache: &Cache, now: DateTime<Utc>) -> Self {
        let bytes = cache.look_ups().unwrap_or_default();
        let mut times: BTreeMap<String, i64> = serde_json::from_slice(&bytes).unwrap_or_default();
        let (now, good) = (now.timestamp_millis(), GOOD.num_milliseconds());
        // A time in the future was written before the clock was set back.
        times.retain(|_, at| {
            now.checked_sub(*at)
                .is_some_and(|age| (0..good).contains(&age))
        });
        LookUps {
            times,
            new: BTreeMap::new(),
        }
    }

    pub fn contains(&self, hash: &str) -> bool {
        self.times.contains_key(hash)
    }

    pub fn add(&mut self, hash: String, now: DateTime<Utc>) {
        self.new.insert(hash, now.timestamp_millis());
    }

    /// Adds the new ones to those that are stored, if there are any.
    pub fn write(&self, cache: &Cache, now: DateTime<Utc>) {
        if self.new.is_empty() {
            return;
        }
        // It only saves time: if it cannot be locked or written, a later run asks again.
        let Ok(_lock) = cache.lock_look_ups() else {
            return;
        };
        let mut all = LookUps::read(cache, now).times;
        all.extend(self.new.clone());
        if let Ok(bytes) = serde_json::to_vec(&all) {
            cache.put_look_ups(&bytes);
        }
    }
}

impl Session<'_> {
    /// Returns the hash of what AWS said of a cluster to this profile; `None` if the profile is incomplete.
    pub fn hash_of(&self, said: &[&str]) -> Option<String> {
        let identity = self.identity(self.plan().ok()?).ok()?;
        let mut variables = self.context.env_urls();
        variables.retain(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
        let (profiles, profile) = (self.files().ok()?.profiles(), self.context.profile.as_str());
        let endpoints = endpoints::named(variables, profiles, profile).into_iter();
        let endpoints: Vec<_> = endpoints.map(|(of, url)| (of.setting, url)).collect();
        let bytes = serde_json::to_vec(&(&self.slot, identity, endpoints, said)).ok()?;
        Some(hex::encode(Sha256::digest(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two installations at once both read before either writes.
    #[test]
    fn two_at_once_keep_what_both_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let now = DateTime::from_timestamp(1_795_867_200, 0).unwrap();
        let read: Vec<_> = (0..20).map(|_| LookUps::read(&cache, now)).collect();
        std::thread::scope(|scope| {
            for (number, mut look_ups) in read.into_iter().enumerate() {
                let cache = &cache;
                scope.spawn(move || {
                    look_ups.add(number.to_string(), now);
                    look_ups.write(cache, now);
                });
            }
        });
        let all = LookUps::read(&cache, now);
        assert!((0..20).all(|number: u32| all.contains(&number.to_string())));
    }

    #[test]
    fn without_the_lock_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let now = DateTime::from_timestamp(1_795_867_200, 0).unwrap();
        let mut look_ups = LookUps::read(&cache, now);
        look_ups.add("a".to_owned(), now);
        let lock = cache.lock_look_ups().unwrap();
        look_ups.write(&cache, now);
        assert!(!LookUps::read(&cache, now).contains("a"));
        drop(lock);
        look_ups.write(&cache, now);
        assert!(LookUps::read(&cache, now).contains("a"));
    }

    #[test]
    fn a_look_up_is_good_for_a_day_and_not_before_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let made = DateTime::from_timestamp(1_795_867_200, 0).unwrap();
        let mut look_ups = LookUps::read(&cache, made);
        look_ups.add("a".to_owned(), made);
        look_ups.write(&cache, made);
        for (seconds, good) in [(-1, false), (0, true), (86_399, true), (86_400, false)] {
            let now = made + TimeDelta::seconds(seconds);
            assert_eq!(LookUps::read(&cache, now).contains("a"), good, "{seconds}");
        }
        for bad in [
            "",
            "[]",
            "{\"a\": \"now\"}",
            "{\"a\": -9223372036854775808}",
        ] {
            cache.put_look_ups(bad.as_bytes());
            assert!(!LookUps::read(&cache, made).contains("a"), "{bad}");
        }
    }
}
