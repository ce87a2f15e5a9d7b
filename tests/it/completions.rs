//! Files generated from the command line's definition: manual pages, and the committed completion
//! scripts, which must equal the printed ones and work in real shells.

mod man;
mod values;

use kit::{Home, tools};

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "apono-login.bash"),
    ("zsh", "_apono-login"),
    ("fish", "apono-login.fish"),
    ("powershell", "_apono-login.ps1"),
    ("elvish", "apono-login.elv"),
];

#[test]
fn completions_are_up_to_date() {
    let home = Home::new();
    for (shell, file) in SCRIPTS {
        let printed = home
            .apono_login(&format!("completions {shell}"))
            .succeeds()
            .stdout;
        let path = tools::in_repository(&format!("completions/{file}"));
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            printed == committed,
            "refresh it: cargo run -- completions {shell} > completions/{file}"
        );
    }
}
