//! `export-credentials`: prints the role's credentials for another tool, in the formats of `aws configure
//! export-credentials`.

use chrono::SecondsFormat;
use serde::Serialize;

use super::get_token;
use crate::cli::{ExportCredentials, ExportFormat};
use crate::context::Context;
use crate::credentials::Secret;
use crate::failure::Failure;
use crate::session::Grant;

pub fn run(context: &Context, args: &ExportCredentials) -> Result<(), Failure> {
    let grant = get_token::grant(context, "export-credentials", None)?;
    let text = render(args.format, &grant);
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
    account_id: &'a str,
}

/// Returns the environment variables of the credentials, as every AWS tool reads them. Services with endpoints of an account
/// need the last one.
pub fn variables(grant: &Grant) -> [(&'static str, String); 5] {
    let credentials = &grant.credentials;
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
        ("AWS_CREDENTIAL_EXPIRATION", expiration(grant)),
        ("AWS_ACCOUNT_ID", grant.header.account.clone()),
    ]
}

fn expiration(grant: &Grant) -> String {
    let expires_at = grant.credentials.expires_at;
    expires_at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Returns the credentials in a format. The values contain only letters, digits and `+/=_.:-` (checked when STS returned
/// them), which no shell interprets: they need no quotes.
pub fn render(format: ExportFormat, grant: &Grant) -> Secret {
    let lines = |line: fn(&str, &str) -> String| {
        let variables = variables(grant);
        variables
            .iter()
            .map(|(name, value)| line(name, value))
            .collect()
    };
    Secret::new(match format {
        ExportFormat::Process => {
            let credentials = &grant.credentials;
            let process = Process {
                version: 1,
                access_key_id: &credentials.access_key_id,
                secret_access_key: credentials.secret_access_key.reveal(),
                session_token: credentials.session_token.reveal(),
                expiration: &expiration(grant),
                account_id: &grant.header.account,
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
