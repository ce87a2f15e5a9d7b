//! Commands of this program in hints, made of the words that the person typed.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::sync::OnceLock;

use super::hints;
use crate::names::{DEFAULT_PROFILE, ProfileName};
use crate::sys::shell;

/// The words of this run, without the program's name.
static TYPED: OnceLock<Vec<String>> = OnceLock::new();
/// What works out [`Unnamed`].
static CHOOSER: OnceLock<Box<dyn Fn() -> Unnamed + Send + Sync>> = OnceLock::new();
static UNNAMED: OnceLock<Unnamed> = OnceLock::new();

/// What separates the options from another program's command.
const SEPARATOR: &str = "--";

/// The option whose value is the URL of a proxy.
const PROXY: &str = "--proxy-url";

/// The commands that use the default profile where none is named.
const WITHOUT_CHOICE: [&str; 3] = ["install", "get-token", "refresh-ahead"];

/// The commands after which another profile may be chosen where none is named.
const CHANGE_THE_CHOICE: [&str; 3] = ["install", "uninstall", "update-kubeconfig"];

/// The options that can stand before the command and have a value.
const WITH_VALUE: [&str; 4] = ["--profile", "--color", "--duration", "--saml-response"];

/// The profiles that commands without `--profile` use.
#[derive(Debug, Clone, Default)]
pub struct Unnamed {
    /// `None` if several may be meant.
    pub chosen: Option<ProfileName>,
    /// That of the commands that do not choose; `None` if that is not clear.
    pub default: Option<ProfileName>,
}

/// Remembers the words of this run, the program's name first, as hints may repeat them.
pub fn remember(words: &[OsString]) {
    // A process has one command line.
    let _ = TYPED.set(repeatable(words));
}

/// Returns the words without the secrets that they may hold: the password of a URL, and another program's command
/// behind `--`.
fn repeatable(words: &[OsString]) -> Vec<String> {
    let end = words.iter().position(|word| word == SEPARATOR);
    let words = words.iter().take(end.map_or(words.len(), |end| end + 1));
    let words = words.skip(1).map(|word| word.to_string_lossy());
    let mut is_of_proxy = false;
    let repeatable = |word: Cow<str>| {
        let is_value = std::mem::replace(&mut is_of_proxy, word == PROXY);
        without_login(&word, is_value || word.starts_with(PROXY))
    };
    words.map(repeatable).collect()
}

/// Returns the word with words for the user and the password in place of those of a URL. The password of a proxy may hold any
/// character.
fn without_login(word: &str, is_of_proxy: bool) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let end = rest.find(['/', '?', '#']).filter(|_| !is_of_proxy);
    match rest[..end.unwrap_or(rest.len())].rfind('@') {
        Some(at) => format!("{scheme}://USER:PASSWORD{}", &rest[at..]),
        None => word.to_owned(),
    }
}

/// Sets what works out the profiles that commands without `--profile` use: hints need not name those. It is run at the first hint
/// with a profile.
pub fn choose_by(chooser: impl Fn() -> Unnamed + Send + Sync + 'static) {
    let _ = CHOOSER.set(Box::new(chooser));
}

/// Returns the profile that this command uses where none is named; `None` if that is not clear.
fn unnamed(command: &str) -> Option<&'static str> {
    let Some(chooser) = CHOOSER.get() else {
        return Some(DEFAULT_PROFILE);
    };
    let unnamed = UNNAMED.get_or_init(chooser);
    let profile = match WITHOUT_CHOICE.contains(&command) {
        true => &unnamed.default,
        false => &unnamed.chosen,
    };
    profile.as_ref().map(ProfileName::as_str)
}

/// A command of this program, word by word. Its text can be pasted: every word is quoted for the shell of this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    words: Vec<String>,
}

impl Command {
    /// Returns the command of these words, which are separated by blanks and hold no values.
    pub fn new(words: &str) -> Self {
        Command {
            words: words.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// Returns the command that was typed, up to the `--` that another program's command follows.
    pub fn typed() -> Self {
        Command {
            words: TYPED.get().cloned().unwrap_or_default(),
        }
    }

    /// Adds a flag, unless it is there.
    pub fn flag(mut self, flag: &str) -> Self {
        if !self.options().iter().any(|word| word == flag) {
            self.insert([flag]);
        }
        self
    }

    /// Sets an option, in place of the value that it has.
    pub fn option(self, option: &str, value: impl fmt::Display) -> Self {
        let mut command = self.without(option);
        let value = value.to_string();
        match value.starts_with('-') {
            // It would be taken for an option.
            true => command.insert([format!("{option}={value}").as_str()]),
            false => command.insert([option, &value]),
        }
        command
    }

    /// Removes an option and its values.
    pub fn without(mut self, option: &str) -> Self {
        let with_value = format!("{option}=");
        let mut at = 0;
        while at < self.options().len() {
            let word = &self.words[at];
            if word == option {
                self.words.drain(at..(at + 2).min(self.options().len()));
            } else if word.starts_with(&with_value) {
                self.words.remove(at);
            } else {
                at += 1;
            }
        }
        self
    }

    /// Sets the profile. It is not named where the same command uses it without a name.
    pub fn profile(self, profile: &ProfileName) -> Self {
        let is_chosen = |command: &str| unnamed(command) == Some(profile.as_str());
        let typed = Command::typed();
        // After a command that may change the current context, another profile may be chosen than before.
        let may_change =
            CHANGE_THE_CHOICE.contains(&typed.verb()) && !WITHOUT_CHOICE.contains(&self.verb());
        let stays = match may_change {
            true => !typed.has_option("--profile") && is_chosen(typed.verb()),
            false => true,
        };
        match stays && is_chosen(self.verb()) {
            true => self.without("--profile"),
            false => self.option("--profile", profile),
        }
    }

    /// Returns whether it is this command, whatever its options.
    pub fn is(&self, command: &str) -> bool {
        self.verb() == command
    }

    /// Returns the first word that is neither an option nor the value of one; an empty one for the command without a name.
    fn verb(&self) -> &str {
        let mut words = self.options().iter();
        while let Some(word) = words.next() {
            if WITH_VALUE.contains(&word.as_str()) {
                words.next();
            } else if !word.starts_with('-') {
                return word;
            }
        }
        ""
    }

    /// Returns whether it has the option.
    pub fn has_option(&self, option: &str) -> bool {
        let with_value = format!("{option}=");
        let mut words = self.options().iter();
        words.any(|word| word == option || word.starts_with(&with_value))
    }

    /// Sets the profile for a text that is kept in a file: it does not depend on what is chosen now.
    pub fn profile_for_later(self, profile: &ProfileName) -> Self {
        match profile.as_str() {
            DEFAULT_PROFILE => self.without("--profile"),
            _ => self.option("--profile", profile),
        }
    }

    /// Returns the hint to run it.
    pub fn run(&self) -> String {
        format!("run `{self}`{}", self.rest())
    }

    /// Returns what to say behind the command, if it needs more than its words: the standard input, or another program's command,
    /// which is not repeated.
    pub fn rest(&self) -> &'static str {
        match self.words.last() {
            Some(last) if last == SEPARATOR => " with your command behind it",
            _ if self.reads_stdin() => " with the same standard input",
            _ => "",
        }
    }

    /// Whether the value of an option is `-`, for standard input.
    fn reads_stdin(&self) -> bool {
        let mut words = self.options().iter();
        words.any(|word| word == "-" || word.ends_with("=-"))
    }

    /// The words before a `--`; behind it is another program's command.
    fn options(&self) -> &[String] {
        let end = self.words.iter().position(|word| word == SEPARATOR);
        &self.words[..end.unwrap_or(self.words.len())]
    }

    fn insert<const N: usize>(&mut self, words: [&str; N]) {
        let at = self.options().len();
        self.words.splice(at..at, words.map(str::to_owned));
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hints::program())?;
        let mut words = self.words.iter();
        words.try_for_each(|word| write!(f, " {}", shell::quoted(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::shell::quoted;

    fn after(words: &str) -> Command {
        Command::new(words)
    }

    #[test]
    fn a_flag_is_there_once_and_before_the_command_of_another_program() {
        assert_eq!(
            after("login --force").flag("--force"),
            after("login --force")
        );
        assert_eq!(after("login").flag("--force"), after("login --force"));
        assert_eq!(
            after("exec -- ls --force").flag("--force"),
            after("exec --force -- ls --force")
        );
    }

    #[test]
    fn an_option_has_one_value() {
        for typed in [
            "install --email old --yes",
            "install --email=old --yes",
            "install --email old --yes --email=older",
        ] {
            assert_eq!(
                after(typed).option("--email", "new"),
                after("install --yes --email new"),
                "{typed}"
            );
        }
        assert_eq!(
            after("install").option("--role-name", "-a"),
            after("install --role-name=-a")
        );
        assert_eq!(
            after("install --email").without("--email"),
            after("install")
        );
    }

    #[test]
    fn the_command_is_not_the_value_of_an_option() {
        for (typed, verb) in [
            ("install --from team.toml", "install"),
            ("--profile install update-kubeconfig", "update-kubeconfig"),
            ("status --profile install", "status"),
            ("--profile=install", ""),
            ("--color never --verbose doctor", "doctor"),
            ("--profile x -- install", ""),
            ("exec -- install", "exec"),
        ] {
            let command = after(typed);
            assert_eq!(command.verb(), verb, "{typed}");
            assert_eq!(command.is("install"), verb == "install", "{typed}");
        }
        let before = crate::cli::definition();
        let takes = |arg: &&clap::Arg| arg.get_action().takes_values() && !arg.is_positional();
        let options = before.get_arguments().filter(takes);
        let options = options.filter_map(|arg| Some(format!("--{}", arg.get_long()?)));
        let mut options: Vec<_> = options.collect();
        let mut known = WITH_VALUE.map(str::to_owned);
        options.sort();
        known.sort();
        assert_eq!(options, known);
    }

    #[test]
    fn standard_input_is_needed_again() {
        let from = quoted("--from=-");
        for (typed, hint) in [
            (
                "install --from -",
                "run `apono-login install --from -` with the same standard input".to_owned(),
            ),
            (
                "install --from=-",
                format!("run `apono-login install {from}` with the same standard input"),
            ),
            (
                "exec -- cat -",
                "run `apono-login exec -- cat -`".to_owned(),
            ),
        ] {
            assert_eq!(after(typed).run(), hint);
        }
    }

    #[test]
    fn the_default_profile_is_not_named() {
        let name = |name: &str| name.parse::<ProfileName>().unwrap();
        assert_eq!(
            after("status").profile(&name(DEFAULT_PROFILE)),
            after("status")
        );
        assert_eq!(
            after("status").profile(&name("labs")),
            after("status --profile labs")
        );
    }

    #[test]
    fn secrets_are_not_repeated() {
        let repeated = |typed: &str| {
            let words = typed.split(' ').map(OsString::from);
            let words = repeatable(&words.collect::<Vec<_>>());
            Command { words }.profile(&"labs".parse().unwrap()).run()
        };
        for (typed, expected) in [
            (
                "apono-login exec -- curl -H hunter2 -- -x",
                "run `apono-login exec --profile labs --` with your command behind it",
            ),
            (
                "apono-login update-kubeconfig --proxy-url http://a:hunter2@proxy",
                "run `apono-login update-kubeconfig --proxy-url http://USER:PASSWORD@proxy --profile labs`",
            ),
            (
                "apono-login update-kubeconfig --proxy-url http://a:hunt/er@2@proxy --dry-run",
                "run `apono-login update-kubeconfig --proxy-url http://USER:PASSWORD@proxy --dry-run --profile labs`",
            ),
        ] {
            let url = "http://USER:PASSWORD@proxy";
            assert_eq!(repeated(typed), expected.replace(url, &quoted(url)));
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let repeated = |word: &str| repeatable(&["apono-login", word].map(OsString::from)).concat();
        for (typed, expected) in [
            (
                "--proxy-url=http://u:p/@ss@proxy:3128",
                "--proxy-url=http://USER:PASSWORD@proxy:3128",
            ),
            (
                "https://u:p@ss@idp/app?u=a@b.c",
                "https://USER:PASSWORD@idp/app?u=a@b.c",
            ),
        ] {
            assert_eq!(repeated(typed), expected);
        }
        for plain in [
            "alice@example.com",
            "https://example.com/a",
            "--saml-url=https://idp.example.com/app?u=alice@example.com",
            "https://idp.example.com#alice@example.com",
            "a b",
        ] {
            assert_eq!(repeated(plain), plain);
        }
    }

    #[test]
    #[cfg(unix)]
    fn each_word_can_be_pasted() {
        let command = after("install").option("--from", "a b");
        assert_eq!(command.to_string(), "apono-login install --from 'a b'");
        assert_eq!(command.run(), "run `apono-login install --from 'a b'`");
    }
}
