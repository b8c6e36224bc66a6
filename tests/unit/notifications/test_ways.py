"""Which way a notice takes, and which is tried after it: exact, over all that may be open."""

from itertools import chain, combinations

import pytest

from notifications import ways
from notifications.preferences import CHANNELS
from notifications.rules import DELAY, RECEIVED
from oms_service.conversations.channels import ASSISTANT, LINE, MAIL, WEBCHAT

SOME = [
    frozenset(each)
    for each in chain.from_iterable(combinations(CHANNELS, n) for n in range(len(CHANNELS) + 1))
]


@pytest.mark.parametrize("allowed", SOME, ids=lambda some: "+".join(sorted(some)) or "none")
def test_a_record_goes_by_mail_and_other_news_where_one_looks(allowed: frozenset[str]) -> None:
    assert ways.first(RECEIVED, allowed) == next(
        (one for one in (MAIL, WEBCHAT, LINE) if one in allowed), None
    )
    assert ways.first(DELAY, allowed) == next(
        (one for one in (WEBCHAT, LINE, MAIL) if one in allowed), None
    )


@pytest.mark.parametrize("allowed", SOME, ids=lambda some: "+".join(sorted(some)) or "none")
@pytest.mark.parametrize("begun", CHANNELS)
def test_whatever_fails_no_way_is_tried_twice(allowed: frozenset[str], begun: str) -> None:
    tried = [begun]
    while (following := ways.next_after(tried[-1], allowed)) is not None:
        tried.append(following)
        assert len(tried) <= len(CHANNELS)
    assert len(tried) == len(set(tried))
    assert set(tried[1:]) <= allowed


def test_after_a_letter_comes_the_chat_alone_and_after_other_channels_nothing() -> None:
    everything = frozenset(CHANNELS)
    assert ways.next_after(LINE, everything) == MAIL
    assert ways.next_after(MAIL, everything) == WEBCHAT
    assert ways.next_after(WEBCHAT, everything) is None
    assert ways.next_after(ASSISTANT, everything) is None
