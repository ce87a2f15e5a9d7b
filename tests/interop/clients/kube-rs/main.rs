//! Lists pods with kube: once, and again for each line of standard input. Prints each answer as a line of JSON.

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::try_default().await;
    let mut lines = std::io::stdin().lines();
    loop {
        let pods = match &client {
            Ok(client) => {
                let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
                pods.list(&ListParams::default()).await
            }
            Err(error) => return answer(0, &text(error)),
        };
        match pods {
            Ok(pods) => answer(200, &format!("{} pods", pods.items.len())),
            Err(error) => {
                let status = match &error {
                    Error::Api(status) => status.code,
                    _ => 0,
                };
                answer(status, &text(&error));
            }
        }
        if lines.next().is_none() {
            return;
        }
    }
}

fn answer(status: u16, said: &str) {
    println!("{}", serde_json::json!({ "status": status, "said": said }));
}

/// Returns the error with its causes.
fn text(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", text(source)),
        None => error.to_string(),
    }
}
