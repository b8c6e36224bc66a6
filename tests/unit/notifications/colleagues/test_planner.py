"""Who is told, whether by mail, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.colleagues import planner, rules
from notifications.colleagues.planner import Plan, Wish, decent, is_quiet, leads, plan
from notifications.colleagues.rules import RULES
from notifications.colleagues.states import End, Kind, Way
from oms_service.access import permissions
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.kernel.languages import Language

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)

hours = st.integers(0, 23)
wishes = st.builds(
    Wish,
    st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]).map(
        ZoneInfo
    ),
    st.dictionaries(st.sampled_from(list(Kind)), st.sampled_from(list(Way))),
    hours,
    hours,
)
SECONDS = (datetime(2028, 1, 1, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)).days * 86_400
moments = st.integers(0, SECONDS).map(
    lambda after_s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=after_s)
)


def somebody(
    number: int = 1,
    *roles: Role,
    queues: frozenset[int] = frozenset(),
    locations: frozenset[int] = frozenset(),
    is_active: bool = True,
) -> StaffView:
    return StaffView(
        number,
        f"{number}@shop.example",
        "田中 葵",
        Language.JAPANESE,
        is_active,
        frozenset(roles or (Role.AGENT,)),
        queues,
        locations,
    )


@given(moments, wishes)
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), Wish(ZoneInfo("Europe/Berlin"), {}, 1, 3))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Wish(ZoneInfo("Europe/Berlin"), {}, 1, 3))
def test_nobody_is_written_to_in_their_quiet_hours_and_nothing_waits_longer_than_a_day(
    at: datetime, wish: Wish
) -> None:
    found = decent(at, wish)
    assert found.tzinfo is UTC
    assert timedelta(0) <= found - at <= timedelta(hours=25)
    assert not is_quiet(found.astimezone(wish.zone).time(), wish)
    assert decent(found, wish) == found
    if not is_quiet(at.astimezone(wish.zone).time(), wish):
        assert found == at


@given(moments, wishes, st.sampled_from(RULES))
def test_a_plan_keeps_to_what_was_chosen(now: datetime, wish: Wish, rule: rules.Rule) -> None:
    made = plan(rule, wish, now=now)
    chosen = wish.ways.get(rule.kind, Way.BELL)
    if made is None:
        assert chosen is Way.NOT
        assert rule.kind not in rules.NEEDED
        return
    if chosen is Way.MAIL:
        assert made.mail_at == decent(now, wish)
    elif rule.is_urgent:
        assert made.mail_at == decent(now + rules.UNREAD, wish)
    else:
        assert made.mail_at is None
    assert (made.leads_at is None) == (rule.leads_after is None)


def test_urgent_ones_go_by_mail_after_ten_minutes_and_missed_times_to_the_leads_after_thirty() -> (
    None
):
    wish = Wish(TOKYO)
    assert plan(rules.RUNNING_OUT, wish, now=NOON) == Plan(NOON + timedelta(minutes=10))
    assert plan(rules.MISSED, wish, now=NOON) == Plan(
        NOON + timedelta(minutes=10), NOON + timedelta(minutes=30)
    )
    assert plan(rules.GIVEN, wish, now=NOON) == Plan()
    assert plan(rules.GIVEN, Wish(TOKYO, {Kind.GIVEN: Way.MAIL}), now=MIDNIGHT) == Plan(MORNING)


def test_what_customers_wait_for_is_never_off() -> None:
    none = Wish(TOKYO, dict.fromkeys(Kind, Way.NOT))
    told = {one.kind for one in RULES if plan(one, none, now=NOON) is not None}
    assert told == {Kind.TIMES} == rules.NEEDED


def test_the_leads_of_a_queue_are_those_who_work_on_it_else_all_who_see_it() -> None:
    agent = somebody(1)
    lead, other = somebody(2, Role.LEAD), somebody(3, Role.LEAD, queues=frozenset({9}))
    gone = somebody(4, Role.LEAD, is_active=False)
    everybody = (agent, lead, other, gone)
    assert leads(everybody, 5, ()) == (lead,)
    assert leads(everybody, 9, ()) == (lead, other)
    assert leads(everybody, 9, {1, 3, 4}) == (other,)


def test_goods_are_told_where_they_lie() -> None:
    here = somebody(1, Role.SHOP, locations=frozenset({7}))
    elsewhere = somebody(2, Role.SHOP, locations=frozenset({8}))
    everywhere, store = somebody(3, Role.SHOP), somebody(4, Role.WAREHOUSE)
    everybody = (here, elsewhere, everywhere, store)
    assert planner.at_place(everybody, 7, is_shop=True) == (here,)
    assert planner.at_place(everybody, 6, is_shop=True) == (everywhere,)
    assert planner.at_place(everybody, 7, is_shop=False) == (store,)


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.code)
def test_only_who_may_see_it_and_is_here_is_told(rule: rules.Rule) -> None:
    for role in permissions.STAFF_ROLES:
        one = somebody(1, role, queues=frozenset({5}), locations=frozenset({7}))
        may = permissions.may([role], rule.permission)
        assert planner.may_be_told(one, rule, queue_id=5, location_id=7) == may
        assert not planner.may_be_told(one, rule, queue_id=6)
        assert not planner.may_be_told(one, rule, location_id=8)
        assert not planner.may_be_told(somebody(1, role, is_active=False), rule)


def test_nobody_is_asked_about_what_they_are_never_told() -> None:
    own = {Kind.GIVEN, Kind.MENTIONS, Kind.ANSWERS, Kind.TIMES, Kind.ORDERS}
    assert set(rules.kinds_of([Role.AGENT])) == own
    assert set(rules.kinds_of([Role.LEAD])) == own | {Kind.UNASSIGNED, Kind.STEPS}
    assert set(rules.kinds_of([Role.SHOP])) == own | {Kind.STOCK}
    assert set(rules.kinds_of([Role.AUDITOR])) == own
    assert set(rules.kinds_of([Role.OPERATIONS])) == own | {Kind.STOCK, Kind.STEPS}
    assert set(rules.kinds_of([Role.LEAD, Role.OPERATIONS])) == set(Kind)


def test_rules_agree_with_each_other() -> None:
    assert len(rules.BY_CODE) == len(RULES)
    assert {one.kind for one in RULES} == set(Kind)
    for one in RULES:
        assert (one.leads_after is None) == (one.leads_rule == "")
        assert not one.leads_rule or one.leads_rule in rules.BY_CODE
    assert rules.ended_by(End.REPLIED) == ("answered", "running_out", "missed", "missed_by_others")
    assert set(rules.alike(rules.MISSED)) == {"running_out", "missed", "missed_by_others"}
    assert rules.alike(rules.MENTIONED) == ()
