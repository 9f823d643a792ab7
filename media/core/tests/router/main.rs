//! A shard as its peers see it.

mod addresses;
mod bandwidth;
mod falls;
mod fanout;
mod gate;
mod gather;
mod hostile;
mod keyframes;
mod layers;
mod limits;
mod line;
mod media;
mod reasons;
mod redundancy;
mod repair;
mod reports;
mod scale;
mod shards;
mod slots;
mod snapshot;
mod support;
mod svc;
mod twice;
mod voices;
