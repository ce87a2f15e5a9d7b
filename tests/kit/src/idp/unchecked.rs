//! Responses for systems without xmlsec1: in their form they are signed.

use super::claims::Claims;
use super::signing;

/// What stands for a certificate of an identity provider whose signatures AWS does not check.
pub const UNCHECKED: &str = "no certificate: signatures are not checked";

impl Claims {
    /// Returns a response with these claims and an empty signature, in base64. AWS takes it from a provider with [`UNCHECKED`].
    pub fn unchecked(&self) -> String {
        signing::base64(&self.template().0)
    }
}
