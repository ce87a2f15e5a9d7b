//! What needs Linux or its programs here.

use kit::Home;
use kit::tools;

/// The aws CLI's token for static keys, which has no session token.
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
    // A token for an endpoint on another host cannot be used.
    let pipe = format!("AWS_ENDPOINT_URL=http://127.0.0.1:4566 {pipe}");
    let output = home.run("sh", ["-c", &pipe]).exits(1);
    assert_eq!(output.json()["would_be_taken"], false);
    assert_eq!(output.json()["host"], "127.0.0.1:4566");
    let text = home.run("sh", ["-c", &pipe.replace(" --output json", "")]);
    text.exits(1).recorded("");
}
