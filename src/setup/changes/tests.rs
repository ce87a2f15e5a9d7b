//! Laws of the decision, over generated laptops; and how AWS tools are told to run this program.

use super::*;

#[test]
fn a_path_is_quoted_for_every_reader_or_refused() {
    assert_eq!(
        quote("/usr/local/bin/apono-login").as_deref(),
        Some("/usr/local/bin/apono-login")
    );
    assert_eq!(
        quote("/opt/my tools/apono-login").as_deref(),
        Some("\"/opt/my tools/apono-login\"")
    );
    for evil in [
        "/opt/$HOME/a",
        "/opt/`id`/a",
        "/opt/a\"b",
        "/opt/%PATH%/a",
        "/opt/a!b",
        "/o\nx",
        "/o #x",
        "/o ;x",
    ] {
        assert_eq!(quote(evil), None, "{evil}");
    }
}
