"""The samples of the REST doors are read by both languages; here each is what its type writes."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from tests.docs.documents import ROOT

from hoptt.api.rest_words import Me, MeetingDetail, MeetingPlan, OfficeView

TYPES = {"me": Me, "meeting_plan": MeetingPlan, "meeting_detail": MeetingDetail, "office": OfficeView}


@pytest.mark.parametrize("name", TYPES)
def test_a_sample_is_read_and_written_again_as_it_is(name: str) -> None:
    text = Path(ROOT / f"protocol/samples/rest/{name}.json").read_bytes()
    value = msgspec.json.decode(text, type=TYPES[name])
    assert json.loads(msgspec.json.encode(value)) == json.loads(text)
