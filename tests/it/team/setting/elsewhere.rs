//! Reads the files itself, as there is neither kubectl nor botocore on every computer.

use kit::laptop::Laptop;

use super::files;

/// Returns the names of all contexts.
pub fn contexts(laptop: &Laptop) -> Vec<String> {
    let (_, kubeconfig) = files(laptop);
    let contexts = kubeconfig.split("\ncontexts:").nth(1).unwrap_or_default();
    let contexts = contexts.lines().skip(1);
    let contexts = contexts.take_while(|line| line.starts_with([' ', '-']));
    let names = contexts.filter_map(|line| {
        line.trim_start_matches("- ")
            .trim_start()
            .strip_prefix("name: ")
    });
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.sort();
    names
}

pub fn current(laptop: &Laptop) -> String {
    let (_, kubeconfig) = files(laptop);
    let line = kubeconfig
        .lines()
        .find_map(|line| line.strip_prefix("current-context: "));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

/// Checks that there is a context of this name: without kubectl, nothing is asked of the cluster.
#[track_caller]
pub fn lists_pods(laptop: &Laptop, context: &str) {
    assert!(
        contexts(laptop).iter().any(|name| name == context),
        "{context}"
    );
}

/// Returns all profiles.
pub fn profiles(laptop: &Laptop) -> Vec<String> {
    let (config, _) = files(laptop);
    let sections = config
        .lines()
        .filter_map(|line| line.strip_prefix("[profile "));
    let names = sections.filter_map(|line| line.strip_suffix(']'));
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.sort();
    names
}
