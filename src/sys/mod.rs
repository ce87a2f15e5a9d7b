//! The machine: files, locks, prompts, processes. Knows nothing of AWS or Kubernetes.

pub mod file;
pub mod http;
pub mod lock;
pub mod prompt;

/// Absolute path of this program, as it was started: through the symbolic link of a package manager, if there is one,
/// for that link stays when the version behind it changes.
pub fn own_path() -> Result<String, file::Error> {
    let io = |source| file::Error::Io {
        path: "apono-login".into(),
        doing: "find this program's own",
        source,
    };
    let real = std::env::current_exe().map_err(io)?;
    let typed = std::env::args_os()
        .next()
        .map(std::path::PathBuf::from)
        .filter(|path| path.is_absolute());
    let same = |path: &std::path::PathBuf| path.canonicalize().ok() == real.canonicalize().ok();
    let path = typed.filter(same).unwrap_or(real);
    path.into_os_string()
        .into_string()
        .map_err(|_| io(std::io::Error::other("its path is not UTF-8")))
}

/// The value of a future that does not wait for anything, without a runtime. `None` if it does wait.
pub fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}
