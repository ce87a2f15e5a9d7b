//! Each network step against each kind of misbehaviour.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sources::console;
use crate::sources::sign_in::{START_URL, Style};
use kit::Home;
use kit::home::{Output, Run};
use kit::idp::{Claims, Idp, PROVIDER_ARN};
use kit::laptop::{GET_TOKEN, LOGIN, PROFILE, UPDATE_KUBECONFIG};
use kit::machine::crowd;
use kit::misbehave::{self, Kind};
use kit::standin::{Options, StandIn};

/// A request that the program makes on the way to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    CreateToken,
    GetRoleCredentials,
    AssumeRole,
    AssumeRoleWithSaml,
    AssumeRoleWithWebIdentity,
    AssumeRoleOfChain,
    /// The renewal of console credentials (`aws login`).
    Console,
    DescribeCluster,
    Container,
    Metadata,
}

const STEPS: [Step; 10] = [
    Step::CreateToken,
    Step::GetRoleCredentials,
    Step::AssumeRole,
    Step::AssumeRoleWithSaml,
    Step::AssumeRoleWithWebIdentity,
    Step::AssumeRoleOfChain,
    Step::Console,
    Step::DescribeCluster,
    Step::Container,
    Step::Metadata,
];

/// The time in which every process has ended, and so has told its verdict: 20 s for that, and 1 s more.
const GONE: Duration = Duration::from_secs(21);
/// How many processes run at the same time. They mostly wait.
const AT_ONCE: usize = 60;
/// The pause between two starts: starting takes most of the processor's time.
const PAUSE: Duration = Duration::from_millis(100);
const SECRETS: [&str; 3] = [
    "planted-secret-key",
    "planted-token",
    "planted-refresh-token",
];

/// What all cells share: the good servers.
struct World {
    aws: StandIn,
    idp: Idp,
}

impl World {
    /// Prepares a command that comes to the step, and asks this server there.
    fn prepare(&self, step: Step, url: &str) -> (Home, Run) {
        let good = self.aws.env().into_iter();
        let home = good.fold(Home::new(), |home, (name, value)| {
            home.with_env(name, value)
        });
        home.write("ca.pem", self.aws.ca());
        let home = {
            let bundle = home.path("ca.pem");
            home.with_env("AWS_CA_BUNDLE", bundle)
        };
        let profile = |source: &str| PROFILE.replace("source_profile = default", source);
        let work = format!(
            "{}\n{}",
            profile("source_profile = work"),
            Style::Session.config()
        );
        let (config, variable, command) = match step {
            Step::CreateToken => (work, "AWS_ENDPOINT_URL_SSO_OIDC", GET_TOKEN),
            Step::GetRoleCredentials => (work, "AWS_ENDPOINT_URL_SSO", GET_TOKEN),
            Step::AssumeRole => (
                profile("source_profile = default"),
                "AWS_ENDPOINT_URL_STS",
                GET_TOKEN,
            ),
            Step::AssumeRoleWithSaml => (
                profile(&format!(
                    "apono_saml_provider_arn = {PROVIDER_ARN}\napono_saml_url = {}",
                    self.idp.url()
                )),
                "AWS_ENDPOINT_URL_STS",
                "login --saml-response response",
            ),
            Step::AssumeRoleWithWebIdentity => (
                profile("source_profile = web")
                    + &format!(
                        "[profile web]\nrole_arn = arn:aws:iam::111122223333:role/ci\nweb_identity_token_file = {}\n",
                        home.path("token").display()
                    ),
                "AWS_ENDPOINT_URL_STS",
                GET_TOKEN,
            ),
            Step::AssumeRoleOfChain => (
                profile("source_profile = mid")
                    + "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = default\n",
                "AWS_ENDPOINT_URL_STS",
                GET_TOKEN,
            ),
            Step::Console => {
                let keys = ["AKIAIOSFODNN7EXAMPLE", SECRETS[0], SECRETS[1]];
                let (path, file) = console::file(keys, SECRETS[2], "2026-01-01T00:00:00Z");
                home.write(&path, file);
                (
                    profile("source_profile = console") + &console::profile(),
                    "AWS_ENDPOINT_URL_SIGNIN",
                    GET_TOKEN,
                )
            }
            Step::DescribeCluster => (
                profile("source_profile = default"),
                "AWS_ENDPOINT_URL_EKS",
                UPDATE_KUBECONFIG,
            ),
            Step::Container => (
                profile("credential_source = EcsContainer"),
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                GET_TOKEN,
            ),
            Step::Metadata => (
                profile("credential_source = Ec2InstanceMetadata"),
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                GET_TOKEN,
            ),
        };
        home.write(".aws/config", config);
        home.write("token", SECRETS[1]);
        match step {
            Step::DescribeCluster => {
                self.aws.write_home(&home.path("")).unwrap();
                home.apono_login(LOGIN).succeeds();
            }
            _ => {
                let keys = format!(
                    "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {}\n",
                    SECRETS[0]
                );
                home.write(".aws/credentials", keys);
            }
        }
        let until = match step {
            Step::CreateToken => "2026-01-01T00:00:00Z",
            _ => "2099-01-01T00:00:00Z",
        };
        let token = serde_json::json!({
            "startUrl": START_URL,
            "region": "eu-west-1",
            "accessToken": SECRETS[1],
            "expiresAt": until,
            "clientId": "client",
            "clientSecret": SECRETS[0],
            "registrationExpiresAt": "2099-01-01T00:00:00Z",
            "refreshToken": SECRETS[2],
        });
        home.write(&Style::Session.token_file(), token.to_string());
        let response = self.idp.response(&Claims::of("alice@example.com"));
        home.write("response", response);
        let run = home.apono_login(command).env(variable, url);
        (home, run)
    }
}

struct Cell {
    step: Step,
    kind: Kind,
    took: Duration,
    output: Output,
}

/// Runs the cells, many at a time.
fn run(world: &World, cells: Vec<(Step, Kind)>) -> Vec<Cell> {
    let waiting = Mutex::new(VecDeque::from(cells));
    let ended = Mutex::new(Vec::new());
    let work = || loop {
        let (step, kind) = {
            let mut waiting = waiting.lock().unwrap();
            std::thread::sleep(PAUSE);
            match waiting.pop_front() {
                Some(next) => next,
                None => return,
            }
        };
        let (_home, run) = world.prepare(step, &misbehave::start(kind));
        let started = Instant::now();
        let output = run.output();
        let took = started.elapsed();
        ended.lock().unwrap().push(Cell {
            step,
            kind,
            took,
            output,
        });
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    ended.into_inner().unwrap()
}

/// Returns the exit status: 4, except where the request did not fail as the network's.
fn expected(step: Step, kind: Kind) -> i32 {
    match (step, kind) {
        // The SDK reads it as credentials without keys, and STS rejects those.
        (Step::Console, Kind::Empty) => 1,
        _ => 4,
    }
}

fn check(cell: &Cell) -> Result<(), String> {
    let Cell {
        step,
        kind,
        took,
        output,
    } = cell;
    let expected = expected(*step, *kind);
    let problem = match output.status.code() {
        _ if *took > GONE => "took too long",
        code if code != Some(expected) => "another exit status",
        _ if !output.stdout.is_empty() => "something on stdout",
        _ if SECRETS.iter().any(|secret| output.stderr.contains(secret)) => "a secret",
        _ if !["error: ", "cause: ", "hint: "]
            .iter()
            .all(|label| output.stderr.contains(label)) =>
        {
            "no error, cause or hint"
        }
        _ => return Ok(()),
    };
    Err(format!(
        "{step:?} × {kind:?}: {problem} after {took:.1?}\n{output}"
    ))
}

#[test]
fn every_step_ends_whatever_the_server_does() {
    // Most of the time they wait, but starting so many takes the whole machine.
    let _crowd = crowd();
    let cells = STEPS
        .into_iter()
        .flat_map(|step| Kind::ALL.map(|kind| (step, kind)));
    let world = World {
        aws: StandIn::start(Options::default()),
        idp: Idp::start(),
    };
    let mut cells = run(&world, cells.collect());
    // A busy machine: once more, with fewer at the same time.
    let (late, in_time): (Vec<_>, _) = cells.into_iter().partition(|cell| cell.took > GONE);
    cells = in_time;
    cells.extend(run(
        &world,
        late.iter().map(|cell| (cell.step, cell.kind)).collect(),
    ));
    if std::env::var_os("APONO_LOGIN_LONG").is_some() {
        for cell in &cells {
            let Cell {
                step,
                kind,
                took,
                output,
            } = cell;
            println!(
                "{step:?} × {kind:?}: {:?} after {took:.1?}",
                output.status.code()
            );
        }
    }
    let slowest = cells.iter().map(|cell| cell.took).max().unwrap();
    let faults: Vec<_> = cells.iter().filter_map(|cell| check(cell).err()).collect();
    println!(
        "{} cells, {} late at first, the slowest took {slowest:.1?}, {} faults",
        cells.len(),
        late.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
