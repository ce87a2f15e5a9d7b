//! What belongs to an entry: its user and its cluster, and not those of others with which it shares a name or a cluster.

use super::*;

const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const USER: &str = "dev@arn:aws:eks:eu-west-1:111122223333:cluster/prod";

fn entry() -> Entry {
    let mut entry = super::entry();
    entry.user.name = USER.to_owned();
    entry.cluster.name = USER.to_owned();
    entry.former_cluster = ARN.to_owned();
    entry
}

/// Returns a file with these contexts (name, cluster, user), and the items that they name.
fn config(contexts: &[(&str, &str, &str)]) -> String {
    let user = |name: &str| match name {
        USER => format!("- name: {name}\n  user:\n{EXEC_LINES}"),
        _ => format!("- name: {name}\n  user: {{token: t}}\n"),
    };
    let unique = |of: fn(&(&str, &str, &str)) -> String| {
        let mut all: Vec<_> = contexts.iter().map(of).collect();
        all.sort();
        all.dedup();
        all
    };
    let clusters = unique(|of| of.1.to_owned()).into_iter();
    let clusters: String = clusters
        .map(|name| {
            format!(
                "- name: {name}\n  cluster:\n    server: https://{name}\n    proxy-url: http://p\n"
            )
        })
        .collect();
    let users: String = unique(|of| of.2.to_owned())
        .iter()
        .map(|name| user(name))
        .collect();
    let contexts = contexts.iter().map(|(name, cluster, user)| {
        format!("- name: {name}\n  context: {{cluster: {cluster}, user: {user}}}\n")
    });
    let contexts: String = contexts.collect();
    format!("clusters:\n{clusters}users:\n{users}contexts:\n{contexts}")
}

fn others<'c>(before: &'c [Config], after: &'c [Config]) -> Others<'c> {
    Others { before, after }
}

/// Returns the clusters (name, whether it has the new server) and the clusters of the contexts.
fn seen(file: &[u8]) -> (Vec<(String, bool)>, Vec<String>) {
    let config = read(file).unwrap();
    let clusters = config.clusters.into_iter();
    let clusters = clusters.map(|of| (of.name, of.server == "https://prod.eks"));
    let contexts = config.contexts.into_iter().map(|of| of.cluster);
    (clusters.collect(), contexts.collect())
}

#[test]
fn the_cluster_of_an_older_version_is_renamed_unless_others_use_it() {
    let other = [read(config(&[("c", ARN, "theirs")]).as_bytes()).unwrap()];
    let none: &[Config] = &[];
    // The contexts, another file, the clusters afterwards, and those of the contexts.
    type Contexts<'c> = &'c [(&'c str, &'c str, &'c str)];
    type Clusters<'c> = &'c [(&'c str, bool)];
    let cases: [(Contexts<'_>, _, Clusters<'_>, &[&str]); 7] = [
        (&[("prod", ARN, USER)], none, &[(USER, true)], &[USER]),
        // A copy that the user made of the context.
        (
            &[("prod", ARN, USER), ("copy", ARN, USER)],
            none,
            &[(USER, true)],
            &[USER, USER],
        ),
        (
            &[("prod", ARN, USER), ("theirs", ARN, "aws")],
            none,
            &[(ARN, false), (USER, true)],
            &[USER, ARN],
        ),
        (
            &[("prod", ARN, USER)],
            &other,
            &[(ARN, false), (USER, true)],
            &[USER],
        ),
        // Both are there already.
        (
            &[("prod", ARN, USER), ("copy", USER, USER)],
            none,
            &[(USER, true)],
            &[USER, USER],
        ),
        // A cluster of the user, that the context was made to use.
        (
            &[("prod", "tunnel", USER)],
            none,
            &[(USER, true), ("tunnel", false)],
            &[USER],
        ),
        // A cluster of the same name that the context does not use.
        (
            &[("prod", USER, USER), ("theirs", ARN, "aws")],
            none,
            &[(ARN, false), (USER, true)],
            &[USER, ARN],
        ),
    ];
    for (contexts, other, clusters, of_contexts) in cases {
        let file = config(contexts);
        let edits = [Edit::Upsert(Box::new(entry()))];
        let apply = |file: &[u8]| super::super::apply(file, others(&[], other), &edits).unwrap();
        let after = apply(file.as_bytes());
        let (mut found, contexts) = seen(&after);
        found.sort();
        let clusters = clusters
            .iter()
            .map(|(name, new)| ((*name).to_owned(), *new));
        assert_eq!(found, clusters.collect::<Vec<_>>(), "{file}");
        assert_eq!(contexts, of_contexts, "{file}");
        assert_eq!(apply(&after), after, "{file}");
        if !found.iter().any(|(_, is_new)| !is_new) {
            // It keeps what the user added.
            let kept = &read(&after).unwrap().clusters[0];
            assert_eq!(kept.proxy_url, "http://p");
        }
    }
}

#[test]
fn what_a_context_in_another_file_uses_is_not_removed() {
    let ours = config(&[("prod", USER, USER)]);
    let theirs = config(&[("c", USER, "theirs")]);
    let copy = format!("contexts:\n- name: copy\n  context: {{cluster: {USER}, user: {USER}}}\n");
    let configs = [&theirs, &copy, &ours].map(|file| [read(file.as_bytes()).unwrap()]);
    let [theirs, copied, written] = &configs;
    let remove = |file: &str, others| {
        super::super::apply(file.as_bytes(), others, &[super::ours("dev")]).unwrap()
    };
    let clusters = |file: &str, others| seen(&remove(file, others)).0.len();
    assert_eq!(clusters(&ours, others(&[], &[])), 0);
    assert_eq!(clusters(&ours, others(theirs, &[])), 1);
    assert_eq!(clusters(&ours, others(&[], theirs)), 1);
    // A context that is removed from the other file too does not need the cluster.
    assert_eq!(clusters(&ours, others(copied, &[])), 0);
    assert_eq!(remove(&copy, others(&[], written)), b"contexts: []\n");
    // A user of the same name that comes first is the one that kubectl uses.
    let first = read(format!("users:\n- name: {USER}\n  user: {{token: t}}\n").as_bytes()).unwrap();
    let both = [first, written[0].clone()];
    assert_eq!(remove(&copy, others(&both, &[])), copy.as_bytes());
}

/// A cluster that the user made for a context of ours is the user's.
#[test]
fn only_clusters_that_were_written_for_the_user_are_removed() {
    let other = "arn:aws:eks:eu-west-1:111122223333:cluster/spare";
    let file = config(&[
        ("prod", USER, USER),
        ("older", ARN, USER),
        ("tunnel", "tunnel", USER),
        ("spare", other, USER),
    ]);
    let region = "      - --region\n      - eu-west-1\n      - --profile\n";
    let file = file.replace("      - --profile\n", region);
    let after = remove(file.as_bytes()).unwrap();
    let (clusters, contexts) = seen(&after);
    let names: Vec<_> = clusters.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        (names, contexts),
        (vec![other.to_owned(), "tunnel".to_owned()], vec![])
    );
}

/// The context was deleted, or belongs to another user by now.
#[test]
fn the_cluster_of_a_user_without_a_context_is_removed_unless_others_use_it() {
    let one = config(&[("prod", USER, USER)]);
    let without = one[..one.find("contexts:").unwrap()].to_owned();
    let (clusters, users) = without.split_at(without.find("users:").unwrap());
    let theirs = format!("contexts:\n- name: c\n  context: {{cluster: {USER}, user: theirs}}\n");
    let found = |text: &str| [read(text.as_bytes()).unwrap()];
    let (of_user, of_theirs) = (found(users), found(&theirs));
    let none: &[Config] = &[];
    for (file, others, left) in [
        (&without, others(none, none), 0),
        (&format!("{without}{theirs}"), others(none, none), 1),
        (&without, others(none, &of_theirs), 1),
        // The user is in another file.
        (&clusters.to_owned(), others(&of_user, none), 0),
    ] {
        let edits = [super::ours("dev")];
        let after = super::super::apply(file.as_bytes(), others, &edits).unwrap();
        let after = read(&after).unwrap();
        assert_eq!(after.clusters.len(), left, "{file}");
        assert!(after.users.is_empty(), "{file}");
    }
}

/// Older versions named the cluster by its ARN: with the name of their user, it is one that the person made.
#[test]
fn a_cluster_with_the_name_of_an_older_versions_user_stays() {
    let file = config(&[("prod", USER, USER)]);
    let older = file.replace("      - --api-version\n      - v1\n", "");
    assert_ne!(older, file);
    for (file, left) in [(&file, 0), (&older, 1)] {
        let after = super::remove(file.as_bytes()).unwrap();
        let after = read(&after).unwrap();
        assert_eq!((after.clusters.len(), after.users.len()), (left, 0));
        assert!(after.contexts.is_empty());
    }
}

/// kubectl prefers the first ones to the exec plugin, and rejects the last.
#[test]
fn other_credentials_of_our_user_are_removed() {
    let file = |more: &str| {
        let user = format!("users:\n- name: {USER}\n  user:\n{EXEC_LINES}{more}");
        let rest = config(&[("prod", USER, USER)]);
        let (clusters, rest) = rest.split_once("users:\n").unwrap();
        let (_, contexts) = rest.split_once("contexts:\n").unwrap();
        format!("{clusters}{user}contexts:\n{contexts}")
    };
    let clean = upsert(file("").as_bytes(), &entry()).unwrap();
    for field in [
        "    token: t\n",
        "    tokenFile: /t\n",
        "    client-certificate: c.pem\n    client-key: k.pem\n",
        "    client-certificate-data: Q0E=\n    client-key-data: Q0E=\n",
        "    username: u   # mine\n    password: p\n",
        "    auth-provider:\n      name: gcp\n      config: {a: b}\n",
        "    auth-provider: {}\n",
    ] {
        let file = file(field);
        assert!(
            !read(file.as_bytes()).unwrap().users[0]
                .credentials
                .is_empty()
        );
        let after = upsert(file.as_bytes(), &entry()).unwrap();
        assert_eq!(
            String::from_utf8(after).unwrap(),
            String::from_utf8(clean.clone()).unwrap()
        );
    }
    // What the user may add stays.
    let more = "    as: admin\n    token: \"\"\n    x: y\n";
    let kept = upsert(file(more).as_bytes(), &entry()).unwrap();
    assert!(String::from_utf8(kept).unwrap().contains(more));
    // In one line, with the credentials first, between and last.
    let exec = "exec: {command: apono-login, args: [get-token, --profile, dev]}";
    for user in [
        format!("{{token: t, username: u, {exec}, as: a}}"),
        format!("{{as: a, token: t, {exec}, password: p, auth-provider: {{}}}}"),
        format!("{{token: t, {exec}, tokenFile: f, as: a}}"),
    ] {
        let file = format!("users:\n- {{name: {USER}, user: {user}}}\n");
        let after = upsert(file.as_bytes(), &entry()).unwrap();
        let found = &read(&after).unwrap().users[0];
        assert_eq!(
            (found.exec.as_ref(), found.credentials.len()),
            (Some(&exec_of_entry()), 0)
        );
        assert!(String::from_utf8(after).unwrap().contains("as: a"));
    }
}

fn exec_of_entry() -> Exec {
    entry().user.exec
}
