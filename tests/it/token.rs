//! `token inspect`: real tokens, and what is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, Laptop};
use kit::{Home, tools};

const INSPECT: &str = "token inspect";
const JSON: &str = "token inspect --output json";
const PREFIX: &str = "k8s-aws-v1.";

/// The token that an ExecCredential holds.
fn token(credential: &Output) -> String {
    credential.json()["status"]["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The parts of a token that nobody may see.
fn secrets(token: &str) -> Vec<String> {
    let url = URL_SAFE_NO_PAD
        .decode(token.strip_prefix(PREFIX).unwrap())
        .unwrap();
    let url = String::from_utf8(url).unwrap();
    let parameters = url
        .split(['?', '&'])
        .filter_map(|pair| pair.split_once('='));
    let hidden = ["X-Amz-Signature", "X-Amz-Security-Token"];
    let mut values: Vec<String> = parameters
        .filter(|(name, _)| hidden.contains(name))
        .map(|(_, value)| value.to_owned())
        .collect();
    values.push(token[PREFIX.len()..].to_owned());
    values
}

#[track_caller]
fn tells_no_secret(output: &Output, token: &str) {
    for secret in secrets(token) {
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(!said.contains(&secret), "{output}");
    }
}

#[test]
fn our_token_is_taken_apart() {
    let laptop = Laptop::new();
    let credential = laptop.succeeds(laptop.run(GET_TOKEN));
    let token = token(&credential);
    let inputs = [
        credential.stdout.clone(),
        token.clone(),
        format!("\n {token}\r\n"),
    ];
    for input in inputs {
        let output = laptop.succeeds(laptop.run(JSON).input(input));
        tells_no_secret(&output, &token);
        let found = output.json();
        assert_eq!(found["would_be_taken"], true, "{output}");
        assert_eq!(found["problems"].as_array().unwrap().len(), 0);
        assert_eq!(found["host"], "sts.eu-west-1.amazonaws.com");
        assert_eq!(found["region"], "eu-west-1");
        assert!(found["access_key_id"].as_str().unwrap().starts_with("ASIA"));
        assert!(
            (0..60).contains(&found["age"].as_i64().unwrap()),
            "{output}"
        );
        assert!((800..=900).contains(&found["seconds_left"].as_i64().unwrap()));
        assert_eq!(found["x_amz_expires"], 60);
        assert_eq!(found["size"], token.len());
        assert_eq!(found["max_size"], 4096);
        assert_eq!(
            found["signed_headers"],
            serde_json::json!(["host", "x-k8s-aws-id"])
        );
        assert_eq!(found["bound_to_a_cluster"], true);
        let signature = &found["parameters"][8];
        let expected =
            serde_json::json!({"name": "X-Amz-Signature", "value": null, "characters": 64});
        assert_eq!(*signature, expected);
    }
    let file = laptop.home.path("token.txt");
    laptop.home.write("token.txt", &token);
    let words = ["token", "inspect", file.to_str().unwrap()];
    let output = laptop.succeeds(laptop.run_words(words));
    tells_no_secret(&output, &token);
    for line in [
        "host         sts.eu-west-1.amazonaws.com",
        "cluster      one, whose name is signed (x-k8s-aws-id) and not in the token",
        "signed       host, x-k8s-aws-id",
        "parameter    X-Amz-Signature=(64 characters, not shown)",
        "verdict      would be taken, if AWS finds the signature right",
    ] {
        assert!(
            output.stdout.lines().any(|found| found == line),
            "{line}\n{output}"
        );
    }
    assert_eq!(output.stderr, "");
}

/// The aws CLI's own, of static keys and so without a session token.
#[test]
fn the_aws_clis_token_is_taken_apart() {
    let home = Home::new().with_path(tools::bin());
    home.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = secret\n",
    );
    let pipe = "aws eks get-token --cluster-name prod --region eu-central-1 | apono-login token inspect --output json";
    let found = home.run("sh", ["-c", pipe]).succeeds().json();
    assert_eq!(found["would_be_taken"], true, "{found}");
    assert_eq!(found["host"], "sts.eu-central-1.amazonaws.com");
    assert_eq!(found["access_key_id"], "AKIAEXAMPLE000000001");
    // What it makes for an endpoint of somebody's own is of no use.
    let pipe = format!("AWS_ENDPOINT_URL=http://127.0.0.1:4566 {pipe}");
    let output = home.run("sh", ["-c", &pipe]).exits(1);
    assert_eq!(output.json()["would_be_taken"], false);
    output.explains(&["127.0.0.1:4566", "AWS_ENDPOINT_URL"]);
}

#[test]
fn what_a_cluster_would_refuse_is_refused() {
    let laptop = Laptop::new();
    let good = token(&laptop.succeeds(laptop.run(GET_TOKEN)));
    let url = URL_SAFE_NO_PAD.decode(&good[PREFIX.len()..]).unwrap();
    let url = String::from_utf8(url).unwrap();
    let encode = |url: &str| format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url));
    let date = url.split("X-Amz-Date=").nth(1).unwrap()[..8].to_owned();
    let old = encode(&url.replace(&date, "20201128"));
    let cases: [(String, &[&str]); 4] = [
        (
            old,
            &["clusters take a token for 15 minutes", "get a new one"],
        ),
        (format!("{good}=="), &["padded"]),
        (encode(&format!("{url}&%1b%5D0;x=1")), &["cannot be read"]),
        (encode(&format!("{url}&%1b%5D0=1")), &["\\u{1b}]0"]),
    ];
    for (input, words) in cases {
        for command in [INSPECT, JSON] {
            let output = laptop.run(command).input(input.as_str()).exits(1);
            tells_no_secret(&output, &good);
            laptop.check_discretion(&output);
            output.explains(&[
                "error: a cluster would refuse this token",
                "cause: ",
                "hint: ",
            ]);
            output.explains(words);
            let obeyed = |c: char| c.is_control() && c != '\n';
            assert!(!output.stdout.contains(obeyed), "{output}");
        }
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let laptop = Laptop::new();
    let fails = |input: Vec<u8>, words: &[&str]| {
        laptop.fails(laptop.run(INSPECT).input(input), 1, "");
    };
    let no_token = "that is not a token of an EKS cluster";
    fails(b"".to_vec(), &[no_token]);
    fails(
        b"hello".to_vec(),
        &[no_token, "does not begin with k8s-aws-v1."],
    );
    fails(
        b"k8s-aws-v1.\x1b]0;evil\x07".to_vec(),
        &[no_token, "base64url"],
    );
    fails(vec![0xff; 100], &[no_token, "not text"]);
    fails(b"{\"status\":{\"token\":3}}".to_vec(), &[no_token, "JSON"]);
    fails([b"{".repeat(60_000)].concat(), &[no_token, "JSON"]);
    fails(vec![b'A'; 100_000], &["too large"]);
    let absent = laptop.run("token inspect absent.txt");
    laptop.fails(absent, 1, "");
}

/// However it is typed, it is not repeated.
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
    for typed in [
        token.as_str(),
        "k8s-aws-v1.x",
        credential.stdout.trim(),
        &long,
    ] {
        refused(laptop.run_words(["token", "inspect", typed])).explains(&[
            "never taken from the command line",
            "pipe it: `apono-login get-token",
        ]);
    }
    refused(laptop.run_words(["token", &token]));
    refused(laptop.run_words(["token", "inspect", "file", &token]));
    refused(laptop.run_words(["token", "inspect", "--token", &token]));
    refused(laptop.run_words(["token", "inspect", &format!("--token={token}")]));
}
