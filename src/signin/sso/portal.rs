//! The access portal of IAM Identity Center: credentials for an SSO session.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/>

use aws_credential_types::Credentials;
use aws_sdk_sso::Client as Sdk;
use aws_sdk_sso::operation::RequestId as _;
use chrono::{DateTime, Utc};

use super::token::Token;
use crate::aws;
use crate::credentials::plain;
use crate::profile::plan::SsoSource;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The portal rejected the token.
    #[error("{message}")]
    Unauthorized { message: String },
    /// The permission set is not assigned to the user in that account. `assigned` are those that are, if the portal lists them.
    #[error("{message}")]
    NotAssigned {
        message: String,
        assigned: Vec<String>,
    },
    #[error(transparent)]
    Call(#[from] aws::Error),
    #[error("{field}: {problem}")]
    BadAnswer {
        field: &'static str,
        problem: &'static str,
    },
}

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
            Err(aws::Error::Rejected { code, message }) => {
                return Err(match code.as_str() {
                    "UnauthorizedException" => Error::Unauthorized { message },
                    "ForbiddenException" | "ResourceNotFoundException" => Error::NotAssigned {
                        message: format!("{code}: {message}"),
                        assigned: self.assigned(source, token).await,
                    },
                    _ => Error::Call(aws::Error::Rejected { code, message }),
                });
            }
            Err(aws::Error::NotFound { message }) => {
                return Err(Error::NotAssigned {
                    message,
                    assigned: self.assigned(source, token).await,
                });
            }
            Err(error) => return Err(error.into()),
        };
        let missing = |field| Error::BadAnswer {
            field,
            problem: "missing",
        };
        let given = answer
            .role_credentials()
            .ok_or_else(|| missing("roleCredentials"))?;
        let field = |field: &'static str, value: Option<&str>| {
            let value = value.ok_or_else(|| missing(field))?;
            match plain(value, MAX_FIELD) {
                Ok(value) => Ok(value.to_owned()),
                Err(problem) => Err(Error::BadAnswer { field, problem }),
            }
        };
        let expires_at = DateTime::from_timestamp_millis(given.expiration());
        let expires_at = expires_at
            .filter(|end| *end > now)
            .ok_or(Error::BadAnswer {
                field: "expiration",
                problem: "expired",
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
