//! What needs Linux or its programs here.

use super::*;

/// An existing profile of another kind stops the installation; one of the same kind is shown and changed once confirmed.
#[test]
fn a_profile_in_the_way() {
    let laptop = laptop(&both());
    let theirs = "[profile apono-k8s-access-staging]\nsso_session = corp\n\n\
                  [sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";
    laptop.home.write(".aws/config", theirs);
    laptop.fails(laptop.run(INSTALL), 1, "");
    assert_eq!(files(&laptop).0, theirs);
    let admin = "[profile apono-k8s-access-staging]\nrole_arn = arn:aws:iam::444455556666:role/admin\n\
                 source_profile = default\noutput = json\n";
    laptop.home.write(".aws/config", admin);
    laptop.fails(laptop.run(INSTALL_YES), 1, "another role");
    assert_eq!(files(&laptop).0, admin);

    let by_hand = "[profile apono-k8s-access-staging]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
                   role_session_name = carol@example.com\nsource_profile = default\noutput = json\n";
    laptop.home.write(".aws/config", by_hand);
    let install = laptop.home.on_terminal(&format!("apono-login {INSTALL}"));
    install.input("n\n").exits(1).recorded("no");
    assert_eq!(files(&laptop).0, by_hand);
    signed_in(&laptop, INSTALL_YES).recorded("yes");
    assert!(files(&laptop).0.contains("output = json\n"));
    lists_pods(&laptop, "staging");
}

/// An existing context with that name is kept, and the other contexts are added.
#[test]
fn a_context_in_the_way() {
    let laptop = laptop(&both());
    let theirs = "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                  contexts:\n- name: prod\n  context: {cluster: a, user: a}\nusers:\n- name: a\n  user: {token: x}\n";
    laptop.home.write(".kube/config", theirs);
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    lists_pods(&laptop, "staging");
    let token = "config view --raw --minify --context prod -o jsonpath={.users[0].user.token}";
    assert_eq!(kubectl(&laptop, token), "x");
}
