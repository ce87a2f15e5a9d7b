//! Comments after the values of an SSO sign-in, as in `sso_start_url = https://example.awsapps.com/start # portal`. The SDKs and
//! apono-login leave them out; botocore, and with it the AWS CLI, reads them as part of the value.

use std::fmt;

use crate::profile::plan::SsoSource;
use crate::profile::scan::{Name, Scan, inline_comment};

/// A comment after a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Comment {
    /// Such as `sso-session corp`.
    pub section: String,
    pub line: usize,
    pub key: String,
    /// From its comment character.
    pub text: String,
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comment {
            section,
            line,
            key,
            text,
        } = self;
        write!(
            f,
            "line {line}: the AWS CLI reads {text:?} as part of `{key}` of {section}; put the comment on a line of its own"
        )
    }
}

/// Returns the comments after the `sso_…` values of the profiles and their sso-sessions, in the order of their lines.
pub fn of(text: &str, sources: &[&SsoSource]) -> Vec<Comment> {
    fn places_of(source: &SsoSource) -> Vec<(Name<'_>, String)> {
        let profile = (
            Name::Profile(source.profile.as_str().into()),
            format!("profile {}", source.profile),
        );
        let session = source.session.as_ref().map(|name| {
            let shown = format!("sso-session {name}");
            (Name::SsoSession(name.as_str().into()), shown)
        });
        [profile].into_iter().chain(session).collect()
    }
    let sources = sources.iter();
    let places: Vec<_> = sources.flat_map(|source| places_of(source)).collect();
    let mut comments = Vec::new();
    for section in Scan::new(text.as_bytes()).sections {
        let Some((_, shown)) = places.iter().find(|(name, _)| *name == section.sdk) else {
            continue;
        };
        for entry in section.entries(text) {
            let value = &text[entry.value.clone()];
            if entry.sdk.starts_with("sso_")
                && let Some(at) = inline_comment(value)
            {
                comments.push(Comment {
                    section: shown.clone(),
                    line: entry.line,
                    key: entry.sdk.to_string(),
                    text: value[at..].to_owned(),
                });
            }
        }
    }
    comments
}
