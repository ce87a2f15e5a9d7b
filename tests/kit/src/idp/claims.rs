//! The content of a SAML response, and its XML before signing.

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::canary::CANARY;

pub const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";
pub const PROVIDER_ARN: &str = "arn:aws:iam::111122223333:saml-provider/Okta";
pub const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
pub(super) const ISSUER: &str = "http://www.okta.com/exk1";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// Which elements are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seal {
    #[default]
    Assertion,
    Response,
    Both,
    Nothing,
    /// The assertion, signed with a key that AWS does not know; the signature includes the key.
    OtherKey,
}

/// The content of a SAML response. Times are seconds from now.
#[derive(Clone, Debug)]
pub struct Claims {
    /// NameID.
    pub subject: String,
    /// RoleSessionName.
    pub session_name: Option<String>,
    /// Raw XML to use as the content of RoleSessionName, in place of the name.
    pub session_name_xml: Option<String>,
    /// Pairs of role ARN and provider ARN.
    pub roles: Vec<(String, String)>,
    /// The provider ARN comes before the role ARN.
    pub swapped: bool,
    pub audience: Option<String>,
    pub recipient: Option<String>,
    pub issued: i64,
    pub not_before: i64,
    pub not_on_or_after: i64,
    /// The attribute SessionDuration, in seconds.
    pub session_duration: Option<u32>,
    pub session_not_on_or_after: Option<i64>,
    /// The last part of the status code. A status other than Success leaves out the assertion.
    pub status: String,
    /// Attributes in addition to those of AWS: full names and values.
    pub attributes: Vec<(String, String)>,
    /// A second assertion, which only the response's signature covers.
    pub second: Option<Box<Claims>>,
    pub seal: Seal,
}

impl Default for Claims {
    /// Returns valid claims for Alice.
    fn default() -> Claims {
        Claims::of("alice@example.com")
    }
}

impl Claims {
    /// Returns claims that give this user access to the guide's role.
    pub fn of(email: &str) -> Claims {
        Claims {
            subject: email.to_owned(),
            session_name: Some(email.to_owned()),
            session_name_xml: None,
            roles: vec![(ROLE_ARN.to_owned(), PROVIDER_ARN.to_owned())],
            swapped: false,
            audience: Some("urn:amazon:webservices".to_owned()),
            recipient: Some(SIGN_IN.to_owned()),
            issued: 0,
            not_before: -300,
            not_on_or_after: 300,
            session_duration: None,
            session_not_on_or_after: None,
            status: "Success".to_owned(),
            attributes: Vec::new(),
            second: None,
            seal: Seal::default(),
        }
    }

    /// Returns the assertion's document with placeholders for signatures, and the ids of the elements to sign, innermost first.
    pub(super) fn template(&self) -> (String, Vec<String>) {
        let id = identifier();
        let success = self.status == "Success";
        let seals = match self.seal {
            Seal::Nothing => (false, false),
            Seal::Assertion | Seal::OtherKey => (success, false),
            Seal::Response => (false, true),
            Seal::Both => (success, true),
        };
        let mut ids = Vec::new();
        let mut assertions = String::new();
        if success {
            let inner = identifier();
            assertions = self.assertion(&inner, seals.0);
            if seals.0 {
                ids.push(inner);
            }
            if let Some(second) = &self.second {
                assertions += &second.assertion(&identifier(), false);
            }
        }
        let signature = match seals.1 {
            true => self.signature(&id),
            false => String::new(),
        };
        if seals.1 {
            ids.push(id.clone());
        }
        (self.envelope(&id, &signature, &assertions), ids)
    }

    /// Returns a response with this signature and content.
    pub(super) fn envelope(&self, id: &str, signature: &str, content: &str) -> String {
        let (issued, status) = (at(self.issued), escape(&self.status));
        let destination = escape(self.recipient.as_deref().unwrap_or_default());
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"{destination}\" \
             ID=\"{id}\" IssueInstant=\"{issued}\" Version=\"2.0\">\
             <saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ISSUER}</saml2:Issuer>{signature}\
             <saml2p:Status><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></saml2p:Status>\
             {content}</saml2p:Response>"
        )
    }

    pub(super) fn assertion(&self, id: &str, signed: bool) -> String {
        let [issued, from, until] = [self.issued, self.not_before, self.not_on_or_after].map(at);
        let signature = match signed {
            true => self.signature(id),
            false => String::new(),
        };
        let subject = escape(&self.subject);
        let recipient = attribute("Recipient", self.recipient.as_deref());
        let audience = element("saml2:Audience", self.audience.as_deref());
        let session = self.session_not_on_or_after.map(at);
        let session = attribute("SessionNotOnOrAfter", session.as_deref());
        let pair = |(role, provider): &(String, String)| match self.swapped {
            true => format!("{provider},{role}"),
            false => format!("{role},{provider}"),
        };
        let roles = self
            .roles
            .iter()
            .map(|roles| escape(&pair(roles)))
            .collect();
        let name = self.session_name.as_deref().map(escape);
        let name = self.session_name_xml.clone().or(name);
        let duration = self.session_duration.map(|seconds| seconds.to_string());
        let mut attributes = [
            ("Role", roles),
            ("RoleSessionName", Vec::from_iter(name)),
            ("SessionDuration", Vec::from_iter(duration)),
        ]
        .map(|(name, values)| statement(&format!("{ATTRIBUTES}{name}"), &values))
        .concat();
        for (name, value) in &self.attributes {
            attributes += &statement(&escape(name), &[escape(value)]);
        }
        format!(
            "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{issued}\" \
             Version=\"2.0\"><saml2:Issuer>{ISSUER}</saml2:Issuer>{signature}<saml2:Subject>\
             <saml2:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{subject}</saml2:NameID>\
             <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml2:SubjectConfirmationData NotOnOrAfter=\"{until}\"{recipient}/></saml2:SubjectConfirmation>\
             </saml2:Subject><saml2:Conditions NotBefore=\"{from}\" NotOnOrAfter=\"{until}\"><saml2:AudienceRestriction>\
             {audience}</saml2:AudienceRestriction></saml2:Conditions>\
             <saml2:AuthnStatement AuthnInstant=\"{issued}\"{session} SessionIndex=\"{id}\"><saml2:AuthnContext>\
             <saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\
             </saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>\
             {attributes}</saml2:AttributeStatement></saml2:Assertion>"
        )
    }

    /// Returns a signature template, to be filled in.
    fn signature(&self, id: &str) -> String {
        let key = match self.seal {
            Seal::OtherKey => "<ds:KeyValue/>",
            _ => "",
        };
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
             <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
             <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
             </ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>{key}<ds:X509Data/></ds:KeyInfo></ds:Signature>"
        )
    }
}

fn statement(name: &str, values: &[String]) -> String {
    let values: String = values
        .iter()
        .map(|value| {
            format!(
                "<saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">{value}\
                 </saml2:AttributeValue>"
            )
        })
        .collect();
    if values.is_empty() {
        return values;
    }
    format!(
        "<saml2:Attribute Name=\"{name}\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">{values}\
         </saml2:Attribute>"
    )
}

fn attribute(name: &str, value: Option<&str>) -> String {
    let value = value.map(|value| format!(" {name}=\"{}\"", escape(value)));
    value.unwrap_or_default()
}

fn element(name: &str, value: Option<&str>) -> String {
    let value = value.map(|value| format!("<{name}>{}</{name}>", escape(value)));
    value.unwrap_or_default()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Formats the time that many seconds from now.
fn at(seconds: i64) -> String {
    let time = Utc::now() + TimeDelta::seconds(seconds);
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns a random id that is valid in XML. A response is a secret, so the canary is in it.
pub(super) fn identifier() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    format!("id{CANARY}{}", hex::encode(bytes))
}
