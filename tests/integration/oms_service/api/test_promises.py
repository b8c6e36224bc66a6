"""``GET /v1/orders/{number}/promises``: every window that was told, and what was kept."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping.told import told
from oms_service.shipping.windows import Window
from tests.factories.orders import MadeOrder
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.api.conftest import Ask

PATH = "/v1/orders/A-10423/promises"


@pytest.mark.usefixtures("order")
def test_the_chain_is_told_by_channel_with_a_version(
    ask: Ask, order: MadeOrder, runtime: Runtime, clock: StandingClock
) -> None:
    first = ask("GET", PATH)
    (delivery,) = first.get_json()["deliveries"]
    assert delivery["tracking_number"] == order.tracking_number
    assert delivery["original"] == delivery["current"]
    assert (delivery["delivered_at"], delivery["kept_original"]) == (None, None)
    assert [(one["channel"], one["reason"]) for one in delivery["said"]] == [
        ("system", "handed_over")
    ]
    tag = first.headers["ETag"]
    assert ask("GET", PATH, headers={"If-None-Match": tag}).status_code == 304

    later = Window(clock.now() + timedelta(days=3), clock.now() + timedelta(days=3, hours=2))
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        parcel_id = uow.session.scalar(text("SELECT id FROM parcels"))
        told(
            uow,
            order_id=order.id,
            parcel_id=parcel_id,
            window=later,
            channel="webchat",
            reason="snow",
        )
    again = ask("GET", PATH, headers={"If-None-Match": tag})
    assert again.status_code == 200
    (delivery,) = again.get_json()["deliveries"]
    assert delivery["current"] == {
        "from": later.start.isoformat(),
        "until": later.until.isoformat(),
        "is_whole_days": False,
    }
    assert delivery["said"][1]["reason"] == "snow"
    assert delivery["original"] != delivery["current"]


def test_an_unknown_order_is_not_found(ask: Ask) -> None:
    assert ask("GET", "/v1/orders/A-99999/promises").status_code == 404
