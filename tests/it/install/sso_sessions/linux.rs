//! What needs Linux or its programs here.

use super::*;
use crate::install::linux::typed;

#[test]
fn a_user_at_a_terminal_is_asked() {
    let laptop = two();
    let words = format!("{INSTALL} {SSO}");
    let asked = typed(&laptop, &words, &["other", "everyday"]);
    asked.succeeds().recorded("");
    signs_in_with(&laptop, "everyday");
}
