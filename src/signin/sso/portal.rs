//! The access portal of IAM Identity Center: credentials for an SSO session.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/>

use aws_credential_types::Credentials;
use aws_sdk_sso::Client as Sdk;
use aws_sdk_sso::operation::RequestId as _;
use chrono::{DateTime, Utc};

use super::Error;
use super::token::Token;
use crate::aws;
use crate::credentials::plain;
use crate::profile::plan::SsoSource;

/// The longest field, in bytes.
const MAX_FIELD: usize = 16 << 10;

#[derive(Debug, Clone)]
pub struct Portal {
    sdk: Sdk,
}

impl Portal {
    pub fn new(config: &aws_config::SdkConfig) -> Self {
        Portal {
            sdk: Sdk::new(config),
        }
    }

    /// Gets credentials of the permission set. They are kept in memory only.
    pub async fn credentials(
        &self,
        source: &SsoSource,
        token: &Token,
        now: DateTime<Utc>,
    ) -> Result<Credentials, Error> {
        let answer = self
            .sdk
            .get_role_credentials()
            .account_id(source.account.as_str())
            .role_name(&source.role_name)
            .access_token(token.access_token.reveal())
            .send()
            .await
            .map_err(|error| aws::classify(&error, None));
        let answer = match answer {
            Ok(answer) => answer,
            Err(aws::Error::Rejected { code, message }) if code == "UnauthorizedException" => {
                return Err(Error::Rejected { message });
            }
            Err(error) => {
                let is_not_assigned = match &error {
                    aws::Error::NotFound { .. } => true,
                    aws::Error::Rejected { code, .. } => code == "ForbiddenException",
                    _ => false,
                };
                return Err(match is_not_assigned {
                    true => Error::NotAssigned {
                        message: error.to_string(),
                        assigned: self.assigned(source, token).await,
                    },
                    false => Error::Portal(error),
                });
            }
        };
        let bad = |field: &str, problem: &str| {
            let message = format!("{field}: {problem}");
            Error::Portal(aws::Error::Unreadable { message })
        };
        let given = answer
            .role_credentials()
            .ok_or_else(|| bad("roleCredentials", "missing"))?;
        let field = |field: &str, value: Option<&str>| {
            let value = value.ok_or_else(|| bad(field, "missing"))?;
            plain(value, MAX_FIELD)
                .map(str::to_owned)
                .map_err(|problem| bad(field, problem))
        };
        let expires_at = DateTime::from_timestamp_millis(given.expiration())
            .filter(|end| *end > now)
            .ok_or_else(|| match aws::wrong_clock(now) {
                Some(error) => Error::Portal(error),
                None => bad("expiration", "expired"),
            })?;
        Ok(Credentials::new(
            field("accessKeyId", given.access_key_id())?,
            field("secretAccessKey", given.secret_access_key())?,
            Some(field("sessionToken", given.session_token())?),
            Some(expires_at.into()),
            "sso",
        ))
    }

    /// Returns the user's permission sets in the account. Empty if the portal does not list them.
    async fn assigned(&self, source: &SsoSource, token: &Token) -> Vec<String> {
        let answer = self
            .sdk
            .list_account_roles()
            .account_id(source.account.as_str())
            .access_token(token.access_token.reveal())
            .send()
            .await;
        let names = answer.map(|answer| {
            let roles = answer.role_list().iter();
            roles
                .filter_map(|role| role.role_name())
                .take(20)
                .map(str::to_owned)
                .collect()
        });
        names.unwrap_or_default()
    }

    /// Ends the SSO session at AWS. False if it had expired.
    pub async fn log_out(&self, token: &Token) -> Result<bool, aws::Error> {
        let request = self.sdk.logout();
        let answer = request.access_token(token.access_token.reveal()).send();
        match answer.await.map_err(|error| aws::classify(&error, None)) {
            // The response has no body: only this header tells it from any other page.
            Ok(answer) if answer.request_id().is_some() => Ok(true),
            Ok(_) => Err(aws::Error::Unreadable {
                message: aws::NOT_OF_AWS.to_owned(),
            }),
            Err(aws::Error::Rejected { code, .. }) if code == "UnauthorizedException" => Ok(false),
            Err(error) => Err(error),
        }
    }
}
