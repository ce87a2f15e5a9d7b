//! The documents that the admin's tools print. The kind of a document is detected from its content.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::iam::{Json, Policy, each};
use crate::names::{ClusterName, RoleArn};

/// Maximum number of documents in one text, and of items in one list. IAM's highest quota of policies for a role is 20.
const MAX_ITEMS: usize = 1000;

/// One document to check. Its text is unchecked.
#[derive(Debug, Clone)]
pub enum Input {
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
    pub created: Option<DateTime<Utc>>,
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
    pub default_version: String,
}

/// The texts of the ConfigMap that are checked.
#[derive(Debug, Clone, Default)]
pub struct AwsAuth {
    pub map_roles: String,
    pub map_users: String,
    pub map_accounts: String,
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
    pub created: Option<DateTime<Utc>>,
}

/// Returns all documents in a text: one, or several one after another.
///
/// # Errors
/// One of them is not a document that can be checked. The text is the reason; `source_name` is the file or command that it
/// came from.
pub fn read(source_name: &str, bytes: &[u8]) -> Result<Vec<Input>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut inputs = Vec::new();
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Json>();
    for (at, document) in documents.enumerate() {
        let Json(document) =
            document.map_err(|error| format!("{source_name}: invalid JSON: {error}"))?;
        if at == MAX_ITEMS {
            return Err(format!("{source_name}: more than {MAX_ITEMS} documents"));
        }
        let input = Input::of(&document)
            .map_err(|reason| format!("{source_name}, document {}: {reason}", at + 1))?;
        inputs.push(input);
    }
    match inputs.is_empty() {
        true => Err(format!("{source_name}: empty")),
        false => Ok(inputs),
    }
}

impl Input {
    fn of(document: &Value) -> Result<Input, String> {
        let has = |key: &str| document.get(key).is_some();
        if let Some(role) = document.get("Role") {
            Role::of(role)
        } else if has("AssumeRolePolicyDocument") {
            Role::of(document)
        } else if let Some(policy) = document.get("PolicyDocument") {
            Ok(Input::Permissions(Permissions {
                inline_name: text(&document["PolicyName"]),
                ..Permissions::of(Policy::parse(policy)?)
            }))
        } else if let Some(version) = document.get("PolicyVersion") {
            Ok(Input::Permissions(Permissions {
                in_force: version["IsDefaultVersion"].as_bool().unwrap_or(true),
                ..Permissions::of(Policy::parse(&version["Document"])?)
            }))
        } else if let Some(policies) = document.get("AttachedPolicies") {
            let arns = list(policies)?.iter().map(|policy| &policy["PolicyArn"]);
            Ok(Input::Attached(arns.map(item).collect::<Result<_, _>>()?))
        } else if let Some(names) = document.get("PolicyNames") {
            Ok(Input::Inline(texts(names)?))
        } else if let Some(policy) = document.get("Policy") {
            Ok(Input::Managed(Managed {
                arn: text(&policy["Arn"]).unwrap_or_default(),
                attachments: policy["AttachmentCount"].as_u64(),
                default_version: text(&policy["DefaultVersionId"]).unwrap_or_default(),
            }))
        } else if let Some(entry) = document.get("accessEntry") {
            let groups = entry["kubernetesGroups"].as_array().into_iter().flatten();
            Ok(Input::AccessEntry(AccessEntry {
                cluster: cluster(entry),
                principal: text(&entry["principalArn"]).unwrap_or_default(),
                username: text(&entry["username"]).unwrap_or_default(),
                groups: groups
                    .map(|group| text(group).unwrap_or_default())
                    .collect(),
                kind: text(&entry["type"]).unwrap_or_default(),
                created: time(&entry["createdAt"]),
            }))
        } else if let Some(policies) = document.get("associatedAccessPolicies") {
            let policies = list(policies)?.iter().map(AccessPolicy::of);
            Ok(Input::AccessPolicies(AccessPolicies {
                cluster: cluster(document),
                principal: text(&document["principalArn"]),
                policies: policies.collect::<Result<_, _>>()?,
            }))
        } else if let Some(arns) = document.get("accessEntries") {
            Ok(Input::AccessEntries(texts(arns)?))
        } else if document["kind"] == "ConfigMap" {
            AwsAuth::of(document)
        } else if let Some(statements) = document.get("Statement") {
            let policy = Policy::parse(document)?;
            let names_principal =
                |s: &Value| s.get("Principal").is_some() || s.get("NotPrincipal").is_some();
            Ok(match each(statements).any(names_principal) {
                true => Input::Trust(policy),
                false => Input::Permissions(Permissions::of(policy)),
            })
        } else {
            Err("not a kind of document that this command can check".to_owned())
        }
    }
}

impl Role {
    fn of(role: &Value) -> Result<Input, String> {
        Ok(Input::Role(Role {
            arn: text(&role["Arn"]).unwrap_or_default(),
            trust: Policy::parse(&role["AssumeRolePolicyDocument"])
                .map_err(|why| format!("invalid trust policy: {why}"))?,
            max_session_duration: role["MaxSessionDuration"].as_u64(),
            boundary: text(&role["PermissionsBoundary"]["PermissionsBoundaryArn"]),
            created: time(&role["CreateDate"]),
        }))
    }
}

impl Permissions {
    fn of(policy: Policy) -> Permissions {
        Permissions {
            policy,
            arn: None,
            inline_name: None,
            in_force: true,
        }
    }
}

impl AwsAuth {
    /// Returns the ConfigMap that EKS reads: no other name, and no other namespace.
    fn of(document: &Value) -> Result<Input, String> {
        let metadata = &document["metadata"];
        if metadata["name"] != "aws-auth" {
            return Err("a ConfigMap other than aws-auth".to_owned());
        }
        match metadata.get("namespace").unwrap_or(&Value::Null) {
            // A file that was not applied yet.
            Value::Null => {}
            Value::String(namespace) if namespace == "kube-system" => {}
            other => {
                return Err(format!(
                    "aws-auth of namespace {other}: EKS reads only that of kube-system"
                ));
            }
        }
        let data = |key: &str| match &document["data"][key] {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            _ => Err(format!("{key} of aws-auth is not text")),
        };
        Ok(Input::AwsAuth(AwsAuth {
            map_roles: data("mapRoles")?,
            map_users: data("mapUsers")?,
            map_accounts: data("mapAccounts")?,
        }))
    }
}

impl AccessPolicy {
    fn of(policy: &Value) -> Result<AccessPolicy, String> {
        let scope = &policy["accessScope"];
        let is_limited = scope["type"] == "namespace";
        let namespaces = is_limited.then(|| texts(&scope["namespaces"]));
        Ok(AccessPolicy {
            arn: text(&policy["policyArn"]).ok_or("an access policy has no ARN")?,
            namespaces: namespaces.transpose()?,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Returns a time as the AWS CLI prints it: version 1 in seconds since 1970.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    match value.as_f64() {
        Some(seconds) => DateTime::from_timestamp(seconds as i64, 0),
        None => Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.to_utc()),
    }
}

fn cluster(document: &Value) -> Option<ClusterName> {
    document["clusterName"].as_str()?.parse().ok()
}

fn list(value: &Value) -> Result<&[Value], String> {
    let items = value.as_array().ok_or("a list is not a JSON array")?;
    match items.len() > MAX_ITEMS {
        true => Err(format!("a list has more than {MAX_ITEMS} items")),
        false => Ok(items),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    list(value)?.iter().map(item).collect()
}

fn item(value: &Value) -> Result<String, String> {
    text(value).ok_or_else(|| "a list item is not text".to_owned())
}
