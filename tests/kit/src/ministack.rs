//! ministack (an AWS emulator), set up with the real aws CLI as the admin's guide describes.
//!
//! Account 111122223333 has Alice's SSO role, the role `apono-k8s-access` and the cluster `prod` in eu-west-1. The guide's
//! documents are used unchanged, except for what ministack does not support:
//!
//! * It does not substitute policy variables, so the trust policy names `alice@example.com` where the guide has `${SAML:sub}`.
//! * Its `aws:PrincipalArn` of a session is the session's ARN (AWS: the role's), so the trust policy lists a third pattern.
//!
//! The permission set also allows `sts:AssumeRole`, which ministack requires in addition to the trust policy.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::home::{Home, scratch};
use super::http::{self, Reply};
use super::tools;

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";
pub const CLUSTER: &str = "prod";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";
/// The session name that the trust policy allows.
pub const ALICE: &str = "alice@example.com";

const SSO_ROLE: &str = "AWSReservedSSO_Engineer_0123456789abcdef";

/// A running ministack. Stops when this value is dropped or when this process ends.
pub struct Ministack {
    address: String,
    /// A folder in cargo's `target/tmp`, kept until the next run: the log, the cluster's CA, the token webhook's kubeconfig.
    folder: PathBuf,
    process: Child,
    /// ministack exits when this is closed.
    _stdin: ChildStdin,
}

/// Returns the instance that all tests of a process share, which they only read. Prints where its log is, for failing tests.
pub fn shared() -> &'static Ministack {
    static SHARED: LazyLock<Ministack> = LazyLock::new(|| {
        let ministack = start();
        ministack.follow_the_guide();
        ministack
    });
    println!("ministack's log: {}", SHARED.folder.join("log").display());
    &SHARED
}

/// Starts an empty ministack.
pub fn start() -> Ministack {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let program = std::env::current_exe().unwrap();
    let name = format!(
        "{}-{}",
        program.file_stem().unwrap().display(),
        STARTED.fetch_add(1, Ordering::Relaxed)
    );
    let folder = scratch().join(name);
    // The port is free when it is chosen, but another program may take it before ministack does.
    let mut attempts = (0..3).map(|_| try_start(&folder));
    attempts
        .find_map(Result::ok)
        .unwrap_or_else(|| panic!("ministack did not start:\n{}", log(&folder)))
}

fn try_start(folder: &Path) -> Result<Ministack, ()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    let ca = rcgen::generate_simple_self_signed(vec!["kubernetes".into()]).unwrap();
    fs::write(folder.join("ca.crt"), ca.cert.pem()).unwrap();
    let output = File::create(folder.join("log")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut process = Command::new(tools::python())
        .arg(tools::in_repository("tests/tools/run_ministack.py"))
        .arg(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(["HOME", "TMPDIR"].map(|name| (name, folder)))
        .envs([
            ("AUTH", "true"),
            ("BIND_HOST", "127.0.0.1"),
            ("GATEWAY_PORT", &port.to_string()),
        ])
        .stdin(Stdio::piped())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let stdin = process.stdin.take().unwrap();
    let address = format!("127.0.0.1:{port}");
    let mut ministack = Ministack {
        address,
        folder: folder.to_owned(),
        process,
        _stdin: stdin,
    };
    let running = format!("Running on {}", ministack.url());
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end && ministack.process.try_wait().unwrap().is_none() {
        if log(folder).contains(&running) {
            return Ok(ministack);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(())
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap()
}

impl Drop for Ministack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Temporary credentials, as an SSO sign-in returns them.
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
}

impl Credentials {
    /// Returns them as a section of `~/.aws/credentials`.
    pub fn section(&self, profile: &str) -> String {
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        } = self;
        format!(
            "[{profile}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n\
             aws_session_token = {session_token}\n"
        )
    }
}

impl Ministack {
    /// Returns the value for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the home of a user whose `default` profile is signed in to SSO as `session_name`; all AWS tools there use this
    /// ministack.
    pub fn laptop_of(&self, session_name: &str) -> Home {
        let home = Home::new().with_env("AWS_ENDPOINT_URL", self.url());
        home.write(
            ".aws/credentials",
            self.sso_credentials(session_name).section("default"),
        );
        home
    }

    /// Returns credentials of a session of the SSO role.
    pub fn sso_credentials(&self, session_name: &str) -> Credentials {
        let role = format!(
            "arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{REGION}/{SSO_ROLE}"
        );
        let answer = self.admin(&[
            "sts",
            "assume-role",
            "--role-arn",
            &role,
            "--role-session-name",
            session_name,
        ]);
        let field = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
        Credentials {
            access_key_id: field("AccessKeyId"),
            secret_access_key: field("SecretAccessKey"),
            session_token: field("SessionToken"),
        }
    }

    /// Runs `aws ARGUMENTS…` as the account's root user and returns the response, or `Null` if there is none.
    pub fn admin(&self, arguments: &[&str]) -> Value {
        let home = Home::new()
            .with_env("AWS_ENDPOINT_URL", self.url())
            .with_env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .with_env("AWS_SECRET_ACCESS_KEY", "test");
        let common = ["--region", REGION, "--output", "json"];
        let output = home
            .run(tools::aws(), arguments.iter().chain(&common))
            .succeeds();
        if output.stdout.is_empty() {
            Value::Null
        } else {
            output.json()
        }
    }

    /// Sends the presigned request of a token to STS, as the EKS control plane does, with the name of the cluster that received
    /// the token.
    pub fn caller_identity(&self, presigned_url: &str, cluster: &str) -> Reply {
        let rest = presigned_url.strip_prefix("https://").unwrap();
        let (host, query) = rest.split_once('/').unwrap();
        http::get(
            &self.address,
            &format!("/{query}"),
            &[("Host", host), ("x-k8s-aws-id", cluster)],
        )
    }

    /// Returns ministack's own decision on a token for the cluster: the status of a Kubernetes TokenReview.
    pub fn review(&self, token: &str) -> Value {
        let webhook = fs::read_to_string(self.folder.join("eks-auth-webhook.yaml")).unwrap();
        let server = webhook
            .lines()
            .find_map(|line| line.trim().strip_prefix("server: http://"))
            .unwrap();
        let (_, path) = server.split_once('/').unwrap();
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
        let reply = http::post_json(&self.address, &format!("/{path}"), &review);
        assert_eq!(reply.status, 200, "{reply:?}");
        serde_json::from_str::<Value>(&reply.body).unwrap()["status"].take()
    }

    /// Performs the admin's steps of the guide, after AWS created the permission set's role.
    fn follow_the_guide(&self) {
        let create_role = |name: &str, path: &str, trust: Value| {
            self.admin(&[
                "iam",
                "create-role",
                "--role-name",
                name,
                "--path",
                path,
                "--assume-role-policy-document",
                &trust.to_string(),
            ]);
        };
        let put_policy = |role: &str, policy: Value| {
            self.admin(&[
                "iam",
                "put-role-policy",
                "--role-name",
                role,
                "--policy-name",
                "guide",
                "--policy-document",
                &policy.to_string(),
            ]);
        };
        create_role(
            SSO_ROLE,
            &format!("/aws-reserved/sso.amazonaws.com/{REGION}/"),
            statement(
                json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "sts:AssumeRole"}),
            ),
        );
        put_policy(
            SSO_ROLE,
            statement(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})),
        );

        create_role("apono-k8s-access", "/", guide_trust_policy());
        put_policy("apono-k8s-access", guide_permission_policy());

        let eks = json!({"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"});
        create_role("eks", "/", statement(eks));
        let eks_role = format!("arn:aws:iam::{ACCOUNT}:role/eks");
        self.admin(&[
            "eks",
            "create-cluster",
            "--name",
            CLUSTER,
            "--role-arn",
            &eks_role,
            "--resources-vpc-config",
            "subnetIds=subnet-1",
        ]);
        self.admin(&[
            "eks",
            "create-access-entry",
            "--cluster-name",
            CLUSTER,
            "--principal-arn",
            ROLE,
        ]);
        self.admin(&["eks", "wait", "cluster-active", "--name", CLUSTER]);
    }
}

fn guide_trust_policy() -> Value {
    statement(json!({
        "Sid": "Statement1",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEqualsIgnoreCase": {"sts:RoleSessionName": ALICE},
            "ArnLike": {"aws:PrincipalArn": [
                format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*"),
                format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*"),
                format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_*"),
            ]},
        },
    }))
}

fn guide_permission_policy() -> Value {
    statement(json!({
        "Effect": "Allow",
        "Action": "eks:DescribeCluster",
        "Resource": format!("arn:aws:eks:*:{ACCOUNT}:cluster/*"),
    }))
}

fn statement(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}
