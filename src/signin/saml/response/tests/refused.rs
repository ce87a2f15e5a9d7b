//! Responses that are refused whatever they are for.

use super::*;

#[test]
fn texts_that_are_not_the_base64_of_a_response() {
    let plain = encode(XML);
    let escaped: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let long = "A".repeat(100_001);
    let other = encode(&with("alice@", "bob@"));
    let other: String = form_urlencoded::byte_serialize(other.as_bytes()).collect();
    let form = format!("SAMLResponse={escaped}&SAMLResponse={other}");
    let (cut, url_safe) = (&plain[..plain.len() - 1], plain.replace(['A', 'P'], "_"));
    let cut_off = format!("SAMLResponse: \"{}…\"", &plain[..1000]);
    let huge = vec![b'%'; LONGEST_INPUT + 1];
    let table: [(&[u8], Error); 25] = [
        (b"", Error::Empty),
        (b" \n", Error::Empty),
        (b"SAMLResponse=", Error::Empty),
        (XML.as_bytes(), Error::Markup),
        (b"<!DOCTYPE html><html>", Error::Markup),
        (
            long.as_bytes(),
            Error::TooLong {
                characters: 100_001,
            },
        ),
        (
            &huge,
            Error::TooLong {
                characters: LONGEST_INPUT + 1,
            },
        ),
        (form.as_bytes(), Error::SeveralResponses { found: 2 }),
        (b"RelayState=x&SigAlg=y", Error::NoField),
        (b"&", Error::NoField),
        (b"{\"log\":{\"entries\":[]}}", Error::NoField),
        (b"SAMLRequest=AAAA", Error::NoField),
        (cut_off.as_bytes(), Error::CutOff),
        (&cut_off.as_bytes()[14..], Error::CutOff),
        (
            b"<script>document.forms[0].SAMLResponse.value = x()</script>",
            Error::Markup,
        ),
        (
            b"https://signin.aws.amazon.com/saml?SAMLResponse=fZFfa8IwFMW%2F&RelayState=",
            Error::ByRedirect,
        ),
        (
            b"SAMLResponse: fZFfa8IwFMW/\nSigAlg: x&SigAlg=y",
            Error::ByRedirect,
        ),
        (b"SAMLResponse=\nRelayState=abcd", Error::Empty),
        (b"AAAA=", Error::NotBase64),
        (b"AA\0A", Error::NotBase64),
        (b"%zz%", Error::NotBase64),
        (b"%ff%fe", Error::NotBase64),
        (b"\xff\xfeP\0D\0", Error::NotBase64),
        (cut.as_bytes(), Error::NotBase64),
        (url_safe.as_bytes(), Error::NotBase64),
    ];
    for (input, error) in table {
        assert_eq!(Response::decode(input).unwrap_err(), error);
    }
}

#[test]
fn responses_that_are_refused() {
    let name = "alice@example.com";
    let named = |to: &str| with(name, to);
    let value = "<saml:AttributeValue>alice@example.com</saml:AttributeValue>";
    let assertion = r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>"#;
    let missing = |what| Error::Missing { what };
    let several = |what, count| Error::Several { what, count };
    let two = Error::SeveralAssertions { count: 2 };
    let attribute = |name: &str| format!("{ATTRIBUTES}{name}");
    let no_role = |meant: Option<&str>, name: &str| Error::NoAttribute {
        what: "Role",
        meant: meant.map(str::to_owned),
        came: vec![
            attribute("RoleSessionName"),
            name.to_owned(),
            attribute("SessionDuration"),
        ],
        more: 0,
    };
    for (xml, error) in [
        (
            with("samlp:Response", "samlp:LogoutResponse"),
            Error::NotAResponse {
                found: "LogoutResponse".into(),
            },
        ),
        (
            with("SAML:2.0:protocol", "SAML:1.0:protocol"),
            Error::NotAResponse {
                found: "Response".into(),
            },
        ),
        (
            with("SAML:2.0:assertion", "SAML:1.0:assertion"),
            Error::MisplacedAssertion,
        ),
        (with("samlp:Status>", "samlp:Other>"), missing("Status")),
        (
            with("</samlp:Status>", "</samlp:Status><samlp:Status/>"),
            several("Status", 2),
        ),
        (with("saml:Assertion", "saml:Other"), Error::NoAssertion),
        (
            with(
                "</saml:Assertion>",
                &format!("</saml:Assertion>{assertion}"),
            ),
            two.clone(),
        ),
        (
            with(
                "</saml:Assertion>",
                "</saml:Assertion><saml:EncryptedAssertion/>",
            ),
            two.clone(),
        ),
        (
            with(
                "<samlp:Status>",
                &format!("<samlp:Extensions>{assertion}</samlp:Extensions><samlp:Status>"),
            ),
            two.clone(),
        ),
        (
            with(
                "</ds:Signature>",
                &format!("<ds:Object>{assertion}</ds:Object></ds:Signature>"),
            ),
            two.clone(),
        ),
        (
            with(
                "<saml:Subject>",
                r#"<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion"/><saml:Subject>"#,
            ),
            two,
        ),
        (
            with("<saml:Assertion", "<samlp:Extensions><saml:Assertion")
                .replace("</saml:Assertion>", "</saml:Assertion></samlp:Extensions>"),
            Error::MisplacedAssertion,
        ),
        (with("saml:Subject>", "saml:Other>"), missing("Subject")),
        (
            with("cm:bearer", "cm:sender-vouches"),
            missing("bearer SubjectConfirmation"),
        ),
        (with("Recipient=", "Receiver="), missing("Recipient")),
        (
            with("Recipient=", r#"xmlns:e="e" e:Recipient="#),
            missing("Recipient"),
        ),
        (
            with(r#"NotOnOrAfter="2026-01-01T10:05:00Z""#, ""),
            missing("NotOnOrAfter"),
        ),
        (
            with("2026-01-01T10:05:00Z", "tomorrow"),
            Error::NotATime {
                what: "NotOnOrAfter",
                value: "tomorrow".into(),
            },
        ),
        (
            with("2026-01-01T10:05:00Z", "12026-01-01T10:05:00Z"),
            Error::NotATime {
                what: "NotOnOrAfter",
                value: "12026-01-01T10:05:00Z".into(),
            },
        ),
        (
            with("</saml:Conditions>", "</saml:Conditions><saml:Conditions/>"),
            several("Conditions", 2),
        ),
        (
            with("Attributes/RoleSessionName", "Attributes/rolesessionname"),
            Error::NoAttribute {
                what: "RoleSessionName",
                meant: Some(attribute("rolesessionname")),
                came: vec![
                    attribute("rolesessionname"),
                    attribute("Role"),
                    attribute("SessionDuration"),
                ],
                more: 0,
            },
        ),
        (
            with("Attributes/SessionDuration", "Attributes/RoleSessionName"),
            several("attribute RoleSessionName", 2),
        ),
        (with(value, ""), missing("value of RoleSessionName")),
        (
            with(value, &value.repeat(3)),
            several("value of RoleSessionName", 3),
        ),
        (
            with(value, &format!("mallory@example.com {value}")),
            Error::NotValues {
                what: "RoleSessionName",
            },
        ),
        (
            with(
                value,
                &format!("{value}<AttributeValue>mallory</AttributeValue>"),
            ),
            Error::NotValues {
                what: "RoleSessionName",
            },
        ),
        (
            with(
                "<saml:AttributeValue>3600<",
                "900<saml:AttributeValue>3600<",
            ),
            Error::NotValues {
                what: "SessionDuration",
            },
        ),
        (
            named("alice@<b>example.com</b>"),
            Error::NotText {
                what: "RoleSessionName",
            },
        ),
        (
            with("<saml:AttributeValue>3600<", "<saml:AttributeValue>899<"),
            Error::SessionDuration {
                value: "899".into(),
            },
        ),
        (
            with(">3600<", ">+3600<"),
            Error::SessionDuration {
                value: "+3600".into(),
            },
        ),
        (
            with(">3600<", ">43201<"),
            Error::SessionDuration {
                value: "43201".into(),
            },
        ),
        (
            with(">3600<", "><"),
            Error::SessionDuration {
                value: String::new(),
            },
        ),
        // Keycloak's own mapper, which a client has besides.
        (
            with("https://aws.amazon.com/SAML/Attributes/Role\"", "Role\""),
            no_role(Some("Role"), "Role"),
        ),
        (
            with("https://aws.amazon.com/SAML/Attributes/Role\"", "Role\"")
                .replace(PAIR, "offline_access"),
            no_role(None, "Role"),
        ),
        (
            with(
                &format!("<saml:AttributeValue>{PAIR}</saml:AttributeValue>"),
                "",
            ),
            Error::NoRoles {
                unreadable: 0,
                example: None,
            },
        ),
        (
            with(PAIR, "admin"),
            Error::NoRoles {
                unreadable: 1,
                example: Some("admin".into()),
            },
        ),
    ] {
        assert_eq!(decode(&xml).unwrap_err(), error);
    }
    // A comment does not cut a name short.
    for wrong in [
        "alice@example.com/<!---->",
        "alice<!---->\u{e9}",
        "a b",
        "x",
        "",
    ] {
        assert!(
            matches!(decode(&named(wrong)), Err(Error::SessionName(_))),
            "{wrong}"
        );
    }
    let longer = super::assertion(&named("alice@example.com<!---->.evil.com"));
    assert_eq!(longer.session_name.as_str(), "alice@example.com.evil.com");
}

#[test]
fn sign_ins_that_the_identity_provider_refused() {
    let code = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#;
    let refused = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">
        <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>
        <samlp:StatusMessage> not assigned to you </samlp:StatusMessage>"#;
    let error = decode(&with(code, refused)).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the identity provider responded: Responder, AuthnFailed ("not assigned to you")"#
    );
    let long = refused.replace("to you", &"x".repeat(1000));
    assert!(decode(&with(code, &long)).unwrap_err().to_string().len() < 300);
    let evil = refused.replace("to you", "\u{202e}&#10;");
    assert!(
        !decode(&with(code, &evil))
            .unwrap_err()
            .to_string()
            .contains('\n')
    );
}

#[test]
fn the_attributes_that_came_instead() {
    let shown = |xml: &str| decode(xml).unwrap_err().to_string();
    let role = "https://aws.amazon.com/SAML/Attributes/Role\"";
    assert_eq!(
        shown(&with(role, "Role\"")),
        "AWS reads the attribute \"https://aws.amazon.com/SAML/Attributes/Role\" only, but the response has it as \"Role\""
    );
    let many: String = (0..20)
        .map(|n| format!("<saml:Attribute Name=\"a{n}{}\"/>", "x".repeat(1000)))
        .collect();
    let none = with(role, "b\"").replace(PAIR, "x");
    let many = none.replace(
        "<saml:AttributeStatement>",
        &format!("<saml:AttributeStatement>{many}"),
    );
    let many = shown(&many);
    assert!(many.ends_with("and 13 more"), "{many}");
    assert!(many.len() < 3000, "{many}");
    let start = XML.find("<saml:AttributeStatement>").unwrap();
    let end = XML.find("</saml:Assertion>").unwrap();
    assert_eq!(
        shown(&format!("{}{}", &XML[..start], &XML[end..])),
        "the response has no attribute \"https://aws.amazon.com/SAML/Attributes/RoleSessionName\"; its attributes: nothing"
    );
}
