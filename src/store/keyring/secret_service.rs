//! One key in the desktop's keyring: GNOME Keyring, KWallet, KeePassXC, or another program with the Secret Service API on
//! the session bus (<https://specifications.freedesktop.org/secret-service-spec/latest/>).
//!
//! Nothing here shows a prompt. What would need one fails with `Locked`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zbus::message::Message;
use zbus::wire::{OwnedObjectPath, OwnedVariant, Variant};
use zeroize::Zeroizing;

use super::{Found, Keyring, Problem, SECRET_SERVICE, SESSION_BUS, within_limit};
use crate::store::seal::Key;
use crate::sys::descriptors;

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const I_SERVICE: &str = "org.freedesktop.Secret.Service";
const I_COLLECTION: &str = "org.freedesktop.Secret.Collection";
const I_ITEM: &str = "org.freedesktop.Secret.Item";
const I_PROMPT: &str = "org.freedesktop.Secret.Prompt";
const I_PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The title that Seahorse and KWalletManager show.
const TITLE: &str = "apono-login: key of the credential cache";

pub const KEYRING: Keyring = Keyring {
    read,
    write,
    prolong: |_| Ok(()),
    remove,
};

fn read(label: &str) -> Result<Found, Problem> {
    let label = label.to_owned();
    bounded(async move |bus| {
        // The search comes first: if there is no key, it is the only call.
        let (open, locked) = bus.search(&label).await?;
        let Some(item) = open.first() else {
            return if locked.is_empty() {
                Ok(None)
            } else {
                Err(Problem::Locked)
            };
        };
        let session = bus.open_session().await?;
        let reply = bus
            .call(item.as_str(), I_ITEM, "GetSecret", &(&session,))
            .await?;
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
    bounded(async move |bus| {
        let (open, locked) = bus.search(&label).await?;
        // Once unlocked, a locked item with the same attributes would be found beside the new one.
        if !locked.is_empty() {
            return Err(Problem::Locked);
        }
        let session = bus.open_session().await?;
        let secret = (
            &session,
            &[0u8; 0][..],
            &key[..],
            "application/octet-stream",
        );
        if let Some(item) = open.first() {
            bus.call(item.as_str(), I_ITEM, "SetSecret", &(secret,))
                .await?;
            return Ok(());
        }
        let (collection,): (OwnedObjectPath,) =
            bus.ask(ROOT, I_SERVICE, "ReadAlias", &("default",)).await?;
        if collection.as_str() == "/" {
            return Err(Problem::Other(
                "the Secret Service has no default keyring".to_owned(),
            ));
        }
        let property = (I_COLLECTION, "Locked");
        let (is_locked,): (OwnedVariant,) = bus
            .ask(collection.as_str(), I_PROPERTIES, "Get", &property)
            .await?;
        if matches!(*is_locked, Variant::Bool(true)) {
            return Err(Problem::Locked);
        }
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(TITLE)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Variant::from(attributes(&label)),
            ),
        ]);
        let item = (properties, secret, true);
        let (_item, prompt): (OwnedObjectPath, OwnedObjectPath) = bus
            .ask(collection.as_str(), I_COLLECTION, "CreateItem", &item)
            .await?;
        bus.dismiss(&prompt).await
    })
}

fn remove(label: &str) -> Result<(), Problem> {
    let label = label.to_owned();
    bounded(async move |bus| {
        let (open, locked) = bus.search(&label).await?;
        for item in &open {
            let (prompt,): (OwnedObjectPath,) =
                bus.ask(item.as_str(), I_ITEM, "Delete", &()).await?;
            bus.dismiss(&prompt).await?;
        }
        if locked.is_empty() {
            Ok(())
        } else {
            Err(Problem::Locked)
        }
    })
}

/// Runs `task` on the session bus, with a time limit for all of it: neither connecting nor starting a service has a limit of
/// its own that could be set.
fn bounded<T: Send + 'static>(
    task: impl AsyncFnOnce(&Bus) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let connected = Arc::new(AtomicBool::new(false));
    let reached = Arc::clone(&connected);
    let answer = within_limit(move || {
        descriptors::check().map_err(|e| Problem::Other(e.to_string()))?;
        // In one `block_on`: between two of them zbus would start a thread for the connection.
        zbus::block_on(async {
            let bus = Bus::connect().await?;
            reached.store(true, Ordering::Relaxed);
            task(&bus).await
        })
    });
    answer.unwrap_or_else(|| {
        Err(if connected.load(Ordering::Relaxed) {
            SILENT
        } else {
            Problem::Timeout { who: SESSION_BUS }
        })
    })
}

const SILENT: Problem = Problem::Timeout {
    who: SECRET_SERVICE,
};

struct Bus(zbus::Connection);

impl Bus {
    async fn connect() -> Result<Self, Problem> {
        zbus::Connection::session()
            .await
            .map(Self)
            .map_err(|e| Problem::Absent(format!("there is no D-Bus session bus: {e}")))
    }

    async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, Problem>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
    {
        self.0
            .call_method(Some(SERVICE), path, Some(interface), method, body)
            .await
            .map_err(refused)
    }

    /// Calls a method, and returns the values of its response.
    async fn ask<B, R>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<R, Problem>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
        R: for<'r> zbus::wire::DynamicDeserialize<'r>,
    {
        let reply = self.call(path, interface, method, body).await?;
        parse(reply.body().deserialize())
    }

    /// Returns the items with the attributes of apono-login: the unlocked ones and the locked ones.
    async fn search(
        &self,
        label: &str,
    ) -> Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>), Problem> {
        self.ask(ROOT, I_SERVICE, "SearchItems", &(attributes(label),))
            .await
    }

    /// Opens a session without encryption. A process that can listen on this bus can also ask for the secret, so encryption
    /// would cost a Diffie-Hellman exchange and protect nothing.
    async fn open_session(&self) -> Result<OwnedObjectPath, Problem> {
        let plain = ("plain", Variant::from(""));
        let (_output, session): (OwnedVariant, OwnedObjectPath) =
            self.ask(ROOT, I_SERVICE, "OpenSession", &plain).await?;
        Ok(session)
    }

    /// Dismisses a prompt, which the service returns if it must ask the user first.
    async fn dismiss(&self, prompt: &OwnedObjectPath) -> Result<(), Problem> {
        if prompt.as_str() == "/" {
            return Ok(());
        }
        let _ = self.call(prompt.as_str(), I_PROMPT, "Dismiss", &()).await;
        Err(Problem::Locked)
    }
}

/// Returns the attributes of the item, in the form that keyring libraries use.
fn attributes(label: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", "apono-login"), ("username", label)])
}

fn parse<T>(parsed: zbus::Result<T>) -> Result<T, Problem> {
    parsed.map_err(|e| Problem::Other(format!("unexpected response from the Secret Service: {e}")))
}

fn refused(error: zbus::Error) -> Problem {
    let text = error.to_string();
    let name = match &error {
        zbus::Error::MethodError(name, _, _) => name.as_str().to_owned(),
        zbus::Error::FDO(e) => zbus::DBusError::name(e.as_ref()).as_str().to_owned(),
        _ => return Problem::Other(text),
    };
    let absent = || {
        Problem::Absent(format!(
            "there is no Secret Service on the session bus: {text}"
        ))
    };
    match name
        .strip_prefix("org.freedesktop.DBus.Error.")
        .unwrap_or(&name)
    {
        "ServiceUnknown" | "NameHasNoOwner" => absent(),
        spawn if spawn.starts_with("Spawn.") => absent(),
        "NoReply" | "Timeout" | "TimedOut" => SILENT,
        "org.freedesktop.Secret.Error.IsLocked" => Problem::Locked,
        _ => Problem::Other(text),
    }
}
