//! `export-credentials`: prints the role's credentials for another tool, in the formats of `aws configure
//! export-credentials`.

use chrono::SecondsFormat;
use serde::Serialize;

use super::get_token;
use crate::cli::{ExportCredentials, ExportFormat};
use crate::context::Context;
use crate::credentials::{Credentials, Secret};
use crate::failure::Failure;

pub fn run(context: &Context, args: &ExportCredentials) -> Result<(), Failure> {
    let grant = get_token::grant(context, None)?;
    let text = render(args.format, &grant.credentials);
    context.output.result(text.reveal())
}

/// The output of a credential_process:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Process<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: &'a str,
}

/// Returns the environment variables of the credentials, as every AWS tool reads them.
pub fn variables(credentials: &Credentials) -> [(&'static str, String); 4] {
    [
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
        (
            "AWS_SECRET_ACCESS_KEY",
            credentials.secret_access_key.reveal().to_owned(),
        ),
        (
            "AWS_SESSION_TOKEN",
            credentials.session_token.reveal().to_owned(),
        ),
        ("AWS_CREDENTIAL_EXPIRATION", expiration(credentials)),
    ]
}

fn expiration(credentials: &Credentials) -> String {
    credentials
        .expires_at
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Returns the credentials in a format. The values contain only letters, digits and `+/=_.:-` (checked when STS returned
/// them), which no shell interprets: they need no quotes.
pub fn render(format: ExportFormat, credentials: &Credentials) -> Secret {
    let lines = |line: fn(&str, &str) -> String| {
        let variables = variables(credentials);
        variables
            .iter()
            .map(|(name, value)| line(name, value))
            .collect()
    };
    Secret::new(match format {
        ExportFormat::Process => {
            let process = Process {
                version: 1,
                access_key_id: &credentials.access_key_id,
                secret_access_key: credentials.secret_access_key.reveal(),
                session_token: credentials.session_token.reveal(),
                expiration: &expiration(credentials),
            };
            // This cannot fail: there are only strings.
            serde_json::to_string_pretty(&process).unwrap_or_default() + "\n"
        }
        ExportFormat::Env => lines(|name, value| format!("export {name}={value}\n")),
        ExportFormat::EnvNoExport => lines(|name, value| format!("{name}={value}\n")),
        ExportFormat::Fish => lines(|name, value| format!("set -gx {name} {value}\n")),
        ExportFormat::Powershell => lines(|name, value| format!("$Env:{name}=\"{value}\"\n")),
        ExportFormat::WindowsCmd => lines(|name, value| format!("set {name}={value}\n")),
    })
}
