//! One key in the desktop's keyring: GNOME Keyring, KWallet, KeePassXC, or another program with the Secret Service API on
//! the session bus (<https://specifications.freedesktop.org/secret-service-spec/latest/>).
//!
//! Only [`unlock`](KEYRING) opens a window. The other calls fail where one would be needed. It has to be known before: KeePassXC
//! and KWallet do not close the window of a prompt that is dismissed.

mod bus;

use std::collections::HashMap;
use std::time::Duration;

use zbus::wire::{OwnedObjectPath, OwnedVariant, Variant};
use zeroize::Zeroizing;

use super::{Found, Keyring, LIMIT, Problem};
use crate::store::seal::Key;
use bus::{Bus, bounded, parse};

const ROOT: &str = "/org/freedesktop/secrets";
const I_SERVICE: &str = "org.freedesktop.Secret.Service";
const I_COLLECTION: &str = "org.freedesktop.Secret.Collection";
const I_ITEM: &str = "org.freedesktop.Secret.Item";
const I_PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The title that Seahorse and KWalletManager show.
const TITLE: &str = "apono-login: key of the credential cache";
/// How long the user may take to unlock the keyring.
const LONGEST_UNLOCK: Duration = Duration::from_secs(60);

pub const KEYRING: Keyring = Keyring {
    read,
    write,
    prolong: |_| Ok(()),
    remove,
    unlock,
};

fn read(label: &str) -> Result<Found, Problem> {
    let label = label.to_owned();
    bounded(LIMIT, async move |bus| {
        let Some(item) = find(bus, &label).await?.items.into_iter().next() else {
            return Ok(None);
        };
        let session = open_session(bus).await?;
        let reply = bus
            .call(item.as_str(), I_ITEM, "GetSecret", &(&session,))
            .await
            .map_err(of_item)?;
        let body = reply.body();
        // (oayays): session, parameters of the encryption, the secret, its media type.
        let ((_, _, key, _),): ((OwnedObjectPath, &[u8], &[u8], &str),) =
            parse(body.deserialize())?;
        Ok(Some(Zeroizing::new(key.to_vec())))
    })
}

/// A new key goes into the default collection.
fn write(label: &str, key: &Key) -> Result<(), Problem> {
    let label = label.to_owned();
    let key = key.clone();
    bounded(LIMIT, async move |bus| {
        let found = find(bus, &label).await?;
        let session = open_session(bus).await?;
        let secret = (
            &session,
            &[0u8; 0][..],
            &key[..],
            "application/octet-stream",
        );
        if let Some(item) = found.items.first() {
            let set = (secret,);
            let set = bus.call(item.as_str(), I_ITEM, "SetSecret", &set);
            return set.await.map(drop).map_err(of_item);
        }
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(TITLE)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Variant::from(attributes(&label)),
            ),
        ]);
        let item = (properties, secret, true);
        let collection = found.default.ok_or(Problem::NoDefault)?;
        let (_item, prompt): (OwnedObjectPath, OwnedObjectPath) = bus
            .ask(collection.as_str(), I_COLLECTION, "CreateItem", &item)
            .await?;
        // KeePassXC returns one each time, and needs the user for none: the collection is unlocked.
        bus.complete(&prompt, Problem::Unconfirmed).await
    })
}

fn remove(label: &str) -> Result<(), Problem> {
    let label = label.to_owned();
    bounded(LIMIT, async move |bus| {
        for item in find(bus, &label).await?.items {
            let (prompt,): (OwnedObjectPath,) =
                bus.ask(item.as_str(), I_ITEM, "Delete", &()).await?;
            bus.complete(&prompt, Problem::Unconfirmed).await?;
        }
        Ok(())
    })
}

/// Unlocks the default collection. The service opens a window if it needs a password.
fn unlock(_label: &str) -> Result<(), Problem> {
    bounded(LONGEST_UNLOCK, async |bus| {
        let collection = default_collection(bus).await?.ok_or(Problem::NoDefault)?;
        let (_unlocked, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = bus
            .ask(ROOT, I_SERVICE, "Unlock", &(&[collection][..],))
            .await?;
        bus.complete(&prompt, Problem::Locked).await
    })
}

/// The items of a label, all of one collection, and the default collection.
struct Items {
    items: Vec<OwnedObjectPath>,
    default: Option<OwnedObjectPath>,
}

/// Returns the items with the attributes of apono-login: those of the default collection, else of another one that is unlocked.
/// A locked collection is not searched: KeePassXC opens a window then and answers nothing before it is closed, and KWallet finds
/// nothing.
///
/// # Errors
/// The default collection is locked.
async fn find(bus: &Bus, label: &str) -> Result<Items, Problem> {
    let default = default_collection(bus).await?;
    if let Some(collection) = &default {
        if is_locked(bus, collection).await? {
            return Err(Problem::Locked);
        }
        let items = search(bus, collection, label).await?;
        if !items.is_empty() {
            return Ok(Items { items, default });
        }
    }
    // The default of KeePassXC is the database whose tab is open.
    let all: OwnedVariant = property(bus, ROOT, (I_SERVICE, "Collections")).await?;
    let all = Vec::<OwnedObjectPath>::try_from(all);
    let all = all.map_err(|e| Problem::Other(format!("unexpected list of keyrings: {e}")))?;
    for collection in all.iter().filter(|one| Some(*one) != default.as_ref()) {
        if !is_locked(bus, collection).await? {
            let items = search(bus, collection, label).await?;
            if !items.is_empty() {
                return Ok(Items { items, default });
            }
        }
    }
    Ok(Items {
        items: Vec::new(),
        default,
    })
}

async fn default_collection(bus: &Bus) -> Result<Option<OwnedObjectPath>, Problem> {
    let (path,): (OwnedObjectPath,) = bus.ask(ROOT, I_SERVICE, "ReadAlias", &("default",)).await?;
    Ok((path.as_str() != "/").then_some(path))
}

async fn is_locked(bus: &Bus, collection: &OwnedObjectPath) -> Result<bool, Problem> {
    let locked = property(bus, collection.as_str(), (I_COLLECTION, "Locked")).await?;
    Ok(matches!(*locked, Variant::Bool(true)))
}

async fn search(
    bus: &Bus,
    collection: &OwnedObjectPath,
    label: &str,
) -> Result<Vec<OwnedObjectPath>, Problem> {
    let attributes = (attributes(label),);
    let (items,) = bus
        .ask(
            collection.as_str(),
            I_COLLECTION,
            "SearchItems",
            &attributes,
        )
        .await?;
    Ok(items)
}

async fn property(bus: &Bus, path: &str, name: (&str, &str)) -> Result<OwnedVariant, Problem> {
    let (value,) = bus.ask(path, I_PROPERTIES, "Get", &name).await?;
    Ok(value)
}

/// Opens a session without encryption. A process that can listen on this bus can also ask for the secret, so encryption
/// would cost a Diffie-Hellman exchange and protect nothing.
async fn open_session(bus: &Bus) -> Result<OwnedObjectPath, Problem> {
    let plain = ("plain", Variant::from(""));
    let (_output, session): (OwnedVariant, OwnedObjectPath) =
        bus.ask(ROOT, I_SERVICE, "OpenSession", &plain).await?;
    Ok(session)
}

/// Returns what the refusal of an item means. Its collection is unlocked, so it is the item alone: KeePassXC wants the user to
/// confirm each access, until the process that asks for it ends.
fn of_item(problem: Problem) -> Problem {
    match problem {
        Problem::Locked => Problem::Unconfirmed,
        problem => problem,
    }
}

/// Returns the attributes of the item, in the form that keyring libraries use.
fn attributes(label: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", "apono-login"), ("username", label)])
}
