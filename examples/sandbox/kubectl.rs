//! Finds kubectl on PATH, and sends its requests directly to the API server if it is not installed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Result;
use kit::standin::{base64_decode, send};

type Env = [(OsString, OsString)];

/// Returns the kubectl on PATH if it has `auth whoami`, which came with 1.27.
pub fn find(env: &Env) -> Option<PathBuf> {
    let name = if cfg!(windows) {
        "kubectl.exe"
    } else {
        "kubectl"
    };
    let path = env::var_os("PATH")?;
    let kubectl = env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())?;
    let mut asked = Command::new(&kubectl);
    asked
        .args(["version", "--client", "--output=json"])
        .env_clear()
        .envs(env.iter().cloned());
    let answer = asked.stdin(Stdio::null()).output().ok()?;
    let version: Value = serde_json::from_slice(&answer.stdout).ok()?;
    let version = &version["clientVersion"];
    let number = |key: &str| {
        version[key]
            .as_str()?
            .trim_end_matches('+')
            .parse::<u32>()
            .ok()
    };
    (number("major")? > 1 || number("minor")? >= 27).then_some(kubectl)
}

/// Does what kubectl would do: runs the command in the kubeconfig and sends its token with the request. Returns exit status
/// and output.
pub fn instead(home: &Path, env: &Env, args: &[&str]) -> Result<(Option<i32>, String)> {
    let (method, path) = match args {
        ["get", "pods"] => ("GET", "/api/v1/namespaces/default/pods".to_owned()),
        ["get", "pods", "-n", namespace] => ("GET", format!("/api/v1/namespaces/{namespace}/pods")),
        ["auth", "whoami"] => (
            "POST",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews".to_owned(),
        ),
        _ => return Err("this command needs kubectl, which was not found".into()),
    };
    let config = fs::read_to_string(home.join(".kube").join("config"))?;
    let authority = base64_decode(&scalar(&config, "certificate-authority-data")?)
        .ok_or("the CA is not base64")?;
    let server = scalar(&config, "server")?;
    let mut plugin = Command::new(scalar(&config, "command")?);
    plugin
        .args(list(&config, "args"))
        .env_clear()
        .envs(env.iter().cloned())
        .stdin(Stdio::null());
    let run = plugin.output()?;
    if !run.status.success() {
        return Ok((
            run.status.code(),
            String::from_utf8_lossy(&run.stderr).into_owned(),
        ));
    }
    let credential: Value = serde_json::from_slice(&run.stdout)?;
    let token = credential["status"]["token"]
        .as_str()
        .ok_or("there is no token in the ExecCredential")?;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Accept", "application/json"),
    ];
    let address = server
        .strip_prefix("https://")
        .ok_or("the server is not https")?;
    let (status, body) = send(
        &String::from_utf8(authority)?,
        address,
        (method, &path),
        &headers,
    )?;
    let failed = i32::from(status >= 400);
    Ok((Some(failed), readable(&serde_json::from_str(&body)?)))
}

/// Returns the value of the first `key:` in a kubeconfig that was just written, which is in block style.
fn scalar(config: &str, key: &str) -> Result<String> {
    let mut lines = config
        .lines()
        .map(|line| line.trim_start_matches([' ', '-']));
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    Ok(unquoted(
        value.ok_or_else(|| format!("the kubeconfig has no {key}"))?,
    ))
}

/// Returns the items of the list under the first `key:`.
fn list(config: &str, key: &str) -> Vec<String> {
    let mut lines = config
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != format!("{key}:"));
    lines.next();
    lines
        .map_while(|line| line.strip_prefix("- "))
        .map(unquoted)
        .collect()
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches('\'').to_owned())
}

/// Formats the relevant parts of a response, one per line.
fn readable(answer: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned() + "\n";
    match answer["kind"].as_str() {
        Some("Status") => format!(
            "Error from server ({}): {}",
            answer["reason"].as_str().unwrap_or_default(),
            text(&answer["message"])
        ),
        Some("SelfSubjectReview") => text(&answer["status"]["userInfo"]["username"]),
        _ => answer["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|pod| text(&pod["metadata"]["name"]))
            .collect(),
    }
}
