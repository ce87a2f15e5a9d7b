//! The team file: an admin writes it once, and `install --from` reads it on every computer. TOML 1.0.
//!
//! Bytes in, a [`Team`] out, or all [`Problem`]s at once, each with its line and column. Every value is parsed into a
//! restricted type, so it is safe to write to `~/.aws/config` and a kubeconfig. There are no keys for secrets or commands, and
//! the only hosts are the access portal and the identity provider, which the browser opens.

mod duplicates;
mod places;
mod problem;
mod reader;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::desired::{Account, Cluster};
use super::source::{Portal, Source};
use crate::aws;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::names::{self, AccountId, Partition, ProfileName, Region, RoleArn, TeamLabel, TeamName};
use crate::profile::read::DEFAULT_ROLE;
use crate::sys::{file, shell};
use duplicates::refuse_duplicates;
pub use places::Places;
pub use problem::Problem;
use problem::What;
use reader::Reader;

/// Maximum file size, in bytes. A file with five hundred accounts of five clusters each has 250 KB.
const MAX_FILE: u64 = 1 << 20;
/// Maximum number of accounts: `install --from` gets credentials for each.
const MAX_ACCOUNTS: usize = 500;
/// Maximum number of clusters in the whole file: `install --from` looks each of them up.
const MAX_CLUSTERS: usize = 2500;

/// The content of a team file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub name: TeamName,
    /// At least one.
    pub accounts: Vec<Account>,
    /// The file, as it is shown.
    pub file: String,
    /// The lines of its accounts.
    pub lines: Vec<Lines>,
}

/// The lines of an account, of the keys that count for it, and of its clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    pub account: usize,
    pub keys: BTreeMap<&'static str, usize>,
    pub clusters: Vec<usize>,
}

/// The keys at the top of the file that count for an account: those of the access portal only with a permission set.
const OF_ALL: [&str; 1] = ["role_name"];
const OF_PORTAL: [&str; 2] = ["sso_start_url", "sso_region"];

/// Reads the team file at this path; `-` is standard input.
///
/// # Errors
/// The file cannot be read or is invalid; all problems are named at once.
pub fn load(path: &Path) -> Result<Team, Failure> {
    refuse_url(path)?;
    let is_stdin = path.as_os_str() == "-";
    let (bytes, shown) = match is_stdin {
        true => (file::read_stdin(MAX_FILE)?, "standard input".to_owned()),
        false => (
            file::read_input(path, MAX_FILE)?,
            path.display().to_string(),
        ),
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let team = Team::read(&bytes, &stem).map(|team| Team {
        file: shown.clone(),
        ..team
    });
    team.map_err(|problems| {
        let failure = Failure::refused("invalid team file; nothing was changed");
        let causes = problems.iter().map(|problem| format!("{shown}:{problem}"));
        causes
            .fold(failure, Failure::cause)
            .hint("fix the team file, or ask the person who gave it to you to fix it")
    })
}

/// Refuses a link: what a link leads to may change between two runs, so the file is downloaded first.
fn refuse_url(path: &Path) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    let is_url = ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if !is_url {
        return Ok(());
    }
    const FILE: &str = "team.toml";
    let url = shell::quoted(&text);
    Err(Failure::new(
        Kind::Usage,
        "invalid value of --from: must be a file, not a link",
    )
    .cause("a team file is read from this computer, so that you can look at it first")
    .hint(format!("download it: run `curl -fL -o {FILE} {url}`"))
    .hint(format!(
        "then {}",
        Command::typed().option("--from", FILE).run()
    )))
}

impl Team {
    /// Returns the content of a team file. `stem` is the file name without its extension: the name of the team if the file has
    /// nothing else that identifies it.
    ///
    /// # Errors
    /// All problems in the file, sorted by line.
    pub fn read(file: &[u8], stem: &str) -> Result<Self, Vec<Problem>> {
        let text = str::from_utf8(file).map_err(|error| {
            let good = String::from_utf8_lossy(&file[..error.valid_up_to()]);
            vec![Problem::at(&good, good.len(), What::NotUtf8)]
        })?;
        let (root, errors) = DeTable::parse_recoverable(text);
        // Only the first: further syntax errors are often caused by it. One without a place (toml 1.2 gives none for a key of
        // more than 80 parts) is shown only if no other has one.
        let place = |error: &Error| error.span().map(|span| span.start);
        let first = |error: &&Error| (place(error).is_none(), place(error));
        if let Some(error) = errors.iter().min_by_key(first) {
            let what = What::Syntax(error.message().into());
            return Err(vec![Problem::at(text, place(error).unwrap_or(0), what)]);
        }
        let mut reader = Reader::new(text);
        let team = team(&mut reader, root.get_ref(), stem);
        match (team, reader.problems()) {
            (Some(team), problems) if problems.is_empty() => Ok(team),
            (_, problems) => Err(problems),
        }
    }

    /// Returns the profile name of each account. A single account has the base name.
    ///
    /// # Errors
    /// A name is too long.
    pub fn profiles(&self, base: &ProfileName) -> Result<Vec<ProfileName>, names::Error> {
        let several = self.accounts.len() > 1;
        let names = self.accounts.iter().map(|account| match &account.name {
            Some(name) if several => name.profile(base),
            _ => Ok(base.clone()),
        });
        names.collect()
    }

    /// Returns the base name that gives an account this profile name: the name itself if no account does.
    pub fn base_of<'a>(&self, profile: &'a ProfileName) -> &'a str {
        let name = profile.as_str();
        let accounts = self.accounts.iter().filter(|_| self.accounts.len() > 1);
        let mut bases = accounts.filter_map(|account| {
            let base = name.strip_suffix(account.name.as_ref()?.as_str())?;
            base.strip_suffix('-').filter(|base| !base.is_empty())
        });
        bases.next().unwrap_or(name)
    }
}

/// The values at the top of the file, which apply to all accounts.
struct Common {
    /// The role name with its path, if it has one.
    role: String,
    portal: Option<Portal>,
    /// The file has keys of the portal, which may be invalid.
    has_portal: bool,
}

fn team(reader: &mut Reader<'_>, root: &DeTable<'_>, stem: &str) -> Option<Team> {
    reader.known(
        root,
        &[
            "team",
            "role_name",
            "sso_start_url",
            "sso_region",
            "accounts",
        ],
    );
    let label: Option<TeamLabel> = reader.value(root, "team");
    let common = Common {
        role: role_name(reader, root),
        portal: portal(reader, root),
        has_portal: root.contains_key("sso_start_url") || root.contains_key("sso_region"),
    };
    let Some(list) = root.get("accounts") else {
        reader.note(0, What::Missing { key: "accounts" });
        return None;
    };
    let tables = reader.tables("accounts", list, MAX_ACCOUNTS);
    if matches!(list.get_ref(), DeValue::Array(items) if items.is_empty()) {
        reader.note(list.span().start, What::Missing { key: "accounts" });
    }
    let several = tables.len() > 1;
    let mut found = Vec::new();
    for (at, table) in tables {
        found.extend(account(reader, at, table, &common, several));
    }
    refuse_duplicates(reader, &found);
    let place = match (
        &common.portal,
        found.first().map(|first| &first.account.source),
    ) {
        (Some(portal), _) => TeamName::of_portal(&portal.start_url),
        (None, Some(source)) => source
            .team_name()
            .unwrap_or_else(|| TeamName::of_file(stem)),
        (None, None) => TeamName::of_file(stem),
    };
    let at_the_top = |found: &Found| match found.account.source {
        Source::Sso(_) => lines_of(reader, root, &[&OF_ALL[..], &OF_PORTAL].concat()),
        _ => lines_of(reader, root, &OF_ALL),
    };
    let lines = found.iter().map(|found| Lines {
        account: reader.line(found.at),
        keys: at_the_top(found)
            .into_iter()
            .chain(found.keys.iter().map(|(key, line)| (*key, *line)))
            .collect(),
        clusters: found
            .clusters_at
            .iter()
            .map(|at| reader.line(*at))
            .collect(),
    });
    Some(Team {
        file: stem.to_owned(),
        lines: lines.collect(),
        name: match &label {
            Some(label) => place.labelled(label),
            None => place,
        },
        accounts: found.into_iter().map(|found| found.account).collect(),
    })
}

/// An account, the lines of its keys, and the positions of it and its clusters in the file, in bytes.
struct Found {
    account: Account,
    keys: BTreeMap<&'static str, usize>,
    at: usize,
    clusters_at: Vec<usize>,
}

/// Returns the lines of those of the keys that are in the table.
fn lines_of(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    keys: &[&'static str],
) -> BTreeMap<&'static str, usize> {
    let line = |key: &&'static str| {
        let (found, _) = table.get_key_value(*key)?;
        Some((*key, reader.line(found.span().start)))
    };
    keys.iter().filter_map(line).collect()
}

fn role_name(reader: &mut Reader<'_>, root: &DeTable<'_>) -> String {
    let Some((at, name)) = reader.text(root, "role_name") else {
        return DEFAULT_ROLE.to_owned();
    };
    // Only the name is checked: partition and account are placeholders.
    let role = format!("arn:aws:iam::000000000000:role/{name}").parse::<RoleArn>();
    if let Err(error) = role {
        reader.refuse(at, "role_name", error);
    }
    name.to_owned()
}

fn portal(reader: &mut Reader<'_>, root: &DeTable<'_>) -> Option<Portal> {
    let start_url = reader.value(root, "sso_start_url");
    let region = region(reader, root, "sso_region");
    for (has, lacks) in [
        ("sso_start_url", "sso_region"),
        ("sso_region", "sso_start_url"),
    ] {
        if let Some((key, _)) = root.get_key_value(has)
            && !root.contains_key(lacks)
        {
            reader.note(key.span().start, What::Without { has, lacks });
        }
    }
    Some(Portal {
        start_url: start_url?,
        region: region?.0,
    })
}

/// Returns the region at `key`, and its partition.
fn region(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    key: &'static str,
) -> Option<(Region, Partition)> {
    let (at, text) = reader.text(table, key)?;
    let region: Region = match text.parse() {
        Ok(region) => region,
        Err(error) => {
            reader.refuse(at, key, error);
            return None;
        }
    };
    let partition = aws::partition(&region);
    if partition.is_none() {
        reader.note(at, What::NoPartition { key, region });
        return None;
    }
    Some((region, partition?))
}

fn account(
    reader: &mut Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
    common: &Common,
    several: bool,
) -> Option<Found> {
    reader.known(
        table,
        &[
            &["id", "name"][..],
            &source::KEYS,
            &["clusters", "required"],
        ]
        .concat(),
    );
    let id: Option<AccountId> = reader.required(at, table, "id");
    let name = match several {
        true => Some(reader.required(at, table, "name")),
        false => table
            .contains_key("name")
            .then(|| reader.value(table, "name")),
    };
    let mut clusters = Vec::new();
    if let Some(list) = table.get("clusters") {
        for (at, table) in reader.tables("clusters", list, MAX_CLUSTERS) {
            clusters.extend(cluster(reader, at, table).map(|cluster| (at, cluster)));
        }
    }
    let of_portal = common.portal.as_ref().map(|portal| portal.region.clone());
    let first = clusters.first().map(|(_, cluster)| cluster.region.clone());
    let is_explained = table.contains_key("clusters") && first.is_none();
    let Some(region) = first.or(of_portal) else {
        if !is_explained && !common.has_portal {
            reader.note(at, What::NoRegion);
        }
        return None;
    };
    let partition = aws::partition(&region)?;
    for (at, cluster) in &clusters {
        if aws::partition(&cluster.region).as_ref() != Some(&partition) {
            let (region, other) = (cluster.region.clone(), region.clone());
            reader.note(*at, What::OtherPartition { region, other });
        }
    }
    let required = reader.flag(table, "required");
    let source = source::source(reader, at, table, common, id.as_ref().zip(Some(&partition)));
    let (clusters_at, clusters) = clusters.into_iter().unzip();
    let account = Account {
        role: RoleArn::new(&partition, &id?, &common.role).ok()?,
        name: match name {
            Some(name) => Some(name?),
            None => None,
        },
        region,
        source: source?,
        clusters,
        required,
    };
    Some(Found {
        account,
        keys: lines_of(reader, table, &[&["id"][..], &source::KEYS].concat()),
        at,
        clusters_at,
    })
}

fn cluster(reader: &mut Reader<'_>, at: usize, table: &DeTable<'_>) -> Option<Cluster> {
    reader.known(table, &["name", "region", "alias", "namespace"]);
    let name = reader.required(at, table, "name");
    let region = region(reader, table, "region");
    if !table.contains_key("region") {
        reader.note(at, What::Missing { key: "region" });
    }
    let alias = reader.value(table, "alias");
    let namespace = reader.value(table, "namespace");
    Some(Cluster {
        name: name?,
        region: region?.0,
        alias,
        namespace,
    })
}

/// A table of the file, and its position in bytes.
type Table<'a> = (usize, &'a DeTable<'a>);

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

#[cfg(test)]
mod tests;
