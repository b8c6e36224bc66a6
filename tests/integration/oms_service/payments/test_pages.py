"""The console's pages about money, pressed as colleagues press them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.reconcile import audit
from oms_service.orders.policy import Sums
from oms_service.payments import chargebacks, gift_cards
from oms_service.payments import queries as payments
from oms_service.payments.states import MethodKind, RefundState
from oms_service.runtime import Runtime
from tests.factories.money import adopt, make_card, make_method, order_paid_by, run
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop
from tests.factories.staff import make_staff, post, sign_in


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return a_colleague(app, runtime, Role.LEAD)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = order_paid_by(uow, shop, make_card(uow, shop), 50_000)
    run(runtime)
    return made


def a_colleague(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, f"{role}@shop.example")
    return client


def wish(amount: str, **more: str) -> dict[str, str]:
    said = {"amount": amount, "part": "order", "reason": "late", "where": "back", "key": "k1"}
    return said | more


def refunds_of(runtime: Runtime, order: MadeOrder) -> list[tuple[int, RefundState]]:
    with runtime.database.reading() as connection:
        return [(one.amount.minor, one.state) for one in payments.refunds(connection, order.id)]


def test_a_refund_is_shown_before_it_is_made_and_made_once(
    lead: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    page = f"/console/payments/orders/{order.number}"
    shown = post(lead, f"{page}/refund", wish("1,200"))
    assert (shown.status_code, refunds_of(runtime, order)) == (200, [])
    assert "Afterwards ¥48,800 may still go back." in shown.text
    for _press in range(2):
        assert post(lead, f"{page}/refund", wish("1,200", confirmed="1")).status_code == 303
    assert refunds_of(runtime, order) == [(1_200, RefundState.REQUESTED)]
    run(runtime)
    assert "Paid back" in lead.get(page).text
    assert "¥48,800 of ¥50,000 may still go back." in lead.get(page).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("50,001", "At most ¥50,000 is left."),
        ("-1", "Please check this."),
        ("1.5", "Please check this."),
        ("", "Please check this."),
        ("9" * 30, "Please check this."),
    ],
)
def test_a_wrong_amount_is_told_beside_its_field(
    lead: FlaskClient, runtime: Runtime, order: MadeOrder, typed: str, said: str
) -> None:
    answer = post(lead, f"/console/payments/orders/{order.number}/refund", wish(typed))
    assert answer.status_code == 422
    assert said in answer.text
    assert refunds_of(runtime, order) == []


def test_above_the_limit_a_second_person_agrees(
    app: Flask, runtime: Runtime, order: MadeOrder, lead: FlaskClient
) -> None:
    agent = a_colleague(app, runtime, Role.AGENT)
    page = f"/console/payments/orders/{order.number}/refund"
    assert "above your limit" in post(agent, page, wish("30,001")).text
    post(agent, page, wish("30,001", confirmed="1"))
    assert refunds_of(runtime, order) == [(30_001, RefundState.AWAITING_APPROVAL)]
    run(runtime)
    assert post(agent, "/console/payments/refunds/1/approve").status_code == 403
    assert "Needs a second person" in lead.get("/console/payments").text
    post(lead, "/console/payments/refunds/1/approve")
    run(runtime)
    assert refunds_of(runtime, order) == [(30_001, RefundState.PAID)]
    assert audit(runtime.database) == ()


def test_many_small_ones_are_not_below_the_limit(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    agent = a_colleague(app, runtime, Role.AGENT)
    page = f"/console/payments/orders/{order.number}/refund"
    for number, amount in enumerate(("1,500", "600")):
        said = wish(amount, part="goodwill", reason="apology", key=f"k{number}", confirmed="1")
        post(agent, page, said)
    assert refunds_of(runtime, order) == [
        (1_500, RefundState.REQUESTED),
        (600, RefundState.AWAITING_APPROVAL),
    ]


def test_whoever_asked_does_not_approve(
    lead: FlaskClient, runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, refund_up_to_minor={"lead": 0})
    post(lead, f"/console/payments/orders/{order.number}/refund", wish("100", confirmed="1"))
    post(lead, "/console/payments/refunds/1/approve")
    assert refunds_of(runtime, order) == [(100, RefundState.AWAITING_APPROVAL)]
    assert "it is your own request" in lead.get("/console/payments").text


def test_a_slip_is_noted_as_paid_by_a_colleague(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI))
    run(runtime)
    page = lead.get(f"/console/payments/orders/{order.number}").text
    assert re.search(r"Slip number .*\d{12}", page)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_order(uow, shop)
    foreign = post(lead, f"/console/payments/orders/{other.number}/attempts/1/paid")
    unknown = post(lead, f"/console/payments/orders/{other.number}/attempts/99/paid")
    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    post(lead, f"/console/payments/orders/{order.number}/attempts/1/paid")
    with runtime.database.reading() as connection:
        assert payments.sums(connection, order.id) == Sums(captured=2_000)
    post(lead, f"/console/payments/orders/{order.number}/refund", wish("500", confirmed="1"))
    run(runtime)
    assert "To be paid by hand" in lead.get("/console/payments").text
    post(lead, "/console/payments/refunds/1/to-credit")
    run(runtime)
    assert refunds_of(runtime, order) == [(500, RefundState.PAID)]
    with runtime.database.reading() as connection:
        (_slip, credit) = payments.methods(connection, shop.customer_id)
    assert (credit.kind, credit.balance_minor) == (MethodKind.STORE_CREDIT, 500)
    assert audit(runtime.database) == ()


def test_a_dispute_is_noted_and_settled(
    lead: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    page = f"/console/payments/orders/{order.number}"
    post(lead, f"{page}/chargebacks", {"dispute_amount": "1,000", "key": "d1"})
    assert "Evidence is due" in lead.get("/console/payments").text
    post(lead, "/console/payments/chargebacks/1/lost")
    post(lead, "/console/payments/chargebacks/1/won")
    with runtime.database.looking() as session:
        assert chargebacks.undecided(session) == ()
        assert payments.sums(session, order.id) == Sums(captured=50_000, charged_back=1_000)


def test_a_gift_card_shows_its_code_once(lead: FlaskClient, runtime: Runtime) -> None:
    form = {"amount": "3,000".replace(",", ""), "currency": "JPY", "key": "g1"}
    shown = post(lead, "/console/payments/gift-cards", form).text
    found = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", shown)
    assert found is not None
    assert found[0] not in lead.get("/console/payments/gift-cards").text
    with runtime.database.looking() as session:
        card = gift_cards.look(session, found[0].lower(), now=runtime.clock.now())
    assert card.amount.minor == 3_000
    assert post(lead, "/console/payments/gift-cards", form | {"amount": "x"}).status_code == 422


def test_the_order_page_says_what_may_go_back(lead: FlaskClient, order: MadeOrder) -> None:
    page = lead.get(f"/console/orders/{order.number}").text
    assert "May still go back" in page
    assert f"/console/payments/orders/{order.number}" in page
