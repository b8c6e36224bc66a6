"""Printing, issuing, and files to carriers' programs and back, over HTTP."""

import csv
import dataclasses
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.states import Role
from oms_service.adapters.carriers.sheets import written
from oms_service.documents import service as labels
from oms_service.documents.models import Document
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.dispatch import packing, shipping
from oms_service.operations.dispatch.packing import Weighed
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import PackedBox
from oms_service.web import csrf
from tests.apps import an_app
from tests.effects import settle
from tests.factories.documents import ISSUER
from tests.factories.orders import MadeOrder, make_order
from tests.factories.pickups import reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, proof, sign_in
from tests.factories.stock import make_location
from tests.factories.warehouse import (
    COFFEE_BARCODE,
    furnish,
    label,
    pack_all,
    pick_all,
    start_list,
)
from tests.fakes.clock import StandingClock
from tests.pdfs import pages
from tests.routes import filled

HANDOFF = "/console/documents/handoff"


def a_file(body: bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(body), "result.csv")}


@pytest.fixture
def app(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    known = dataclasses.replace(
        settings,
        legal_name=ISSUER.name,
        registration_number=ISSUER.registration,
        postal_code=ISSUER.postal_code,
        address=(ISSUER.region, ISSUER.city, ISSUER.line1, ISSUER.line2),
        phone=ISSUER.phone,
        yamato_customer_code="045000000001",
    )
    with an_app(known, clock=clock) as made:
        yield made


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
    return shop


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, number="A-10423")


@pytest.fixture
def box(runtime: Runtime, shop: Shop, order: MadeOrder) -> PackedBox:
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        (found,) = warehouse.fulfilments_of(uow.session, order.id)
        return packing.pack(
            uow,
            found.id,
            packing.unpacked(uow.session, found),
            Weighed(weight_g=400, carrier="yamato"),
            box_code="M",
        )


@pytest.fixture
def desk(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.OPERATIONS)


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


def test_slips_labels_and_lists_are_printed(desk: FlaskClient, box: PackedBox) -> None:
    slip = desk.get(f"/console/documents/boxes/{box.number}/slip.pdf")
    label = desk.get(f"/console/documents/boxes/{box.number.lower()}/label.pdf")
    assert (slip.status_code, slip.content_type) == (200, "application/pdf")
    assert pages(slip.data)[0][0] == "納品書"
    assert pages(label.data)[0][0] == "ヤマト運輸"
    assert slip.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["boxes/B-XXXXXX/slip.pdf", "boxes/あ/label.pdf", "manifests/M-1.pdf"]
)
def test_what_does_not_exist_is_not_found(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/console/documents/{path}").status_code == 404


def test_a_file_goes_out_and_its_numbers_come_back_once(
    desk: FlaskClient, runtime: Runtime, box: PackedBox
) -> None:
    made = post(desk, f"{HANDOFF}/yamato/file")
    head, line = csv.reader(io.StringIO(made.data.decode("cp932"), newline=""))
    assert (len(head), line[0], line[15]) == (95, box.number, "佐藤 美咲")
    answer = written([head, [box.number, "0", "0", "1234-5678-9012", *line[4:]]])
    for _ in range(2):
        taken = post(
            desk,
            "/console/documents/handoff/yamato/results",
            {"file": (io.BytesIO(answer), "result.csv")},
        )
        assert taken.status_code == 303
    with runtime.database.looking() as session:
        now = warehouse.box(session, box.id)
    assert (now.tracking_number, now.version) == ("1234-5678-9012", box.version + 1)


def test_bad_rows_are_named_and_the_others_are_taken(
    desk: FlaskClient, runtime: Runtime, box: PackedBox
) -> None:
    answer = written(
        [["お客様管理番号", "伝票番号"], ["B-XXXXXX", "1"], [box.number, "2"], ["B-1", "1E+9"]]
    )
    taken = post(
        desk,
        "/console/documents/handoff/yamato/results",
        {"file": (io.BytesIO(answer), "result.csv")},
    )
    assert taken.status_code == 422
    assert "B-XXXXXX" in taken.text
    with runtime.database.looking() as session:
        assert warehouse.box(session, box.id).tracking_number == "2"


def test_a_file_of_something_else_is_refused_in_words(desk: FlaskClient, box: PackedBox) -> None:
    for body in (b"", b"a,b\r\n1,2\r\n"):
        taken = post(
            desk,
            "/console/documents/handoff/sagawa/results",
            {"file": (io.BytesIO(body), "result.csv")},
        )
        assert taken.status_code == 422


def test_what_goes_out_elsewhere_is_not_there_for_a_colleague_of_one_location(
    app: Flask, runtime: Runtime, shop: Shop, box: PackedBox
) -> None:
    """Boxes, labels, manifests and pickups of another location, and files of carriers' programs."""
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        paper = labels.request_label(
            uow, box_id=box.id, box_number=box.number, order_id=box.order_id,
            carrier="yamato", service="",
        )  # fmt: skip
        labels.fail(uow, paper.id, cause="provider_refused")
        kept = reserve(uow, shop, stocked_counter(uow, shop))
        osaka = make_location(uow, "osaka", region="大阪府")
        another = make_order(uow, shop)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop, key="l2"), {shop.coffee_id: COFFEE_BARCODE})
        (found,) = warehouse.fulfilments_of(uow.session, another.id)
        gone = shipping.hand_over_box(
            uow, label(uow, pack_all(uow, found, weight_g=400), "4321").id
        )
        manifest = warehouse.manifest(uow.session, gone.manifest_id or 0).number
    clients = [come_in(app, runtime, Role.SHOP), come_in(app, runtime, Role.WAREHOUSE)]
    with runtime.unit_of_work(SYSTEM) as uow:
        for mail in ("shop@shop.example", "warehouse@shop.example"):
            who = access.staff_by_mail(uow.session, mail)
            assert who is not None
            colleagues.limit(uow, who.id, queues=[], locations=[osaka])
    theirs = {
        "documents/boxes/<number>": (box.number, "B-XXXXXX"),
        "warehouse/boxes/<number>": (box.number, "B-XXXXXX"),
        "documents/labels/<int:label_id>": (str(paper.id), "999999"),
        "documents/manifests/<number>": (manifest, "M-1"),
        "warehouse/manifests/<number>": (manifest, "M-1"),
        "pickups/<number>": (kept.number, "P-XXXXXX"),
    }
    seen = set()
    for client in clients:
        headers = {csrf.HEADER: proof(client, "/console/warehouse")}
        for route in app.url_map.iter_rules():
            for start, numbers in theirs.items():
                if not route.rule.startswith(f"/console/{start}"):
                    continue
                gap = start.partition("/<")[2]
                for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
                    statuses = {
                        client.open(
                            filled(route.rule.replace(f"<{gap}", number, 1), "1"),
                            method=method,
                            headers=headers,
                        ).status_code
                        for number in numbers
                    }
                    assert statuses in ({404}, {403}), (method, route.rule)
                    seen |= {start} if statuses == {404} else set()
    assert seen == set(theirs)
    packer = clients[1]
    page = packer.get(HANDOFF).text
    assert box.number not in page
    assert post(packer, f"{HANDOFF}/yamato/file").status_code == 404
    answer = written([["お客様管理番号", "伝票番号"], [box.number, "2"]])
    foreign = post(packer, f"{HANDOFF}/yamato/results", a_file(answer)).text
    unknown = written([["お客様管理番号", "伝票番号"], ["B-XXXXXX", "2"]])
    never = post(packer, f"{HANDOFF}/yamato/results", a_file(unknown)).text
    assert box.number in foreign
    assert ("B-XXXXXX" in never, foreign.count("<tr")) == (True, never.count("<tr"))
    with runtime.database.looking() as session:
        assert not warehouse.box(session, box.id).tracking_number


def test_an_invoice_and_a_receipt_are_issued_and_printed(
    desk: FlaskClient, order: MadeOrder
) -> None:
    page = "/console/documents/orders/A-10423"
    assert desk.get(page).status_code == 200
    assert post(desk, f"{page}/invoice", {"recipient": "株式会社A"}).status_code == 303
    assert post(desk, f"{page}/receipt", {"purpose": "お品代"}).status_code == 303
    text = desk.get(page).text
    assert "I-000001" in text
    assert "R-000001" in text
    out = post(desk, "/console/documents/I-000001/print")
    assert "株式会社A 様" in pages(out.data)[0]
    first, second = (post(desk, "/console/documents/R-000001/print") for _ in range(2))
    assert "再発行" not in pages(first.data)[0]
    assert "再発行" in pages(second.data)[0]


def test_an_auditor_reads_a_copy_and_hands_nothing_out(
    app: Flask, runtime: Runtime, desk: FlaskClient, order: MadeOrder
) -> None:
    assert post(desk, "/console/documents/orders/A-10423/receipt", {}).status_code == 303
    auditor = come_in(app, runtime, Role.AUDITOR)
    copy = post(auditor, "/console/documents/R-000001/print")
    assert "再発行" in pages(copy.data)[0]
    first = post(desk, "/console/documents/R-000001/print")
    assert "再発行" not in pages(first.data)[0]


def test_a_name_too_long_comes_back_with_the_form_and_issues_nothing(
    desk: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    page = "/console/documents/orders/A-10423"
    refused = post(desk, f"{page}/invoice", {"recipient": "名" * 201})
    assert refused.status_code == 422
    assert "名" * 201 in refused.text
    with runtime.database.looking() as session:
        assert session.scalar(select(func.count()).select_from(Document)) == 0


def test_who_may_not_issue_is_refused(app: Flask, runtime: Runtime, order: MadeOrder) -> None:
    client = come_in(app, runtime, Role.WAREHOUSE)
    refused = post(client, "/console/documents/orders/A-10423/invoice")
    assert refused.status_code == 403
