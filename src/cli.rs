//! What was typed, as types. Decides nothing.

mod completions;
mod doctor;
mod install;
mod policy;
mod status;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub use completions::{CompleteValues, Completions, Values};
pub use doctor::Doctor;
pub use install::Install;
pub use policy::{
    AccessEntry, AwsAuth, Check as CheckPolicy, Permissions, Policy, PolicyFormat, TheRole,
};
pub use status::Status;
pub use token::{Inspect, Token};

use crate::names::{ClusterName, ProfileName, Region};

const EXAMPLES: &str = "\
Examples:
  # once per laptop
  apono-login install --sso-start-url https://example.awsapps.com/start --sso-role-name Engineer \\
    --account-id 111122223333 --cluster-name prod --region eu-west-1
  kubectl get pods
  # when it says that you have to sign in
  apono-login";

/// Sign in to EKS clusters through Apono just-in-time access.
///
/// Without a command it logs in: it signs you in where that is needed, assumes the role of your profile with
/// your email as session name and caches the credentials, so that kubectl and every AWS tool work.
#[derive(Debug, Parser)]
#[command(name = "apono-login", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    pub login: Login,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// # Errors
    /// What was typed is not one of our command lines, or asks for help.
    pub fn typed(words: &[OsString]) -> Result<Cli, clap::Error> {
        match fast_path(words) {
            Some(cli) => Ok(cli),
            None => Cli::try_parse_from(words),
        }
    }
}

/// What other programs and shells run hundreds of times a day is parsed by a parser of that command alone: to build all commands takes
/// longer than to answer. Whatever it does not understand is for the whole parser to judge.
fn fast_path(words: &[OsString]) -> Option<Cli> {
    fn parse<A: Args>(program: &OsString, words: &[OsString]) -> Option<(Global, A)> {
        let words = std::iter::once(program).chain(words);
        // There is no other command to hand global flags on to.
        let command = FastPath::<A>::command().mut_args(|arg| arg.global(false));
        let matches = command.try_get_matches_from(words).ok()?;
        let parsed = FastPath::<A>::from_arg_matches(&matches).ok()?;
        Some((parsed.global, parsed.args))
    }
    let (program, command, words) = match words {
        [program, command, words @ ..] => (program, command.to_str()?, words),
        _ => return None,
    };
    let (global, command) = match command {
        "get-token" => {
            let (global, args) = parse(program, words)?;
            (global, Command::GetToken(args))
        }
        "export-credentials" => {
            let (global, args) = parse(program, words)?;
            (global, Command::ExportCredentials(args))
        }
        "status" => {
            let (global, args) = parse(program, words)?;
            (global, Command::Status(args))
        }
        COMPLETE_VALUES => {
            let (global, args) = parse(program, words)?;
            (global, Command::CompleteValues(args))
        }
        REFRESH_AHEAD => {
            let (global, Nothing {}) = parse(program, words)?;
            (global, Command::RefreshAhead)
        }
        _ => return None,
    };
    Some(Cli {
        global,
        login: Login::default(),
        command: Some(command),
    })
}

#[derive(Args)]
struct Nothing {}

#[derive(Parser)]
struct FastPath<A: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: A,
}

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Profile in ~/.aws/config [default: $APONO_PROFILE, else apono-k8s-access]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<ProfileName>,
    /// Say what is done and why
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = false
    )]
    pub color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl From<ColorChoice> for anstream::ColorChoice {
    fn from(choice: ColorChoice) -> Self {
        match choice {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
    }
}

/// Name of the command that we start ourselves.
pub const REFRESH_AHEAD: &str = "refresh-ahead";
/// Name of the command that our completion scripts run.
pub const COMPLETE_VALUES: &str = "complete-values";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in if need be, and get credentials for the role (the default command)
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// Set up your AWS profile, once
    #[command(after_help = install::EXAMPLES)]
    Install(Install),
    /// Take back what install and update-kubeconfig wrote, and the cache
    #[command(
        after_help = "Examples:\n  apono-login uninstall --dry-run\n  apono-login uninstall --yes\n  apono-login uninstall --all"
    )]
    Uninstall(Uninstall),
    /// Add a cluster to your kubeconfig
    #[command(after_help = KUBECONFIG_EXAMPLES)]
    UpdateKubeconfig(UpdateKubeconfig),
    /// Print a token for a cluster, as an ExecCredential (kubectl runs this)
    #[command(
        after_help = "Example:\n  apono-login get-token --cluster-name prod --region eu-west-1"
    )]
    GetToken(GetToken),
    /// Print the role's credentials for another tool
    #[command(after_help = EXPORT_EXAMPLES)]
    ExportCredentials(ExportCredentials),
    /// Run a command with the role's credentials in its environment
    #[command(after_help = "Example:\n  apono-login exec -- aws sts get-caller-identity")]
    Exec(Exec),
    /// Show who you are, and until when
    ///
    /// Of all installed profiles, where there are several and none is named. Asks nobody. The exit status tells a script
    /// whether you have to sign in: 0 if there are credentials, or can be without you; 3 if you are needed. It is that of
    /// the profile in force, marked with * among several: --profile, APONO_PROFILE or else apono-k8s-access.
    #[command(after_help = status::EXAMPLES)]
    Status(Status),
    /// Walk the whole way from here to the cluster, and say what is wrong and whose it is to mend
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(Doctor),
    /// Forget the cached credentials
    #[command(
        after_help = "Examples:\n  apono-login logout\n  apono-login logout --sso\n  apono-login logout --all"
    )]
    Logout(Logout),
    /// Renew credentials that are about to expire. Nobody types it: it is parsed [`alone`], and not among the others.
    #[command(skip)]
    RefreshAhead,
    /// Look into a cluster's token
    #[command(subcommand)]
    Token(Token),
    /// For admins: print the documents that set the role up, or check what is there
    #[command(subcommand)]
    Policy(Policy),
    /// Print the manual pages
    #[command(
        after_help = "Examples:\n  apono-login man | man -l -\n  apono-login man --dir /usr/local/share/man/man1"
    )]
    Man(Man),
    /// Print names for a shell to complete. Nobody types it.
    #[command(skip)]
    CompleteValues(CompleteValues),
    /// Print a shell completion script
    #[command(
        after_help = "Example:\n  apono-login completions bash > ~/.local/share/bash-completion/completions/apono-login"
    )]
    Completions(Completions),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Login {
    /// Get new credentials even if the cached ones are still good
    #[arg(long)]
    pub force: bool,
    /// Ask for credentials that live this long, over the profile's duration_seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(900..=43_200))]
    pub duration: Option<u32>,
    /// Log in to every installed profile
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub sign_in: SignIn,
    /// SAML response of your identity provider, where no browser can be used here: base64, or the form that carries it;
    /// `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "device_code", "no_browser"])]
    pub saml_response: Option<PathBuf>,
}

/// How to sign in, where that is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct SignIn {
    /// Sign in with a code, in a browser on any device
    #[arg(long)]
    pub device_code: bool,
    /// Print the link to sign in, and open no browser
    #[arg(long)]
    pub no_browser: bool,
}

const LOGIN_EXAMPLES: &str = "\
Examples:
  apono-login
  apono-login login --all
  apono-login login --device-code
  pbpaste | apono-login login --saml-response -
  apono-login login --force --duration 3600";

#[derive(Debug, Args)]
pub struct Uninstall {
    /// Take back every installed profile
    #[arg(long)]
    pub all: bool,
    /// Take back what was installed from this team file
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    pub from: Option<PathBuf>,
    /// Print the changes as unified diffs and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Kubeconfig to clean [default: all of $KUBECONFIG, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
}

const KUBECONFIG_EXAMPLES: &str = "\
Examples:
  apono-login update-kubeconfig --name prod --region eu-west-1
  apono-login update-kubeconfig --name prod --region eu-west-1 --alias prod --namespace shop --no-switch";

#[derive(Debug, Args)]
pub struct UpdateKubeconfig {
    /// Name of the EKS cluster
    #[arg(long, value_name = "CLUSTER")]
    pub name: ClusterName,
    /// Region of the cluster [default: $AWS_REGION, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Name of the context [default: the cluster's ARN]
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// Name of the user entry [default: PROFILE@ARN of the cluster]
    #[arg(long, value_name = "NAME")]
    pub user_alias: Option<String>,
    /// Namespace of the context
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Kubeconfig to write [default: the file of $KUBECONFIG with the entry, else its first, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Leave the current context as it is
    #[arg(long)]
    pub no_switch: bool,
    /// Print the change as a unified diff and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl UpdateKubeconfig {
    /// As typed without any other flag.
    pub fn of(name: ClusterName, region: Region) -> Self {
        UpdateKubeconfig {
            name,
            region: Some(region),
            alias: None,
            user_alias: None,
            namespace: None,
            kubeconfig: None,
            no_switch: false,
            dry_run: false,
        }
    }
}

#[derive(Debug, Args)]
pub struct GetToken {
    /// Name of the EKS cluster
    #[arg(long, visible_alias = "cluster-id", value_name = "CLUSTER")]
    pub cluster_name: ClusterName,
    /// Region of the cluster [default: $AWS_REGION, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  eval \"$(apono-login export-credentials --format env)\"
  apono-login export-credentials --format fish | source
  apono-login export-credentials --format powershell | Invoke-Expression";

#[derive(Debug, Args)]
pub struct ExportCredentials {
    /// process is what credential_process reads; the others are for shells
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

#[derive(Debug, Args)]
pub struct Exec {
    /// The command and its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "CMD")]
    pub command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct Logout {
    /// Forget the credentials of every profile, and the key that sealed them
    #[arg(long)]
    pub all: bool,
    /// End the sign-in too. SSO: here and at AWS, so that every AWS tool has to sign in again. SAML: forget what the browser
    /// remembers of you at the identity provider
    #[arg(long)]
    pub sso: bool,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Write one page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parsed alone or among all commands, a command line means the same.
    #[test]
    fn a_command_parsed_alone_means_the_same() {
        let lines = [
            "get-token --cluster-name prod --region eu-west-1",
            "get-token --cluster-id=prod -v --color never --profile p",
            "get-token --cluster-name prod --cluster-name again",
            "get-token --cluster-name a/b",
            "get-token --clus prod",
            "get-token prod",
            "get-token --force",
            "get-token --version",
            "get-token -h",
            "get-token --help",
            "get-token",
            "get-token --profile",
            "get-token --cluster-name prod -- x",
            "export-credentials",
            "export-credentials --format fish --profile x -v",
            "export-credentials --format bash",
            "status",
            "status --short --profile p",
            "status --output json",
            "status --short --output json",
            "status --shor",
            "export-credentials get-token",
            "--profile p get-token --cluster-name prod",
            "--force get-token --cluster-name prod",
        ];
        let mut understood = 0;
        for line in lines {
            let words: Vec<OsString> = std::iter::once("apono-login")
                .chain(line.split(' '))
                .map(Into::into)
                .collect();
            let told = |cli: Result<Cli, clap::Error>| match cli {
                Ok(cli) => format!("{cli:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(
                told(Cli::typed(&words)),
                told(Cli::try_parse_from(&words)),
                "{line}"
            );
            understood += usize::from(fast_path(&words).is_some());
        }
        assert_eq!(understood, 7);
    }
}
