//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::while_running;

/// `n` at the question whether the email is right leads to a sign-in as another user.
#[test]
fn no_at_the_question_of_install() {
    let laptop = bare();
    let run = laptop.home.on_terminal(&format!("apono-login {INSTALL}"));
    let (output, ()) = while_running(&laptop, run.input("n\n\n\n"), |link| {
        Browser::new().allow(link, BOB);
        allow(&links(&laptop, 2)[1]);
    });
    output.ended(0).recorded("");
    let config = laptop.home.read(".aws/config");
    assert!(config.contains("role_session_name = alice@example.com\n"));
    assert_eq!(
        (sign_ins(&laptop), laptop.aws.count(Operation::Logout)),
        (2, 1)
    );
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(sign_ins(&laptop), 2);

    // A user who does not want that is asked for the email.
    let laptop = bare();
    let run = laptop.home.on_terminal(&format!("apono-login {INSTALL}"));
    let run = run.input("n\nn\nbob.admin@example.com\n");
    let (output, _) = while_running(&laptop, run, |link| Browser::new().allow(link, BOB));
    output.ended(0).recorded("no other user");
}
