"""How a delivery and its products were: asked once, when nothing is open, and told to who asks."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases import queries, service
from cases.after import feedback
from cases.after import queries as asked
from cases.after.states import AskState
from cases.after.views import FeedbackView, Given
from oms_service.customers.models import Consent
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.kernel.errors import Invalid
from oms_service.operations.people import People
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import post
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    """Two items that came yesterday."""
    with runtime.unit_of_work(SYSTEM) as uow:
        items = {"COFFEE": 1, "MUG": 1}
        made = make_delivered_order(uow, shop, items=items, number="A-10423", days_ago=1)
    drain(runtime)
    return made


def ask(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        done = feedback.ask_due(uow)
    drain(runtime)
    return done


def of(runtime: Runtime, order: MadeOrder) -> FeedbackView:
    with runtime.database.looking() as session:
        found = asked.feedback_of_order(session, order.id)
    assert found is not None
    return found


def mails(runtime: Runtime, template: str) -> list[str]:
    with runtime.database.looking() as session:
        query = text(
            "SELECT m.text FROM notices n JOIN messages m ON m.id = n.message_id"
            " WHERE n.template = :template ORDER BY n.id"
        )
        return list(session.execute(query, {"template": template}).scalars())


def test_it_is_asked_once_three_days_after_the_delivery(
    app: Flask, runtime: Runtime, clock: StandingClock, order: MadeOrder
) -> None:
    assert of(runtime, order).state is AskState.WAITING
    clock.advance(hours=47)
    assert ask(runtime) == 0
    clock.advance(hours=1)
    assert ask(runtime) == 1
    assert ask(runtime) == 0
    (said,) = mails(runtime, "feedback")
    assert said.startswith("ご注文 A-10423(ドリップコーヒーほか1点)をお届けいたしました。")
    found = re.search(r"https?://[^/]+(/feedback/\S+)", said)
    assert found
    guest = app.test_client()
    guest.set_cookie("lang", "en")
    answered_by_link(guest, runtime, order, found[1])


def answered_by_link(guest: FlaskClient, runtime: Runtime, order: MadeOrder, path: str) -> None:
    coffee, mug = order.line_ids
    assert guest.get(f"{path}?score=1").status_code == 200
    assert of(runtime, order).score is None
    assert post(guest, path, {"score": "", f"line-{coffee}": ""}).status_code == 422
    assert post(guest, path, {"score": "7"}).status_code == 422
    sent = {"score": "4", "words": "", f"line-{coffee}": "5", f"line-{coffee}-words": "香りがいい"}
    assert post(guest, path, sent).status_code == 303
    again = {"score": "5", "words": "早い", f"line-{mug}": "3"}
    assert post(guest, path, again).status_code == 303
    now = of(runtime, order)
    assert (now.state, now.score, now.words, now.carrier) == (
        AskState.ANSWERED,
        5,
        "早い",
        "yamato",
    )
    with runtime.database.looking() as session:
        (line,) = asked.lines_of(session, [now.id])[now.id]
    assert (line.sku, line.score) == ("MUG", 3)


def test_who_waits_for_an_answer_of_ours_is_asked_when_that_is_over(
    runtime: Runtime, clock: StandingClock, order: MadeOrder
) -> None:
    clock.advance(days=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, order_id=order.id, reason="damaged")
    assert ask(runtime) == 1
    assert of(runtime, order).state is AskState.WAITING
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, case.id, code="handled")
    clock.advance(days=1)
    assert ask(runtime) == 1
    assert of(runtime, order).state is AskState.ASKED


def test_an_open_matter_of_a_month_is_not_outwaited(
    runtime: Runtime, clock: StandingClock, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_case(uow, order_id=order.id, reason="damaged")
    clock.advance(days=35)
    assert ask(runtime) == 1
    assert of(runtime, order).why == "unfinished"


def test_who_refuses_and_who_was_asked_lately_are_left_in_peace(
    runtime: Runtime, clock: StandingClock, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        second = make_delivered_order(uow, shop, number="A-2", days_ago=1)
    drain(runtime)
    clock.advance(days=2)
    assert ask(runtime) == 2
    assert of(runtime, order).state is AskState.ASKED
    assert of(runtime, second).state is AskState.WAITING
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Consent(
                customer_id=shop.customer_id,
                channel="portal",
                purpose=feedback.PURPOSE,
                granted=False,
                source="a test",
                at=uow.now,
            )
        )
    clock.advance(days=15)
    assert ask(runtime) == 1
    assert of(runtime, second).why == "refused"
    assert len(mails(runtime, "feedback")) == 1


def test_a_low_score_of_the_delivery_opens_one_case_for_a_person(
    runtime: Runtime, clock: StandingClock, shop: Shop, order: MadeOrder
) -> None:
    clock.advance(days=2)
    ask(runtime)
    found = of(runtime, order)
    for score in (2, 1):
        with runtime.unit_of_work(customer(shop.customer_id)) as uow:
            feedback.give(uow, found.id, score=score, words="箱が潰れていた", on="link")
    drain(runtime)
    now = of(runtime, order)
    with runtime.database.looking() as session:
        case = queries.by_id(session, now.case_id or 0)
        assert session.execute(text("SELECT count(*) FROM cases")).scalar_one() == 1
    assert (case.reason, case.order_id, case.is_internal) == ("feedback", order.id, False)
    with runtime.unit_of_work(customer(shop.customer_id)) as uow, pytest.raises(Invalid):
        feedback.give(uow, found.id, score=3, lines=[Given(10**6, 3)], on="link")
    with runtime.unit_of_work(customer(shop.customer_id)) as uow, pytest.raises(Invalid):
        feedback.give(uow, found.id, score=None, on="link")
    assert of(runtime, order) == now


def test_words_are_exported_and_erased_and_scores_stay(
    runtime: Runtime, clock: StandingClock, shop: Shop, order: MadeOrder
) -> None:
    clock.advance(days=2)
    ask(runtime)
    found = of(runtime, order)
    lines = [Given(order.line_ids[0], 4, "おいしい")]
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        feedback.give(uow, found.id, score=5, words="速い", lines=lines, on="link")
    people = People(runtime.keepers)
    with runtime.unit_of_work(SYSTEM) as uow:
        told = people.export(uow.session, shop.customer_id)["answers"]
    assert told["feedback"][0]["words"] == "速い"
    assert told["feedback_on_products"][0]["words"] == "おいしい"
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, shop.customer_id, force=True)
    now = of(runtime, order)
    with runtime.database.looking() as session:
        (line,) = asked.lines_of(session, [now.id])[now.id]
    assert (now.score, now.words, line.score, line.words) == (5, "", 4, "")
