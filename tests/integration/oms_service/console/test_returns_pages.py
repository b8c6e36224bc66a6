"""What colleagues allow on the pages of returns and claims, within their limits and above."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service import relay as process
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.returning import claiming, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.payments import queries as payments
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries
from oms_service.returns.states import ClaimReason, ClaimState, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_claims, adopt_returns
from tests.factories.money import adopt
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in

ABOVE = "The refund is above what you may give alone."


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt(uow, made, refund_up_to_minor={"lead": 1_500})
        adopt_returns(uow, made, at_once_up_to_minor=0)
        adopt_claims(uow, made, approval="person")
    return made


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_delivered_order(uow, shop)
    process.drain(runtime)
    return made


def colleague(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, f"{role}@shop.example")
    return client


@pytest.mark.parametrize(("units", "is_above"), [(1, False), (2, True)])
def test_a_return_above_the_limit_says_what_happens_next(
    app: Flask, runtime: Runtime, order: MadeOrder, units: int, is_above: bool
) -> None:
    lead = colleague(app, runtime, Role.LEAD)
    line = WantedLine(line_id=order.line_ids[0], quantity=units, reason=ReturnReason.CHANGED_MIND)
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = Wanted(order_id=order.id, lines=[line], channel="desk", key="r")
        made = returns.request(uow, wanted)
    page = f"/console/returns/{made.view.number}"
    post(lead, f"{page}/decide", {"decision": "approve", "version": str(made.view.version)})
    assert (ABOVE in lead.get(page).text) is is_above


def test_a_claim_above_the_limit_says_what_happens_next_and_may_be_declined(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    lead = colleague(app, runtime, Role.LEAD)
    line = ClaimedLine(line_id=order.line_ids[0], quantity=2, reason=ClaimReason.DAMAGED)
    with runtime.unit_of_work(SYSTEM) as uow:
        made = claiming.request(
            uow,
            WantedClaim(
                order_id=order.id,
                lines=[line],
                remedy=Remedy.REFUND,
                channel="desk",
                key="c",
            ),
        )
    page = "/console/returns/claims"
    said = {"decision": "approve", "version": str(made.view.version)}
    post(lead, f"{page}/{made.view.number}/decide", said)
    assert ABOVE in lead.get(page).text
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert refund.state is RefundState.AWAITING_APPROVAL
    other = colleague(app, runtime, Role.OPERATIONS)
    post(other, f"/console/payments/refunds/{refund.id}/decline")
    process.drain(runtime)
    with runtime.database.reading() as connection:
        state = claim_queries.by_id(connection, made.view.id).state
    assert state is ClaimState.REQUESTED
    assert made.view.number in lead.get(page).text
