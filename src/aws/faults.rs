//! What has to be changed before AWS can be reached.

use crate::failure::hints::SET_CLOCK;
use crate::failure::{Failure, Kind};
use crate::sys::http::{CaFile, Endpoint, Fault, ProxyRefusal};

/// Returns the kind of the failure: whether the same command fails again until something is changed.
pub fn kind(fault: &Fault) -> Kind {
    match fault {
        // The server or the proxy may only have been down.
        Fault::Endpoint(_) | Fault::Through { .. } => Kind::Network,
        Fault::Proxy(_) | Fault::UnknownIssuer { .. } | Fault::CertificateTime => Kind::Refused,
    }
}

/// Adds what to do.
pub fn remedy(failure: Failure, fault: &Fault) -> Failure {
    match fault {
        Fault::Endpoint(endpoint) => failure.hint(leave_endpoint(endpoint)),
        Fault::Proxy(refusal) => failure.hint(proxy(refusal)).hint(
            "in it, write each special character of the user name and the password as % and its code: `@` is `%40`, `:` is `%3A`",
        ),
        Fault::Through { setting, address } => failure
            .hint(format!(
                "check that the proxy at {address} runs and reaches AWS (`{setting}` names it), then run this again"
            ))
            .hint(format!("if this network needs no proxy, unset `{setting}`, then run this again")),
        Fault::UnknownIssuer { ca: None } => failure
            .cause("the certificate was not signed by an authority that this computer trusts: as a rule, a company's proxy puts its own in place of AWS's")
            .hint("get the root certificate (CA) of your company as a PEM file from your IT team, and set `AWS_CA_BUNDLE` (or `ca_bundle` in the profile) to its path")
            .hint("if your company has none, do not sign in on this network: the connection may be intercepted"),
        Fault::UnknownIssuer { ca: Some(CaFile { path, setting }) } => failure
            .cause(format!("the certificate was not signed by an authority in {}, the file that {setting} names", path.display()))
            .hint("get the root certificate (CA) of your company as a PEM file from your IT team, and add it to that file")
            .hint(format!("if you do not need that file on this network, remove {setting}: then the authorities of this computer are trusted")),
        Fault::CertificateTime => failure
            .hint(SET_CLOCK)
            .hint("if the clock is right, your proxy's certificate is out of date: show this to your IT team"),
    }
}

/// Returns how to send requests to AWS again, if a response is of another server: the message ends with its address and the
/// setting.
pub fn leave_server(message: &str) -> Option<String> {
    let (_, server) = message.rsplit_once(FROM)?;
    let (_, setting) = server.strip_suffix(')')?.split_once(" (")?;
    Some(leave_endpoint(&Endpoint {
        setting: setting.to_owned(),
        is_variable: setting.starts_with("AWS_"),
    }))
}

/// What stands before the address of a server at the end of a message.
pub const FROM: &str = "; the response is from ";

/// Returns how to send requests to AWS again.
fn leave_endpoint(endpoint: &Endpoint) -> String {
    let Endpoint {
        setting,
        is_variable,
    } = endpoint;
    match is_variable {
        true => format!(
            "unset `{setting}`, which sends requests to another server than AWS, or start that server, then run this again"
        ),
        false => format!(
            "remove {setting}, which sends requests to another server than AWS, or start that server, then run this again"
        ),
    }
}

fn proxy(refusal: &ProxyRefusal) -> String {
    let ProxyRefusal {
        setting,
        address,
        scheme,
        refused,
    } = refusal;
    let url = format!("`{setting}={scheme}://USER:PASSWORD@{address}`");
    match refused {
        true => format!("correct the user name and the password in {setting}: {url}"),
        false => format!("put your user name and your password for the proxy into its URL: {url}"),
    }
}
