//! Which profiles a command works with: one rule for the commands that a person types.
//!
//! The profile that `--profile` or `APONO_PROFILE` names; else that of kubectl's current context, where apono-login gives it tokens;
//! else the default one, if it exists; else the only installed one; else all, or a question.
//!
//! Where nothing is named, other commands differ: `install` writes the default profile, and `get-token` and `refresh-ahead` use it.
//! `export-credentials` as AWS tools run it uses the default one where it exists, so that a cache hit reads no kubeconfig; else the
//! rule applies, without a question.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::Session;
use crate::cli::Global;
use crate::context::Context;
use crate::failure::command::{self, Command, Unnamed};
use crate::failure::{Failure, Kind};
use crate::kube::config::{self, Config};
use crate::kube::file::MAX_KUBECONFIG;
use crate::names::{DEFAULT_PROFILE, ProfileName};
use crate::sys::{file, prompt};

/// Profiles that a hint names, at most.
const MOST_NAMED: usize = 5;
/// Invalid answers to the question before the command gives up.
const TRIES: usize = 3;

/// How many profiles a command works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// One. Where several may be meant, the user is asked.
    One,
    /// One, or all that are installed.
    Some,
}

/// The profiles that the rule chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    One(ProfileName, Why),
    /// All that are installed: at least two.
    All(Vec<ProfileName>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    Named,
    /// It is that of kubectl's current context of this name.
    Context(String),
    Default,
    Only,
}

/// What is known where no profile is named.
struct Known<'a> {
    /// The profile of kubectl's current context, and the context's name.
    of_context: Option<(ProfileName, String)>,
    default: &'a ProfileName,
    default_exists: bool,
    installed: &'a [ProfileName],
}

/// Returns the profiles that a command works with, at least one.
///
/// # Errors
/// The command works with one profile, several are installed, and the user does not choose one of them.
pub fn choose(session: &Session<'_>, accepts: Accepts) -> Result<Vec<ProfileName>, Failure> {
    let context = session.context;
    let (profile, why) = match (choice(session), accepts) {
        (Choice::One(profile, why), _) => (profile, why),
        (Choice::All(all), Accepts::Some) => {
            let names = joined(&all);
            context
                .output
                .detail(&format!("no profile is named: all are used: {names}"));
            return Ok(all);
        }
        (Choice::All(all), Accepts::One) if context.can_ask => return Ok(vec![ask(&all)?]),
        (Choice::All(all), Accepts::One) => return Err(several(&all)),
    };
    let why = match why {
        Why::Named => return Ok(vec![profile]),
        Why::Context(name) => format!("kubectl's current context {name} is for it"),
        Why::Default => "no other one is named".to_owned(),
        Why::Only => "no other one is installed".to_owned(),
    };
    let out = &context.output;
    out.detail(&format!("profile {profile} is used: {why}"));
    Ok(vec![profile])
}

/// Returns the context for a command that works with one profile.
///
/// # Errors
/// Those of [`choose`], or the paths of the files are not known.
pub fn one(context: &Context) -> Result<Context, Failure> {
    if context.profile_is_named {
        return Ok(context.clone());
    }
    let session = Session::new(context)?;
    let mut profiles = choose(&session, Accepts::One)?;
    let profile = profiles.pop().unwrap_or_else(|| context.profile.clone());
    Ok(context.with_chosen(profile))
}

/// Returns the context for a command that can do without a profile: the chosen one, else the default one.
pub fn one_if_clear(context: &Context) -> Context {
    let session = Session::new(context);
    match session.map(|session| choice(&session)) {
        Ok(Choice::One(profile, _)) => context.with_chosen(profile),
        Ok(Choice::All(_)) | Err(_) => context.clone(),
    }
}

/// Returns the context for a program, which names no profile: the default one wherever it exists.
///
/// # Errors
/// There is no default profile, and several may be meant.
pub fn for_a_program(context: &Context) -> Result<Context, Failure> {
    let context = context.for_a_program();
    if context.profile_is_named {
        return Ok(context);
    }
    let session = Session::new(&context)?;
    if session.exists(&context.profile) {
        return Ok(context);
    }
    match choice(&session) {
        Choice::One(profile, _) => Ok(context.with_chosen(profile)),
        Choice::All(all) => {
            let mut failure = several(&all);
            failure.hints = vec![failure.hints.join("; ")];
            Err(failure.in_a_line())
        }
    }
}

/// Tells the hints which profiles their commands use where they name none. Works it out when the first hint needs it.
pub fn tell_hints(global: &Global) {
    let global = Global {
        profile: None,
        verbose: false,
        ..global.clone()
    };
    command::choose_by(move || unnamed(&global).unwrap_or_default());
}

fn unnamed(global: &Global) -> Option<Unnamed> {
    let context = Context::new(global, true).ok()?;
    // The variable may be set for this one command: its profile is named, unless the words choose it without the variable, too.
    let named = context.profile_is_named.then(|| context.profile.clone());
    let default: ProfileName = DEFAULT_PROFILE.parse().ok()?;
    let context = Context {
        profile: default.clone(),
        profile_is_named: false,
        ..context
    };
    let session = Session::new(&context).ok()?;
    let chosen = match choice(&session) {
        Choice::One(profile, _) => Some(profile),
        Choice::All(_) => None,
    };
    let is_same = |profile: &ProfileName| named.as_ref().is_none_or(|named| named == profile);
    Some(Unnamed {
        chosen: chosen.filter(is_same),
        default: Some(default).filter(is_same),
    })
}

/// Applies the rule. Where the config file cannot be read, the command that follows fails for that.
fn choice(session: &Session<'_>) -> Choice {
    let context = session.context;
    if context.profile_is_named {
        return Choice::One(context.profile.clone(), Why::Named);
    }
    let of_context = of_context(context).filter(|(profile, _)| session.exists(profile));
    let default_exists = of_context.is_none() && session.exists(&context.profile);
    let is_known = of_context.is_some() || default_exists;
    let installed = match is_known {
        true => &[],
        false => session.installed().unwrap_or_default(),
    };
    decide(Known {
        of_context,
        default: &context.profile,
        default_exists,
        installed,
    })
}

fn decide(known: Known<'_>) -> Choice {
    if let Some((profile, name)) = known.of_context {
        return Choice::One(profile, Why::Context(name));
    }
    match known.installed {
        _ if known.default_exists => Choice::One(known.default.clone(), Why::Default),
        [] => Choice::One(known.default.clone(), Why::Default),
        [only] => Choice::One(only.clone(), Why::Only),
        all => Choice::All(all.to_vec()),
    }
}

impl Session<'_> {
    /// Returns whether there is such a profile. The config file is not parsed where the cache shows that it has not changed.
    fn exists(&self, profile: &ProfileName) -> bool {
        let context = self.context.with_profile(profile.clone());
        self.of(&context).at_hand().is_some()
            || self
                .files()
                .is_ok_and(|files| files.profiles().get_profile(profile.as_str()).is_some())
    }
}

/// A profile, and the context that it is of.
type OfContext = Option<(ProfileName, String)>;

/// Returns the profile of kubectl's current context, where apono-login gives it tokens, and the context's name. The files are
/// read once in a run, which can be long for large ones.
fn of_context(context: &Context) -> OfContext {
    static READ: OnceLock<(Vec<PathBuf>, OfContext)> = OnceLock::new();
    let paths = context.kubeconfigs(None).ok()?;
    let (read, found) = READ.get_or_init(|| (paths.clone(), current_in(&paths)));
    match *read == paths {
        true => found.clone(),
        false => current_in(&paths),
    }
}

fn current_in(paths: &[PathBuf]) -> OfContext {
    let mut configs = Vec::new();
    for path in paths {
        // kubectl uses no file if it cannot read one of them.
        let Some(bytes) = file::read(path, MAX_KUBECONFIG).ok()? else {
            continue;
        };
        configs.push(config::read(&bytes).ok()?);
    }
    profile_in(&configs)
}

/// Returns the same of these files. kubectl uses the first entry of a name.
fn profile_in(configs: &[Config]) -> OfContext {
    let current = configs
        .iter()
        .find_map(|config| config.current_context.as_ref())?;
    let mut contexts = configs.iter().flat_map(|config| &config.contexts);
    let context = contexts.find(|context| context.name == *current)?;
    let mut users = configs.iter().flat_map(|config| &config.users);
    let user = users.find(|user| user.name == context.user)?;
    let profile = user.our_exec()?.flag("--profile")?.parse().ok()?;
    Some((profile, current.clone()))
}

/// Asks which of the profiles is meant.
fn ask(profiles: &[ProfileName]) -> Result<ProfileName, Failure> {
    let list: String = profiles
        .iter()
        .zip(1..)
        .map(|(name, number)| format!("  {number}  {name}\n"))
        .collect();
    let question = format!("Installed profiles:\n{list}Profile (number or name):");
    for _ in 0..TRIES {
        let Ok(answer) = prompt::ask(&question) else {
            break;
        };
        if let Some(profile) = answered(&answer, profiles) {
            return Ok(profile.clone());
        }
    }
    Err(several(profiles))
}

fn answered<'a>(answer: &str, profiles: &'a [ProfileName]) -> Option<&'a ProfileName> {
    // A name may be a number.
    let mut names = profiles.iter();
    names
        .find(|name| name.as_str() == answer)
        .or_else(|| profiles.get(answer.parse::<usize>().ok()?.checked_sub(1)?))
}

/// Returns the failure for want of a choice, with the command for each profile.
fn several(profiles: &[ProfileName]) -> Failure {
    let count = profiles.len();
    let failure = Failure::new(Kind::Usage, "missing flag: --profile").cause(format!(
        "{count} profiles are installed, and kubectl's current context is for none of them"
    ));
    let named = profiles.iter().take(MOST_NAMED);
    let failure = named.fold(failure, |failure, name| {
        let command = Command::typed().option("--profile", name);
        failure.hint(format!("to use profile {name}, {}", command.run()))
    });
    match profiles.get(MOST_NAMED..) {
        None | Some([]) => failure,
        Some(others) => failure.hint(format!("use another one likewise: {}", joined(others))),
    }
}

fn joined(profiles: &[ProfileName]) -> String {
    let names: Vec<_> = profiles.iter().map(ProfileName::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    #[test]
    fn the_rule() {
        let default = name(DEFAULT_PROFILE);
        let context = || Some((name("a"), "prod".to_owned()));
        let one = |profile: &str, why| Choice::One(name(profile), why);
        let cases: [(Option<_>, bool, &[&str], Choice); 7] = [
            (
                context(),
                true,
                &["a", "b"],
                one("a", Why::Context("prod".to_owned())),
            ),
            (
                context(),
                false,
                &["a"],
                one("a", Why::Context("prod".to_owned())),
            ),
            (
                None,
                true,
                &["a", DEFAULT_PROFILE],
                one(DEFAULT_PROFILE, Why::Default),
            ),
            // Not by apono-login, as it seems: the command says what is missing.
            (None, true, &[], one(DEFAULT_PROFILE, Why::Default)),
            (None, false, &["a"], one("a", Why::Only)),
            (
                None,
                false,
                &["a", "b"],
                Choice::All(vec![name("a"), name("b")]),
            ),
            (None, false, &[], one(DEFAULT_PROFILE, Why::Default)),
        ];
        for (of_context, default_exists, installed, expected) in cases {
            let installed: Vec<_> = installed.iter().map(|one| name(one)).collect();
            let found = decide(Known {
                of_context,
                default: &default,
                default_exists,
                installed: &installed,
            });
            assert_eq!(found, expected, "{installed:?}");
        }
    }

    #[test]
    fn the_profile_of_the_current_context() {
        let file = |current: &str, command: &str| {
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: {current}\n\
                 contexts:\n- name: c\n  context: {{cluster: x, user: u}}\nusers:\n- name: u\n  user:\n    exec:\n\
                 \x20     apiVersion: client.authentication.k8s.io/v1\n      command: {command}\n\
                 \x20     args: [get-token, --profile, a, --cluster-name, x, --region, eu-west-1]\n"
            )
        };
        let read = |text: String| config::read(text.as_bytes()).unwrap();
        let ours = || read(file("c", "/opt/bin/apono-login"));
        assert_eq!(profile_in(&[ours()]), Some((name("a"), "c".to_owned())));
        assert_eq!(profile_in(&[read(file("c", "aws"))]), None);
        assert_eq!(profile_in(&[read(file("other", "apono-login"))]), None);
        assert_eq!(profile_in(&[]), None);
        // The first file that names a current context counts.
        let none = read("apiVersion: v1\nkind: Config\n".to_owned());
        assert!(profile_in(&[none, ours()]).is_some());
        let elsewhere = read("apiVersion: v1\nkind: Config\ncurrent-context: kind\n".to_owned());
        assert_eq!(profile_in(&[elsewhere, ours()]), None);
    }

    #[test]
    fn an_answer_is_a_number_or_a_name() {
        let profiles = ["a", "b", "1"].map(name);
        for (answer, expected) in [
            ("a", Some("a")),
            ("2", Some("b")),
            ("1", Some("1")),
            ("3", Some("1")),
            ("0", None),
            ("4", None),
            ("", None),
        ] {
            let found = answered(answer, &profiles).map(ProfileName::as_str);
            assert_eq!(found, expected, "{answer}");
        }
    }
}
