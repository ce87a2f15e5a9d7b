//! The operating system: files, locks, prompts, processes, browsers, HTTP. Knows nothing of AWS or Kubernetes.

pub mod browser;
pub mod chromium;
pub mod descriptors;
pub mod edit;
pub mod file;
pub mod http;
pub mod interrupt;
pub mod lock;
pub mod loopback;
pub mod process;
pub mod program;
pub mod prompt;
pub mod qr;
pub mod shell;
pub mod system;
pub mod terminal;
pub mod text;
pub mod tool;

/// Returns the value of a future that does not wait for anything, without a runtime. `None` if it has to wait.
pub fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
