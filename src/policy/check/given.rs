//! The documents that the admin's tools print, told apart by what is in them.

use serde_json::Value;

use super::iam::Policy;
use crate::names::{ClusterName, RoleArn};

/// Documents in one text, and items in one of their lists. IAM's largest quota of policies is 20.
const MAX_ITEMS: usize = 1000;

/// What one document holds. Text in it is as it came.
#[derive(Debug, Clone)]
pub enum Content {
    /// `aws iam get-role`
    Role(Role),
    /// A trust policy alone.
    Trust(Policy),
    /// `aws iam get-role-policy`, `aws iam get-policy-version`, or a policy alone.
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
    /// It was asked for, and there is none. No document says that.
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
    /// The managed policy it is of, where that is known.
    pub arn: Option<String>,
    /// Of a policy in the role itself.
    pub inline_name: Option<String>,
    pub in_force: bool,
}

#[derive(Debug, Clone)]
pub struct Managed {
    pub arn: String,
    /// To how many roles, users and groups it is attached.
    pub attachments: Option<u64>,
}

/// Texts of the ConfigMap, where it has them.
#[derive(Debug, Clone, Default)]
pub struct AwsAuth {
    pub map_roles: Option<String>,
    pub map_users: Option<String>,
}

#[derive(Debug, Clone)]
pub struct AccessPolicies {
    pub cluster: Option<ClusterName>,
    /// Whose they are; not all tools say it.
    pub principal: Option<String>,
    pub policies: Vec<AccessPolicy>,
}

impl AccessPolicies {
    pub fn is_of(&self, role: &RoleArn) -> bool {
        self.principal
            .as_deref()
            .is_none_or(|principal| principal == role.as_str())
    }
}

#[derive(Debug, Clone)]
pub struct AccessPolicy {
    pub arn: String,
    /// Where it counts, if not in the whole cluster.
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

#[derive(Debug, Clone)]
pub struct Given {
    pub content: Content,
}

/// `source` is where it came from, `number` the document's place there, from 1.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{source_name}: it is not JSON: {reason}")]
    NotJson { source_name: String, reason: String },
    #[error("{source_name}: there are more than {MAX_ITEMS} documents in it")]
    TooMany { source_name: String },
    #[error("{source_name}: there is nothing in it")]
    Empty { source_name: String },
    #[error("{source_name}, document {number}: it is none of the documents that are checked")]
    Unknown { source_name: String, number: usize },
    #[error("{source_name}, document {number}: {reason}")]
    Malformed {
        source_name: String,
        number: usize,
        reason: String,
    },
}

/// All documents in a text: one, or several one after the other.
///
/// # Errors
/// One of them is not a document that can be checked.
pub fn read(source_name: &str, bytes: &[u8]) -> Result<Vec<Given>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut given = Vec::new();
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
            Ok(Some(content)) => given.push(Given { content }),
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
    match given.is_empty() {
        true => Err(Error::Empty {
            source_name: source_name.to_owned(),
        }),
        false => Ok(given),
    }
}

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
            _ => return Err("it is another ConfigMap than aws-auth".to_owned()),
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
    let items = value.as_array().ok_or("a list in it is none")?;
    match items.len() > MAX_ITEMS {
        true => Err(format!("it lists more than {MAX_ITEMS}")),
        false => Ok(items),
    }
}

/// The items themselves, or their field `key`.
fn texts(value: &Value, key: Option<&str>) -> Result<Vec<String>, String> {
    let text = |item: &Value| {
        let text = key.map_or(item, |key| &item[key]).as_str();
        text.map(str::to_owned)
            .ok_or_else(|| "an item in it is no text".to_owned())
    };
    list(value)?.iter().map(text).collect()
}

fn access_policy(policy: &Value) -> Result<AccessPolicy, String> {
    let scope = &policy["accessScope"];
    let arn = policy["policyArn"].as_str();
    Ok(AccessPolicy {
        arn: arn.ok_or("an access policy in it has no ARN")?.to_owned(),
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
            .map_err(|why| format!("its trust policy cannot be read: {why}"))?,
        max_session_duration: role["MaxSessionDuration"].as_u64(),
        boundary: boundary.as_str().map(str::to_owned),
    }))
}
