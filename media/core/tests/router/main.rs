//! A shard as its peers see it.

mod media;
mod support;
