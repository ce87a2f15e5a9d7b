//! What is remembered, and what of it is taken back.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::profile::sso::choose;
use crate::profile::sso::tests::{profiles, wanted};

const BEFORE: &str = "# mine\n[default]\nregion = us-east-1\n";

/// The file after an installation into `BEFORE`, without our own profile, and the mark of it.
fn installed() -> (String, String) {
    let files = profiles(BEFORE, "");
    let chosen = choose(&files, &wanted()).unwrap();
    let file = chosen.add_to(BEFORE.as_bytes()).unwrap();
    let mark = remember(&files, &wanted().own, &chosen).unwrap();
    (String::from_utf8(file).unwrap(), mark)
}

fn with_mark(config: &str, profile: &str, mark: &str) -> ProfileSet {
    profiles(
        &format!("{config}\n[profile {profile}]\n{KEY} = {mark}\n"),
        "",
    )
}

fn wrote(mark: &str) -> Vec<Wrote> {
    read(&with_mark("", "p", mark), "p")
}

#[test]
fn a_mark_is_read_as_it_was_written() {
    let (_, mark) = installed();
    let items = wrote(&mark);
    let names: Vec<_> = items.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(
        names,
        ["sso-session example", "profile Engineer-111122223333"]
    );
    let again: Vec<_> = items.iter().map(Wrote::to_string).collect();
    assert_eq!(again.join(", "), mark);
    // What nobody of us wrote.
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
fn what_was_written_goes_and_the_file_is_as_before() {
    let (file, mark) = installed();
    for (before, after) in [
        (BEFORE, file.clone()),
        (&BEFORE.replace('\n', "\r\n"), file.replace('\n', "\r\n")),
    ] {
        let taken = take_back(after.as_bytes(), b"", &wrote(&mark)).unwrap();
        assert_eq!(String::from_utf8(taken.file).unwrap(), before);
        assert_eq!((taken.removed.len(), taken.left.len()), (2, 0));
    }
    let gone = take_back(BEFORE.as_bytes(), b"", &wrote(&mark)).unwrap();
    assert_eq!(gone, TakenBack::nothing(BEFORE.as_bytes()));
}

/// What somebody did to the file meanwhile, and what stays for it.
#[test]
fn what_somebody_has_made_their_own_stays() {
    let (file, mark) = installed();
    const PROFILE: &str = "profile Engineer-111122223333";
    const SESSION: &str = "sso-session example";
    let uses_session = "\n[profile mine]\nsso_session = example # me\n";
    let uses_profile = "\n[profile mine]\nrole_arn = x\nSource_Profile=Engineer-111122223333\n";
    let changed = "it was changed since install wrote it";
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
        let taken = take_back(config.as_bytes(), credentials.as_bytes(), &wrote(&mark)).unwrap();
        let told: Vec<_> = taken
            .left
            .iter()
            .map(|(name, why)| (name.to_string(), why.to_string()))
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(name, why)| (name.as_str(), why.as_str()))
            .collect();
        assert_eq!(told, left, "{config}");
        let after = String::from_utf8(taken.file).unwrap();
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

/// A comment of somebody's that stands above the next section is not part of ours.
#[test]
fn comments_around_stay() {
    let (file, mark) = installed();
    let file = format!("{file}\n# the next one\n[profile b]\nregion = x\n");
    let taken = take_back(file.as_bytes(), b"", &wrote(&mark)).unwrap();
    let after = String::from_utf8(taken.file).unwrap();
    assert_eq!(
        after,
        format!("{BEFORE}\n# the next one\n[profile b]\nregion = x\n")
    );
}

#[test]
fn the_mark_is_kept_and_shared() {
    let (file, mark) = installed();
    let own = wanted().own;
    // A second run finds all that it needs.
    let files = with_mark(&file, own.as_str(), &mark);
    let again = choose(&files, &wanted()).unwrap();
    assert_eq!(again.new, []);
    assert_eq!(remember(&files, &own, &again).as_ref(), Some(&mark));

    // Another profile of ours, for another account, shares the session.
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
    let first_gone = take_back(&file, b"", &wrote(&mark)).unwrap();
    assert_eq!(first_gone.removed.len(), 1);
    let second_gone = take_back(&first_gone.file, b"", &shared).unwrap();
    assert_eq!(String::from_utf8(second_gone.file).unwrap(), BEFORE);

    // What was there before us is nobody's to take back.
    let files = profiles(&installed().0, "");
    let chosen = choose(&files, &wanted()).unwrap();
    assert_eq!(remember(&files, &own, &chosen), None);
}
