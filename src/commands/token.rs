//! `token inspect`: shows what a cluster token contains, and whether a cluster would accept it. Makes no requests.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::cli::{Inspect, StatusFormat, Token};
use crate::context::Context;
use crate::credentials::Secret;
use crate::eks::inspect::{self, Age, Inspection, Problem, Value};
use crate::eks::token::{MAX_LEN, PREFIX};
use crate::failure::{Failure, Kind};
use crate::output;
use crate::sys::file;

/// Maximum size of the input, in bytes. A token has at most 4,096, and an ExecCredential a little more.
const MAX_INPUT: u64 = 64 << 10;
/// Maximum length of a path, in bytes. A longer argument is probably the token itself, and is not printed.
const MAX_PATH: usize = 1_000;

pub fn run(context: &Context, args: &Token) -> Result<(), Failure> {
    let Token::Inspect(args) = args;
    inspect(context, args)
}

fn inspect(context: &Context, args: &Inspect) -> Result<(), Failure> {
    let input = read(context, &args.file)?;
    let token = token_in(&input)?;
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
        false => Err(rejected(&found.problems)),
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

/// Returns the token in an ExecCredential, else the whole text.
fn token_in(text: &Secret) -> Result<Secret, Failure> {
    #[derive(Deserialize)]
    struct ExecCredential {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        token: Secret,
    }
    let text = text.reveal().trim_ascii();
    match text.starts_with('{') {
        false => Ok(Secret::new(text)),
        // The JSON error is not shown: it could quote the token.
        true => serde_json::from_str(text)
            .map(|ExecCredential { status }| status.token)
            .map_err(|_| not_a_token("the JSON has no status.token")),
    }
}

fn not_a_token(cause: impl Into<String>) -> Failure {
    Failure::refused("the input is not an EKS token")
        .cause(cause)
        .hint("use the output of `apono-login get-token` or `aws eks get-token`, or the token alone, which starts with k8s-aws-v1.")
}

/// The JSON report. Its keys are part of the interface: add, do not rename.
#[derive(Serialize)]
struct Report<'a> {
    would_be_taken: bool,
    problems: Vec<String>,
    host: &'a str,
    region: Option<&'a str>,
    access_key_id: Option<&'a str>,
    signed_at: Option<String>,
    /// Seconds; negative if the token was signed by a clock ahead of this computer's.
    age: Option<i64>,
    taken_until: Option<String>,
    /// Seconds; 0 if the token has expired.
    seconds_left: i64,
    /// Seconds.
    x_amz_expires: Option<i64>,
    /// Bytes.
    size: usize,
    max_size: usize,
    signed_headers: &'a [String],
    /// The token is valid for one cluster only. The cluster name is signed, but not in the token.
    bound_to_a_cluster: bool,
    parameters: Vec<Parameter<'a>>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    name: &'a str,
    /// `null` if it is a secret.
    value: Option<&'a str>,
    characters: usize,
}

impl<'a> Report<'a> {
    fn new(found: &'a Inspection, now: DateTime<Utc>) -> Self {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let until = found.accepted_until();
        Report {
            would_be_taken: found.problems.is_empty(),
            problems: found.problems.iter().map(Problem::to_string).collect(),
            host: &found.host,
            region: found.region.as_ref().map(|region| region.as_str()),
            access_key_id: found.access_key_id.as_deref(),
            signed_at: found.signed_at.map(time),
            age: found.signed_at.map(|at| (now - at).num_seconds()),
            taken_until: until.map(time),
            seconds_left: until.map_or(0, |until| (until - now).num_seconds().max(0)),
            x_amz_expires: found.expires,
            size: found.size,
            max_size: MAX_LEN,
            signed_headers: &found.signed_headers,
            bound_to_a_cluster: found.is_bound_to_a_cluster(),
            parameters: found.parameters.iter().map(parameter).collect(),
        }
    }
}

fn parameter(parameter: &inspect::Parameter) -> Parameter<'_> {
    let (value, characters) = match &parameter.value {
        Value::Shown(value) => (Some(value.as_str()), value.chars().count()),
        Value::Hidden { characters } => (None, *characters),
    };
    Parameter {
        name: &parameter.name,
        value,
        characters,
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
            age if age < chrono::TimeDelta::zero() => format!("in {}", Age(-age)),
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
    let region = found.region.as_ref();
    let region = region.map_or_else(|| "none".to_owned(), |region| region.to_string());
    let mut rows = vec![
        ("host", found.host.clone()),
        ("region", region),
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
    for parameter in &found.parameters {
        let value = match &parameter.value {
            Value::Shown(value) => value.clone(),
            Value::Hidden { characters } => format!("({characters} characters, hidden)"),
        };
        rows.push(("parameter", format!("{}={value}", parameter.name)));
    }
    rows.push(("verdict", verdict.to_owned()));
    rows.iter()
        .map(|(name, value)| format!("{name:<COLUMN$}{}\n", output::clean(value)))
        .collect()
}

fn rejected(problems: &[Problem]) -> Failure {
    let failure = Failure::refused("a cluster would reject this token");
    let failure = problems.iter().fold(failure, |failure, problem| {
        failure.cause(problem.to_string())
    });
    let host = |problem: &Problem| matches!(problem, Problem::Host { .. });
    let hint = match problems {
        [Problem::Expired { .. }] => {
            "get a new token: `apono-login get-token --cluster-name CLUSTER` (kubectl gets new ones by itself)"
        }
        [Problem::NotYetValid { .. }] => {
            "set the clock of the computer that signed the token, and of this one (turn on automatic time), then get a new token"
        }
        [Problem::TooLong { .. }] => {
            "ask your AWS admin whether session tags or session policies were added to the role: they make tokens longer"
        }
        problems if problems.iter().any(host) => {
            "unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS where the token was made, and get a new token: it must name the host of AWS STS"
        }
        _ => "get a new token: `apono-login get-token --cluster-name CLUSTER`",
    };
    failure.hint(hint)
}
