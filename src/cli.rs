//! The command line as types. Makes no decisions.

mod completions;
mod doctor;
mod duration;
mod install;
mod kubeconfig;
mod login;
mod overview;
mod policy;
pub mod routine;
mod status;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{
    Arg, ArgAction, Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser,
    Subcommand, ValueEnum,
};

pub use completions::{CompleteValues, Completions, Values};
pub use doctor::Doctor;
pub use install::Install;
pub use kubeconfig::UpdateKubeconfig;
pub use login::{Login, Logout, SignIn};
pub use policy::{
    AlsoAction, Check as CheckPolicy, Document as PolicyDocument, Policy, PolicyFormat, TheRole,
};
pub use routine::{COMPLETE_VALUES, REFRESH_AHEAD};
pub use status::Status;
pub use token::Token;

use crate::kube::exec_credential::Version;
use crate::names::{ClusterName, ProfileName, Region};

const EXAMPLES: &str = "\
Examples:
  # set up this computer, once
  apono-login install --sso-start-url https://example.awsapps.com/start \\
    --sso-role-name Engineer --account-id 111122223333 \\
    --cluster-name prod --region eu-west-1
  kubectl get pods
  # log in again when your sign-in has expired
  apono-login";

/// Sign in to EKS clusters through Apono just-in-time access
#[derive(Debug, Parser)]
#[command(
    name = "apono-login",
    version,
    after_help = EXAMPLES,
    max_term_width = 100,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    arg(help_flag()),
    arg(version_flag())
)]
pub struct Cli {
    #[command(flatten)]
    pub login: Login,
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Parses a command line.
    ///
    /// # Errors
    /// The command line is wrong, or asks for help or the version.
    pub fn typed(words: &[OsString]) -> Result<Cli, clap::Error> {
        match routine::read(words).or_else(|| routine::hidden(words)) {
            Some(cli) => Ok(cli),
            None => full_path(words),
        }
    }

    /// Returns whether the command uses the profile.
    pub fn uses_profile(&self) -> bool {
        !matches!(
            self.command,
            Some(
                Command::Token(_)
                    | Command::Completions(_)
                    | Command::Man(_)
                    | Command::Help(_)
                    | Command::Version
                    | Command::CompleteValues(_)
            )
        )
    }
}

/// The commands that do not use the profile, and so have no `--profile`.
const WITHOUT_PROFILE: [&str; 5] = ["token", "completions", "man", "help", "version"];

/// Returns the definition of the command line. `--profile` is hidden where it has no meaning; a command line with it is refused
/// later, because it may also stand before the command.
pub fn definition() -> clap::Command {
    let no_profile = Arg::new("profile")
        .long("profile")
        .value_name("NAME")
        .value_parser(clap::value_parser!(ProfileName))
        .global(true)
        .hide(true);
    Cli::command().mut_subcommands(|command| match uses_profile(&command) {
        true => command,
        false => command.arg(no_profile.clone()),
    })
}

fn uses_profile(command: &clap::Command) -> bool {
    !WITHOUT_PROFILE.contains(&command.get_name())
}

/// Returns the definition with the help that groups the commands.
pub fn definition_with_overview() -> clap::Command {
    overview::with_overview(definition())
}

/// Returns the definition for completion scripts, which would offer hidden flags too.
pub fn definition_for_completions() -> clap::Command {
    let command = Cli::command();
    let is_profile = |arg: &&Arg| arg.get_id() == "profile";
    let profile = command.get_arguments().find(is_profile).cloned();
    command
        .mut_arg("profile", |arg| arg.global(false))
        .mut_subcommands(|command| match uses_profile(&command) {
            true => command.args(profile.clone()),
            false => command,
        })
}

/// Returns the choice as the printing library has it.
pub fn color(choice: ColorChoice) -> anstream::ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
}

/// Returns the value of `--color` in a command line that is invalid or asks for help, where no parsed value is available.
pub fn color_typed(words: &[OsString]) -> ColorChoice {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word {
            "--" => break,
            "--color" => words.next(),
            word => word.strip_prefix("--color="),
        };
        if let Some(choice) = value.and_then(|value| value.parse().ok()) {
            return choice;
        }
    }
    ColorChoice::Auto
}

/// Parses with the definition of all commands.
fn full_path(words: &[OsString]) -> Result<Cli, clap::Error> {
    // Otherwise it is the name of the file, which on Windows has `.exe` in usage lines.
    let definition = definition_with_overview().bin_name(env!("CARGO_PKG_NAME"));
    let matches = definition.try_get_matches_from(words)?;
    let mut cli = Cli::from_arg_matches(&matches)
        .map_err(|error| error.format(&mut definition_with_overview()))?;
    // `apono-login --force login` and `apono-login login --force` are the same.
    if let Some(Command::Login(login)) = &mut cli.command {
        let all = std::mem::take(&mut cli.login).or(std::mem::take(login));
        if let Some(message) = all.conflict() {
            return Err(definition_with_overview().error(ErrorKind::ArgumentConflict, message));
        }
        *login = all;
    }
    Ok(cli)
}

const GLOBAL: &str = "Global options";

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Use this profile of ~/.aws/config [default: $APONO_PROFILE, else that of kubectl's current context, else
    /// apono-k8s-access, else the installed one]
    #[arg(long, global = true, value_name = "NAME", help_heading = GLOBAL)]
    pub profile: Option<ProfileName>,
    /// Print what is done, why, and how long it takes
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub verbose: bool,
    /// Color the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL)]
    pub color: ColorChoice,
}

/// Returns `--help`. clap's own flag would stand before the command's options.
fn help_flag() -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .help("Print help")
        .action(ArgAction::Help)
        .global(true)
        .help_heading(GLOBAL)
        .display_order(usize::MAX - 1)
}

fn version_flag() -> Arg {
    Arg::new("version")
        .short('V')
        .long("version")
        .help("Print the version")
        .action(ArgAction::Version)
        .help_heading(GLOBAL)
        .display_order(usize::MAX)
}

/// The commands, in the order of [`overview`].
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in if needed and get role credentials (default)
    #[command(after_help = login::EXAMPLES)]
    Login(Login),
    /// Set up an AWS profile, and clusters
    #[command(after_help = install::EXAMPLES)]
    Install(Install),
    /// Add a cluster to your kubeconfig
    #[command(after_help = kubeconfig::EXAMPLES)]
    UpdateKubeconfig(UpdateKubeconfig),
    /// Show your session name, role and time left
    #[command(visible_alias = "whoami", after_help = status::NOTES)]
    Status(Status),
    /// Check every step from this computer to the cluster and show how to fix what fails
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(Doctor),
    /// Run a command with role credentials in its environment
    #[command(after_help = EXEC_NOTES)]
    Exec(Exec),
    /// Delete the cached credentials
    #[command(after_help = login::LOGOUT_EXAMPLES)]
    Logout(Logout),
    /// Remove what install and update-kubeconfig wrote, and the cached credentials
    #[command(after_help = UNINSTALL_EXAMPLES)]
    Uninstall(Uninstall),
    /// Print a cluster token for kubectl (an ExecCredential)
    #[command(after_help = GET_TOKEN_EXAMPLE)]
    GetToken(GetToken),
    /// Print role credentials for another tool
    #[command(after_help = EXPORT_EXAMPLES)]
    ExportCredentials(ExportCredentials),
    /// Inspect a cluster token
    #[command(subcommand)]
    Token(Token),
    /// Print or check the AWS and EKS setup of the role
    #[command(subcommand)]
    Policy(Policy),
    /// Print a completion script for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(Completions),
    /// Print or write the manual pages
    #[command(after_help = MAN_EXAMPLES)]
    Man(Man),
    /// Print the help of a command
    #[command(after_help = HELP_EXAMPLES)]
    Help(Help),
    /// Print the version
    Version,
    /// Refresh credentials that are about to expire. Not for people: see [`routine::hidden`].
    #[command(skip)]
    RefreshAhead,
    /// Print names for a shell to complete. Not for people: see [`routine::hidden`].
    #[command(skip)]
    CompleteValues(CompleteValues),
}

const UNINSTALL_EXAMPLES: &str = "\
Examples:
  apono-login uninstall --dry-run
  apono-login uninstall --yes
  apono-login uninstall --all";

#[derive(Debug, Args)]
pub struct Uninstall {
    /// Uninstall every installed profile
    #[arg(long)]
    pub all: bool,
    /// Uninstall what was installed from this team file
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub from: Option<PathBuf>,
    /// Print the changes as unified diffs and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not prompt; required where there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// Remove the entries from this kubeconfig [default: all files of $KUBECONFIG, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
}

const GET_TOKEN_EXAMPLE: &str = "\
Example:
  apono-login get-token --cluster-name prod --region eu-west-1";

#[derive(Debug, Args)]
pub struct GetToken {
    /// Print a token for this EKS cluster
    #[arg(long, value_name = "CLUSTER", required_unless_present = "cluster_id")]
    pub cluster_name: Option<ClusterName>,
    /// Print a token for the cluster with this ID: a local cluster on an AWS Outpost takes its ID instead of its name
    #[arg(long, value_name = "ID")]
    pub cluster_id: Option<ClusterName>,
    /// Set the region of the cluster [default: $AWS_REGION, else the region of the profile]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Answer in this version of the ExecCredential API, v1 or v1beta1, where the client requests none in
    /// $KUBERNETES_EXEC_INFO [default: v1]
    #[arg(long, value_name = "VERSION")]
    pub api_version: Option<Version>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  # bash, zsh
  eval \"$(apono-login export-credentials --format env)\"
  # fish
  apono-login export-credentials --format fish | source
  # PowerShell
  apono-login export-credentials --format powershell | Invoke-Expression";

#[derive(Debug, Args)]
pub struct ExportCredentials {
    /// Set the output format: process is for credential_process, the others are for shells
    #[arg(long, value_name = "FORMAT", default_value = "process")]
    pub format: ExportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Process,
    Env,
    EnvNoExport,
    Fish,
    Powershell,
    WindowsCmd,
}

const EXEC_NOTES: &str = "\
The exit status is that of the command; 127 if it is not found, and 126 if it cannot be run.

Example:
  apono-login exec -- aws sts get-caller-identity";

#[derive(Debug, Args)]
pub struct Exec {
    /// Run this command with its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    Text,
    Json,
}

const MAN_EXAMPLES: &str = "\
Examples:
  apono-login man | man -l -
  apono-login man --dir ~/.local/share/man/man1";

#[derive(Debug, Args)]
pub struct Man {
    /// Write one page for each command to this folder
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}

const HELP_EXAMPLES: &str = "\
Examples:
  apono-login help
  apono-login help status
  apono-login help policy check";

#[derive(Debug, Args)]
pub struct Help {
    /// Print the help of this command [default: the list of all commands]
    #[arg(value_name = "COMMAND", value_hint = clap::ValueHint::Other)]
    pub command: Vec<String>,
}

#[cfg(test)]
mod tests;
