//! What needs Linux or its programs here.

use super::*;

/// Control characters in text from elsewhere are shown but have no effect.
#[test]
fn hostile_text_is_cleaned() {
    let home = Home::new();
    let trust = json!({"Statement": {"Sid": "\u{1b}]52;c;x\u{7}\n\u{202e}", "Effect": "Allow", "Principal": {"AWS": "$(touch pwned)\n"}, "Action": "sts:AssumeRole"}});
    home.write("role.json", role(&trust));
    let policy = json!({"PolicyName": "'; touch pwned; '\u{1b}[2J", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*"}}});
    home.write("policy.json", policy.to_string());
    let found = home
        .apono_login("policy check role.json policy.json")
        .exits(1);
    let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(
        !found.stdout.contains(obeyed) && !found.stderr.contains(obeyed),
        "{found}"
    );
    found.recorded("");
    let report = home
        .apono_login("policy check role.json policy.json --output json")
        .exits(1);
    for finding in report.json()["findings"].as_array().unwrap() {
        for step in finding["mend"].as_array().unwrap() {
            if finding["id"] == "permissions-wide" {
                let step = step.as_str().unwrap().replace("aws iam", "true");
                home.run("sh", ["-c", &step]).output();
            }
        }
    }
    assert!(!home.path("pwned").exists());
}
