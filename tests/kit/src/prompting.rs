//! A Secret Service that answers as KeePassXC 2.7.4 and KWallet 5.103 were seen to, and in worse ways: with prompts, and with a
//! keyring that must not be searched while it is locked.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::export::futures_core::Stream as _;
use zbus::message::{Message, Type};
use zbus::wire::{OwnedObjectPath, Variant};
use zbus::{Connection, MessageStream};

const COLLECTION: &str = "/org/freedesktop/secrets/collection/passwords";
const ITEM: &str = "/org/freedesktop/secrets/collection/passwords/1";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/1";
const IS_LOCKED: &str = "org.freedesktop.Secret.Error.IsLocked";

/// How the service behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// The keyring is locked until a prompt was completed.
    pub locked: bool,
    /// There is no default keyring.
    pub no_default: bool,
    /// A prompt ends without its window being answered.
    pub dismissed: bool,
    /// A prompt waits for the user for ever.
    pub waits: bool,
    /// The user must confirm each access of another process than the one that stored the key.
    pub confirms: bool,
}

#[derive(Default)]
struct State {
    manner: Manner,
    calls: Vec<String>,
    key: Option<Vec<u8>>,
    /// What to store once the prompt is completed.
    pending: Option<Vec<u8>>,
    deletes: bool,
    /// The process that stored the key.
    owner: String,
}

/// The running service. Ends with its bus.
#[derive(Clone)]
pub struct Prompting(Arc<Mutex<State>>);

impl Prompting {
    /// Starts the service on the bus.
    pub fn start(address: &str, manner: Manner) -> Prompting {
        let state = State {
            manner,
            ..State::default()
        };
        let service = Prompting(Arc::new(Mutex::new(state)));
        let (address, own) = (address.to_owned(), service.clone());
        let (sender, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            zbus::block_on(async {
                let bus = zbus::connection::Builder::address(address.as_str())
                    .name("org.freedesktop.secrets")
                    .build()
                    .await
                    .unwrap();
                let mut calls = MessageStream::from(&bus);
                sender.send(()).unwrap();
                while let Some(Ok(call)) = poll_fn(|cx| Pin::new(&mut calls).poll_next(cx)).await {
                    if call.message_type() == Type::MethodCall {
                        // The bus may be gone.
                        let _ = own.answer(&bus, &call).await;
                    }
                }
            });
        });
        started.recv().unwrap();
        service
    }

    /// Returns the methods that were called since the last time, without those that only read.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    pub fn has_key(&self) -> bool {
        self.state().key.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, bus: &Connection, call: &Message) -> zbus::Result<()> {
        let header = call.header();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let path = |path: &str| OwnedObjectPath::try_from(path).unwrap();
        let none = || path("/");
        let is_writing = !matches!(member.as_str(), "Get" | "ReadAlias" | "OpenSession");
        let Manner {
            locked,
            no_default,
            confirms,
            ..
        } = self.state().manner;
        if is_writing {
            self.state().calls.push(match locked {
                true => format!("{member} while locked"),
                false => member.clone(),
            });
        }
        match member.as_str() {
            "ReadAlias" if no_default => bus.reply(&header, &(none(),)).await,
            "ReadAlias" => bus.reply(&header, &(path(COLLECTION),)).await,
            "Get" => {
                let body = call.body();
                let (_, name): (&str, &str) = body.deserialize()?;
                let value = match name {
                    "Locked" => Variant::from(locked),
                    _ if no_default => Variant::from(Vec::<OwnedObjectPath>::new()),
                    _ => Variant::from(vec![path(COLLECTION)]),
                };
                bus.reply(&header, &(value,)).await
            }
            "SearchItems" => {
                let found = self.has_key().then(|| path(ITEM));
                let found: Vec<_> = found.into_iter().collect();
                bus.reply(&header, &(found,)).await
            }
            "OpenSession" => {
                let session = (Variant::from(""), path("/session"));
                bus.reply(&header, &session).await
            }
            "GetSecret" if confirms && self.state().owner != sender => {
                bus.reply_error(&header, IS_LOCKED, &()).await
            }
            "GetSecret" => {
                let key = self.state().key.clone().unwrap_or_default();
                let secret = (path("/session"), Vec::<u8>::new(), key, "text/plain");
                bus.reply(&header, &(secret,)).await
            }
            "CreateItem" => {
                type Secret<'a> = (OwnedObjectPath, &'a [u8], &'a [u8], &'a str);
                let body = call.body();
                let (_, (_, _, key, _), _): (
                    std::collections::HashMap<&str, Variant<'_>>,
                    Secret<'_>,
                    bool,
                ) = body.deserialize()?;
                {
                    let mut state = self.state();
                    state.pending = Some(key.to_vec());
                    state.owner = sender;
                }
                bus.reply(&header, &(none(), path(PROMPT))).await
            }
            "Delete" => {
                self.state().deletes = true;
                bus.reply(&header, &(path(PROMPT),)).await
            }
            "Unlock" => {
                let unlocked = Vec::<OwnedObjectPath>::new();
                bus.reply(&header, &(unlocked, path(PROMPT))).await
            }
            "Prompt" => {
                let manner = self.state().manner;
                if !manner.waits {
                    self.complete(manner.dismissed);
                    // Before the answer, as the specification permits.
                    let result = (manner.dismissed, Variant::from(""));
                    let interface = "org.freedesktop.Secret.Prompt";
                    bus.emit_signal(None::<&str>, PROMPT, interface, "Completed", &result)
                        .await?;
                }
                bus.reply(&header, &()).await
            }
            _ => bus.reply(&header, &()).await,
        }
    }

    fn complete(&self, dismissed: bool) {
        let mut state = self.state();
        let pending = state.pending.take();
        let deletes = std::mem::take(&mut state.deletes);
        match () {
            () if dismissed => {}
            () if state.manner.locked => state.manner.locked = false,
            () if deletes => state.key = None,
            () => state.key = pending.or(state.key.take()),
        }
    }
}
