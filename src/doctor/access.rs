//! The last step: what the user may do in the cluster now, and where, if not in the context's namespace.

use std::time::Duration;

use super::cluster::{Subject, answer};
use super::report::{Passed, Step};
use super::user::{refused, with_mapping};
use super::username::Mapped;
use crate::aws;
use crate::credentials::Secret;
use crate::failure::{Failure, Owner};
use crate::kube::api::{self, Rule, Server};
use crate::sys::shell;

/// How many rules are shown.
const MAX_RULES: usize = 12;
/// How many namespaces are asked about, and for how long.
const MAX_NAMESPACES: usize = 20;
const MAX_SEARCH: Duration = Duration::from_secs(5);
/// What clusters that cannot list their rules are asked about: verb, API group and resource. Every access policy of EKS for users
/// permits the first.
const USUAL: [(&str, &str, &str); 6] = [
    ("list", "", "pods"),
    ("get", "", "pods/log"),
    ("create", "", "pods/exec"),
    ("list", "apps", "deployments"),
    ("list", "", "configmaps"),
    ("list", "", "secrets"),
];

/// What is granted in a namespace.
struct Granted {
    rules: Vec<Rule>,
    /// Of [`USUAL`], what is permitted by what the cluster cannot list.
    permitted: Vec<String>,
    /// The cluster cannot list all of it.
    is_incomplete: bool,
}

impl Granted {
    async fn in_namespace(
        server: &Server,
        token: &Secret,
        namespace: &str,
        usual: &[(&str, &str, &str)],
    ) -> Result<Self, api::Error> {
        let rules = server.rules(token, namespace).await?;
        let is_incomplete = rules.incomplete;
        let rules = rules.granted();
        let mut permitted = Vec::new();
        let is_unclear = is_incomplete && !is_use(&rules);
        for &what in usual.iter().filter(|_| is_unclear) {
            if server.may(token, namespace, what).await? {
                permitted.push(format!("{} {}", what.0, what.2));
            }
        }
        Ok(Granted {
            rules,
            permitted,
            is_incomplete,
        })
    }

    /// Returns whether there is something to use in this namespace.
    fn is_use(&self) -> bool {
        is_use(&self.rules) || !self.permitted.is_empty()
    }

    fn all(&self) -> Vec<String> {
        let rules = self.rules.iter().map(Rule::to_string);
        rules.chain(self.permitted.iter().cloned()).collect()
    }
}

/// Returns whether the rules are about more than the list of namespaces.
fn is_use(rules: &[Rule]) -> bool {
    !rules.iter().all(Rule::is_of_namespaces)
}

/// Checks what the user may do in the context's namespace now. No grant under a username that Apono may not know is the fault
/// of [`Step::Username`].
pub fn check(
    subject: &Subject<'_>,
    server: &Server,
    token: &Secret,
    mapped: Option<&Mapped>,
) -> Result<Passed<()>, (Step, Failure)> {
    let namespace = &subject.entry.namespace;
    let at_access = |failure| (Step::Access, failure);
    let here = answer(Granted::in_namespace(server, token, namespace, &USUAL))
        .map_err(|error| at_access(refused(subject, &error)))?;
    let mut elsewhere = Elsewhere::default();
    if !here.is_use() {
        // The answer for the context's namespace stands, whether the search ends, fails or takes too long.
        let _ = aws::block_on_for(MAX_SEARCH, elsewhere.look(subject, server, token));
    }
    if let Some((other, granted)) = &elsewhere.found {
        return Err(at_access(in_another_namespace(subject, other, granted)));
    }
    let all = here.all();
    if all.is_empty() {
        return Err(match mapped {
            Some(Mapped::Within { prefix, suffix })
                if !mapped.is_some_and(Mapped::is_known_to_apono) =>
            {
                (Step::Username, no_grant_for(subject, prefix, suffix))
            }
            _ => at_access(no_grant(subject, &here, elsewhere.asked)),
        });
    }
    let brief = format!("in namespace {namespace}: {}", all.join("; "));
    let detail = match all.split_at_checked(MAX_RULES) {
        Some((first, more)) if !more.is_empty() => format!(
            "in namespace {namespace}: {}; {} more: run {}",
            first.join("; "),
            more.len(),
            subject.entry.list_command()
        ),
        _ => brief.clone(),
    };
    let passed = Passed::new((), brief, detail);
    Ok(match here.is_incomplete {
        true => passed.note("the cluster cannot list everything you may do"),
        false => passed,
    })
}

/// The other namespaces that the user may have a grant in.
#[derive(Default)]
struct Elsewhere {
    /// The first that has one, and what is granted there.
    found: Option<(String, Vec<String>)>,
    /// How many were asked about.
    asked: usize,
}

impl Elsewhere {
    /// Asks about the namespaces of the user's other contexts, and those that the user may list.
    async fn look(
        &mut self,
        subject: &Subject<'_>,
        server: &Server,
        token: &Secret,
    ) -> Result<(), api::Error> {
        let entry = subject.entry;
        let of_contexts = entry.others.iter().map(|(_, namespace)| namespace.clone());
        let mut names: Vec<String> = of_contexts.collect();
        names.extend(server.namespaces(token, MAX_NAMESPACES).await?);
        let mut seen = vec![&entry.namespace];
        for name in names.iter().take(MAX_NAMESPACES) {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let granted = Granted::in_namespace(server, token, name, &USUAL[..1]).await?;
            self.asked += 1;
            if granted.is_use() {
                self.found = Some((name.clone(), granted.all()));
                break;
            }
        }
        Ok(())
    }
}

fn in_another_namespace(subject: &Subject<'_>, other: &str, granted: &[String]) -> Failure {
    let (entry, name) = (subject.entry, &subject.target.name);
    let shown = granted.get(..MAX_RULES).unwrap_or(granted);
    let context = entry
        .others
        .iter()
        .find(|(_, namespace)| namespace == other);
    let switch = match context {
        Some((context, _)) => format!("use-context {}", shell::quoted(context)),
        None => format!(
            "set-context {} --namespace {}",
            shell::quoted(&entry.context),
            shell::quoted(other)
        ),
    };
    Failure::refused(format!(
        "you have access to cluster {name}, but not in namespace {}",
        entry.namespace
    ))
    .cause(format!("in namespace {other}: {}", shown.join("; ")))
    .hint(format!("run `kubectl config {switch}`"))
    .hint(format!(
        "if you need access in namespace {}, request it in Apono",
        entry.namespace
    ))
}

fn no_grant(subject: &Subject<'_>, here: &Granted, asked: usize) -> Failure {
    let (name, namespace) = (&subject.target.name, &subject.entry.namespace);
    let others = match asked {
        0 => String::new(),
        1 => ", nor in another one that was asked about".to_owned(),
        asked => format!(", nor in {asked} others that were asked about"),
    };
    let mut failure = Failure::refused(format!("you have no access to cluster {name} now"))
        .for_the(Owner::AponoRequest)
        .cause(format!(
            "the cluster knows you, but nothing is granted to you in namespace {namespace}{others}"
        ));
    if here.is_incomplete {
        let usual = USUAL.map(|(verb, _, resource)| format!("{verb} {resource}"));
        failure = failure.cause(format!(
            "it cannot list what access policies or a webhook grant; asked one by one, it permits none of: {}",
            usual.join(", ")
        ));
    }
    failure
        .hint(format!(
            "request access to {name} in Apono, then run this again when it is granted"
        ))
        .hint("if it is granted in another namespace, name that with `--namespace` in each kubectl command")
}

/// No grant, under a username that Apono may not know.
fn no_grant_for(subject: &Subject<'_>, prefix: &str, suffix: &str) -> Failure {
    let username = format!("{prefix}{}{suffix}", subject.plan.session_name);
    let around = match (prefix, suffix) {
        (prefix, "") => format!("the prefix {prefix:?}"),
        ("", suffix) => format!("{suffix:?} behind it"),
        (prefix, suffix) => format!("the prefix {prefix:?} and {suffix:?} behind it"),
    };
    let failure = Failure::refused(format!("nothing is granted to {username:?} in the cluster"))
        .for_the(Owner::ClusterAdmin)
        .cause(format!(
            "the cluster sees you as your session name with {around}: Apono has to grant access to that name"
        ));
    with_mapping(subject, failure)
        .hint("if Apono does so, request access in Apono, then run this again when it is granted")
}
