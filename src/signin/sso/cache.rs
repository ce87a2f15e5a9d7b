//! The token cache that all AWS tools share, `~/.aws/sso/cache`. Client registrations of apono-login are beside the tokens.
//!
//! There is one file for each SSO session, named by the SHA-1 of the sso-session's name, or of the start URL for legacy
//! profiles: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>. Whichever tool signed in last,
//! all tools use its token. A file that cannot be read counts as missing.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::token::{Client, Flow, Token};
use crate::credentials::{self, Secret};
use crate::names::Region;
use crate::profile::plan::SsoSource;
use crate::sys::{file, lock};

/// The largest file that is read, in bytes. Real ones have 2 to 4 KB.
const MAX_FILE: u64 = 256 << 10;
/// The space that must be free for a token's file, in bytes: more than it needs.
const SPACE: usize = 8 << 10;
/// How long ago the last change of a file that is not whole is for its writer to be at it still.
const BEING_WRITTEN: TimeDelta = TimeDelta::seconds(10);
/// How long a registration must still be valid: it must outlast the sign-in that uses it.
const REGISTRATION_MARGIN: TimeDelta = TimeDelta::hours(1);

/// The files of one SSO session.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    /// The token's file, which is the same for all profiles with this SSO session.
    token: PathBuf,
    /// The files of the registrations, one for each flow.
    registrations: [PathBuf; 2],
}

/// An SSO session that apono-login signed in at: the client of its token is one that apono-login registered.
#[derive(Debug)]
pub struct Own {
    pub start_url: String,
    pub region: Region,
    pub token: Token,
    pub cache: Cache,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenFile {
    start_url: Option<String>,
    region: Option<String>,
    access_token: Secret,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Secret>,
}

impl Cache {
    /// `folder` is `~/.aws/sso/cache`.
    pub fn new(folder: PathBuf, source: &SsoSource) -> Self {
        let token = folder.join(name(source.named_by()));
        Cache {
            registrations: registrations(
                &folder,
                &source.start_url,
                &source.region,
                &source.scopes,
            ),
            folder,
            token,
        }
    }

    /// Returns whether both are of the same SSO session.
    pub fn is(&self, other: &Cache) -> bool {
        self.token == other.token
    }

    /// Returns the path of the lock under which the token is renewed. It is beside the token, since containers and sandboxes
    /// that share it have other cache directories.
    pub fn lock_path(&self) -> PathBuf {
        self.token.with_extension("lock")
    }

    /// Returns whether there is a token's file or a lock.
    pub fn exists(&self) -> bool {
        self.token.exists() || self.lock_path().exists()
    }

    /// Returns whether the token's file ends too early and changed just now: some tools write it in place.
    pub fn is_being_written(&self, now: DateTime<Utc>) -> bool {
        let Ok(Some(bytes)) = file::read(&self.token, MAX_FILE) else {
            return false;
        };
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes);
        let changed = std::fs::metadata(&self.token).and_then(|metadata| metadata.modified());
        whole.is_err_and(|error| error.is_eof())
            && changed.is_ok_and(|at| (now - DateTime::<Utc>::from(at)).abs() < BEING_WRITTEN)
    }

    pub fn token(&self) -> Option<Token> {
        token(&file::read(&self.token, MAX_FILE).ok()??)
    }

    /// Replaces the token, for every AWS tool.
    pub fn put(&self, source: &SsoSource, token: &Token) -> Result<(), file::Error> {
        self.write(&self.token, &contents(source, token))
    }

    /// Checks that a token could be stored. Called before getting a new one: a refresh token works only once, and the user
    /// should not have to sign in twice.
    pub fn check_writable(&self) -> Result<(), file::Error> {
        if let Err(error @ file::Error::NotAFile { .. }) = file::read(&self.token, MAX_FILE) {
            return Err(error);
        }
        file::private_dir(&self.folder)?;
        file::check_space(&self.token, SPACE)
    }

    pub fn forget_token(&self) -> Result<(), file::Error> {
        file::remove(&self.token)
    }

    pub fn forget_lock(&self) -> Result<(), file::Error> {
        lock::discard(&self.lock_path())
    }

    /// Returns the client that was registered for this flow, if it can still be used.
    pub fn registration(&self, flow: Flow, now: DateTime<Utc>) -> Option<Client> {
        let client = client(self.registration_path(flow))?;
        (client.expires_at - REGISTRATION_MARGIN > now).then_some(client)
    }

    pub fn put_registration(&self, flow: Flow, client: &Client) -> Result<(), file::Error> {
        self.write(self.registration_path(flow), &json(client))
    }

    pub fn forget_registrations(&self) -> Result<(), file::Error> {
        self.registrations
            .iter()
            .try_for_each(|path| file::remove(path))
    }

    fn registration_path(&self, flow: Flow) -> &Path {
        let [code, device] = &self.registrations;
        match flow {
            Flow::Code => code,
            Flow::Device => device,
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), file::Error> {
        file::private_dir(&self.folder)?;
        file::write_private_durably(path, content)
    }
}

/// Returns the SSO sessions that apono-login signed in at, with one of these scopes. `folder` is `~/.aws/sso/cache`.
pub fn own(folder: &Path, scopes: &[Vec<String>]) -> Vec<Own> {
    let mut files = file::with_extension(folder, "json");
    files.sort();
    let found = files.into_iter().filter_map(|path| {
        let bytes = file::read(&path, MAX_FILE).ok()??;
        let token = token(&bytes)?;
        let TokenFile {
            start_url, region, ..
        } = serde_json::from_slice(&bytes).ok()?;
        let (start_url, region) = (start_url?, region?.parse().ok()?);
        let (_, issued_to) = token.renewal.as_ref()?;
        let is_own = |path: &PathBuf| client(path).is_some_and(|client| client.id == issued_to.id);
        let registrations = scopes
            .iter()
            .map(|scopes| registrations(folder, &start_url, &region, scopes))
            .find(|paths| paths.iter().any(is_own))?;
        Some(Own {
            cache: Cache {
                folder: folder.to_owned(),
                token: path,
                registrations,
            },
            start_url,
            region,
            token,
        })
    });
    found.collect()
}

/// Returns the paths of the registrations, named by everything that was registered. AWS tools name theirs in the same way, and
/// none reads another's.
fn registrations(
    folder: &Path,
    start_url: &str,
    region: &Region,
    scopes: &[String],
) -> [PathBuf; 2] {
    let scopes = scopes.join(",");
    [Flow::Code, Flow::Device].map(|flow| {
        let what = format!("apono-login {flow:?} {start_url} {region} {scopes}");
        folder.join(name(&what))
    })
}

fn client(path: &Path) -> Option<Client> {
    serde_json::from_slice(&file::read(path, MAX_FILE).ok()??).ok()
}

/// Returns the token in a token file. `None` if it is not whole.
pub fn token(file: &[u8]) -> Option<Token> {
    let found: TokenFile = serde_json::from_slice(file).ok()?;
    if !is_token(&found.access_token) {
        return None;
    }
    let client = || {
        Some(Client {
            id: found.client_id?,
            secret: found.client_secret?,
            expires_at: time(&found.registration_expires_at?)?,
        })
    };
    let refresh = found.refresh_token.filter(is_token);
    Some(Token {
        access_token: found.access_token,
        expires_at: time(&found.expires_at)?,
        renewal: refresh.and_then(|token| Some((token, client()?))),
    })
}

/// Returns the token file of a token.
pub fn contents(source: &SsoSource, token: &Token) -> Zeroizing<Vec<u8>> {
    let (refresh, client) = token.renewal.clone().unzip();
    json(&TokenFile {
        start_url: Some(source.start_url.clone()),
        region: Some(source.region.to_string()),
        access_token: token.access_token.clone(),
        expires_at: written(token.expires_at),
        client_id: client.as_ref().map(|client| client.id.clone()),
        registration_expires_at: client.as_ref().map(|client| written(client.expires_at)),
        client_secret: client.map(|client| client.secret),
        refresh_token: refresh,
    })
}

fn json(content: &impl Serialize) -> Zeroizing<Vec<u8>> {
    // Strings only: this cannot fail.
    Zeroizing::new(serde_json::to_vec(content).unwrap_or_default())
}

fn name(of: &str) -> String {
    format!("{}.json", hex::encode(Sha1::digest(of.as_bytes())))
}

/// Formats a time as RFC 3339 in UTC and whole seconds, which every reader understands.
fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Parses RFC 3339. Old versions of the AWS CLI wrote `UTC` instead of `Z`.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = match text.strip_suffix("UTC") {
        Some(bare) => format!("{bare}Z"),
        None => text.to_owned(),
    };
    Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc())
}

/// Returns whether this can be a token. Its length is limited by [`MAX_FILE`].
fn is_token(token: &Secret) -> bool {
    credentials::opaque(token.reveal(), usize::MAX).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(session: Option<&str>) -> SsoSource {
        SsoSource {
            profile: "work".into(),
            session: session.map(str::to_owned),
            start_url: "https://d-1234567890.awsapps.com/start".into(),
            region: "eu-west-1".parse().unwrap(),
            scopes: vec!["sso:account:access".into()],
            account: "111122223333".parse().unwrap(),
            role_name: "Engineer".into(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        time(text).unwrap()
    }

    fn token() -> Token {
        Token {
            access_token: Secret::new("aoa"),
            expires_at: at("2026-11-24T08:00:00Z"),
            renewal: Some((
                Secret::new("aor"),
                Client {
                    id: "client".into(),
                    secret: Secret::new("shh"),
                    expires_at: at("2027-02-01T00:00:00Z"),
                },
            )),
        }
    }

    #[test]
    fn the_file_is_that_of_aws_tools() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(Some("corp"));
        let cache = Cache::new(folder.path().join("sso/cache"), &source);
        assert!(cache.token().is_none());
        cache.put(&source, &token()).unwrap();
        // SHA-1 of "corp".
        let name = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
        assert_eq!(cache.token.file_name().unwrap(), name);
        let text = file::read(&cache.token, MAX_FILE).unwrap().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let expected = serde_json::json!({
            "startUrl": "https://d-1234567890.awsapps.com/start", "region": "eu-west-1", "accessToken": "aoa",
            "expiresAt": "2026-11-24T08:00:00Z", "clientId": "client", "clientSecret": "shh",
            "registrationExpiresAt": "2027-02-01T00:00:00Z", "refreshToken": "aor",
        });
        assert_eq!(json, expected);
        let read = cache.token().unwrap();
        assert!(read.is(&token()));
        assert!(read.renewable(at("2026-11-24T09:00:00Z")));
        assert!(!read.renewable(at("2027-02-01T00:00:01Z")));
        assert!(read.lives(TimeDelta::minutes(15), at("2026-11-24T07:44:00Z")));
        assert!(!read.lives(TimeDelta::minutes(15), at("2026-11-24T07:46:00Z")));
    }

    #[test]
    fn damaged_files_count_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let source = source(None);
        let cache = Cache::new(folder.path().to_owned(), &source);
        let good = r#"{"accessToken": "aoa", "expiresAt": "2026-11-24T08:00:00Z"}"#;
        for (text, usable) in [
            (good.to_owned(), true),
            (good.replace("00Z", "00UTC"), true),
            (good.replace("00Z", "00+01:00"), true),
            (good.replace("aoa", ""), false),
            (good.replace("aoa", "a\\r\\nb"), false),
            (good.replace("2026", "soon"), false),
            (good[..20].to_owned(), false),
            ("[]".to_owned(), false),
            (String::new(), false),
        ] {
            file::write_private(&cache.token, text.as_bytes()).unwrap();
            assert_eq!(cache.token().is_some(), usable, "{text}");
        }
        file::remove(&cache.token).unwrap();
        std::fs::create_dir(&cache.token).unwrap();
        assert!(cache.token().is_none());
    }

    #[test]
    fn a_registration_is_reused_for_the_same_flow_and_scopes() {
        let folder = tempfile::tempdir().unwrap();
        let mut source = source(Some("corp"));
        let cache = |source: &SsoSource| Cache::new(folder.path().to_owned(), source);
        let client = token().renewal.unwrap().1;
        cache(&source)
            .put_registration(Flow::Code, &client)
            .unwrap();
        let found = |source: &SsoSource, flow, now: &str| {
            cache(source).registration(flow, at(now)).is_some()
        };
        assert!(found(&source, Flow::Code, "2027-01-31T22:00:00Z"));
        assert!(!found(&source, Flow::Code, "2027-01-31T23:30:00Z"));
        assert!(!found(&source, Flow::Device, "2026-11-24T08:00:00Z"));
        source.scopes = vec!["other".into()];
        assert!(!found(&source, Flow::Code, "2026-11-24T08:00:00Z"));
    }

    /// Other tools register clients of their own, whose files have other names.
    #[test]
    fn sessions_of_other_tools_are_not_own() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, source) = (folder.path(), source(Some("corp")));
        let cache = Cache::new(folder.to_owned(), &source);
        let client = token().renewal.unwrap().1;
        let own = |scopes: &[Vec<String>]| own(folder, scopes);
        let scopes = [vec!["other".into()], source.scopes.clone()];
        cache.put(&source, &token()).unwrap();
        file::write_private(&folder.join("0.json"), &json(&client)).unwrap();
        assert!(own(&scopes).is_empty());
        let other = Client {
            id: "other".into(),
            ..client.clone()
        };
        cache.put_registration(Flow::Code, &other).unwrap();
        assert!(own(&scopes).is_empty());
        cache.put_registration(Flow::Device, &client).unwrap();
        assert!(own(&scopes[..1]).is_empty());
        let [found] = &own(&scopes)[..] else {
            panic!("not found");
        };
        assert!(found.cache.is(&cache));
        assert_eq!(found.start_url, source.start_url);
    }
}
