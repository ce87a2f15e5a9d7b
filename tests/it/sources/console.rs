//! Console credentials of `aws login` (`login_session`): used while valid; after that, the hint names the command.

#[cfg(target_os = "linux")]
mod linux;

use sha2::{Digest as _, Sha256};

use crate::sources::sign_in::no_metadata;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop};
use kit::standin::{Operation, Service};

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer/alice";
pub const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUNkdTM4bU/Or7oXS\naMyU5KnWzI30tE8G4cygIVdNxeGhRANCAAT2qGP4q1x0ePWRWDDFZZbD762qiHsf\ntQezuheHyMFuAXjuutgYL612OIhocrd0G+90TswaPkex6nMubcqP3Vuo\n-----END PRIVATE KEY-----\n";
const REFRESH_TOKEN: &str = "refresh-token-of-the-console";

/// Returns a source profile with these credentials.
pub fn profile() -> String {
    format!("[profile console]\nlogin_session = {SESSION}\nregion = eu-west-1\n")
}

/// Writes what `aws login` stores.
fn leave_credentials(laptop: &Laptop, expires: &str) {
    let key = laptop.aws.source("default");
    let token = key.session_token.as_deref().unwrap();
    let (path, file) = file(
        [&key.access_key, &key.secret, token],
        REFRESH_TOKEN,
        expires,
    );
    laptop.home.write(&path, file);
}

/// Returns the file that `aws login` stores, and its path. The proof-of-possession key is needed only for a renewal.
pub fn file(
    [id, secret, token]: [&str; 3],
    refresh_token: &str,
    expires: &str,
) -> (String, String) {
    let file = serde_json::json!({
        "accessToken": {
            "accessKeyId": id, "secretAccessKey": secret, "sessionToken": token,
            "accountId": "111122223333", "expiresAt": expires,
        },
        "tokenType": "aws_sigv4", "refreshToken": refresh_token, "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n",
    });
    let name = hex::encode(Sha256::digest(SESSION));
    (format!(".aws/login/cache/{name}.json"), file.to_string())
}

#[test]
fn console_credentials_are_used_until_they_expire() {
    let laptop = Laptop::with_config(profile());
    // Not every SDK can use such credentials as a source.
    let install = laptop.run(&format!("{INSTALL} --source-profile console"));
    laptop.succeeds(install).recorded("installed");
    let config = laptop.home.read(".aws/config");
    assert!(config.contains("credential_process = "), "{config}");
    laptop.fails(laptop.run(LOGIN), 3, "no credentials");
    leave_credentials(&laptop, "2020-01-01T00:00:00Z");
    // The service that would renew them refuses.
    let refresh = laptop.aws.url(Service::Container);
    let run = |command| {
        let run = laptop.run(command);
        run.env("AWS_ENDPOINT_URL_SIGNIN", &refresh)
    };
    laptop.fails(run(LOGIN), 3, "expired");
    laptop.fails_in_a_line(run(GET_TOKEN), "expired, and a program runs it");
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 0);

    leave_credentials(&laptop, "2099-01-01T00:00:00Z");
    laptop.succeeds(laptop.run(LOGIN)).recorded("valid");
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
    laptop.succeeds(laptop.run("status")).recorded("status");
    no_metadata(&laptop);
}

/// Some tools store the key that renewals are signed with as PKCS#8, which the SDK does not read.
#[test]
fn a_key_as_pkcs8_renews_as_well() {
    let laptop = Laptop::with_config(profile());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile console")));
    let refresh = laptop.aws.url(Service::Container);
    let login = || {
        let run = laptop.run(LOGIN);
        run.env("AWS_ENDPOINT_URL_SIGNIN", &refresh)
    };
    leave_credentials(&laptop, "2020-01-01T00:00:00Z");
    let with_sec1 = login().exits(3).stderr;
    let asked = laptop.aws.connections(Service::Container);
    assert!(asked > 0);

    let name = hex::encode(Sha256::digest(SESSION));
    let path = format!(".aws/login/cache/{name}.json");
    let mut file: serde_json::Value = serde_json::from_str(&laptop.home.read(&path)).unwrap();
    file["dpopKey"] = PKCS8.into();
    laptop.home.write(&path, file.to_string());
    assert_eq!(login().exits(3).stderr, with_sec1);
    assert!(laptop.aws.connections(Service::Container) > asked);
    let after: serde_json::Value = serde_json::from_str(&laptop.home.read(&path)).unwrap();
    let key = after["dpopKey"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN EC PRIVATE KEY-----"));
    file["dpopKey"] = key.into();
    assert_eq!(after, file);
    kit::laptop::has_mode(laptop.home.path(&path), 0o600);
}
