//! A cluster's view of who asks: its API server, over HTTPS, with a bearer token.
//!
//! Only reviews of oneself, which change nothing: what `kubectl auth whoami` and `kubectl auth can-i --list` ask.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review>

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::credentials::Secret;
use crate::sys::http::{self, Answer};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer, in the words of the connection.
    #[error("{message}")]
    Unreachable { message: String },
    /// Who asks is not known to it.
    #[error("401 Unauthorized")]
    Unauthorized,
    /// Who asks is known, and may not.
    #[error("403 Forbidden: {message}")]
    Forbidden { message: String },
    /// It is too old for this question.
    #[error("404 Not Found")]
    NotFound,
    /// It is busy, or being upgraded.
    #[error("status {status}: {message}")]
    Unavailable { status: u16, message: String },
    /// Not what an API server says.
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

/// What somebody may do in a namespace.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    pub resource_rules: Vec<Rule>,
    /// There may be more that it cannot list.
    pub incomplete: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    pub verbs: Vec<String>,
    pub api_groups: Vec<String>,
    pub resources: Vec<String>,
    pub resource_names: Vec<String>,
}

/// What every authenticated user may do (`system:basic-user`): ask about oneself.
const EVERYBODYS: [&str; 3] = [
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "selfsubjectreviews",
];

impl Rule {
    /// It allows more than to ask about oneself.
    pub fn grants(&self) -> bool {
        let more = |name: &String| !EVERYBODYS.contains(&name.as_str());
        self.resources.iter().any(more)
    }
}

/// As `kubectl auth can-i --list` would say it: `get, list pods`.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let groups = self.api_groups.iter().filter(|group| !group.is_empty());
        let groups: Vec<_> = groups.map(String::as_str).collect();
        write!(f, "{} {}", self.verbs.join(", "), self.resources.join(", "))?;
        if !groups.is_empty() && groups != ["*"] {
            write!(f, " of {}", groups.join(", "))?;
        }
        if !self.resource_names.is_empty() {
            write!(f, " named {}", self.resource_names.join(", "))?;
        }
        Ok(())
    }
}

impl Server {
    /// `ca` (PEM) vouches for it, and nobody else.
    pub fn new(endpoint: &str, ca: Vec<u8>) -> Result<Self, http::Error> {
        Ok(Server {
            http: http::Client::trusting(ca)?,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
        })
    }

    /// Its version, such as `v1.33.1-eks-0123456`; `None` where it tells nobody that it does not know.
    pub async fn version(&self) -> Result<Option<String>, Error> {
        match read(self.send("GET", "/version", None, None).await?) {
            Ok(version) => {
                let name = version["gitVersion"].as_str();
                name.map(|name| Some(name.to_owned()))
                    .ok_or_else(|| Error::Unreadable {
                        status: 200,
                        message: "it does not tell its version".to_owned(),
                    })
            }
            Err(Error::Unauthorized | Error::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name under which the cluster knows who asks.
    pub async fn username(&self, token: &Secret) -> Result<String, Error> {
        let review =
            json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let answer = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        match answer["status"]["userInfo"]["username"].as_str() {
            Some(name) => Ok(name.to_owned()),
            None => Err(Error::Unreadable {
                status: 201,
                message: "it does not tell the username".to_owned(),
            }),
        }
    }

    /// What who asks may do in this namespace.
    pub async fn rules(&self, token: &Secret, namespace: &str) -> Result<Rules, Error> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
            "spec": { "namespace": namespace },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let mut answer = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        serde_json::from_value(answer["status"].take()).map_err(|error| Error::Unreadable {
            status: 201,
            message: error.to_string(),
        })
    }

    /// Whether who asks may list the pods of this namespace: for clusters that cannot list their rules.
    pub async fn may_list_pods(&self, token: &Secret, namespace: &str) -> Result<bool, Error> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": { "namespace": namespace, "verb": "list", "resource": "pods" } },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = read(self.send("POST", path, Some(token), Some(&review)).await?)?;
        Ok(answer["status"]["allowed"].as_bool().unwrap_or(false))
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

fn read(answer: Answer) -> Result<Value, Error> {
    let status = answer.status;
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let message = body.as_ref().and_then(|body| body["message"].as_str());
    let message = message.unwrap_or("no answer of an API server").to_owned();
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
    fn rules_read_as_kubectl_lists_them() {
        let rules: Rules = serde_json::from_value(json!({
            "resourceRules": [
                { "verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"] },
                { "verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"] },
                { "verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["shop"] },
                { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] },
            ],
            "nonResourceRules": [], "incomplete": true,
        }))
        .unwrap();
        let told: Vec<String> = rules
            .resource_rules
            .iter()
            .filter(|rule| rule.grants())
            .map(Rule::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "get, list pods, pods/log",
                "get deployments of apps named shop",
                "* *"
            ]
        );
        assert!(rules.incomplete);
    }

    #[test]
    fn answers_are_told_apart() {
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
        // A proxy's page is not the cluster's refusal.
        for status in [200, 401, 403, 404, 502] {
            let answer = of(status, "<html>");
            assert!(matches!(answer, Err(Error::Unreadable { .. })), "{status}");
        }
    }
}
