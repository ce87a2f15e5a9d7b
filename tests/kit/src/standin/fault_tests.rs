//! Tests of every fault.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::json;

use super::super::world::Operation;
use super::super::{Options, StandIn};
use super::*;

fn body(fault: &Fault, honest: Answer) -> String {
    match fault.apply(Service::Sts, honest) {
        Delivery::Whole(answer) => String::from_utf8(answer.body).unwrap(),
        _ => panic!("not an answer"),
    }
}

#[test]
fn fields_are_replaced_and_removed() {
    let xml = || Answer::new(200, "text/xml", "<a><Arn>x</Arn><b/></a>");
    assert_eq!(
        body(&Fault::field("Arn", "<y>"), xml()),
        "<a><Arn>&lt;y&gt;</Arn><b/></a>"
    );
    assert_eq!(body(&Fault::missing("Arn"), xml()), "<a><b/></a>");
    assert_eq!(
        body(&Fault::Padding(2), xml()),
        "<a><Arn>x</Arn><b/><!--xx--></a>"
    );
    let json = || {
        Answer::json(
            200,
            &json!({ "cluster": { "name": "x", "ca": { "data": "y" } } }),
        )
    };
    assert_eq!(
        body(&Fault::missing("ca.data"), json()),
        r#"{"cluster":{"ca":{},"name":"x"}}"#
    );
    assert_eq!(
        body(&Fault::field("name", "z"), json()),
        r#"{"cluster":{"ca":{"data":"y"},"name":"z"}}"#
    );
}

/// Sends an unsigned GetCallerIdentity and returns what is received within a second.
fn ask(standin: &StandIn) -> String {
    let address = standin.url(Service::Sts).replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let request =
        b"GET /?Action=GetCallerIdentity HTTP/1.1\r\nHost: sts\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn faults_last_as_long_as_requested() {
    let standin = StandIn::start(Options::default());
    let operation = Operation::GetCallerIdentity;
    standin.misbehave_times(operation, Fault::unavailable(), 1);
    assert!(ask(&standin).starts_with("HTTP/1.1 503 "));
    assert!(ask(&standin).contains("<Code>MissingAuthenticationToken</Code>"));
    standin.misbehave(operation, Fault::HangUp);
    assert_eq!(ask(&standin), "");
    assert_eq!(ask(&standin), "");
    standin.behave();
    standin.misbehave(operation, Fault::Truncated);
    let truncated = ask(&standin);
    assert!(
        truncated.contains("<ErrorResponse") && !truncated.contains("</ErrorResponse>"),
        "{truncated}"
    );
    standin.behave();
    standin.misbehave(operation, Fault::error(400, "Odd", "\x1b[31mred"));
    assert!(ask(&standin).contains("<Message>\x1b[31mred</Message>"));
    standin.behave();
    standin.misbehave(operation, Fault::Redirect("http://example.com/".to_owned()));
    assert!(ask(&standin).contains("location: http://example.com/\r\n"));
    assert_eq!(
        (standin.count(operation), standin.connections(Service::Sts)),
        (7, 7)
    );
    standin.forget();
    assert_eq!(
        (standin.count(operation), standin.connections(Service::Sts)),
        (0, 0)
    );
}

#[test]
fn delay_and_clock_skew() {
    let standin = StandIn::start(Options::default());
    standin.set_delay(Duration::from_millis(100));
    let start = Instant::now();
    ask(&standin);
    assert!(start.elapsed() >= Duration::from_millis(100));
    standin.behave();
    standin.misbehave(Operation::GetCallerIdentity, Fault::Hang);
    assert_eq!(ask(&standin), "");
    standin.behave();
    standin.misbehave(
        Operation::GetCallerIdentity,
        Fault::Trickle(Duration::from_millis(2)),
    );
    let start = Instant::now();
    assert!(ask(&standin).contains("</ErrorResponse>"));
    assert!(start.elapsed() >= Duration::from_millis(400));
    standin.behave();
    standin.set_clock_skew(86_400);
    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    assert!(ask(&standin).contains(&tomorrow.format("Date: %a, %d %b %Y").to_string()));
}
