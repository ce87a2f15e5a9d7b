//! Command lines that other programs and shells run hundreds of times a day, read without clap: building the definition of the
//! command line takes longer than answering.

use std::ffi::OsString;

use clap::{ColorChoice, ValueEnum as _};

use super::{Cli, Command, CompleteValues, ExportCredentials, ExportFormat, GetToken, Global};
use super::{Login, Status, StatusFormat, Values};

/// The name of the command that apono-login starts itself.
pub const REFRESH_AHEAD: &str = "refresh-ahead";
/// The name of the command that the completion scripts run.
pub const COMPLETE_VALUES: &str = "complete-values";

/// Reads a command that the cache may answer. `None` for any other, and for what is not written in the plainest way: clap reads
/// that, and says what is wrong with it.
pub fn read(words: &[OsString]) -> Option<Cli> {
    let [_, command, words @ ..] = words else {
        return None;
    };
    let (profile, command) = match (command.to_str()?, words) {
        ("version" | "--version" | "-V", []) => (None, Command::Version),
        ("get-token", words) => {
            let names = [
                "profile",
                "cluster-name",
                "cluster-id",
                "region",
                "api-version",
            ];
            let [profile, cluster, id, region, version] = options(words, names)?;
            cluster.or(id)?;
            let command = Command::GetToken(GetToken {
                cluster_name: cluster.map(str::parse).transpose().ok()?,
                cluster_id: id.map(str::parse).transpose().ok()?,
                region: region.map(str::parse).transpose().ok()?,
                api_version: version.map(str::parse).transpose().ok()?,
            });
            (profile, command)
        }
        ("export-credentials", words) => {
            let [profile, format] = options(words, ["profile", "format"])?;
            let format = format.is_none_or(|format| format == "process");
            let format = format.then_some(ExportFormat::Process)?;
            let command = Command::ExportCredentials(ExportCredentials { format });
            (profile, command)
        }
        ("status", [short, words @ ..]) if short == "--short" => {
            let [profile] = options(words, ["profile"])?;
            let command = Command::Status(Status {
                output: StatusFormat::Text,
                short: true,
            });
            (profile, command)
        }
        _ => return None,
    };
    cli(profile, command)
}

/// Reads a command that is not for people, and that clap does not know.
pub fn hidden(words: &[OsString]) -> Option<Cli> {
    let [_, command, words @ ..] = words else {
        return None;
    };
    match (command.to_str()?, words) {
        (REFRESH_AHEAD, words) => {
            let [profile] = options(words, ["profile"])?;
            cli(profile, Command::RefreshAhead)
        }
        (COMPLETE_VALUES, [values]) => {
            let values = Values::from_str(values.to_str()?, false).ok()?;
            cli(None, Command::CompleteValues(CompleteValues { values }))
        }
        _ => None,
    }
}

fn cli(profile: Option<&str>, command: Command) -> Option<Cli> {
    Some(Cli {
        login: Login::default(),
        global: Global {
            profile: profile.map(str::parse).transpose().ok()?,
            verbose: false,
            color: ColorChoice::Auto,
        },
        command: Some(command),
    })
}

/// Reads options with a value, `--NAME VALUE` or `--NAME=VALUE`, each at most once. `None` if there is anything else.
fn options<'a, const N: usize>(
    words: &'a [OsString],
    names: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    let mut values = [None; N];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let option = word.to_str()?.strip_prefix("--")?;
        let (name, value) = match option.split_once('=') {
            Some(both) => both,
            None => (option, words.next()?.to_str()?),
        };
        let place = names.iter().position(|known| *known == name)?;
        // clap may take such a value for an option.
        if value.starts_with('-') || values[place].replace(value).is_some() {
            return None;
        }
    }
    Some(values)
}
