//! A virtual network and clock that drive the engine's core with clients that are not ours.
//!
//! A [`World`] holds one engine of one or more shards, clients made of `str0m`, and a [`Link`] in each direction between
//! them. Time goes from event to event, so minutes pass in milliseconds. The lines are random by a seed; keys, ids and the
//! moments of reports are the clients' and the engine's own, so that a scenario must hold for every order of losses.
#![forbid(unsafe_code)]

mod agenda;
mod client;
mod codecs;
pub mod crowd;
mod descriptors;
mod engine;
mod film;
mod layers;
mod link;
mod payloads;
pub mod quality;
mod received;
mod rng;
mod source;
mod world;

pub use client::Client;
pub use engine::Engine;
pub use film::{Film, FilmFrame, FrameIds, Recording, assemble};
pub use layers::{Coding, Layers, PATTERN, RIDS, SIZES};
pub use link::{Link, LinkCounts, LinkModel, Loss};
pub use received::{Received, Taped};
pub use rng::Rng;
pub use source::{Mark, Outgoing, Picture, Voice};
pub use world::{Member, Network, World};
