//! Codes of MFA devices: for the profile's role, and for the roles of a chain. Each is valid once, and for half a minute.

use super::next::Next;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output;
use crate::profile::plan::{Hop, Source};
use crate::sys::prompt;

/// What a new code is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    pub serial: &'a str,
    /// The profile or role that has it, as a phrase.
    pub of: &'a str,
    /// The device has just given another code.
    pub again: bool,
}

/// Asks for the codes of the roles between the root of the chain and the source profile, in the order in which they are assumed.
///
/// # Errors
/// A code is needed, and the user cannot be asked or enters something else.
pub fn of_chain(
    context: &Context,
    source: &Source,
    may_ask: bool,
    next: Next<'_>,
) -> Result<Vec<String>, Failure> {
    let needs_code = |hop: &Hop| Some((hop.mfa_serial.clone()?, format!("role {}", hop.role_arn)));
    let mut codes = Vec::new();
    let mut last = None;
    for (serial, of) in source.hops().iter().filter_map(needs_code) {
        let device = Device {
            serial: &serial,
            of: &of,
            again: last.as_ref() == Some(&serial),
        };
        codes.push(ask(context, device, may_ask, next)?);
        last = Some(serial);
    }
    Ok(codes)
}

/// Returns the device of the last role of the chain that needs a code.
pub fn last_of_chain(source: &Source) -> Option<&str> {
    let mut hops = source.hops().iter().rev();
    hops.find_map(|hop| hop.mfa_serial.as_deref())
}

/// Asks for a code at the terminal.
///
/// # Errors
/// The user cannot be asked, or enters something else.
pub fn ask(
    context: &Context,
    device: Device<'_>,
    may_ask: bool,
    next: Next<'_>,
) -> Result<String, Failure> {
    let Device { serial, of, again } = device;
    if !(may_ask && context.can_ask) {
        return Err(needed(serial, of, next));
    }
    let _step = context.output.step("MFA code");
    let what = match again {
        true => "The next MFA code",
        false => "MFA code",
    };
    let question = output::clean(&format!("{what} for {serial}:"));
    let answer = prompt::ask(&question).unwrap_or_default();
    if answer.len() != 6 || !answer.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::refused("invalid MFA code: must be six digits")
            .hint("run this again and enter the code that your device shows"));
    }
    Ok(answer)
}

/// Returns the failure for want of a code, where the user cannot be asked.
pub fn needed(serial: &str, of: &str, next: Next<'_>) -> Failure {
    Failure::new(Kind::SignInNeeded, "MFA code needed")
        .cause(format!("{of} has the MFA device {serial}"))
        .hint(next.again_with("in a terminal"))
}
