//! A cluster's API server: authenticates EKS tokens, authorizes users by the grants, and answers the requests of kubectl's
//! `get pods`, `auth whoami`, `auth can-i` and `version`.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::protobuf;
use super::token::identify;
use super::world::{Cluster, Grant, Operation, Principal, World};

/// The authenticated user; `None` is the anonymous user.
type User = Option<Principal>;

/// Computes the status of a review from its spec, the user and the grants.
type Decide = fn(&Value, &str, &[Grant]) -> Value;

pub fn handle(world: &World, cluster: &str, request: &Request) -> (Operation, Answer) {
    (Operation::Kubernetes, respond(world, cluster, request))
}

/// Returns a failure in the API server's format.
pub fn status(code: u16, reason: &str, message: &str, details: Value) -> Answer {
    let mut body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    if !details.is_null() {
        body["details"] = details;
    }
    Answer::json(code, &body)
}

fn respond(world: &World, cluster: &str, request: &Request) -> Answer {
    let found = world
        .facts()
        .clusters
        .iter()
        .find(|known| known.arn == cluster)
        .cloned();
    let Some(cluster) = found else {
        return not_found();
    };
    let bearer = request
        .header("authorization")
        .and_then(|header| header.strip_prefix("Bearer "));
    let user = match bearer
        .map(|token| identify(world, &cluster, token))
        .transpose()
    {
        Ok(user) => user,
        Err(reason) => {
            let mut answer = status(401, "Unauthorized", "Unauthorized", Value::Null);
            answer.note = Some(reason);
            return answer;
        }
    };
    let name = username(&cluster, &user);
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let answer = match (request.method.as_str(), path.as_slice()) {
        ("GET", ["version"]) => Answer::json(200, &version(&cluster)),
        (_, [top, ..])
            if user.is_none() && *top != "version" && !request.path.contains("/namespaces/") =>
        {
            let verb = if request.method == "GET" {
                "get"
            } else {
                "post"
            };
            let path = &request.path;
            let message = format!("forbidden: User {name:?} cannot {verb} path {path:?}");
            status(403, "Forbidden", &message, json!({}))
        }
        ("GET", ["api"]) => Answer::json(
            200,
            &json!({
                "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [],
            }),
        ),
        ("GET", ["apis"]) => Answer::json(200, &groups()),
        ("GET", ["api", "v1"]) => Answer::json(
            200,
            &resources(
                "v1",
                &[("pods", "Pod", true, &["get", "list", "watch"], &["po"])],
            ),
        ),
        ("GET", ["apis", "authentication.k8s.io", "v1"]) => Answer::json(
            200,
            &resources(
                "authentication.k8s.io/v1",
                &[(
                    "selfsubjectreviews",
                    "SelfSubjectReview",
                    false,
                    &["create"],
                    &[],
                )],
            ),
        ),
        ("GET", ["apis", "authorization.k8s.io", "v1"]) => Answer::json(
            200,
            &resources(
                "authorization.k8s.io/v1",
                &[
                    (
                        "selfsubjectaccessreviews",
                        "SelfSubjectAccessReview",
                        false,
                        &["create"],
                        &[],
                    ),
                    (
                        "selfsubjectrulesreviews",
                        "SelfSubjectRulesReview",
                        false,
                        &["create"],
                        &[],
                    ),
                ],
            ),
        ),
        ("GET", ["api", "v1", "namespaces"]) => match cluster.lists_namespaces {
            true => namespaces(&cluster),
            false => {
                let message = format!(
                    "namespaces is forbidden: User {name:?} cannot list resource \"namespaces\" in API group \"\" at the cluster scope"
                );
                status(403, "Forbidden", &message, json!({ "kind": "namespaces" }))
            }
        },
        ("GET", ["api", "v1", "pods"]) => pods(world, &cluster, &name, None, None, request),
        ("GET", ["api", "v1", "namespaces", namespace, "pods"]) => {
            pods(world, &cluster, &name, Some(namespace), None, request)
        }
        ("GET", ["api", "v1", "namespaces", namespace, "pods", pod]) => {
            pods(world, &cluster, &name, Some(namespace), Some(pod), request)
        }
        ("POST", ["apis", _, "v1", review]) if !cluster.basic_user => {
            let message = format!(
                "{review}.authentication.k8s.io is forbidden: User {name:?} cannot create resource {review:?} in API group \"authentication.k8s.io\" at the cluster scope"
            );
            status(403, "Forbidden", &message, json!({ "kind": review }))
        }
        ("POST", ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"])
            if minor(&cluster) >= 28 =>
        {
            Answer::json(201, &self_subject_review(&cluster, &user, &name))
        }
        ("POST", ["apis", "authorization.k8s.io", "v1", review]) => {
            let grants = world.facts().grants.clone();
            let (kind, decide): (_, Decide) = match *review {
                "selfsubjectrulesreviews" => ("SelfSubjectRulesReview", rules),
                "selfsubjectaccessreviews" => ("SelfSubjectAccessReview", access),
                _ => return not_found(),
            };
            let asked = serde_json::from_slice(&request.body)
                .ok()
                .or_else(|| protobuf::review(kind, &request.body));
            let resource = |review: &Value| {
                let name = review["spec"]["resourceAttributes"]["resource"].as_str();
                name.unwrap_or_default().to_owned()
            };
            match asked {
                Some(review) if resource(&review).contains('/') => {
                    let message = "the subresource has a field of its own";
                    status(400, "BadRequest", message, Value::Null)
                }
                Some(mut review) => {
                    review["status"] = decide(&review["spec"], &name, &grants);
                    if let Some(rules) = review["status"]["resourceRules"].as_array_mut()
                        && cluster.lists_namespaces
                    {
                        rules.push(json!({ "verbs": ["get", "list"], "apiGroups": [""], "resources": ["namespaces"] }));
                    }
                    if !cluster.lists_rules && review["status"]["resourceRules"].is_array() {
                        review["status"]["resourceRules"] = json!([]);
                        review["status"]["incomplete"] = true.into();
                    }
                    Answer::json(201, &review)
                }
                None => status(
                    415,
                    "UnsupportedMediaType",
                    "the body is in an unknown format",
                    Value::Null,
                ),
            }
        }
        _ => not_found(),
    };
    answer.from(&name)
}

/// Returns the user name that aws-auth's template makes of the session name.
fn username(cluster: &Cluster, user: &User) -> String {
    let Some(principal) = user else {
        return "system:anonymous".to_owned();
    };
    let session = principal.arn.rsplit('/').next().unwrap_or_default();
    let template = cluster.username.replace("{{SessionNameRaw}}", session);
    template.replace("{{SessionName}}", &session.replace('@', "-"))
}

fn minor(cluster: &Cluster) -> u32 {
    let minor = cluster.version.rsplit('.').next().unwrap_or_default();
    minor.parse().unwrap_or_default()
}

fn not_found() -> Answer {
    status(
        404,
        "NotFound",
        "the server could not find the requested resource",
        json!({}),
    )
}

fn granted(grants: &[Grant], user: &str, namespace: &str) -> bool {
    grants
        .iter()
        .any(|grant| grant.user == user && grant.namespace == namespace)
}

fn pods(
    world: &World,
    cluster: &Cluster,
    user: &str,
    namespace: Option<&str>,
    name: Option<&str>,
    request: &Request,
) -> Answer {
    let grants = world.facts().grants.clone();
    if !namespace.is_some_and(|namespace| granted(&grants, user, namespace)) {
        let verb = if name.is_some() { "get" } else { "list" };
        let (thing, mut details) = match name {
            Some(name) => (format!("pods {name:?}"), json!({ "name": name })),
            None => ("pods".to_owned(), json!({})),
        };
        details["kind"] = "pods".into();
        let scope = match namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        let message = format!(
            "{thing} is forbidden: User {user:?} cannot {verb} resource \"pods\" in API group \"\" {scope}"
        );
        return status(403, "Forbidden", &message, details);
    }
    let running: Vec<Value> = cluster
        .pods
        .iter()
        .filter(|(home, pod)| {
            Some(home.as_str()) == namespace && name.is_none_or(|name| name == pod)
        })
        .map(|(home, pod)| metadata(home, pod, world.now()))
        .collect();
    if let (Some(name), []) = (name, running.as_slice()) {
        return status(
            404,
            "NotFound",
            &format!("pods {name:?} not found"),
            json!({ "name": name, "kind": "pods" }),
        );
    }
    if request
        .header("accept")
        .is_some_and(|accept| accept.contains("as=Table"))
    {
        return Answer::json(200, &table(running));
    }
    let mut whole: Vec<Value> = running.into_iter().map(pod).collect();
    Answer::json(
        200,
        &match name {
            Some(_) => whole.remove(0),
            None => {
                json!({ "kind": "PodList", "apiVersion": "v1", "metadata": { "resourceVersion": "1" }, "items": whole })
            }
        },
    )
}

/// Returns the namespaces that have pods.
fn namespaces(cluster: &Cluster) -> Answer {
    let names: BTreeSet<&str> = cluster.pods.iter().map(|(name, _)| name.as_str()).collect();
    let items: Vec<Value> = names
        .into_iter()
        .map(|name| json!({ "metadata": { "name": name } }))
        .collect();
    Answer::json(
        200,
        &json!({ "kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": items }),
    )
}

fn metadata(namespace: &str, name: &str, now: DateTime<Utc>) -> Value {
    let created = (now - TimeDelta::hours(51)).to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({ "name": name, "namespace": namespace, "creationTimestamp": created })
}

fn pod(metadata: Value) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1", "metadata": metadata,
        "spec": { "containers": [{ "name": "app", "image": "app:1" }] },
        "status": { "phase": "Running" },
    })
}

fn table(running: Vec<Value>) -> Value {
    let columns = [
        ("Name", "string", "name"),
        ("Ready", "string", ""),
        ("Status", "string", ""),
        ("Restarts", "string", ""),
        ("Age", "string", ""),
    ];
    let columns = columns.map(|(name, kind, format)| {
        json!({
            "name": name, "type": kind, "format": format, "description": "", "priority": 0,
        })
    });
    let rows: Vec<Value> = running
        .into_iter()
        .map(|metadata| json!({
            "cells": [metadata["name"], "1/1", "Running", "0", "2d3h"],
            "object": { "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata },
        }))
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": { "resourceVersion": "1" },
        "columnDefinitions": columns, "rows": rows,
    })
}

fn self_subject_review(cluster: &Cluster, user: &User, name: &str) -> Value {
    let groups = [&["system:authenticated".to_owned()], &cluster.groups[..]].concat();
    let mut info = match user {
        None => json!({ "username": "system:anonymous", "groups": ["system:unauthenticated"] }),
        Some(principal) => json!({
            "username": name,
            "uid": format!("aws-iam-authenticator:{}:{}", principal.account(), role_id(principal)),
            "groups": groups,
            "extra": {
                "arn": [principal.arn],
                "canonicalArn": [principal.principal_arn],
                "principalId": [role_id(principal)],
                "sessionName": [principal.arn.rsplit('/').next()],
            },
        }),
    };
    // An empty text is left out, as Go does.
    if name.is_empty() {
        info.as_object_mut().map(|info| info.remove("username"));
    }
    json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "metadata": { "creationTimestamp": null }, "status": { "userInfo": info },
    })
}

fn role_id(principal: &Principal) -> &str {
    principal.unique_id.split(':').next().unwrap_or_default()
}

fn rules(spec: &Value, user: &str, grants: &[Grant]) -> Value {
    let mut rules = vec![
        json!({ "verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] }),
        json!({ "verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"] }),
    ];
    if granted(grants, user, spec["namespace"].as_str().unwrap_or_default()) {
        rules.insert(
            0,
            json!({ "verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods"] }),
        );
    }
    json!({
        "resourceRules": rules,
        "nonResourceRules": [{ "verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/version"] }],
        "incomplete": false,
    })
}

fn access(spec: &Value, user: &str, grants: &[Grant]) -> Value {
    let asked = &spec["resourceAttributes"];
    let text = |key: &str| asked[key].as_str().unwrap_or_default();
    let allowed = text("resource") == "pods"
        && text("subresource").is_empty()
        && text("group").is_empty()
        && ["get", "list", "watch"].contains(&text("verb"))
        && granted(grants, user, text("namespace"));
    json!({ "allowed": allowed })
}

fn version(cluster: &Cluster) -> Value {
    let (major, minor) = cluster.version.split_once('.').unwrap_or(("1", "33"));
    json!({
        "major": major, "minor": minor, "gitVersion": format!("v{}.1-eks-0123456", cluster.version),
        "gitCommit": "0123456789abcdef0123456789abcdef01234567", "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.24.4", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn groups() -> Value {
    let groups = ["authentication.k8s.io", "authorization.k8s.io"].map(|name| {
        let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
        json!({ "name": name, "versions": [version], "preferredVersion": version })
    });
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

type Resource<'a> = (&'a str, &'a str, bool, &'a [&'a str], &'a [&'a str]);

fn resources(group_version: &str, list: &[Resource]) -> Value {
    let list: Vec<Value> = list
        .iter()
        .map(|(name, kind, namespaced, verbs, short)| json!({
            "name": name, "singularName": kind.to_lowercase(), "namespaced": namespaced, "kind": kind,
            "verbs": verbs, "shortNames": short,
        }))
        .collect();
    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list })
}
