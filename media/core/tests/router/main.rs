//! A shard as its peers see it.

mod addresses;
mod limits;
mod media;
mod support;
