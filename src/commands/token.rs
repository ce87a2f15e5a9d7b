//! `token inspect`: shows what a cluster token contains, and whether a cluster would accept it. Makes no requests.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::cli::{StatusFormat, Token};
use crate::context::Context;
use crate::credentials::Secret;
use crate::eks;
use crate::eks::inspect::{self, Age, Inspection, Problem};
use crate::eks::token::{MAX_LEN, PREFIX};
use crate::failure::{Failure, Kind};
use crate::kube::exec_credential;
use crate::names::Region;
use crate::output;
use crate::sys::file;

/// Maximum size of the input, in bytes. A token has at most 4,096, and an ExecCredential a little more.
const MAX_INPUT: u64 = 64 << 10;
/// Maximum length of a path, in bytes. A longer argument is probably the token itself, and is not printed.
const MAX_PATH: usize = 1_000;

pub fn run(context: &Context, Token::Inspect(args): &Token) -> Result<(), Failure> {
    let input = read(context, &args.file)?;
    let input = input.reveal().trim_ascii();
    let token = match input.starts_with('{') {
        true => exec_credential::token_in(input)
            .ok_or_else(|| not_a_token("the JSON has no status.token"))?,
        false => Secret::new(input),
    };
    let now = context.now();
    let found =
        inspect::inspect(token.reveal(), now).map_err(|error| not_a_token(error.to_string()))?;
    let text = match args.output {
        StatusFormat::Json => output::json(&Report::new(&found, now)),
        StatusFormat::Text => text(&found, now),
    };
    context.output.result(&text)?;
    match found.problems.is_empty() {
        true => Ok(()),
        false => Err(eks::explain::rejected(&found.problems)),
    }
}

/// Returns the input: the file, or standard input for `-`.
fn read(context: &Context, file: &Path) -> Result<Secret, Failure> {
    let typed = file.as_os_str().as_encoded_bytes();
    if typed.len() > MAX_PATH || typed.starts_with(PREFIX.as_bytes()) || typed.starts_with(b"{") {
        return Err(usage("invalid argument: must be a file, not the token itself").cause(
            "other users of this computer can see command lines, and the shell saves them in its history",
        ));
    }
    let bytes = match typed {
        b"-" if context.can_ask => {
            return Err(usage("no token on standard input").cause("standard input is the terminal"));
        }
        b"-" => file::read_stdin(MAX_INPUT)?,
        _ => file::read_input(file, MAX_INPUT)?,
    };
    let text = String::from_utf8(bytes).map_err(|_| not_a_token("the input is not UTF-8 text"))?;
    Ok(Secret::new(text))
}

fn usage(error: &str) -> Failure {
    Failure::new(Kind::Usage, error)
        .hint("pipe the token in: `apono-login get-token --cluster-name CLUSTER | apono-login token inspect`")
}

fn not_a_token(cause: impl Into<String>) -> Failure {
    Failure::refused("the input is not an EKS token")
        .cause(cause)
        .hint("use the output of `apono-login get-token` or `aws eks get-token`, or the token alone, which starts with k8s-aws-v1.")
}

/// What `--output json` prints. Its keys are part of the interface: add, do not rename.
#[derive(Serialize)]
struct Report<'a> {
    would_be_taken: bool,
    problems: Vec<String>,
    region: Option<String>,
    /// Seconds; negative if the token was signed by a clock ahead of this computer's.
    age: Option<i64>,
    taken_until: Option<DateTime<Utc>>,
    /// Seconds; 0 if the token has expired.
    seconds_left: i64,
    /// Bytes.
    max_size: usize,
    /// The token is valid for one cluster only. The cluster name is signed, but not in the token.
    bound_to_a_cluster: bool,
    #[serde(flatten)]
    token: &'a Inspection,
}

impl<'a> Report<'a> {
    fn new(found: &'a Inspection, now: DateTime<Utc>) -> Self {
        let until = found.accepted_until();
        Report {
            would_be_taken: found.problems.is_empty(),
            problems: found.problems.iter().map(Problem::to_string).collect(),
            region: found.region.as_ref().map(Region::to_string),
            age: found.signed_at.map(|at| (now - at).num_seconds()),
            taken_until: until,
            seconds_left: until.map_or(0, |until| (until - now).num_seconds().max(0)),
            max_size: MAX_LEN,
            bound_to_a_cluster: found.is_bound_to_a_cluster(),
            token: found,
        }
    }
}

fn text(found: &Inspection, now: DateTime<Utc>) -> String {
    /// The column of the values.
    const COLUMN: usize = 15;
    let unknown = || "missing or invalid".to_owned();
    let cluster = match found.is_bound_to_a_cluster() {
        true => {
            "valid for one cluster only; its name is signed (x-k8s-aws-id), but not in the token"
        }
        false => "not bound to a cluster",
    };
    let signed_at = found.signed_at.map(|at| {
        let when = match now - at {
            age if age < TimeDelta::zero() => format!("in {}", Age(-age)),
            age => format!("{} ago", Age(age)),
        };
        format!("{} ({when})", output::at_second(at))
    });
    let until = found.accepted_until().map(|until| {
        let shown = output::until(until, now);
        match until > now {
            true => format!("{shown}, unless the credentials that signed it expire before"),
            false => shown,
        }
    });
    let expires = found.expires.map(|seconds| {
        format!(
            "{seconds} s (must be 0 to 900; clusters accept a token for 15 min whatever the value)"
        )
    });
    let verdict = match found.problems.is_empty() {
        true => {
            "a cluster would accept this token if its signature is valid, which only AWS can check"
        }
        false => "a cluster would reject this token",
    };
    let region = found.region.as_ref().map(Region::to_string);
    let mut rows = vec![
        ("host", found.host.clone()),
        ("region", region.unwrap_or_else(|| "none".to_owned())),
        ("cluster", cluster.to_owned()),
        (
            "access key",
            found.access_key_id.clone().unwrap_or_else(unknown),
        ),
        ("signed at", signed_at.unwrap_or_else(unknown)),
        ("accepted until", until.unwrap_or_else(unknown)),
        ("X-Amz-Expires", expires.unwrap_or_else(unknown)),
        ("size", format!("{} of at most {MAX_LEN} bytes", found.size)),
        ("signed headers", found.signed_headers.join(", ")),
    ];
    rows.extend(found.parameters.iter().map(|parameter| {
        let value = parameter.value.clone();
        let value =
            value.unwrap_or_else(|| format!("({} characters, hidden)", parameter.characters));
        ("parameter", format!("{}={value}", parameter.name))
    }));
    rows.push(("verdict", verdict.to_owned()));
    rows.iter()
        .map(|(name, value)| format!("{name:<COLUMN$}{}\n", output::clean(value)))
        .collect()
}
