"""Which way a notice takes, and which is tried after it: exact, over all that may be open."""

from itertools import chain, combinations

import pytest

from notifications import ways
from notifications.preferences import CHANNELS, Preferences
from notifications.rules import DELAY, RECEIVED, Kind, purpose
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT

SOME = [
    frozenset(each)
    for each in chain.from_iterable(combinations(CHANNELS, n) for n in range(len(CHANNELS) + 1))
]


@pytest.mark.parametrize("allowed", SOME, ids=lambda some: "+".join(sorted(some)) or "none")
def test_a_record_goes_by_mail_and_other_news_where_one_looks(allowed: frozenset[str]) -> None:
    assert ways.first(RECEIVED, allowed) == next(
        (one for one in (MAIL, WEBCHAT, LINE, SLACK, SMS) if one in allowed), None
    )
    assert ways.first(DELAY, allowed) == next(
        (one for one in (WEBCHAT, LINE, SLACK, SMS, MAIL) if one in allowed), None
    )


@pytest.mark.parametrize("allowed", SOME, ids=lambda some: "+".join(sorted(some)) or "none")
@pytest.mark.parametrize("turns", [(), (SMS, MAIL), (MAIL, WEBCHAT, LINE)])
def test_a_customers_own_order_goes_first_but_for_records(
    allowed: frozenset[str], turns: tuple[str, ...]
) -> None:
    house = (WEBCHAT, LINE, SLACK, SMS, MAIL)
    own = next((one for one in (*turns, *house) if one in allowed), None)
    assert ways.first(DELAY, allowed, turns) == own
    assert ways.first(RECEIVED, allowed, turns) == (MAIL if MAIL in allowed else own)


@pytest.mark.parametrize("allowed", SOME, ids=lambda some: "+".join(sorted(some)) or "none")
@pytest.mark.parametrize("begun", CHANNELS)
@pytest.mark.parametrize("turns", [(), (SMS, LINE, MAIL, WEBCHAT), (MAIL,)])
def test_whatever_fails_no_way_is_tried_twice(
    allowed: frozenset[str], begun: str, turns: tuple[str, ...]
) -> None:
    tried = [begun]
    while (following := ways.next_after(tried, allowed, turns)) is not None:
        tried.append(following)
        assert len(tried) <= len(CHANNELS)
    assert len(tried) == len(set(tried))
    assert set(tried[1:]) == allowed - {begun}


def test_what_failed_goes_on_by_the_house_s_order_or_the_customers_own() -> None:
    everything = frozenset(CHANNELS)
    assert ways.next_after([LINE], everything) == SLACK
    assert ways.next_after([LINE, SLACK], everything) == SMS
    assert ways.next_after([LINE, SLACK, SMS], everything) == MAIL
    assert ways.next_after([MAIL], everything) == LINE
    assert ways.next_after([LINE, SLACK, SMS, MAIL], everything) == WEBCHAT
    assert ways.next_after(CHANNELS, everything) is None
    assert ways.next_after([SMS], everything, (SMS, MAIL, LINE)) == MAIL
    assert ways.next_after([SMS], {SMS}, (SMS, MAIL, LINE)) is None


def test_ways_that_came_after_the_customer_chose_stand_behind() -> None:
    assert ways.in_turn((MAIL, WEBCHAT, SMS), ()) == (WEBCHAT, SMS, MAIL)
    assert ways.in_turn((MAIL, WEBCHAT, SMS), (MAIL, LINE, WEBCHAT)) == (MAIL, WEBCHAT, SMS)


@pytest.mark.parametrize("kind", Kind)
def test_no_short_message_goes_unasked_even_where_no_other_way_is_wanted(kind: Kind) -> None:
    nothing = Preferences({(purpose(kind), one): False for one in CHANNELS})
    assert SMS not in nothing.ways(kind, CHANNELS)
    assert nothing.ways(kind, {SMS}) == frozenset()
    asked = Preferences({(purpose(kind), SMS): True})
    assert asked.ways(kind, {SMS}) == {SMS}
