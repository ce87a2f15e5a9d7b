//! What the user is told to run next, where only the user can go on.

use super::lock::NotAsked;
use super::settings::{self, Setting, Settings};
use crate::failure::command::Command;
use crate::failure::hints::{self, SIGN_IN_NEEDED};
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::output;

/// What to run once the problem is fixed.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// Log in to the profile, which is installed.
    Login(&'a ProfileName),
    /// Run the same `install` again.
    Install(Installing<'a>),
}

/// A profile that `install` is about.
#[derive(Debug, Clone, Copy)]
pub struct Installing<'a> {
    pub profile: &'a ProfileName,
    /// Where its settings come from.
    pub of: Settings<'a>,
    /// The profile is in `~/.aws/config`; what fails comes after that.
    pub is_written: bool,
}

impl Next<'_> {
    pub fn again(self) -> String {
        self.noted(self.sign_in().run())
    }

    /// Returns the same with more to do, such as "and allow access".
    pub fn again_with(self, more: &str) -> String {
        self.noted(format!("{} {more}", self.sign_in().run()))
    }

    pub fn with_device_code(self) -> String {
        self.command().flag("--device-code").run()
    }

    /// Returns what to do for a user who may have signed in as another one than was meant.
    pub fn as_another_user(self) -> [String; 2] {
        hints::as_another_user(self.command(), None)
    }

    /// Returns the command that signs in as another user.
    pub fn switch_user(self) -> Command {
        self.command().flag("--switch-user")
    }

    /// Returns where the settings are, such as "`sso_region` in sso-session corp". `section` is where they are in
    /// `~/.aws/config`, with its preposition.
    pub fn place(self, settings: &[Setting], section: &str) -> String {
        match self.of() {
            Settings::Flags => {
                let flags = settings.iter().map(|setting| format!("`{}`", setting.flag));
                flags.collect::<Vec<_>>().join(" and ")
            }
            Settings::Team(lines) if let Some(place) = lines.place(settings) => place,
            Settings::Team(_) | Settings::Sections => {
                let places = settings.iter();
                let places = places.filter_map(|s| Some((s.key?, section.to_owned())));
                settings::joined(&places.collect::<Vec<_>>())
            }
        }
    }

    /// Returns what gives the settings these values: a command, or the lines of the team file to change.
    pub fn change(self, values: &[(Setting, String)]) -> String {
        let with_values = |command: Command| {
            let set = |command: Command, (setting, value): &(Setting, String)| {
                command.option(setting.flag, value)
            };
            values.iter().fold(command, set)
        };
        match self {
            Next::Login(profile) => {
                let command = with_values(Command::new("install")).flag("--yes");
                command.profile(profile).run()
            }
            Next::Install(Installing {
                of: Settings::Team(lines),
                ..
            }) if let Some(changes) = values
                .iter()
                .map(|(setting, value)| lines.to_change(*setting, value))
                .collect::<Option<Vec<_>>>() =>
            {
                changes.join(" and ")
            }
            // What was to be removed is removed: the consent is to this change alone.
            Next::Install(installing) if installing.is_written => {
                with_values(Command::typed()).flag("--yes").run()
            }
            Next::Install(_) => with_values(Command::typed()).run(),
        }
    }

    /// Returns the same for a setting whose right value only the user knows. `example` stands for it.
    pub fn correct(self, setting: Setting, example: &str) -> String {
        match self.of() {
            Settings::Team(lines) if let Some(place) = lines.place(&[setting]) => {
                format!("correct {place}")
            }
            _ => self.change(&[(setting, example.to_owned())]),
        }
    }

    /// Adds the hint to change the team file, where the value of the setting may be wrong.
    pub fn or_change_the_file(self, failure: Failure, setting: Setting) -> Failure {
        match self.of() {
            Settings::Team(lines) => failure.hint(lines.if_wrong(setting)),
            Settings::Sections | Settings::Flags => failure,
        }
    }

    fn of(&self) -> Settings<'_> {
        match self {
            Next::Login(_) => Settings::Sections,
            Next::Install(installing) => installing.of,
        }
    }

    /// Returns the command that comes next, which signs in where that is needed.
    fn sign_in(self) -> Command {
        match self {
            Next::Login(profile) => Command::new("").profile(profile),
            Next::Install(_) => Command::typed(),
        }
    }

    /// Returns the same as a command that takes the flags of a sign-in.
    fn command(self) -> Command {
        match self {
            Next::Login(profile) => Command::new("login").profile(profile),
            Next::Install(_) => Command::typed(),
        }
    }

    /// Adds that nothing was written, if that is so.
    fn noted(self, hint: String) -> String {
        match self {
            Next::Install(installing) if !installing.is_written => {
                format!("{hint}; nothing was written")
            }
            Next::Install(_) | Next::Login(_) => hint,
        }
    }
}

/// Returns the failure for want of a sign-in.
pub fn needed(cause: String) -> Failure {
    Failure::new(Kind::SignInNeeded, SIGN_IN_NEEDED).cause(cause)
}

/// Explains why the user was not asked to sign in at `place`. `had` names what an earlier sign-in there gave; `none` says that
/// there was none.
pub fn not_asked(error: NotAsked, place: &str, [had, none]: [&str; 2], next: Next<'_>) -> Failure {
    match error {
        NotAsked::SignedOut { ended: Some(ended) } => {
            needed(format!("{had} {place} expired at {}", output::at(ended))).hint(next.again())
        }
        NotAsked::SignedOut { ended: None } => needed(format!("{none} {place}")).hint(next.again()),
        NotAsked::CoolingDown => needed(format!(
            "the last sign-in at {place} failed less than a minute ago"
        ))
        .hint(next.again()),
        NotAsked::Asking => needed(format!("another program is signing in at {place}"))
            .hint("complete or stop that sign-in, then run this again"),
        NotAsked::Renewing => Failure::new(Kind::Network, format!("could not sign in at {place}"))
            .cause(error.to_string())
            .hint("run this again in a minute"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::settings::{EMAIL, SAML_URL, SSO_REGION, SSO_START_URL, TeamLines};

    #[test]
    fn where_a_setting_is_changed() {
        let profile: ProfileName = "labs".parse().unwrap();
        let lines = |keys: &[(&'static str, usize)]| TeamLines {
            file: "team.toml".to_owned(),
            account: 4,
            keys: keys.iter().copied().collect(),
        };
        let (whole, of_profile) = (
            lines(&[("sso_start_url", 1), ("sso_region", 2), ("saml_url", 7)]),
            lines(&[("id", 5)]),
        );
        let install = |of| {
            Next::Install(Installing {
                profile: &profile,
                of,
                is_written: false,
            })
        };
        let portal = [SSO_START_URL, SSO_REGION];
        for (next, place, url, email) in [
            (
                Next::Login(&profile),
                "`sso_start_url` and `sso_region` in sso-session corp",
                "run `apono-login install --saml-url URL --yes --profile labs`",
                "run `apono-login install --email a@b.c --yes --profile labs`",
            ),
            (
                install(Settings::Flags),
                "`--sso-start-url` and `--sso-region`",
                "run `apono-login --saml-url URL`",
                "run `apono-login --email a@b.c`",
            ),
            (
                install(Settings::Sections),
                "`sso_start_url` and `sso_region` in sso-session corp",
                "run `apono-login --saml-url URL`",
                "run `apono-login --email a@b.c`",
            ),
            (
                install(Settings::Team(&whole)),
                "`sso_start_url` in line 1 of team.toml and `sso_region` in line 2 of team.toml",
                "correct `saml_url` in line 7 of team.toml",
                "run `apono-login --email a@b.c`",
            ),
            // Its source profile is the user's.
            (
                install(Settings::Team(&of_profile)),
                "`sso_start_url` and `sso_region` in sso-session corp",
                "change it to URL in the source profile in ~/.aws/config",
                "run `apono-login --email a@b.c`",
            ),
        ] {
            assert_eq!(next.place(&portal, "in sso-session corp"), place);
            assert_eq!(next.correct(SAML_URL, "URL"), url);
            let email = email.replace("a@b.c", &crate::sys::shell::quoted("a@b.c"));
            assert_eq!(next.change(&[(EMAIL, "a@b.c".to_owned())]), email);
        }
    }
}
