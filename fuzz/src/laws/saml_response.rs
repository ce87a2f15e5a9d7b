//! A SAML response, from a form, a file or a pipe. XML is encoded first, so that it is the XML that changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

use crate::names::{IdpArn, RoleArn, RoleSessionName};
use crate::noon;
use crate::signin::saml::response::{Pair, Response, Wanted};

const NAME: &str = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";

pub fn saml_response(data: &[u8]) {
    let bytes = match data.starts_with(b"<") {
        true => STANDARD.encode(data).into_bytes(),
        false => data.to_vec(),
    };
    let Ok(response) = Response::decode(&bytes) else {
        return;
    };
    let encoded = response.encoded().reveal();
    assert!((1..=100_000).contains(&encoded.len()));
    let xml = STANDARD.decode(encoded).expect("STS is given base64");
    let xml = String::from_utf8(xml).expect("XML is text");
    assert!(!outside(&xml).contains("<!DOCTYPE"), "no document type");
    let document = Document::parse(&xml).expect("XML");
    let named = |names: &'static [&'static str]| {
        let elements = document.descendants().filter(Node::is_element);
        elements.filter(|node| names.contains(&node.tag_name().name()))
    };
    assert_eq!(named(&["Assertion", "EncryptedAssertion"]).count(), 1);

    // However it arrives, STS gets the same.
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("RelayState", "&=")
        .append_pair("SAMLResponse", encoded)
        .finish();
    for other in [form.as_bytes(), encoded.as_bytes()] {
        let other = Response::decode(other).expect("the same response");
        assert_eq!(other.encoded().reveal(), encoded);
    }

    let role: RoleArn = "arn:aws:iam::111122223333:role/apono-k8s-access"
        .parse()
        .expect("a role");
    let provider: IdpArn = "arn:aws:iam::111122223333:saml-provider/Corp"
        .parse()
        .expect("a provider");
    let session_name: RoleSessionName = "alice@example.com".parse().expect("a name");
    let wanted = Wanted {
        role: &role,
        provider: &provider,
        session_name: &session_name,
    };
    if response.check(&wanted, noon()).is_err() {
        return;
    }
    let Some(assertion) = response.assertion() else {
        assert_eq!(named(&["EncryptedAssertion"]).count(), 1);
        return;
    };
    assert_eq!(assertion.session_name, session_name);
    assert!(assertion.roles.contains(&Pair { role, provider }));
    assert!(
        assertion
            .recipient
            .to_ascii_lowercase()
            .starts_with("https://")
    );
    assert!(assertion.valid_until + chrono::TimeDelta::seconds(60) >= noon());
    // Every reader finds the one name: there is one attribute, and one text in it.
    let values: Vec<_> = named(&["Attribute"])
        .filter(|node| node.attribute("Name") == Some(NAME))
        .flat_map(|node| node.descendants().filter(Node::is_text))
        .map(|node| node.text().unwrap_or_default().trim())
        .filter(|text| !text.is_empty())
        .collect();
    assert_eq!(values, [session_name.as_str()]);
}

/// Returns the text without what may contain anything: processing instructions, comments and CDATA sections.
fn outside(xml: &str) -> String {
    let mut rest = xml;
    let mut text = String::new();
    while let Some(at) = rest.find('<') {
        let closed_by = [("<?", "?>"), ("<!--", "-->"), ("<![CDATA[", "]]>")];
        let opened = closed_by
            .iter()
            .find(|(open, _)| rest[at..].starts_with(open));
        let end = match opened {
            Some((open, close)) => {
                let from = at + open.len();
                rest[from..]
                    .find(close)
                    .map_or(rest.len(), |end| from + end + close.len())
            }
            None => at + 1,
        };
        text += &rest[..if opened.is_some() { at } else { end }];
        rest = &rest[end..];
    }
    text + rest
}
