//! A keyring that is locked: who can unlock it.

use super::Session;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::store::{self, Problem, Store};

impl Session<'_> {
    /// Permits the keyring to open a window to be unlocked, if the user sees it.
    pub(super) fn permit_unlock(&self) {
        if self.sees_windows() {
            self.cache.keys.permit_unlock(self.context.output);
        }
    }

    fn sees_windows(&self) -> bool {
        let surroundings = self.context.surroundings();
        self.context.can_ask && surroundings.display && !surroundings.ssh
    }

    /// Returns the failure of a store that was chosen by name.
    pub fn store_failure(&self, error: store::Error) -> Failure {
        let is_locked = matches!(
            error,
            store::Error::Store {
                store: Store::SecretService,
                problem: Problem::Locked
            }
        );
        let failure = Failure::from(error);
        match is_locked && !self.sees_windows() {
            true => failure.hint(format!(
                "{} in a terminal of the desktop, which lets the keyring open its window",
                Command::new("").profile(&self.context.profile).run()
            )),
            false => failure,
        }
    }
}
