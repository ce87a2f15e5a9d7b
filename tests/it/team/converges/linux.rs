//! What needs Linux or its programs here.

use super::*;
use kit::standin::Fault;
use kit::standin::Operation;

fn with_clusters(clusters: &str) -> String {
    let (account, _) = PROD.split_once("clusters").unwrap();
    format!("{TOP}{account}clusters = [{clusters}]\n")
}

fn cluster(name: &str, more: &str) -> String {
    format!("{{ name = \"{name}\", region = \"eu-west-1\"{more} }}")
}

/// A namespace is removed without a network request, and a region that does not answer is asked once.
#[test]
fn a_namespace_that_is_gone_while_nothing_answers() {
    let spare = cluster("spare", ", alias = \"spare\"");
    let file = |prod: &str| with_clusters(&format!("{}, {spare}", cluster("prod", prod)));
    let laptop = installed(&file(", alias = \"prod\", namespace = \"shop\""));
    let view = "config view --minify --context prod -o jsonpath={..namespace}";
    let namespace = || kubectl(&laptop, view);
    assert_eq!(namespace(), "shop");
    let cart = file(", alias = \"prod\", namespace = \"cart\"");
    laptop.home.write("team.toml", cart);
    run(&laptop, INSTALL);
    assert_eq!(namespace(), "cart");

    laptop.home.write("team.toml", file(", alias = \"prod\""));
    laptop.aws.forget();
    let fault = Fault::error(400, "ThrottlingException", "Rate exceeded");
    laptop.aws.misbehave(Operation::DescribeCluster, fault);
    let again = format!("{INSTALL} --refresh-clusters");
    laptop.failed(laptop.run(&again).output(), 4, "");
    assert_eq!(namespace(), "");
    laptop.aws.behave();
    run(&laptop, INSTALL);
    assert_eq!(namespace(), "");
    // A namespace that the person chose is kept.
    kubectl(&laptop, "config set-context prod --namespace mine");
    run(&laptop, INSTALL);
    assert_eq!(namespace(), "mine");
}

/// The current context stays at the same cluster, not at the same name.
#[test]
fn the_current_cluster_stays_the_current_one() {
    let named = |name, alias| cluster(name, &format!(", alias = \"{alias}\""));
    let file = |prod, spare| format!("{}, {}", named("prod", prod), named("spare", spare));
    let laptop = installed(&with_clusters(&named("prod", "prod")));
    let current_is = |context: &str| {
        assert_eq!(current(&laptop), context);
        let view = "config view --minify -o jsonpath={.contexts[0].context.cluster}";
        let cluster = kubectl(&laptop, view);
        assert!(cluster.ends_with(":cluster/prod"), "{cluster}");
    };
    current_is("prod");
    for (clusters, name) in [
        (file("prod-old", "prod"), "prod-old"),
        // The two contexts swap names.
        (file("prod", "prod-old"), "prod"),
        // One takes the name of the next.
        (file("prod-old", "older"), "prod-old"),
    ] {
        laptop.home.write("team.toml", with_clusters(&clusters));
        run(&laptop, INSTALL);
        current_is(name);
        assert_eq!(contexts(&laptop).len(), 2);
        run(&laptop, INSTALL);
    }
    // The cluster also moves to another profile.
    let account = with_clusters(&file("spare", "prod-old"));
    let accounts = format!("{account}{STAGING}");
    laptop.home.write("team.toml", accounts);
    run(&laptop, INSTALL_YES);
    assert_eq!(contexts(&laptop), ["prod-old", "spare", "staging"]);
    current_is("spare");
}
