//! The endpoint of `AWS_CONTAINER_CREDENTIALS_FULL_URI`: returns a container's role credentials to requests with the token of
//! `AWS_CONTAINER_AUTHORIZATION_TOKEN`. <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use chrono::SecondsFormat;
use serde_json::json;

use super::codec::{base64url, random};
use super::http::{Answer, Request};
use super::world::{Operation, Principal, Service, World};
use super::{StandIn, sts};
use crate::canary::with_canary;

/// The only container.
#[derive(Clone, Debug)]
pub struct Container {
    pub authorization: String,
    pub principal: Principal,
}

impl StandIn {
    /// Starts a container with this role session and returns the environment variables that AWS would set in it.
    pub fn start_container(&self, principal: Principal) -> [(&'static str, String); 2] {
        let authorization = with_canary(&base64url(&random::<32>()));
        self.world.facts().container = Some(Container {
            authorization: authorization.clone(),
            principal,
        });
        [
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{}/v1/credentials", self.url(Service::Container)),
            ),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", authorization),
        ]
    }
}

pub fn handle(world: &World, request: &Request) -> (Operation, Answer) {
    let container = world.facts().container.clone();
    let shown = request.header("authorization");
    let answer = match container.filter(|container| Some(container.authorization.as_str()) == shown)
    {
        _ if request.method != "GET" || request.path != "/v1/credentials" => {
            error(404, "NotFound", "Not Found")
        }
        None => error(401, "InvalidToken", "The authorization token is not valid"),
        Some(Container { principal, .. }) => {
            let arn = principal.arn.clone();
            let key = sts::mint_for(world, principal, 3600);
            let expires = key
                .expires
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
            let body = json!({
                "AccessKeyId": key.access_key, "SecretAccessKey": key.secret, "Token": key.session_token,
                "Expiration": expires,
            });
            Answer::json(200, &body).from(&arn)
        }
    };
    (Operation::ContainerCredentials, answer)
}

pub fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "code": code, "message": message }))
}
