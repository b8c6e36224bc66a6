"""A customer fetches all that is kept of them: the data and the files, and nobody else's words."""

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cases import service
from cases.evidence import service as evidence
from oms_service.access import sessions
from oms_service.access.models import LoginCode
from oms_service.access.states import SessionKind
from oms_service.conversations import handing_out
from oms_service.conversations import service as conversations
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.models import Message
from oms_service.customers import queries as customers
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import NotFound
from oms_service.operations.changes import cancelling
from oms_service.operations.people import People
from oms_service.ports.files import NoSuchFile, Stored
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.files import RULES, a_pdf, upload
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.integration.cases.test_portal_waiting import signed_in

SECRET = "QZX of colleagues"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """A customer with an order, a chat with two files, and a case that colleagues talk about."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop, agent = make_shop(uow), make_agent(uow)
        order = make_order(uow, shop)
        chat = make_chat(uow, customer_id=shop.customer_id)
        other = make_chat(uow, customer_id=make_customer(uow, "his@example.jp"))
        conversations.receive(uow, other.id, key="m", text="words of somebody else")
    scope = f"conversation:{chat.id}"
    sent = [
        upload(runtime, customer(shop.customer_id), scope, name="../../etc/箱の写真.jpg"),
        upload(
            runtime,
            customer(shop.customer_id),
            scope,
            key="k2",
            content=a_pdf(b"an invoice"),
            name="bill.pdf",
        ),
    ]
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        enclosed = Enclosed(scope=scope, ids=[one.public_id for one in sent], rules=RULES)
        conversations.receive(uow, chat.id, key="m1", text="the box is torn", enclosed=enclosed)
    kept = upload(runtime, staff(agent), f"staff:{agent}", name=f"{SECRET}.jpg")
    with runtime.unit_of_work(staff(agent)) as uow:
        case = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
        service.note(uow, case.id, SECRET)
        own = Enclosed(scope=f"staff:{agent}", ids=[kept.public_id], rules=RULES)
        evidence.add(uow, case.id, own)
    drain(runtime)
    return shop


def a_browser(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.CUSTOMER, customer_id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    return client


def test_the_archive_holds_ones_own_words_and_files_and_nothing_from_inside(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    client = a_browser(app, runtime, shop.customer_id)
    assert "/account/data" in client.get("/account/data").text
    answer = post(client, "/account/data")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        told = json.loads(archive.read("data.json"))
        assert archive.read(names[1]) == a_pdf(b"an invoice")
        assert archive.read(names[0])[:2] == b"\xff\xd8"
    assert [name.split("-", 1)[0] for name in names] == ["files/0001", "files/0002", "data.json"]
    assert all(".." not in name and name.count("/") <= 1 for name in names)
    assert names[0].endswith("箱の写真.jpg")
    assert [one["content"] for one in told["conversations"]["files"]] == names[:2]
    said = json.dumps(told, ensure_ascii=False)
    assert "the box is torn" in said
    assert "words of somebody else" not in said
    assert SECRET not in said + "".join(names)
    assert "record" not in told["cases"]
    assert told["cases"]["cases"][0]["number"].startswith("C-")
    for _ in range(4):
        assert post(client, "/account/data").data
    assert post(client, "/account/data").status_code == 303
    assert app.test_client().get("/account/data").status_code == 303


def test_colleagues_hand_out_all_of_it_and_of_the_erased_nothing(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.database.looking() as session:
        made = handing_out.archive(session, runtime.keepers, shop.customer_id, inside=True)
    assert SECRET in json.dumps(made.data, ensure_ascii=False)
    assert len(made.files) == 3
    with runtime.unit_of_work(SYSTEM) as uow:
        People(runtime.keepers).erase(uow, shop.customer_id, force=True)
    with runtime.database.looking() as session, pytest.raises(NotFound):
        handing_out.archive(session, runtime.keepers, shop.customer_id, inside=True)


class Pieces:
    """A store that tells how much of a file was asked for, and has lost one."""

    def __init__(self, lost: str) -> None:
        self.asked = 0
        self._lost = lost

    def get(self, key: str) -> Stored:
        if key == self._lost:
            raise NoSuchFile(key)
        return Stored(3_000_000, self._read())

    def _read(self) -> Iterator[bytes]:
        for _ in range(3):
            self.asked += 1
            yield b"x" * 1_000_000


def test_it_is_made_while_it_is_read_and_says_what_is_gone(runtime: Runtime, shop: Shop) -> None:
    with runtime.database.looking() as session:
        made = handing_out.archive(session, runtime.keepers, shop.customer_id, inside=False)
    store = Pieces(made.files[0].store_key)
    chunks = made.chunks(store)  # type: ignore[arg-type]  # as much of a store as it uses
    first = [next(chunks) for _ in range(2)]
    assert store.asked == 1, "no piece is read before the last one is gone"
    with zipfile.ZipFile(io.BytesIO(b"".join([*first, *chunks]))) as archive:
        told = json.loads(archive.read("data.json"))
        assert [len(archive.read(name)) for name in archive.namelist()[:-1]] == [3_000_000]
    assert [one["content"] for one in told["conversations"]["files"]] == [
        None,
        made.files[1].path,
    ]


def test_so_much_and_no_more(runtime: Runtime, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_out, "MOST_FILES", 1)
    with runtime.database.looking() as session:
        made = handing_out.archive(session, runtime.keepers, shop.customer_id, inside=False)
    assert len(made.files) == 1
    assert len(made.data["conversations"]["files"]) == 2


def a_code(runtime: Runtime) -> str:
    """The code that was mailed last."""
    with runtime.database.looking() as session:
        said = session.scalars(select(Message.text).order_by(Message.id.desc()).limit(1)).one()
    return str(re.findall(r"\d{6}", said)[0])


def test_a_customer_is_forgotten_by_a_code_once_nothing_is_under_way(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_customer(uow, "leaving@example.jp")
        shop = make_shop(uow)
        order = make_order(uow, shop, customer_id=me, is_paid=False)
    mine = signed_in(app, runtime, me)
    path = "/account/data/forget"
    assert "This cannot be undone." in mine.get(path).text
    assert "Erase me for good" in post(mine, f"{path}/code", {}).text
    wish = {"code": a_code(runtime), "read": "yes"}
    assert post(mine, path, {"code": wish["code"]}).status_code == 422
    assert post(mine, path, {**wish, "code": "000000x"}).status_code == 422
    waiting = post(mine, path, wish)
    assert (waiting.status_code, "still under way" in waiting.text) == (409, True)
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.call_off(uow, order.id, reason="other")
    drain(runtime)
    gone = post(mine, path, wish)
    assert (gone.status_code, gone.location) == (303, "/")
    with runtime.database.reading() as connection:
        assert customers.is_erased(connection, me)
    assert mine.get("/orders").status_code == 303


def test_a_code_that_is_meanwhile_of_another_record_forgets_nobody(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_customer(uow, "staying@example.jp")
        other = make_customer(uow, "other@example.jp")
    mine = signed_in(app, runtime, me)
    path = "/account/data/forget"
    post(mine, f"{path}/code", {})
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(LoginCode).values(customer_id=other))
    answer = post(mine, path, {"code": a_code(runtime), "read": "yes"})
    assert answer.status_code == 422
    with runtime.database.reading() as connection:
        assert not any(customers.is_erased(connection, one) for one in (me, other))
