//! What is recorded, and what of it is removed.

#![allow(clippy::unwrap_used)]

use crate::profile::profiles::Profiles;

use super::*;
use crate::profile::edit::apply;
use crate::profile::sso::choose;
use crate::profile::sso::tests::{profiles, wanted};

const BEFORE: &str = "# mine\n[default]\nregion = us-east-1\n";

/// The file after an installation into `BEFORE`, without the apono-login profile, and that profile's `apono_wrote`.
fn installed() -> (String, String) {
    let files = profiles(BEFORE, "");
    let chosen = choose(&View::new(&files), &wanted()).unwrap();
    let file = apply(BEFORE.as_bytes(), &chosen.new).unwrap();
    let list = remember(&View::new(&files), &wanted().own, &chosen).unwrap();
    (String::from_utf8(file).unwrap(), list)
}

fn with_list(config: &str, profile: &str, list: &str) -> Profiles {
    profiles(
        &format!("{config}\n[profile {profile}]\napono_wrote = {list}\n"),
        "",
    )
}

fn wrote(list: &str) -> Vec<Wrote> {
    read(&with_list("", "p", list), "p")
}

/// The file without what no profile uses any more, and what became of each section.
fn remove(config: &[u8], credentials: &[u8], wrote: &[Wrote]) -> (Vec<u8>, Orphans) {
    let orphans = orphans(config, credentials, &[], wrote);
    (apply(config, &orphans.edits).unwrap(), orphans)
}

#[test]
fn a_list_is_read_as_it_was_written() {
    let (_, list) = installed();
    let items = wrote(&list);
    let names: Vec<_> = items.iter().map(|one| one.section.to_string()).collect();
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
        let (after, removal) = remove(after.as_bytes(), b"", &wrote(&list));
        assert_eq!(String::from_utf8(after).unwrap(), before);
        assert_eq!((removal.removed.len(), removal.kept.len()), (2, 0));
    }
    let gone = remove(BEFORE.as_bytes(), b"", &wrote(&list));
    assert_eq!(gone, (BEFORE.into(), Orphans::default()));
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
        let (after, removal) = remove(config.as_bytes(), credentials.as_bytes(), &wrote(&list));
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
        let after = String::from_utf8(after).unwrap();
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
    let (after, _) = remove(file.as_bytes(), b"", &wrote(&list));
    let after = String::from_utf8(after).unwrap();
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
    let again = choose(&View::new(&files), &wanted()).unwrap();
    assert_eq!(again.new, []);
    assert_eq!(
        remember(&View::new(&files), &own, &again).as_ref(),
        Some(&list)
    );

    // Another apono-login profile, for another account, shares the session.
    let mut second = wanted();
    second.own = "apono-prod".parse().unwrap();
    second.account = "444455556666".parse().unwrap();
    let chosen = choose(&View::new(&files), &second).unwrap();
    let shared = wrote(&remember(&View::new(&files), &second.own, &chosen).unwrap());
    let names: Vec<_> = shared.iter().map(|one| one.section.to_string()).collect();
    assert_eq!(
        names,
        ["profile Engineer-444455556666", "sso-session example"]
    );
    let file = apply(file.as_bytes(), &chosen.new).unwrap();
    let (after, first_gone) = remove(&file, b"", &wrote(&list));
    assert_eq!(first_gone.removed.len(), 1);
    let (after, _) = remove(&after, b"", &shared);
    assert_eq!(String::from_utf8(after).unwrap(), BEFORE);

    // Sections that existed before are never recorded.
    let files = profiles(&installed().0, "");
    let chosen = choose(&View::new(&files), &wanted()).unwrap();
    assert_eq!(remember(&View::new(&files), &own, &chosen), None);
}

/// The edits of the same run count: what uses a section then, and what no longer does.
#[test]
fn planned_edits_use_sections_or_leave_them() {
    let (file, list) = installed();
    let file = format!("{file}\n[profile apono]\nsource_profile = Engineer-111122223333\n");
    let section = || Section::Profile("apono".parse().unwrap());
    let source = |profile: Option<&str>| Edit::Set {
        section: section(),
        keys: vec![(keys::SOURCE_PROFILE, profile.map(str::to_owned))],
    };
    let remove = Edit::Remove {
        section: section(),
        keys: vec![keys::SOURCE_PROFILE.to_owned()],
    };
    let mine = Edit::Add {
        section: Section::Profile("mine".parse().unwrap()),
        keys: vec![(keys::SSO_SESSION, "example".to_owned())],
    };
    let stays = ["profile Engineer-111122223333", "sso-session example"];
    for (planned, kept, by) in [
        (&[][..], &stays[..], "profile apono uses it"),
        (
            &[source(Some("Engineer-111122223333"))],
            &stays,
            "profile apono uses it",
        ),
        (&[source(Some("default"))], &[], ""),
        (&[source(None)], &[], ""),
        (std::slice::from_ref(&remove), &[], ""),
        (&[remove.clone(), mine], &stays[1..], "profile mine uses it"),
    ] {
        let orphans = orphans(file.as_bytes(), b"", planned, &wrote(&list));
        let names: Vec<_> = orphans
            .kept
            .iter()
            .map(|(one, _)| one.to_string())
            .collect();
        assert_eq!(names, kept, "{planned:?}");
        assert!(
            kept.is_empty() || orphans.kept[0].1.to_string() == by,
            "{orphans:?}"
        );
        assert_eq!(orphans.removed.len(), 2 - kept.len());
        let edits = [planned, &orphans.edits].concat();
        let at_once = apply(file.as_bytes(), &edits).unwrap();
        let first = apply(file.as_bytes(), planned).unwrap();
        let (in_turn, _) = self::remove(&first, b"", &wrote(&list));
        assert_eq!(at_once, in_turn, "{planned:?}");
    }
}
