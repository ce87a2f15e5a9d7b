//! What needs Linux or its programs here.

use super::*;

#[test]
fn without_a_context_all_are_meant() {
    let laptop = installed(&both());
    kubectl(&laptop, "config unset current-context");
    assert_eq!(
        until_nothing_lives(&laptop, "logout"),
        ["logout", "logout --sso"]
    );
    assert!(laptop.cached("entry").is_empty());
    run(&laptop, "logout");
}
