//! In a browser on this computer: authorization code with PKCE.

use crate::laptop::{GET_TOKEN, LOGIN, mode};
use crate::person::{meanwhile, signing_in};
use crate::sign_in::{STYLES, laptop};
use crate::standin::Operation;
use crate::support::browser::Browser;

#[test]
fn signed_in_and_logged_in_by_one_command() {
    for style in STYLES {
        let laptop = laptop(style);
        let (output, page) = meanwhile(&laptop, LOGIN, |link| {
            assert!(link.starts_with("http://127.0.0.1:"), "{link}");
            Browser::new().allow(link, "alice@example.com")
        });
        laptop.check_discretion(&output);
        output.explains(&["You are alice@example.com"]);
        assert!(output.status.success(), "{output}");
        assert!(page.body.contains("terminal"), "{page:?}");
        assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

        // The next morning: the registration is still good.
        laptop.aws.end_sign_ins();
        let output = signing_in(&laptop, "login --force", "alice@example.com");
        assert!(output.status.success(), "{output}");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
    }
}
