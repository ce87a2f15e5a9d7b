//! The SDK's own parser vectors, each edited as a config file.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Error;
use super::tests::{profile, set};
use crate::profile::profiles::parsed;

/// Returns the config files of the parser vectors that ship with the crate `aws-runtime`.
fn vectors() -> Vec<String> {
    // Only the dependencies of this platform are certain to be downloaded.
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let runtime = packages
        .find(|package| package["name"] == "aws-runtime")
        .unwrap();
    let manifest = Path::new(runtime["manifest_path"].as_str().unwrap());
    let path = manifest.with_file_name("test-data/profile-parser-tests.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let config = |test: &Value| {
        test["input"]["configFile"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    };
    vectors["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(config)
        .collect()
}

/// In every vector a new profile, `foo` (which most of them have) and `default` are set: the edit succeeds and keeps the
/// rest, or is refused for the reasons counted here.
#[test]
fn the_vectors_of_the_sdk_are_edited_or_refused() {
    let keys = &[("name", Some("ours")), ("region", Some("eu-west-1"))];
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let vectors = vectors();
    assert_eq!(vectors.len(), 65);
    for file in &vectors {
        for (column, name) in ["ours", "foo", "default"].into_iter().enumerate() {
            let section = profile(name);
            let outcome = match set(file.as_bytes(), section.clone(), keys) {
                Ok(edited) => {
                    assert_eq!(set(&edited, section.clone(), keys).as_ref(), Ok(&edited));
                    let missing = parsed([file.to_owned(), String::new()])
                        .unwrap()
                        .get_profile(name)
                        .is_none();
                    assert!(!missing || edited.starts_with(file.as_bytes()), "{file:?}");
                    "edited".to_owned()
                }
                Err(Error::Problem(problem)) => format!("{:?}", problem.kind),
                Err(error) => panic!("{error}: {file:?}"),
            };
            counts.entry(outcome).or_default()[column] += 1;
        }
    }
    let expected = [
        ("AmbiguousSection", [0, 1, 0]),
        ("DuplicateKey", [1, 1, 1]),
        ("DuplicateSection", [7, 7, 7]),
        ("NoEquals", [1, 1, 1]),
        ("NoKey", [1, 1, 1]),
        ("NoSection", [2, 2, 2]),
        ("Orphan", [1, 1, 1]),
        ("SecondDefault", [0, 0, 2]),
        ("SectionHeader", [1, 1, 1]),
        ("SubProperty", [2, 2, 2]),
        ("edited", [49, 48, 47]),
    ];
    assert_eq!(
        counts,
        expected
            .map(|(outcome, count)| (outcome.to_owned(), count))
            .into()
    );
}
