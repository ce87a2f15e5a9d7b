//! Locks for tests that affect or measure the whole machine, since all tests run in one process, several at a time.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::new(());

/// Locks out crowds, for a test that measures time. Hold the lock for a few seconds at most.
pub fn calm() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks the machine for a test that starts a hundred processes at once.
pub fn crowd() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}
