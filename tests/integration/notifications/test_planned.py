"""What waits to be told: seen with its reason, sent now or stopped, each once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from notifications import due, preferences, rules, service
from notifications.examples import facts_of
from notifications.planned import service as deciding
from notifications.planned.states import Reason
from notifications.rules import Kind, Rule
from notifications.service import Told, Voice
from oms_service.access import staff as colleagues
from oms_service.access.states import Role
from oms_service.conversations.channels import MAIL
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock

PAGE = "/console/messages/planned"
#: Ten in the evening of Sunday 22 November in Tokyo.
NIGHT = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_night(clock: StandingClock) -> None:
    clock.set(NIGHT)


@pytest.fixture
def agent(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, "lead@shop.example")
    return client


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow, "emma.brown@example.com", language=Language.ENGLISH)


def tell(
    runtime: Runtime,
    customer_id: int,
    rule: Rule = rules.REFUND_PAID,
    *,
    order_id: int | None = None,
    key: str = "k",
) -> int:
    """Plan a notice; its id."""
    with runtime.unit_of_work(SYSTEM) as uow:
        told = Told(
            rule=rule,
            key=key,
            customer_id=customer_id,
            language=Language.ENGLISH,
            facts=facts_of(rule.template),
            order_id=order_id,
        )
        service.tell(uow, told, zone=runtime.settings.zone)
    return int(rows(runtime, "SELECT id FROM notices WHERE key = :key", key=key)[0][0])


def rows(runtime: Runtime, query: str, **values: object) -> list[tuple[Any, ...]]:
    with runtime.database.looking() as session:
        return [tuple(row) for row in session.execute(text(query), values)]


def stands(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(
        runtime,
        "SELECT state, why, channel, due_at IS NULL, message_id IS NULL FROM notices ORDER BY id",
    )


def decided(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(
        runtime,
        "SELECT name, payload->>'reason', actor FROM outbox"
        " WHERE name LIKE 'telling.%' ORDER BY id",
    )


def sent(runtime: Runtime) -> int:
    return int(rows(runtime, "SELECT count(*) FROM messages")[0][0])


def speak_due(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return due.speak_due(uow, zone=runtime.settings.zone)


def test_what_waits_says_for_what_and_who_shares_its_letter(
    runtime: Runtime, clock: StandingClock, agent: FlaskClient, customer_id: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order_id = make_order(uow, shop, number="A-1").id
    clock.set(NIGHT - timedelta(hours=4))
    tell(runtime, shop.customer_id, rules.DELAY, order_id=order_id, key="told")
    tell(runtime, shop.customer_id, rules.DELAY, order_id=order_id, key="again")
    clock.set(NIGHT)
    tell(runtime, customer_id, key="a")
    tell(runtime, customer_id, key="b")
    page = agent.get(PAGE).text
    assert page.count("The quiet hours") == 2
    assert page.count("in one letter with 1 other<") == 2
    assert page.count("The next day: this order was told of it today") == 1
    assert 'href="/console/orders/A-1"' in page
    assert page.count("until tomorrow at 8:00") == 3
    over = agent.get("/console/messages?view=waiting").text
    assert "Notices that wait for their time" in over
    assert over.count("The quiet hours") == 2
    beside = agent.get("/console/orders/A-1").text
    assert beside.count("The next day: this order was told of it today") == 1
    agent.set_cookie("lang", "ja")
    page = agent.get(PAGE).text
    assert page.count("夜間・早朝は送らないため") == 2
    assert page.count("ほか1件と1通にまとめて") == 2


def test_sent_now_it_leaves_once_however_often_it_is_pressed(
    runtime: Runtime, agent: FlaskClient, customer_id: int
) -> None:
    notice_id = tell(runtime, customer_id)
    assert stands(runtime) == [("waiting", "quiet", "", False, True)]
    page = agent.get(f"{PAGE}/{notice_id}").text
    assert "We have paid back" in page or "refund" in page.lower()
    for said in ("It is on its way.", "It has been sent already."):
        answer = post(agent, f"{PAGE}/{notice_id}/now", {"hurry": "customer_asked"})
        assert answer.status_code == 303
        assert said in agent.get(answer.location).text
    settle(runtime)
    assert stands(runtime) == [("spoken", "", MAIL, True, False)]
    assert sent(runtime) == 1
    ((_name, reason, who),) = decided(runtime)
    assert (_name, reason, who.startswith("staff:")) == ("telling.hurried", "customer_asked", True)
    assert speak_due(runtime) == 0
    answer = post(agent, f"{PAGE}/{notice_id}/stop", {"stop": "mistake"})
    assert "It has been sent already." in agent.get(answer.location).text
    assert len(decided(runtime)) == 1
    assert agent.get(f"{PAGE}/{notice_id}").status_code == 303


def test_stopped_it_is_never_sent_and_the_log_says_why(
    app: Flask,
    runtime: Runtime,
    clock: StandingClock,
    agent: FlaskClient,
    customer_id: int,
) -> None:
    notice_id = tell(runtime, customer_id)
    for said in ("It will not be sent.", "It was stopped already"):
        answer = post(agent, f"{PAGE}/{notice_id}/stop", {"stop": "told_otherwise"})
        assert said in agent.get(answer.location).text
    answer = post(agent, f"{PAGE}/{notice_id}/now", {"hurry": "urgent"})
    assert "It was stopped already" in agent.get(answer.location).text
    clock.advance(hours=12)
    assert speak_due(runtime) == 0
    assert stands(runtime) == [("suppressed", "stopped", "", True, True)]
    assert sent(runtime) == 0
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AUDITOR, language=Language.ENGLISH)
    auditor = app.test_client()
    sign_in(auditor, "auditor@shop.example")
    log = auditor.get("/console/audit?kind=staff").text
    assert log.count("Notice stopped") >= 1
    assert "told in another way" in log


@pytest.mark.parametrize(
    ("door", "field", "reason"),
    [
        ("now", "hurry", ""),
        ("now", "hurry", "mistake"),
        ("now", "stop", "urgent"),
        ("stop", "stop", ""),
        ("stop", "stop", "urgent"),
    ],
)
def test_without_a_reason_nothing_happens(
    runtime: Runtime, agent: FlaskClient, customer_id: int, door: str, field: str, reason: str
) -> None:
    notice_id = tell(runtime, customer_id)
    answer = post(agent, f"{PAGE}/{notice_id}/{door}", {field: reason})
    assert answer.status_code == 422
    assert "Please choose a reason." in answer.text
    assert stands(runtime) == [("waiting", "quiet", "", False, True)]
    assert decided(runtime) == []
    voice = Voice(runtime.settings.zone)
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        deciding.hurry(uow, notice_id, reason=Reason.MISTAKE, voice=voice)
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        deciding.stop(uow, notice_id, reason=Reason.URGENT)
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        deciding.stop(uow, notice_id + 1, reason=Reason.OTHER)


def test_what_is_refused_or_reaches_nobody_waits_on(
    runtime: Runtime, agent: FlaskClient, customer_id: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order_id = make_order(uow, shop).id
    notice_id = tell(runtime, shop.customer_id, rules.OUT_FOR_DELIVERY, order_id=order_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        nothing = {(Kind.DELIVERY, one): False for one in preferences.CHANNELS}
        preferences.choose(uow, shop.customer_id, nothing, source="portal")
    answer = post(agent, f"{PAGE}/{notice_id}/now", {"hurry": "urgent"})
    assert "does not want notices of this kind" in agent.get(answer.location).text
    assert [one[0] for one in stands(runtime)] == ["waiting"]
    assert (decided(runtime), sent(runtime)) == ([], 0)


def test_who_may_not_answer_customers_decides_nothing(
    app: Flask, runtime: Runtime, customer_id: int
) -> None:
    notice_id = tell(runtime, customer_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AUDITOR, language=Language.ENGLISH)
        make_staff(uow, Role.WAREHOUSE, language=Language.ENGLISH)
    for mail, sees in (("auditor@shop.example", 200), ("warehouse@shop.example", 403)):
        client = app.test_client()
        sign_in(client, mail)
        page = client.get(f"{PAGE}/{notice_id}")
        assert page.status_code == sees, mail
        assert "Send now" not in page.text
        for door, field in (("now", "hurry"), ("stop", "stop")):
            refused = post(client, f"{PAGE}/{notice_id}/{door}", {field: "other"})
            assert refused.status_code == 403, mail
    assert decided(runtime) == []
    assert stands(runtime) == [("waiting", "quiet", "", False, True)]


def test_who_is_limited_finds_and_decides_what_is_told_of_orders_alone(
    app: Flask, runtime: Runtime, customer_id: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order_id = make_order(uow, shop).id
        lead = make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        colleagues.limit(uow, lead.id, queues=set(), locations={shop.location_id})
    of_order = tell(runtime, shop.customer_id, rules.REFUND_PAID, order_id=order_id, key="order")
    of_case = tell(runtime, customer_id, rules.CASE_WAITING, order_id=order_id, key="case")
    of_nothing = tell(runtime, customer_id, key="alone")
    client = app.test_client()
    sign_in(client, "lead@shop.example")
    page = client.get(PAGE).text
    for notice_id, status in ((of_order, 200), (of_case, 404), (of_nothing, 404), (9_999, 404)):
        assert (f'href="{PAGE}/{notice_id}"' in page) == (status == 200)
        assert client.get(f"{PAGE}/{notice_id}").status_code == status
        if status == 404:
            for door, field in (("now", "hurry"), ("stop", "stop")):
                answer = post(client, f"{PAGE}/{notice_id}/{door}", {field: "other"})
                assert answer.status_code == 404
    assert {one[0] for one in stands(runtime)} == {"waiting"}
    assert decided(runtime) == []


def test_pressed_while_it_is_sent_it_leaves_once_or_never(
    runtime: Runtime, clock: StandingClock, customer_id: int
) -> None:
    """A sweep, two who send it and two who stop it, all at once, over several notices."""
    ids = [tell(runtime, customer_id, rules.CHANGE_DECLINED, key=f"k{n}") for n in range(6)]
    clock.advance(hours=12)
    voice = Voice(runtime.settings.zone)

    def hurry(who: int, notice_id: int) -> str:
        try:
            with runtime.unit_of_work(staff(who)) as uow:
                deciding.hurry(uow, notice_id, reason=Reason.URGENT, voice=voice)
        except deciding.Settled:
            return ""
        return f"spoken:{notice_id}"

    def stop(who: int, notice_id: int) -> str:
        try:
            with runtime.unit_of_work(staff(who)) as uow:
                deciding.stop(uow, notice_id, reason=Reason.NOT_TRUE)
        except deciding.Settled:
            return ""
        return f"suppressed:{notice_id}"

    for notice_id in ids:
        won = at_once(
            [
                partial(hurry, 1, notice_id),
                partial(stop, 2, notice_id),
                partial(hurry, 3, notice_id),
                partial(stop, 4, notice_id),
                lambda: "swept" if speak_due(runtime) else "",
            ]
        )
        mine = [one for one in won if one and one != "swept"]
        assert len(mine) <= 1
        if mine:
            state = rows(runtime, "SELECT state FROM notices WHERE id = :id", id=notice_id)
            assert mine == [f"{state[0][0]}:{notice_id}"]
    settle(runtime)
    states = [one[0] for one in stands(runtime)]
    assert set(states) <= {"spoken", "suppressed"}
    told = rows(runtime, "SELECT count(DISTINCT message_id) FROM notices WHERE state = 'spoken'")
    assert sent(runtime) == told[0][0]
    stopped = [name for name, _reason, _who in decided(runtime) if name == "telling.stopped"]
    assert len(stopped) == states.count("suppressed")


def at_once(acts: Sequence[Callable[[], str]]) -> list[str]:
    start = Barrier(len(acts))

    def one(act: Callable[[], str]) -> str:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))
