//! What each of a peer's video slots is to show: its wish, what the track has, and what the line carries.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use super::Router;
use super::encoding::Encoding;
use super::peer::Peer;
use super::rate::usual_bps;
use super::slab::Key;
use super::timers::Due;
use super::track::{Feed, Track, Watcher};
use super::twice::HALF;
use crate::allocation::{Ask, Grant, HEADROOM_PERCENT, Step, WANTED_PERCENT, allocate};
use crate::control::{Event, Kind, LimitReason, SlotLimit, Wish};
use crate::targets::Layer;
use crate::temporal;

/// A picture fills a tile that has up to twice its pixels: enlarged by 1.4 it is not yet soft.
const TILE_PIXELS_PER_PIXEL: u32 = 2;
/// As long as little is known of a line, pictures are shown at their smallest up to this, which 25 of 320 × 180 do not reach. Of nine
/// that have one size, and a large one, more would wait than has room.
const MOST_OF_NEWCOMER_BPS: u64 = 4_000_000;
/// A reason that lasts for so long is told: while another encoding is on its way nobody is to be told that it lacks.
const LIMITS_AFTER: Duration = Duration::from_millis(500);
/// A larger picture that moves at less than half its speed is worse than a smaller one; where packets are lost, at less
/// than its whole speed: frames that wait for repairs are missing besides.
const SPEEDS_OF_LARGER: usize = 2;
const SPEEDS_OF_LARGER_WITH_LOSSES: usize = 1;

/// Whether pictures may become better at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// Somebody has chosen what is shown.
    Free,
    /// Only the line has changed.
    Restrained,
}

/// What becomes of a slot that shows a picture, and is to show one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    /// The same picture from a smaller encoding.
    Smaller,
    Larger,
    /// Another picture, or another encoding of the same size.
    Other,
}

/// What a slot gets: of what arrives, of all that its publisher could send, and what the publisher is to send.
#[derive(Clone, Copy, Debug)]
struct Granted {
    arriving: Grant,
    possible: Grant,
    begun: Grant,
}

/// What a slot is to show.
#[derive(Clone, Copy, Debug)]
struct Wished {
    slot: usize,
    track: Key<Track>,
    /// That fill its tile.
    pixels: u32,
    priority: u8,
    held: Option<(usize, Layer)>,
}

impl Track {
    /// What a viewer could be sent of those encodings for which `may` holds, if there are any: of each picture its
    /// speeds, the smallest picture first; of all but that only so many, the fastest ones.
    fn ladder(&self, speeds: usize, may: impl Fn(&Encoding) -> bool) -> Vec<Step> {
        let count = self.encodings.len();
        let any = self.encodings.iter().any(&may);
        let mut pictures: Vec<(u32, usize, usize)> = (0..count)
            .filter(|place| !any || may(&self.encodings[*place]))
            .flat_map(|place| {
                let encoding = &self.encodings[place];
                let pixels = move |picture| (encoding.pixels_of(picture, (place, count)), place, picture);
                (0..encoding.rate.pictures()).map(pixels)
            })
            .collect();
        pictures.sort_unstable();
        pictures.dedup_by_key(|(pixels, ..)| *pixels);
        let mut ladder = Vec::with_capacity(pictures.len() * 4);
        for (pixels, place, picture) in pictures {
            let encoding = &self.encodings[place];
            let steps = || encoding.rate.steps((picture, encoding.has_smaller_pictures()), pixels);
            let below = if ladder.is_empty() { 0 } else { steps().count().saturating_sub(speeds) };
            let is_top = picture + 1 == encoding.rate.pictures();
            let spatial = if is_top { temporal::ALL } else { u8::try_from(picture).unwrap_or(temporal::ALL) };
            ladder.extend(steps().skip(below).map(|(temporal, bitrate_bps)| {
                let layer = Layer { spatial, temporal };
                Step { place, layer, pixels, bitrate_bps }
            }));
        }
        ladder
    }
}

impl Peer {
    /// How many speeds of a larger picture are better than the smaller one.
    fn speeds(&self) -> usize {
        if self.bandwidth.is_lossy() { SPEEDS_OF_LARGER_WITH_LOSSES } else { SPEEDS_OF_LARGER }
    }
}

impl Router {
    /// A peer may be sent so much of pictures at most; its slots are shared anew.
    pub(super) fn allow_video(&mut self, now: Instant, key: Key<Peer>, budget_bps: Option<u64>) {
        self.complete();
        let Some(peer) = self.peers.get_mut(key) else { return };
        if std::mem::replace(&mut peer.video_budget, budget_bps) != budget_bps {
            self.resolve_wishes(now, key);
        }
    }

    /// Brings a peer's video slots in step with its wishes, the tracks there are, and its line.
    pub(super) fn resolve_wishes(&mut self, now: Instant, key: Key<Peer>) {
        for slot in 0..self.peers.get(key).map_or(0, |peer| peer.slots.len()) {
            let shows = |peer: &Peer| peer.slots[slot].setup.kind == Kind::Video;
            if self.peers.get(key).is_some_and(shows) && self.wished(key, slot).is_none() {
                self.grant(now, Watcher { peer: key, slot }, None);
            }
        }
        self.share(now, key, |_| true, Growth::Free);
    }

    /// The same for one track, which has changed.
    pub(super) fn resolve_wishes_of(&mut self, now: Instant, key: Key<Peer>, track: Key<Track>) {
        // Where slots share a line, what one gets concerns them all.
        let limited = self.peers.get(key).is_some_and(|peer| peer.video_budget.is_some());
        let shared = limited || self.picture_budget(now, key).is_some();
        self.share(now, key, |wished| shared || wished.track == track, Growth::Free);
    }

    /// The line carries more or less than before; who has just got less waits for more.
    pub(super) fn share_anew(&mut self, now: Instant, key: Key<Peer>) {
        self.share(now, key, |_| true, Growth::Restrained);
    }

    /// Nothing is known to have changed but what pictures cost: tells what there is to send.
    pub(super) fn want_anew(&mut self, now: Instant, key: Key<Peer>) {
        let budget = self.picture_budget(now, key);
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.shared = Some((now, budget));
        let Some(peer) = self.peers.get(key) else { return };
        let most = peer.video_budget;
        let wished: Vec<Wished> = (0..peer.slots.len()).filter_map(|slot| self.wished(key, slot)).collect();
        let speeds = peer.speeds();
        let all = self.ladders(&wished, speeds, |_| true);
        let possible = allocate(&asks(&wished, &all, false), budget.into_iter().chain(most).min());
        self.want_of_line(key, &wished, (&all, &possible));
    }

    fn share(&mut self, now: Instant, key: Key<Peer>, concerned: impl Fn(&Wished) -> bool, growth: Growth) {
        let budget = self.picture_budget(now, key);
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.shared = Some((now, budget));
        let Some(peer) = self.peers.get(key) else { return };
        let slots = (0..peer.slots.len()).filter_map(|slot| self.wished(key, slot));
        let wished: Vec<Wished> = slots.filter(|wished| concerned(wished)).collect();
        let rests = growth == Growth::Restrained && peer.restraint.rests(now);
        // What is sent of what arrives; and what would be, if publishers sent all that is wanted of them.
        let speeds = peer.speeds();
        let live = self.ladders(&wished, speeds, |encoding| encoding.live);
        let all = self.ladders(&wished, speeds, |_| true);
        let budget = budget.map(|budget| budget.max(self.smallest_of_newcomer(now, key, &live)));
        let budget = budget.into_iter().chain(self.peers.get(key).and_then(|peer| peer.video_budget)).min();
        let held = held_bps(&wished, &live);
        let restraint = self.peers.get(key).filter(|_| growth == Growth::Restrained).map(|peer| peer.restraint);
        let costs = (held, smallest_bps(&live));
        let budget = budget.map(|bps| restraint.map_or(bps, |restraint| restraint.of_budget(now, bps, costs)));
        let budget = self.halved(key, &asks(&wished, &live, rests), budget);
        let arriving = allocate(&asks(&wished, &live, rests), budget);
        let possible = allocate(&asks(&wished, &all, rests), budget);
        // What a newcomer could be sent is begun while its line becomes known.
        let begun = if self.is_unknown(now, key) {
            let most = self.peers.get(key).and_then(|peer| peer.video_budget);
            allocate(&asks(&wished, &all, false), most)
        } else {
            possible.clone()
        };
        self.want_of_line(key, &wished, (&all, &possible));
        // While a line becomes known, what it seemed to carry says nothing of how steady it is.
        if growth == Growth::Restrained && !self.is_unknown(now, key) {
            let moved = moved(&wished, (&live, &arriving));
            if let Some(peer) = self.peers.get_mut(key) {
                peer.restraint.note(now, moved, held);
            }
        }
        for (at, wished) in wished.iter().enumerate() {
            let watcher = Watcher { peer: key, slot: wished.slot };
            let granted = Granted { arriving: arriving[at], possible: possible[at], begun: begun[at] };
            self.grant(now, watcher, Some((wished.track, granted)));
        }
    }

    /// What pictures are chosen for: half of a budget where each is sent twice, if then all are shown nevertheless.
    fn halved(&mut self, key: Key<Peer>, asks: &[Ask<'_>], budget: Option<u64>) -> Option<u64> {
        let Some(peer) = self.peers.get_mut(key) else { return budget };
        let half = budget.filter(|_| peer.twice.is_worth_it).map(|bps| bps / HALF);
        let half = half.filter(|half| allocate(asks, Some(*half)).iter().all(|one| one.reason != LimitReason::Paused));
        peer.twice.is_on = half.is_some();
        half.or(budget)
    }

    fn ladders(&self, wished: &[Wished], speeds: usize, may: impl Fn(&Encoding) -> bool) -> Vec<Vec<Step>> {
        let ladder = |wished: &Wished| self.tracks.get(wished.track).map(|track| track.ladder(speeds, &may));
        wished.iter().map(|wished| ladder(wished).unwrap_or_default()).collect()
    }

    /// Whether what a peer's line carries is not known yet, and soon will be.
    fn is_unknown(&self, now: Instant, key: Key<Peer>) -> bool {
        let peer = self.peers.get(key);
        peer.is_some_and(|peer| self.line_budget(peer).is_some() && !peer.bandwidth.is_settled(now))
    }

    /// What all pictures of a peer cost at their smallest, as long as little is known of its line: they are shown, up to a bound.
    fn smallest_of_newcomer(&self, now: Instant, key: Key<Peer>, ladders: &[Vec<Step>]) -> u64 {
        if self.peers.get(key).is_none_or(|peer| peer.bandwidth.is_settled(now)) {
            return 0;
        }
        smallest_bps(ladders).min(MOST_OF_NEWCOMER_BPS)
    }

    /// Tells who learns of a line what there is to send, so that it finds out whether all fits.
    fn want_of_line(&mut self, key: Key<Peer>, wished: &[Wished], (ladders, possible): (&[Vec<Step>], &[Grant])) {
        let best = allocate(&asks(wished, ladders, false), None);
        let flows = |wished: &Wished| self.tracks.get(wished.track).is_some_and(Track::is_live);
        let flowing = || wished.iter().zip(&best).zip(possible).filter(|((wished, _), _)| flows(wished));
        // A still picture, such as a page on a screen, may move at any moment.
        let most = |step: Step| u64::from(step.bitrate_bps).max(usual_bps(step.pixels));
        let bps: u64 = flowing().filter_map(|((_, best), _)| best.step.map(most)).sum();
        let withheld = flowing().any(|(_, possible)| possible.reason == LimitReason::Paused);
        let Some(peer) = self.peers.get(key) else { return };
        let bps = if peer.twice.is_worth_it { bps * HALF } else { bps };
        let bps = (bps + self.sound_bps(peer)) * WANTED_PERCENT / 100;
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.bandwidth.set_wanted(u32::try_from(bps).unwrap_or(u32::MAX));
        peer.bandwidth.set_withheld(withheld);
    }

    /// What a video slot is to show; nothing, if that is not here.
    fn wished(&self, key: Key<Peer>, at: usize) -> Option<Wished> {
        let peer = self.peers.get(key)?;
        let slot = peer.slots.get(at).filter(|slot| slot.setup.kind == Kind::Video)?;
        let wish = peer.wishes.iter().find(|wish| wish.slot == slot.setup.slot)?;
        let Wish { track, width, height, priority, .. } = wish;
        let track_key = *self.tracks_by_id.get(track.as_deref()?)?;
        let track = self.tracks.get(track_key)?;
        // Nobody sees into another meeting, and nobody is sent the own picture.
        if track.meeting != peer.meeting || track.kind != Kind::Video || track.publisher() == Some(key) {
            return None;
        }
        let pixels = match width.saturating_mul(*height) {
            0 => u32::MAX, // a tile of unknown size
            pixels => pixels / TILE_PIXELS_PER_PIXEL,
        };
        let held = slot.wanted.filter(|wanted| wanted.track == track_key);
        let held = held.map(|wanted| (wanted.place, slot.granted));
        Some(Wished { slot: at, track: track_key, pixels, priority: *priority, held })
    }

    /// Lets a slot show what it was granted.
    fn grant(&mut self, now: Instant, watcher: Watcher, granted: Option<(Key<Track>, Granted)>) {
        let Some(slot) = self.slot_mut(watcher) else { return };
        let feed = |track, grant: Grant| -> Option<Feed> { Some(Feed { track, place: grant.step?.place }) };
        let wanted = granted.and_then(|(track, granted)| feed(track, granted.arriving));
        let desired = granted.and_then(|(track, granted)| feed(track, granted.begun));
        let limit = granted.map(|(_, granted)| reason(granted.arriving, granted.possible));
        let layer = granted.and_then(|(_, granted)| granted.arriving.step).map_or(Layer::ALL, |step| step.layer);
        slot.granted = layer;
        let shown = slot.shown.map(|shown| shown.feed);
        let change = self.change(shown, wanted);
        let Some(slot) = self.slot_mut(watcher) else { return };
        slot.awaits_smaller = change == Change::Smaller && limit == Some(LimitReason::Line);
        slot.set_layer(match change {
            Change::Larger => Layer::ALL,
            // Until a larger picture can be left for a smaller one, there are fewer of it.
            Change::Smaller | Change::Other if limit == Some(LimitReason::Line) => {
                Layer { spatial: temporal::ALL, temporal: 0 }
            }
            _ => layer,
        });
        let before = std::mem::replace(&mut slot.desired, desired);
        let limited_before = std::mem::replace(&mut slot.limit, limit);
        if before != desired {
            for feed in [before, desired].into_iter().flatten() {
                self.review_later(now, feed.track);
            }
        }
        if limited_before != limit {
            self.tell_limits_later(now, watcher.peer);
        }
        self.want(now, watcher, wanted);
    }

    fn change(&self, shown: Option<Feed>, wanted: Option<Feed>) -> Change {
        let (Some(shown), Some(wanted)) = (shown, wanted) else { return Change::None };
        let track = self.tracks.get(wanted.track).filter(|_| shown.track == wanted.track);
        let Some(track) = track else { return Change::Other };
        let pixels = |place: usize| track.encodings[place].pixels(place, track.encodings.len());
        match pixels(wanted.place).cmp(&pixels(shown.place)) {
            Ordering::Less => Change::Smaller,
            Ordering::Greater => Change::Larger,
            Ordering::Equal if shown.place == wanted.place => Change::None,
            Ordering::Equal => Change::Other,
        }
    }

    pub(super) fn tell_limits_later(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        let at = *peer.limits_at.get_or_insert(now + LIMITS_AFTER);
        self.timers.set(Due::Peer(key), at);
    }

    /// Tells why a peer's slots show no better pictures, when that is due and has changed.
    pub(super) fn tell_limits(&mut self, now: Instant, key: Key<Peer>) {
        let Some(peer) = self.peers.get(key).filter(|peer| peer.limits_at.is_some_and(|at| at <= now)) else { return };
        let is_of_line = |limit| matches!(limit, Some(LimitReason::Line | LimitReason::Paused));
        if self.is_unknown(now, key) && peer.slots.iter().any(|slot| is_of_line(slot.limit)) {
            // What a line carries is not known yet: it is not said to be too narrow.
            if let Some(peer) = self.peers.get_mut(key) {
                peer.limits_at = Some(now + LIMITS_AFTER);
            }
            return;
        }
        let limited = peer.slots.iter().filter(|slot| slot.setup.kind == Kind::Video).filter_map(|slot| {
            let wish = peer.wishes.iter().find(|wish| wish.slot == slot.setup.slot)?;
            Some(SlotLimit { slot: wish.slot, track: wish.track.clone()?, reason: slot.limit? })
        });
        let limits: Vec<SlotLimit> = limited.collect();
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.limits_at = None;
        if peer.limits != limits {
            peer.limits.clone_from(&limits);
            let transport = peer.id.clone();
            self.out.tell(Event::Limits { transport, limits });
        }
    }
}

fn asks<'a>(wished: &[Wished], ladders: &'a [Vec<Step>], rests: bool) -> Vec<Ask<'a>> {
    let asks = wished.iter().zip(ladders).map(|(wished, ladder)| Ask {
        priority: wished.priority,
        pixels: wished.pixels,
        ladder,
        held: wished.held,
        may_grow: !rests,
    });
    asks.collect()
}

/// A budget of which all get their smallest picture.
fn smallest_bps(ladders: &[Vec<Step>]) -> u64 {
    let smallest = ladders.iter().filter_map(|ladder| ladder.first());
    let bps: u64 = smallest.map(|step| u64::from(step.bitrate_bps)).sum();
    bps + bps * HEADROOM_PERCENT / 100 + 1
}

/// Where in its ladder a picture is that is shown.
fn place(ladder: &[Step], held: (usize, Layer)) -> Option<usize> {
    ladder.iter().position(|step| (step.place, step.layer) == held)
}

/// What the pictures cost that are shown.
fn held_bps(wished: &[Wished], ladders: &[Vec<Step>]) -> u64 {
    let held = |(wished, ladder): (&Wished, &Vec<Step>)| Some(ladder[place(ladder, wished.held?)?].bitrate_bps);
    wished.iter().zip(ladders).filter_map(held).map(u64::from).sum()
}

/// Whether any picture becomes worse for the sake of the line, and whether any becomes better.
fn moved(wished: &[Wished], (ladders, granted): (&[Vec<Step>], &[Grant])) -> (bool, bool) {
    let mut moved = (false, false);
    for ((wished, ladder), grant) in wished.iter().zip(ladders).zip(granted) {
        let Some(held) = wished.held.and_then(|held| place(ladder, held)) else { continue };
        let now = grant.step.and_then(|step| place(ladder, (step.place, step.layer)));
        let by_line = matches!(grant.reason, LimitReason::Line | LimitReason::Paused);
        moved.0 |= by_line && now.is_none_or(|now| now < held);
        moved.1 |= now.is_some_and(|now| now > held);
    }
    moved
}

/// Why a slot shows no better picture: what keeps it from what it could get, or else what keeps that.
fn reason(arriving: Grant, possible: Grant) -> LimitReason {
    let pixels = |grant: Grant| grant.step.map_or(0, |step| step.pixels);
    if pixels(arriving) < pixels(possible) { arriving.reason } else { possible.reason }
}
