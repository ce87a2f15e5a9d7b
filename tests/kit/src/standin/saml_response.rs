//! Reads SAML responses as AWS does: xmlsec1 verifies the signature, and only signed content is read.
//! <https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf>, section 5.4 for signatures.

use std::collections::HashSet;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use roxmltree::{Document, Node};

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
/// The transforms that a signature may use: only those that do not exclude content (except the signature itself).
const TRANSFORMS: [&str; 2] = [
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
];

/// Why a response is rejected.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Malformed(&'static str),
    Signature,
    /// The identity provider reports a failure.
    Status(String),
    /// xmlsec1 could not be run.
    Tool(String),
}

/// The content of a response whose signature is valid.
#[derive(Debug)]
pub struct Response {
    pub issuer: String,
    pub issued: DateTime<Utc>,
    /// NameID and its format.
    pub subject: String,
    pub subject_format: String,
    pub recipient: String,
    pub audiences: Vec<String>,
    pub not_before: Option<DateTime<Utc>>,
    /// The earlier of the two limits in the response.
    pub not_on_or_after: Option<DateTime<Utc>>,
    pub session_not_on_or_after: Option<DateTime<Utc>>,
    pub role_session_name: Option<String>,
    /// Pairs of role ARN and provider ARN.
    pub roles: Vec<(String, String)>,
}

impl Response {
    /// Verifies and reads a response. `certificates` are those of the identity provider (PEM).
    pub fn verified(xml: &[u8], certificates: &[String]) -> Result<Response, Refusal> {
        let text = std::str::from_utf8(xml).map_err(|_| Refusal::Malformed("not UTF-8"))?;
        // xmlsec1 would read the document in the declared encoding.
        let declared = text
            .strip_prefix("<?xml")
            .and_then(|rest| rest.split_once("?>"));
        let declared = declared.map(|(declaration, _)| declaration.to_ascii_lowercase());
        if declared.is_some_and(|declared| {
            declared.contains("encoding") && !declared.contains("\"utf-8\"")
        }) {
            return Err(Refusal::Malformed("not declared as UTF-8"));
        }
        // Rejects document types, which could declare other attributes as ids.
        let document = Document::parse(text).map_err(|_| Refusal::Malformed("not XML"))?;
        let response = document.root_element();
        if !response.has_tag_name((PROTOCOL, "Response")) {
            return Err(Refusal::Malformed("not a Response"));
        }
        // Failures are unsigned.
        let status = child(response, PROTOCOL, "Status");
        let status = status.and_then(|status| child(status, PROTOCOL, "StatusCode"));
        let status = status.and_then(|code| code.attribute("Value"));
        if status != Some(SUCCESS) {
            return Err(Refusal::Status(status.unwrap_or_default().to_owned()));
        }
        let mut ids = HashSet::new();
        for node in document.descendants().filter(Node::is_element) {
            if node.attribute("ID").is_some_and(|id| !ids.insert(id)) {
                return Err(Refusal::Malformed("an ID twice"));
            }
        }
        let root = format!("/*{}", named(PROTOCOL, "Response"));
        let below = format!("{root}/*{}", named(ASSERTION, "Assertion"));
        let assertion = child(response, ASSERTION, "Assertion");
        let mut signed = Vec::new();
        for (path, element) in [(root, Some(response)), (below, assertion)] {
            let Some(element) = element else { continue };
            let Some(signature) = child(element, SIGNATURE, "Signature") else {
                continue;
            };
            if !covers(signature, element) {
                return Err(Refusal::Signature);
            }
            signed.push(format!("{path}/*{}", named(SIGNATURE, "Signature")));
        }
        if signed.is_empty() {
            return Err(Refusal::Signature);
        }
        for path in signed {
            let mut good = false;
            for certificate in certificates {
                if certificate == crate::idp::UNCHECKED {
                    good = true;
                    continue;
                }
                let verdict = xmlsec1_verifies(xml, certificate, &path);
                good |= verdict.map_err(|error| Refusal::Tool(error.to_string()))?;
            }
            if !good {
                return Err(Refusal::Signature);
            }
        }
        let mut assertions = document
            .descendants()
            .filter(|node| node.has_tag_name((ASSERTION, "Assertion")));
        match (assertions.next(), assertions.next()) {
            (Some(assertion), None) if assertion.parent_element() == Some(response) => {
                read(assertion)
            }
            _ => Err(Refusal::Malformed("not with one Assertion")),
        }
    }
}

/// Returns whether the signature covers exactly this element.
fn covers(signature: Node, element: Node) -> bool {
    let one = |parent: Node, name: &str| {
        let mut found = parent
            .descendants()
            .filter(|node| node.has_tag_name((SIGNATURE, name)));
        found.next().filter(|_| found.next().is_none()).is_some()
    };
    let Some(reference) = child(signature, SIGNATURE, "SignedInfo")
        .and_then(|info| child(info, SIGNATURE, "Reference"))
    else {
        return false;
    };
    let id = element.attribute("ID").unwrap_or_default();
    let whole = !id.is_empty() && reference.attribute("URI") == Some(&format!("#{id}"));
    let harmless = reference
        .descendants()
        .filter(|node| node.has_tag_name((SIGNATURE, "Transform")))
        .all(|node| TRANSFORMS.contains(&node.attribute("Algorithm").unwrap_or_default()));
    let alone = children(element, SIGNATURE, "Signature").count() == 1
        && one(signature, "Reference")
        && one(signature, "SignedInfo")
        && !signature
            .descendants()
            .any(|node| node.has_tag_name((SIGNATURE, "Object")));
    whole && harmless && alone
}

fn read(assertion: Node) -> Result<Response, Refusal> {
    let malformed = Refusal::Malformed;
    let required = |parent: Option<Node<'_, '_>>, name: &'static str| {
        let found = parent.and_then(|parent| child(parent, ASSERTION, name));
        found.map(text).ok_or(Refusal::Malformed(name))
    };
    let subject = child(assertion, ASSERTION, "Subject");
    let name = subject.and_then(|subject| child(subject, ASSERTION, "NameID"));
    let confirmation = subject.and_then(|subject| {
        children(subject, ASSERTION, "SubjectConfirmation")
            .find(|node| node.attribute("Method") == Some(BEARER))
    });
    let confirmation = confirmation
        .and_then(|node| child(node, ASSERTION, "SubjectConfirmationData"))
        .ok_or(malformed("no bearer's confirmation"))?;
    let conditions = child(assertion, ASSERTION, "Conditions").ok_or(malformed("Conditions"))?;
    let audiences = children(conditions, ASSERTION, "AudienceRestriction")
        .flat_map(|restriction| children(restriction, ASSERTION, "Audience"))
        .map(text)
        .collect();
    let statement =
        child(assertion, ASSERTION, "AuthnStatement").ok_or(malformed("AuthnStatement"))?;
    let ends = [
        time(conditions, "NotOnOrAfter")?,
        time(confirmation, "NotOnOrAfter")?,
    ];
    let roles = attribute(assertion, "Role");
    let roles = roles.iter().filter_map(|value| pair(value)).collect();
    Ok(Response {
        issuer: required(Some(assertion), "Issuer")?,
        issued: time(assertion, "IssueInstant")?.ok_or(malformed("IssueInstant"))?,
        subject: required(subject, "NameID")?,
        subject_format: name
            .and_then(|name| name.attribute("Format"))
            .unwrap_or("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified")
            .to_owned(),
        recipient: confirmation
            .attribute("Recipient")
            .unwrap_or_default()
            .to_owned(),
        audiences,
        not_before: time(conditions, "NotBefore")?,
        not_on_or_after: ends.into_iter().flatten().min(),
        session_not_on_or_after: time(statement, "SessionNotOnOrAfter")?,
        role_session_name: attribute(assertion, "RoleSessionName").into_iter().next(),
        roles,
    })
}

/// Returns the role and the provider, which may come in either order.
fn pair(value: &str) -> Option<(String, String)> {
    let (first, second) = value.split_once(',')?;
    let (first, second) = (first.trim().to_owned(), second.trim().to_owned());
    match first.contains(":saml-provider/") {
        true => Some((second, first)),
        false => Some((first, second)),
    }
}

fn attribute(assertion: Node, name: &str) -> Vec<String> {
    children(assertion, ASSERTION, "AttributeStatement")
        .flat_map(|statement| children(statement, ASSERTION, "Attribute"))
        .filter(|node| {
            let full = node.attribute("Name").unwrap_or_default();
            full.strip_prefix(ATTRIBUTES) == Some(name)
        })
        .flat_map(|node| children(node, ASSERTION, "AttributeValue"))
        .map(text)
        .collect()
}

fn time(node: Node, attribute: &'static str) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(value) = node.attribute(attribute) else {
        return Ok(None);
    };
    let time = DateTime::parse_from_rfc3339(value).map_err(|_| Refusal::Malformed(attribute))?;
    Ok(Some(time.to_utc()))
}

/// Returns all of an element's text. The text around a comment counts as one, since the signature does not cover comments.
fn text(node: Node) -> String {
    let texts = node.descendants().filter(Node::is_text);
    let text: String = texts.filter_map(|node| node.text()).collect();
    text.trim().to_owned()
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.has_tag_name((namespace, name)))
}

fn child<'a, 'input>(
    node: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'input>> {
    children(node, namespace, name).next()
}

/// Returns an XPath step that matches elements with this name.
fn named(namespace: &str, name: &str) -> String {
    format!("[local-name()='{name}' and namespace-uri()='{namespace}']")
}

/// Returns whether the signature at this path is valid for this certificate's key; keys in the document are ignored.
fn xmlsec1_verifies(xml: &[u8], certificate: &str, path: &str) -> io::Result<bool> {
    let write = |content: &[u8]| {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(content)?;
        io::Result::Ok(file)
    };
    let (xml, certificate) = (write(xml)?, write(certificate.as_bytes())?);
    let mut xmlsec1 = Command::new("xmlsec1");
    xmlsec1.arg("--verify");
    if *LAX_KEY_SEARCH {
        xmlsec1.arg("--lax-key-search");
    }
    for (namespace, name) in [(ASSERTION, "Assertion"), (PROTOCOL, "Response")] {
        xmlsec1.args(["--id-attr:ID", &format!("{namespace}:{name}")]);
    }
    let output = xmlsec1
        .args(["--enabled-reference-uris", "same-doc"])
        .args(["--enabled-key-data", "raw-x509-cert"])
        .arg("--pubkey-cert-pem")
        .arg(certificate.path())
        .args(["--node-xpath", path])
        .arg(xml.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| io::Error::other(format!("xmlsec1 does not run: {error}")))?;
    Ok(output.status.success())
}

/// Since 1.3, xmlsec1 only uses keys that the document names, unless told otherwise.
static LAX_KEY_SEARCH: LazyLock<bool> = LazyLock::new(|| {
    let said = Command::new("xmlsec1").arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let said = said.unwrap_or_default();
    let version = said.split(' ').nth(1).unwrap_or_default();
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(1), Some(3))
});
