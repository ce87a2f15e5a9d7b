//! The stand-in's state: keys and their principals, roles, clusters, grants, the faults to produce, and the recorded requests.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::codec::identifier;
use super::container::Container;
use super::fault::{Delivery, Fault};
use super::http::{Answer, Request};
use super::oidc::Oidc;
use super::portal::SignIn;
use super::saml::Saml;
use super::web_identity::WebIdentity;
use super::{container, eks, kube, portal, sts};

/// A listener of the stand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Sts,
    Eks,
    /// IAM Identity Center: the portal and OIDC.
    Portal,
    /// The endpoint that gives a container its role credentials.
    Container,
    /// The API servers of all clusters.
    Kubernetes,
    /// The instance metadata service, which should never be called.
    Metadata,
}

impl Service {
    /// Returns an error in the service's own format.
    pub fn error(self, status: u16, code: &str, message: &str) -> Answer {
        match self {
            Service::Sts => sts::error(status, code, message),
            Service::Eks => eks::error(status, code, message),
            Service::Portal => portal::error(status, code, message),
            Service::Container => container::error(status, code, message),
            Service::Kubernetes => kube::status(status, code, message, serde_json::Value::Null),
            Service::Metadata => Answer::new(status, "text/plain", message),
        }
    }
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    AssumeRole,
    AssumeRoleWithWebIdentity,
    AssumeRoleWithSaml,
    GetCallerIdentity,
    GetRoleCredentials,
    ListAccountRoles,
    Logout,
    RegisterClient,
    StartDeviceAuthorization,
    CreateToken,
    /// A sign-in page, or a decision made on it.
    Authorize,
    Consent,
    /// A device sign-in page, or a decision made on it.
    Device,
    DeviceConsent,
    ContainerCredentials,
    DescribeCluster,
    /// Any request to an API server.
    Kubernetes,
    Other,
}

/// The owner of a key.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The ARN that GetCallerIdentity returns.
    pub arn: String,
    /// The ARN in `aws:PrincipalArn` of policies: for a role session that of the role, including its path.
    pub principal_arn: String,
    pub unique_id: String,
    /// `SAML:sub`: the user's name at the identity provider, if the user signed in through one.
    pub saml_sub: Option<String>,
    /// The serial number of the principal's MFA device, and the only code that it accepts.
    pub mfa: Option<(String, String)>,
}

impl Principal {
    /// Returns a user who is signed in through IAM Identity Center.
    pub fn sso(account: &str, permission_set: &str, email: &str) -> Principal {
        let role = format!("AWSReservedSSO_{permission_set}_0123456789abcdef");
        let path = "aws-reserved/sso.amazonaws.com/eu-west-1";
        let role = format!("arn:aws:iam::{account}:role/{path}/{role}");
        Principal {
            saml_sub: Some(email.to_owned()),
            ..Principal::session(&role, email)
        }
    }

    /// Returns a session of the role with this ARN.
    pub fn session(role_arn: &str, session: &str) -> Principal {
        let parts: Vec<&str> = role_arn.split(':').collect();
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        Principal {
            arn: format!(
                "arn:{}:sts::{}:assumed-role/{name}/{session}",
                parts[1], parts[4]
            ),
            principal_arn: role_arn.to_owned(),
            unique_id: format!("AROA{}:{session}", identifier(role_arn.as_bytes(), 17)),
            saml_sub: None,
            mfa: None,
        }
    }

    /// Returns an IAM user.
    pub fn user(account: &str, name: &str) -> Principal {
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        let unique_id = format!("AIDA{}", identifier(arn.as_bytes(), 17));
        Principal {
            principal_arn: arn.clone(),
            arn,
            unique_id,
            saml_sub: None,
            mfa: None,
        }
    }

    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}

/// Credentials and their owner.
#[derive(Clone, Debug)]
pub struct Key {
    pub access_key: String,
    pub secret: String,
    pub session_token: Option<String>,
    pub expires: Option<DateTime<Utc>>,
    pub principal: Principal,
}

/// Which principals a role's trust policy allows.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The guide's policy: the session name must equal the source's SAML:sub, ignoring case, and the source must be a role of
    /// IAM Identity Center in the role's account.
    Guide,
    /// Any principal whose `aws:PrincipalArn` matches this pattern.
    Principal(String),
}

#[derive(Clone, Debug)]
pub struct Role {
    pub arn: String,
    pub trust: Trust,
    pub external_id: Option<String>,
    /// The trust policy requires `aws:MultiFactorAuthPresent`.
    pub needs_mfa: bool,
    /// MaxSessionDuration in seconds; role chaining is limited to 3,600 regardless.
    pub max_session: i64,
    /// Whether the role may call eks:DescribeCluster.
    pub may_describe: bool,
}

impl Role {
    /// Returns the guide's role.
    pub fn guide(arn: &str) -> Role {
        let arn = arn.to_owned();
        Role {
            arn,
            trust: Trust::Guide,
            external_id: None,
            needs_mfa: false,
            max_session: 3600,
            may_describe: true,
        }
    }
}

/// A cluster; each has an API server of its own.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub arn: String,
    /// What its tokens are for instead of its name, if it is a local cluster on an Outpost.
    pub local_id: Option<String>,
    pub version: String,
    /// The roles that its aws-auth maps.
    pub mapped_roles: Vec<String>,
    /// The user name that aws-auth assigns: a template with `{{SessionNameRaw}}` or `{{SessionName}}`.
    pub username: String,
    /// The groups that aws-auth assigns, besides system:authenticated.
    pub groups: Vec<String>,
    /// Whether its authenticator runs. If not, it rejects every token.
    pub authenticates: bool,
    /// What DescribeCluster returns: reachable from `networks` if public, or only from the cluster's own network if not.
    pub public: bool,
    pub networks: Vec<String>,
    pub authentication_mode: String,
    /// Whether all users may query their own identity and permissions, as system:basic-user allows.
    pub basic_user: bool,
    /// Whether it can list a user's permissions. A cluster that has a webhook besides RBAC can only list some.
    pub lists_rules: bool,
    /// Whether all users may list its namespaces.
    pub lists_namespaces: bool,
    /// Namespace and name of each pod.
    pub pods: Vec<(String, String)>,
    /// The API server's URL, and its CA (PEM); both are filled in at the start.
    pub endpoint: String,
    pub ca: String,
}

impl Cluster {
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// Returns what tokens are for.
    pub fn id(&self) -> &str {
        self.local_id.as_deref().unwrap_or(self.name())
    }

    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }
}

/// An RBAC grant, as Apono would make it: this user may view pods in this namespace.
#[derive(Clone, Debug)]
pub struct Grant {
    pub user: String,
    pub namespace: String,
}

/// A recorded request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub service: Service,
    pub operation: Operation,
    pub method: String,
    pub path: String,
    pub parameters: Vec<(String, String)>,
    pub user_agent: Option<String>,
    /// The ARN or user that the request was authenticated as.
    pub caller: Option<String>,
    /// The status of the correct response, regardless of any fault applied to it.
    pub status: u16,
    pub note: Option<String>,
}

impl Asked {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
pub struct Facts {
    pub keys: HashMap<String, Key>,
    pub roles: Vec<Role>,
    pub clusters: Vec<Cluster>,
    pub grants: Vec<Grant>,
    pub sign_ins: Vec<SignIn>,
    pub oidc: Oidc,
    pub web_identities: Vec<WebIdentity>,
    pub saml: Saml,
    pub container: Option<Container>,
    /// Operation, fault, and how many times it remains (`None`: permanently).
    pub faults: Vec<(Operation, Fault, Option<usize>)>,
    pub delay: Duration,
    /// The lifetime of role sessions in seconds, whatever duration is requested.
    pub session_seconds: Option<i64>,
    /// Added to the clock, in seconds.
    pub skew: i64,
    /// STS refuses the requests in tokens of clusters.
    pub refuses_tokens: bool,
    /// The minimum length of new session tokens, in bytes.
    pub session_token_bytes: usize,
    pub log: Vec<Asked>,
    pub connections: HashMap<Service, usize>,
    last_connection: usize,
    open: HashMap<usize, TcpStream>,
}

#[derive(Default)]
pub struct World {
    pub stopping: AtomicBool,
    facts: Mutex<Facts>,
}

impl World {
    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Returns the stand-in's time.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.facts().skew)
    }

    /// Counts a connection and keeps a handle to it, so that stopping can close it.
    pub fn connected(&self, service: Service, stream: &TcpStream) -> io::Result<usize> {
        let mut facts = self.facts();
        *facts.connections.entry(service).or_default() += 1;
        facts.last_connection += 1;
        let id = facts.last_connection;
        facts.open.insert(id, stream.try_clone()?);
        Ok(id)
    }

    pub fn disconnected(&self, id: usize) {
        if let Some(stream) = self.facts().open.remove(&id) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn disconnect_all(&self) {
        for (_, stream) in self.facts().open.drain() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Records the request, and decides how the response is sent and with which delay.
    pub fn record(
        &self,
        service: Service,
        operation: Operation,
        request: &Request,
        answer: Answer,
    ) -> (Delivery, Duration) {
        let mut facts = self.facts();
        facts.log.push(Asked {
            service,
            operation,
            method: request.method.clone(),
            path: request.path.clone(),
            parameters: [request.parameters(), request.members()].concat(),
            user_agent: request.header("user-agent").map(str::to_owned),
            caller: answer.caller.clone(),
            status: answer.status,
            note: answer.note.clone(),
        });
        let planted = facts
            .faults
            .iter()
            .position(|(of, _, left)| *of == operation && *left != Some(0));
        let delivery = match planted {
            None => Delivery::Whole(answer),
            Some(index) => {
                let (_, fault, left) = &mut facts.faults[index];
                *left = left.map(|left| left - 1);
                fault.apply(service, answer)
            }
        };
        let delay = match service {
            Service::Kubernetes => Duration::ZERO,
            _ => facts.delay,
        };
        (delivery, delay)
    }
}
