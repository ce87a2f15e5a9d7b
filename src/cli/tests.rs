use super::*;

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("apono-login")
        .chain(line.split_whitespace())
        .map(Into::into)
        .collect()
}

fn typed(line: &str) -> Result<Cli, clap::Error> {
    Cli::typed(&words(line))
}

/// clap's own checks of the definition.
#[test]
fn the_definition_is_sound() {
    definition().debug_assert();
    definition_with_overview().debug_assert();
    definition_for_completions().debug_assert();
}

/// What is read without clap means the same to clap.
#[test]
fn a_line_means_the_same_without_clap() {
    let lines = [
        "get-token --cluster-name prod --region eu-west-1",
        "get-token --cluster-id=prod --region=eu-west-1 --profile p",
        "get-token --region eu-west-1 --profile=p --cluster-name prod",
        "get-token --cluster-name prod --api-version v1beta1",
        "get-token --cluster-name prod --api-version=client.authentication.k8s.io/v1",
        "get-token --cluster-name prod --api-version v2",
        "get-token --cluster-name prod --cluster-id prod",
        "get-token --cluster-name -x",
        "get-token --cluster-name= --region eu-west-1",
        "get-token --cluster-name prod --region",
        "get-token --cluster-name prod --region -r",
        "get-token --cluster-name prod --profile=",
        "get-token --cluster-name prod extra",
        "export-credentials --format process --profile=p",
        "export-credentials --format=process",
        "status --short",
        "status --short --short",
        "status --profile p --short",
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
        let words = words(line);
        let shown = |cli: Result<Cli, clap::Error>| match cli {
            Ok(cli) => format!("{cli:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            shown(Cli::typed(&words)),
            shown(full_path(&words)),
            "{line}"
        );
        understood += usize::from(routine::read(&words).is_some());
    }
    assert_eq!(understood, 11);
}

#[test]
fn flags_of_login_stand_before_or_after_it() {
    let expected = Login {
        force: true,
        duration: Some(5400),
        ..Login::default()
    };
    for line in [
        "login --force --duration 1h30m",
        "--force login --duration 90m",
        "--duration 5400 login --force",
        "--force --duration 1h30m login",
        // The later one counts.
        "--force --duration 1h login --duration 90m",
    ] {
        let cli = typed(line).unwrap();
        let Some(Command::Login(login)) = cli.command else {
            panic!("{line}");
        };
        assert_eq!(login, expected, "{line}");
        assert_eq!(cli.login, Login::default(), "{line}");
    }
    let cli = typed("--force --duration 1h30m").unwrap();
    assert!(cli.command.is_none());
    assert_eq!(cli.login, expected);
}

#[test]
fn flags_that_exclude_each_other_do_so_on_both_sides_of_login() {
    for line in [
        "--all --saml-response x",
        "login --all --saml-response x",
        "--all login --saml-response x",
        "--saml-response x login --all",
        "--saml-response x login --device-code",
        "--no-browser login --saml-response x",
    ] {
        let error = typed(line).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{line}");
        let text = error.to_string();
        assert!(text.contains("--saml-response <FILE>"), "{text}");
        assert!(text.contains("cannot be used with"), "{text}");
    }
}

#[test]
fn profile_is_shown_where_it_is_used() {
    fn each(command: &clap::Command, path: &str, seen: &mut Vec<(String, bool)>) {
        let shown = command.clone().render_help().to_string();
        seen.push((path.to_owned(), shown.contains("--profile <NAME>")));
        for below in command.get_subcommands() {
            each(below, &format!("{path} {}", below.get_name()), seen);
        }
    }
    let mut all = definition();
    all.build();
    let mut seen = Vec::new();
    each(&all, "", &mut seen);
    let without: Vec<_> = seen
        .iter()
        .filter(|(_, shown)| !shown)
        .map(|(path, _)| path.trim())
        .collect();
    assert_eq!(
        without,
        [
            "token",
            "token inspect",
            "completions",
            "man",
            "help",
            "version"
        ]
    );
    // Completion scripts offer it in the same places.
    let mut all = definition_for_completions();
    all.build();
    let mut offered = Vec::new();
    each(&all, "", &mut offered);
    assert_eq!(offered, seen);
    for (line, uses) in [
        ("--profile p completions bash", false),
        ("completions bash --profile p", false),
        ("token --profile p inspect", false),
        ("man --profile p", false),
        ("--profile p status", true),
        ("policy trust-sso --profile p", true),
    ] {
        let cli = typed(line).unwrap();
        assert!(cli.global.profile.is_some(), "{line}");
        assert_eq!(cli.uses_profile(), uses, "{line}");
    }
}

#[test]
fn the_color_of_help_is_read_from_the_words() {
    for (line, expected) in [
        ("--help", ColorChoice::Auto),
        ("--color always --help", ColorChoice::Always),
        ("install --help --color=never", ColorChoice::Never),
        ("--color sometimes --help", ColorChoice::Auto),
        ("--help --color", ColorChoice::Auto),
        ("exec -- ls --color=always", ColorChoice::Auto),
    ] {
        assert_eq!(color_typed(&words(line)), expected, "{line}");
    }
}

/// Returns the name and the help of every command at a width.
fn every_help(width: usize) -> Vec<(String, String)> {
    fn each(command: &clap::Command, width: usize, all: &mut Vec<(String, String)>) {
        let mut this = command.clone().term_width(width);
        let name = this.get_bin_name().unwrap_or_default().to_owned();
        // One form of help, not a short and a long one.
        assert!(this.get_long_about().is_none(), "{name}");
        all.push((name, this.render_help().to_string()));
        for below in command.get_subcommands() {
            each(below, width, all);
        }
    }
    let mut command = definition_with_overview();
    command.build();
    let mut all = Vec::new();
    each(&command, width, &mut all);
    all
}

#[test]
fn help_fits_80_columns() {
    for (name, help) in every_help(80) {
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
            assert!(
                line.matches('`').count() % 2 == 0,
                "{name} wraps a command: {line}"
            );
        }
    }
}

/// What is to be copied looks the same at every width that holds it.
#[test]
fn examples_are_never_wrapped() {
    let examples = |(name, help): &(String, String)| -> Vec<String> {
        let lines = help.lines().skip_while(|line| !line.starts_with("Example"));
        lines.map(|line| format!("{name}: {line}")).collect()
    };
    let at = |width| -> Vec<String> { every_help(width).iter().flat_map(examples).collect() };
    let wide = at(1000);
    assert_eq!(at(80), wide);
    assert_eq!(at(200), wide);
    for line in wide {
        let (_, line) = line.split_once(": ").unwrap();
        assert!(line.chars().count() <= 78, "{line}");
    }
}

/// One verb phrase, without a full stop, and the command's own options before those of all commands.
#[test]
fn help_texts_have_one_form() {
    fn each(command: &clap::Command) {
        let name = command.get_bin_name().unwrap_or_default();
        let about = command.get_about().map(ToString::to_string);
        let args = command
            .get_arguments()
            .filter(|arg| !arg.is_hide_set())
            .map(|arg| arg.get_help().map(ToString::to_string));
        for text in std::iter::once(about).chain(args) {
            let text = text.unwrap_or_default();
            assert!(
                text.starts_with(|c: char| c.is_ascii_uppercase()),
                "{name}: {text}"
            );
            assert!(
                !text.ends_with('.') && !text.contains(". "),
                "{name}: {text}"
            );
        }
        command.get_subcommands().for_each(each);
    }
    let mut all = definition();
    all.build();
    each(&all);
    for (name, help) in every_help(80) {
        let own = help.find("\nOptions:").unwrap_or_default();
        let global = help.find("\nGlobal options:");
        assert!(global.is_some_and(|global| own < global), "{name}");
    }
}
