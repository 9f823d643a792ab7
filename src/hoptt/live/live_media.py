"""The media of one meeting, seen from its task: gates kept as they are to be, events turned into signals."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import ParticipantId
from hoptt.live import gates
from hoptt.live.deliveries import ALL_OFF, LayersNow, LevelsNow, LimitsNow, MediaLost, ShowsNow, Sign, Switches
from hoptt.live.fanout import Fanout
from hoptt.live.line_signs import LineSigns
from hoptt.live.loudness import Loudness
from hoptt.live.observe import Observer
from hoptt.meeting.state import Meeting, Participant, Rights
from hoptt.meeting.words import Source
from hoptt.sfu.contract import (
    EngineAway,
    EngineBack,
    Flow,
    GateState,
    Heard,
    IceCredentials,
    LayersTold,
    LimitsTold,
    LineSeen,
    MediaAnswer,
    MediaConnected,
    MediaEvent,
    MediaFound,
    MediaGone,
    MeetingMedia,
    SlotShows,
    SourceDown,
    SourceUp,
    Tile,
)

PICTURES = (Source.CAMERA, Source.SCREEN)
SAY_AGAIN_S = 0.5
"""After a call that the engine did not answer, gates are said again."""


_Basis: TypeAlias = tuple[Participant, Participant | None, Switches]


class LiveMedia:
    """Owns switches, gates and lines of a meeting. Every call to the engine runs beside the meeting's task."""

    def __init__(self, fanout: Fanout, observer: Observer) -> None:
        self.switches: dict[ParticipantId, Switches] = {}
        self.speaker: ParticipantId | None = None
        """Who led the talk last."""
        self.codecs: dict[gates.Key, str] = {}
        """In which codec a source came, as far as is known."""
        self._fanout = fanout
        self._observer = observer
        self._media: MeetingMedia | None = None
        self._with_transport: set[ParticipantId] = set()
        self._sent: dict[gates.Key, GateState] = {}
        self._bases: dict[ParticipantId, _Basis] = {}
        """What the gates sent last were made of: a meeting of hundreds is looked through at each step."""
        self._books: tuple[Meeting, Meeting] | None = None
        self._stage_voice: ParticipantId | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._lines = LineSigns()
        self._loudness = Loudness()
        self._again: asyncio.TimerHandle | None = None
        self._ended = False

    def begin(self, media: MeetingMedia, found: MediaFound | None) -> None:
        """Take the media of the meeting; `found` is what the engine had from before a restart.

        A switch is taken as on only where the engine's gate stands open: nothing opens by a restart.
        """
        self._media = media
        if found is None:
            return
        self._with_transport = set(found.connected)
        for (who, source), gate in found.gates.items():
            if gate.open and source is not Source.SCREEN_AUDIO:
                self.switches[who] = gates.turned(self.switches.get(who, ALL_OFF), source, on=True)

    # ---- what the rules say ------------------------------------------------------------------------

    def follow(self, state: Meeting, draft: Meeting, *, urgent: bool = False) -> None:
        """Bring switches and gates in step with the books; what is to close is on its way when this returns."""
        self._books = (state, draft)
        for who in [w for w in self.switches if w not in state.participants]:
            if self.switches.pop(who) != ALL_OFF:
                # they may come in again under the same id before everybody has been told what they had on
                self._fanout.switched(who, ALL_OFF, urgent=False)
        for who, before in list(self.switches.items()):
            if before is not ALL_OFF:
                self._keep_within(who, before, urgent=urgent)
        self._send_gates()
        self._send_stage_voice(state.floor.holder)

    def _keep_within(self, who: ParticipantId, before: Switches, *, urgent: bool) -> None:
        """Turn off what there is no right to any more."""
        after = gates.within(before, self._rights(who))
        if after != before:
            self.switches[who] = after
            self._fanout.switched(who, after, urgent=urgent)

    def _rights(self, who: ParticipantId) -> Rights:
        if self._books is None:
            return gates.NOTHING
        state, draft = self._books
        return gates.effective(state.participants.get(who), draft.participants.get(who))

    def turn_off_microphones(self, who: Iterable[ParticipantId]) -> None:
        """Turn microphones off by the chair's act; their owners may turn them on again if they have the right."""
        for one in who:
            before = self.switches.get(one, ALL_OFF)
            self.switches[one] = gates.turned(before, Source.MICROPHONE, on=False)
            self._fanout.switched(one, self.switches[one], urgent=True)

    def turn_on_microphone(self, who: ParticipantId) -> None:
        """Turn a microphone on by its owner's press on *take the floor*; nothing without the right."""
        if gates.may(self._rights(who), Source.MICROPHONE):
            self.switch(who, Source.MICROPHONE, on=True)

    def come_in(self, who: ParticipantId, wished: Switches) -> None:
        """Set the switches of somebody who took a seat, as far as they have the right.

        Nobody is told of a newcomer who has all of them off: off is what pages take for granted.
        """
        before = self.switches.get(who, ALL_OFF)
        after = self.switches[who] = gates.within(wished, self._rights(who))
        if after != before:
            self._fanout.switched(who, after, urgent=False)
        self._send_gates_of([who])

    def switch(self, who: ParticipantId, source: Source, *, on: bool) -> None:
        """Turn one's own switch. Raises HopttError(NOT_ALLOWED) without the right, NOT_IN_MEETING without a seat."""
        if self._books is None or who not in self._books[1].participants:
            raise HopttError(ErrorCode.NOT_IN_MEETING, "no seat in this meeting")
        if on and not gates.may(self._rights(who), source):
            raise HopttError(ErrorCode.NOT_ALLOWED, f"no right to {source}", details={"source": source.value})
        self.switches[who] = gates.turned(self.switches.get(who, ALL_OFF), source, on=on)
        self._fanout.switched(who, self.switches[who], urgent=not on)
        self._send_gates_of([who])

    # ---- what the pages ask ------------------------------------------------------------------------

    async def negotiate(
        self,
        who: ParticipantId,
        sdp: str,
        *,
        fresh: bool,
        flow: Flow = Flow.BOTH,
        codec: str | None = None,
        note: str = "",
    ) -> MediaAnswer:
        """Answer an offer, then set the gates of what it publishes."""
        media = self._need_media()
        if fresh:
            answer = await media.open(who, sdp, flow=flow, codec=codec, note=note)
        else:
            answer = await media.renegotiate(who, sdp)
        if self._books is None or who not in self._books[1].participants:
            self.close(who)  # removed while the engine was at work (S26)
            raise HopttError(ErrorCode.NOT_IN_MEETING, "no seat in this meeting")
        self._with_transport.add(who)
        self._forget_sent(who)
        self._send_gates_of([who])
        return answer

    async def restart_ice(self, who: ParticipantId, peer: IceCredentials) -> str:
        """Begin a new ICE session on somebody's transport, and give our side of it."""
        return await self._need_media().restart_ice(who, peer)

    def ice_of(self, who: ParticipantId) -> IceCredentials | None:
        """Give the peer's credentials of somebody's ICE session."""
        return None if self._media is None else self._media.ice_of(who)

    async def view(self, who: ParticipantId, tiles: Sequence[Tile]) -> None:
        """Pass on what a page shows, with what is to come first when the line is short (R24)."""
        first = next((tile for tile in tiles if tile.source is Source.CAMERA), None)
        pictures = [replace(t, priority=_priority(t, first=t is first)) for t in tiles if t.source in PICTURES]
        await self._need_media().set_view(who, pictures)

    def has_transport(self, who: ParticipantId) -> bool:
        """Tell whether somebody's media session lives, as far as is known."""
        return who in self._with_transport

    def shows(self, who: ParticipantId) -> tuple[SlotShows, ...]:
        """Give what somebody's slots carry."""
        return () if self._media is None else tuple(self._media.shows(who))

    def layers(self, who: ParticipantId) -> tuple[LayersTold, ...]:
        """Give what was last told of somebody's own sources."""
        return () if self._media is None else tuple(self._media.layers(who))

    def limits(self, who: ParticipantId) -> LimitsTold | None:
        """Give what was last told of the pictures somebody is to be shown."""
        return None if self._media is None else self._media.limits(who)

    @property
    def signs(self) -> Mapping[ParticipantId, Sign]:
        """How lines do that have been told of."""
        return self._lines.told

    @property
    def lines(self) -> Mapping[ParticipantId, LineSeen]:
        """What the engine saw of each line in its last second."""
        return self._lines.seen

    # ---- closing -----------------------------------------------------------------------------------

    def close(self, who: ParticipantId) -> None:
        """Close somebody's transport."""
        self._with_transport.discard(who)
        self._lines.forget(who)
        self._fanout.forget_line(who)
        self._forget_sent(who)
        if self._media is not None:
            self._call(self._media.close(who))

    def end(self) -> None:
        """Close all there is (R21)."""
        self.stop()
        self._with_transport.clear()
        self._forget_all_sent()
        if self._media is not None:
            self._call(self._media.end())

    def stop(self) -> None:
        """Say nothing more to the engine by itself."""
        self._ended = True
        if self._again is not None:
            self._again.cancel()

    def reconcile(self, seats: Mapping[ParticipantId, object]) -> None:
        """Close transports of those who have no seat (after a restart: close first, then remove, then add)."""
        for who in [w for w in self._with_transport if w not in seats]:
            self.close(who)

    # ---- what the engine tells ---------------------------------------------------------------------

    def hear(self, event: MediaEvent) -> None:
        """Turn an event of the engine into what pages are told."""
        match event:
            case MediaConnected():
                self._with_transport.add(event.participant)
            case MediaGone():
                if event.participant in self._with_transport:
                    self._with_transport.discard(event.participant)
                    self._fanout.tell(event.participant, MediaLost())
            case SlotShows():
                self._fanout.tell(event.viewer, ShowsNow(event))
            case LayersTold():
                self._fanout.tell(event.participant, LayersNow(event))
            case LimitsTold():
                self._fanout.tell(event.viewer, LimitsNow(event))
            case Heard():
                self._heard(event)
            case LineSeen():
                self._line(event)
            case EngineBack():
                self._engine_back(fresh=event.fresh)
            case EngineAway():
                self._forget_all_sent()
            case SourceUp():
                self.codecs[event.participant, event.source] = event.codec
            case SourceDown():
                pass  # the engine knows best what to show; pages see it by their slots

    def _engine_back(self, *, fresh: bool) -> None:
        self._forget_all_sent()
        if fresh:
            gone, self._with_transport = self._with_transport, set()
            for who in gone:
                self._fanout.tell(who, MediaLost())
        self._send_gates()

    def _heard(self, event: Heard) -> None:
        self.speaker = event.dominant or self.speaker
        if self._loudness.is_news(event):
            self._fanout.levels(LevelsNow(event.levels, event.dominant))

    def _line(self, event: LineSeen) -> None:
        on = self.switches.get(event.participant, ALL_OFF)
        sign = self._lines.take(event, sends=on.microphone or on.camera)
        if sign is not None:
            self._fanout.lines({event.participant: sign})

    # ---- the engine's side -------------------------------------------------------------------------

    def _send_gates(self) -> None:
        """Send what differs from what was sent, of everybody."""
        self._send_gates_of(self._with_transport)

    def _send_gates_of(self, some: Iterable[ParticipantId]) -> None:
        """Send what differs, of these as far as they have a transport: others have no track to gate."""
        if self._books is None or self._media is None:
            return
        state, draft = self._books
        changed: dict[gates.Key, GateState] = {}
        for who in some:
            if who not in self._with_transport:
                continue
            seat, decided = state.participants.get(who), draft.participants.get(who)
            on, basis = self.switches.get(who, ALL_OFF), self._bases.get(who)
            if seat is None or (basis and basis[0] is seat and basis[1] is decided and basis[2] is on):
                continue
            self._bases[who] = (seat, decided, on)
            for key, gate in gates.gates_of(seat, decided, on).items():
                if self._sent.get(key) != gate:
                    changed[key] = gate
        if changed:
            self._sent.update(changed)
            self._call(self._media.set_gates(changed))

    def _send_stage_voice(self, holder: ParticipantId | None) -> None:
        """Let audio slot 0 carry who has the floor. The engine's side repeats it to an engine that comes back."""
        if self._media is not None and holder != self._stage_voice:
            self._stage_voice = holder
            self._call(self._media.set_stage_voice(holder))

    def _forget_sent(self, who: ParticipantId) -> None:
        self._bases.pop(who, None)
        for source in gates.SOURCES:
            self._sent.pop((who, source), None)
            self.codecs.pop((who, source), None)

    def _forget_all_sent(self) -> None:
        self._bases.clear()
        self._sent.clear()

    def _need_media(self) -> MeetingMedia:
        if self._media is None:
            raise HopttError(ErrorCode.ENGINE_AWAY, "the media engine is not there yet")
        return self._media

    def _call(self, call: Coroutine[object, object, None]) -> None:
        """Let a call to the engine run beside; calls begin in the order in which they were made."""
        task = asyncio.get_running_loop().create_task(self._guard(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _guard(self, call: Coroutine[object, object, None]) -> None:
        try:
            await call
        except HopttError:
            self._forget_all_sent()  # nothing is known of its effect: everything is said again
            self._say_again_soon()
        except Exception as bug:
            self._observer.bug(bug)

    def _say_again_soon(self) -> None:
        if self._again is None and not self._ended:
            self._again = asyncio.get_running_loop().call_later(SAY_AGAIN_S, self._say_again)

    def _say_again(self) -> None:
        self._again = None
        self._send_gates()


def _priority(tile: Tile, *, first: bool) -> int:
    """3 screen, 2 the camera that the page names first, 0 the rest."""
    if tile.source is Source.SCREEN:
        return 3
    return 2 if first else 0
