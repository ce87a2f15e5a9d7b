//! Several edits at once, compared with one after another, and what they cost.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::*;
use super::laws::{NAMES, file};
use super::{apply, entry, exec, remove, rename_context};

/// An entry whose user no generated file has, with a context and a cluster that it may have.
fn entry_of(user: &str, context: &str, profile: &str) -> Entry {
    let mut entry = entry();
    entry.cluster.name = context.to_owned();
    entry.context.name = context.to_owned();
    entry.user.name = format!("{user} of {profile}");
    entry.user.exec.args = ["get-token", "--cluster-name", user, "--region", "eu-west-1"]
        .into_iter()
        .chain(["--profile", profile, "--api-version", "v1"])
        .map(str::to_owned)
        .collect();
    entry
}

fn profile() -> impl Strategy<Value = &'static str> {
    select(vec!["dev", "prod"])
}

fn upsert() -> impl Strategy<Value = Edit> {
    let names = (select(NAMES.to_vec()), select(NAMES.to_vec()), profile());
    let namespace = select(vec![None, Some(""), Some("shop")]);
    (names, namespace).prop_map(|((user, context, profile), namespace)| {
        let mut entry = entry_of(user, context, profile);
        entry.context.namespace = namespace.map(str::to_owned);
        Edit::Upsert(Box::new(entry))
    })
}

fn removal() -> impl Strategy<Value = Edit> {
    let cluster = proptest::option::of(select(vec!["dev", "prod"]));
    (profile(), cluster).prop_map(|(profile, cluster)| {
        let region = "eu-west-1".parse().unwrap();
        let cluster = cluster.map(|name| (name.parse().unwrap(), region));
        let profile = profile.parse().unwrap();
        Edit::Remove(Ours { profile, cluster })
    })
}

fn change() -> impl Strategy<Value = Edit> {
    let name = || select(NAMES.to_vec()).prop_map(str::to_owned);
    prop_oneof![
        (name(), name()).prop_map(|(from, to)| Edit::Rename { from, to }),
        (name(), select(vec!["", "shop"])).prop_map(|(context, namespace)| Edit::Namespace {
            context,
            namespace: namespace.to_owned()
        }),
        name().prop_map(Edit::Use),
        Just(Edit::Use(String::new())),
        Just(Edit::Unset),
    ]
}

fn one_by_one(file: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Error> {
    edits.iter().try_fold(file.to_vec(), |file, edit| {
        apply(&file, std::slice::from_ref(edit))
    })
}

/// The content without the order of items: an item that is removed and added again comes last, or keeps its place.
fn content(file: &[u8]) -> Config {
    let mut config = read(file).unwrap();
    config.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    config.users.sort_by(|a, b| a.name.cmp(&b.name));
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    config
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn edits_at_once_are_edits_one_by_one(
        (file, _) in file(),
        edits in proptest::collection::vec(prop_oneof![3 => upsert(), 1 => removal(), 3 => change()], 0..8),
    ) {
        let Ok(one_by_one) = one_by_one(file.as_bytes(), &edits) else { return Ok(()) };
        let at_once = apply(file.as_bytes(), &edits).unwrap();
        prop_assert_eq!(content(&at_once), content(&one_by_one));
    }

    /// Byte for byte, where no edit changes what another one has written.
    #[test]
    fn the_text_is_that_of_edits_one_by_one(
        (file, _) in file(),
        upserts in proptest::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len()).prop_shuffle(),
        removals in proptest::collection::vec(removal(), 0..3),
    ) {
        let profile = |name: &str| if name.len() > 4 { "dev" } else { "prod" };
        let entry = |name: &&str| Edit::Upsert(Box::new(entry_of(name, name, profile(name))));
        let upserts: Vec<_> = upserts.iter().map(entry).chain([Edit::Use("x".to_owned())]).collect();
        let after = apply(file.as_bytes(), &upserts).unwrap();
        let in_turn = one_by_one(file.as_bytes(), &upserts).unwrap();
        prop_assert_eq!(String::from_utf8(after.clone()).unwrap(), String::from_utf8(in_turn).unwrap());
        let back = apply(&after, &removals).unwrap();
        prop_assert_eq!(back, one_by_one(&after, &removals).unwrap());
    }

    #[test]
    fn edits_twice_are_edits_once(
        (file, _) in file(),
        upserts in proptest::collection::vec(upsert(), 0..6),
        removals in proptest::collection::vec(removal(), 0..3),
        last in prop_oneof![Just(Edit::Unset), Just(Edit::Use("dev".to_owned()))],
    ) {
        let mut file = file.into_bytes();
        for edits in [[&upserts[..], &[last]].concat(), removals] {
            let once = apply(&file, &edits).unwrap();
            prop_assert_eq!(&apply(&once, &edits).unwrap(), &once);
            file = once;
        }
    }

    /// What was added is taken back, byte for byte, where the lists had other items.
    #[test]
    fn many_entries_are_taken_back((file, plain) in file(), number in 1..5usize) {
        let entry = |number| {
            let mut entry = entry_of(&format!("{number}"), &format!("new-{number}"), "dev");
            entry.cluster.name.clone_from(&entry.user.name);
            entry
        };
        let entries: Vec<_> = (0..number).map(entry).map(|entry| Edit::Upsert(Box::new(entry))).collect();
        let after = apply(file.as_bytes(), &entries).unwrap();
        let back = String::from_utf8(remove(&after).unwrap()).unwrap();
        prop_assert!(!plain || back == file, "{}", back);
        prop_assert_eq!(content(back.as_bytes()), content(file.as_bytes()));
    }

    /// The line goes, and no other.
    #[test]
    fn unset_removes_one_line((file, _) in file()) {
        let after = String::from_utf8(apply(file.as_bytes(), &[Edit::Unset]).unwrap()).unwrap();
        let lines = file.split_inclusive('\n').filter(|line| !line.contains("current-context"));
        prop_assert_eq!(&after, &lines.collect::<String>());
        prop_assert!(!read(after.as_bytes()).unwrap().has_current_key);
        prop_assert_eq!(apply(after.as_bytes(), &[Edit::Unset]).unwrap(), after.as_bytes());
    }
}

#[test]
fn the_current_context_is_unset() {
    for (file, expected) in [
        ("current-context: a\n", ""),
        ("# mine\ncurrent-context: a # now\n# end", "# mine\n# end"),
        ("kind: Config\r\ncurrent-context: \"\"", "kind: Config"),
        ("current-context:\nkind: Config\n", "kind: Config\n"),
        ("? current-context\n: a\nkind: Config\n", "kind: Config\n"),
        (
            "!t current-context: &a\n  b\nkind: Config\n",
            "kind: Config\n",
        ),
        ("{current-context: a}", "{}"),
        (
            "{\"kind\": \"Config\", \"current-context\": \"a\"}\n",
            "{\"kind\": \"Config\"}\n",
        ),
        (
            "{\n  current-context: a, # b\n  kind: Config,\n}",
            "{\n  kind: Config,\n}",
        ),
        ("kind: Config\n", "kind: Config\n"),
        ("", ""),
    ] {
        let after = apply(file.as_bytes(), &[Edit::Unset]).unwrap();
        assert_eq!(String::from_utf8(after).unwrap(), expected, "{file}");
    }
    // The last edit counts.
    let edits =
        |edits: &[Edit]| String::from_utf8(apply(b"kind: Config\n", edits).unwrap()).unwrap();
    let current = || Edit::Use("a".to_owned());
    assert_eq!(edits(&[current(), Edit::Unset]), "kind: Config\n");
    assert_eq!(
        edits(&[Edit::Unset, current()]),
        "kind: Config\ncurrent-context: a\n"
    );
    assert_eq!(edits(&[Edit::Use(String::new())]), "kind: Config\n");
}

/// Names that are swapped need no third one, and the items keep their place.
#[test]
fn contexts_swap_names() {
    let file =
        "contexts:\n- name: a\n  context: {user: ann}\n- name: b # two\n  context: {user: bob}\n";
    let rename = |from: &str, to: &str| Edit::Rename {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let swap = [rename("a", "c"), rename("b", "a"), rename("c", "b")];
    let after = apply(file.as_bytes(), &swap).unwrap();
    let swapped = file
        .replace("name: a", "name: c")
        .replace("name: b", "name: a");
    assert_eq!(
        String::from_utf8(after).unwrap(),
        swapped.replace("name: c", "name: b")
    );
    assert_eq!(rename_context(b"", "a", "b").unwrap(), b"");
}

/// An item that is removed and added again is a new one: it has none of the fields that the user had added to the old one.
#[test]
fn an_entry_added_again_is_new() {
    let file = apply(b"", &[Edit::Upsert(Box::new(entry()))]).unwrap();
    let file = String::from_utf8(file).unwrap();
    let proxied = file.replace("    server:", "    proxy-url: http://p\n    server:");
    let edits = [
        super::ours("dev"),
        Edit::Upsert(Box::new(entry_of("x", "prod", "dev"))),
    ];
    let after = apply(proxied.as_bytes(), &edits).unwrap();
    assert!(!String::from_utf8(after).unwrap().contains("proxy-url"));
}

/// Edits of this many entries, whose server and command can be chosen, and one of another kind at the end.
fn upserts(number: usize, version: &str) -> Vec<Edit> {
    let one = |number: usize| {
        let mut entry = entry_of(&format!("u{number}"), &format!("c{number}"), "dev");
        entry.cluster.server = format!("https://{version}.eks");
        entry.user.exec = Exec {
            command: format!("/opt/{version}/apono-login"),
            install_hint: format!("install {version}"),
            args: entry.user.exec.args,
            ..exec()
        };
        Edit::Upsert(Box::new(entry))
    };
    let switch = Edit::Use(format!("c{}", version.len()));
    (0..number).map(one).chain([switch]).collect()
}

/// Removals of this many entries, each on its own.
fn removals(number: usize) -> Vec<Edit> {
    let one = |number: usize| {
        let cluster = format!("u{number}").parse().unwrap();
        Edit::Remove(Ours {
            profile: "dev".parse().unwrap(),
            cluster: Some((cluster, "eu-west-1".parse().unwrap())),
        })
    };
    (0..number).map(one).collect()
}

/// Returns what it costs to add this many entries to a file, to change two fields of each, to do that again, and to remove them.
fn costs(number: usize, file: &str, cost: fn() -> usize) -> [usize; 4] {
    let cost_of = |file: &[u8], edits: &[Edit]| {
        let before = cost();
        let after = apply(file, edits).unwrap();
        (after, cost() - before)
    };
    let (file, added) = cost_of(file.as_bytes(), &upserts(number, "1"));
    let (file, changed) = cost_of(&file, &upserts(number, "22"));
    let (same_file, same) = cost_of(&file, &upserts(number, "22"));
    assert_eq!(same_file, file);
    assert_eq!(read(&file).unwrap().users.len(), number);
    let (file, removed) = cost_of(&file, &removals(number));
    assert_eq!(read(&file).unwrap().users, []);
    [added, changed, same, removed]
}

const STYLES: [&str; 4] = [
    "clusters: []\ncontexts: []\nusers: []\ncurrent-context: a\n",
    "{\"clusters\": [], \"contexts\": [], \"users\": [], \"current-context\": \"\"}",
    "{\"clusters\":[],\"contexts\":[],\"users\":[],\"current-context\":\"\"}",
    "{\n  \"clusters\": [],\n  \"contexts\": [],\n  \"users\": [],\n  \"current-context\": \"\"\n}\n",
];

/// One parse of what is there, and one of the result, however many edits there are.
#[test]
fn edits_parse_the_file_and_the_result() {
    for file in STYLES {
        let parses = |number| costs(number, file, || PARSES.get());
        assert_eq!(parses(1), [2, 2, 1, 2], "{file}");
        assert_eq!(parses(100), parses(1), "{file}");
    }
}

/// Twice as many entries are twice the work: nodes of the trees that are looked at, and bytes of the text that are searched.
#[test]
fn costs_are_linear_in_the_entries() {
    for file in STYLES {
        let work = |number| costs(number, file, yaml::work::done);
        for (half, all) in work(60).into_iter().zip(work(120)) {
            assert!(all * 10 <= half * 21, "{half} {all} {file}");
        }
    }
}

/// Aliases and merge keys are followed once for each use, and no file has more uses than it may have.
#[test]
fn comparing_does_not_multiply_aliases() {
    let mut file = "x0: &x0 [a, a]\n".to_owned();
    for i in 1..13 {
        file += &format!("x{i}: &x{i} [*x{0}, *x{0}]\n", i - 1);
    }
    let before = yaml::work::done();
    apply(file.as_bytes(), &[Edit::Upsert(Box::new(entry()))]).unwrap();
    let work = yaml::work::done() - before;
    assert!(work < 1_000_000, "{work}");
}
