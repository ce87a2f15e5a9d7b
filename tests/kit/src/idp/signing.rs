//! Signs responses with xmlsec1 or pysaml2, and builds signature-wrapping attacks from signed responses.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::claims::{Claims, ISSUER, Seal, identifier};
use crate::tools;

/// Where a forged document has the signed assertion, and where the forged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// The forged assertion comes before the signed one.
    ForgedFirst,
    /// The forged assertion comes after the signed one.
    ForgedLast,
    /// Like `ForgedFirst`, and both assertions have the same id.
    SameId,
    /// The signed assertion is inside the forged one, in an Advice element, which SAML allows.
    InAdvice,
    /// The signature is in the forged assertion, and the signed one is in the response's Extensions element.
    InExtensions,
}

impl Wrapping {
    pub const ALL: [Wrapping; 5] = [
        Wrapping::ForgedFirst,
        Wrapping::ForgedLast,
        Wrapping::SameId,
        Wrapping::InAdvice,
        Wrapping::InExtensions,
    ];
}

/// Returns the folder of keys and certificates that `tests/tools/install` creates.
pub(super) fn keys() -> PathBuf {
    tools::bin().with_file_name("idp")
}

/// Returns the identity provider's certificate (PEM).
pub fn certificate() -> String {
    std::fs::read_to_string(keys().join("certificate.pem")).unwrap()
}

/// Returns the certificate of another identity provider (PEM).
pub fn other_certificate() -> String {
    std::fs::read_to_string(keys().join("other-certificate.pem")).unwrap()
}

pub(super) fn base64(xml: &str) -> String {
    STANDARD.encode(xml)
}

pub(super) fn signed(claims: &Claims) -> String {
    let (mut document, ids) = claims.template();
    let whose = match claims.seal {
        Seal::OtherKey => "other-",
        _ => "",
    };
    for id in ids {
        document = sign(&document, &id, whose);
    }
    document
}

/// Fills in the signature of the element with this id.
fn sign(document: &str, id: &str, whose: &str) -> String {
    // Since 1.3, xmlsec1 only uses keys that the document names, unless told otherwise.
    static LAX: LazyLock<bool> = LazyLock::new(|| {
        let said = run(Command::new("xmlsec1").arg("--version"), "");
        let said = String::from_utf8(said.stdout).unwrap();
        let mut numbers = said
            .split([' ', '.'])
            .skip(1)
            .map(|part| part.parse::<u32>());
        let mut number = || numbers.next().unwrap().unwrap();
        (number(), number()) >= (1, 3)
    });
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(document.as_bytes()).unwrap();
    let [key, certificate] = ["key.pem", "certificate.pem"]
        .map(|name| keys().join(format!("{whose}{name}")).display().to_string());
    let mut xmlsec1 = Command::new("xmlsec1");
    xmlsec1
        .arg("--sign")
        .args(LAX.then_some("--lax-key-search"));
    for element in ["assertion:Assertion", "protocol:Response"] {
        let element = format!("urn:oasis:names:tc:SAML:2.0:{element}");
        xmlsec1.args(["--id-attr:ID", &element]);
    }
    xmlsec1
        .args(["--privkey-pem", &format!("{key},{certificate}")])
        .args([
            "--node-xpath",
            &format!("//*[@ID='{id}']/*[local-name()='Signature']"),
        ])
        .arg(file.path());
    String::from_utf8(run(&mut xmlsec1, "").stdout).unwrap()
}

/// Runs a command and expects success.
fn run(command: &mut Command, input: &str) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    output
}

pub(super) fn wrapped(genuine: &Claims, forged: &Claims, wrapping: Wrapping) -> String {
    let document = signed(genuine);
    let assertion = element(&document, "saml2:Assertion");
    let signature = element(assertion, "ds:Signature");
    let bare = assertion.replacen(signature, "", 1);
    let id = match wrapping {
        Wrapping::SameId => assertion
            .split("ID=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap(),
        _ => &identifier(),
    };
    let false_one = forged.assertion(id, false);
    let with = |element: &str| {
        let issuer = format!("{ISSUER}</saml2:Issuer>");
        false_one.replacen(&issuer, &format!("{issuer}{element}"), 1)
    };
    let content = match wrapping {
        Wrapping::ForgedFirst | Wrapping::SameId => format!("{false_one}{assertion}"),
        Wrapping::ForgedLast => format!("{assertion}{false_one}"),
        Wrapping::InAdvice => with(&format!("<saml2:Advice>{assertion}</saml2:Advice>")),
        Wrapping::InExtensions => {
            let extensions = format!("<saml2p:Extensions>{bare}</saml2p:Extensions>");
            return forged.envelope(&identifier(), &extensions, &with(signature));
        }
    };
    forged.envelope(&identifier(), "", &content)
}

/// Returns the first element with this name, including its tags.
fn element<'a>(document: &'a str, name: &str) -> &'a str {
    let close = format!("</{name}>");
    let start = document.find(&format!("<{name} ")).unwrap();
    let end = document[start..].find(&close).unwrap();
    &document[start..start + end + close.len()]
}

/// Returns a response made and signed by pysaml2, in base64. pysaml2 sets the times itself, whatever the claims say.
pub fn pysaml2_response(claims: &Claims) -> String {
    let sign: &[&str] = match claims.seal {
        Seal::Nothing => &[],
        Seal::Assertion | Seal::OtherKey => &["assertion"],
        Seal::Response => &["response"],
        Seal::Both => &["assertion", "response"],
    };
    let whose = match claims.seal {
        Seal::OtherKey => "other-",
        _ => "",
    };
    let [key, certificate] =
        ["key.pem", "certificate.pem"].map(|name| keys().join(format!("{whose}{name}")));
    let asked = json!({
        "issuer": ISSUER,
        "subject": claims.subject,
        "session_name": claims.session_name,
        "roles": claims.roles,
        "audience": claims.audience,
        "recipient": claims.recipient,
        "session_duration": claims.session_duration,
        "sign": sign,
        "key": key,
        "certificate": certificate,
    });
    let mut script = Command::new(tools::python());
    script.arg(tools::in_repository("tests/tools/signed_response.py"));
    let output = run(&mut script, &asked.to_string());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
