//! A shard as its peers see it.

mod addresses;
mod media;
mod support;
