//! How valid responses are read. The modules below change the valid response in one place each time.

mod checked;
mod copied;
mod hostile;
mod refused;

use super::*;

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
    ID="_r" Version="2.0" IssueInstant="2026-01-01T10:00:00Z" Destination="https://signin.aws.amazon.com/saml">
  <saml:Issuer>https://idp.example.com</saml:Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
  <saml:Assertion ID="_a" Version="2.0" IssueInstant="2026-01-01T10:00:00Z">
    <saml:Issuer>https://idp.example.com</saml:Issuer>
    <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>AAAA==</ds:SignatureValue></ds:Signature>
    <saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <saml:SubjectConfirmationData NotOnOrAfter="2026-01-01T10:05:00Z" Recipient="https://signin.aws.amazon.com/saml"/>
      </saml:SubjectConfirmation>
    </saml:Subject>
    <saml:Conditions NotBefore="2026-01-01T09:55:00.123Z" NotOnOrAfter="2026-01-01T11:00:00Z">
      <saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>
    </saml:Conditions>
    <saml:AuthnStatement AuthnInstant="2026-01-01T10:00:00Z" SessionNotOnOrAfter="2026-01-01T18:00:00Z"/>
    <saml:AttributeStatement>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
        <saml:AttributeValue>alice@example.com</saml:AttributeValue>
      </saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
        <saml:AttributeValue>arn:aws:iam::111122223333:role/access,arn:aws:iam::111122223333:saml-provider/Okta</saml:AttributeValue>
      </saml:Attribute>
      <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration">
        <saml:AttributeValue>3600</saml:AttributeValue>
      </saml:Attribute>
    </saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>
"#;
const PAIR: &str =
    "arn:aws:iam::111122223333:role/access,arn:aws:iam::111122223333:saml-provider/Okta";

/// Returns the valid response with `from` replaced. `from` must be in it.
fn with(from: &str, to: &str) -> String {
    assert!(XML.contains(from), "{from}");
    XML.replace(from, to)
}

fn encode(xml: &str) -> String {
    STANDARD.encode(xml)
}

fn decode(xml: &str) -> Result<Response, Error> {
    Response::decode(encode(xml).as_bytes())
}

fn assertion(xml: &str) -> Assertion {
    let assertion = decode(xml)
        .unwrap_or_else(|error| panic!("{error}"))
        .assertion;
    assertion.unwrap_or_else(|| panic!("encrypted"))
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn check(xml: &str, now: &str) -> Result<(), Error> {
    let wanted = Wanted {
        role: &"arn:aws:iam::111122223333:role/access".parse().unwrap(),
        provider: &"arn:aws:iam::111122223333:saml-provider/Okta"
            .parse()
            .unwrap(),
        session_name: &"alice@example.com".parse().unwrap(),
    };
    decode(xml)?.check(&wanted, at(now))
}

const NOW: &str = "2026-01-01T10:01:00Z";

#[test]
fn the_contents_of_a_response() {
    let assertion = assertion(XML);
    assert_eq!(assertion.session_name.as_str(), "alice@example.com");
    let [Pair { role, provider }] = assertion.roles.as_slice() else {
        panic!("{assertion:?}");
    };
    assert_eq!(format!("{role},{provider}"), PAIR);
    assert_eq!(assertion.unreadable, 0);
    assert_eq!(assertion.not_before, Some(at("2026-01-01T09:55:00.123Z")));
    assert_eq!(
        assertion.valid_until,
        at("2026-01-01T10:05:00Z"),
        "the earlier end"
    );
    assert_eq!(assertion.session_duration, Some(3600));
    assert_eq!(assertion.session_until, Some(at("2026-01-01T18:00:00Z")));
    assert_eq!(check(XML, NOW), Ok(()));
}

#[test]
fn encodings_of_a_response() {
    let plain = encode(XML);
    let lines: Vec<&str> = plain
        .as_bytes()
        .chunks(76)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let escaped: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let escaped_lines: String =
        form_urlencoded::byte_serialize(lines.join("\r\n").as_bytes()).collect();
    for (what, input) in [
        ("plain", plain.clone()),
        ("with an end of line", format!("{plain}\r\n")),
        ("with a byte order mark", format!("\u{feff}{plain}")),
        ("in lines", lines.join("\r\n")),
        ("indented", format!("  {}", lines.join("\n\t "))),
        ("escaped", escaped.clone()),
        ("the field", format!("SAMLResponse={escaped}")),
        (
            "the field in lines",
            format!("SAMLResponse={escaped_lines}\n"),
        ),
        (
            "a form",
            format!("RelayState=a%26SAMLResponse%3Dx&SAMLResponse={escaped}&x="),
        ),
    ] {
        let response = Response::decode(input.as_bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(response.encoded().reveal(), plain, "{what}");
    }
}

#[test]
fn valid_responses_of_other_providers() {
    let value = "<saml:AttributeValue>alice@example.com</saml:AttributeValue>";
    let swapped =
        "arn:aws:iam::111122223333:saml-provider/Okta , arn:aws:iam::111122223333:role/access";
    let other_prefixes = XML
        .replace("samlp", "x")
        .replace("saml:", "y:")
        .replace(":saml=", ":y=");
    let default_namespace = XML.replace("saml:", "").replace(
        "<Issuer>https://idp.example.com</Issuer>\n  <samlp",
        "<samlp",
    );
    let default_namespace = default_namespace.replace(
        "<Assertion",
        r#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion""#,
    );
    let with_value = |to: &str| with(value, to);
    for (what, xml) in [
        ("other prefixes", other_prefixes),
        ("the default namespace", default_namespace),
        ("a byte order mark", format!("\u{feff}{XML}")),
        ("no declaration", XML.split_once('\n').unwrap().1.to_owned()),
        (
            "a declaration in single quotes",
            with(
                r#"version="1.0" encoding="UTF-8""#,
                "version = '1.0' encoding='utf-8' standalone='no' ",
            ),
        ),
        ("provider first", with(PAIR, swapped)),
        (
            "blanks",
            with(PAIR, &format!("\n  {}\t", PAIR.replace(',', " ,\n "))),
        ),
        (
            "no audience",
            with(
                "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>",
                "",
            ),
        ),
        (
            "another audience too",
            with(
                "<saml:Audience>",
                "<saml:Audience>x</saml:Audience><saml:Audience>",
            ),
        ),
        (
            "an audience of a region",
            with(
                ">urn:amazon:webservices<",
                ">urn:amazon:webservices:govcloud<",
            ),
        ),
        (
            "an endpoint as the audience",
            with(
                ">urn:amazon:webservices<",
                ">https://signin.aws.amazon.com/saml<",
            ),
        ),
        (
            "a numbered audience",
            with(
                ">urn:amazon:webservices<",
                ">https://signin.aws.amazon.com/saml#2<",
            ),
        ),
        (
            "another address",
            with(
                r#"Recipient="https://signin"#,
                r#"Recipient="https://eu-west-1.signin"#,
            ),
        ),
        (
            "an address in another namespace",
            with(
                "Recipient=",
                r#"xmlns:e="e" e:Recipient="https://evil.com" Recipient="#,
            ),
        ),
        (
            "no time zone",
            with("2026-01-01T10:05:00Z", "2026-01-01T10:05:00"),
        ),
        (
            "another time zone",
            with("2026-01-01T10:05:00Z", "2026-01-01T12:05:00.5+02:00"),
        ),
        ("no conditions", with("saml:Conditions", "saml:Advice")),
        (
            "another confirmation",
            with(
                "<saml:SubjectConfirmation ",
                r#"<saml:SubjectConfirmation Method="x"/><saml:SubjectConfirmation "#,
            ),
        ),
        (
            "a character reference",
            with_value("<saml:AttributeValue>&#x61;lice&#64;example.com</saml:AttributeValue>"),
        ),
        (
            "CDATA",
            with_value(
                "<saml:AttributeValue>\n<![CDATA[alice]]>@<![CDATA[example.com]]></saml:AttributeValue>",
            ),
        ),
        (
            "a comment inside",
            with_value(
                "<saml:AttributeValue>alice<!-- x -->@example<?x y?>.com</saml:AttributeValue>",
            ),
        ),
        (
            "types",
            with_value(
                r#"<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">alice@example.com</saml:AttributeValue>"#,
            ),
        ),
        (
            "an attribute of elements",
            with(
                "<saml:AttributeStatement>",
                r#"<saml:AttributeStatement><saml:Attribute Name="x"><saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue></saml:Attribute>"#,
            ),
        ),
        (
            "a value that is no pair",
            with(
                PAIR,
                &format!("x,y</saml:AttributeValue><saml:AttributeValue>{PAIR}"),
            ),
        ),
    ] {
        assert_eq!(check(&xml, NOW), Ok(()), "{what}");
    }
}

#[test]
fn pairs_of_several_attributes() {
    let role = |account: &str, name: &str| {
        format!("arn:aws:iam::{account}:role/{name},arn:aws:iam::{account}:saml-provider/Okta")
    };
    let attribute = format!(
        r#"</saml:AttributeStatement><saml:AttributeStatement><saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
        <saml:AttributeValue>{}</saml:AttributeValue><saml:AttributeValue>{PAIR}</saml:AttributeValue>
        <saml:AttributeValue/><saml:AttributeValue>{PAIR},x</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"#,
        role("444455556666", "path/with,comma")
    );
    let assertion = assertion(&with("</saml:AttributeStatement>", &attribute));
    let roles: Vec<_> = assertion
        .roles
        .iter()
        .map(|pair| pair.role.as_str())
        .collect();
    assert_eq!(
        roles,
        [
            "arn:aws:iam::111122223333:role/access",
            "arn:aws:iam::444455556666:role/path/with,comma"
        ]
    );
    assert_eq!(assertion.unreadable, 2);
}

#[test]
fn encrypted_assertions_are_not_read() {
    let start = XML.find("<saml:Assertion").unwrap();
    let end = XML.find("</samlp:Response").unwrap();
    let encrypted = format!(
        "{}<saml:EncryptedAssertion><x/></saml:EncryptedAssertion>{}",
        &XML[..start],
        &XML[end..]
    );
    assert!(decode(&encrypted).unwrap().assertion().is_none());
    assert_eq!(check(&encrypted, "2030-01-01T00:00:00Z"), Ok(()));
}

#[test]
fn debug_output_does_not_contain_the_response() {
    let shown = format!("{:?}", decode(XML).unwrap());
    assert!(!shown.contains(&encode(XML)[..40]), "{shown}");
}
