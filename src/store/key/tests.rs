//! A key that only another build of this program can read, in a stand-in for the keychain of macOS.

use std::cell::RefCell;

use super::*;

thread_local! {
    /// What is in the stand-in for a keychain, and whether another build stored it.
    static ITEM: RefCell<Option<(Key, bool)>> = const { RefCell::new(None) };
}

fn item<T>(run: impl FnOnce(&mut Option<(Key, bool)>) -> T) -> T {
    ITEM.with_borrow_mut(run)
}

/// Stands in for the keychain of macOS, as far as its answers are known: the item of another build can be removed, and
/// neither read nor changed.
pub const KEYCHAIN: Keyring = Keyring {
    read: |_| {
        item(|item| match item {
            Some((_, true)) => Err(Problem::OfAnotherBuild),
            Some((key, false)) => Ok(Some(Zeroizing::new(key.to_vec()))),
            None => Ok(None),
        })
    },
    write: |_, key| {
        item(|item| match item {
            Some((_, true)) => Err(Problem::OfAnotherBuild),
            _ => {
                *item = Some((key.clone(), false));
                Ok(())
            }
        })
    },
    prolong: |_| Ok(()),
    remove: |_| {
        item(|item| *item = None);
        Ok(())
    },
    unlock: |_| Err(Problem::Locked),
};

#[test]
fn a_key_of_another_build_is_replaced_once() {
    let folder = tempfile::tempdir().unwrap();
    let keys = || Keys::new(folder.path().to_owned());
    let named = Kind::Named(Store::Keychain);
    item(|item| *item = Some((Key::new([7; KEY_LEN]), true)));
    let read = keys().find(Store::Keychain);
    assert!(is_unreadable(&read), "{read:?}");
    let first = keys().choose(named).unwrap();
    assert!(first.is_replacement && first.store == Store::Keychain);
    assert_ne!(first.key.as_slice(), [7; KEY_LEN]);
    let second = keys().choose(named).unwrap();
    assert!(!second.is_replacement);
    assert_eq!(second.key.as_slice(), first.key.as_slice());
}
