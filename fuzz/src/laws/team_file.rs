//! A team file, which an admin writes and everybody downloads.

use std::collections::{BTreeSet, HashSet};

use crate::names::{IdpArn, ProfileName, RoleArn};
use crate::setup::source::Source;
use crate::setup::team_file::{Problem, Team};

pub fn team_file(file: &[u8]) {
    let base: ProfileName = "apono-k8s-access".parse().expect("a name");
    match Team::read(file, "team") {
        Ok(team) => {
            assert_valid(&team, &base);
            let below = Team::read(&shifted(file), "team");
            assert_eq!(below, Ok(a_line_down(team)), "a comment changes nothing");
        }
        Err(problems) => {
            assert!((1..=20).contains(&problems.len()));
            assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
            let lines = 1 + file.iter().filter(|byte| **byte == b'\n').count();
            for problem in &problems {
                assert!((1..=lines).contains(&problem.line), "{problem}");
                assert!(problem.column >= 1);
            }
            let below = Team::read(&shifted(file), "team").expect_err("a comment mends nothing");
            if std::str::from_utf8(file).is_ok() {
                // What is missing at the top is missing on the first line.
                let shifted = |line: usize| if line == 1 { 1 } else { line - 1 };
                let of = |problems: &[Problem], place: &dyn Fn(usize) -> usize| {
                    let all = problems
                        .iter()
                        .map(|p| (place(p.line), p.column, p.what.to_string()));
                    all.collect::<BTreeSet<_>>()
                };
                assert_eq!(of(&below, &shifted), of(&problems, &|line| line));
            }
        }
    }
}

/// Returns the team with each of its places one line further down.
fn a_line_down(mut team: Team) -> Team {
    for lines in &mut team.lines {
        lines.account += 1;
        lines.keys.values_mut().for_each(|line| *line += 1);
        lines.clusters.iter_mut().for_each(|line| *line += 1);
    }
    team
}

/// Returns the file with a comment before it.
fn shifted(file: &[u8]) -> Vec<u8> {
    let bom = b"\xef\xbb\xbf";
    match file.strip_prefix(bom) {
        Some(rest) => [bom, &b"# a comment\n"[..], rest].concat(),
        None => [b"# a comment\n", file].concat(),
    }
}

fn assert_valid(team: &Team, base: &ProfileName) {
    assert!((1..=100).contains(&team.accounts.len()));
    let mut contexts = HashSet::new();
    for account in &team.accounts {
        assert_eq!(
            account.role.as_str().parse::<RoleArn>().as_ref(),
            Ok(&account.role)
        );
        assert!(
            !account.role.as_str().contains("//"),
            "a path that IAM does not have"
        );
        match &account.source {
            Source::Sso(sso) => assert_encrypted(sso.portal.start_url.as_str()),
            Source::Profile(_) => {}
            Source::Ambient => panic!("no team file names it"),
            Source::Saml(saml) => {
                let provider = saml.provider.as_str();
                assert!(provider.parse::<IdpArn>().is_ok());
                assert_eq!(saml.provider.partition(), account.role.partition());
                assert_encrypted(saml.url.as_str());
            }
        }
        for cluster in &account.clusters {
            let alias = cluster
                .alias
                .as_ref()
                .map(|alias| alias.as_str().to_owned());
            let context = alias.unwrap_or_else(|| {
                let (account, region) = (account.role.account(), &cluster.region);
                format!("{account} {region} {}", cluster.name)
            });
            assert!(contexts.insert(context), "two contexts of one name");
        }
    }
    assert!(contexts.len() <= 500 * team.accounts.len());
    if let Ok(profiles) = team.profiles(base) {
        let different: HashSet<_> = profiles.iter().collect();
        assert_eq!(different.len(), team.accounts.len(), "a profile each");
        for profile in &profiles {
            assert!(profile.as_str().parse::<ProfileName>().is_ok());
        }
    }
}

/// The browser opens it, so no server on the way may answer, and it fits on a command line.
fn assert_encrypted(url: &str) {
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
    let local = ["http://localhost", "http://127.0.0.1"]
        .iter()
        .any(|local| url.starts_with(local));
    assert!(
        url.to_ascii_lowercase().starts_with("https://") || local,
        "{url}"
    );
}
