"""What a case's record says to its clocks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cases.sla.clocks import What
from cases.sla.history import Noted, marks
from cases.states import EntryKind

AT = datetime(2026, 11, 24, tzinfo=UTC)
K, W = EntryKind, What


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (K.OPENED, {}, [W.OPENED, W.ASKED]),
        (K.APPENDED, {"what": "message"}, [W.RESUMED, W.ASKED]),
        (K.APPENDED, {"what": "matter"}, [W.ASKED]),
        (K.APPENDED, {"what": "delay"}, []),
        (K.REPLIED, {"asks": False}, [W.ANSWERED, W.RESUMED]),
        (K.REPLIED, {"asks": True}, [W.ANSWERED, W.PAUSED]),
        (K.ASSIGNED, {"why": "taken"}, [W.RESUMED]),
        (K.ASSIGNED, {"why": "language_and_capacity"}, []),
        (K.ACTED, {"what": "return_approved", "waits": True}, [W.PAUSED]),
        (K.ACTED, {"what": "refund_paid"}, []),
        (K.STATE_CHANGED, {"to": "snoozed"}, [W.PAUSED]),
        (K.STATE_CHANGED, {"to": "waiting_third_party"}, [W.PAUSED]),
        (K.STATE_CHANGED, {"to": "open"}, [W.RESUMED]),
        (K.STATE_CHANGED, {"to": "open", "why": "reopened"}, [W.REOPENED]),
        (K.STATE_CHANGED, {"to": "resolved"}, [W.RESOLVED]),
        (K.STATE_CHANGED, {"to": "closed"}, []),
        (K.PROMISED, {"until": "2026-11-25T00:00:00+00:00"}, [W.PROMISED]),
        (K.NOTE, {}, []),
        (K.WARNED, {"metric": "resolution", "percent": 50}, []),
    ],
)
def test_each_entry_says_what_it_means(
    kind: EntryKind, data: dict[str, Any], said: list[What]
) -> None:
    assert [one.what for one in marks([Noted(kind, data, AT)], channel="webchat")] == said


def test_every_kind_of_entry_is_known() -> None:
    for kind in EntryKind:
        list(marks([Noted(kind, {"to": "open", "until": AT.isoformat()}, AT)], channel="desk"))


def test_nobody_has_asked_in_a_case_the_house_opened() -> None:
    found = [one.what for one in marks([Noted(K.OPENED, {}, AT)], channel="shipping")]
    assert found == [W.OPENED]
