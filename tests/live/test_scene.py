"""What a player is shown, the most important first: live/scene.py."""

from __future__ import annotations

from dataclasses import replace

from tests.support.meetings import OPEN_FLOOR, Told, a_guest, a_meeting, pid, the_chair

from hoptt.live.deliveries import Switches
from hoptt.live.scene import scene
from hoptt.meeting.commands import SetStage
from hoptt.meeting.floor.commands import GrantFloor, TakeFloor
from hoptt.meeting.words import Source

CAMERA, SHARE = Switches(camera=True), Switches(camera=True, screen=True)
PEOPLE = ("chair", "an", "binh", "cuc")
ALL_ON = {pid(who): CAMERA for who in PEOPLE}


def a_hall() -> Told:
    return a_meeting(the_chair(), a_guest("an"), a_guest("binh"), a_guest("cuc"), rules=OPEN_FLOOR)


def seen(told: Told, speaker: str | None = None, **switches: Switches) -> list[str]:
    on = ALL_ON | {pid(who): one for who, one in switches.items()}
    found = scene(told.meeting, on, None if speaker is None else pid(speaker))
    return [who if source is Source.CAMERA else f"{who}'s {source}" for who, source in found]


def test_with_nobody_speaking_the_chair_is_seen_first() -> None:
    assert seen(a_hall()) == ["chair", "an", "binh", "cuc"]


def test_who_speaks_is_seen_before_the_chair() -> None:
    assert seen(a_hall(), "binh") == ["binh", "chair", "an", "cuc"]


def test_R17_who_has_the_floor_is_seen_before_who_speaks() -> None:
    told = a_hall()
    told.act(GrantFloor(pid("cuc")), "chair")
    told.act(TakeFloor(), "cuc")
    assert seen(told, "binh") == ["cuc", "binh", "chair", "an"]


def test_R23_whom_the_chair_brought_to_the_stage_is_seen_before_all_others() -> None:
    told = a_hall()
    told.act(SetStage((pid("an"),)), "chair")
    assert seen(told, "binh") == ["an", "binh", "chair", "cuc"]


def test_a_shared_screen_is_seen_first_and_its_owner_as_else() -> None:
    assert seen(a_hall(), "binh", cuc=SHARE) == ["cuc's screen", "binh", "chair", "an", "cuc"]


def test_who_shows_nothing_is_not_seen() -> None:
    assert seen(a_hall(), "binh", binh=Switches(microphone=True), chair=Switches()) == ["an", "cuc"]


def test_who_has_left_is_not_seen() -> None:
    told = a_hall()
    rest = {who: seat for who, seat in told.meeting.participants.items() if who != "an"}
    told.meeting = replace(told.meeting, participants=rest)
    assert seen(told, "an") == ["chair", "binh", "cuc"]
