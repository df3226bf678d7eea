//! Limits that the system sets on the process.

/// Every call leg needs a socket. The usual soft limit of 1,024 open files
/// would stop the centre at about 450 calls though the hard limit is far
/// higher, so the process raises its own.
pub(crate) fn raise_open_files() {
    let now = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let wanted = rustix::process::Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    match rustix::process::setrlimit(rustix::process::Resource::Nofile, wanted) {
        Ok(()) => {}
        Err(error) => {
            tracing::warn!(%error, soft = ?now.current, "the limit of open files stays as it is");
        }
    }
}
