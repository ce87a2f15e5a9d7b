//! The content of team files, and every problem with its position.

use super::*;
use crate::setup::source::Source;

const WHOLE: &str = r#"role_name = "team/apono"
sso_start_url = "https://example.awsapps.com/start"
sso_region = "eu-west-1"

[[accounts]]
id = "111122223333"
name = "prod"
sso_role_name = "Engineer"
clusters = [{ name = "main", region = "eu-central-1", alias = "prod", namespace = "shop" },
            { name = "spare", region = "us-east-1" }]

[[accounts]]
id = "444455556666"
name = "keys"
source_profile = "default"

[[accounts]]
id = "777788889999"
name = "idp"
saml_provider = "Okta"
saml_url = "https://example.okta.com/home/amazon_aws/0oa1/272"
clusters = []
"#;

/// The top of a file, up to its accounts.
const TOP: &str =
    "sso_start_url = \"https://example.awsapps.com/start\"\nsso_region = \"eu-west-1\"\n";

/// A file with a single account, which has these lines; they start on line 5.
fn with(lines: &str) -> String {
    format!("{TOP}[[accounts]]\nid = \"111122223333\"\n{lines}\n")
}

fn read(text: &str) -> Result<Team, Vec<String>> {
    Team::read(text.as_bytes(), "team")
        .map_err(|problems| problems.iter().map(Problem::to_string).collect())
}

/// Asserts that the file has exactly these problems. Each is compared with the start of the message.
#[track_caller]
fn rejected(text: &str, problems: &[&str]) {
    let found = read(text).expect_err(text);
    let same = found.len() == problems.len()
        && found
            .iter()
            .zip(problems)
            .all(|(found, expected)| found.starts_with(expected));
    assert!(same, "{text}\n{found:#?}\nexpected: {problems:#?}");
}

#[test]
fn a_file_with_every_key() {
    let team = read(WHOLE).unwrap();
    assert_eq!(team.name.as_str(), "example.awsapps.com/start");
    let [prod, keys, idp] = &team.accounts[..] else {
        panic!("{team:#?}");
    };
    assert_eq!(
        prod.role.as_str(),
        "arn:aws:iam::111122223333:role/team/apono"
    );
    let Source::Sso(sso) = &prod.source else {
        panic!("{prod:#?}");
    };
    assert_eq!(sso.role.as_str(), "Engineer");
    assert_eq!(sso.portal.region.as_str(), "eu-west-1");
    assert_eq!(
        prod.region.as_str(),
        "eu-central-1",
        "that of the first cluster"
    );
    let [main, spare] = &prod.clusters[..] else {
        panic!("{prod:#?}");
    };
    assert_eq!(main.alias.as_ref().unwrap().as_str(), "prod");
    assert_eq!(main.namespace.as_ref().unwrap().as_str(), "shop");
    assert_eq!((&spare.alias, &spare.namespace), (&None, &None));
    assert_eq!(keys.source, Source::Profile("default".parse().unwrap()));
    assert_eq!(keys.region.as_str(), "eu-west-1", "that of the portal");
    let Source::Saml(saml) = &idp.source else {
        panic!("{idp:#?}");
    };
    assert_eq!(
        saml.provider.as_str(),
        "arn:aws:iam::777788889999:saml-provider/Okta"
    );
    let base = "apono-k8s-access".parse().unwrap();
    let names = team.profiles(&base).unwrap();
    let names: Vec<_> = names.iter().map(ProfileName::as_str).collect();
    let expected = [
        "apono-k8s-access-prod",
        "apono-k8s-access-keys",
        "apono-k8s-access-idp",
    ];
    assert_eq!(names, expected);
    for (name, base) in [
        ("apono-k8s-access-prod", "apono-k8s-access"),
        ("labs-keys", "labs"),
        ("labs", "labs"),
        ("labs-other", "labs-other"),
        ("prod", "prod"),
    ] {
        assert_eq!(team.base_of(&name.parse().unwrap()), base);
    }

    for same in [
        format!("\u{feff}{WHOLE}"),
        WHOLE.replace('\n', "\r\n"),
        WHOLE.replace("\n[[", "\n# a remark\n[["),
        WHOLE.replace("\"prod\"", "'prod'"),
    ] {
        assert_eq!(read(&same).unwrap().accounts, team.accounts, "{same}");
    }
}

#[test]
fn a_single_account_has_the_base_name() {
    for name in ["", "name = \"prod\"\n"] {
        let team = read(&with(&format!("{name}sso_role_name = \"Engineer\""))).unwrap();
        let base = "apono-k8s-access".parse().unwrap();
        assert_eq!(team.profiles(&base), Ok(vec![base]));
        assert_eq!(team.accounts[0].role.name(), "apono-k8s-access");
    }
}

#[test]
fn names_of_teams() {
    let account = "[[accounts]]\nid = \"111122223333\"\nclusters = [{ name = \"a\", region = \"eu-west-1\" }]\n";
    let saml = "saml_provider = \"Okta\"\nsaml_url = \"https://example.okta.com/x\"\n";
    for (text, name) in [
        (with("sso_role_name = \"a\""), "example.awsapps.com/start"),
        (format!("{account}{saml}"), "example.okta.com"),
        (format!("{account}source_profile = \"work\""), "file:team"),
    ] {
        assert_eq!(read(&text).unwrap().name.as_str(), name, "{text}");
    }
    let text = format!("team = \"data\"\n{}", with("sso_role_name = \"a\""));
    let name = read(&text).unwrap().name;
    assert_eq!(name.as_str(), "example.awsapps.com/start data");
    rejected(
        &text.replace("data", "a b"),
        &["1:8: team: invalid team name \"a b\""],
    );
}

#[test]
fn unknown_keys_at_each_level() {
    let role = "sso_role_name = \"Engineer\"";
    let known = "the keys here are team, role_name, sso_start_url, sso_region, accounts";
    rejected(
        &format!("credential_process = \"/bin/id\"\n{}", with(role)),
        &[&format!("1:1: unknown key \"credential_process\"; {known}")],
    );
    rejected(
        &with(&format!("{role}\n  sso_rolename = \"x\"")),
        &["6:3: unknown key \"sso_rolename\"; the keys here are id, name, sso_role_name"],
    );
    rejected(
        &with(&format!(
            "{role}\nclusters = [{{ name = \"a\", region = \"eu-west-1\", user = \"x\" }}]"
        )),
        &["6:49: unknown key \"user\"; the keys here are name, region, alias, namespace"],
    );
    rejected(
        &format!("{}[accounts.evil]\n", with(role)),
        &["6:11: unknown key \"evil\""],
    );
    rejected(
        &format!("{}[secrets]\nkey = \"x\"\n", with(role)),
        &["6:2: unknown key \"secrets\""],
    );
}

#[test]
fn missing_keys() {
    rejected("", &["1:1: missing accounts"]);
    rejected("accounts = []", &["1:12: missing accounts"]);
    rejected(
        "[[accounts]]\n",
        &[
            "1:1: missing id",
            "1:1: cannot tell the region of the account",
        ],
    );
    rejected(
        "sso_start_url = \"https://example.awsapps.com/start\"\n[[accounts]]\nid = \"111122223333\"\n\
         source_profile = \"default\"\nclusters = [{ name = \"a\", region = \"eu-west-1\" }]\n",
        &["1:1: sso_start_url requires sso_region"],
    );
    rejected(
        "[[accounts]]\nid = \"111122223333\"\nsso_role_name = \"Engineer\"\n\
         clusters = [{ name = \"a\", region = \"eu-west-1\" }]\n",
        &["3:1: sso_role_name requires sso_start_url"],
    );
    rejected(
        &with(""),
        &["3:1: the account must have exactly one of sso_role_name"],
    );
    rejected(
        &with("sso_role_name = \"a\"\nsource_profile = \"b\""),
        &["3:1: the account must have exactly one of"],
    );
    rejected(
        &with("saml_provider = \"Okta\""),
        &["3:1: missing saml_url"],
    );
    rejected(
        &with("saml_url = \"https://example.okta.com/x\""),
        &["3:1: missing saml_provider"],
    );
    rejected(
        &with("sso_role_name = \"a\"\nclusters = [{}]"),
        &["6:13: missing name", "6:13: missing region"],
    );
    let two = format!(
        "{}[[accounts]]\nid = \"444455556666\"\nname = \"b\"\nsso_role_name = \"a\"\n",
        with("sso_role_name = \"a\"")
    );
    rejected(&two, &["3:1: missing name"]);
}

#[test]
fn wrong_types() {
    for (value, found) in [
        ("111122223333", "a number"),
        ("1.5", "a number"),
        ("true", "a boolean"),
        ("1979-05-27", "a date"),
        ("07:32:00", "a date"),
        ("[\"a\"]", "an array"),
        ("{ a = 1 }", "a table"),
    ] {
        rejected(
            &with(&format!("sso_role_name = {value}")),
            &[&format!(
                "5:17: sso_role_name must be a string, not {found}"
            )],
        );
    }
    rejected(
        "accounts = \"x\"",
        &["1:12: accounts must be an array of tables, not a string"],
    );
    rejected(
        "[accounts]\n",
        &["1:1: accounts must be an array of tables, not a table"],
    );
    rejected(
        "accounts = [1]",
        &["1:13: accounts must be a table, not a number"],
    );
    rejected(
        &with("sso_role_name = \"a\"\nclusters = \"main\""),
        &["6:12: clusters must be an array of tables, not a string"],
    );
}

#[test]
fn invalid_toml() {
    for (text, place) in [
        ("role_name", "1:"),
        ("\nrole_name = ", "2:"),
        ("role_name = \"a", "1:"),
        ("role_name = \"a\nb\"", "1:"),
        ("role_name = \"a\u{1b}b\"", "1:"),
        ("role_name = \"a\0b\"", "1:"),
        ("role_name = \"\\q\"", "1:"),
        (
            "role_name = \"a\"\nrole_name = \"b\"",
            "2:1: invalid TOML: duplicate key",
        ),
        ("[a]\n[a]", "2:"),
        ("[[accounts]]\n[accounts]\n", "2:"),
        ("<html>", "1:"),
    ] {
        rejected(text, &[place]);
    }
    // toml 1.2 names no place for the second problem.
    let dots = ".".repeat(100);
    for (text, place) in [
        (
            format!(")\na{dots} = 1"),
            "1:1: invalid TOML: invalid unquoted key",
        ),
        (
            format!("\n)\na{dots} = 1"),
            "2:1: invalid TOML: invalid unquoted key",
        ),
        (
            format!("\n\na{} = 1", ".a".repeat(100)),
            "1:1: invalid TOML: recursion limit",
        ),
    ] {
        rejected(&text, &[place]);
    }
    let bytes = Team::read(b"role_name = \"\n\xff\"", "team").unwrap_err();
    assert_eq!(bytes[0].to_string(), "2:1: not UTF-8");
    for deep in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(50_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
    ] {
        assert!(read(&deep).is_err());
    }
}

/// No value reaches a config file, a kubeconfig or a shell that could be read as something else there.
#[test]
fn hostile_values() {
    let evil = [
        "",
        " ",
        "a b",
        "a\\nrole_arn = x",
        "a]\\n[profile evil]\\ncredential_process = id",
        "a;b",
        "a # b",
        "$(id)",
        "`id`",
        "a'b",
        "a\\\"b",
        "\\u001b[31m",
        "\\u202Ex",
        "a\\u0000",
        "-\\u00E9",
    ];
    let cluster = |field: &str, value: &str| {
        let fields = [
            ("name", "a"),
            ("region", "eu-west-1"),
            ("alias", "c"),
            ("namespace", "d"),
        ];
        let fields = fields.map(|(key, good)| {
            let value = if key == field { value } else { good };
            format!("{key} = \"{value}\"")
        });
        with(&format!(
            "sso_role_name = \"a\"\nclusters = [{{ {} }}]",
            fields.join(", ")
        ))
    };
    for value in evil {
        for field in ["name", "region", "alias", "namespace"] {
            rejected(&cluster(field, value), &[&format!("6:{}", column(field))]);
        }
        for (key, file, place) in [
            (
                "role_name",
                format!("role_name = \"{value}\"\n{}", with("sso_role_name = \"a\"")),
                "1:13",
            ),
            (
                "name",
                with(&format!("sso_role_name = \"a\"\nname = \"{value}\"")),
                "6:8",
            ),
            (
                "sso_role_name",
                with(&format!("sso_role_name = \"{value}\"")),
                "5:17",
            ),
            (
                "source_profile",
                with(&format!("source_profile = \"{value}\"")),
                "5:18",
            ),
            (
                "saml_provider",
                with(&format!(
                    "saml_provider = \"{value}\"\nsaml_url = \"https://example.okta.com\""
                )),
                "5:17",
            ),
        ] {
            rejected(&file, &[&format!("{place}: {key}: ")]);
        }
    }
    for url in [
        "http://example.awsapps.com/start",
        "https://example.awsapps.com@evil.com/start",
        "https://example.awsapps.com/start?x=y",
        "https://example.awsapps.com\\\\@evil.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let text = with("sso_role_name = \"a\"").replace("https://example.awsapps.com/start", url);
        rejected(&text, &["1:17: sso_start_url: "]);
        let saml = with(&format!("saml_provider = \"a\"\nsaml_url = \"{url}\""));
        if !url.contains("?x=y") {
            rejected(&saml, &["6:12: saml_url: "]);
        }
    }
    let other_host = with("sso_role_name = \"a\"").replace("eu-west-1", "evil.com/#-1");
    rejected(&other_host, &["2:14: sso_region: "]);
    let nowhere = with("sso_role_name = \"a\"").replace("eu-west-1", "eu-nowhere");
    rejected(&nowhere, &["2:14: sso_region: "]);
    let id = with("sso_role_name = \"a\"").replace("111122223333", "1111-2222-3333");
    rejected(&id, &["4:6: id: "]);
    let china = with(
        "sso_role_name = \"a\"\nclusters = [{ name = \"a\", region = \"eu-west-1\" },\n{ name = \"b\", region = \"cn-north-1\" }]",
    );
    rejected(
        &china,
        &["7:1: cn-north-1 and eu-west-1 are in different AWS partitions"],
    );
}

/// Returns the column of a field in the line of the cluster, and the start of the problem.
fn column(field: &str) -> &'static str {
    match field {
        "name" => "22: name: ",
        "region" => "36: region: ",
        "alias" => "57: alias: ",
        _ => "74: namespace: ",
    }
}

#[test]
fn duplicates() {
    let account = |id: &str, name: &str, role: &str, alias: &str| {
        format!(
            "[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\nsso_role_name = \"{role}\"\n\
             clusters = [{{ name = \"main\", region = \"eu-west-1\"{alias} }}]\n"
        )
    };
    let alias = ", alias = \"prod\"";
    let one = account("111122223333", "a", "Engineer", alias);
    for (second, problem) in [
        (
            account("444455556666", "a", "Engineer", ""),
            "8:1: duplicate account name a",
        ),
        (
            account("111122223333", "b", "Engineer", ""),
            "8:1: duplicate account 111122223333: an earlier one has the same sign-in",
        ),
        (
            account("444455556666", "b", "Engineer", alias),
            "12:13: duplicate alias prod",
        ),
    ] {
        rejected(&format!("{TOP}{one}{second}"), &[problem]);
    }
    // Another sign-in to the same account is another profile; its contexts need different names.
    let other = account("111122223333", "b", "Admin", "");
    assert!(read(&format!("{TOP}{one}{other}")).is_ok());
    let one = account("111122223333", "a", "Engineer", "");
    rejected(
        &format!("{TOP}{one}{other}"),
        &[
            "12:13: duplicate context for cluster main in eu-west-1 of account 111122223333: add an alias",
        ],
    );
    let twice = with(
        "sso_role_name = \"a\"\nclusters = [{ name = \"a\", region = \"eu-west-1\" },\n\
         { name = \"a\", region = \"eu-west-1\", alias = \"x\" }]",
    );
    rejected(&twice, &["7:1: duplicate cluster a in eu-west-1"]);
}

#[test]
fn too_many() {
    let accounts = "[[accounts]]\n".repeat(MAX_ACCOUNTS + 1);
    rejected(&accounts, &["1:1: more than 500 accounts"]);
    let cluster = |n| format!("{{ name = \"c{n}\", region = \"eu-west-1\" }},\n");
    let clusters: String = (0..=MAX_CLUSTERS).map(cluster).collect();
    rejected(
        &with(&format!("sso_role_name = \"a\"\nclusters = [{clusters}]")),
        &["6:12: more than 2500 clusters"],
    );
    let keys: String = (0..1000).map(|n| format!("k{n} = 1\n")).collect();
    assert_eq!(read(&keys).unwrap_err().len(), 20);
}

/// Columns count characters, not bytes. A byte order mark does not count.
#[test]
fn columns_count_characters() {
    rejected("\u{feff}a = 1\naccounts = []", &["1:1: unknown", "2:12: "]);
    rejected(
        &with(
            "sso_role_name = \"a\"\nclusters = [{ name = \"é\", region = \"eu-west-1\", x = 1 }]",
        ),
        &["6:22: name: ", "6:49: unknown key"],
    );
}
