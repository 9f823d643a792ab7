//! Media over TCP, for lines that let no UDP through: connections to the port number of UDP (ICE-TCP passive, RFC 6544),
//! datagrams framed by their length (RFC 4571).

mod connection;
mod connections;
mod listener;

pub use connection::Connection;
pub use connections::{Connections, OWN_EVENTS, Ready, TcpCounts};
pub use listener::Listener;
