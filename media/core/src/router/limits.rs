//! How much there may be of what, in one shard.

/// See the module. Each limit has its refusal or its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Meetings of a shard.
    pub meetings: usize,
    /// Transports of a shard.
    pub transports: usize,
    /// Transports that are not connected yet (S8).
    pub unfinished_handshakes: usize,
    /// Tracks that one transport may publish.
    pub tracks_per_transport: usize,
    /// Slots of one transport.
    pub slots_per_transport: usize,
    /// Codecs of one m-line.
    pub codecs_per_line: usize,
    /// SSRCs of one transport that are bound to tracks.
    pub streams_per_transport: usize,
    /// Bytes of a blob.
    pub blob_bytes: usize,
    /// What one sender may send in the long run (S18): a 1080p screen at 60 frames a second stays below.
    pub ingress_bytes_per_second: u64,
    /// What it may send at once: a second of key frames.
    pub ingress_burst_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            meetings: 4_096,
            transports: 8_192,
            unfinished_handshakes: 2_048,
            tracks_per_transport: 8,
            slots_per_transport: 64,
            codecs_per_line: 16,
            streams_per_transport: 32,
            blob_bytes: 512 * 1024,
            ingress_bytes_per_second: 2_500_000,
            ingress_burst_bytes: 5_000_000,
        }
    }
}
