//! The cost of a cache miss: the fewest possible requests, over one TLS connection to each host.

use crate::sources::sign_in::{STYLES, sign_in};
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop};
use kit::standin::{Operation, Options, Service};

/// Returns the requested operations, and the number of connections to each service.
fn traffic(laptop: &Laptop) -> (Vec<Operation>, Vec<(Service, usize)>) {
    let log = laptop.aws.log();
    let asked = log.iter().map(|asked| asked.operation).collect();
    let services = [
        Service::Sts,
        Service::Portal,
        Service::Eks,
        Service::Container,
        Service::Kubernetes,
        Service::Metadata,
    ];
    let connections = services.map(|service| (service, laptop.aws.connections(service)));
    let used = connections.into_iter().filter(|(_, count)| *count > 0);
    (asked, used.collect())
}

const COMMANDS: [&str; 4] = [
    GET_TOKEN,
    "export-credentials",
    LOGIN,
    "exec -- apono-login --version",
];

fn over_tls() -> Laptop {
    Laptop::bare(Options {
        tls: true,
        ..Options::default()
    })
}

#[test]
fn with_static_keys_it_is_one_request() {
    let laptop = over_tls();
    laptop.succeeds(laptop.run(INSTALL));
    for command in COMMANDS {
        laptop.aws.forget();
        laptop.succeeds(laptop.run(command));
        let expected = (vec![Operation::AssumeRole], vec![(Service::Sts, 1)]);
        assert_eq!(traffic(&laptop), expected, "{command}");
        laptop.succeeds(laptop.run("logout"));
    }
}

#[test]
fn with_a_sign_in_it_is_two_requests() {
    for style in STYLES {
        let laptop = over_tls();
        laptop.home.write(".aws/config", style.config());
        laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
        sign_in(&laptop, style, "alice@example.com");
        for command in COMMANDS {
            laptop.aws.forget();
            laptop.succeeds(laptop.run(command));
            let expected = (
                vec![Operation::GetRoleCredentials, Operation::AssumeRole],
                vec![(Service::Sts, 1), (Service::Portal, 1)],
            );
            assert_eq!(traffic(&laptop), expected, "{style:?}: {command}");
            laptop.succeeds(laptop.run("logout"));
        }
    }
}

/// Another region or another cluster needs no request: the cached credentials sign its token too.
#[test]
fn another_cluster_is_no_request() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.forget();
    for command in [
        "get-token --cluster-name other --region us-east-1",
        "get-token --cluster-name third --region cn-north-1",
    ] {
        laptop.succeeds(laptop.run(command));
        assert_eq!(traffic(&laptop), (vec![], vec![]), "{command}");
    }
}
