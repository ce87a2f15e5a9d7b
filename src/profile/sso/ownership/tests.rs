//! What is recorded, and what of it is removed.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::profile::sso::choose;
use crate::profile::sso::tests::{profiles, wanted};

const BEFORE: &str = "# mine\n[default]\nregion = us-east-1\n";

/// The file after an installation into `BEFORE`, without the apono-login profile, and that profile's `apono_wrote`.
fn installed() -> (String, String) {
    let files = profiles(BEFORE, "");
    let chosen = choose(&files, &wanted()).unwrap();
    let file = chosen.add_to(BEFORE.as_bytes()).unwrap();
    let list = remember(&files, &wanted().own, &chosen).unwrap();
    (String::from_utf8(file).unwrap(), list)
}

fn with_list(config: &str, profile: &str, list: &str) -> ProfileSet {
    profiles(
        &format!("{config}\n[profile {profile}]\napono_wrote = {list}\n"),
        "",
    )
}

fn wrote(list: &str) -> Vec<Wrote> {
    read(&with_list("", "p", list), "p")
}

#[test]
fn a_list_is_read_as_it_was_written() {
    let (_, list) = installed();
    let items = wrote(&list);
    let names: Vec<_> = items.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(
        names,
        ["sso-session example", "profile Engineer-111122223333"]
    );
    let again: Vec<_> = items.iter().map(Wrote::to_string).collect();
    assert_eq!(again.join(", "), list);
    // Not written by apono-login.
    for odd in [
        "x",
        "profile",
        "profile a",
        "services a 00000000",
        "profile ../a]b 0",
        "profile a 0 0",
        ", ,",
    ] {
        assert_eq!(wrote(odd), [], "{odd}");
    }
    assert_eq!(read(&profiles("", ""), "p"), []);
}

#[test]
fn removing_restores_the_file() {
    let (file, list) = installed();
    for (before, after) in [
        (BEFORE, file.clone()),
        (&BEFORE.replace('\n', "\r\n"), file.replace('\n', "\r\n")),
    ] {
        let removal = remove(after.as_bytes(), b"", &wrote(&list)).unwrap();
        assert_eq!(String::from_utf8(removal.file).unwrap(), before);
        assert_eq!((removal.removed.len(), removal.kept.len()), (2, 0));
    }
    let gone = remove(BEFORE.as_bytes(), b"", &wrote(&list)).unwrap();
    assert_eq!(gone, Removal::nothing(BEFORE.as_bytes()));
}

/// The file after the user changed it, and the sections that are kept for it.
#[test]
fn sections_that_are_changed_or_used_are_kept() {
    let (file, list) = installed();
    const PROFILE: &str = "profile Engineer-111122223333";
    const SESSION: &str = "sso-session example";
    let uses_session = "\n[profile mine]\nsso_session = example # me\n";
    let uses_profile = "\n[profile mine]\nrole_arn = x\nSource_Profile=Engineer-111122223333\n";
    let changed = "it was changed after install wrote it";
    let table = [
        (
            file.replace("Engineer\n", "Admin\n"),
            "",
            &[
                (PROFILE, changed),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ][..],
        ),
        (
            file.replace("eu-central-1\n", "eu-central-1\noutput = json\n"),
            "",
            &[
                (PROFILE, changed),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
        (
            file.replace("eu-central-1\n", "eu-central-1\n  # mine\n"),
            "",
            &[
                (PROFILE, changed),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
        (
            file.replace("sso_role_name", "# mine\nsso_role_name"),
            "",
            &[
                (PROFILE, changed),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
        (
            file.replace(":access", ":access,codewhisperer:completions"),
            "",
            &[(SESSION, changed)],
        ),
        (
            format!("{file}{uses_session}"),
            "",
            &[(SESSION, "profile mine uses it")],
        ),
        (
            format!("{file}{uses_profile}"),
            "",
            &[
                (PROFILE, "profile mine uses it"),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
        (
            file.clone(),
            "[ci]\nrole_arn = x\nsource_profile = Engineer-111122223333\n",
            &[
                (PROFILE, "ci uses it"),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
        (
            format!("{file}\n[profile mine]\napono_source_profile = Engineer-111122223333\n"),
            "",
            &[
                (PROFILE, "profile mine uses it"),
                (SESSION, "profile Engineer-111122223333 uses it"),
            ],
        ),
    ];
    for (config, credentials, left) in table {
        let removal = remove(config.as_bytes(), credentials.as_bytes(), &wrote(&list)).unwrap();
        let told: Vec<_> = removal
            .kept
            .iter()
            .map(|(name, why)| (name.to_string(), why.to_string()))
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(name, why)| (name.as_str(), why.as_str()))
            .collect();
        assert_eq!(told, left, "{config}");
        let after = String::from_utf8(removal.file).unwrap();
        for (name, _) in left {
            let header = format!("[{name}]\n");
            let section = |text: &str| {
                text.split(&header)
                    .nth(1)
                    .map(|rest| rest.split("\n[").next().unwrap_or_default().to_owned())
            };
            assert_eq!(section(&after), section(&config), "{config}");
        }
        assert!(after.starts_with(BEFORE), "{config}");
    }
}

/// A comment above the next section is not part of the removed one.
#[test]
fn comments_around_are_kept() {
    let (file, list) = installed();
    let file = format!("{file}\n# the next one\n[profile b]\nregion = x\n");
    let removal = remove(file.as_bytes(), b"", &wrote(&list)).unwrap();
    let after = String::from_utf8(removal.file).unwrap();
    assert_eq!(
        after,
        format!("{BEFORE}\n# the next one\n[profile b]\nregion = x\n")
    );
}

#[test]
fn the_list_is_kept_and_shared() {
    let (file, list) = installed();
    let own = wanted().own;
    // A second run finds everything it needs.
    let files = with_list(&file, own.as_str(), &list);
    let again = choose(&files, &wanted()).unwrap();
    assert_eq!(again.new, []);
    assert_eq!(remember(&files, &own, &again).as_ref(), Some(&list));

    // Another apono-login profile, for another account, shares the session.
    let mut second = wanted();
    second.own = "apono-prod".parse().unwrap();
    second.account = "444455556666".parse().unwrap();
    let chosen = choose(&files, &second).unwrap();
    let shared = wrote(&remember(&files, &second.own, &chosen).unwrap());
    let names: Vec<_> = shared.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(
        names,
        ["profile Engineer-444455556666", "sso-session example"]
    );
    let file = chosen.add_to(file.as_bytes()).unwrap();
    let first_gone = remove(&file, b"", &wrote(&list)).unwrap();
    assert_eq!(first_gone.removed.len(), 1);
    let second_gone = remove(&first_gone.file, b"", &shared).unwrap();
    assert_eq!(String::from_utf8(second_gone.file).unwrap(), BEFORE);

    // Sections that existed before are never recorded.
    let files = profiles(&installed().0, "");
    let chosen = choose(&files, &wanted()).unwrap();
    assert_eq!(remember(&files, &own, &chosen), None);
}
