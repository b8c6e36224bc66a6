"""Labels bought from a provider over real HTTP: once, whatever breaks; and given back."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from oms_service.documents import queries
from oms_service.documents.queries import LabelView
from oms_service.documents.states import LabelState
from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import labelling, packing, printing
from oms_service.operations.dispatch.labelling import NoProvider
from oms_service.operations.dispatch.packing import Weighed
from oms_service.operations.people import People
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.warehouse import boxes
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import PackedBox
from oms_service.warehouse.states import BoxState
from tests.effects import settle
from tests.factories.documents import ISSUER
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.warehouse import COFFEE_BARCODE, furnish, pick_all, start_list
from tests.fakes.easypost import NUMBER, PDF, EasyPostServer, an_easypost
from tests.pdfs import pages


@pytest.fixture
def easypost() -> Iterator[EasyPostServer]:
    with an_easypost() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, easypost: EasyPostServer) -> Settings:
    return dataclasses.replace(
        settings, easypost_api_key="EZTKtest", easypost_url=f"{easypost.url}/v2"
    )


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
    return shop


def a_box(runtime: Runtime, shop: Shop, carrier: str = "usps") -> PackedBox:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        (found,) = warehouse.fulfilments_of(uow.session, order.id)
        return packing.pack(
            uow,
            found.id,
            packing.unpacked(uow.session, found),
            Weighed(weight_g=400, carrier=carrier, service="Priority"),
            box_code="M",
        )


def label_of(runtime: Runtime, box: PackedBox) -> LabelView:
    with runtime.database.looking() as session:
        found = queries.live_label(session, box.id)
    assert found is not None
    return found


def test_a_packed_box_gets_its_label_its_number_and_its_cost(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer
) -> None:
    box = a_box(runtime, shop)
    settle(runtime)
    made = label_of(runtime, box)
    assert (made.state, made.tracking_number, made.cost) == (
        LabelState.BOUGHT,
        NUMBER,
        Money(758, "USD"),
    )
    with runtime.database.looking() as session:
        now = warehouse.box(session, box.id)
        paper = printing.label(session, box.number, issuer=ISSUER, adapters=runtime.adapters)
    assert (now.state, now.tracking_number) == (BoxState.LABELLED, NUMBER)
    assert (paper.body, paper.media_type) == (PDF, "application/pdf")
    asked = easypost.shipments[f"{box.number}-1"]
    assert asked["to_address"]["name"] == "佐藤 美咲"
    assert asked["parcel"]["weight"] == 14.1


def test_a_crash_between_buying_and_keeping_buys_nothing_more(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer
) -> None:
    easypost.breaks_after_buying = True
    box = a_box(runtime, shop)
    settle(runtime)
    assert label_of(runtime, box).state is LabelState.BOUGHT
    assert easypost.bought == 1
    assert len(easypost.shipments) == 1


def test_a_label_bought_while_its_customer_was_erased_is_kept_without_its_file(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = easypost.answer

    def erasing(method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        said = answer(method, path, body)
        if path.endswith("/buy"):
            with runtime.unit_of_work(SYSTEM) as uow:
                People(runtime.keepers).erase(uow, shop.customer_id, force=True)
            drain(runtime)
        return said

    monkeypatch.setattr(easypost, "answer", erasing)
    box = a_box(runtime, shop)
    settle(runtime)
    made = label_of(runtime, box)
    assert (made.state, made.tracking_number, made.has_file) == (LabelState.BOUGHT, NUMBER, False)


def test_a_refused_label_waits_with_plain_words_and_is_tried_again(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer
) -> None:
    easypost.refuse = "ADDRESS.VERIFY.FAILURE"
    box = a_box(runtime, shop)
    settle(runtime)
    assert label_of(runtime, box).failure == "address_refused"
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert (entry.what, entry.cause) == (
        f"label {box.number}-1",
        "The carrier does not accept an address. Correct it, then try again.",
    )
    easypost.refuse = ""
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.retry(uow, entry.id)
    settle(runtime)
    assert label_of(runtime, box).state is LabelState.BOUGHT
    with runtime.database.looking() as session:
        assert fallout.waiting(session) == []


def test_a_service_that_is_not_offered_is_refused_before_anything_is_paid(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        (found,) = warehouse.fulfilments_of(uow.session, order.id)
        box = packing.pack(
            uow,
            found.id,
            packing.unpacked(uow.session, found),
            Weighed(weight_g=400, carrier="usps", service="Teleport"),
            box_code="M",
        )
    settle(runtime)
    assert label_of(runtime, box).failure == "service_not_offered"
    assert easypost.bought == 0


def test_an_unpacked_box_gives_its_label_back_once(
    runtime: Runtime, shop: Shop, easypost: EasyPostServer
) -> None:
    box = a_box(runtime, shop)
    settle(runtime)
    made = label_of(runtime, box)
    with runtime.unit_of_work(SYSTEM) as uow:
        packing.unpack(uow, box.id)
    settle(runtime)
    with runtime.database.looking() as session:
        assert queries.label(session, made.id).state is LabelState.VOID
        assert queries.label_file(session, made.id) is None
    assert [call for call in easypost.calls if call.endswith("/refund")] == [
        "POST /shipments/shp_1/refund"
    ]


def test_other_carriers_get_a_label_of_our_own(runtime: Runtime, shop: Shop) -> None:
    box = a_box(runtime, shop, carrier="other")
    settle(runtime)
    with runtime.database.looking() as session:
        assert queries.live_label(session, box.id) is None
        own = printing.label(session, box.number, issuer=ISSUER, adapters=runtime.adapters)
        slip = printing.packing_slip(session, box.number, issuer=ISSUER)
    (page,) = pages(own.body)
    assert page[0] == "配送業者"
    assert box.number in page
    assert "佐藤 美咲 様" in page
    assert "合計点数 2" in pages(slip.body)[0]
    with (
        pytest.raises(NoProvider),
        runtime.unit_of_work(SYSTEM) as uow,
    ):
        labelling.request_label(uow, box.number, adapters=runtime.adapters)


def test_a_number_given_by_hand_stays_with_its_box(runtime: Runtime, shop: Shop) -> None:
    box = a_box(runtime, shop, carrier="other")
    with runtime.unit_of_work(SYSTEM) as uow:
        boxes.give_tracking(uow, box.id, carrier="other", tracking_number="H-1")
    with runtime.database.looking() as session:
        own = printing.label(session, box.number, issuer=ISSUER, adapters=runtime.adapters)
    assert "H-1" in pages(own.body)[0]
