//! One engine per data folder and per port: locks that end with the process, however it ends.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd;

/// The data folder, locked, with this engine's pid in it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: Flock<File>,
}

impl Folder {
    /// Makes the folder where it is missing, closes it to others (S22), locks it and writes `engine.pid`.
    ///
    /// # Errors
    /// A sentence that says what to correct.
    pub fn take(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let failed = |fault: io::Error| format!("the data folder {shown} cannot be used: {fault}");
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let found = fs::metadata(path).map_err(failed)?;
        if found.uid() != unistd::geteuid().as_raw() {
            return Err(format!(
                "the data folder {shown} belongs to another user: give it to the one hoptt runs under"
            ));
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
            tracing::warn!("the data folder was open to other users: closed it (mode 0700)");
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path.join("engine.lock"))
            .map_err(|fault| format!("engine.lock in {shown} cannot be opened: {fault}"))?;
        let lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => lock,
            Err((_, Errno::EWOULDBLOCK)) => {
                return Err(format!("another media engine runs in {shown}: end it with `hoptt engine stop`"));
            }
            Err((_, fault)) => return Err(format!("engine.lock in {shown} cannot be locked: {}", fault.desc())),
        };
        fs::write(path.join("engine.pid"), std::process::id().to_string())
            .map_err(|fault| format!("engine.pid in {shown} cannot be written: {fault}"))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the control plane connects.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.path.join("engine.sock")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over by a kill is replaced by the next engine.
        let _ = fs::remove_file(self.socket());
        let _ = fs::remove_file(self.path.join("engine.pid"));
    }
}

/// The lock of a UDP port, against engines of other data folders: with `SO_REUSEPORT` a second one would silently
/// take half of all packets. An abstract socket's name is free again when its holder ends, and belongs to the
/// network namespace, as ports do.
#[derive(Debug)]
pub struct PortLock {
    _name: UnixListener,
}

impl PortLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// A sentence that says what to correct.
    pub fn take(port: u16) -> Result<Self, String> {
        let locked = SocketAddr::from_abstract_name(format!("hoptt-media/udp/{port}"))
            .and_then(|name| UnixListener::bind_addr(&name));
        match locked {
            Ok(name) => Ok(Self { _name: name }),
            Err(fault) if fault.kind() == io::ErrorKind::AddrInUse => Err(format!(
                "UDP port {port} belongs to another media engine: end it with `hoptt engine stop` in its data folder, \
                 or choose another port with rtc.port"
            )),
            Err(fault) => Err(format!("the lock of UDP port {port} cannot be taken: {fault}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("hoptt-lock-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn a_second_engine_in_the_folder_is_refused_until_the_first_ends() {
        let path = folder("second");
        let first = Folder::take(&path).expect("nobody is there");
        assert!(Folder::take(&path).expect_err("locked").contains("another media engine runs in"));
        drop(first);
        Folder::take(&path).expect("free again");
        fs::remove_dir_all(path).expect("the folder is there");
    }

    #[test]
    fn s22_the_folder_is_closed_to_others() {
        let path = folder("open");
        DirBuilder::new().mode(0o755).create(&path).expect("a new folder");
        let _taken = Folder::take(&path).expect("nobody is there");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o700);
        fs::remove_dir_all(path).expect("the folder is there");
    }

    #[test]
    fn the_pid_lies_in_the_folder_as_long_as_the_engine_runs() {
        let path = folder("pid");
        let taken = Folder::take(&path).expect("nobody is there");
        assert_eq!(fs::read_to_string(path.join("engine.pid")).expect("written"), std::process::id().to_string());
        drop(taken);
        assert!(!path.join("engine.pid").exists());
        fs::remove_dir_all(path).expect("the folder is there");
    }

    #[test]
    fn a_port_has_one_engine() {
        let first = PortLock::take(65_431).expect("nobody has it");
        assert!(PortLock::take(65_431).expect_err("taken").contains("belongs to another media engine"));
        drop(first);
        PortLock::take(65_431).expect("free again");
    }
}
