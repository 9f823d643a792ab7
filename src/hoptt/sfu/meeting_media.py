"""The media of one meeting: who has a transport, what their slots are to show and do show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence

import structlog

from hoptt.errors import ErrorCode, HopttError
from hoptt.ids import MeetingId, ParticipantId, TransportId
from hoptt.meeting.words import Source
from hoptt.sfu.client import RefusedByEngineError
from hoptt.sfu.contract import (
    Carried,
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
    SlotShows,
    SourceDown,
    SourceUp,
    Tile,
)
from hoptt.sfu.engine import Engine
from hoptt.sfu.frames import (
    ApplySession,
    CloseMeeting,
    CloseReason,
    CloseTransport,
    Command,
    CreateMeeting,
    CreateTransport,
    Gate,
    LayersWanted,
    Levels,
    Limits,
    LineStats,
    RestartIce,
    SetGates,
    SetStageVoice,
    SetVideo,
    SlotMapped,
    Snapshot,
    TrackDown,
    TrackUp,
    TransportChanged,
    TransportCreated,
    TransportSnapshot,
    TransportState,
    Welcome,
    Wish,
)
from hoptt.sfu.names import owner_of, source_of, track_id, transport_id
from hoptt.sfu.restarting import begins_anew
from hoptt.sfu.sdp import Local, Session, answer, decode, negotiate, parse_offer, write_fragment
from hoptt.sfu.transport import Transport, tile_of

log = structlog.get_logger(__name__)


class EngineMeetingMedia:
    """Implements `contract.MeetingMedia`.

    The engine does what was wished last; after an absence every wish is repeated but the gates: those are the caller's.
    """

    def __init__(
        self,
        engine: Engine,
        meeting: MeetingId,
        audio_slots: int,
        homes: MutableMapping[ParticipantId, EngineMeetingMedia],
        *,
        red: bool = False,
    ) -> None:
        self._engine = engine
        self._meeting = meeting
        self._audio_slots = audio_slots
        self._red = red
        self._homes = homes
        self._hear: Callable[[MediaEvent], None] = _nobody
        self._ended: Callable[[], object] = _nothing
        self._transports: dict[ParticipantId, Transport] = {}
        self._generations: dict[ParticipantId, int] = {}
        self._views: dict[ParticipantId, tuple[Tile, ...]] = {}
        self._stage_voice: ParticipantId | None = None
        self._turns: dict[ParticipantId, asyncio.Lock] = {}
        self._found = MediaFound()

    def attend(self, hear: Callable[[MediaEvent], None], *, ended: Callable[[], object]) -> None:
        """Say who listens from now on."""
        self._hear, self._ended = hear, ended

    # ---- contract.MeetingMedia ---------------------------------------------------------------------

    async def open(
        self,
        participant: ParticipantId,
        offer: str,
        *,
        flow: Flow = Flow.BOTH,
        codec: str | None = None,
        note: str = "",
    ) -> MediaAnswer:
        """Make a fresh transport, replacing an old one. Every gate of it starts closed."""
        agreed = negotiate(
            parse_offer(offer), None, audio_slots=self._audio_slots, flow=flow, codec=codec, red=self._red
        )
        session = agreed.noted(note)
        welcome = self._engine.welcome
        self._drop(participant)
        transport = Transport(self._next_id(participant), participant, session)
        self._transports[participant] = transport
        self._homes[participant] = self
        apply = session.applied(transport.id, participant)
        create = CreateTransport(id=0, meeting=self._meeting, transport=transport.id)
        async with self._turn(participant):
            try:
                created = await self._engine.ask(create)
                assert isinstance(created, TransportCreated), "create_transport is answered by transport_created"
                self._still(participant, transport)
                transport.ufrag, transport.pwd = created.ufrag, created.pwd
                await self._apply(apply)
                self._still(participant, transport)
            except BaseException:
                if self._transports.get(participant) is transport:
                    self._drop(participant)
                raise
        self._show_again(participant)
        return MediaAnswer(answer(session, _local(transport, welcome)), session.slots, session.sources)

    async def renegotiate(self, participant: ParticipantId, offer: str) -> MediaAnswer:
        """Answer a re-offer on the transport that is there. New sources start with their gate closed."""
        parsed = parse_offer(offer)
        async with self._turn(participant):
            transport = self._transports.get(participant)
            if transport is None or transport.session is None:
                raise HopttError(ErrorCode.NOT_POSSIBLE, "there is no media session to negotiate again")
            before = transport.session
            session = negotiate(parsed, before, audio_slots=self._audio_slots, red=self._red)
            welcome = self._engine.welcome
            await self._go_on(transport, before, session)
        self._show_again(participant)
        return MediaAnswer(answer(session, _local(transport, welcome)), session.slots, session.sources)

    async def restart_ice(self, participant: ParticipantId, peer: IceCredentials) -> str:
        """Begin a new ICE session on the transport that is there, and give our side of it."""
        async with self._turn(participant):
            transport = self._transports.get(participant)
            if transport is None or transport.session is None:
                raise HopttError(ErrorCode.NOT_POSSIBLE, "there is no media session whose ICE could begin anew")
            before, welcome = transport.session, self._engine.welcome
            await self._go_on(transport, before, before.with_ice(peer))
            return write_fragment(before, _local(transport, welcome))

    def ice_of(self, participant: ParticipantId) -> IceCredentials | None:
        """Give the peer's credentials of the ICE session that goes on."""
        transport = self._transports.get(participant)
        session = None if transport is None else transport.session
        return None if session is None else IceCredentials(session.ufrag, session.pwd)

    async def close(self, participant: ParticipantId) -> None:
        """Close the participant's transport; none is fine."""
        self._views.pop(participant, None)
        self._turns.pop(participant, None)
        self._drop(participant)

    async def set_gates(self, gates: Mapping[tuple[ParticipantId, Source], GateState]) -> None:
        """Set these gates, all of them in one frame. A source that is not published is skipped."""
        frame = [
            Gate(track=track_id(who, source), allowed=gate.allowed, on=gate.on, vetoed=gate.vetoed)
            for (who, source), gate in gates.items()
        ]
        await self._engine.ask(SetGates(id=0, gates=frame))

    async def set_view(self, participant: ParticipantId, tiles: Sequence[Tile]) -> None:
        """Say what the participant's video slots are to show; slots not named carry nothing."""
        self._views[participant] = tuple(tiles)
        transport = self._transports.get(participant)
        if transport is not None:
            await self._engine.ask(self._video(transport, participant))

    async def set_stage_voice(self, participant: ParticipantId | None) -> None:
        """Say whose voice audio slot 0 carries first; None: the dominant speaker."""
        self._stage_voice = participant
        await self._engine.ask(self._voice())

    async def end(self) -> None:
        """Close every transport of the meeting and forget it."""
        self.drop()
        self._ended()
        self.attend(_nobody, ended=_nothing)  # who listens holds this one: neither would ever be let go of
        await self._engine.ask(CloseMeeting(id=0, meeting=self._meeting))

    def shows(self, participant: ParticipantId) -> Sequence[SlotShows]:
        """What the participant's slots carry now, for a page that comes back."""
        transport = self._transports.get(participant)
        return () if transport is None else tuple(transport.shows.values())

    def layers(self, participant: ParticipantId) -> Sequence[LayersTold]:
        """What was last told of the participant's own sources, for a page that comes back."""
        transport = self._transports.get(participant)
        return () if transport is None else tuple(transport.layers.values())

    def limits(self, participant: ParticipantId) -> LimitsTold | None:
        """What was last told of the pictures the participant is to be shown, for a page that comes back."""
        transport = self._transports.get(participant)
        return None if transport is None else transport.limits

    # ---- the engine comes and goes -----------------------------------------------------------------

    def make(self) -> None:
        """Make the meeting in the engine; while that is away it is made when it is back."""
        self._tell(CreateMeeting(id=0, meeting=self._meeting, audio_slots=self._audio_slots))

    def found(self) -> MediaFound:
        """What the engine had when it was taken over."""
        return self._found

    def restore(self, snapshot: Snapshot) -> None:
        """Take what another control plane left: transports, negotiated sessions, what slots are to show and do."""
        for kept in self._kept(snapshot):
            participant, generation = owner_of(kept.transport)
            self._generations[participant] = max(generation, self._generations.get(participant, 0))
            session = decode(kept.blob)
            if session is None or kept.state is TransportState.CLOSED:
                self._tell(CloseTransport(id=0, transport=kept.transport))
                continue
            transport = Transport(TransportId(kept.transport), participant, session, kept.ufrag, kept.pwd)
            transport.connected = kept.state in (TransportState.CONNECTED, TransportState.SILENT)
            self._transports[participant] = transport
            self._homes[participant] = self
            self._views[participant] = tuple(tile_of(wish) for wish in kept.wishes if wish.track is not None)
            for mapped in kept.mapped:
                transport.note(mapped)
            transport.note_limits(kept.limits)
        self._note_layers(snapshot)
        gates = {
            source_of(track.track): GateState(track.allowed, track.on, track.vetoed)
            for track in snapshot.tracks
            if self._homes.get(source_of(track.track)[0]) is self
        }
        shows = tuple(one for transport in self._transports.values() for one in transport.shows.values())
        self._found = MediaFound(frozenset(self._transports), gates, shows, self._carried())

    def _carried(self) -> dict[ParticipantId, Carried]:
        sessions = {who: one.session for who, one in self._transports.items() if one.session is not None}
        return {who: Carried(one.note, one.slots, one.sources) for who, one in sessions.items() if one.note}

    def engine_away(self) -> None:
        """Tell that the engine does not answer."""
        self._hear(EngineAway())

    def engine_back(self, snapshot: Snapshot, *, fresh: bool) -> None:
        """Bring the engine in step: close what is not in the books, drop what is not in the engine, repeat wishes."""
        if fresh:
            self.drop()
        there = {kept.transport: kept for kept in self._kept(snapshot)}
        ours = {transport.id for transport in self._transports.values()}
        for unknown in set(there) - ours:
            self._tell(CloseTransport(id=0, transport=unknown))
        self.make()
        for participant, transport in list(self._transports.items()):
            kept = there.get(transport.id)
            if kept is None:
                self._forget(participant)
                self._hear(MediaGone(participant, CloseReason.TIMEOUT))
                continue
            for mapped in kept.mapped:
                transport.note(mapped)
            transport.note_limits(kept.limits)
            self._tell(self._video(transport, participant))
        self._note_layers(snapshot)
        self._tell(self._voice())
        self._hear(EngineBack(fresh))

    def drop(self) -> None:
        """Forget every transport: the engine has none of them."""
        for participant in list(self._transports):
            self._forget(participant)

    # ---- what the engine says ----------------------------------------------------------------------

    def transport_said(self, event: TransportChanged | SlotMapped | Limits) -> None:
        """Take an event of a transport; one of an older generation concerns nobody."""
        participant, _ = owner_of(event.transport)
        transport = self._transports.get(participant)
        if transport is None or transport.id != event.transport:
            return
        if isinstance(event, SlotMapped):
            self._hear(transport.note(event))
        elif isinstance(event, Limits):
            self._hear(transport.note_limits(event.limits))
        elif event.state is TransportState.CONNECTED and not transport.connected:
            transport.connected = True
            self._hear(MediaConnected(participant, event.ice_us, event.dtls_us))
        elif event.state is TransportState.CLOSED:
            self._forget(participant)
            self._hear(MediaGone(participant, event.reason or CloseReason.FAULT))

    def track_changed(self, event: TrackUp | TrackDown) -> None:
        """Take an event of a track."""
        participant, source = source_of(event.track)
        if isinstance(event, TrackUp):
            self._hear(SourceUp(participant, source, event.codec))
        else:
            self._hear(SourceDown(participant, source))

    def layers_wanted(self, event: LayersWanted) -> None:
        """Take which encodings of a source anybody gets."""
        participant, source = source_of(event.track)
        transport = self._transports.get(participant)
        if transport is not None:
            self._hear(transport.note_layers(source, event.rids))

    def levels(self, event: Levels) -> None:
        """Take who is heard."""
        levels = {source_of(one.track)[0]: one.level for one in event.levels}
        self._hear(Heard(levels, None if event.dominant is None else source_of(event.dominant)[0]))

    def line(self, line: LineStats) -> None:
        """Take how somebody's line does."""
        participant, _ = owner_of(line.transport)
        transport = self._transports.get(participant)
        if transport is not None and transport.id == line.transport:
            seen = LineSeen(participant, line.rtt_ms, line.loss_up, line.loss_down, line.bytes_in, line.estimate_bps)
            self._hear(seen)

    # ---- within ------------------------------------------------------------------------------------

    def _note_layers(self, snapshot: Snapshot) -> None:
        """Take what was told while nobody was here to hear it; pages learn of it when they come back."""
        for track in snapshot.tracks:
            participant, source = source_of(track.track)
            transport = self._transports.get(participant)
            if track.wanted and transport is not None and transport.id == track.transport:
                transport.note_layers(source, track.wanted)

    async def _go_on(self, transport: Transport, before: Session, session: Session) -> None:
        """Go on with another session on the same transport; with other credentials ICE begins anew."""
        if begins_anew(before, session):
            transport.restarts.note(asyncio.get_running_loop().time(), self._engine.counts.ice)
            created = await self._engine.ask(RestartIce(id=0, transport=transport.id))
            assert isinstance(created, TransportCreated), "restart_ice is answered by transport_created"
            transport.ufrag, transport.pwd = created.ufrag, created.pwd
        await self._apply(session.applied(transport.id, transport.participant))
        self._still(transport.participant, transport)
        transport.session = session

    async def _apply(self, apply: ApplySession) -> None:
        try:
            await self._engine.ask(apply)
        except RefusedByEngineError as refusal:
            if refusal.reason == "invalid":
                raise HopttError(ErrorCode.SDP_INVALID, refusal.message) from refusal
            raise

    def _show_again(self, publisher: ParticipantId) -> None:
        """Repeat the wishes of whoever wants to see a publisher that was not there before, and the publisher's own."""
        for viewer, tiles in self._views.items():
            transport = self._transports.get(viewer)
            if transport is None:
                continue
            if viewer == publisher or any(tile.participant == publisher for tile in tiles):
                self._tell(self._video(transport, viewer))
        if publisher == self._stage_voice:
            self._tell(self._voice())

    def _video(self, transport: Transport, viewer: ParticipantId) -> SetVideo:
        wishes = [
            Wish(
                slot=tile.slot,
                track=track_id(tile.participant, tile.source),
                width=tile.width,
                height=tile.height,
                priority=tile.priority,
            )
            for tile in self._views.get(viewer, ())
        ]
        return SetVideo(id=0, transport=transport.id, wishes=wishes)

    def _voice(self) -> SetStageVoice:
        who = self._stage_voice
        return SetStageVoice(
            id=0, meeting=self._meeting, track=None if who is None else track_id(who, Source.MICROPHONE)
        )

    def _kept(self, snapshot: Snapshot) -> list[TransportSnapshot]:
        return [transport for transport in snapshot.transports if transport.meeting == self._meeting]

    def _next_id(self, participant: ParticipantId) -> TransportId:
        self._generations[participant] = self._generations.get(participant, 0) + 1
        return transport_id(participant, self._generations[participant])

    def _turn(self, participant: ParticipantId) -> asyncio.Lock:
        """One negotiation of a participant at a time; closing does not wait for it."""
        return self._turns.setdefault(participant, asyncio.Lock())

    def _still(self, participant: ParticipantId, transport: Transport) -> None:
        if self._transports.get(participant) is not transport:
            raise HopttError(ErrorCode.NOT_POSSIBLE, "the media session was closed or replaced meanwhile")

    def _drop(self, participant: ParticipantId) -> None:
        transport = self._forget(participant)
        if transport is not None:
            self._tell(CloseTransport(id=0, transport=transport.id))

    def _forget(self, participant: ParticipantId) -> Transport | None:
        if self._homes.get(participant) is self:
            del self._homes[participant]
        return self._transports.pop(participant, None)

    def _tell(self, command: Command) -> None:
        try:
            self._engine.tell(command)
        except HopttError:
            log.debug("engine away", command=type(command).__name__)  # repeated when it is back


def _local(transport: Transport, welcome: Welcome) -> Local:
    return Local(transport.ufrag, transport.pwd, welcome.fingerprint.value, welcome.candidates)


def _nobody(_: MediaEvent) -> None:
    """Until a meeting is opened nobody listens."""


def _nothing() -> None:
    """Until a meeting is opened its end concerns nobody."""
