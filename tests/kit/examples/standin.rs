//! The stand-in for AWS as a program, for measurements with many accounts and clusters, and for programs that are not tests.
//!
//!     cargo run -p kit --example standin -- HOME ACCOUNTS CLUSTERS http|https
//!
//! Writes the source credentials, `team.toml` (this many accounts with this many clusters each) and `system.pem` (the system's
//! certificate authorities and the stand-in's) to HOME, prints the variables for using it, each as `NAME=VALUE`, and an empty
//! line. It then obeys each line of its standard input, and ends with its input:
//!
//! * `count`: prints the requests and connections since the last line that prints.
//! * `durations`: prints the `DurationSeconds` of each AssumeRole since then, `none` where there was none.
//! * `delay MILLISECONDS`: of every response.
//! * `sessions SECONDS`: how long new role sessions last, whatever is asked for.
//! * `saml NAME FILE`: adds an identity provider with the certificate in this file (PEM), which the guide's role trusts.

#![allow(clippy::disallowed_methods, reason = "the tests' own files")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::BufRead as _;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs, io};

use kit::standin::{
    Cluster, Key, Operation, Options, Principal, REGION, ROLE_ARN, Role, Service, StandIn,
};

/// Where Linux distributions keep the system's certificate authorities (Debian, Fedora, SUSE).
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [home, accounts, clusters, scheme] = arguments.as_slice() else {
        return Err("usage: standin HOME ACCOUNTS CLUSTERS http|https".into());
    };
    let (home, clusters) = (PathBuf::from(home), clusters.parse::<usize>()?);
    let mut options = Options {
        tls: scheme == "https",
        ..Options::default()
    };
    let mut team = String::new();
    for number in 1..=accounts.parse::<usize>()? {
        let account = format!("2{number:011}");
        let role = format!("arn:aws:iam::{account}:role/apono-k8s-access");
        options.roles.push(Role::guide(&role));
        let alice = Principal::sso(&account, "Engineer", "alice@example.com");
        let source = format!("source-{number}");
        options.sources.push((source.clone(), Key::lasting(alice)));
        write!(
            team,
            "\n[[accounts]]\nid = \"{account}\"\nname = \"a{number}\"\nsource_profile = \"{source}\"\nclusters = ["
        )?;
        for cluster in (1..=clusters).map(|each| format!("c{number}-{each}")) {
            write!(team, "{{ name = \"{cluster}\", region = \"{REGION}\" }}, ")?;
            options.clusters.push(Cluster {
                arn: format!("arn:aws:eks:{REGION}:{account}:cluster/{cluster}"),
                ..Cluster::new(&cluster, REGION)
            });
        }
        team.push_str("]\n");
    }

    let standin = StandIn::start(options);
    standin.write_home(&home)?;
    fs::write(home.join("team.toml"), team)?;
    let mut system = SYSTEM
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    fs::write(
        home.join("system.pem"),
        system.next().unwrap_or_default() + &standin.ca(),
    )?;
    for (name, value) in standin.env() {
        println!("{name}={value}");
    }
    println!();
    for line in io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("delay", milliseconds) => {
                standin.set_delay(Duration::from_millis(milliseconds.parse()?));
            }
            ("sessions", seconds) => standin.set_session_seconds(seconds.parse()?),
            ("saml", provider) => {
                let (name, file) = provider.split_once(' ').ok_or("usage: saml NAME FILE")?;
                let arn = standin.add_saml_provider(name, &fs::read_to_string(file)?);
                standin.trust_saml(ROLE_ARN, &arn);
            }
            ("durations", _) => {
                let log = standin.log();
                let roles = log
                    .iter()
                    .filter(|asked| asked.operation == Operation::AssumeRole);
                let asked = roles.map(|asked| asked.parameter("DurationSeconds").unwrap_or("none"));
                println!("{}", asked.collect::<Vec<_>>().join(" "));
                standin.forget();
            }
            _ => {
                let services = [Service::Sts, Service::Eks];
                let connections: usize =
                    services.map(|each| standin.connections(each)).iter().sum();
                println!("{} {connections}", standin.log().len());
                standin.forget();
            }
        }
    }
    Ok(())
}
