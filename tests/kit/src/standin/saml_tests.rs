//! Tests of AssumeRoleWithSAML: valid responses, and for each rule one that breaks it.

use super::super::Options;
use super::super::sts::handle;
use super::super::world::Operation;
use super::*;
use crate::idp::{
    Claims, Idp, PROVIDER_ARN, ROLE_ARN, Seal, Wrapping, other_certificate, pysaml2_response,
};

const ALICE: &str = "alice@example.com";

struct Desk {
    aws: StandIn,
    idp: Idp,
}

impl Desk {
    fn new() -> Desk {
        let (aws, idp) = (StandIn::start(Options::default()), Idp::start());
        let provider = aws.add_saml_provider("Okta", &idp.provider_certificate());
        assert_eq!(provider, PROVIDER_ARN);
        aws.trust_saml(ROLE_ARN, PROVIDER_ARN);
        Desk { aws, idp }
    }

    /// Requests a session of the role and returns the whole response.
    fn ask(&self, assertion: &str, more: &[(&str, &str)]) -> String {
        let form = [
            ("Action", "AssumeRoleWithSAML"),
            ("Version", "2011-06-15"),
            ("SAMLAssertion", assertion),
        ];
        let defaults = [("RoleArn", ROLE_ARN), ("PrincipalArn", PROVIDER_ARN)];
        let kept = defaults
            .iter()
            .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let pairs = form.iter().chain(kept).chain(more);
        let mut request =
            Request::new("POST", "/").with("content-type", "application/x-www-form-urlencoded");
        request.body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
            .into_bytes();
        let (operation, answer) = handle(&self.aws.world, &request);
        assert_eq!(operation, Operation::AssumeRoleWithSaml);
        let body = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status == 200, body.contains("<SessionToken>"));
        body
    }

    #[track_caller]
    fn takes(&self, assertion: &str, more: &[(&str, &str)]) -> String {
        let answer = self.ask(assertion, more);
        assert!(answer.contains("<SessionToken>"), "{answer}");
        answer
    }

    #[track_caller]
    fn refuses(&self, what: &str, assertion: &str, more: &[(&str, &str)], why: [&str; 2]) {
        let answer = self.ask(assertion, more);
        let [code, message] = why;
        assert!(
            answer.contains(&format!("<Code>{code}</Code>")) && answer.contains(message),
            "{what}: {answer}"
        );
    }
}

fn claims(change: impl FnOnce(&mut Claims)) -> Claims {
    let mut claims = Claims::default();
    change(&mut claims);
    claims
}

fn field<'a>(answer: &'a str, name: &str) -> &'a str {
    let rest = answer.split(&format!("<{name}>")).nth(1).unwrap();
    rest.split("</").next().unwrap()
}

#[test]
fn a_session_and_its_description() {
    let desk = Desk::new();
    let response = desk.idp.response(&Claims::default());
    let answer = desk.takes(&response, &[]);
    let arn = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com";
    assert_eq!(field(&answer, "Arn"), arn);
    assert_eq!(field(&answer, "Subject"), ALICE);
    assert_eq!(field(&answer, "SubjectType"), "persistent");
    assert_eq!(field(&answer, "Issuer"), "http://www.okta.com/exk1");
    assert_eq!(field(&answer, "Audience"), SIGN_IN);
    // The SHA-1 digest of "http://www.okta.com/exk1111122223333/Okta".
    assert_eq!(
        field(&answer, "NameQualifier"),
        "J3SVfLNuhkX6NOASNittjBlfAw8="
    );
    let key = desk.aws.world.facts().keys[field(&answer, "AccessKeyId")].clone();
    assert_eq!(key.principal.arn, arn);
    assert_eq!(key.principal.principal_arn, ROLE_ARN);
    assert_eq!(key.principal.saml_sub.as_deref(), Some(ALICE));
    assert_eq!(key.secret, field(&answer, "SecretAccessKey"));
    assert!(desk.aws.secrets().contains(&response));
}

#[test]
fn valid_responses_are_accepted() {
    let desk = Desk::new();
    let taken = [
        (
            "the response is signed",
            claims(|c| c.seal = Seal::Response),
        ),
        ("both are signed", claims(|c| c.seal = Seal::Both)),
        ("the provider comes first", claims(|c| c.swapped = true)),
        (
            "another audience of AWS",
            claims(|c| c.audience = Some(SIGN_IN.to_owned())),
        ),
        (
            "an additional role",
            claims(|c| {
                let other = "arn:aws:iam::111122223333:role/other".to_owned();
                c.roles.insert(0, (other, PROVIDER_ARN.to_owned()));
            }),
        ),
        (
            "a large response",
            claims(|c| c.attributes.push(("groups".to_owned(), "x".repeat(60_000)))),
        ),
        ("an old one, barely", claims(|c| c.issued = -290)),
    ];
    for (what, claims) in taken {
        let answer = desk.takes(&desk.idp.response(&claims), &[]);
        assert!(field(&answer, "Arn").ends_with(ALICE), "{what}: {answer}");
    }
    // A comment does not end the name.
    let name = "alice@example.com<!-- -->.example.net";
    let claims = claims(|c| c.session_name_xml = Some(name.to_owned()));
    let answer = desk.takes(&desk.idp.response(&claims), &[]);
    assert!(field(&answer, "Arn").ends_with("/alice@example.com.example.net"));
}

#[test]
fn responses_of_pysaml2_are_accepted() {
    let desk = Desk::new();
    for seal in [Seal::Assertion, Seal::Response, Seal::Both] {
        let response = pysaml2_response(&claims(|c| c.seal = seal));
        let answer = desk.takes(&response, &[("DurationSeconds", "900")]);
        assert!(field(&answer, "Arn").ends_with(ALICE), "{answer}");
    }
    let response = pysaml2_response(&claims(|c| c.seal = Seal::OtherKey));
    let why = ["InvalidIdentityToken", "Response signature invalid"];
    desk.refuses("another key", &response, &[], why);
}

const SIGNATURE: [&str; 2] = ["InvalidIdentityToken", "Response signature invalid"];
const DENIED: [&str; 2] = [
    "AccessDenied",
    "Not authorized to perform sts:AssumeRoleWithSAML",
];

#[test]
fn invalid_responses_are_refused() {
    let desk = Desk::new();
    let elsewhere = Some("https://sp.example.net/saml".to_owned());
    let expired = ["ExpiredTokenException", "Response has expired"];
    let cases = [
        (
            "another key",
            claims(|c| c.seal = Seal::OtherKey),
            SIGNATURE,
        ),
        (
            "no signature",
            claims(|c| c.seal = Seal::Nothing),
            SIGNATURE,
        ),
        (
            "an expired response",
            claims(|c| c.issued = -310),
            [
                "ExpiredTokenException",
                "Token must be redeemed within 5 minutes of issuance",
            ],
        ),
        ("expired", claims(|c| c.not_on_or_after = -1), expired),
        (
            "the session has ended",
            claims(|c| c.session_not_on_or_after = Some(-1)),
            expired,
        ),
        (
            "not yet valid",
            claims(|c| c.not_before = 60),
            ["InvalidIdentityToken", "not yet valid"],
        ),
        (
            "another audience",
            claims(|c| c.audience = elsewhere.clone()),
            ["InvalidIdentityToken", "required audience"],
        ),
        (
            "no audience",
            claims(|c| c.audience = None),
            ["InvalidIdentityToken", "required audience"],
        ),
        (
            "another recipient",
            claims(|c| c.recipient = elsewhere.clone()),
            ["InvalidIdentityToken", "recipient"],
        ),
        (
            "a recipient with a similar host name",
            claims(|c| c.recipient = Some("https://evilsignin.aws.amazon.com/saml".to_owned())),
            ["InvalidIdentityToken", "recipient"],
        ),
        (
            "a recipient the guide's trust policy does not name",
            claims(|c| {
                c.recipient = Some("https://eu-west-1.signin.aws.amazon.com/saml".to_owned());
            }),
            DENIED,
        ),
        (
            "no session name",
            claims(|c| c.session_name = None),
            ["InvalidIdentityToken", "RoleSessionName is required"],
        ),
        (
            "a session name that STS does not accept",
            claims(|c| c.session_name = Some("Alice Example".to_owned())),
            ["InvalidIdentityToken", "RoleSessionName in AuthnResponse"],
        ),
        ("no roles", claims(|c| c.roles.clear()), DENIED),
        (
            "the role with another provider",
            claims(|c| c.roles[0].1 += "2"),
            DENIED,
        ),
        (
            "a status other than Success",
            claims(|c| c.status = "Responder".to_owned()),
            ["IDPRejectedClaim", "status:Responder"],
        ),
        (
            "two assertions, both signed",
            claims(|c| {
                c.seal = Seal::Response;
                c.second = Some(Box::new(Claims::of("root@example.com")));
            }),
            ["InvalidIdentityToken", "one Assertion"],
        ),
    ];
    for (what, claims, why) in cases {
        desk.refuses(what, &desk.idp.response(&claims), &[], why);
    }
}

#[test]
fn signature_wrapping_is_refused() {
    let desk = Desk::new();
    let mallory = Claims::of("root@example.com");
    for wrapping in Wrapping::ALL {
        for seal in [Seal::Assertion, Seal::Both] {
            let genuine = claims(|c| c.seal = seal);
            let wrapped = desk.idp.wrapped(&genuine, &mallory, wrapping);
            let answer = desk.ask(&wrapped, &[]);
            assert!(
                answer.contains("<Code>InvalidIdentityToken</Code>"),
                "{wrapping:?}: {answer}"
            );
        }
    }
}

#[test]
fn changing_a_byte_invalidates_the_signature() {
    let desk = Desk::new();
    for seal in [Seal::Assertion, Seal::Response] {
        let xml = desk.idp.response_xml(&claims(|c| c.seal = seal));
        for (from, to) in [
            (">alice@example.com<", ">alicf@example.com<"),
            ("NotBefore=\"2", "NotBefore=\"1"),
            ("<ds:DigestValue>", "<ds:DigestValue>A"),
            ("<ds:SignatureValue>", "<ds:SignatureValue>A"),
        ] {
            let tampered = xml.replacen(from, to, 1);
            assert_ne!(tampered, xml, "{from}");
            desk.refuses(from, &base64(tampered.as_bytes()), &[], SIGNATURE);
        }
    }
    let xml = desk.idp.response_xml(&Claims::default());
    let transform = "http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>";
    let none = "http://www.w3.org/TR/1999/REC-xpath-19991116\"/></ds:Transforms>";
    let tampered = xml.replacen(transform, none, 1);
    desk.refuses("transform", &base64(tampered.as_bytes()), &[], SIGNATURE);
    let declared = xml.replacen("UTF-8", "ISO-8859-1", 1);
    let why = ["InvalidIdentityToken", "UTF-8"];
    desk.refuses("encoding", &base64(declared.as_bytes()), &[], why);
    let typed = xml.replacen("<saml2p:", "<!DOCTYPE x [<!ENTITY a 'b'>]><saml2p:", 1);
    let why = ["InvalidIdentityToken", "not XML"];
    desk.refuses("document type", &base64(typed.as_bytes()), &[], why);
}

#[test]
fn invalid_requests_are_refused() {
    let desk = Desk::new();
    let good = desk.idp.response(&Claims::default());
    let other = "arn:aws:iam::111122223333:saml-provider/Other";
    desk.aws.add_saml_provider(other, &other_certificate());
    let long = "A".repeat(100_001);
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], [&'a str; 2]);
    let cases: [Case; 10] = [
        ("empty", "", &[], ["ValidationError", "sAMLAssertion"]),
        ("too long", &long, &[], ["ValidationError", "100000"]),
        (
            "invalid base64",
            "<xml/>",
            &[],
            ["InvalidIdentityToken", "Invalid base64 SAMLResponse"],
        ),
        (
            "invalid XML",
            "AAAA",
            &[],
            ["InvalidIdentityToken", "Invalid SAML response"],
        ),
        (
            "an unknown provider",
            &good,
            &[(
                "PrincipalArn",
                "arn:aws:iam::111122223333:saml-provider/None",
            )],
            ["InvalidIdentityToken", "Specified provider doesn't exist"],
        ),
        (
            "a provider with another key",
            &good,
            &[("PrincipalArn", other)],
            SIGNATURE,
        ),
        (
            "a role that the response does not name",
            &good,
            &[("RoleArn", "arn:aws:iam::111122223333:role/other")],
            DENIED,
        ),
        (
            "too short",
            &good,
            &[("DurationSeconds", "899")],
            ["ValidationError", "greater than or equal to 900"],
        ),
        (
            "longer than any session",
            &good,
            &[("DurationSeconds", "43201")],
            ["ValidationError", "less than or equal to 43200"],
        ),
        (
            "longer than this role's",
            &good,
            &[("DurationSeconds", "3601")],
            [
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ],
        ),
    ];
    for (what, assertion, more, why) in cases {
        desk.refuses(what, assertion, more, why);
    }
    let untrusted = StandIn::start(Options::default());
    untrusted.add_saml_provider("Okta", &desk.idp.provider_certificate());
    let desk = Desk {
        aws: untrusted,
        idp: desk.idp,
    };
    desk.refuses("a role that does not trust it", &good, &[], DENIED);
}

#[test]
fn the_duration_of_a_session() {
    let desk = Desk::new();
    desk.aws.set_max_session(ROLE_ARN, 43_200);
    let plain = Claims::default();
    let ends = claims(|c| c.session_not_on_or_after = Some(1800));
    // The SessionDuration attribute only applies to the console.
    let console = claims(|c| c.session_duration = Some(7200));
    let cases = [
        (&plain, None, 3600),
        (&plain, Some("900"), 900),
        (&plain, Some("43200"), 43_200),
        (&ends, None, 1800),
        (&ends, Some("43200"), 1800),
        (&ends, Some("900"), 900),
        (&console, None, 3600),
    ];
    for (claims, asked, seconds) in cases {
        let duration = asked.map(|seconds| ("DurationSeconds", seconds));
        let duration: Vec<_> = duration.into_iter().collect();
        let answer = desk.takes(&desk.idp.response(claims), &duration);
        let end = DateTime::parse_from_rfc3339(field(&answer, "Expiration")).unwrap();
        let left = (end.to_utc() - desk.aws.world.now()).num_seconds();
        assert!((seconds - 5..=seconds).contains(&left), "{asked:?}: {left}");
    }
}
