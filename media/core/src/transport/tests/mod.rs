//! One transport against an honest peer, a peer that names false addresses, and strangers (S1 to S16).
mod addresses;
mod connections;
mod elsewhere;
mod forgery;
mod handshakes;
