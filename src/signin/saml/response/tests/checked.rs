//! Valid responses for another time, recipient, user or role.

use super::*;

#[test]
fn times() {
    for (now, good) in [
        ("2026-01-01T09:53:59Z", false),
        ("2026-01-01T09:54:01Z", true),
        ("2026-01-01T10:06:00Z", true),
        ("2026-01-01T10:06:01Z", false),
        ("0001-01-01T00:00:00Z", false),
        ("9999-12-31T23:59:59Z", false),
    ] {
        assert_eq!(check(XML, now).is_ok(), good, "{now}");
    }
    let error = check(XML, "2026-01-01T10:30:00Z").unwrap_err();
    let shown = |time| crate::output::at_second(at(time));
    assert_eq!(
        error.to_string(),
        format!(
            "the response expired at {}; it is now {}",
            shown("2026-01-01T10:05:00Z"),
            shown("2026-01-01T10:30:00Z")
        )
    );
    let expired = with("2026-01-01T18:00:00Z", "2026-01-01T09:59:00Z");
    let error = check(&expired, NOW).unwrap_err();
    assert!(
        matches!(error, Error::Expired { valid_until, .. } if valid_until == at("2026-01-01T09:59:00Z"))
    );
    let error = check(XML, "2026-01-01T09:00:00Z").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the response is valid from {}; it is now {}",
            shown("2026-01-01T09:55:00Z"),
            shown("2026-01-01T09:00:00Z")
        )
    );
    for extreme in ["9999-12-31T23:59:60Z", "0000-01-01T00:00:00+23:59"] {
        let _ = check(&with("2026-01-01T10:05:00Z", extreme), NOW);
    }
    for extreme in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        assert!(assertion(XML).is_for_now(extreme).is_err());
    }
}

#[test]
fn responses_for_another_recipient_or_user() {
    let display = |xml: &str| check(xml, NOW).unwrap_err().to_string();
    for recipient in ["https://evil.com/saml", "https://signin.amazonaws.cn/saml"] {
        let xml = with(
            r#"Recipient="https://signin.aws.amazon.com/saml"#,
            &format!("Recipient=\"{recipient}"),
        );
        assert_eq!(
            display(&xml),
            format!("the recipient is not AWS's sign-in in partition aws: {recipient:?}")
        );
    }
    let audience = ">urn:amazon:webservices<";
    assert_eq!(
        display(&with(audience, ">urn:x<")),
        "the audience is not AWS: urn:x"
    );
    assert_eq!(
        display(&with(audience, ">urn:amazon:webservicesx<")),
        "the audience is not AWS: urn:amazon:webservicesx"
    );
    let second = "</saml:AudienceRestriction><saml:AudienceRestriction/>";
    assert_eq!(
        display(&with("</saml:AudienceRestriction>", second)),
        "the audience is not AWS: nothing"
    );
    assert_eq!(
        display(&with("alice@", "bob@")),
        "the response is for bob@example.com, but the profile is for alice@example.com"
    );
    let case = check(&with("alice@example", "Alice@Example"), NOW);
    assert!(
        matches!(case, Err(Error::SessionNameCase { .. })),
        "{case:?}"
    );
    assert_eq!(
        display(&with("saml-provider/Okta", "saml-provider/Entra")),
        "the response has role arn:aws:iam::111122223333:role/access with provider \
         arn:aws:iam::111122223333:saml-provider/Entra, not with arn:aws:iam::111122223333:saml-provider/Okta"
    );
}

#[test]
fn roles_of_the_account_are_listed_first() {
    let pair = |account: &str, role: String| {
        format!("arn:aws:iam::{account}:role/{role},arn:aws:iam::{account}:saml-provider/Okta")
    };
    let mut pairs: Vec<String> = (0..12)
        .map(|n| pair("444455556666", format!("r{n}")))
        .collect();
    pairs.push(pair("111122223333", "other".into()));
    pairs.push("x".into());
    let xml = with(
        PAIR,
        &pairs.join("</saml:AttributeValue><saml:AttributeValue>"),
    );
    let Err(Error::OtherRoles {
        offered,
        more,
        unreadable,
        ..
    }) = check(&xml, NOW)
    else {
        panic!("found");
    };
    assert_eq!(offered[0].as_str(), "arn:aws:iam::111122223333:role/other");
    assert_eq!((offered.len(), more, unreadable), (10, 3, 1));
    let pairs = pairs[11..].join("</saml:AttributeValue><saml:AttributeValue>");
    assert_eq!(
        check(&with(PAIR, &pairs), NOW).unwrap_err().to_string(),
        "the response does not have role arn:aws:iam::111122223333:role/access, but \
         arn:aws:iam::111122223333:role/other, arn:aws:iam::444455556666:role/r11\
         ; one value is not a pair of role and provider"
    );
}

#[test]
fn until_when_aws_takes_a_response() {
    let usable = |xml: &str| assertion(xml).usable_until();
    assert_eq!(usable(XML), at("2026-01-01T10:05:00Z"));
    // AWS's five minutes, for a provider that allows an hour.
    let hour = with("2026-01-01T10:05:00Z", "2026-01-01T11:00:00Z");
    assert_eq!(usable(&hour), at("2026-01-01T10:05:00Z"));
    let minute = with("2026-01-01T10:05:00Z", "2026-01-01T10:00:58Z");
    assert_eq!(usable(&minute), at("2026-01-01T10:00:58Z"));
    let Err(Error::Expired { lifetime, .. }) = check(&minute, "2026-01-01T10:30:00Z") else {
        panic!("not expired");
    };
    assert_eq!(lifetime, Some(TimeDelta::seconds(58)));
}

#[test]
fn whether_there_is_a_signature() {
    assert!(assertion(XML).is_signed);
    let start = XML.find("<ds:Signature ").unwrap();
    let end = XML.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let unsigned = format!("{}{}", &XML[..start], &XML[end..]);
    assert!(!assertion(&unsigned).is_signed);
    let outside = unsigned.replace(
        "<samlp:Status>",
        &format!("{}<samlp:Status>", &XML[start..end]),
    );
    assert!(assertion(&outside).is_signed);
}
