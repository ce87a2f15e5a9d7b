//! What the stand-in knows and remembers: who holds which keys, which roles, clusters and grants there
//! are, how it is to misbehave, and what it has been asked.

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
    /// IAM Identity Center: the portal, and OIDC for it.
    Portal,
    /// Where a container gets its role's credentials.
    Container,
    /// The API servers of all clusters.
    Kubernetes,
    /// The instance metadata service, which nobody should ask.
    Metadata,
}

impl Service {
    /// An error in the service's own shape.
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

/// What was asked of it.
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
    /// A sign-in page, and what was decided there.
    Authorize,
    Consent,
    /// The same for a device code.
    Device,
    DeviceConsent,
    ContainerCredentials,
    DescribeCluster,
    /// Any request to an API server.
    Kubernetes,
    Other,
}

/// Who a key belongs to.
#[derive(Clone, Debug)]
pub struct Principal {
    /// As GetCallerIdentity shows it.
    pub arn: String,
    /// As `aws:PrincipalArn` in a policy: for a role session the role, path included.
    pub principal_arn: String,
    pub unique_id: String,
    /// `SAML:sub`: the user's name at the identity provider, for who signed in through one.
    pub saml_sub: Option<String>,
    /// The serial number of the principal's MFA device and the one code it shows.
    pub mfa: Option<(String, String)>,
}

impl Principal {
    /// Somebody signed in through IAM Identity Center.
    pub fn sso(account: &str, permission_set: &str, email: &str) -> Principal {
        let role = format!("AWSReservedSSO_{permission_set}_0123456789abcdef");
        let path = "aws-reserved/sso.amazonaws.com/eu-west-1";
        let role = format!("arn:aws:iam::{account}:role/{path}/{role}");
        Principal {
            saml_sub: Some(email.to_owned()),
            ..Principal::session(&role, email)
        }
    }

    /// A session of the role with this ARN.
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

    /// An IAM user.
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

/// A key and all that belongs to it.
#[derive(Clone, Debug)]
pub struct Key {
    pub access_key: String,
    pub secret: String,
    pub session_token: Option<String>,
    pub expires: Option<DateTime<Utc>>,
    pub principal: Principal,
}

/// Whom a role lets in.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The guide's policy: the session is named as the source's SAML:sub is, case ignored, and the source
    /// is a role of IAM Identity Center in the role's account.
    Guide,
    /// Anybody whose `aws:PrincipalArn` matches this pattern.
    Principal(String),
}

#[derive(Clone, Debug)]
pub struct Role {
    pub arn: String,
    pub trust: Trust,
    pub external_id: Option<String>,
    /// `aws:MultiFactorAuthPresent` is asked for.
    pub needs_mfa: bool,
    /// MaxSessionDuration, seconds; role chaining ends at 3,600 all the same.
    pub max_session: i64,
    /// May it eks:DescribeCluster?
    pub may_describe: bool,
}

impl Role {
    /// The role of the guide.
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
    pub version: String,
    /// Its aws-auth: roles whose sessions it lets in.
    pub mapped_roles: Vec<String>,
    /// Under which name: a template with `{{SessionNameRaw}}` or `{{SessionName}}` in it.
    pub username: String,
    /// As DescribeCluster tells it: from everywhere, or from these networks, or (public being false) from its own.
    pub public: bool,
    pub networks: Vec<String>,
    pub authentication_mode: String,
    /// Everybody may ask about oneself, as system:basic-user has it.
    pub basic_user: bool,
    /// It can list what somebody may do. With a webhook beside RBAC it cannot list all.
    pub lists_rules: bool,
    /// Namespace and name of what runs there.
    pub pods: Vec<(String, String)>,
    /// Where its API server is, and the CA (PEM); filled in at the start.
    pub endpoint: String,
    pub ca: String,
}

impl Cluster {
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }
}

/// RBAC, as Apono would grant it: this user may look at pods in this namespace.
#[derive(Clone, Debug)]
pub struct Grant {
    pub user: String,
    pub namespace: String,
}

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Asked {
    pub service: Service,
    pub operation: Operation,
    pub method: String,
    pub path: String,
    pub parameters: Vec<(String, String)>,
    pub user_agent: Option<String>,
    /// The ARN or the user it was found to come from.
    pub caller: Option<String>,
    /// What an honest answer's status was, whatever fault was put upon it.
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
    /// An operation, how it fails, and how many times yet (`None`: for good).
    pub faults: Vec<(Operation, Fault, Option<usize>)>,
    pub delay: Duration,
    /// Role sessions live this long, whatever is asked for. Seconds.
    pub session_seconds: Option<i64>,
    /// Added to the clock, seconds.
    pub skew: i64,
    /// Minted session tokens are at least this long, bytes.
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

    /// The stand-in's clock.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.facts().skew)
    }

    /// Counts a connection and keeps hold of it, so that stopping can end it.
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

    /// Writes the request down and decides how the answer goes out, and how late.
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
