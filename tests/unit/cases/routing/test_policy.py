"""To which queue a case goes, and to whom: every question, every tie, and nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.routing.policy import (
    Candidate,
    Considered,
    Facts,
    Rule,
    Wanted,
    choose,
    rule_for,
    weight_of,
)
from cases.routing.states import Nobody, Presence, Verdict, Why

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = Wanted(queue_id=1, language="ja")
ONE = Candidate(
    staff_id=1,
    presence=Presence.PRESENT,
    languages=frozenset({"ja"}),
    capacity=10,
    load=0,
    queues=frozenset({1, 2}),
)
OTHER = replace(ONE, staff_id=2)
FACTS = Facts(
    reason="damaged",
    channel="mail",
    language="ja",
    priority="high",
    tier="gold",
    tags=frozenset({"vip"}),
    sales_channel="web",
    value_minor=50_000,
    currency="JPY",
)


@pytest.mark.parametrize(
    ("case", "one", "nobody", "verdict"),
    [
        (CASE, replace(ONE, queues=frozenset()), Nobody.QUEUE, Verdict.NO_QUEUE),
        (CASE, replace(ONE, languages=frozenset({"en"})), Nobody.LANGUAGE, Verdict.NO_LANGUAGE),
        (replace(CASE, skills=frozenset({"refunds"})), ONE, Nobody.SKILL, Verdict.NO_SKILL),
        (replace(CASE, besides=frozenset({1})), ONE, Nobody.GAVE_BACK, Verdict.GAVE_BACK),
        (CASE, replace(ONE, presence=Presence.AWAY), Nobody.PRESENCE, Verdict.NOT_THERE),
        (CASE, replace(ONE, load=10), Nobody.CAPACITY, Verdict.FULL),
        (replace(CASE, weight=2), replace(ONE, load=9), Nobody.CAPACITY, Verdict.FULL),
    ],
)
def test_nobody_is_chosen_for_the_one_reason(
    case: Wanted, one: Candidate, nobody: Nobody, verdict: Verdict
) -> None:
    found = choose(case, [one])
    assert (found.staff_id, found.nobody) == (None, nobody)
    assert found.considered == (Considered(1, verdict),)


def test_without_anybody_nobody_works_on_the_queue() -> None:
    assert choose(CASE, []).nobody is Nobody.QUEUE


def test_who_came_furthest_says_why_nobody_is_chosen() -> None:
    strangers = replace(ONE, queues=frozenset())
    full = replace(OTHER, load=10)
    assert choose(CASE, [strangers, full]).nobody is Nobody.CAPACITY


@pytest.mark.parametrize(
    ("case", "two", "chosen", "why"),
    [
        (replace(CASE, before=2), (ONE, replace(OTHER, load=9)), 2, Why.SAME_AS_BEFORE),
        (CASE, (replace(ONE, load=1), OTHER), 2, Why.MOST_ROOM),
        (CASE, (replace(ONE, given_at=NOON), OTHER), 2, Why.IDLE_LONGEST),
        (
            CASE,
            (
                replace(ONE, given_at=NOON),
                replace(OTHER, given_at=NOON - timedelta(minutes=1)),
            ),
            2,
            Why.IDLE_LONGEST,
        ),
        (CASE, (ONE, OTHER), 1, Why.IDLE_LONGEST),
        (CASE, (ONE, replace(OTHER, presence=Presence.BUSY)), 1, Why.ONLY_ONE),
    ],
)
def test_of_several_the_best_is_chosen(
    case: Wanted, two: tuple[Candidate, Candidate], chosen: int, why: Why
) -> None:
    found = choose(case, two)
    assert (found.staff_id, found.why, found.nobody) == (chosen, why, None)
    assert found.considered[0] == Considered(chosen, Verdict.CHOSEN)


candidates = some.builds(
    Candidate,
    staff_id=some.integers(1, 30),
    presence=some.sampled_from(Presence),
    languages=some.frozensets(some.sampled_from(["ja", "en"])),
    capacity=some.integers(0, 5),
    load=some.integers(0, 6),
    skills=some.frozensets(some.sampled_from(["a", "b"])),
    queues=some.frozensets(some.integers(1, 3)),
    given_at=some.none() | some.datetimes(timezones=some.just(UTC)),
)
wanteds = some.builds(
    Wanted,
    queue_id=some.integers(1, 3),
    language=some.sampled_from(["ja", "en"]),
    weight=some.integers(1, 2),
    skills=some.frozensets(some.sampled_from(["a", "b"])),
    before=some.none() | some.integers(1, 30),
    besides=some.frozensets(some.integers(1, 30), max_size=3),
)


@given(wanteds, some.lists(candidates, unique_by=lambda one: one.staff_id), some.randoms())
def test_whoever_is_chosen_could_take_it_in_whatever_order_they_stand(
    case: Wanted, several: list[Candidate], chance: object
) -> None:
    found = choose(case, several)
    assert found == choose(case, several[::-1])
    able = [
        one
        for one in several
        if case.queue_id in one.queues
        and case.language in one.languages
        and case.skills <= one.skills
        and one.presence is Presence.PRESENT
        and one.capacity - one.load >= case.weight
        and one.staff_id not in case.besides
    ]
    assert (found.staff_id is None) == (not able) == (found.nobody is not None)
    if able:
        ids = {one.staff_id for one in able}
        assert found.staff_id in ids
        if case.before in ids:
            assert found.staff_id == case.before
        else:
            most = max(one.room for one in able)
            assert next(one for one in able if one.staff_id == found.staff_id).room == most


@pytest.mark.parametrize(
    "rule",
    [
        Rule(id=1),
        Rule(id=1, reasons=frozenset({"damaged", "missing"}), channels=frozenset({"mail"})),
        Rule(id=1, languages=frozenset({"ja"}), priorities=frozenset({"high"})),
        Rule(id=1, tiers=frozenset({"gold"}), tags=frozenset({"vip", "press"})),
        Rule(id=1, sales_channels=frozenset({"web"}), least_minor=50_000, currency="JPY"),
    ],
)
def test_a_rule_fits_when_every_condition_holds(rule: Rule) -> None:
    assert rule.fits(FACTS)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(id=1, reasons=frozenset({"missing"})),
        Rule(id=1, channels=frozenset({"line"})),
        Rule(id=1, languages=frozenset({"en"})),
        Rule(id=1, priorities=frozenset({"low"})),
        Rule(id=1, tiers=frozenset({"silver"})),
        Rule(id=1, tags=frozenset({"press"})),
        Rule(id=1, sales_channels=frozenset({"shop"})),
        Rule(id=1, least_minor=50_001, currency="JPY"),
        Rule(id=1, least_minor=1, currency="USD"),
    ],
)
def test_a_rule_does_not_fit_when_one_condition_fails(rule: Rule) -> None:
    assert not rule.fits(FACTS)


def test_a_case_without_an_order_is_worth_nothing() -> None:
    rule = Rule(id=1, least_minor=1, currency="JPY")
    assert not rule.fits(replace(FACTS, value_minor=None))


def test_the_first_rule_that_fits_decides() -> None:
    rules = [Rule(id=1, tags=frozenset({"press"})), Rule(id=2), Rule(id=3)]
    found = rule_for(rules, FACTS)
    assert found is not None
    assert found.id == 2
    assert rule_for(rules[:1], FACTS) is None


def test_a_case_takes_one_where_nothing_is_said() -> None:
    assert weight_of("mail", {"webchat": 2}) == 1
    assert weight_of("webchat", {"webchat": 2}) == 2
