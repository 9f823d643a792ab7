"""What waits for a slow reader (S36): history in order, of signals the latest, and a limit."""

from __future__ import annotations

import json
from typing import Any

from hoptt.ids import ParticipantId
from hoptt.live.deliveries import (
    Delivery,
    LayersNow,
    LevelsNow,
    LimitsNow,
    LinesNow,
    LobbyNow,
    ShowsNow,
    Sign,
    Switches,
    SwitchesNow,
)
from hoptt.meeting.words import Source
from hoptt.sfu.contract import LayersTold, LimitsTold, SlotShows
from hoptt.sfu.frames import Kind, LimitReason
from hoptt.signaling.counts import LineCounts
from hoptt.signaling.encoding import encode_delivery
from hoptt.signaling.outbox import Merges, Outbox

AN, BINH = ParticipantId("an"), ParticipantId("binh")


def an_outbox(limit: int = 10_000) -> tuple[Outbox, LineCounts]:
    counts = LineCounts()
    return Outbox(counts, limit), counts


def encoded(delivery: Delivery) -> bytes:
    return encode_delivery(delivery, AN, lambda _: "")  # type: ignore[arg-type]


def levels(level: int) -> LevelsNow:
    return LevelsNow({AN: level}, AN)


def shows(slot: int, who: str, kind: Kind = Kind.VIDEO) -> ShowsNow:
    return ShowsNow(SlotShows(AN, kind, slot, ParticipantId(who), Source.CAMERA, 1))


def all_of(outbox: Outbox) -> list[Any]:
    found = []
    while (text := outbox.pop()) is not None:
        found.append(json.loads(text))
    assert len(outbox) == 0
    return found


def test_of_the_layers_of_a_source_the_latest_leaves_and_it_is_never_dropped() -> None:
    outbox, _ = an_outbox()
    for source, rids in [
        (Source.CAMERA, ("q",)),
        (Source.SCREEN, ("f",)),
        (Source.CAMERA, ("q", "h")),
    ]:
        outbox.signal(LayersNow(LayersTold(AN, source, rids)), encoded)
    assert [(one["source"], one["rids"]) for one in all_of(outbox)] == [("screen", ["f"]), ("camera", ["q", "h"])]


def test_of_the_reasons_why_pictures_are_no_better_the_latest_leaves() -> None:
    outbox, _ = an_outbox()
    for reason in (LimitReason.LINE, LimitReason.TILE):
        outbox.signal(LimitsNow(LimitsTold(AN, {(AN, Source.CAMERA): reason})), encoded)
    [left] = all_of(outbox)
    assert left["limits"] == [{"participant": AN, "source": "camera", "reason": "tile"}]


def test_what_may_not_be_lost_leaves_in_order() -> None:
    outbox, _ = an_outbox()
    for number in range(5):
        outbox.put(b"%d" % number)
    assert all_of(outbox) == [0, 1, 2, 3, 4]


def test_S36_of_levels_only_the_latest_waits() -> None:
    outbox, counts = an_outbox()
    for level in range(100):
        outbox.signal(levels(level), encoded)
    assert [one["levels"][0]["level"] for one in all_of(outbox)] == [99]
    assert counts.superseded == 99


def test_a_signal_that_has_left_is_not_replaced() -> None:
    outbox, counts = an_outbox()
    outbox.signal(levels(1), encoded)
    outbox.pop()
    outbox.signal(levels(2), encoded)
    assert (len(all_of(outbox)), counts.superseded) == (1, 0)


def test_switches_and_signs_of_everybody_are_kept() -> None:
    outbox, _ = an_outbox()
    outbox.signal(SwitchesNow({AN: Switches(microphone=True), BINH: Switches()}), encoded)
    outbox.signal(SwitchesNow({BINH: Switches(camera=True)}), encoded)
    outbox.signal(LinesNow({AN: Sign.BAD}), encoded)
    outbox.signal(LinesNow({BINH: Sign.WATCH}), encoded)
    switches, lines = all_of(outbox)
    assert {s["participant"]: (s["microphone"], s["camera"]) for s in switches["switches"]} == {
        "an": (True, False),
        "binh": (False, True),
    }
    assert {line["participant"]: line["sign"] for line in lines["lines"]} == {"an": "bad", "binh": "watch"}


def test_pages_that_lag_alike_have_their_signals_merged_and_encoded_once() -> None:
    counts, made = LineCounts(), []
    merges = Merges(counts)

    def counted(delivery: Delivery) -> bytes:
        if delivery.wire is None:
            made.append(delivery)
        return encoded(delivery)

    pages = [Outbox(LineCounts(), merges=merges) for _ in range(100)]
    for signal in (LinesNow({AN: Sign.BAD}), LinesNow({BINH: Sign.WATCH}), LinesNow({AN: Sign.WATCH})):
        for page in pages:
            page.signal(signal, counted)
    assert (counts.merged, len(made)) == (2, 3)
    for page in pages:
        [lines] = all_of(page)
        assert {line["participant"]: line["sign"] for line in lines["lines"]} == {"an": "watch", "binh": "watch"}


def test_a_page_that_lags_otherwise_is_told_what_it_missed_all_the_same() -> None:
    merges = Merges(LineCounts())
    early, late = (Outbox(LineCounts(), merges=merges) for _ in range(2))
    first, second = LinesNow({AN: Sign.BAD}), LinesNow({BINH: Sign.WATCH})
    early.signal(first, encoded)
    for page in (early, late):
        page.signal(second, encoded)
    assert [[len(one["lines"]) for one in all_of(page)] for page in (early, late)] == [[2], [1]]


def test_of_what_slots_show_the_latest_of_each_slot_is_kept() -> None:
    outbox, _ = an_outbox()
    for signal in (shows(0, "a"), shows(1, "b"), shows(0, "c"), shows(0, "d", Kind.AUDIO)):
        outbox.signal(signal, encoded)
    found = {(one["kind"], one["slot"]): one["participant"] for one in all_of(outbox)}
    assert found == {("video", 0): "c", ("video", 1): "b", ("audio", 0): "d"}


def test_S36_beyond_the_limit_levels_go_first_and_then_the_reader() -> None:
    outbox, counts = an_outbox(limit=1_000)
    outbox.signal(levels(1), encoded)
    outbox.signal(LobbyNow(chair_present=True), encoded)
    outbox.signal(shows(0, "a"), encoded)
    outbox.put(b'"' + b"x" * 860 + b'"')
    assert not outbox.full
    assert counts.dropped == 2
    outbox.put(b'"' + b"y" * 100 + b'"')
    assert outbox.full
    assert [type(one) for one in all_of(outbox)] == [dict, str, str], "what a slot shows is never dropped"


def test_the_same_delivery_is_encoded_once_for_all_its_readers() -> None:
    delivery: Delivery = levels(7)
    an_outbox()[0].signal(delivery, encoded)
    kept = delivery.wire
    an_outbox()[0].signal(delivery, encoded)
    assert kept is not None
    assert delivery.wire is kept
