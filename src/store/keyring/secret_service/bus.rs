//! The session bus, with the time limits and prompts of the Secret Service.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use zbus::export::futures_core::Stream as _;
use zbus::message::{Message, Type};
use zbus::wire::{OwnedObjectPath, OwnedVariant};
use zbus::{MatchRule, MessageStream};

use super::super::{Problem, SECRET_SERVICE, SESSION_BUS, within};
use crate::sys::descriptors;

const SERVICE: &str = "org.freedesktop.secrets";
const I_PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// How long before the end of the time limit a prompt is given up: time to say that it was not answered, and not that the service
/// was silent.
const MARGIN: Duration = Duration::from_millis(500);

/// Runs `task` on the session bus, with a time limit for all of it, prompts included: neither connecting nor starting a service has
/// a limit of its own that could be set.
pub fn bounded<T: Send + 'static>(
    limit: Duration,
    task: impl AsyncFnOnce(&Bus) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let connected = Arc::new(AtomicBool::new(false));
    let reached = Arc::clone(&connected);
    let end = Instant::now() + limit;
    let answer = within(limit, move || {
        descriptors::check().map_err(|e| Problem::Other(e.to_string()))?;
        // In one `block_on`: between two of them zbus would start a thread for the connection.
        zbus::block_on(async {
            let bus = Bus::connect(end).await?;
            reached.store(true, Ordering::Relaxed);
            task(&bus).await
        })
    });
    answer.unwrap_or_else(|| {
        Err(Problem::Timeout {
            who: match connected.load(Ordering::Relaxed) {
                true => SECRET_SERVICE,
                false => SESSION_BUS,
            },
            limit: Some(limit),
        })
    })
}

/// A connection to the session bus, for one task.
pub struct Bus {
    connection: zbus::Connection,
    /// When the time of the task is up.
    end: Instant,
}

impl Bus {
    async fn connect(end: Instant) -> Result<Self, Problem> {
        let connection = zbus::Connection::session()
            .await
            .map_err(|e| Problem::Absent(format!("there is no D-Bus session bus: {e}")))?;
        Ok(Bus { connection, end })
    }

    pub async fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, Problem>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
    {
        self.connection
            .call_method(Some(SERVICE), path, Some(interface), method, body)
            .await
            .map_err(refused)
    }

    /// Calls a method, and returns the values of its response.
    pub async fn ask<B, R>(
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

    /// Lets a prompt do what it is for, and waits for its end. The service returns a prompt if it may have to ask the user first.
    ///
    /// # Errors
    /// It was dismissed; or it has not ended in time, since the user is needed: then `unanswered`.
    pub async fn complete(
        &self,
        prompt: &OwnedObjectPath,
        unanswered: Problem,
    ) -> Result<(), Problem> {
        if prompt.as_str() == "/" {
            return Ok(());
        }
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .interface(I_PROMPT)
            .member("Completed")
            .path(prompt.as_str())
            .build()
            .map_err(refused)?;
        // Before it begins: it can end at once.
        let ended = MessageStream::for_match_rule(rule, &self.connection, None);
        let mut ended = ended.await.map_err(refused)?;
        // Without a window to put the prompt in front of.
        self.call(prompt.as_str(), I_PROMPT, "Prompt", &("",))
            .await?;
        let Some(signal) = next(&mut ended, self.end - MARGIN).await else {
            let _ = self.call(prompt.as_str(), I_PROMPT, "Dismiss", &()).await;
            return Err(unanswered);
        };
        let (dismissed, _result): (bool, OwnedVariant) =
            parse(signal.map_err(refused)?.body().deserialize())?;
        match dismissed {
            true => Err(Problem::Dismissed),
            false => Ok(()),
        }
    }
}

/// Returns the next message. `None` if there is none until `end`.
async fn next(stream: &mut MessageStream, end: Instant) -> Option<zbus::Result<Message>> {
    let mut has_alarm = false;
    std::future::poll_fn(|cx| {
        if let Poll::Ready(next) = Pin::new(&mut *stream).poll_next(cx) {
            return Poll::Ready(next);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(None);
        }
        if !std::mem::replace(&mut has_alarm, true) {
            let waker = cx.waker().clone();
            // zbus has no timers. Without a thread, the time limit of the whole call holds.
            let _ = std::thread::Builder::new().spawn(move || {
                std::thread::sleep(left);
                waker.wake();
            });
        }
        Poll::Pending
    })
    .await
}

pub fn parse<T>(parsed: zbus::Result<T>) -> Result<T, Problem> {
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
        "NoReply" | "Timeout" | "TimedOut" => Problem::Timeout {
            who: SECRET_SERVICE,
            limit: None,
        },
        "org.freedesktop.Secret.Error.IsLocked" => Problem::Locked,
        _ => Problem::Other(text),
    }
}
