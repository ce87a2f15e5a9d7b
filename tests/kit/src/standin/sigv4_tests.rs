//! Tests the verifier with the examples that AWS has published, and with alterations of them.

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, DATE).unwrap().and_utc()
}

fn vanilla(target: &str, signature: &str) -> Request {
    let authorization = format!(
        "{ALGORITHM} Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={signature}"
    );
    Request::new("GET", target)
        .with("Host", "example.amazonaws.com")
        .with("X-Amz-Date", "20150830T123600Z")
        .with("Authorization", &authorization)
}

fn verdict(request: &Request, service: &str, now: &str) -> Result<(), Refusal> {
    Presented::read(request)?.verify(request, SECRET, service, at(now))
}

#[test]
fn the_documented_signing_key_is_reproduced() {
    let key = signing_key(SECRET, "20150830", "us-east-1", "iam");
    assert_eq!(
        hex::encode(key),
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    );
}

#[test]
fn published_header_signatures_are_accepted() {
    let cases = [
        (
            "/",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ];
    for (target, signature) in cases {
        let request = vanilla(target, signature);
        assert_eq!(
            verdict(&request, "service", "20150830T123600Z"),
            Ok(()),
            "{target}"
        );
    }
    let iam = Request::new("GET", "/?Action=ListUsers&Version=2010-05-08")
        .with(
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        .with("Host", "iam.amazonaws.com")
        .with("X-Amz-Date", "20150830T123600Z")
        .with(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        );
    assert_eq!(verdict(&iam, "iam", "20150830T123600Z"), Ok(()));
}

#[test]
fn the_published_presigned_url_is_reproduced() {
    let request = Request::new(
        "GET",
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1\
         %2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=to-come",
    )
    .with("Host", "examplebucket.s3.amazonaws.com");
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    assert_eq!(
        sign(&request, secret, "UNSIGNED-PAYLOAD"),
        Ok("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404".to_owned())
    );
}

#[test]
fn whatever_is_altered_is_refused() {
    let good = vanilla(
        "/",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    type Alteration = fn(&mut Request);
    let altered: [(&str, Alteration); 5] = [
        ("method", |request| request.method = "POST".to_owned()),
        ("path", |request| request.path = "/x".to_owned()),
        ("query", |request| request.query = "a=b".to_owned()),
        ("body", |request| request.body = b"x".to_vec()),
        ("host", |request| {
            request.headers[0].1 = "example.com".to_owned()
        }),
    ];
    for (what, alter) in altered {
        let mut request = good.clone();
        alter(&mut request);
        let refused = verdict(&request, "service", "20150830T123600Z");
        assert!(
            matches!(refused, Err(Refusal::Mismatch(_))),
            "{what}: {refused:?}"
        );
    }
    assert!(
        matches!(
            verdict(&good, "sts", "20150830T123600Z"),
            Err(Refusal::Mismatch(_))
        ),
        "service"
    );
    let smuggled = good.clone().with("X-Amz-Extra", "1");
    assert!(matches!(
        verdict(&smuggled, "service", "20150830T123600Z"),
        Err(Refusal::Mismatch(_))
    ));
    let bare = Request::new("GET", "/").with("Host", "example.amazonaws.com");
    assert_eq!(
        verdict(&bare, "service", "20150830T123600Z"),
        Err(Refusal::Missing)
    );
}

#[test]
fn a_signature_is_valid_five_minutes_before_and_after() {
    let good = vanilla(
        "/",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    assert_eq!(verdict(&good, "service", "20150830T124100Z"), Ok(()));
    assert_eq!(
        verdict(&good, "service", "20150830T124101Z"),
        Err(mismatch(
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
        ))
    );
    assert_eq!(
        verdict(&good, "service", "20150830T123059Z"),
        Err(mismatch(
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + \
             5 min.)"
        ))
    );
}
