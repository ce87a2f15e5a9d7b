//! How AWS tools are told to run this program (`credential_process`).
//!
//! On Windows they disagree about a path that needs quotation marks. The aws CLI and boto3 split the command themselves. The SDKs
//! for Rust and JavaScript give it to `cmd.exe /C` in one more pair of quotation marks, and .NET (PowerShell) as it is: then the
//! quotation marks are lost if there is one of `&<>()@^` in it. The SDK for Go, and Terraform with it, puts a `\` before each:
//! `cmd.exe` finds no such program. A path that needs none is read alike by all.

use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::setup::changes::process::is_plain;
use crate::sys::program;
use crate::sys::system::System;

/// The name that leads to this program by the `PATH`.
const NAME: &str = "apono-login";

/// Returns the path or name of this program for AWS tools; empty if they are not to run it.
pub fn for_aws_tools(context: &Context, is_needed: bool) -> Result<String, Failure> {
    if !is_needed {
        return Ok(String::new());
    }
    let own = Context::own_path()?;
    let system = System::THIS;
    let by_name = || {
        let found = context.find_program(NAME)?.canonicalize().ok()?;
        (found == std::path::Path::new(&own).canonicalize().ok()?).then_some(NAME)
    };
    let chosen = choose(system, &own, || program::short_path(&own), by_name);
    if system == System::Windows && !is_plain(system, &chosen) {
        context.output.warn(&format!(
            "Terraform and other tools in Go cannot run apono-login as {chosen:?}: to let them, move it to a folder such as C:\\apono-login, then {} again",
            Command::typed().run()
        ));
    }
    Ok(chosen)
}

/// Chooses what needs no quotation marks on Windows: the path, else its short form (8.3), else the bare name if that leads here.
fn choose(
    system: System,
    own: &str,
    short: impl FnOnce() -> Option<String>,
    by_name: impl FnOnce() -> Option<&'static str>,
) -> String {
    if system != System::Windows || is_plain(system, own) {
        return own.to_owned();
    }
    let short = short().filter(|short| is_plain(system, short));
    let plain = short.or_else(|| by_name().map(str::to_owned));
    plain.unwrap_or_else(|| own.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_gets_a_path_without_quotation_marks_where_there_is_one() {
        let plain = r"C:\Tools\apono-login.exe";
        let blank = r"C:\Program Files\apono-login\apono-login.exe";
        let short = r"C:\PROGRA~1\APONO-~1\APONO-~1.EXE";
        for (system, own, short, by_name, expected) in [
            (System::Windows, plain, Some(short), Some(NAME), plain),
            (System::Windows, blank, Some(short), Some(NAME), short),
            // Drives can be without short names: the system tells the long one.
            (System::Windows, blank, Some(blank), Some(NAME), NAME),
            (System::Windows, blank, None, Some(NAME), NAME),
            (System::Windows, blank, None, None, blank),
            (System::Windows, r"C:\R&D\a.exe", None, Some(NAME), NAME),
            (System::Windows, r"C:\a@b\a.exe", Some(short), None, short),
            (
                System::Linux,
                "/opt/my tools/a",
                None,
                Some(NAME),
                "/opt/my tools/a",
            ),
            (
                System::Mac,
                "/Applications/a b/c",
                None,
                Some(NAME),
                "/Applications/a b/c",
            ),
        ] {
            let chosen = choose(system, own, || short.map(str::to_owned), || by_name);
            assert_eq!(chosen, expected, "{own}");
        }
    }
}
