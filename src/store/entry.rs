//! The format of a cache entry.
//!
//! ```text
//! apono-login entry 1\n        format and version
//! {"profile":…,"expires_at":…}\n   the header: readable without the key, protected against changes
//! nonce, ciphertext             the credentials, sealed together with both lines above
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use chrono::serde::{ts_seconds, ts_seconds_option};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::seal::{self as aead, Key};
use super::{Error, Kind, Slot, Store};
use crate::credentials::Credentials;
use crate::profile::identity::Identity;
use crate::sys::file;

const FORMAT: &[u8] = b"apono-login entry 1\n";
/// The largest entry, in bytes. A session token has a few kilobytes at most.
const MAX_ENTRY: u64 = 64 << 10;

/// What can be read of an entry without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The slot that it was sealed for. It is protected by the seal, so a copy of the entry cannot be used in another slot.
    pub slot: Slot,
    pub profile: String,
    pub role_arn: String,
    pub session_name: String,
    pub account: String,
    /// Everything that determined the credentials: see [`crate::profile::identity`].
    pub identity: Identity,
    /// The fingerprints of the config files and of the environment. While they stay the same, `identity` is valid without
    /// parsing the files. `None` if the files had just been written: another write might not change the fingerprint.
    pub stamp: Option<String>,
    /// The credentials depend on those in the environment: the stamp covers their key ID too.
    pub from_environment: bool,
    /// The store that the profile asks for: its `apono_store`.
    pub asked: Kind,
    /// The store that has the key.
    pub store: Store,
    /// The profile comes from a team file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_team: bool,
    /// Why the key is not in a keyring, if it should be.
    pub fallback: Option<String>,
    /// The profile's own region.
    pub region: Option<String>,
    /// The STS host of each region that was asked for so far, by the SDK's endpoint rules.
    pub sts_hosts: BTreeMap<String, String>,
    #[serde(with = "ts_seconds")]
    pub expires_at: DateTime<Utc>,
    /// When new credentials are to be fetched, ahead of their expiry. `None` in entries of older versions.
    #[serde(default, with = "ts_seconds_option")]
    pub renew_at: Option<DateTime<Utc>>,
}

/// An entry as it was read: its header, and the sealed credentials.
#[derive(Debug)]
pub struct Entry {
    pub header: Header,
    /// The length of the format line and the header in `bytes`.
    context_len: usize,
    bytes: Vec<u8>,
}

impl Entry {
    /// Reads the entry at `path`, if there is one of this version.
    pub fn read(path: &Path) -> Option<Self> {
        Self::parse(file::read_private(path, MAX_ENTRY).ok()??)
    }

    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        let rest = bytes.strip_prefix(FORMAT)?;
        let header_len = rest.iter().position(|b| *b == b'\n')?;
        let header = serde_json::from_slice(&rest[..header_len]).ok()?;
        let context_len = FORMAT.len() + header_len + 1;
        Some(Entry {
            header,
            context_len,
            bytes,
        })
    }

    /// Returns whether the file has not been replaced since it was read.
    pub fn is_still_at(&self, path: &Path) -> bool {
        matches!(file::read(path, MAX_ENTRY), Ok(Some(bytes)) if bytes == self.bytes)
    }

    pub fn unseal(&self, key: &Key) -> Option<Credentials> {
        let (context, sealed) = self.bytes.split_at_checked(self.context_len)?;
        let plain = aead::unseal(key, context, sealed)?;
        let mut credentials: Credentials = serde_json::from_slice(&plain).ok()?;
        credentials.expires_at = self.header.expires_at;
        Some(credentials)
    }
}

/// Returns the bytes of an entry.
pub fn seal(key: &Key, header: &Header, credentials: &Credentials) -> Result<Vec<u8>, Error> {
    let mut bytes = FORMAT.to_vec();
    serde_json::to_writer(&mut bytes, header).map_err(|_| Error::Seal)?;
    bytes.push(b'\n');
    // With full capacity: a vector that grows leaves copies in memory.
    let secrets = [&credentials.secret_access_key, &credentials.session_token];
    let length: usize = secrets.iter().map(|secret| secret.reveal().len()).sum();
    let mut plain = Zeroizing::new(Vec::with_capacity(2 * length + 256));
    serde_json::to_writer(&mut *plain, credentials).map_err(|_| Error::Seal)?;
    let sealed = aead::seal(key, &bytes, &plain)?;
    bytes.extend(sealed);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Secret;
    use chrono::TimeZone as _;

    fn header() -> Header {
        Header {
            slot: serde_json::from_str("\"slot\"").unwrap(),
            profile: "p".into(),
            role_arn: "arn:aws:iam::111122223333:role/r".into(),
            session_name: "alice@example.com".into(),
            account: "111122223333".into(),
            identity: serde_json::from_str("\"id\"").unwrap(),
            stamp: None,
            from_environment: false,
            asked: Kind::Auto,
            store: Store::File,
            of_team: false,
            fallback: None,
            region: Some("eu-west-1".into()),
            sts_hosts: BTreeMap::new(),
            expires_at: Utc.timestamp_opt(1_800_000_000, 0).unwrap(),
            renew_at: None,
        }
    }

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::new("a very secret key"),
            session_token: Secret::new("a session token"),
            expires_at: header().expires_at,
        }
    }

    fn key(byte: u8) -> Key {
        Key::new([byte; 32])
    }

    /// Entries of older versions stay usable.
    #[test]
    fn a_header_says_when_to_renew_or_not() {
        let json = serde_json::to_string(&header()).unwrap();
        let older = json.replace(",\"renew_at\":null", "");
        assert_ne!(older, json);
        let read: Header = serde_json::from_str(&older).unwrap();
        assert_eq!(read, header());
    }

    #[test]
    fn credentials_come_back_and_are_not_readable_in_the_file() {
        let bytes = seal(&key(1), &header(), &credentials()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            !text.contains("secret key") && !text.contains("session token\""),
            "{text}"
        );
        let entry = Entry::parse(bytes).unwrap();
        assert_eq!(entry.header, header());
        let back = entry.unseal(&key(1)).unwrap();
        assert_eq!(back.secret_access_key.reveal(), "a very secret key");
        assert_eq!(back.session_token.reveal(), "a session token");
    }

    #[test]
    fn a_key_is_found_once_and_looked_for_again_where_it_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let cache = crate::store::Cache::new(folder.path().to_owned());
        let entry = |byte| {
            let sealed = seal(&key(byte), &header(), &credentials());
            Entry::parse(sealed.unwrap()).unwrap()
        };
        let path = folder.path().join("key");
        let opens = |byte| cache.clone().open(&entry(byte)).unwrap().is_some();
        file::write_private(&path, key(1).as_slice()).unwrap();
        assert!(opens(1) && !opens(2));
        file::remove(&path).unwrap();
        assert!(opens(1) && !opens(2));
        file::write_private(&path, key(2).as_slice()).unwrap();
        assert!(opens(2) && !opens(1));
        let shown = format!("{cache:?}");
        assert!(shown.contains("found: {File: Key(…)}"), "{shown}");
    }

    #[test]
    fn any_change_is_a_miss() {
        let good = seal(&key(1), &header(), &credentials()).unwrap();
        assert!(
            Entry::parse(good.clone())
                .unwrap()
                .unseal(&key(2))
                .is_none(),
            "another key"
        );
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let opened = Entry::parse(bad).and_then(|entry| entry.unseal(&key(1)));
            assert!(opened.is_none(), "flipped byte {at}");
        }
        for len in 0..good.len() {
            let opened = Entry::parse(good[..len].to_vec()).and_then(|e| e.unseal(&key(1)));
            assert!(opened.is_none(), "cut to {len}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(
            Entry::parse(longer).unwrap().unseal(&key(1)).is_none(),
            "trailing byte"
        );
        let mut newer = good;
        newer[FORMAT.len() - 2] = b'2';
        assert!(Entry::parse(newer).is_none(), "a newer version");
    }
}
