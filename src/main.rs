//! The program that people, kubectl and AWS tools start. On Linux it is small, and answers what the cache knows; `apono-login-full`
//! does the rest.

fn main() -> std::process::ExitCode {
    apono_login::main()
}
