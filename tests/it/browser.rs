//! The browser of the tests on systems without shell scripts: this program, started once more with the name of this test and a link.

#[test]
fn records_what_it_is_asked_to_open() {
    kit::browser::record();
}
