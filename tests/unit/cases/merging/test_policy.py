"""Which two cases are probably one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.merging.policy import ENOUGH, Facts, Why, likeness, score

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def facts(
    *,
    customer_id: int | None = 7,
    orders: frozenset[int] = frozenset({1}),
    conversation_id: int | None = None,
    reason: str = "damaged",
    group: str = "goods",
    opened_at: datetime = NOW,
    words: str = "",
) -> Facts:
    return Facts(
        customer_id=customer_id,
        order_ids=orders,
        conversation_id=conversation_id,
        reason=reason,
        group=group,
        opened_at=opened_at,
        words=words,
    )


@pytest.mark.parametrize(
    ("other", "points", "why"),
    [
        (facts(), 80, [Why.CUSTOMER, Why.ORDER, Why.REASON, Why.TIME]),
        (facts(reason="missing"), 70, [Why.CUSTOMER, Why.ORDER, Why.GROUP, Why.TIME]),
        (facts(reason="payment", group="money"), 60, [Why.CUSTOMER, Why.ORDER, Why.TIME]),
        (
            facts(orders=frozenset(), reason="payment", group="money"),
            35,
            [Why.CUSTOMER, Why.TIME],
        ),
        (facts(opened_at=NOW - timedelta(days=3)), 73, None),
        (facts(opened_at=NOW - timedelta(days=30)), 65, None),
        (facts(customer_id=8), 0, []),
        (facts(customer_id=None), 60, None),
    ],
)
def test_points_and_reasons(other: Facts, points: int, why: list[Why] | None) -> None:
    found = score(facts(), other)
    assert found.points == points
    if why is not None:
        assert list(found.why) == why
    assert found.is_enough is (points >= ENOUGH)


def test_similar_words_speak_for_it_whatever_their_dress() -> None:
    one, other = "箱が潰れて届きました。", "箱がつぶれて届きました！"
    assert likeness(one, other) > likeness(one, "領収書をください")
    assert likeness("ABC def", "ａｂｃ　ＤＥＦ") == 1.0
    found = score(facts(words=one), facts(words=one))
    assert found.points == 110
    assert Why.WORDS in found.why


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)
    assert score(facts(words=one), facts(words=other)).points == (
        score(facts(words=other), facts(words=one)).points
    )
