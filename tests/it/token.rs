//! `token inspect`: real tokens, and text that is no token.

#[cfg(target_os = "linux")]
mod linux;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, Laptop};

const INSPECT: &str = "token inspect";
const JSON: &str = "token inspect --output json";
const PREFIX: &str = "k8s-aws-v1.";

/// Returns the token in an ExecCredential.
fn token(credential: &Output) -> String {
    credential.json()["status"]["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Returns the presigned URL in a token.
fn url(token: &str) -> String {
    let encoded = token.strip_prefix(PREFIX).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

/// Checks that neither the token nor one of its secret parameters is printed.
#[track_caller]
fn tells_no_secret(output: &Output, token: &str) {
    let url = url(token);
    let parameters = url
        .split(['?', '&'])
        .filter_map(|pair| pair.split_once('='));
    let hidden = ["X-Amz-Signature", "X-Amz-Security-Token"];
    let secrets = parameters.filter(|(name, _)| hidden.contains(name));
    let secrets = secrets.map(|(_, value)| value);
    let said = format!("{}{}", output.stdout, output.stderr);
    for secret in secrets.chain([&token[PREFIX.len()..]]) {
        assert!(!said.contains(secret), "{output}");
    }
}

#[test]
fn our_token_is_taken_apart() {
    let laptop = Laptop::new();
    let credential = laptop.succeeds(laptop.run(GET_TOKEN));
    let token = token(&credential);
    let padded = format!("\n {token}\r\n");
    for input in [credential.stdout.clone(), token.clone(), padded] {
        let output = laptop.succeeds(laptop.run(JSON).input(input));
        tells_no_secret(&output, &token);
        let found = output.json();
        assert_eq!(found["would_be_taken"], true, "{output}");
        assert_eq!(found["problems"].as_array().unwrap().len(), 0);
        assert_eq!(found["host"], "sts.eu-west-1.amazonaws.com");
        assert_eq!(found["region"], "eu-west-1");
        assert!(found["access_key_id"].as_str().unwrap().starts_with("ASIA"));
        assert!((0..60).contains(&found["age"].as_i64().unwrap()));
        assert!((800..=900).contains(&found["seconds_left"].as_i64().unwrap()));
        assert_eq!(found["x_amz_expires"], 60);
        assert_eq!(found["size"], token.len());
        assert_eq!(found["max_size"], 4096);
        let signed_headers = serde_json::json!(["host", "x-k8s-aws-id"]);
        assert_eq!(found["signed_headers"], signed_headers);
        assert_eq!(found["bound_to_a_cluster"], true);
        let signature = &found["parameters"][8];
        let expected =
            serde_json::json!({"name": "X-Amz-Signature", "value": null, "characters": 64});
        assert_eq!(*signature, expected);
    }
    laptop.home.write("token.txt", &token);
    let output = laptop.succeeds(laptop.run("token inspect token.txt"));
    tells_no_secret(&output, &token);
    output.recorded("");
}

#[test]
fn what_a_cluster_would_refuse_is_refused() {
    let laptop = Laptop::new();
    let good = token(&laptop.succeeds(laptop.run(GET_TOKEN)));
    let url = url(&good);
    let encode = |url: &str| format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url));
    let date = url.split("X-Amz-Date=").nth(1).unwrap()[..8].to_owned();
    for (title, input) in [
        ("an old one", encode(&url.replace(&date, "20201128"))),
        ("padded", format!("{good}==")),
        ("an odd parameter", encode(&format!("{url}&%1b%5D0;x=1"))),
        ("an unknown parameter", encode(&format!("{url}&%1b%5D0=1"))),
    ] {
        for command in [INSPECT, JSON] {
            let output = laptop.run(command).input(input.as_str()).exits(1);
            tells_no_secret(&output, &good);
            laptop.check_discretion(&output);
            let obeyed = |c: char| c.is_control() && c != '\n';
            assert!(!output.stdout.contains(obeyed), "{output}");
            match command {
                INSPECT => output.recorded(title),
                _ => output.explains(&["error: ", "cause: ", "hint: "]),
            };
        }
    }
}

#[test]
fn what_is_not_a_token_is_refused() {
    let laptop = Laptop::new();
    for (title, input) in [
        ("nothing", vec![]),
        ("a word", b"hello".into()),
        ("not base64url", b"k8s-aws-v1.\x1b]0;evil\x07".into()),
        ("not text", vec![0xff; 100]),
        (
            "a token that is a number",
            b"{\"status\":{\"token\":3}}".into(),
        ),
        ("deep JSON", b"{".repeat(60_000)),
        ("too large", vec![b'A'; 100_000]),
    ] {
        laptop.fails(laptop.run(INSPECT).input(input), 1, title);
    }
    let absent = laptop.run("token inspect absent.txt");
    laptop.fails(absent, 1, "no such file");
}

/// In any form, a token on the command line is refused and not printed.
#[test]
fn a_token_in_the_command_line_is_refused_and_not_repeated() {
    let laptop = Laptop::new();
    let credential = laptop.succeeds(laptop.run(GET_TOKEN));
    let token = token(&credential);
    let long = "A".repeat(1_500);
    let refused = |run: Run| {
        let output = run.exits(2);
        tells_no_secret(&output, &token);
        assert!(!output.stderr.contains(&long), "{output}");
        assert_eq!(output.stdout, "");
        output
    };
    for typed in [&token, "k8s-aws-v1.x", credential.stdout.trim(), &long] {
        let run = laptop.run_words(["token", "inspect", typed]);
        refused(run.known_as("apono-login token inspect TOKEN")).recorded("");
    }
    refused(laptop.run_words(["token", &token]));
    refused(laptop.run_words(["token", "inspect", "file", &token]));
    refused(laptop.run_words(["token", "inspect", "--token", &token]));
    refused(laptop.run_words(["token", "inspect", &format!("--token={token}")]));
}
