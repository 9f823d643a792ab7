//! Lines to a server that have to stay open: answers its pings, hears which encodings are wanted, throws away all else
//! that it tells, counts what it closes.

use std::collections::HashMap;
use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use tungstenite::{Error, Message, WebSocket};

/// A WebSocket over plain TCP.
pub type Line = WebSocket<TcpStream>;

/// Hears that a guest, by its number, need send only the encodings of its picture that are named.
pub type Hears = Box<dyn Fn(u32, &[String]) + Send + Sync>;

/// Finds the names of the encodings that are wanted in what a server tells, when that is what it tells.
pub type Reads = fn(&str) -> Option<Vec<String>>;

/// Keeps lines in a thread of its own.
#[derive(Debug)]
pub struct Keeper {
    kept: Arc<Kept>,
    thread: Option<JoinHandle<()>>,
}

struct Kept {
    epoll: Epoll,
    lines: Mutex<HashMap<u64, Place>>,
    next: AtomicU64,
    lost: AtomicU64,
    over: AtomicBool,
    hears: Hears,
}

/// A line, and whose it is.
struct Place {
    number: u32,
    name: String,
    reads: Reads,
    way: Way,
}

enum Way {
    Web(Box<Line>),
    /// Of an adapter, which may close it: it has nothing to tell any more. With what has come of its next text.
    Adapter(UnixStream, Vec<u8>),
}

/// The longest text of an adapter's that is waited for.
const MAX_TEXT: usize = 1 << 16;

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("lines", &self.lines().len()).field("lost", &self.lost).finish_non_exhaustive()
    }
}

impl Keeper {
    /// Starts its thread.
    ///
    /// # Errors
    /// When the system gives no epoll or no thread.
    pub fn start(hears: Hears) -> io::Result<Self> {
        let kept = Arc::new(Kept {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            lines: Mutex::default(),
            next: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
            hears,
        });
        let its = kept.clone();
        let thread = std::thread::Builder::new().name("lines".into()).spawn(move || its.run())?;
        Ok(Self { kept, thread: Some(thread) })
    }

    /// Takes a line over, under the number and the name of whoever it belongs to.
    ///
    /// # Errors
    /// When the system does not take it.
    pub fn keep(&self, number: u32, name: &str, line: Line, reads: Reads) -> io::Result<()> {
        line.get_ref().set_nonblocking(true)?;
        self.kept.add(Place { number, name: name.to_owned(), reads, way: Way::Web(Box::new(line)) })
    }

    /// Takes an adapter's line over, and what has been read of it already.
    ///
    /// # Errors
    /// When the system does not take it.
    pub fn keep_adapter(
        &self,
        number: u32,
        name: &str,
        line: UnixStream,
        read: Vec<u8>,
        reads: Reads,
    ) -> io::Result<()> {
        line.set_nonblocking(true)?;
        let mut place = Place { number, name: name.to_owned(), reads, way: Way::Adapter(line, read) };
        if place.drain(&self.kept.hears) { self.kept.add(place) } else { Ok(()) }
    }

    /// Says something on the line of this name, and does not wait for the answer.
    ///
    /// # Errors
    /// When there is no such line, or it takes nothing.
    pub fn say(&self, name: &str, text: String) -> Result<(), String> {
        let mut lines = self.kept.lines();
        let place = lines.values_mut().find(|place| place.name == name);
        let line = place.and_then(|place| if let Way::Web(line) = &mut place.way { Some(line) } else { None });
        match line.ok_or_else(|| format!("the line of {name} is gone"))?.send(Message::text(text)) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(format!("the line of {name} takes nothing: {error}")),
            Ok(()) => Ok(()),
        }
    }

    /// Lines that the server closed.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.kept.lost.load(Ordering::Relaxed)
    }

    /// Closes all lines, having said this on each of them.
    pub fn close(mut self, last_word: Option<&str>) {
        self.kept.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for place in self.kept.lines().values_mut() {
            let Way::Web(line) = &mut place.way else { continue };
            // What does not go out at once is not waited for: the server closes such a line by itself.
            if let Some(word) = last_word {
                let _ = line.send(Message::text(word));
            }
            let _ = line.close(None);
            let _ = line.flush();
        }
    }
}

impl Kept {
    fn lines(&self) -> MutexGuard<'_, HashMap<u64, Place>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, place: Place) -> io::Result<()> {
        let token = self.next.fetch_add(1, Ordering::Relaxed);
        let mut lines = self.lines();
        // Level-triggered: what lies there already is seen at once.
        self.epoll.add(place.way.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, token))?;
        lines.insert(token, place);
        Ok(())
    }

    fn run(&self) {
        let mut events = [EpollEvent::empty(); 64];
        while !self.over.load(Ordering::Relaxed) {
            // Looks up ten times a second whether it is over.
            let count = self.epoll.wait(&mut events, EpollTimeout::from(100u8)).unwrap_or(0);
            let mut lines = self.lines();
            for event in &events[..count] {
                let Some(place) = lines.get_mut(&event.data()) else { continue };
                if !place.drain(&self.hears) {
                    self.lost.fetch_add(u64::from(matches!(place.way, Way::Web(_))), Ordering::Relaxed);
                    lines.remove(&event.data());
                }
            }
        }
    }
}

impl Place {
    /// Reads what is there; pings are answered on the way. False: the line is over.
    fn drain(&mut self, hears: &Hears) -> bool {
        let Self { number, reads, way, .. } = self;
        let hear = |text: &str| {
            if let Some(rids) = reads(text) {
                hears(*number, &rids);
            }
        };
        match way {
            Way::Web(line) => drain(line, hear),
            Way::Adapter(line, rest) => drain_texts(line, rest, hear),
        }
    }
}

impl AsFd for Way {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Web(line) => line.get_ref().as_fd(),
            Self::Adapter(line, _) => line.as_fd(),
        }
    }
}

fn drain(line: &mut Line, hear: impl Fn(&str)) -> bool {
    loop {
        match line.read() {
            Ok(Message::Text(text)) => hear(&text),
            Ok(_) => {}
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return match line.flush() {
                    Ok(()) => true,
                    Err(Error::Io(error)) => error.kind() == io::ErrorKind::WouldBlock,
                    Err(_) => false,
                };
            }
            Err(_) => return false,
        }
    }
}

/// One text a line.
fn drain_texts(line: &mut impl io::Read, rest: &mut Vec<u8>, hear: impl Fn(&str)) -> bool {
    let mut part = [0; 4_096];
    loop {
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            hear(&String::from_utf8_lossy(&rest[..end]));
            rest.drain(..=end);
        }
        if rest.len() > MAX_TEXT {
            return false;
        }
        match line.read(&mut part) {
            Ok(0) => return false,
            Ok(count) => rest.extend_from_slice(&part[..count]),
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What comes of each call, and then that nothing more is there.
    struct Comes(Vec<&'static [u8]>);

    impl io::Read for Comes {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let bytes = self.0.remove(0);
            into[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    #[test]
    fn a_text_that_comes_in_parts_is_heard_whole() {
        let (heard, mut rest) = (RefCell::new(Vec::new()), Vec::new());
        rest.extend(b"zero\n");
        let mut hear = |comes: Vec<&'static [u8]>| {
            drain_texts(&mut Comes(comes), &mut rest, |text| heard.borrow_mut().push(text.to_owned()))
        };
        assert!(hear(vec![b"on", b"e\ntw"]));
        assert_eq!(*heard.borrow(), ["zero", "one"]);
        assert!(hear(vec![b"o\nthree\n"]));
        assert_eq!(*heard.borrow(), ["zero", "one", "two", "three"]);
        assert!(!hear(vec![b""]), "closed");
        assert!(!hear(vec![&[b'x'; 4_096]; 17]), "too long");
    }
}
