//! What `install --from` did with each profile, sso-session and context, for the report.

use std::fmt;

/// What was done with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Added,
    Changed,
    Removed,
    Same,
}

/// A profile, sso-session or context, and what was done with it.
pub type Outcome = (String, State);

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            State::Added => "added",
            State::Changed => "changed",
            State::Removed => "removed",
            State::Same => "unchanged",
        })
    }
}
