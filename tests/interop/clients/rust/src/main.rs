//! client kube|aws: lists pods with kube, or asks STS with the AWS SDK, once and then for each line of standard input; prints a
//! line of JSON for each.

use std::error::Error;
use std::io::{self, BufRead as _};

use aws_config::BehaviorVersion;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};

type Answer = Result<String, Box<dyn Error>>;

async fn pods(client: &mut Option<Client>) -> Answer {
    if client.is_none() {
        *client = Some(Client::try_default().await?);
    }
    let api: Api<Pod> = Api::namespaced(client.clone().ok_or("no client")?, "default");
    let pods = api.list(&Default::default()).await?;
    Ok(format!("{} pods", pods.items.len()))
}

async fn who(client: &aws_sdk_sts::Client) -> Answer {
    let caller = client.get_caller_identity().send().await?;
    Ok(caller.arn().unwrap_or_default().to_owned())
}

/// Returns the error with its sources.
fn said(error: &dyn Error) -> String {
    let source = error.source().map(said).unwrap_or_default();
    format!("{error}\n{source}")
}

fn status(error: &(dyn Error + 'static)) -> u16 {
    match error.downcast_ref() {
        Some(kube::Error::Api(status)) => status.code,
        _ => 0,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let is_kube = std::env::args().nth(1).as_deref() == Some("kube");
    let mut kube = None;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let aws = aws_sdk_sts::Client::new(&config);
    let mut lines = io::stdin().lock().lines();
    loop {
        let answer = match is_kube {
            true => pods(&mut kube).await,
            false => who(&aws).await,
        };
        let answer = match answer {
            Ok(said) => serde_json::json!({ "status": 200, "said": said }),
            Err(error) => serde_json::json!({ "status": status(&*error), "said": said(&*error) }),
        };
        println!("{answer}");
        if lines.next().is_none() {
            return;
        }
    }
}
