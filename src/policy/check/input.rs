//! The documents that the admin's tools print. The kind of a document is detected from its content.

use serde_json::Value;

use super::iam::Policy;
use crate::names::{ClusterName, RoleArn};

/// Maximum number of documents in one text, and of items in one list. IAM's highest quota of policies for a role is 20.
const MAX_ITEMS: usize = 1000;

/// The content of one document. Its text is unchecked.
#[derive(Debug, Clone)]
pub enum Content {
    /// `aws iam get-role`
    Role(Role),
    /// A trust policy only.
    Trust(Policy),
    /// `aws iam get-role-policy`, `aws iam get-policy-version`, or a permissions policy only.
    Permissions(Permissions),
    /// `aws iam list-attached-role-policies`: ARNs.
    Attached(Vec<String>),
    /// `aws iam list-role-policies`: names.
    Inline(Vec<String>),
    /// `aws iam get-policy`
    Managed(Managed),
    /// `kubectl get configmap aws-auth`
    AwsAuth(AwsAuth),
    /// `aws eks describe-access-entry`
    AccessEntry(AccessEntry),
    /// AWS reported that the role has no access entry. There is no document for this.
    NoAccessEntry,
    /// `aws eks list-access-entries`: ARNs.
    AccessEntries(Vec<String>),
    /// `aws eks list-associated-access-policies`
    AccessPolicies(AccessPolicies),
}

#[derive(Debug, Clone)]
pub struct Role {
    pub arn: String,
    pub trust: Policy,
    /// Seconds.
    pub max_session_duration: Option<u64>,
    pub boundary: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Permissions {
    pub policy: Policy,
    /// The ARN of the managed policy, if it is one and its ARN is known.
    pub arn: Option<String>,
    /// The name of the inline policy, if it is one.
    pub inline_name: Option<String>,
    /// Not an old version of a managed policy.
    pub in_force: bool,
}

#[derive(Debug, Clone)]
pub struct Managed {
    pub arn: String,
    /// Number of roles, users and groups that it is attached to.
    pub attachments: Option<u64>,
}

/// The texts of the ConfigMap that are checked.
#[derive(Debug, Clone, Default)]
pub struct AwsAuth {
    pub map_roles: Option<String>,
    pub map_users: Option<String>,
}

#[derive(Debug, Clone)]
pub struct AccessPolicies {
    pub cluster: Option<ClusterName>,
    /// The principal of the access entry. Some tools do not print it.
    pub principal: Option<String>,
    pub policies: Vec<AccessPolicy>,
}

impl AccessPolicies {
    /// Returns whether these are the access policies of the role, as far as is known.
    pub fn is_of(&self, role: &RoleArn) -> bool {
        self.principal
            .as_deref()
            .is_none_or(|principal| principal == role.as_str())
    }
}

#[derive(Debug, Clone)]
pub struct AccessPolicy {
    pub arn: String,
    /// The namespaces it is limited to; `None` is the whole cluster.
    pub namespaces: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
pub struct AccessEntry {
    pub cluster: Option<ClusterName>,
    pub principal: String,
    pub username: String,
    pub groups: Vec<String>,
    pub kind: String,
}

/// One document to check.
#[derive(Debug, Clone)]
pub struct Input {
    pub content: Content,
}

/// Why a text was rejected. `source_name` is the file or command it came from, `number` counts its documents from 1.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{source_name}: invalid JSON: {reason}")]
    NotJson { source_name: String, reason: String },
    #[error("{source_name}: more than {MAX_ITEMS} documents")]
    TooMany { source_name: String },
    #[error("{source_name}: empty")]
    Empty { source_name: String },
    #[error("{source_name}, document {number}: not a kind of document that this command can check")]
    Unknown { source_name: String, number: usize },
    #[error("{source_name}, document {number}: {reason}")]
    Malformed {
        source_name: String,
        number: usize,
        reason: String,
    },
}

/// Returns all documents in a text: one, or several one after another.
///
/// # Errors
/// One of them is not a document that can be checked.
pub fn read(source_name: &str, bytes: &[u8]) -> Result<Vec<Input>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut inputs = Vec::new();
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    for (at, document) in documents.enumerate() {
        let (source_name, number) = (source_name.to_owned(), at + 1);
        if number > MAX_ITEMS {
            return Err(Error::TooMany { source_name });
        }
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                let reason = error.to_string();
                return Err(Error::NotJson {
                    source_name,
                    reason,
                });
            }
        };
        match content(&document) {
            Ok(Some(content)) => inputs.push(Input { content }),
            Ok(None) => {
                return Err(Error::Unknown {
                    source_name,
                    number,
                });
            }
            Err(reason) => {
                return Err(Error::Malformed {
                    source_name,
                    number,
                    reason,
                });
            }
        }
    }
    match inputs.is_empty() {
        true => Err(Error::Empty {
            source_name: source_name.to_owned(),
        }),
        false => Ok(inputs),
    }
}

/// Returns the content of a document, `None` if it is of an unknown kind.
fn content(document: &Value) -> Result<Option<Content>, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cluster = || {
        document["clusterName"]
            .as_str()
            .and_then(|name| name.parse().ok())
    };
    let has = |key: &str| document.get(key).is_some();
    Ok(Some(if has("Role") {
        role(&document["Role"])?
    } else if has("AssumeRolePolicyDocument") {
        role(document)?
    } else if has("PolicyDocument") {
        Content::Permissions(Permissions {
            policy: Policy::parse(&document["PolicyDocument"])?,
            arn: None,
            inline_name: document["PolicyName"].as_str().map(str::to_owned),
            in_force: true,
        })
    } else if let Some(version) = document.get("PolicyVersion") {
        Content::Permissions(Permissions {
            policy: Policy::parse(&version["Document"])?,
            arn: None,
            inline_name: None,
            in_force: version["IsDefaultVersion"].as_bool().unwrap_or(true),
        })
    } else if has("AttachedPolicies") {
        Content::Attached(texts(&document["AttachedPolicies"], Some("PolicyArn"))?)
    } else if has("PolicyNames") {
        Content::Inline(texts(&document["PolicyNames"], None)?)
    } else if let Some(policy) = document.get("Policy") {
        Content::Managed(Managed {
            arn: text(&policy["Arn"]),
            attachments: policy["AttachmentCount"].as_u64(),
        })
    } else if let Some(entry) = document.get("accessEntry") {
        let groups = entry["kubernetesGroups"].as_array();
        Content::AccessEntry(AccessEntry {
            cluster: entry["clusterName"]
                .as_str()
                .and_then(|name| name.parse().ok()),
            principal: text(&entry["principalArn"]),
            username: text(&entry["username"]),
            groups: groups.into_iter().flatten().map(text).collect(),
            kind: text(&entry["type"]),
        })
    } else if has("associatedAccessPolicies") {
        let policies = list(&document["associatedAccessPolicies"])?;
        Content::AccessPolicies(AccessPolicies {
            cluster: cluster(),
            principal: document["principalArn"].as_str().map(str::to_owned),
            policies: policies
                .iter()
                .map(access_policy)
                .collect::<Result<_, _>>()?,
        })
    } else if has("accessEntries") {
        Content::AccessEntries(texts(&document["accessEntries"], None)?)
    } else if document["kind"] == "ConfigMap" {
        match document["metadata"]["name"].as_str() {
            Some("aws-auth") => {
                let text = |key: &str| document["data"][key].as_str().map(str::to_owned);
                Content::AwsAuth(AwsAuth {
                    map_roles: text("mapRoles"),
                    map_users: text("mapUsers"),
                })
            }
            _ => return Err("a ConfigMap other than aws-auth".to_owned()),
        }
    } else if has("Statement") {
        let policy = Policy::parse(document)?;
        let statements = document.get("Statement").into_iter();
        let is_trust = statements.flat_map(super::iam::each).any(|statement| {
            statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some()
        });
        match is_trust {
            true => Content::Trust(policy),
            false => Content::Permissions(Permissions {
                policy,
                arn: None,
                inline_name: None,
                in_force: true,
            }),
        }
    } else {
        return Ok(None);
    }))
}

fn list(value: &Value) -> Result<&[Value], String> {
    let items = value.as_array().ok_or("a list is not a JSON array")?;
    match items.len() > MAX_ITEMS {
        true => Err(format!("a list has more than {MAX_ITEMS} items")),
        false => Ok(items),
    }
}

/// Returns the items of a list, or their field `key`.
fn texts(value: &Value, key: Option<&str>) -> Result<Vec<String>, String> {
    let text = |item: &Value| {
        let text = key.map_or(item, |key| &item[key]).as_str();
        text.map(str::to_owned)
            .ok_or_else(|| "a list item is not text".to_owned())
    };
    list(value)?.iter().map(text).collect()
}

fn access_policy(policy: &Value) -> Result<AccessPolicy, String> {
    let scope = &policy["accessScope"];
    let arn = policy["policyArn"].as_str();
    Ok(AccessPolicy {
        arn: arn.ok_or("an access policy has no ARN")?.to_owned(),
        namespaces: match scope["type"].as_str() {
            Some("namespace") => Some(texts(&scope["namespaces"], None)?),
            _ => None,
        },
    })
}

fn role(role: &Value) -> Result<Content, String> {
    let boundary = &role["PermissionsBoundary"]["PermissionsBoundaryArn"];
    Ok(Content::Role(Role {
        arn: role["Arn"].as_str().unwrap_or_default().to_owned(),
        trust: Policy::parse(&role["AssumeRolePolicyDocument"])
            .map_err(|why| format!("invalid trust policy: {why}"))?,
        max_session_duration: role["MaxSessionDuration"].as_u64(),
        boundary: boundary.as_str().map(str::to_owned),
    }))
}
