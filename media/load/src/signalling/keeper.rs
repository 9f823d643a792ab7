//! Lines to a server that have to stay open: answers its pings, throws away what it tells, counts what it closes.

use std::collections::HashMap;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use tungstenite::{Error, Message, WebSocket};

/// A WebSocket over plain TCP.
pub type Line = WebSocket<TcpStream>;

/// Keeps lines in a thread of its own.
#[derive(Debug)]
pub struct Keeper {
    kept: Arc<Kept>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Kept {
    epoll: Epoll,
    lines: Mutex<HashMap<u64, (String, Line)>>,
    next: AtomicU64,
    lost: AtomicU64,
    over: AtomicBool,
}

impl Keeper {
    /// Starts its thread.
    ///
    /// # Errors
    /// When the system gives no epoll or no thread.
    pub fn start() -> io::Result<Self> {
        let kept = Arc::new(Kept {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            lines: Mutex::default(),
            next: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let its = kept.clone();
        let thread = std::thread::Builder::new().name("lines".into()).spawn(move || its.run())?;
        Ok(Self { kept, thread: Some(thread) })
    }

    /// Takes a line over, under the name of whoever it belongs to.
    ///
    /// # Errors
    /// When the system does not take it.
    pub fn keep(&self, name: &str, line: Line) -> io::Result<()> {
        let number = self.kept.next.fetch_add(1, Ordering::Relaxed);
        line.get_ref().set_nonblocking(true)?;
        let mut lines = self.kept.lines();
        // Level-triggered: what lies there already is seen at once.
        self.kept.epoll.add(line.get_ref().as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, number))?;
        lines.insert(number, (name.to_owned(), line));
        Ok(())
    }

    /// Says something on the line of this name, and does not wait for the answer.
    ///
    /// # Errors
    /// When there is no such line, or it takes nothing.
    pub fn say(&self, name: &str, text: String) -> Result<(), String> {
        let mut lines = self.kept.lines();
        let line = lines.values_mut().find(|(found, _)| found == name);
        let (_, line) = line.ok_or_else(|| format!("the line of {name} is gone"))?;
        match line.send(Message::text(text)) {
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
        for (_, line) in self.kept.lines().values_mut() {
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
    fn lines(&self) -> MutexGuard<'_, HashMap<u64, (String, Line)>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut events = [EpollEvent::empty(); 64];
        while !self.over.load(Ordering::Relaxed) {
            // Looks up ten times a second whether it is over.
            let count = self.epoll.wait(&mut events, EpollTimeout::from(100u8)).unwrap_or(0);
            let mut lines = self.lines();
            for event in &events[..count] {
                let open = lines.get_mut(&event.data()).is_none_or(|(_, line)| drain(line));
                if !open {
                    lines.remove(&event.data());
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

/// Reads what is there; pings are answered on the way. False: the line is over.
fn drain(line: &mut Line) -> bool {
    loop {
        match line.read() {
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
