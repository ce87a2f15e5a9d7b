//! `token inspect`: what a cluster's token says, and whether a cluster would take it. Asks nobody.

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

/// Bytes of input. A token is at most 4,096, and an ExecCredential little more.
const MAX_INPUT: u64 = 64 << 10;
/// Bytes of a path. What is longer is no path but the token itself, and is not repeated.
const LONGEST_PATH: usize = 1_000;

pub fn run(context: &Context, args: &Token) -> Result<(), Failure> {
    let Token::Inspect(args) = args;
    inspect(context, args)
}

fn inspect(context: &Context, args: &Inspect) -> Result<(), Failure> {
    let input = read(context, &args.file)?;
    let token = token_in(&input)?;
    let now = context.now();
    let found =
        inspect::inspect(token.reveal(), now).map_err(|error| no_token(error.to_string()))?;
    let text = match args.output {
        StatusFormat::Json => output::json(&Report::new(&found, now)),
        StatusFormat::Text => text(&found, now),
    };
    context.output.result(&text)?;
    match found.problems.is_empty() {
        true => Ok(()),
        false => Err(refused(&found.problems)),
    }
}

fn read(context: &Context, file: &Path) -> Result<Secret, Failure> {
    let typed = file.as_os_str().as_encoded_bytes();
    if typed.len() > LONGEST_PATH || typed.starts_with(PREFIX.as_bytes()) || typed.starts_with(b"{")
    {
        return Err(usage("a token is never taken from the command line").cause(
            "other users of this computer can see command lines, and shells remember them",
        ));
    }
    let bytes = match typed {
        b"-" if context.can_ask => {
            return Err(usage("there is no token on standard input").cause("it is your terminal"));
        }
        b"-" => file::read_stdin(MAX_INPUT)?,
        _ => file::read_input(file, MAX_INPUT)?,
    };
    let text = String::from_utf8(bytes).map_err(|_| no_token("it is not text"))?;
    Ok(Secret::new(text))
}

fn usage(error: &str) -> Failure {
    Failure::new(Kind::Usage, error)
        .hint("pipe it: `apono-login get-token --cluster-name CLUSTER | apono-login token inspect`")
}

/// The token of an ExecCredential, else all of the text.
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
        // What is wrong with the JSON is not said: it could be a part of the token.
        true => serde_json::from_str(text)
            .map(|ExecCredential { status }| status.token)
            .map_err(|_| no_token("it is JSON without a status.token")),
    }
}

fn no_token(cause: impl Into<String>) -> Failure {
    Failure::refused("that is not a token of an EKS cluster")
        .cause(cause)
        .hint("pipe what `apono-login get-token` or `aws eks get-token` prints, or the token alone: k8s-aws-v1.…")
}

/// Fields are part of the interface: add, do not rename.
#[derive(Serialize)]
struct Report<'a> {
    would_be_taken: bool,
    problems: Vec<String>,
    host: &'a str,
    region: Option<&'a str>,
    access_key_id: Option<&'a str>,
    signed_at: Option<String>,
    /// Seconds; negative when signed by a clock ahead of ours.
    age: Option<i64>,
    taken_until: Option<String>,
    /// Seconds; 0 when over.
    seconds_left: i64,
    /// Seconds.
    x_amz_expires: Option<i64>,
    /// Bytes.
    size: usize,
    max_size: usize,
    signed_headers: &'a [String],
    /// It is good for one cluster, whose name is signed and not in the token.
    bound_to_a_cluster: bool,
    parameters: Vec<Parameter<'a>>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    name: &'a str,
    /// `null` where it is a secret.
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
    let unknown = || "not there, or not readable".to_owned();
    let cluster = match found.is_bound_to_a_cluster() {
        true => "one, whose name is signed (x-k8s-aws-id) and not in the token",
        false => "none",
    };
    let signed_at = found.signed_at.map(|at| {
        let when = match now - at {
            age if age < chrono::TimeDelta::zero() => format!("{} from now", Age(-age)),
            age => format!("{} ago", Age(age)),
        };
        format!("{} ({when})", at.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let until = found.accepted_until().map(|until| {
        format!(
            "{}, and no longer than the credentials behind it",
            output::until(until, now)
        )
    });
    let expires = found.expires.map(|seconds| {
        format!("{seconds} s (clusters take 0 to 900, and go by 15 minutes from the signing)")
    });
    let verdict = match found.problems.is_empty() {
        true => "would be taken, if AWS finds the signature right",
        false => "would be refused",
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
        ("taken until", until.unwrap_or_else(unknown)),
        ("expires", expires.unwrap_or_else(unknown)),
        ("size", format!("{} of at most {MAX_LEN} bytes", found.size)),
        ("signed", found.signed_headers.join(", ")),
    ];
    for parameter in &found.parameters {
        let value = match &parameter.value {
            Value::Shown(value) => value.clone(),
            Value::Hidden { characters } => format!("({characters} characters, not shown)"),
        };
        rows.push(("parameter", format!("{}={value}", parameter.name)));
    }
    rows.push(("verdict", verdict.to_owned()));
    rows.iter()
        .map(|(name, value)| format!("{name:<12} {}\n", output::clean(value)))
        .collect()
}

fn refused(problems: &[Problem]) -> Failure {
    let failure = Failure::refused("a cluster would refuse this token");
    let failure = problems.iter().fold(failure, |failure, problem| {
        failure.cause(problem.to_string())
    });
    let host = |problem: &Problem| matches!(problem, Problem::Host { .. });
    let hint = match problems {
        [Problem::Expired { .. }] => {
            "get a new one: `apono-login get-token --cluster-name CLUSTER`; kubectl does so by itself"
        }
        [Problem::NotYetValid { .. }] => "set the clocks (turn on automatic time), and get a new one",
        [Problem::TooLong { .. }] => {
            "the session token in it is unusually long: ask your AWS admin whether session tags or policies were added to the role"
        }
        problems if problems.iter().any(host) => {
            "whoever made it asked a custom endpoint (AWS_ENDPOINT_URL): a token has to name AWS's own host"
        }
        _ => {
            "it was not made as clusters want it: `apono-login get-token --cluster-name CLUSTER` makes one"
        }
    };
    failure.hint(hint)
}
