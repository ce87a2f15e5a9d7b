//! The part of a cluster's API server that `kubectl get configmap` needs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use kit::Home;

const CONFIG_MAP: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

/// Serves `aws-auth` with these `mapRoles`, or "not found", until the test ends, and makes it the current context in `home`.
pub fn start(home: &Home, map_roles: Option<&str>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let map_roles = map_roles.map(str::to_owned);
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let map_roles = map_roles.clone();
            std::thread::spawn(move || answer(connection, map_roles.as_deref()));
        }
    });
    home.write(
        ".kube/config",
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "prod",
            "clusters": [{"name": "prod", "cluster": {"server": format!("http://{address}")}}],
            "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "admin"}}],
            "users": [{"name": "admin", "user": {}}],
        })
        .to_string(),
    );
}

fn answer(mut connection: TcpStream, map_roles: Option<&str>) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    let _head = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .count();
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = body(target.split('?').next().unwrap(), map_roles);
    let body = body.to_string();
    let length = body.len();
    let _ = write!(
        connection,
        "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

fn body(path: &str, map_roles: Option<&str>) -> (u16, Value) {
    match (path, map_roles) {
        ("/api", _) => (200, json!({"kind": "APIVersions", "versions": ["v1"]})),
        ("/apis", _) => (
            200,
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        ),
        ("/api/v1", _) => (
            200,
            json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
                {"name": "configmaps", "singularName": "configmap", "kind": "ConfigMap", "namespaced": true, "verbs": ["get", "list"]},
            ]}),
        ),
        (CONFIG_MAP, Some(map_roles)) => (
            200,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": map_roles}}),
        ),
        _ => (
            404,
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                "message": "configmaps \"aws-auth\" not found", "details": {"name": "aws-auth", "kind": "configmaps"}}),
        ),
    }
}
