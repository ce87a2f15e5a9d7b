//! What AWS says of a token. The clusters' verifier sends the presigned request in it to STS; so does this module.

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, Utc};

use super::inspect;
use crate::aws::{self, sts};
use crate::credentials::Secret;
use crate::names::ClusterName;

/// Returns the ARN of the identity that the token belongs to. The endpoint is that of `config`, whose credentials are not used.
pub async fn caller(
    config: &SdkConfig,
    token: &Secret,
    cluster: &ClusterName,
    now: DateTime<Utc>,
) -> Result<String, sts::Error> {
    let presigned = Presigned {
        url: inspect::presigned_url(token.reveal()).unwrap_or_else(|_| Secret::new("")),
        cluster: cluster.clone(),
    };
    let call = sts::client(config).get_caller_identity().customize();
    let answer = call.interceptor(presigned).send().await;
    sts::arn(&answer.map_err(|error| aws::classify(&error, now))?)
}

/// Sends the presigned request of a token in place of the SDK's.
#[derive(Debug)]
struct Presigned {
    url: Secret,
    /// `x-k8s-aws-id`, which is signed, but not in the token.
    cluster: ClusterName,
}

impl Intercept for Presigned {
    fn name(&self) -> &'static str {
        "presigned"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (base, query) = self.url.reveal().split_once('?').ok_or("no query")?;
        let host = base.trim_start_matches("https://").trim_end_matches('/');
        let request = context.request_mut();
        request.set_method("GET")?;
        let endpoint = request.uri().split('?').next().unwrap_or_default();
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        request.set_uri(format!("{endpoint}/?{query}"))?;
        *request.body_mut() = SdkBody::empty();
        let headers = request.headers_mut();
        // Those of the SDK are not signed here, and STS refuses `x-amz-` headers that are not.
        let names: Vec<String> = headers.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names.iter().filter(|name| *name != "user-agent") {
            headers.remove(name);
        }
        headers.try_insert("host", host.to_owned())?;
        headers.try_insert("x-k8s-aws-id", self.cluster.to_string())?;
        Ok(())
    }
}
