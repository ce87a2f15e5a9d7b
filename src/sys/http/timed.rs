//! The time that requests take: a limit for each, one for all together, and what a program is told when they end.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body::{Body, Frame};
use http_body_util::Limited;
use tokio::time::{Instant, Sleep, sleep_until, timeout, timeout_at};

use super::labels::{Fault, Labels};
use super::{CONNECT_TIMEOUT, MAX_ANSWER, innermost};

tokio::task_local! {
    static LAST: RefCell<Last>;
}

/// The last request.
#[derive(Debug, Default)]
struct Last {
    /// The server, with its port, and what names it if that is not AWS's own.
    server: Option<String>,
    /// The setting that names the server.
    custom: Option<Fault>,
    /// What was wrong with the response.
    trouble: Option<String>,
    /// The response's `Date`.
    date: Option<String>,
}

/// Time is up.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}no response within {} seconds", prefix(server), limit.as_secs())]
pub struct Late {
    /// The server that was asked last.
    server: Option<String>,
    /// The setting that names the server.
    pub fault: Option<Fault>,
    limit: Duration,
}

fn prefix(server: &Option<String>) -> String {
    let server = server.as_ref().map(|server| format!("{server}: "));
    server.unwrap_or_default()
}

/// Runs the future, with all requests that it makes, for at most `limit`.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Late> {
    let run = async {
        let mut future = pin!(future);
        timeout(limit, &mut future).await.map_err(|_| {
            LAST.with(|last| {
                let last = last.borrow();
                Late {
                    server: last.server.clone(),
                    fault: last.custom.clone(),
                    limit,
                }
            })
        })
    };
    LAST.scope(RefCell::default(), run).await
}

/// Returns why another attempt may get a better response than the last one in the same [`within`]: the server is overloaded or
/// broken, another server answered in its place, or the response ended too early or not at all. Not all of the SDK's errors
/// tell.
pub fn trouble() -> Option<String> {
    let trouble = LAST.try_with(|last| last.borrow().trouble.clone());
    trouble.ok().flatten()
}

/// Returns the `Date` of the last response in the same [`within`].
pub fn date() -> Option<String> {
    let date = LAST.try_with(|last| last.borrow().date.clone());
    date.ok().flatten()
}

/// Returns the server that was asked last in the same [`within`], if a setting names it, and that setting.
pub fn custom_server() -> Option<(String, Fault)> {
    let last = LAST.try_with(|last| {
        let last = last.borrow();
        last.server.clone().zip(last.custom.clone())
    });
    last.ok().flatten()
}

fn note(trouble: impl FnOnce() -> Option<String>) {
    // Outside of `within`, nothing asks for it.
    let _ = LAST.try_with(|last| last.borrow_mut().trouble = trouble());
}

fn trouble_in(answer: &HttpResponse) -> Option<String> {
    let status = answer.status();
    let page = answer.headers().get("content-type");
    if status.is_server_error() || status.as_u16() == 429 {
        Some(format!("status {}", status.as_u16()))
    } else if (300..400).contains(&status.as_u16())
        || page.is_some_and(|kind| kind.starts_with("text/html"))
    {
        Some("another server answered (proxy or captive portal?)".to_owned())
    } else {
        None
    }
}

/// Names the server in the text of a connection's error, and ends a request that takes longer than `limit`, or whose response is
/// too long.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) inner: SharedHttpConnector,
    pub(super) limit: Duration,
    pub(super) labels: Arc<Labels>,
}

/// An error of a connection, with the server that it was for.
#[derive(Debug, thiserror::Error)]
#[error("{server}: {why}")]
pub struct NotSent {
    server: String,
    why: String,
    /// What is to be changed, if that is known.
    pub fault: Option<Fault>,
}

impl HttpConnector for Named {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = server(request.uri());
        let custom = endpoint
            .as_deref()
            .and_then(|server| self.labels.of(server));
        let server = endpoint.map(|server| match &custom {
            Some(custom) => format!("{server} ({})", custom.setting),
            None => server,
        });
        let custom = custom.map(Fault::Endpoint);
        let _ = LAST.try_with(|last| {
            last.replace(Last {
                server: server.clone(),
                custom: custom.clone(),
                ..Last::default()
            })
        });
        let labels = Arc::clone(&self.labels);
        let (limit, end) = (self.limit, Instant::now() + self.limit);
        let sent = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let late = Late {
                server: server.clone(),
                fault: custom.clone(),
                limit,
            };
            match timeout_at(end, sent).await {
                Err(_) => Err(ConnectorError::timeout(Box::new(late))),
                Ok(Err(error)) => Err(match server {
                    Some(server) => {
                        let fault = labels.fault(&error).or(custom);
                        named(error, server, fault)
                    }
                    None => error,
                }),
                Ok(Ok(answer)) => {
                    let prefix = prefix(&late.server);
                    let date = answer.headers().get("date").map(str::to_owned);
                    let _ = LAST.try_with(|last| last.borrow_mut().date = date);
                    note(|| trouble_in(&answer).map(|trouble| prefix + &trouble));
                    Ok(answer.map(|body| {
                        SdkBody::from_body_1_x(Timed {
                            body: Limited::new(body, MAX_ANSWER),
                            end: Box::pin(sleep_until(end)),
                            late: Some(late.clone()),
                        })
                    }))
                }
            }
        })
    }
}

/// Ends a body with an error once its time is up, or it is longer than [`MAX_ANSWER`].
struct Timed {
    body: Limited<SdkBody>,
    end: Pin<Box<Sleep>>,
    /// `None` once it has ended.
    late: Option<Late>,
}

impl Body for Timed {
    type Data = <Limited<SdkBody> as Body>::Data;
    type Error = <Limited<SdkBody> as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.end.as_mut().poll(context).is_ready() {
            note(|| self.late.as_ref().map(Late::to_string));
            return Poll::Ready(self.late.take().map(|late| Err(late.into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Err(error))) = &polled {
            let server = self.late.as_ref().map(|late| prefix(&late.server));
            note(|| Some(server.unwrap_or_default() + &innermost(error.as_ref())));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.late.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        Body::size_hint(&self.body)
    }
}

/// Returns the host and port of a URL.
pub(super) fn server(url: &str) -> Option<String> {
    let url: http::Uri = url.parse().ok()?;
    let port = match url.scheme_str() {
        Some("http") => 80,
        _ => 443,
    };
    Some(format!(
        "{}:{}",
        url.host()?,
        url.port_u16().unwrap_or(port)
    ))
}

/// Returns an error of the same kind that names the server.
fn named(error: ConnectorError, server: String, fault: Option<Fault>) -> ConnectorError {
    let why = match error.is_timeout() {
        true => format!("no connection within {} seconds", CONNECT_TIMEOUT.as_secs()),
        false => innermost(&error),
    };
    let source = Box::new(NotSent { server, why, fault });
    let connection = error.connection_metadata().cloned();
    let named = match &error {
        error if error.is_timeout() => ConnectorError::timeout(source),
        error if error.is_user() => ConnectorError::user(source),
        error if error.is_io() => ConnectorError::io(source),
        error => ConnectorError::other(source, error.as_other()),
    };
    match connection {
        Some(connection) => named.with_connection(connection),
        None => named,
    }
}
