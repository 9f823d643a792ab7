//! When a publisher is asked for a keyframe: requests merged, never more often than the interval (S17).

use std::time::{Duration, Instant};

/// A keyframe costs many frames' bits; two requests a second at most keep the uplink calm (PLI: RFC 4585 §6.3.1).
pub const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);

/// The requests for keyframes of one track, or of one layer of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyframeRequests {
    wanted: bool,
    asked_at: Option<Instant>,
}

impl KeyframeRequests {
    /// Somebody needs a keyframe; many at once are one request.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// A keyframe began to arrive: nobody needs to ask any more.
    pub fn handle_keyframe(&mut self) {
        self.wanted = false;
    }

    /// Nobody needs one any more.
    pub fn forget(&mut self) {
        self.wanted = false;
    }

    /// Whether a keyframe is awaited.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Tells whether to send a request now; asked again once per interval until a keyframe arrives.
    pub fn poll(&mut self, now: Instant) -> bool {
        if self.poll_timeout(now).is_none_or(|due| due > now) {
            return false;
        }
        self.asked_at = Some(now);
        true
    }

    /// When [`poll`](Self::poll) will say yes; `now` when it would at once.
    #[must_use]
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        self.wanted.then(|| self.asked_at.map_or(now, |asked| asked + KEYFRAME_INTERVAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s17_a_thousand_wishes_are_two_requests_a_second() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        let asked: Vec<u64> = (0..1000)
            .filter(|ms| {
                requests.want();
                requests.poll(start + Duration::from_millis(*ms))
            })
            .collect();
        assert_eq!(asked, [0, 500]);
    }

    #[test]
    fn s17_keyframes_in_between_do_not_shorten_the_interval() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        let asked = (0..2000)
            .filter(|ms| {
                requests.want();
                let polled = requests.poll(start + Duration::from_millis(*ms));
                requests.handle_keyframe();
                polled
            })
            .count();
        assert_eq!(asked, 4);
    }

    #[test]
    fn a_request_is_repeated_until_the_keyframe_comes() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        assert_eq!(requests.poll_timeout(start), None);
        requests.want();
        assert_eq!(requests.poll_timeout(start), Some(start));
        assert!(requests.poll(start));
        let again = requests.poll_timeout(start).unwrap();
        assert!(!requests.poll(start + KEYFRAME_INTERVAL.mul_f32(0.9)));
        assert!(requests.poll(again));
        requests.handle_keyframe();
        assert_eq!(requests.poll_timeout(start), None);
        assert!(!requests.poll(again + Duration::from_secs(10)));
    }
}
