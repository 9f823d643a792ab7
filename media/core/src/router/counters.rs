//! What a shard counts: totals by name, drops by reason, and how long forwarding takes.

use std::time::Duration;

use crate::control::FORWARD_LATENCY_BUCKETS_US;
use crate::srtp::SrtpError;
use crate::transport::{Rejected, Unheard};

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Something that is counted. Its name is the key in the engine's statistics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Count {
            $($(#[$doc])* $name,)*
        }

        impl Count {
            /// All of them.
            pub const ALL: &'static [Count] = &[$(Count::$name,)*];

            /// The name in the statistics.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Count::$name => $text,)*
                }
            }
        }
    };
}

counts! {
    /// Datagrams that arrived.
    DatagramsIn = "datagrams_in",
    /// Authentic RTP packets that arrived.
    PacketsIn = "packets_in",
    /// RTP packets that left.
    PacketsOut = "packets_out",
    /// Bytes of all datagrams that arrived.
    BytesIn = "bytes_in",
    /// Bytes of all datagrams that left.
    BytesOut = "bytes_out",
    /// Authentic RTCP compound packets that arrived.
    RtcpIn = "rtcp_in",
    /// RTCP compound packets that left.
    RtcpOut = "rtcp_out",
    /// Transports that reached `connected`.
    Handshakes = "handshakes",
    /// Transports whose peer was never connected: no check or no handshake came to its end in time, or the certificate was another.
    HandshakesFailed = "handshakes_failed",
    /// Packets that subscribers asked for again.
    NackReceived = "nack_received",
    /// Packets that were asked of publishers again.
    NackSent = "nack_sent",
    /// Packets sent again.
    RtxSent = "rtx_sent",
    /// Packets that came by RTX.
    RtxReceived = "rtx_received",
    /// Packets of voices that were passed with the earlier sound in them (RFC 2198).
    RedundancySent = "redundancy_sent",
    /// Packets of nothing but padding, sent to learn what a line carries.
    PaddingSent = "padding_sent",
    /// Reports of arrivals that subscribers sent.
    FeedbackReceived = "feedback_received",
    /// Key frames that subscribers asked for.
    PliReceived = "pli_received",
    /// Key frames that publishers were asked for.
    PliSent = "pli_sent",
    /// Slots that began to show another track or encoding.
    Switches = "switches",
    /// Checks from an address that is another transport's.
    AddressesContested = "addresses_contested",
    /// Authentic media from an address that was nobody's: it was asked whether its sender is there (F27).
    HeardElsewhere = "heard_elsewhere",
    /// Packets that crossed to another shard of their meeting: each counts once for each shard.
    CrossedOut = "crossed_out",
    /// Packets that crossed from another shard of their meeting.
    CrossedIn = "crossed_in",
    /// Packets that a mirror missed, each time that it asked for them.
    MissedOfOwner = "missed_of_owner",
    /// Packets that crossed again because a mirror had missed them.
    CrossedAgain = "crossed_again",
    /// Transports that ended by a bug contained to them (S20).
    Faults = "faults",
    /// No transport has this address, or the user name of this check.
    DroppedNoTransport = "dropped.no_transport",
    /// The first byte is that of nothing we speak (S3).
    DroppedUnknown = "dropped.unknown",
    /// Media in a datagram longer than lines carry in one piece.
    DroppedTooLong = "dropped.too_long",
    /// No STUN message, though its first byte said so.
    DroppedStunMalformed = "dropped.stun_malformed",
    /// A check under another user name (S4).
    DroppedStunUserName = "dropped.stun_user_name",
    /// A check with the wrong integrity (S4).
    DroppedStunIntegrity = "dropped.stun_integrity",
    /// A check before the session was applied.
    DroppedNoSession = "dropped.no_session",
    /// An answer to nothing, or another method.
    DroppedStunUnasked = "dropped.stun_unasked",
    /// From an address without fresh consent (S5).
    DroppedNoConsent = "dropped.no_consent",
    /// Media before there were keys.
    DroppedNotReady = "dropped.not_ready",
    /// DTLS that led nowhere.
    DroppedDtls = "dropped.dtls",
    /// No RTP or RTCP packet (S16).
    DroppedMalformed = "dropped.malformed",
    /// The tag is wrong (S1).
    DroppedUnauthentic = "dropped.unauthentic",
    /// Seen before (S14).
    DroppedReplayed = "dropped.replayed",
    /// One stream more than a peer may have.
    DroppedTooManyStreams = "dropped.too_many_streams",
    /// More than one sender may send (S18).
    DroppedBudget = "dropped.budget",
    /// An SSRC or mid that belongs to no track.
    DroppedNoTrack = "dropped.no_track",
    /// Of a track with several encodings, and of none of them: another rid, or none.
    DroppedRid = "dropped.rid",
    /// A payload type that was not agreed.
    DroppedPayloadType = "dropped.payload_type",
    /// Redundant sound (RFC 2198) whose blocks are not there.
    DroppedRed = "dropped.red",
    /// The gate is closed (S19).
    DroppedGate = "dropped.gate",
    /// Seen before by other means than the replay window: repaired twice, or too old to have a number.
    DroppedLate = "dropped.late",
    /// Of a stream with decode targets, before the structure that its descriptor refers to.
    DroppedDescriptor = "dropped.descriptor",
    /// A subscriber cannot take this codec.
    DroppedCodec = "dropped.codec",
    /// A subscriber's lane was full.
    DroppedLaneFull = "dropped.lane_full",
    /// Too much waited for a subscriber's line already.
    DroppedLineFull = "dropped.line_full",
    /// It waited for its turn on a subscriber's line until its slot, its track or what is kept of it was gone, or its gate closed.
    DroppedGone = "dropped.gone",
    /// It had waited for us so long that nobody has a use for it.
    DroppedStale = "dropped.stale",
    /// Sealing failed.
    DroppedSeal = "dropped.seal",
    /// Asked for again, but not kept any more or never sent.
    DroppedNackUnknown = "dropped.nack_unknown",
    /// Asked for again more often or more than is allowed (S17).
    DroppedNackLimit = "dropped.nack_limit",
    /// Asked for again beyond what is looked for in a second (S17).
    DroppedNackStorm = "dropped.nack_storm",
    /// Reports of arrivals beyond what is read in a second (S17).
    DroppedFeedbackLimit = "dropped.feedback_limit",
    /// Told arrivals of packets that were never sent, or too long ago (S17).
    DroppedFeedbackUnknown = "dropped.feedback_unknown",
    /// Told arrivals at times that cannot be (S17).
    DroppedFeedbackTime = "dropped.feedback_time",
    /// Packets that a report told of as missing beyond those that are sent again unasked.
    DroppedRepairUnasked = "dropped.repair_unasked",
    /// Were to cross to a shard that had no room: its mirrors ask for them.
    DroppedCrossing = "dropped.crossing",
    /// Crossed for a track of which there is no mirror.
    DroppedNoMirror = "dropped.no_mirror",
    /// RTCP entries above the limits (S17).
    DroppedRtcpLimit = "dropped.rtcp_limit",
}

/// The totals since the start.
#[derive(Debug)]
pub struct Counters {
    totals: [u64; Count::ALL.len()],
    latency: LatencyHistogram,
}

impl Default for Counters {
    fn default() -> Self {
        Self { totals: [0; Count::ALL.len()], latency: LatencyHistogram::default() }
    }
}

impl Counters {
    /// Reads a total.
    #[must_use]
    pub fn get(&self, count: Count) -> u64 {
        self.totals[count as usize]
    }

    /// All totals by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Count::ALL.iter().map(|count| (count.name(), self.get(*count)))
    }

    /// From a packet's arrival until all that came of it was sent.
    #[must_use]
    pub fn latency(&self) -> &LatencyHistogram {
        &self.latency
    }

    pub(super) fn add(&mut self, count: Count, by: usize) {
        self.totals[count as usize] += by as u64;
    }

    pub(super) fn one(&mut self, count: Count) {
        self.totals[count as usize] += 1;
    }

    pub(super) fn rejected(&mut self, why: Rejected) {
        self.one(match why {
            Rejected::Stun(Unheard::UserName) => Count::DroppedStunUserName,
            Rejected::Stun(Unheard::Integrity) => Count::DroppedStunIntegrity,
            Rejected::Stun(Unheard::NoSession) => Count::DroppedNoSession,
            Rejected::Stun(Unheard::Unasked) => Count::DroppedStunUnasked,
            Rejected::NoConsent => Count::DroppedNoConsent,
            Rejected::NotReady => Count::DroppedNotReady,
            Rejected::Dtls => Count::DroppedDtls,
            Rejected::Srtp(SrtpError::Unauthentic) => Count::DroppedUnauthentic,
            Rejected::Srtp(SrtpError::Replayed | SrtpError::Repeated) => Count::DroppedReplayed,
            Rejected::Srtp(SrtpError::TooManyStreams) => Count::DroppedTooManyStreams,
            Rejected::Srtp(SrtpError::Malformed | SrtpError::NoRoom | SrtpError::Exhausted) => Count::DroppedMalformed,
        });
    }

    pub(super) fn took(&mut self, time: Duration) {
        self.latency.note(time);
    }
}

/// Counts per upper bound of [`FORWARD_LATENCY_BUCKETS_US`], the last one for everything above.
#[derive(Debug, Default)]
pub struct LatencyHistogram {
    buckets: [u64; FORWARD_LATENCY_BUCKETS_US.len() + 1],
    sum_us: u64,
}

impl LatencyHistogram {
    /// Counts up to each upper bound, and at last of everything: cumulative.
    #[must_use]
    pub fn cumulative(&self) -> [u64; FORWARD_LATENCY_BUCKETS_US.len() + 1] {
        let mut total = 0;
        self.buckets.map(|count| {
            total += count;
            total
        })
    }

    /// The sum of all times.
    #[must_use]
    pub fn sum_us(&self) -> u64 {
        self.sum_us
    }

    fn note(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let at = FORWARD_LATENCY_BUCKETS_US.partition_point(|bound| *bound < us);
        self.buckets[at] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_has_a_name_of_its_own() {
        let mut names: Vec<_> = Count::ALL.iter().map(|count| count.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Count::ALL.len());
    }

    #[test]
    fn a_time_falls_into_the_bucket_with_its_upper_bound() {
        let mut counters = Counters::default();
        for us in [50, 51, 50_000, 50_001] {
            counters.took(Duration::from_micros(us));
        }
        assert_eq!(counters.latency().cumulative(), [1, 2, 2, 2, 2, 2, 2, 2, 3, 4]);
        assert_eq!(counters.latency().sum_us(), 100_102);
    }
}
