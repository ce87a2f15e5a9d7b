//! `~/.aws/config`: what is read of it, an edit of one section, and its removal.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use imara_diff::{Algorithm, Diff, InternedInput};

use crate::profile::edit::{Edit, Error, Section, apply};
use crate::profile::profiles::Profiles;
use crate::profile::scan::{Kind, Scan};

const NAMES: [&str; 3] = ["role_arn", "region", "source_profile"];
const KEYS: [(&str, Option<&str>); 3] = [
    (NAMES[0], Some("arn:aws:iam::111122223333:role/r")),
    (NAMES[1], Some("eu-west-1")),
    (NAMES[2], None),
];

pub fn aws_config_edit(file: &[u8]) {
    assert_read_alike(file);
    let name = |name: &str| name.parse().expect("a name");
    for section in [
        Section::Profile(name("ours")),
        Section::Profile(name("default")),
        Section::SsoSession(name("ours")),
    ] {
        let set = Edit::Set {
            section: section.clone(),
            keys: KEYS
                .map(|(key, value)| (key, value.map(str::to_owned)))
                .to_vec(),
        };
        let Some(once) = edited(one(file, &set)) else {
            continue;
        };
        let before = sdk(file).expect("a file that is edited is one that the SDK reads");
        let after = sdk(&once).expect("the SDK reads the edited file");
        assert_others(&before, &after, &section);
        for (key, value) in KEYS {
            let found = match &section {
                Section::Profile(name) => after.get_profile(name.as_str()).and_then(|p| p.get(key)),
                Section::SsoSession(name) => {
                    after.sso_session(name.as_str()).and_then(|s| s.get(key))
                }
            };
            assert_eq!(found, value, "{key} of {section:?}");
        }
        assert_lines(file, &once);
        assert_eq!(
            edited(one(&once, &set)).as_deref(),
            Some(&*once),
            "an edit twice is an edit once"
        );

        let remove = Edit::Remove {
            section: section.clone(),
            keys: NAMES.map(str::to_owned).to_vec(),
        };
        let back = edited(one(&once, &remove)).expect("what was added can be removed");
        let after = sdk(&back).expect("the SDK reads the file after the removal");
        assert_others(&before, &after, &section);
        let is_new = match &section {
            Section::Profile(name) => before.get_profile(name.as_str()).is_none(),
            Section::SsoSession(name) => before.sso_session(name.as_str()).is_none(),
        };
        if is_new && !mentions(file) {
            // The edit ends a last line that has no end.
            let rest = back.strip_prefix(file).expect("a removal undoes an edit");
            assert!(matches!(rest, b"" | b"\n" | b"\r\n"), "{rest:?} is left");
        }
    }
}

/// A profile that is asked for reads as in the whole file.
fn assert_read_alike(file: &[u8]) {
    let problems = Scan::new(file).problems;
    // The SDK reads two spellings of one header in no fixed order.
    let in_order = problems
        .iter()
        .all(|one| one.kind != Kind::DuplicateSection);
    let Some(text) = std::str::from_utf8(file).ok().filter(|_| in_order) else {
        return;
    };
    let read = Profiles::new([text.to_owned(), String::new()]).ok();
    let whole = sdk(file);
    assert_eq!(read.is_some(), whole.is_some());
    let (Some(read), Some(whole)) = (read, whole) else {
        return;
    };
    let mentioned = read.mentioning(NAMES[0]).count();
    assert!(mentioned <= whole.profiles().count());
    assert_eq!(read.profiles().count(), whole.profiles().count());
    for name in whole.profiles() {
        assert_eq!(read.get_profile(name), whole.get_profile(name), "{name}");
    }
    for name in whole.sso_sessions() {
        assert_eq!(read.sso_session(name), whole.sso_session(name), "{name}");
    }
    assert_eq!(read.other_sections(), whole.other_sections());
}

fn one(file: &[u8], edit: &Edit) -> Result<Vec<u8>, Error> {
    apply(file, std::slice::from_ref(edit))
}

/// The edit's own check of its result is not a law: it must never be what finds a fault.
fn edited(result: Result<Vec<u8>, Error>) -> Option<Vec<u8>> {
    match result {
        Ok(file) => Some(file),
        Err(Error::Unfaithful { section }) => panic!("the edit changed {section}"),
        Err(_) => None,
    }
}

/// Whether there may be a section of the edited name already, under a spelling of its own or without any key.
fn mentions(file: &[u8]) -> bool {
    file.windows(4).any(|part| part == b"ours") || file.windows(7).any(|part| part == b"default")
}

fn assert_others(before: &ProfileSet, after: &ProfileSet, section: &Section) {
    for name in before.profiles().chain(after.profiles()) {
        if section.to_string() != format!("profile {name}") {
            assert_eq!(before.get_profile(name), after.get_profile(name), "{name}");
        }
    }
    for name in before.sso_sessions().chain(after.sso_sessions()) {
        if section.to_string() != format!("sso-session {name}") {
            assert_eq!(before.sso_session(name), after.sso_session(name), "{name}");
        }
    }
    assert_eq!(before.other_sections(), after.other_sections());
}

/// Lines that went are of the edited keys, and so are those that came, but for a header and a blank line.
fn assert_lines(before: &[u8], after: &[u8]) {
    let [before, after] = [before, after].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let lines = |text: &str| -> Vec<String> {
        let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        lines.map(str::to_owned).collect()
    };
    let (before, after) = (lines(&before), lines(&after));
    let mut input: InternedInput<&str> = InternedInput::default();
    input.update_before(before.iter().map(String::as_str));
    input.update_after(after.iter().map(String::as_str));
    let diff = Diff::compute(Algorithm::Myers, &input);
    let of_key = |line: &str| {
        let line = line.to_ascii_lowercase();
        NAMES.iter().any(|key| line.starts_with(key))
    };
    for (at, line) in before.iter().enumerate() {
        let gone = diff.is_removed(at as u32);
        assert!(
            !gone || of_key(line) || line.starts_with([' ', '\t']) || line.is_empty(),
            "{line:?} went"
        );
    }
    for (at, line) in after.iter().enumerate() {
        let came = diff.is_added(at as u32);
        assert!(
            !came || of_key(line) || line.starts_with('[') || line.is_empty(),
            "{line:?} came"
        );
    }
}

fn sdk(file: &[u8]) -> Option<ProfileSet> {
    let contents = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, std::str::from_utf8(file).ok()?)
        .build();
    let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
    crate::sys::ready(aws_config::profile::load(&fs, &env, &contents, None))?.ok()
}
