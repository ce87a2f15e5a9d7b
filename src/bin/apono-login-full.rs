//! The whole program, which `apono-login` hands over to on Linux. It works alone, too.

fn main() -> std::process::ExitCode {
    apono_login::full()
}
