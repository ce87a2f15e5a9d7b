//! What AWS says of a denial: which kind of policy denied which action on which resource.
//!
//! AWS's words are remote text, and change: whatever is not understood is not claimed.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

/// How much of a message is read, in bytes. Real ones have a few hundred, but for an encoded one.
const MAX_READ: usize = 16 << 10;
/// The longest ARN or action that is repeated, in bytes.
const MAX_WORD: usize = 512;

/// A denial, as far as AWS tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// Such as `sts:AssumeRole`.
    pub action: Option<String>,
    /// An ARN, or `*`.
    pub resource: Option<String>,
    pub reason: Option<Reason>,
    /// What only AWS can decode.
    pub encoded: Option<String>,
}

/// Why a request was denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub policy: Policy,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A statement denies it. Newer messages name the policy.
    Explicit { arn: Option<String> },
    /// No statement allows it.
    Implicit,
}

/// The kinds of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Identity,
    Resource,
    Trust,
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    VpcEndpoint,
}

/// The kinds, as AWS names them. A name that contains another one stands before it.
const POLICIES: [(&str, Policy); 9] = [
    ("role trust policy", Policy::Trust),
    ("trust policy", Policy::Trust),
    ("service control policy", Policy::ServiceControl),
    ("resource control policy", Policy::ResourceControl),
    ("permissions boundary", Policy::Boundary),
    ("session policy", Policy::Session),
    ("vpc endpoint policy", Policy::VpcEndpoint),
    ("identity-based policy", Policy::Identity),
    ("resource-based policy", Policy::Resource),
];

impl Policy {
    /// Returns its name in AWS's words.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Identity => "identity-based policy",
            Policy::Resource => "resource-based policy",
            Policy::Trust => "role trust policy",
            Policy::ServiceControl => "service control policy (SCP)",
            Policy::ResourceControl => "resource control policy (RCP)",
            Policy::Boundary => "permissions boundary",
            Policy::Session => "session policy",
            Policy::VpcEndpoint => "VPC endpoint policy",
        }
    }
}

impl Denial {
    /// Reads AWS's message.
    pub fn read(message: &str) -> Self {
        let mut end = message.len().min(MAX_READ);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        let message = &message[..end];
        let after = |words: &str| message.split_once(words).map(|(_, rest)| rest);
        // Not all messages have the colon.
        let action =
            after("ot authorized to perform").map(|rest| rest.trim_start_matches([':', ' ']));
        let action = action.and_then(word);
        let resource = after(" on resource: ").and_then(word);
        let encoded = after("ncoded authorization failure message: ");
        let encoded = encoded.and_then(|text| text.split_whitespace().next());
        let is_code = |text: &&str| {
            let mut bytes = text.bytes();
            text.len() > 20 && bytes.all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        Denial {
            action: action.filter(|action| action.contains(':')),
            resource,
            reason: reason(message),
            encoded: encoded.filter(is_code).map(str::to_owned),
        }
    }

    /// Returns whether AWS says that this kind of policy denied it.
    pub fn is_of(&self, policies: &[Policy]) -> bool {
        let reason = self.reason.as_ref();
        reason.is_some_and(|reason| policies.contains(&reason.policy))
    }
}

fn reason(message: &str) -> Option<Reason> {
    if let Some((_, rest)) = message.split_once("explicit deny in a") {
        // "in a service control policy", "in an identity-based policy: arn:…"
        let rest = rest.strip_prefix('n').unwrap_or(rest).strip_prefix(' ')?;
        let (policy, rest) = policy(rest)?;
        let arn = rest.strip_prefix(':').map(str::trim_start).and_then(word);
        let arn = arn.filter(|arn| arn.starts_with("arn:"));
        let verdict = Verdict::Explicit { arn };
        return Some(Reason { policy, verdict });
    }
    let (_, rest) = message.split_once("because no ")?;
    let (policy, rest) = policy(rest)?;
    let verdict = Verdict::Implicit;
    rest.starts_with(" allows ")
        .then_some(Reason { policy, verdict })
}

/// Returns the kind of policy that the text begins with, and what follows.
fn policy(text: &str) -> Option<(Policy, &str)> {
    let starts = |name: &str| {
        let start = text.get(..name.len())?;
        start
            .eq_ignore_ascii_case(name)
            .then(|| &text[name.len()..])
    };
    let mut policies = POLICIES.iter();
    policies.find_map(|(name, policy)| Some((*policy, starts(name)?)))
}

/// Returns the first word, if it can be an ARN or an action. The characters are those that need no quoting.
fn word(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let word = word.trim_end_matches(['.', ',', ';', ')']);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b":/_+=,.@*-".contains(&b);
    let is_plain = !word.is_empty() && word.len() <= MAX_WORD && word.bytes().all(plain);
    is_plain.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/apono-k8s-access";

    fn reason(because: &str) -> Option<Reason> {
        let denial = Denial::read(&format!("{USER} {because}"));
        assert_eq!(denial.action.as_deref(), Some("sts:AssumeRole"));
        assert_eq!(
            denial.resource.as_deref(),
            Some("arn:aws:iam::111122223333:role/apono-k8s-access")
        );
        denial.reason
    }

    #[test]
    fn each_kind_of_policy_is_read() {
        for (name, policy) in POLICIES {
            let implicit = reason(&format!(
                "because no {name} allows the sts:AssumeRole action"
            ));
            assert_eq!(
                implicit,
                Some(Reason {
                    policy,
                    verdict: Verdict::Implicit
                })
            );
            for article in ["a", "an"] {
                let found = reason(&format!("with an explicit deny in {article} {name}"));
                let verdict = Verdict::Explicit { arn: None };
                assert_eq!(found, Some(Reason { policy, verdict }));
            }
        }
        let vpc = reason("with an explicit deny in a VPC endpoint policy").unwrap();
        assert_eq!(vpc.policy, Policy::VpcEndpoint);
    }

    #[test]
    fn the_policy_that_denies_is_named_in_newer_messages() {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            let arn = format!(
                "arn:{partition}:organizations::444455556666:policy/o-a1/service_control_policy/p-b2"
            );
            let found = reason(&format!(
                "with an explicit deny in a service control policy: {arn}"
            ));
            let verdict = Verdict::Explicit { arn: Some(arn) };
            assert_eq!(found.unwrap().verdict, verdict);
        }
    }

    #[test]
    fn what_is_not_understood_is_not_claimed() {
        for message in [
            "",
            "no",
            USER,
            "because no ",
            "because no policy allows the sts:AssumeRole action",
            "with an explicit deny in a",
            "with an explicit deny in another way",
            "because no permissions boundary denies it",
        ] {
            assert_eq!(Denial::read(message).reason, None, "{message}");
        }
        let hostile = format!(
            "not authorized to perform: `rm` on resource: {} with an explicit deny in a session policy: arn:`x`",
            "a".repeat(600)
        );
        let denial = Denial::read(&hostile);
        assert_eq!((denial.action, denial.resource), (None, None));
        let verdict = Verdict::Explicit { arn: None };
        assert_eq!(denial.reason.unwrap().verdict, verdict);
        // Cut in the middle of a character.
        Denial::read(&"ü".repeat(MAX_READ));
        Denial::read(&format!("a{}", "ü".repeat(MAX_READ)));
    }

    #[test]
    fn encoded_messages() {
        let code = "4GIOHlTkIaWHQD0Q0m6XSnuUMCm-abc_def";
        let message = format!(
            "You are not authorized to perform this operation. Encoded authorization failure message: {code}"
        );
        assert_eq!(Denial::read(&message).encoded.as_deref(), Some(code));
        let message = "Encoded authorization failure message: $(reboot)aaaaaaaaaaaaaaaaaa";
        assert_eq!(Denial::read(message).encoded, None);
    }
}
