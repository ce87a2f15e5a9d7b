//! The credentials of `aws login`, which the SDK renews. It reads the key that renewals are signed with as SEC1 only
//! (`BEGIN EC PRIVATE KEY`); some tools store it as PKCS#8 (`BEGIN PRIVATE KEY`).
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html>

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::credentials::Secret;
use crate::store::Cache;
use crate::sys::edit::{self, Edit, Fault, Target};
use crate::sys::file::{self, Error};
use crate::sys::lock::{self, Lock};

/// The largest file that is read, in bytes. Those of AWS tools have a few kilobytes.
const MAX_FILE: u64 = 64 << 10;
/// The SDK renews credentials that expire sooner than that.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// How long to wait for another process that renews the credentials.
const LONGEST_RENEWAL: Duration = Duration::from_secs(10);
/// How often the lock of the renewal is tried.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the edit of the file waits for others before it, and again after it. Nothing can end that wait, so it is short: with
/// [`LONGEST_RENEWAL`] it is less than [`aws::LIMIT`](crate::aws::LIMIT).
const EDIT_PATIENCE: Duration = Duration::from_secs(2);
/// Characters of base64 in a line of PEM (RFC 7468).
const LINE: usize = 64;

const PKCS8: [&str; 2] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];
const SEC1: [&str; 2] = [
    "-----BEGIN EC PRIVATE KEY-----",
    "-----END EC PRIVATE KEY-----",
];

/// An elliptic-curve key on the curve P-256, as PKCS#8 names it: two object identifiers in DER (RFC 5480).
const P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];
/// The curve as a field of a SEC1 key.
const CURVE: &[u8] = &[
    0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expiring {
    access_token: Access,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    dpop_key: Secret,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    expires_at: DateTime<Utc>,
}

/// Prepares the file of a session for a renewal by the SDK, if the credentials are about to expire: takes the lock of the renewal,
/// which is returned, and stores the key as the SDK reads it. What cannot be read is left to the SDK, which says what is wrong.
///
/// # Errors
/// The key has to be stored, and the file cannot be written.
pub async fn prepare(
    context: &Context,
    locks: &Cache,
    session: &str,
) -> Result<Option<Lock>, Error> {
    let now = context.now();
    let Some(path) = due_file(context, session, now) else {
        return Ok(None);
    };
    // Without it, AWS may be asked twice, and nothing in the file is lost.
    let lock = turn(locks, &path).await;
    // Another process may have renewed the credentials in the meantime.
    let needs_rewrite = || text(&path).is_some_and(|text| readable(&text, now).is_some());
    if needs_rewrite() {
        match rewrite(&path, now, || ()) {
            Err(Fault::File(error)) if needs_rewrite() => return Err(error),
            _ => {}
        }
    }
    Ok(lock)
}

/// Takes the lock of the renewal, unless another process has it for too long. While it waits, the caller's time limit can end it.
async fn turn(locks: &Cache, path: &Path) -> Option<Lock> {
    let started = Instant::now();
    loop {
        match locks.lock_edits_of(path, Duration::ZERO) {
            Err(lock::Error::Held { .. }) if started.elapsed() < LONGEST_RENEWAL => {
                sleep(PAUSE).await;
            }
            lock => return lock.ok(),
        }
    }
}

/// Returns the file of the session if the SDK renews its credentials. It may be behind a symbolic link.
fn due_file(context: &Context, session: &str, now: DateTime<Utc>) -> Option<PathBuf> {
    let name = hex::encode(Sha256::digest(session.trim()));
    let folder = context.login_cache().ok()?;
    let path = file::resolve_links(&folder.join(name).with_extension("json")).ok()?;
    is_due(&text(&path)?, now).then_some(path)
}

/// Returns the file's text. `None` if it is not there or cannot be read.
fn text(path: &Path) -> Option<Zeroizing<String>> {
    let bytes = file::read(path, MAX_FILE).ok()??;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

/// Returns whether the SDK renews the credentials in this file.
fn is_due(text: &str, now: DateTime<Utc>) -> bool {
    let cached: Result<Expiring, _> = serde_json::from_str(text);
    cached.is_ok_and(|cached| cached.access_token.expires_at <= now + AHEAD)
}

/// Stores the key in the file as the SDK reads it. Other tools may write the file at the same time: what they have written stays.
/// `before` is called just before the file is replaced.
fn rewrite(
    path: &Path,
    now: DateTime<Utc>,
    before: impl Fn(),
) -> Result<Vec<Edit>, Fault<Infallible>> {
    let compose = |bytes: &[u8]| {
        let new = str::from_utf8(bytes)
            .ok()
            .and_then(|text| readable(text, now));
        Ok(new.map_or_else(|| bytes.to_vec(), |new| new.as_bytes().to_vec()))
    };
    let target = Target {
        path,
        limit: MAX_FILE,
        // The caller has the lock.
        lock: Box::new(|| {
            before();
            Ok(None)
        }),
        compose: Box::new(compose),
    };
    edit::files_within(EDIT_PATIENCE, &[target])
}

/// Returns the file with its key as SEC1. `None` if it has none as PKCS#8, or the credentials are not renewed yet.
fn readable(text: &str, now: DateTime<Utc>) -> Option<Zeroizing<String>> {
    if !text.contains(PKCS8[0]) {
        return None;
    }
    if !is_due(text, now) {
        return None;
    }
    let signed: Signed = serde_json::from_str(text).ok()?;
    let key = Zeroizing::new(serde_json::to_string(&*sec1(signed.dpop_key.reveal())?).ok()?);
    // As it is written in the file, between quotes: only this is replaced.
    let (before, written) = text.split_once(PKCS8[0])?;
    let (_, after) = written.split_once('"')?;
    let before = before.trim_end_matches("\\n").strip_suffix('"')?;
    Some(Zeroizing::new(format!("{before}{}{after}", *key)))
}

/// Returns the SEC1 key that a PKCS#8 key wraps (RFC 5208, RFC 5915).
fn sec1(pem: &str) -> Option<Zeroizing<String>> {
    let body = pem.trim().strip_prefix(PKCS8[0])?.strip_suffix(PKCS8[1])?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(&*body).ok()?);
    let (info, _) = element(&der, 0x30)?;
    let (_version, rest) = element(info, 0x02)?;
    let (algorithm, rest) = element(rest, 0x30)?;
    let (key, _) = element(rest, 0x04)?;
    let key = with_curve(key).filter(|_| algorithm == P256)?;
    let body = Zeroizing::new(STANDARD.encode(&*key));
    let mut sec1 = Zeroizing::new(format!("{}\n", SEC1[0]));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        sec1.push_str(line);
        sec1.push('\n');
        rest = more;
    }
    sec1.push_str(SEC1[1]);
    sec1.push('\n');
    Some(sec1)
}

/// Returns the SEC1 key with the name of its curve, which PKCS#8 has outside of it: many tools need it (RFC 5915, section 3).
fn with_curve(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (fields, _) = element(key, 0x30)?;
    let (_version, rest) = element(fields, 0x02)?;
    let (_private, rest) = element(rest, 0x04)?;
    let (before, curve) = match rest.first() {
        Some(0xa0) => (fields.len(), &[][..]),
        _ => (fields.len() - rest.len(), CURVE),
    };
    let length = u8::try_from(fields.len() + curve.len()).ok()?;
    let mut whole = Zeroizing::new(Vec::with_capacity(usize::from(length) + 3));
    whole.push(0x30);
    if length >= 0x80 {
        whole.push(0x81);
    }
    whole.push(length);
    whole.extend_from_slice(&fields[..before]);
    whole.extend_from_slice(curve);
    whole.extend_from_slice(&fields[before..]);
    Some(whole)
}

/// Returns the content of the first element, which must have this tag, and what follows it (DER).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    // One key in both forms, as OpenSSL writes them: the second is `openssl pkey -traditional` of the first.
    const WRAPPED: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUNkdTM4bU/Or7oXS\naMyU5KnWzI30tE8G4cygIVdNxeGhRANCAAT2qGP4q1x0ePWRWDDFZZbD762qiHsf\ntQezuheHyMFuAXjuutgYL612OIhocrd0G+90TswaPkex6nMubcqP3Vuo\n-----END PRIVATE KEY-----\n";
    const INNER: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n";

    fn file(key: &str, expires: &str) -> String {
        let key = serde_json::to_string(key).unwrap();
        format!(
            r#"{{ "accessToken": {{"accessKeyId":"A","expiresAt":"{expires}"}},"refreshToken": "r", "dpopKey": {key} }}"#
        )
    }

    #[test]
    fn only_the_key_is_replaced_and_only_for_a_renewal() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let (past, future) = ("2025-12-31T00:00:00Z", "2026-01-01T01:00:00Z");
        let replaced = readable(&file(WRAPPED, past), now).unwrap();
        assert_eq!(*replaced, file(INNER, past));
        assert_eq!(readable(&file(WRAPPED, future), now), None);
        assert_eq!(readable(&file(INNER, past), now), None);
    }

    #[test]
    fn what_is_no_key_is_left_alone() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        for end in 0..WRAPPED.len() - PKCS8[1].len() - 2 {
            let cut = format!("{}{}", &WRAPPED[..end], PKCS8[1]);
            assert_eq!(
                readable(&file(&cut, "2025-01-01T00:00:00Z"), now),
                None,
                "{end}"
            );
        }
        for bad in ["", "{}", "[]", PKCS8[0]] {
            assert_eq!(readable(bad, now), None);
        }
    }

    /// What another tool renews while the key is rewritten is newer, and stays: whether it replaces the file or writes into it,
    /// and whether it has opened it before or after.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn of_two_writers_the_newer_file_stays() {
        use std::io::Write as _;
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let renewed = file(WRAPPED, "2026-01-01T08:00:00Z");
        let (before, after) = (file(WRAPPED, "2025-12-31T00:00:00Z"), renewed.as_str());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let (path, folder) = (path.as_path(), folder.path());
        let replace = |_| {
            let other = folder.join("other");
            std::fs::write(&other, after).unwrap();
            // Windows may refuse it while the file is open elsewhere.
            let until = std::time::Instant::now() + Duration::from_secs(5);
            while let Err(error) = std::fs::rename(&other, path) {
                assert!(
                    cfg!(windows) && std::time::Instant::now() < until,
                    "{error}"
                );
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        let into = |pause| {
            let mut options = std::fs::OpenOptions::new();
            let mut opened = options.write(true).open(path).unwrap();
            std::thread::sleep(Duration::from_millis(pause));
            opened.set_len(0).unwrap();
            opened.write_all(after.as_bytes()).unwrap();
        };
        let writers: [&(dyn Fn(u64) + Sync); 2] = [&replace, &into];
        for (number, write) in writers.into_iter().enumerate() {
            for pause in [0, 5, 60] {
                std::fs::write(path, &before).unwrap();
                std::thread::scope(|scope| {
                    let started = std::cell::Cell::new(false);
                    let other = || {
                        if !started.replace(true) {
                            scope.spawn(move || write(pause));
                            std::thread::sleep(Duration::from_millis(pause / 2));
                        }
                    };
                    rewrite(path, now, other).unwrap();
                });
                let kept = std::fs::read_to_string(path).unwrap();
                assert_eq!(kept, renewed, "writer {number}, {pause} ms");
            }
        }
        std::fs::write(path, &before).unwrap();
        assert!(rewrite(path, now, || ()).unwrap()[0].changes());
        let rewritten = std::fs::read_to_string(path).unwrap();
        assert_eq!(rewritten, file(INNER, "2025-12-31T00:00:00Z"));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }
}
