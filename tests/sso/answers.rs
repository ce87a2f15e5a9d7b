//! Answers of the OIDC service that make no sense, or say no.
