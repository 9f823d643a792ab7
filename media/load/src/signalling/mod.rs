//! Coming in: each kind of server has its own way, in a file of its own.

pub mod adapter;
pub mod hoptt;
mod keeper;

use std::fmt;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use hoptt_core::transport::Fingerprint;

pub use keeper::{Hears, Keeper};

use crate::sdp::OfferedLine;
use crate::session::Session;

/// Who wants to come in.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Sets it apart from all others of the run.
    pub number: u32,
    /// What it offers, in the order of the m-lines.
    pub lines: Vec<OfferedLine>,
    /// Whose pictures it wants to see, by the names that those were given when they came in.
    pub watches: Vec<String>,
    /// Of the certificate of this run.
    pub fingerprint: Fingerprint,
    /// The address of ours that media comes from; the system's choice when there is none.
    pub local: Option<IpAddr>,
}

/// A way to the server that media takes.
#[derive(Debug)]
pub struct Link {
    /// What was agreed.
    pub session: Session,
    /// Connected to the server, and to be handed to a media thread.
    pub socket: UdpSocket,
}

/// Who came in.
#[derive(Debug)]
pub struct Entered {
    /// One, or as many as the server wants: some have one for each direction, or for each stream.
    pub links: Vec<Link>,
    /// How others name it.
    pub name: String,
    /// From the first byte to the answer.
    pub took: Duration,
}

/// One kind of server.
pub trait Door: fmt::Debug + Send + Sync {
    /// Comes in, and waits for the answer. Lines that have to stay open go to the keeper.
    ///
    /// # Errors
    /// A sentence that says what was refused, by whom, and why.
    fn enter(&self, guest: &Guest, keeper: &Keeper) -> Result<Entered, String>;

    /// Lets a guest who came in as `entered` see those whom it watches, from now on. Gives the links that this takes
    /// beside those there are.
    ///
    /// # Errors
    /// A sentence.
    fn watch(&self, guest: &Guest, entered: &str, keeper: &Keeper) -> Result<Vec<Link>, String>;

    /// Asks that a guest who came in as `entered` be shown the first of those whom it watches as large as that: width and height.
    ///
    /// # Errors
    /// A sentence; of a server that nobody can ask for it.
    fn resize(&self, _entered: &str, _watches: &[String], _first: (u32, u32), _: &Keeper) -> Result<(), String> {
        Err("this server is not asked for pictures of another size".into())
    }

    /// What is said on each line before it is closed, if anything is.
    fn last_word(&self) -> Option<String> {
        None
    }
}

/// Finds the way in by its description: `hoptt=http://127.0.0.1:8080/duan`.
///
/// # Errors
/// What to correct.
pub fn door(description: &str) -> Result<Box<dyn Door>, String> {
    let (kind, address) = description.split_once('=').ok_or_else(|| {
        format!("`{description}` is no server: write KIND=ADDRESS, for example hoptt=http://127.0.0.1:8080/duan")
    })?;
    match kind {
        "hoptt" => Ok(Box::new(hoptt::Hoptt::new(address)?)),
        "adapter" => Ok(Box::new(adapter::Adapter::new(address))),
        _ => Err(format!("`{kind}` is no kind of server that is known here: hoptt and adapter are")),
    }
}
