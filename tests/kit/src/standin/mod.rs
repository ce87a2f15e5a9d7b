//! An embedded stand-in for AWS and for the API servers of EKS clusters, on loopback.
//!
//! It enforces the protocols: it verifies signatures, applies trust policies, and checks EKS tokens like a cluster, with code
//! that it does not share with the binary under test. It can be set to produce faults, and it records all requests. It stops
//! when dropped.
//!
//! Initially, account 111122223333 has the guide's role `apono-k8s-access`, the cluster `prod` in eu-west-1 and these source
//! profiles: `default` (alice@example.com, signed in through IAM Identity Center), `bob` (bob@example.com, likewise), `elsewhere`
//! (Alice again, but in account 444455556666), `operator` (an IAM user with an MFA device; the guide's trust policy denies it).

mod codec;
mod container;
mod eks;
mod fault;
mod http;
mod kube;
mod oidc;
mod oidc_token;
mod pages;
mod portal;
mod protobuf;
mod saml;
mod saml_response;
pub mod sigv4;
mod sts;
mod tls;
mod token;
mod web_identity;
mod world;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{fs, io};

use chrono::Utc;

pub use codec::{base64, base64_decode};
pub use fault::Fault;
use http::{Answer, Handler};
pub use portal::{RoleCredentials, SignIn};
pub use tls::{Authority, send};
use world::World;
pub use world::{Asked, Cluster, Grant, Key, Operation, Principal, Role, Service, Trust};

pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";
pub const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";

/// The initial state.
pub struct Options {
    /// STS and EKS use TLS; `env` then sets AWS_CA_BUNDLE to the CA. (API servers always use TLS.)
    pub tls: bool,
    /// Source credentials, each with its profile name in `~/.aws/credentials`.
    pub sources: Vec<(String, Key)>,
    pub roles: Vec<Role>,
    pub clusters: Vec<Cluster>,
    pub grants: Vec<Grant>,
}

impl Default for Options {
    fn default() -> Options {
        let mut operator = Principal::user(ACCOUNT, "operator");
        operator.mfa = Some((
            format!("arn:aws:iam::{ACCOUNT}:mfa/operator"),
            "123456".to_owned(),
        ));
        let sources = [
            (
                "default",
                Principal::sso(ACCOUNT, "Engineer", "alice@example.com"),
            ),
            (
                "bob",
                Principal::sso(ACCOUNT, "Engineer", "bob@example.com"),
            ),
            (
                "elsewhere",
                Principal::sso("444455556666", "Engineer", "alice@example.com"),
            ),
            ("operator", operator),
        ];
        Options {
            tls: false,
            sources: sources
                .map(|(profile, principal)| (profile.to_owned(), Key::lasting(principal)))
                .into(),
            roles: vec![Role::guide(ROLE_ARN)],
            clusters: vec![Cluster::new("prod", REGION)],
            grants: vec![Grant {
                user: "alice@example.com".to_owned(),
                namespace: "default".to_owned(),
            }],
        }
    }
}

impl Key {
    /// Returns source credentials that do not expire; with a session token, except for an IAM user.
    pub fn lasting(principal: Principal) -> Key {
        let user = principal.arn.contains(":user/");
        Key {
            access_key: format!(
                "{}{}",
                if user { "AKIA" } else { "ASIA" },
                codec::identifier(&codec::random::<16>(), 16)
            ),
            secret: codec::secret::<30>(),
            session_token: (!user).then(codec::secret::<240>),
            expires: None,
            principal,
        }
    }
}

impl Cluster {
    /// Returns a cluster of the account, whose aws-auth maps the guide's role.
    pub fn new(name: &str, region: &str) -> Cluster {
        let pods = [
            ("default", "cart-5f6b8c9d7-2xkqp"),
            ("default", "checkout-7d9f8b6c5-m4zvt"),
            ("payments", "ledger-0"),
        ];
        Cluster {
            arn: format!("arn:aws:eks:{region}:{ACCOUNT}:cluster/{name}"),
            local_id: None,
            version: "1.33".to_owned(),
            mapped_roles: vec![ROLE_ARN.to_owned()],
            username: "{{SessionNameRaw}}".to_owned(),
            groups: Vec::new(),
            authenticates: true,
            public: true,
            networks: vec!["0.0.0.0/0".to_owned()],
            authentication_mode: "CONFIG_MAP".to_owned(),
            basic_user: true,
            lists_rules: true,
            lists_namespaces: false,
            pods: pods
                .map(|(namespace, pod)| (namespace.to_owned(), pod.to_owned()))
                .into(),
            endpoint: String::new(),
            ca: String::new(),
        }
    }
}

/// A running stand-in.
pub struct StandIn {
    world: Arc<World>,
    authority: Authority,
    listeners: Vec<(Service, SocketAddr)>,
    sources: Vec<(String, Key)>,
    tls: bool,
    files: tempfile::TempDir,
}

impl StandIn {
    pub fn start(options: Options) -> StandIn {
        StandIn::try_start(options).expect("the stand-in can listen on loopback")
    }

    fn try_start(options: Options) -> io::Result<StandIn> {
        let authority = Authority::new();
        let files = tempfile::tempdir()?;
        fs::write(files.path().join("ca.pem"), authority.pem())?;
        let world = Arc::new(World::default());
        let server = authority.server();
        let plain_or_tls = options.tls.then(|| Arc::clone(&server));
        let mut listeners = Vec::new();
        let mut listen = |service, tls, handler: Handler| -> io::Result<SocketAddr> {
            let address = http::serve(&world, service, tls, handler)?;
            listeners.push((service, address));
            Ok(address)
        };
        listen(Service::Sts, plain_or_tls.clone(), Arc::new(sts::handle))?;
        listen(Service::Eks, plain_or_tls.clone(), Arc::new(eks::handle))?;
        let portal = listen(Service::Portal, plain_or_tls, Arc::new(portal::handle))?;
        listen(Service::Container, None, Arc::new(container::handle))?;
        listen(
            Service::Metadata,
            None,
            Arc::new(|_, _| (Operation::Other, Answer::new(404, "text/plain", ""))),
        )?;
        let mut clusters = options.clusters;
        for cluster in &mut clusters {
            let arn = cluster.arn.clone();
            let handler: Handler =
                Arc::new(move |world, request| kube::handle(world, &arn, request));
            cluster.endpoint = format!(
                "https://{}",
                listen(Service::Kubernetes, Some(Arc::clone(&server)), handler)?
            );
            cluster.ca = authority.pem();
        }
        let mut facts = world.facts();
        let scheme = if options.tls { "https" } else { "http" };
        facts.oidc.url = format!("{scheme}://{portal}");
        facts.keys = options
            .sources
            .iter()
            .map(|(_, key)| (key.access_key.clone(), key.clone()))
            .collect();
        facts.roles = options.roles;
        facts.clusters = clusters;
        facts.grants = options.grants;
        drop(facts);
        Ok(StandIn {
            world,
            authority,
            listeners,
            sources: options.sources,
            tls: options.tls,
            files,
        })
    }

    /// Returns a service's URL, without a path.
    pub fn url(&self, service: Service) -> String {
        let plain = [Service::Metadata, Service::Container].contains(&service);
        let scheme = if self.tls && !plain { "https" } else { "http" };
        let found = self
            .listeners
            .iter()
            .find(|(listens, _)| *listens == service);
        format!("{scheme}://{}", found.expect("every service listens").1)
    }

    /// Returns the variables with which a child process uses the stand-in; the rest of its environment should be empty.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![
            ("AWS_ENDPOINT_URL_STS", self.url(Service::Sts)),
            ("AWS_ENDPOINT_URL_EKS", self.url(Service::Eks)),
            ("AWS_ENDPOINT_URL_SSO", self.url(Service::Portal)),
            ("AWS_ENDPOINT_URL_SSO_OIDC", self.url(Service::Portal)),
            (
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                self.url(Service::Metadata),
            ),
        ];
        if self.tls {
            env.push((
                "AWS_CA_BUNDLE",
                self.files.path().join("ca.pem").display().to_string(),
            ));
        }
        env
    }

    /// Writes the source credentials to `.aws/credentials` in this directory.
    pub fn write_home(&self, home: &Path) -> io::Result<()> {
        fs::create_dir_all(home.join(".aws"))?;
        let sections = self.sources.iter().map(|(profile, key)| {
            let token = key.session_token.as_ref();
            let token = token
                .map(|token| format!("aws_session_token = {token}\n"))
                .unwrap_or_default();
            let (id, secret) = (&key.access_key, &key.secret);
            format!(
                "[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}"
            )
        });
        fs::write(
            home.join(".aws/credentials"),
            sections.collect::<Vec<_>>().join("\n"),
        )
    }

    /// Returns the source credentials of this profile.
    pub fn source(&self, profile: &str) -> &Key {
        let found = self.sources.iter().find(|(name, _)| name == profile);
        &found.expect("the profile is one of the sources").1
    }

    /// Returns the CA that signed all certificates of the stand-in (PEM).
    pub fn ca(&self) -> String {
        self.authority.pem()
    }

    /// Returns the cluster with this name, including its endpoint.
    pub fn cluster(&self, name: &str) -> Cluster {
        let facts = self.world.facts();
        facts
            .clusters
            .iter()
            .find(|cluster| cluster.name() == name)
            .expect("the cluster is one of the clusters")
            .clone()
    }

    /// Changes an existing cluster.
    pub fn change_cluster(&self, name: &str, change: impl FnOnce(&mut Cluster)) {
        let mut facts = self.world.facts();
        let mut clusters = facts.clusters.iter_mut();
        change(
            clusters
                .find(|cluster| cluster.name() == name)
                .expect("the cluster is one of the clusters"),
        );
    }

    /// Removes all access grants.
    pub fn revoke_all(&self) {
        self.world.facts().grants.clear();
    }

    /// Returns every secret key, session token, client secret, code, token and SAML response that it knows or has issued.
    pub fn secrets(&self) -> Vec<String> {
        let facts = self.world.facts();
        let of = |key: &Key| [Some(key.secret.clone()), key.session_token.clone()];
        facts
            .keys
            .values()
            .flat_map(of)
            .flatten()
            .chain(facts.oidc.issued.iter().cloned())
            .chain(facts.saml.presented.iter().cloned())
            .collect()
    }

    /// Adds credentials that AWS accepts.
    pub fn add_key(&self, key: Key) {
        self.world.facts().keys.insert(key.access_key.clone(), key);
    }

    /// Returns new credentials of a role session, as if STS had issued them, without a request.
    pub fn mint(&self, role: &Role, session: &str, seconds: i64) -> Key {
        sts::mint(&self.world, role, session, seconds)
    }

    /// Makes the credentials with this access key ID expire now.
    pub fn expire(&self, access_key: &str) {
        if let Some(key) = self.world.facts().keys.get_mut(access_key) {
            key.expires = Some(Utc::now() - Duration::from_secs(86_400));
        }
    }

    /// Adds a role, or replaces the role with the same ARN.
    pub fn put_role(&self, role: Role) {
        self.delete_role(&role.arn);
        self.world.facts().roles.push(role);
    }

    pub fn delete_role(&self, arn: &str) {
        self.world.facts().roles.retain(|role| role.arn != arn);
    }

    pub fn grant(&self, user: &str, namespace: &str) {
        self.world.facts().grants.push(Grant {
            user: user.to_owned(),
            namespace: namespace.to_owned(),
        });
    }

    /// Sets a fault for the operation, until `behave` is called.
    pub fn misbehave(&self, operation: Operation, fault: Fault) {
        self.world.facts().faults.push((operation, fault, None));
    }

    /// Sets a fault for the next `times` requests of the operation.
    pub fn misbehave_times(&self, operation: Operation, fault: Fault, times: usize) {
        self.world
            .facts()
            .faults
            .push((operation, fault, Some(times)));
    }

    /// Removes all faults and delays, and sets the correct time.
    pub fn behave(&self) {
        let mut facts = self.world.facts();
        facts.faults.clear();
        facts.delay = Duration::ZERO;
        facts.skew = 0;
        facts.session_token_bytes = 0;
    }

    /// Delays every response by this long, except those of clusters.
    pub fn set_delay(&self, delay: Duration) {
        self.world.facts().delay = delay;
    }

    /// Limits new role sessions to this many seconds, whatever duration is requested.
    pub fn set_session_seconds(&self, seconds: i64) {
        self.world.facts().session_seconds = Some(seconds);
    }

    /// Sets the clock this many seconds ahead, which affects the Date header and the verification of signatures.
    pub fn set_clock_skew(&self, seconds: i64) {
        self.world.facts().skew = seconds;
    }

    /// Makes STS refuse the requests in tokens of clusters, as if their credentials had expired.
    pub fn refuse_tokens(&self) {
        self.world.facts().refuses_tokens = true;
    }

    /// Sets the approximate length of new session tokens.
    pub fn set_session_token_bytes(&self, bytes: usize) {
        self.world.facts().session_token_bytes = bytes;
    }

    /// Returns the recorded requests, in order.
    pub fn log(&self) -> Vec<Asked> {
        self.world.facts().log.clone()
    }

    /// Returns the number of recorded requests of the operation.
    pub fn count(&self, operation: Operation) -> usize {
        self.world
            .facts()
            .log
            .iter()
            .filter(|asked| asked.operation == operation)
            .count()
    }

    /// Returns the first recorded request of the operation.
    #[track_caller]
    pub fn first(&self, operation: Operation) -> Asked {
        let mut log = self.log().into_iter();
        let first = log.find(|asked| asked.operation == operation);
        first.unwrap_or_else(|| panic!("no request for {operation:?}"))
    }

    /// Returns the number of TCP connections to the service.
    pub fn connections(&self, service: Service) -> usize {
        self.world
            .facts()
            .connections
            .get(&service)
            .copied()
            .unwrap_or_default()
    }

    /// Clears the recorded requests and connections.
    pub fn forget(&self) {
        let mut facts = self.world.facts();
        facts.log.clear();
        facts.connections.clear();
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.world.stopping.store(true, Ordering::SeqCst);
        for (_, address) in &self.listeners {
            http::wake(*address);
        }
        self.world.disconnect_all();
    }
}
