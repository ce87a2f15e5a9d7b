//! What needs Linux or its programs here.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

/// Another `aws login` would store the key in the same form.
#[test]
fn a_key_that_cannot_be_rewritten_is_named() {
    let laptop = Laptop::with_config(profile());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile console")));
    leave_credentials(&laptop, "2020-01-01T00:00:00Z");
    let name = hex::encode(Sha256::digest(SESSION));
    let path = format!(".aws/login/cache/{name}.json");
    let mut file: serde_json::Value = serde_json::from_str(&laptop.home.read(&path)).unwrap();
    file["dpopKey"] = PKCS8.into();
    laptop.home.write(&path, file.to_string());
    let path = laptop.home.path(&path);
    let refresh = laptop.aws.url(Service::Container);
    let run = || laptop.run(LOGIN).env("AWS_ENDPOINT_URL_SIGNIN", &refresh);
    let writer = std::fs::OpenOptions::new().append(true).open(&path);
    laptop.fails(run(), 4, "being written");
    drop(writer);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    laptop.fails(run(), 1, "read-only");
}
