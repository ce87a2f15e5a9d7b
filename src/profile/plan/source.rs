//! Where the credentials that assume a role come from.

use super::{SamlSource, SsoSource};
use crate::profile::keys;

/// Where the credentials that assume the role come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Another profile, or this one if it holds access keys itself. `origin` is the profile at the root of the chain; `hops` are
    /// the roles between it and that profile, in the order in which they are assumed.
    Profile {
        name: String,
        origin: String,
        root: Root,
        hops: Vec<Hop>,
    },
    /// `credential_source`: environment variables, the container's role or the EC2 instance's role.
    Named(Named),
    /// No source credentials: an identity provider's SAML response assumes the role itself.
    Saml(SamlSource),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Environment,
    EcsContainer,
    Ec2InstanceMetadata,
}

/// The root of a chain of source profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    StaticKeys,
    Sso(Box<SsoSource>),
    /// Console credentials from `aws login`.
    Login,
    Process {
        command: String,
    },
    WebIdentity {
        token_file: String,
    },
    Named(Named),
}

/// A role that is assumed between the root of a chain and the source profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub role_arn: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    pub mfa_serial: Option<String>,
}

impl Source {
    /// Returns the source profile, if there is one.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Source::Profile { name, .. } => Some(name),
            Source::Named(_) | Source::Saml(_) => None,
        }
    }

    /// Returns the name of the source profile, as the user types it.
    pub fn profile_name(&self) -> &str {
        self.profile().unwrap_or("default")
    }

    /// Returns what the first credentials come from. `None` if there are no source credentials.
    pub fn root(&self) -> Option<Root> {
        match self {
            Source::Profile { root, .. } => Some(root.clone()),
            Source::Named(named) => Some(Root::Named(*named)),
            Source::Saml(_) => None,
        }
    }

    /// Returns the roles between the root of the chain and the source profile.
    pub fn hops(&self) -> &[Hop] {
        match self {
            Source::Profile { hops, .. } => hops,
            Source::Named(_) | Source::Saml(_) => &[],
        }
    }

    /// Returns the profile at the root of the chain.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Source::Profile { origin, .. } => Some(origin),
            Source::Named(_) | Source::Saml(_) => None,
        }
    }

    /// Returns whether a role between the root of the chain and the source profile needs an MFA code.
    pub fn needs_code(&self) -> bool {
        self.hops().iter().any(|hop| hop.mfa_serial.is_some())
    }

    /// Returns the SSO sign-in at the root of the chain, if there is one.
    pub fn sso(&self) -> Option<&SsoSource> {
        match self {
            Source::Profile {
                root: Root::Sso(sso),
                ..
            } => Some(sso.as_ref()),
            _ => None,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Profile { name, root, .. } => write!(f, "profile {name} ({root})"),
            Source::Named(named) => write!(f, "{named}"),
            Source::Saml(saml) => write!(f, "{saml}"),
        }
    }
}

impl std::fmt::Display for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Root::StaticKeys => f.write_str("access keys"),
            Root::Sso(sso) => write!(f, "SSO at {}", sso.start_url),
            Root::Login => f.write_str("aws login"),
            Root::Process { .. } => f.write_str(keys::CREDENTIAL_PROCESS),
            Root::WebIdentity { .. } => f.write_str("web identity token"),
            Root::Named(named) => write!(f, "{named}"),
        }
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Named::Environment => "environment variables",
            Named::EcsContainer => "container role",
            Named::Ec2InstanceMetadata => "EC2 instance role",
        })
    }
}
