//! Refused by AWS: who one is against who one wanted to be.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation, Options, ROLE_ARN, Role, StandIn, Trust};

struct Case {
    name: &'static str,
    config: String,
    /// What is the matter with AWS.
    matter: fn(&StandIn),
    status: i32,
    words: &'static [&'static str],
}

const CHAIN: &str =
    "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = default\n";

fn with(line: &str, other: &str) -> String {
    let profile = PROFILE.replace(line, other);
    assert_ne!(profile, PROFILE, "{line} is in it");
    profile
}

fn nothing(_: &StandIn) {}

fn cases() -> Vec<Case> {
    let case = |name, config, matter, status, words| Case {
        name,
        config,
        matter,
        status,
        words,
    };
    let chained = || with("= default", "= mid") + CHAIN;
    vec![
        case(
            "somebody else's email",
            with("alice@", "carol@"),
            nothing,
            1,
            &[
                "you may not assume arn:aws:iam::111122223333:role/apono-k8s-access as carol@example.com",
                "you are signed in as alice@example.com, and the profile says carol@example.com",
                "apono-login install --email alice@example.com --yes",
                "sign in to profile default (access keys) as carol@example.com",
            ],
        ),
        case(
            "a role of another account",
            with("= default", "= elsewhere"),
            nothing,
            1,
            &[
                "lets in people of account 111122223333 only, and you are signed in to account 444455556666",
                "apono-login install --source-profile NAME --yes",
            ],
        ),
        case(
            "an IAM user",
            with("= default", "= operator"),
            nothing,
            1,
            &[
                "User: arn:aws:iam::111122223333:user/operator is not authorized",
                "who signed in through the AWS access portal (IAM Identity Center, AWSReservedSSO_*)",
            ],
        ),
        case(
            "the role is gone",
            PROFILE.into(),
            |aws| aws.delete_role(ROLE_ARN),
            1,
            &[
                "your sign-in is right for it",
                "ask your AWS admin whether arn:aws:iam::111122223333:role/apono-k8s-access exists",
            ],
        ),
        case(
            "who one is cannot be told either",
            with("alice@", "carol@"),
            |aws| {
                aws.misbehave(
                    Operation::GetCallerIdentity,
                    Fault::error(403, "AccessDenied", "no"),
                );
            },
            1,
            &["you may not assume", "show this to your AWS admin"],
        ),
        case(
            "the source has expired",
            PROFILE.into(),
            |aws| aws.expire(&aws.source("default").access_key),
            3,
            &[
                "the source credentials have expired",
                "renew the credentials of profile default, then run this again",
            ],
        ),
        case(
            "the source has expired, in mid-chain",
            chained(),
            |aws| aws.expire(&aws.source("default").access_key),
            3,
            &[
                "is expired",
                "renew the credentials that the chain of profile mid (access keys) begins with",
            ],
        ),
        case(
            "denied in mid-chain",
            chained(),
            nothing,
            1,
            &[
                "no credentials came from profile mid",
                "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/mid",
            ],
        ),
        case(
            "an unknown key in mid-chain",
            chained().replace("source_profile = default", "source_profile = gone")
                + "[profile gone]\naws_access_key_id = AKIAGONE00000000GONE\naws_secret_access_key = x\n",
            nothing,
            1,
            &[
                "no credentials came from profile mid",
                "The security token included in the request is invalid",
                "renew the credentials",
            ],
        ),
        case(
            "an unknown key",
            with("= default", "= gone")
                + "[profile gone]\naws_access_key_id = AKIAGONE00000000GONE\naws_secret_access_key = x\n",
            nothing,
            1,
            &[
                "AWS does not accept the credentials of profile gone (access keys)",
                "renew the credentials of profile gone",
            ],
        ),
        case(
            "longer than a chained role may",
            with("region", "duration_seconds = 7200\nregion"),
            nothing,
            1,
            &[
                "1 hour session limit",
                "set duration_seconds = 3600 in the profile",
            ],
        ),
    ]
}

#[test]
fn a_refusal_says_what_does_not_fit() {
    for case in cases() {
        println!("{}", case.name);
        let laptop = Laptop::with_config(&case.config);
        (case.matter)(&laptop.aws);
        for command in [LOGIN, UPDATE_KUBECONFIG] {
            laptop.fails(laptop.run(command), case.status, "");
        }
        match case.status {
            3 => laptop.fails_in_a_line(laptop.run(GET_TOKEN), ""),
            status => laptop.fails(laptop.run(GET_TOKEN), status, ""),
        };
        assert!(laptop.cached("entry").is_empty(), "{}", case.name);
        assert!(!laptop.home.path(".kube").exists(), "{}", case.name);
    }
}

/// AWS compares names without case, RBAC with it: the login works, and is told to be of little use.
#[test]
fn capitals_in_the_email_are_warned_of() {
    let laptop = Laptop::with_config(PROFILE.replace("alice@example.com", "Alice@Example.com"));
    laptop.succeeds(laptop.run(LOGIN)).explains(&[
        "You are Alice@Example.com",
        "warning: you are signed in as alice@example.com, and the profile says Alice@Example.com",
        "apono-login install --email alice@example.com --yes",
    ]);
}

#[test]
fn a_role_that_trusts_nobody_known_is_explained_by_the_clause() {
    let laptop = Laptop::bare(Options {
        roles: vec![Role {
            trust: Trust::Principal("arn:aws:iam::999999999999:role/*".into()),
            ..Role::guide(ROLE_ARN)
        }],
        ..Options::default()
    });
    laptop.home.write(".aws/config", PROFILE);
    laptop.fails(laptop.run(LOGIN), 1, "");
}

#[test]
fn clusters_that_cannot_be_looked_up() {
    struct Case {
        arguments: &'static str,
        matter: fn(&StandIn),
        status: i32,
        words: &'static [&'static str],
    }
    let no_describe = |aws: &StandIn| {
        aws.put_role(Role {
            may_describe: false,
            ..Role::guide(ROLE_ARN)
        });
    };
    let cases = [
        Case {
            arguments: "--name nope --region eu-west-1",
            matter: nothing,
            status: 1,
            words: &[
                "there is no cluster nope in eu-west-1",
                "No cluster found for name: nope",
                "check --name and --region",
            ],
        },
        Case {
            arguments: "--name prod --region eu-west-2",
            matter: nothing,
            status: 1,
            words: &["there is no cluster prod in eu-west-2"],
        },
        Case {
            arguments: "--name prod",
            matter: no_describe,
            status: 1,
            words: &[
                "cluster prod in eu-west-1 could not be looked up",
                "not authorized to perform: eks:DescribeCluster",
                "allow eks:DescribeCluster to the role",
            ],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| aws.misbehave(Operation::DescribeCluster, Fault::unavailable()),
            status: 4,
            words: &["AWS answered with status 503", "run it again"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| aws.misbehave(Operation::DescribeCluster, Fault::html()),
            status: 4,
            words: &["could not be read", "something between you and AWS"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| aws.misbehave(Operation::DescribeCluster, Fault::missing("endpoint")),
            status: 1,
            words: &["endpoint", "active"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| {
                aws.misbehave(
                    Operation::DescribeCluster,
                    Fault::missing("certificateAuthority.data"),
                )
            },
            status: 1,
            words: &["ertificate"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| {
                aws.misbehave(
                    Operation::DescribeCluster,
                    Fault::field("certificateAuthority.data", "not base64\n- x"),
                )
            },
            status: 1,
            words: &["ertificate"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| {
                aws.misbehave(
                    Operation::DescribeCluster,
                    Fault::field("endpoint", "http://evil.example"),
                )
            },
            status: 1,
            words: &["endpoint"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| {
                aws.misbehave(
                    Operation::DescribeCluster,
                    Fault::field("arn", "arn:aws:eks:eu-west-1:444455556666:cluster/prod"),
                )
            },
            status: 1,
            words: &["444455556666"],
        },
        Case {
            arguments: "--name prod",
            matter: |aws| {
                aws.misbehave(
                    Operation::DescribeCluster,
                    Fault::error(400, "Odd", "\x1b]52;c;eA==\x07\u{202e}\nerror: no"),
                )
            },
            status: 1,
            words: &["\\u{1b}]52;c;eA==\\u{7}\\u{202e}\\nerror: no"],
        },
    ];
    for case in cases {
        println!("{}", case.words[0]);
        let laptop = Laptop::new();
        (case.matter)(&laptop.aws);
        laptop.fails(
            laptop.run(&format!("update-kubeconfig {}", case.arguments)),
            case.status,
            "",
        );
        assert!(!laptop.home.path(".kube").exists(), "{}", case.words[0]);
        // The login itself was fine.
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
    }
}

#[test]
fn role_credentials_that_were_revoked_are_to_be_renewed() {
    let laptop = Laptop::new();
    let cached = laptop.succeeds(laptop.run("export-credentials")).json();
    laptop.aws.expire(cached["AccessKeyId"].as_str().unwrap());
    let words = [
        "AWS no longer accepts the role's credentials",
        "`apono-login login --force`",
    ];
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, "");
    laptop.succeeds(laptop.run("login --force"));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
}
