//! Which source profile is chosen for each file, and what is written for it.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::profile::edit::apply;
use crate::profile::profiles::tests::many;

/// The files as AWS tools read them together.
pub fn profiles(config: &str, credentials: &str) -> Profiles {
    Profiles::new([config.to_owned(), credentials.to_owned()]).unwrap()
}

pub fn wanted() -> Wanted {
    Wanted {
        start_url: "https://example.awsapps.com/start".parse().unwrap(),
        sso_region: "eu-west-1".parse().unwrap(),
        account: "111122223333".parse().unwrap(),
        role: "Engineer".parse().unwrap(),
        region: "eu-central-1".parse().unwrap(),
        source: None,
        session: None,
        preferred: None,
        own: "apono-k8s-access".parse().unwrap(),
    }
}

fn named(source: &str) -> Wanted {
    Wanted {
        source: Some(source.parse().unwrap()),
        ..wanted()
    }
}

/// The user's own sso-session that matches, and a profile with it, in the user's order and spelling.
pub const CORP: &str = "\
[sso-session corp]
sso_region=eu-west-1
sso_start_url = https://Example.awsapps.com/start/#
sso_registration_scopes = codewhisperer:completions, sso:account:access
";
pub const WORK: &str = "\
[profile work]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Engineer
";
const LEGACY: &str = "\
[profile old]
sso_start_url = https://example.awsapps.com/start/
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Engineer
";

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn on_a_fresh_laptop_both_sections_are_written() {
    let chosen = choose(&View::new(&profiles("", "")), &wanted()).unwrap();
    let written = "\
[sso-session example]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile Engineer-111122223333]
sso_session = example
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-central-1
";
    assert_eq!(text(apply(b"", &chosen.new).unwrap()), written);
    assert_eq!(chosen.profile.as_str(), "Engineer-111122223333");
    assert_eq!(chosen.session.unwrap().as_str(), "example");

    let again = choose(&View::new(&profiles(written, "")), &wanted()).unwrap();
    assert_eq!(again.profile, chosen.profile);
    assert_eq!(again.new, []);
}

/// The file, the profile and session that are chosen, and the new sections.
#[test]
fn a_section_that_matches_is_used_under_its_own_name() {
    let corp_only = CORP.to_owned();
    let whole = format!("{WORK}\n{CORP}");
    let two = format!("{whole}\n{}", WORK.replace("work", "also"));
    let both = format!("{LEGACY}\n{whole}");
    let no_scopes = CORP.replace("sso_registration_scopes", "# scopes");
    let other_scopes = CORP.replace(", sso:account:access", "");
    let other_region = CORP.replace("eu-west-1", "us-east-1");
    let other_url = CORP.replace("Example", "d-1234567890");
    let taken = "[sso-session example]\nsso_start_url = https://else.awsapps.com/start\nsso_region = eu-west-1\n\n\
                 [sso-session example-2]\n\n[profile Engineer-111122223333]\nregion = eu-west-1\n";
    let table = [
        (&whole, "work", Some("corp"), &[][..]),
        (&two, "also", Some("corp"), &[]),
        (&both, "old", None, &[]),
        (&LEGACY.to_owned(), "old", None, &[]),
        (
            &corp_only,
            "Engineer-111122223333",
            Some("corp"),
            &["profile Engineer-111122223333"],
        ),
        (
            &no_scopes,
            "Engineer-111122223333",
            Some("corp"),
            &["profile Engineer-111122223333"],
        ),
        (
            &WORK.replace("work", "default"),
            "Engineer-111122223333",
            Some("example"),
            BOTH,
        ),
        (
            &other_scopes,
            "Engineer-111122223333",
            Some("example"),
            BOTH,
        ),
        (
            &other_region,
            "Engineer-111122223333",
            Some("example"),
            BOTH,
        ),
        (&other_url, "Engineer-111122223333", Some("example"), BOTH),
        (
            &taken.to_owned(),
            "Engineer-111122223333-2",
            Some("example-3"),
            &["sso-session example-3", "profile Engineer-111122223333-2"],
        ),
    ];
    const BOTH: &[&str] = &["sso-session example", "profile Engineer-111122223333"];
    for (config, profile, session, new) in table {
        let chosen = choose(&View::new(&profiles(config, "")), &wanted()).unwrap();
        assert_eq!(chosen.profile.as_str(), profile, "{config}");
        let chosen_session = chosen.session.as_ref().map(ProfileName::as_str);
        assert_eq!(chosen_session, session, "{config}");
        let names: Vec<_> = chosen
            .new
            .iter()
            .map(|one| one.section().to_string())
            .collect();
        assert_eq!(names, new, "{config}");
    }
}

#[test]
fn the_current_source_is_kept_where_several_match() {
    let two = format!("{CORP}\n{WORK}\n{}\n{LEGACY}", WORK.replace("work", "also"));
    for (preferred, chosen) in [
        (None, "also"),
        (Some("work"), "work"),
        (Some("gone"), "also"),
    ] {
        let wanted = Wanted {
            preferred: preferred.map(|name| name.parse().unwrap()),
            ..wanted()
        };
        let profile = choose(&View::new(&profiles(&two, "")), &wanted)
            .unwrap()
            .profile;
        assert_eq!(profile.as_str(), chosen);
    }
}

#[test]
fn names_of_the_credentials_file_and_of_the_profile_itself_are_avoided() {
    let keys =
        "[Engineer-111122223333]\naws_access_key_id = AKIA\naws_secret_access_key = hunter2\n";
    let chosen = choose(&View::new(&profiles("", keys)), &wanted()).unwrap();
    assert_eq!(chosen.profile.as_str(), "Engineer-111122223333-2");
    let own = Wanted {
        own: "Engineer-111122223333".parse().unwrap(),
        ..wanted()
    };
    let chosen = choose(&View::new(&profiles("", "")), &own).unwrap();
    assert_eq!(chosen.profile.as_str(), "Engineer-111122223333-2");
}

#[test]
fn a_named_profile_is_used_or_written() {
    let whole = format!("{WORK}\n{CORP}");
    let chosen = choose(&View::new(&profiles(&whole, "")), &named("work")).unwrap();
    assert_eq!((chosen.profile.as_str(), chosen.new), ("work", vec![]));

    // A missing one is written even if another one matches.
    let chosen = choose(&View::new(&profiles(&whole, "")), &named("mine")).unwrap();
    let written = text(apply(b"", &chosen.new).unwrap());
    assert!(
        written.starts_with("[profile mine]\nsso_session = corp\n"),
        "{written}"
    );
    let chosen = choose(&View::new(&profiles("", "")), &named("default")).unwrap();
    let written = text(apply(b"", &chosen.new).unwrap());
    assert!(
        written.contains("\n[default]\nsso_session = example\n"),
        "{written}"
    );
}

/// The file, and why the profile in it does not match.
#[test]
fn a_named_profile_that_does_not_match_is_refused() {
    let other_place = format!(
        "{WORK}\n{}",
        CORP.replace("Example", "other")
            .replace("eu-west", "us-west")
    );
    let other_role = format!(
        "{CORP}{}",
        WORK.replace("Engineer", "Admin").replace("1111", "4444")
    );
    let no_scope = format!("{WORK}\n{}", CORP.replace(", sso:account:access", ""));
    let keys = format!("{WORK}aws_access_key_id = AKIA\nrole_arn = x\n{CORP}");
    let table = [
        (
            "[profile work]\nregion = x\n".to_owned(),
            "it has no `sso_start_url`; it has no `sso_region`; it has no `sso_account_id`; it has no `sso_role_name`",
        ),
        (
            other_place,
            "its `sso_start_url` is \"https://other.awsapps.com/start/#\", not \"https://example.awsapps.com/start\"; \
             its `sso_region` is \"us-west-1\", not \"eu-west-1\"",
        ),
        (
            other_role,
            "its `sso_account_id` is \"444422223333\", not \"111122223333\"; its `sso_role_name` is \"Admin\", not \"Engineer\"",
        ),
        (
            no_scope,
            "its `sso_registration_scopes` is \"codewhisperer:completions\", not \"sso:account:access\"",
        ),
        (WORK.to_owned(), "its `sso_session` \"corp\" does not exist"),
        (
            keys,
            "it has `aws_access_key_id`, which AWS tools use instead of the SSO sign-in; it has `role_arn`, which AWS tools use instead of the SSO sign-in",
        ),
    ];
    for (config, why) in table {
        let error = choose(&View::new(&profiles(&config, "")), &named("work")).unwrap_err();
        assert_eq!(error.to_string(), why, "{config}");
        // Nor is it chosen without being named.
        let chosen = choose(&View::new(&profiles(&config, "")), &wanted()).unwrap();
        assert_ne!(chosen.profile.as_str(), "work", "{config}");
    }
    let keys = "[work]\naws_access_key_id = AKIA\naws_secret_access_key = hunter2\n";
    let error = choose(
        &View::new(&profiles(&format!("{CORP}{WORK}"), keys)),
        &named("work"),
    )
    .unwrap_err();
    assert!(!error.to_string().contains("AKIA"), "{error}");
}

/// Profiles that have nothing of an SSO sign-in are not looked at.
#[test]
fn only_sso_profiles_are_parsed() {
    for count in [10, 1_000] {
        let files = profiles(&format!("{WORK}\n{CORP}\n{}", many(count)), "");
        let chosen = choose(&View::new(&files), &wanted()).unwrap();
        assert_eq!((chosen.profile.as_str(), files.parsed()), ("work", 1));
    }
}

#[test]
fn a_section_written_meanwhile_is_not_overwritten() {
    let chosen = choose(&View::new(&profiles("", "")), &wanted()).unwrap();
    let whole = apply(b"", &chosen.new).unwrap();
    assert_eq!(
        apply(&whole, &chosen.new).unwrap(),
        whole,
        "the same twice is once"
    );
    for meanwhile in [
        "[sso-session example]\nsso_start_url = https://evil.example/start\n",
        "[profile \"Engineer-111122223333\"]\nregion = x\n",
        "[profile Engineer-111122223333]\n",
    ] {
        let refused = apply(meanwhile.as_bytes(), &chosen.new);
        assert!(refused.is_err(), "{meanwhile}");
    }
}

/// One run chooses for several profiles before anything is written.
#[test]
fn sections_about_to_be_written_are_used() {
    let files = profiles("", "");
    let mut view = View::new(&files);
    let first = choose(&view, &wanted()).unwrap();
    view.add(&first);
    let again = choose(&view, &wanted()).unwrap();
    assert_eq!(
        (&again.profile, &again.session),
        (&first.profile, &first.session)
    );
    assert_eq!(again.new, []);
    let mut second = wanted();
    second.account = "444455556666".parse().unwrap();
    let second = choose(&view, &second).unwrap();
    assert_eq!(second.session, first.session);
    let names: Vec<_> = second
        .new
        .iter()
        .map(|one| one.section().to_string())
        .collect();
    assert_eq!(names, ["profile Engineer-444455556666"]);

    // As if the first sections were in the file.
    let file = text(apply(b"", &first.new).unwrap());
    let mut wanted = wanted();
    wanted.account = "444455556666".parse().unwrap();
    assert_eq!(
        choose(&View::new(&profiles(&file, "")), &wanted),
        Ok(second)
    );
}

proptest! {
    /// Whatever names exist, the result reads as the wanted sign-in, and everything else as before.
    #[test]
    fn what_is_written_matches(taken in proptest::collection::vec((any::<bool>(), 1..5usize), 0..8), crlf in any::<bool>()) {
        let mut config = "# mine\n[default]\nregion = eu-west-1 # home\n".to_owned();
        let mut seen = Vec::new();
        for one in taken {
            let suffix = match one.1 { 1 => String::new(), number => format!("-{number}") };
            if !seen.contains(&one) {
                config += &match one.0 {
                    true => format!("[sso-session example{suffix}]\nsso_region = eu-west-1\n"),
                    false => format!("[profile Engineer-111122223333{suffix}]\noutput = json\n"),
                };
            }
            seen.push(one);
        }
        if crlf {
            config = config.replace('\n', "\r\n");
        }
        let chosen = choose(&View::new(&profiles(&config, "")), &wanted()).unwrap();
        let after = text(apply(config.as_bytes(), &chosen.new).unwrap());
        prop_assert!(after.starts_with(&config));
        let again = choose(&View::new(&profiles(&after, "")), &wanted()).unwrap();
        prop_assert_eq!(again, Chosen { new: vec![], ..chosen });
    }
}
