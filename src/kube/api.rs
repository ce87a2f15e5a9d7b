//! Who a cluster says the user is, and what the user may do: requests to its API server with a bearer token.
//!
//! Only reviews of the user's own identity and permissions, which change nothing: the requests of `kubectl auth whoami` and
//! `kubectl auth can-i --list`.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review>

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::credentials::Secret;
use crate::sys::http::{self, Answer};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No response; the message is that of the connection.
    #[error("{message}")]
    Unreachable { message: String },
    /// The cluster rejected the token.
    #[error("401 Unauthorized")]
    Unauthorized,
    /// The cluster accepted the token, but does not permit the request.
    #[error("403 Forbidden: {message}")]
    Forbidden { message: String },
    /// The cluster is too old to have this API.
    #[error("404 Not Found")]
    NotFound,
    /// The API server is overloaded, or being upgraded.
    #[error("status {status}: {message}")]
    Unavailable { status: u16, message: String },
    /// The response is not one of an API server.
    #[error("status {status}: {message}")]
    Unreadable { status: u16, message: String },
}

/// A cluster's API server.
#[derive(Debug)]
pub struct Server {
    http: http::Client,
    /// `https://…`, without a path.
    endpoint: String,
}

/// Who the cluster says the user is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct User {
    /// Empty where the role is mapped to no name.
    pub username: String,
    pub groups: Vec<String>,
}

/// What a user may do in a namespace.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    pub resource_rules: Vec<Rule>,
    pub non_resource_rules: Vec<Rule>,
    /// The cluster cannot list all of it: it has an authorizer that only answers single questions, such as the webhook with
    /// which EKS applies access policies.
    pub incomplete: bool,
}

/// One rule: for resources, or for paths of the API server (`non_resource_urls`).
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    pub verbs: Vec<String>,
    pub api_groups: Vec<String>,
    pub resources: Vec<String>,
    pub resource_names: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
}

/// What every authenticated user may do with resources: review their own identity and permissions (`system:basic-user`).
const OWN_REVIEWS: [&str; 3] = [
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "selfsubjectreviews",
];
/// The paths that every authenticated user may read (`system:discovery`, `system:public-info-viewer`), and what is below them.
const DISCOVERY: [&str; 7] = [
    "/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version",
];

impl Rules {
    /// Returns the rules that permit more than every authenticated user may do.
    pub fn granted(self) -> Vec<Rule> {
        let all = self
            .resource_rules
            .into_iter()
            .chain(self.non_resource_rules);
        all.filter(Rule::grants).collect()
    }
}

impl Rule {
    fn grants(&self) -> bool {
        let is_more = |name: &String| !OWN_REVIEWS.contains(&name.as_str());
        let is_beyond = |path: &String| {
            let mut rests = DISCOVERY.iter().filter_map(|root| path.strip_prefix(root));
            !rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.resources.iter().any(is_more) || self.non_resource_urls.iter().any(is_beyond)
    }

    /// Returns whether the rule is about the list of namespaces only, which the user sees from any of them.
    pub fn is_of_namespaces(&self) -> bool {
        let reads = ["get", "list", "watch"];
        self.resources == ["namespaces"]
            && self.verbs.iter().all(|verb| reads.contains(&verb.as_str()))
    }
}

/// Verbs, then resources: `get, list pods`, `get deployments (API group apps) named shop`.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups = self.api_groups.iter().filter(|group| !group.is_empty());
        let groups: Vec<_> = groups.map(String::as_str).collect();
        let what = [self.resources.as_slice(), &self.non_resource_urls].concat();
        write!(f, "{} {}", self.verbs.join(", "), what.join(", "))?;
        if !groups.is_empty() && groups != ["*"] {
            write!(f, " (API group {})", groups.join(", "))?;
        }
        if !self.resource_names.is_empty() {
            write!(f, " named {}", self.resource_names.join(", "))?;
        }
        Ok(())
    }
}

impl Server {
    /// Returns the server at `endpoint`, of which `http` trusts the certificate authority.
    pub fn new(endpoint: &str, http: http::Client) -> Self {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Server { http, endpoint }
    }

    /// Returns the version, such as `v1.33.1-eks-0123456`; `None` where the cluster does not tell it to anonymous users.
    pub async fn version(&self) -> Result<Option<String>, Error> {
        match read(self.send("GET", "/version", None, None).await?) {
            Ok(version) => {
                let name = version["gitVersion"].as_str();
                name.map(|name| Some(name.to_owned()))
                    .ok_or_else(|| Error::Unreadable {
                        status: 200,
                        message: "the response has no version".to_owned(),
                    })
            }
            Err(Error::Unauthorized | Error::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the user that the cluster sees.
    pub async fn user(&self, token: &Secret) -> Result<User, Error> {
        let kind = "SelfSubjectReview";
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": kind });
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let mut response = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        if response["kind"] != kind {
            return Err(Error::Unreadable {
                status: 201,
                message: format!("the response is not a {kind}"),
            });
        }
        decoded(response["status"]["userInfo"].take())
    }

    /// Returns what the user may do in this namespace.
    pub async fn rules(&self, token: &Secret, namespace: &str) -> Result<Rules, Error> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
            "spec": { "namespace": namespace },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let mut response = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        decoded(response["status"].take())
    }

    /// Returns whether the user may do this in the namespace: for clusters that cannot list their rules. The resource may be
    /// one of another, such as `pods/log`.
    pub async fn may(
        &self,
        token: &Secret,
        namespace: &str,
        (verb, group, resource): (&str, &str, &str),
    ) -> Result<bool, Error> {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group,
                "resource": resource, "subresource": subresource,
            } },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let response = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        Ok(response["status"]["allowed"].as_bool().unwrap_or(false))
    }

    /// Returns the names of at most this many namespaces; none where the user may not list them.
    pub async fn namespaces(&self, token: &Secret, limit: usize) -> Result<Vec<String>, Error> {
        let path = format!("/api/v1/namespaces?limit={limit}");
        let response = match read(self.send("GET", &path, Some(token), None).await?) {
            Err(Error::Forbidden { .. }) => return Ok(Vec::new()),
            response => response?,
        };
        let items = response["items"].as_array().map_or(&[][..], Vec::as_slice);
        let names = items
            .iter()
            .filter_map(|item| item["metadata"]["name"].as_str());
        Ok(names.map(str::to_owned).collect())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&Secret>,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let unusable = |message: &dyn std::fmt::Display| Error::Unreachable {
            message: message.to_string(),
        };
        let body = body.map_or_else(SdkBody::empty, |body| SdkBody::from(body.to_string()));
        let mut request = HttpRequest::new(body);
        request.set_method(method).map_err(|e| unusable(&e))?;
        request
            .set_uri(format!("{}{path}", self.endpoint))
            .map_err(|e| unusable(&e))?;
        let headers = request.headers_mut();
        headers.insert("accept", "application/json");
        headers.insert("content-type", "application/json");
        headers.insert(
            "user-agent",
            concat!("apono-login/", env!("CARGO_PKG_VERSION")),
        );
        if let Some(token) = token {
            let value = format!("Bearer {}", token.reveal());
            headers
                .try_insert("authorization", value)
                .map_err(|_| Error::Unauthorized)?;
        }
        let sent = self.http.send(request).await;
        sent.map_err(|message| Error::Unreachable { message })
    }
}

/// Decodes a part of a response. One that is missing has nothing in it.
fn decoded<T: Default + DeserializeOwned>(part: Value) -> Result<T, Error> {
    let decoded: Result<Option<T>, _> = serde_json::from_value(part);
    let decoded = decoded.map_err(|error| Error::Unreadable {
        status: 201,
        message: error.to_string(),
    })?;
    Ok(decoded.unwrap_or_default())
}

fn read(answer: Answer) -> Result<Value, Error> {
    let status = answer.status;
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let message = body.as_ref().and_then(|body| body["message"].as_str());
    let message = message
        .unwrap_or("not a response of a Kubernetes API server")
        .to_owned();
    match (status, body) {
        (200 | 201, Some(body)) => Ok(body),
        (401, Some(_)) => Err(Error::Unauthorized),
        (403, Some(_)) => Err(Error::Forbidden { message }),
        (404, Some(_)) => Err(Error::NotFound),
        (429 | 500..=599, Some(body)) if body["kind"] == "Status" => {
            Err(Error::Unavailable { status, message })
        }
        (status, _) => Err(Error::Unreadable { status, message }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_words() {
        let rules: Rules = serde_json::from_value(json!({
            "resourceRules": [
                { "verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"] },
                { "verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"] },
                { "verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["shop"] },
                { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] },
            ],
            "nonResourceRules": [
                { "verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis/*", "/healthz", "/livez", "/version/"] },
                { "verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics"] },
            ],
            "incomplete": true,
        }))
        .unwrap();
        assert!(rules.incomplete);
        let granted = rules.granted();
        let shown: Vec<String> = granted.iter().map(Rule::to_string).collect();
        assert_eq!(
            shown,
            [
                "get, list pods, pods/log",
                "get deployments (API group apps) named shop",
                "* *",
                "get /healthz, /metrics",
            ]
        );
    }

    /// A username that is empty is left out of the response.
    #[test]
    fn users() {
        let user = |info: Value| decoded::<User>(info).unwrap();
        let alice =
            user(json!({ "username": "alice", "groups": ["system:authenticated"], "uid": "1" }));
        assert_eq!((alice.username.as_str(), alice.groups.len()), ("alice", 1));
        assert_eq!(user(json!({ "groups": [] })), User::default());
        assert_eq!(user(Value::Null), User::default());
        assert!(decoded::<User>(json!({ "username": 7 })).is_err());
    }

    #[test]
    fn responses_are_told_apart() {
        let of = |status, body: &str| {
            read(Answer {
                status,
                body: body.as_bytes().to_vec(),
            })
        };
        assert_eq!(of(401, "{}"), Err(Error::Unauthorized));
        assert!(
            matches!(of(403, "{\"message\": \"no\"}"), Err(Error::Forbidden { message }) if message == "no")
        );
        assert_eq!(of(404, "{}"), Err(Error::NotFound));
        let busy = of(503, "{\"kind\": \"Status\", \"message\": \"later\"}");
        assert!(matches!(busy, Err(Error::Unavailable { status: 503, .. })));
        // A proxy's page is not a refusal of the cluster.
        for status in [200, 401, 403, 404, 502] {
            let answer = of(status, "<html>");
            assert!(matches!(answer, Err(Error::Unreadable { .. })), "{status}");
        }
    }
}
