//! What a name may be: a row of the table of names, and the types that rows become.

use std::ops::RangeInclusive;

use super::Error;

/// Makes a type of each row: its documentation, its name, what errors call it, and its [`Grammar`]. Without a grammar it has
/// no `FromStr`.
macro_rules! names {
    ($($(#[$meta:meta])* $type:ident $($what:literal: $grammar:expr)?;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            #[allow(dead_code, reason = "not every row needs it")]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $(impl std::str::FromStr for $type {
            type Err = $crate::names::Error;
            fn from_str(value: &str) -> Result<Self, Self::Err> {
                static GRAMMAR: $crate::names::grammar::Grammar = $grammar;
                GRAMMAR.parse($what, value).map($type)
            }
        })?
    )*};
}
pub(super) use names;

/// Makes a type of each row, the ARN of something in IAM, `arn:PARTITION:iam::ACCOUNT:KIND/NAME`: its documentation, its name,
/// what errors call it, the kind, a check of the name, and what errors say of another shape.
macro_rules! arns {
    ($($(#[$meta:meta])* $type:ident $what:literal: $kind:literal, $check:path, $shape:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $type {
            arn: String,
            partition: $crate::names::Partition,
            account: $crate::names::AccountId,
        }

        impl $type {
            /// Returns the ARN of the one of this name, which may begin with a path.
            pub fn new(
                partition: &$crate::names::Partition,
                account: &$crate::names::AccountId,
                name: &str,
            ) -> Result<Self, $crate::names::Error> {
                format!(concat!("arn:{}:iam::{}:", $kind, "/{}"), partition, account, name).parse()
            }

            pub fn as_str(&self) -> &str {
                &self.arn
            }

            pub fn partition(&self) -> &$crate::names::Partition {
                &self.partition
            }

            pub fn account(&self) -> &$crate::names::AccountId {
                &self.account
            }

            /// Returns the name without its path.
            pub fn name(&self) -> &str {
                self.arn.rsplit('/').next().unwrap_or_default()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.arn)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::names::Error;
            fn from_str(value: &str) -> Result<Self, Self::Err> {
                let refuse = |why: &str| $crate::names::Error::new($what, value, why);
                let parts = $crate::names::grammar::iam_parts(value).ok_or_else(|| refuse($shape))?;
                let (partition, account) = (parts.0.parse()?, parts.1.parse()?);
                let name = parts.2.strip_prefix(concat!($kind, "/"));
                match $check(name.ok_or_else(|| refuse($shape))?) {
                    Some(why) => Err(refuse(why)),
                    None => Ok($type { arn: value.to_owned(), partition, account }),
                }
            }
        }
    )*};
}
pub(super) use arns;

/// Splits an ARN of IAM into partition, account and resource.
pub fn iam_parts(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.splitn(6, ':');
    match [(); 6].map(|()| parts.next()) {
        [
            Some("arn"),
            Some(partition),
            Some("iam"),
            Some(""),
            Some(account),
            Some(resource),
        ] => Some((partition, account, resource)),
        _ => None,
    }
}

/// What a name may be.
pub enum Grammar {
    /// So many of these characters, and a function that returns what is wrong with a name even so.
    Of(RangeInclusive<usize>, Chars, Ends, Option<Rule>),
    /// What this is true of. The text is for the others.
    Shape(fn(&str) -> bool, &'static str),
    /// What this returns, or why it does not.
    Parsed(fn(&str) -> Result<String, String>),
}

type Rule = fn(&str) -> Option<&'static str>;

impl Grammar {
    /// Returns the value of the name that errors call `what`.
    pub fn parse(&self, what: &'static str, value: &str) -> Result<String, Error> {
        let why = match self {
            Grammar::Of(length, chars, ends, rule) => match rule.and_then(|rule| rule(value)) {
                Some(why) => Some(why.to_owned()),
                None => refusal(value, length, chars, *ends),
            },
            Grammar::Shape(fits, why) => (!fits(value)).then(|| (*why).to_owned()),
            Grammar::Parsed(parse) => {
                return parse(value).map_err(|why| Error::new(what, value, why));
            }
        };
        match why {
            Some(why) => Err(Error::new(what, value, why)),
            None => Ok(value.to_owned()),
        }
    }
}

/// Returns why the value is refused, if it is.
fn refusal(
    value: &str,
    allowed: &RangeInclusive<usize>,
    chars: &Chars,
    ends: Ends,
) -> Option<String> {
    let letter_or_digit = |c: char| c.is_ascii_alphanumeric();
    let length = value.len();
    let fits = allowed.contains(&length)
        && (ends == Ends::Any || value.starts_with(letter_or_digit))
        && (ends != Ends::Both || value.ends_with(letter_or_digit));
    let (min, max, listed) = (allowed.start(), allowed.end(), chars.listed);
    Some(match (ends, value.chars().find(|c| !chars.has(*c))) {
        (_, None) if fits => return None,
        (Ends::First, _) => {
            format!("must be {min} to {max} of {listed} and start with a letter or digit")
        }
        (Ends::Both, _) => {
            format!("must be {min} to {max} of {listed} and start and end with a letter or digit")
        }
        (Ends::Any, _) if *min == 0 => format!("must be at most {max} characters of {listed}"),
        (Ends::Any, Some(c)) => format!("must be of {listed}, without {c:?}"),
        (Ends::Any, None) if *min == 1 => format!("must have {min} to {max} characters"),
        (Ends::Any, None) => format!("must have {min} to {max} characters, not {length}"),
    })
}

/// Where a letter or digit has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Any,
    First,
    Both,
}

/// A set of ASCII characters.
pub struct Chars {
    listed: &'static str,
    allowed: [bool; 128],
}

impl Chars {
    /// Returns the set of a list such as `a-z 0-9 _ -`.
    pub const fn of(listed: &'static str) -> Self {
        let bytes = listed.as_bytes();
        let mut allowed = [false; 128];
        let mut at = 0;
        while at < bytes.len() {
            let is_range = at + 2 < bytes.len() && bytes[at + 1] == b'-';
            let last = if is_range { at + 2 } else { at };
            let mut byte = bytes[at];
            while byte <= bytes[last] {
                allowed[byte as usize] = true;
                byte += 1;
            }
            at = last + 2;
        }
        Chars { listed, allowed }
    }

    pub fn has(&self, c: char) -> bool {
        self.allowed.get(c as usize) == Some(&true)
    }

    /// Returns whether the text has no other characters.
    pub fn are_all_of(&self, text: &str) -> bool {
        text.chars().all(|c| self.has(c))
    }
}
