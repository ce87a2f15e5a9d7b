//! `credential_process`: a command of the user that prints credentials. The SDK's own provider runs it without a limit on its
//! output, and leaves it running when time is up.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::process::Command;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use chrono::DateTime;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::credentials::opaque;
use crate::profile::keys::CREDENTIAL_PROCESS;
#[cfg(windows)]
use crate::sys::system::windows_program;
use crate::sys::{process, tool};

/// The largest output that is read, in bytes. Credentials have a few kilobytes.
const MAX_OUTPUT: u64 = 64 << 10;
/// The longest field, in bytes.
const MAX_FIELD: usize = 16 << 10;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Run(#[from] tool::Error),
    #[error("the output of {CREDENTIAL_PROCESS} is not a JSON object")]
    NotJson,
    #[error("the output of {CREDENTIAL_PROCESS} has no valid {field}: {problem}")]
    BadField {
        field: &'static str,
        problem: String,
    },
}

impl Error {
    /// Returns whether it took too long. The next attempt may succeed.
    pub fn is_slow(&self) -> bool {
        matches!(self, Error::Run(tool::Error::Slow { .. }))
    }

    /// Returns the error without what the program printed, which may hold secrets.
    pub fn plain(&self) -> String {
        match self {
            Error::Run(tool::Error::Failed {
                program, status, ..
            }) => {
                format!("{program} failed: {status}")
            }
            error => error.to_string(),
        }
    }
}

/// Runs the command for at most `limit`. It may read this process's standard input and its terminal.
pub fn credentials(command: &str, limit: Duration) -> Result<Credentials, Error> {
    let output = tool::capture(CREDENTIAL_PROCESS, in_shell(command), MAX_OUTPUT, limit)?;
    parse(&Zeroizing::new(output))
}

#[cfg(not(windows))]
fn in_shell(command: &str) -> Command {
    let mut shell = process::command("sh");
    shell.args(["-c", command]);
    shell
}

/// The command is quoted as `cmd.exe` removes quotes: as the SDK does.
#[cfg(windows)]
fn in_shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = process::command(windows_program("cmd.exe"));
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}

/// Reads the output as the SDK does: the case of the keys does not matter, and a field of another type is missing.
fn parse(output: &[u8]) -> Result<Credentials, Error> {
    let fields: Map<String, Value> = serde_json::from_slice(output).map_err(|_| Error::NotJson)?;
    let find = |field: &str| {
        let found = fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(field));
        found.map(|(_, value)| value)
    };
    let bad = |field, problem: &str| Error::BadField {
        field,
        problem: problem.to_owned(),
    };
    match find("Version") {
        Some(Value::Number(version)) if version.as_i64() == Some(1) => {}
        Some(Value::Number(version)) => {
            return Err(bad("Version", &format!("{version} is not 1")));
        }
        _ => return Err(bad("Version", "missing")),
    }
    let text = |field: &'static str| match find(field).and_then(Value::as_str) {
        Some(value) => opaque(value, MAX_FIELD)
            .map(|value| Some(value.to_owned()))
            .map_err(|problem| bad(field, problem)),
        None => Ok(None),
    };
    let required = |field| text(field)?.ok_or_else(|| bad(field, "missing"));
    let expiry = text("Expiration")?
        .map(|time| DateTime::parse_from_rfc3339(&time))
        .transpose()
        .map_err(|problem| bad("Expiration", &problem.to_string()))?;
    let mut credentials = Credentials::builder()
        .access_key_id(required("AccessKeyId")?)
        .secret_access_key(required("SecretAccessKey")?)
        .provider_name(CREDENTIAL_PROCESS);
    credentials.set_session_token(text("SessionToken")?);
    credentials.set_expiry(expiry.map(Into::into));
    credentials.set_account_id(text("AccountId")?.map(AccountId::from));
    Ok(credentials.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::http::Client;
    use aws_config::profile::ProfileFileCredentialsProvider;
    use aws_credential_types::provider::ProvideCredentials as _;
    use aws_runtime::env_config::file::{
        EnvConfigFileKind as ProfileFileKind, EnvConfigFiles as ProfileFiles,
    };

    const WHOLE: &str = concat!(
        r#"{"Version": 1, "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "a/secret+key=", "SessionToken": "a/token","#,
        r#" "Expiration": "2035-01-01T00:00:00Z", "AccountId": "111122223333", "More": {}}"#
    );

    /// Returns what the SDK's own provider reads from this output.
    fn of_the_sdk(output: &str, http: Client) -> Option<Credentials> {
        let shows = if cfg!(windows) { "type" } else { "cat" };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, output.as_bytes()).unwrap();
        // Closed: `type` reads no file that is open to be written.
        let file = file.into_temp_path();
        let path = file.display();
        let config = format!("[default]\ncredential_process = {shows} {path}");
        let files = ProfileFiles::builder()
            .with_contents(ProfileFileKind::Config, config)
            .build();
        let config = aws_config::provider_config::ProviderConfig::empty().with_http_client(http);
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_files(files)
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(provider.provide_credentials()).ok()
    }

    #[test]
    fn it_reads_what_the_sdk_reads() {
        let cases = [
            WHOLE.to_owned(),
            WHOLE.to_lowercase(),
            WHOLE.replace("2035-01-01T00:00:00Z", "2035-01-01T01:00:00.5+01:00"),
            WHOLE.replace("\"SessionToken\": \"a/token\",", ""),
            WHOLE.replace("\"Expiration\": \"2035-01-01T00:00:00Z\",", ""),
            WHOLE.replace("\"a/token\"", "null"),
            format!(" {WHOLE} "),
            WHOLE.replace("\"Version\": 1", "\"Version\": 2"),
            WHOLE.replace("\"Version\": 1", "\"Version\": \"1\""),
            WHOLE.replace("\"Version\": 1,", ""),
            WHOLE.replace("AccessKeyId", "AccessKey"),
            WHOLE.replace("SecretAccessKey", "Secret"),
            WHOLE.replace("\"AKIAEXAMPLE\"", "7"),
            WHOLE.replace("2035-01-01T00:00:00Z", "tomorrow"),
            WHOLE.replace("2035-01-01T00:00:00Z", "2035-01-01"),
            WHOLE[..WHOLE.len() - 1].to_owned(),
            "[]".to_owned(),
            "no JSON".to_owned(),
            String::new(),
        ];
        // It is not used.
        let http = Client::of_system(None, &Default::default()).unwrap();
        for output in cases {
            let ours = parse(output.as_bytes()).ok();
            let theirs = of_the_sdk(&output, http.clone());
            let seen = |found: &Option<Credentials>| {
                found.as_ref().map(|found| {
                    let (id, secret) = (found.access_key_id(), found.secret_access_key());
                    let token = found.session_token();
                    let account = found
                        .account_id()
                        .map(|account| account.as_str().to_owned());
                    format!("{id} {secret} {token:?} {:?} {account:?}", found.expiry())
                })
            };
            assert_eq!(seen(&ours), seen(&theirs), "{output}");
        }
    }

    #[test]
    fn a_secret_is_in_no_error() {
        let bad = WHOLE.replace("a/secret+key=", "a\u{7f}secret");
        let refused = parse(bad.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains("SecretAccessKey"), "{refused}");
        assert!(!refused.contains("secret\""), "{refused}");
        for cut in 0..WHOLE.len() {
            let refused = parse(&WHOLE.as_bytes()[..cut]).unwrap_err().to_string();
            assert_eq!(refused, Error::NotJson.to_string());
        }
    }
}
