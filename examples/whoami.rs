//! Prints the ARN that a profile's credentials belong to, using only the AWS SDK for Rust: it shows whether other programs
//! can use the sign-ins that `apono-login` saves in `~/.aws/sso/cache`.
//!
//!     cargo run --example whoami -- PROFILE

#![allow(clippy::print_stdout, reason = "this example prints its result")]

use aws_config::BehaviorVersion;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let profile = std::env::args().nth(1).ok_or("usage: whoami PROFILE")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .profile_name(profile)
            .http_client(http)
            .load()
            .await;
        let sts = aws_sdk_sts::Client::new(&config);
        let caller = sts.get_caller_identity().send().await?;
        println!("{}", caller.arn().unwrap_or_default());
        Ok(())
    })
}
