"""Files on pages and in the API: who may send, who may look, and how they are shown."""

import dataclasses
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from cases import queries as cases
from cases import service
from cases.evidence import service as evidence
from cases.views import CaseView
from cases.writing import answering
from cases.writing import queries as writing
from oms_service.access import sessions
from oms_service.access.states import Role, SessionKind
from oms_service.adapters.mail.mailbox import letters
from oms_service.conversations import attachments_queries
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import Enclosed
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.operations.people import People
from oms_service.orders import queries as orders
from oms_service.returns import queries as returns
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.cases import make_case, make_chat, make_return_case
from tests.factories.files import RULES, a_pdf, a_photo, upload
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import bearer, make_key, make_staff, post, proof, sign_in
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_delivered_order(uow, shop)


@pytest.fixture
def case(runtime: Runtime, shop: Shop, order: MadeOrder) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        return make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )


def a_customer(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.CUSTOMER, customer_id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    return client


def a_colleague(app: Flask, runtime: Runtime, role: Role = Role.AGENT) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, role)
    client = app.test_client()
    sign_in(client, f"{role}@shop.example")
    return client


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return a_customer(app, runtime, shop.customer_id)


@pytest.fixture
def desk(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return a_colleague(app, runtime)


def form(client: FlaskClient, path: str, *files: tuple[bytes, str], **more: object) -> TestResponse:
    came = [FileStorage(io.BytesIO(raw), filename=name) for raw, name in files]
    fields = MultiDict({"csrf_token": proof(client), "files": came, **more})
    boundary, body = encode_multipart(fields)
    return client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def leave(runtime: Runtime, clock: StandingClock) -> int:
    """Let answers leave whose time has come; how many were taken up."""
    clock.advance(seconds=runtime.settings.reply_undo_s)
    with runtime.unit_of_work(SYSTEM) as uow:
        return answering.send_due(uow)


def ready(runtime: Runtime) -> list[attachments_queries.AttachmentView]:
    with runtime.database.reading() as connection:
        ids = connection.execute(text("SELECT id FROM attachments ORDER BY id")).scalars()
        return attachments_queries.those(connection, list(ids))


class TestCustomers:
    def test_photos_of_an_order_are_kept_with_it_and_its_case_is_told(
        self, runtime: Runtime, mine: FlaskClient, order: MadeOrder, case: CaseView
    ) -> None:
        with runtime.unit_of_work(staff(1)) as uow:
            service.wait_for_others(uow, case.id)
        path = f"/orders/{order.number}/photos"
        sent = form(
            mine, path, (a_photo(), "IMG 1.HEIC"), (a_photo(shade=1), "b.jpg"), form_id="f-000001"
        )
        assert (sent.status_code, sent.location) == (303, path.replace("A-", "A"))
        shown = mine.get(path).text
        assert "IMG 1.jpg" in shown
        assert "b.jpg" in shown
        with runtime.database.reading() as connection:
            now = cases.by_id(connection, case.id)
            entries = [entry.data.get("what") for entry in cases.entries(connection, case.id)]
            seen = attachments_queries.evidence(connection, order_id=order.id)
        assert (now.state, entries.count("files")) == ("open", 1)
        assert seen == {"photo"}

    def test_pressing_twice_sends_once(
        self, runtime: Runtime, mine: FlaskClient, order: MadeOrder
    ) -> None:
        for _ in range(2):
            sent = form(
                mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001"
            )
            assert sent.status_code == 303
        assert [one.order_id for one in ready(runtime)] == [order.id]

    def test_a_file_sent_ahead_is_seen_sent_and_removed(
        self, runtime: Runtime, mine: FlaskClient, order: MadeOrder
    ) -> None:
        made = form(mine, "/files", (a_photo(), "a.jpg"), key="ahead-001")
        assert made.status_code == 201, made.text
        told = made.json
        assert told is not None
        assert told["name"] == "a.jpg"
        assert mine.get(told["preview_url"], buffered=True).mimetype == "image/jpeg"
        other = form(mine, "/files", (a_pdf(), "b.pdf"), key="ahead-002").json
        assert other is not None
        assert other["preview_url"] is None
        gone = post(mine, f"/files/{other['id']}/remove")
        assert (gone.status_code, mine.get(other["url"], buffered=True).status_code) == (204, 404)
        sent = form(mine, f"/orders/{order.number}/photos", file=told["id"], form_id="f-000001")
        assert sent.status_code == 303
        assert [one.public_id for one in ready(runtime)] == [told["id"]]

    @pytest.mark.parametrize(
        ("raw", "status", "code"),
        [
            (b"<svg><script>alert(1)</script></svg>", 415, "file-type-refused"),
            (a_photo()[:100], 422, "file-unreadable"),
            (b"x" * (10 * 1024 * 1024 + 1), 413, "file-too-large"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_in_words(
        self, runtime: Runtime, mine: FlaskClient, raw: bytes, status: int, code: str
    ) -> None:
        answer = form(mine, "/files", (raw, "a\x00b.jpg"), key="ahead-001")
        assert answer.status_code == status
        assert answer.json is not None
        assert (answer.json["error"], len(answer.json["words"]) > 10) == (code, True)
        with runtime.database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM attachments")).scalar() == 0

    def test_a_refused_form_says_why_and_keeps_what_was_sent_ahead(
        self, mine: FlaskClient, order: MadeOrder
    ) -> None:
        told = form(mine, "/files", (a_photo(), "a.jpg"), key="ahead-001").json
        assert told is not None
        path = f"/orders/{order.number}/photos"
        page = form(mine, path, (b"MZ\x90\x00", "b.jpg"), file=told["id"], form_id="f-000001")
        assert page.status_code == 422
        assert told["id"] in page.text
        assert form(mine, path, form_id="f-000002").status_code == 422

    def test_a_body_beyond_all_bounds_is_refused_before_it_is_read(
        self, mine: FlaskClient, order: MadeOrder
    ) -> None:
        data = {"csrf_token": proof(mine)}
        for path, megabytes in ((f"/orders/{order.number}/photos", 52), ("/sign-out", 3)):
            claims = {"CONTENT_LENGTH": str(megabytes * 1024 * 1024)}
            assert mine.post(path, data=data, environ_overrides=claims).status_code == 413

    def test_somebody_elses_files_and_orders_are_as_unknown_as_none(
        self, app: Flask, runtime: Runtime, mine: FlaskClient, order: MadeOrder
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001")
        sent = ready(runtime)[0].public_id
        with runtime.unit_of_work(SYSTEM) as uow:
            other = a_customer(app, runtime, make_customer(uow, mail="other@example.jp"))
        for path in (f"/files/{sent}", f"/files/{sent}/preview", f"/orders/{order.number}/photos"):
            assert mine.get(path, buffered=True).status_code == 200
            assert other.get(path, buffered=True).status_code == 404
            assert app.test_client().get(path, buffered=True).status_code == 303
        assert form(other, f"/orders/{order.number}/photos", file=sent).status_code == 404
        assert mine.get(f"/files/{'x' * 43}", buffered=True).status_code == 404

    @pytest.mark.parametrize(
        ("raw", "said", "way"),
        [
            (a_photo(), "image/jpeg", "inline"),
            (a_pdf(), "application/pdf", "attachment"),
            ("お届け".encode(), "text/plain; charset=utf-8", "attachment"),
        ],
    )
    def test_what_is_shown_can_do_nothing(
        self, runtime: Runtime, mine: FlaskClient, order: MadeOrder, raw: bytes, said: str, way: str
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (raw, "写真.jpg"), form_id="f-000001")
        answer = mine.get(f"/files/{ready(runtime)[0].public_id}", buffered=True)
        headers = answer.headers
        assert headers["Content-Type"] == said
        assert headers["Content-Disposition"].startswith(f"{way}; filename*=UTF-8''")
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, max-age=300"
        assert int(headers["Content-Length"]) == len(answer.data)


class TestColleagues:
    def test_a_reply_takes_files_along_and_the_mail_carries_them(
        self,
        runtime: Runtime,
        clock: StandingClock,
        shop: Shop,
        desk: FlaskClient,
        order: MadeOrder,
    ) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            made = make_case(uow, order_id=order.id, customer_id=shop.customer_id)
        sent = form(
            desk,
            f"/desk/cases/{made.number}/files",
            (a_pdf(), "手順.pdf"),
            form_id="f-000001",
            words="手順をお送りします。",
            **{"for": "customer"},
        )
        assert sent.status_code == 303
        assert ready(runtime) == []
        leave(runtime, clock)
        settle(runtime)
        folder = runtime.settings.state_dir / "mail"
        assert [one.text.splitlines()[0] for one in letters(folder)] == ["手順をお送りします。"]
        raw = next(folder.glob("*.eml")).read_bytes()
        assert b"Content-Type: application/pdf" in raw
        assert [one.is_internal for one in ready(runtime)] == [False]

    def test_files_held_back_go_nowhere_and_are_at_hand_again(
        self, runtime: Runtime, clock: StandingClock, desk: FlaskClient, case: CaseView
    ) -> None:
        path = f"/desk/cases/{case.number}"
        words = {"words": "手順です。", "for": "customer"}
        for _ in range(2):  # pressed twice, it is one answer
            form(desk, f"{path}/files", (a_pdf(), "手順.pdf"), form_id="f-000001", **words)
        with runtime.database.reading() as connection:
            (pending,) = writing.leaving(connection, case.id)
        assert "添付ファイル" in desk.get(path).text
        assert post(desk, f"{path}/replies/{pending.id}/undo").status_code == 303
        assert leave(runtime, clock) == 0
        assert ready(runtime) == []
        assert pending.files is not None
        page = desk.get(path).text
        assert f'name="file" value="{pending.files.ids[0]}"' in page
        again = {"file": pending.files.ids[0], "form_id": "f-000002", **words}
        assert form(desk, f"{path}/files", **again).status_code == 303
        assert leave(runtime, clock) == 1
        assert [one.name for one in ready(runtime)] == ["手順.pdf"]
        # Whoever names a file that has left sends nothing.
        taken = form(desk, f"{path}/files", **{**again, "form_id": "f-000003"})
        assert taken.status_code == 303
        assert leave(runtime, clock) == 0

    def test_what_is_kept_for_colleagues_no_customer_sees(
        self, runtime: Runtime, mine: FlaskClient, desk: FlaskClient, case: CaseView
    ) -> None:
        for _ in range(2):
            form(
                desk,
                f"/desk/cases/{case.number}/files",
                (a_photo(), "a.jpg"),
                form_id="f-000001",
                **{"for": "colleagues"},
            )
        kept = ready(runtime)
        assert [(one.is_internal, one.message_id) for one in kept] == [(True, None)]
        path = f"/desk/cases/{case.number}/files/{kept[0].public_id}"
        assert desk.get(path, buffered=True).status_code == 200
        assert "a.jpg" in desk.get(f"/desk/cases/{case.number}").text
        assert mine.get(f"/files/{kept[0].public_id}", buffered=True).status_code == 404

    def test_a_file_is_found_by_its_own_case_alone(
        self, runtime: Runtime, desk: FlaskClient, case: CaseView
    ) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            other = make_case(uow)
            enclosed = Enclosed(
                scope="s", ids=[upload(runtime, SYSTEM, "s").public_id], rules=RULES
            )
            evidence.add(uow, case.id, enclosed)
        sent = ready(runtime)[0].public_id
        assert (
            desk.get(f"/desk/cases/{case.number}/files/{sent}/preview", buffered=True).status_code
            == 200
        )
        assert (
            desk.get(f"/desk/cases/{other.number}/files/{sent}", buffered=True).status_code == 404
        )

    def test_a_deleted_file_is_gone_for_everybody(
        self,
        runtime: Runtime,
        mine: FlaskClient,
        desk: FlaskClient,
        case: CaseView,
        order: MadeOrder,
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001")
        sent = ready(runtime)[0].public_id
        gone = post(desk, f"/desk/cases/{case.number}/files/{sent}/remove")
        assert gone.status_code == 303
        assert mine.get(f"/files/{sent}", buffered=True).status_code == 404
        assert post(desk, f"/desk/cases/{case.number}/files/{sent}/remove").status_code == 404

    def test_without_words_nothing_goes_to_the_customer(
        self, runtime: Runtime, desk: FlaskClient, case: CaseView
    ) -> None:
        path = f"/desk/cases/{case.number}/files"
        form(desk, path, (a_pdf(), "a.pdf"), form_id="f-000001", **{"for": "customer"})
        assert ready(runtime) == []

    def test_an_auditor_sees_that_there_are_files_and_opens_none(
        self, app: Flask, runtime: Runtime, mine: FlaskClient, case: CaseView, order: MadeOrder
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001")
        sent = ready(runtime)[0].public_id
        auditor = a_colleague(app, runtime, Role.AUDITOR)
        path = f"/desk/cases/{case.number}/files"
        assert auditor.get(f"{path}/{sent}").status_code == 403
        page = auditor.get(f"/desk/cases/{case.number}").text
        assert ("ファイル" in page, sent in page, "a.jpg" in page) == (True, False, False)
        assert form(auditor, path, (a_pdf(), "a.pdf")).status_code == 403
        assert post(auditor, f"{path}/{sent}/remove").status_code == 403
        assert form(auditor, "/desk/files", (a_pdf(), "a.pdf"), key="ahead-01").status_code == 403


class TestTheApi:
    def send(self, app: Flask, headers: dict[str, str], raw: bytes, key: str) -> TestResponse:
        return app.test_client().post(
            "/v1/attachments?name=dent.png",
            data=raw,
            headers={**headers, "Idempotency-Key": key, "Content-Type": "application/octet-stream"},
        )

    def test_a_file_is_uploaded_once_put_into_a_case_and_read(
        self, app: Flask, runtime: Runtime, case: CaseView
    ) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            _key, secret = make_key(uow, "files:send", "cases:read", "customers:personal")
        headers, client = bearer(secret), app.test_client()
        made = self.send(app, headers, a_photo(), "k1")
        assert made.status_code == 201, made.text
        assert made.json is not None
        assert (made.json["name"], made.json["state"]) == ("dent.jpg", "uploaded")
        assert self.send(app, headers, a_photo(), "k1").json == made.json
        reused = self.send(app, headers, a_pdf(), "k1")
        assert (reused.status_code, reused.json and reused.json["code"]) == (
            422,
            "idempotency-key-reused",
        )
        path = f"/v1/cases/{case.number}/attachments"
        wanted = {"attachments": [made.json["id"]]}
        put = client.post(path, json=wanted, headers={**headers, "Idempotency-Key": "k2"})
        assert put.status_code == 201, put.text
        assert put.json is not None
        assert put.json["attachments"][0]["is_internal"] is True
        listed = client.get(path, headers=headers)
        assert listed.json == put.json
        again = client.get(path, headers={**headers, "If-None-Match": listed.headers["ETag"]})
        assert again.status_code == 304
        content = client.get(
            f"/v1/attachments/{made.json['id']}/content", headers=headers, buffered=True
        )
        assert (content.status_code, content.mimetype) == (200, "image/jpeg")
        gone = client.delete(f"/v1/attachments/{made.json['id']}", headers=headers)
        assert gone.status_code == 404

    def test_refusals_are_problems_and_change_nothing(
        self, app: Flask, runtime: Runtime, case: CaseView
    ) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            _key, secret = make_key(uow, "files:send", "cases:read", "customers:personal")
            _other, others = make_key(uow, "files:send", "cases:read", label="other")
        headers = bearer(secret)
        for raw, status, code in (
            (b"", 422, "file-unreadable"),
            (b"PK\x03\x04", 415, "file-type-refused"),
            (b"x" * (10 * 1024 * 1024 + 1), 413, "file-too-large"),
        ):
            answer = self.send(app, headers, raw, "k1")
            assert (answer.status_code, answer.json and answer.json["code"]) == (status, code)
        made = self.send(app, headers, a_photo(), "k1")
        assert made.json is not None
        path = f"/v1/attachments/{made.json['id']}"
        client = app.test_client()
        assert client.get(path, headers=bearer(others)).status_code == 404
        assert client.delete(path, headers=bearer(others)).status_code == 404
        stolen = client.post(
            f"/v1/cases/{case.number}/attachments",
            json={"attachments": [made.json["id"]]},
            headers={**bearer(others), "Idempotency-Key": "k2"},
        )
        assert stolen.status_code == 422
        assert client.delete(path, headers=headers).status_code == 204
        assert ready(runtime) == []


class TestPrivacy:
    def test_an_erased_persons_files_are_deleted_and_their_sizes_stay(
        self, runtime: Runtime, shop: Shop, mine: FlaskClient, order: MadeOrder, case: CaseView
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001")
        waits = upload(runtime, customer(shop.customer_id), f"customer:{shop.customer_id}")
        with runtime.unit_of_work(SYSTEM) as uow:
            internal = upload(runtime, SYSTEM, "s", content=a_pdf())
            evidence.add(
                uow,
                case.id,
                Enclosed(scope="s", ids=[internal.public_id], rules=RULES),
            )
        people = People(runtime.keepers)
        with runtime.database.looking() as session:
            told = people.export(session, shop.customer_id)["conversations"]["files"]
            places = [
                attachments_queries.by_public_id(session, one)
                for one in (told[0]["public_id"], waits.public_id, internal.public_id)
            ]
        assert told[0]["name"] == "a.jpg"
        assert told[0]["content"] == f"/files/{told[0]['public_id']}"
        with runtime.unit_of_work(SYSTEM) as uow:
            people.erase(uow, shop.customer_id, force=True)
        settle(runtime)
        assert [runtime.files.exists(one.store_key) for one in places] == [False] * 3
        with runtime.database.reading() as connection:
            rows = connection.execute(
                text("SELECT state, name, sha256, size_bytes > 0 AS counted FROM attachments")
            ).all()
        assert {tuple(row) for row in rows} == {("removed", "", "", True)}

    def test_files_are_deleted_a_year_after_their_case_was_settled(
        self,
        runtime: Runtime,
        clock: StandingClock,
        mine: FlaskClient,
        order: MadeOrder,
        case: CaseView,
    ) -> None:
        form(mine, f"/orders/{order.number}/photos", (a_photo(), "a.jpg"), form_id="f-000001")

        def swept() -> int:
            before = len(ready(runtime))
            with runtime.unit_of_work(SYSTEM) as uow:
                runtime.keeping.forget(uow)
            return before - len(ready(runtime))

        clock.advance(days=400)
        assert swept() == 0
        with runtime.unit_of_work(SYSTEM) as uow:
            service.resolve(uow, case.id, code="answered", note="done")
        clock.advance(days=364)
        assert swept() == 0
        clock.advance(days=2)
        assert swept() == 1
        assert (swept(), ready(runtime)) == (0, [])


class TestTheCustomersCase:
    def test_a_reason_that_needs_a_photo_takes_none_without(
        self, runtime: Runtime, mine: FlaskClient, order: MadeOrder
    ) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(
                text("UPDATE case_reasons SET needs_photo = true WHERE code = 'damaged'")
            )
        path = f"/orders/{order.number}/cases/new"
        sent = {"form_id": "f-00000001", "reason": "damaged", "text": "割れていました"}
        refused = form(mine, path, **sent)
        assert refused.status_code == 422
        assert 'id="files-error"' in refused.text
        assert form(mine, path, (a_pdf(), "a.pdf"), **sent).status_code == 422
        sent["form_id"] = "f-00000002"
        made = form(mine, path, (a_photo(), "割れ.jpg"), **sent)
        again = form(mine, path, (a_photo(), "割れ.jpg"), **sent)
        assert (made.status_code, again.location) == (303, made.location)
        assert [(one.name, one.order_id) for one in ready(runtime)] == [("割れ.jpg", order.id)]
        page = mine.get(made.location).text
        assert page.count(f"/files/{ready(runtime)[0].public_id}/preview") == 1

    def test_a_message_on_the_case_takes_photos_to_the_desk(
        self, runtime: Runtime, mine: FlaskClient, desk: FlaskClient, case: CaseView
    ) -> None:
        sent = form(
            mine,
            f"/cases/{case.number}/write",
            (a_photo(), "a.jpg"),
            form_id="f-00000001",
            text="こちらです",
        )
        assert sent.status_code == 303, sent.text
        shown = desk.get(f"/desk/cases/{case.number}").text
        there = f"/desk/cases/{case.number}/files/{ready(runtime)[0].public_id}/preview"
        assert shown.count(f'src="{there}"') == 2  # in the thread, and beside it
        assert desk.get(there, buffered=True).status_code == 200
        hostile = form(
            mine,
            f"/cases/{case.number}/write",
            (b"<svg/>", "a.svg"),
            form_id="f-00000002",
            text="x",
        )
        assert hostile.status_code == 422
        assert len(ready(runtime)) == 1


def test_the_warehouse_sees_the_photos_where_it_books_goods_in(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_return_case(uow, shop)
    with runtime.database.looking() as session:
        assert made.return_id is not None
        back = returns.by_id(session, made.return_id)
        number = orders.by_id(session, back.order_id).number
    mine = a_customer(app, runtime, shop.customer_id)
    form(mine, f"/orders/{number}/photos", (a_photo(), "a.jpg"), form_id="f-00000001")
    sent = ready(runtime)[0].public_id
    warehouse = a_colleague(app, runtime, Role.WAREHOUSE)
    path = f"/console/returns/{back.number}/files/{sent}"
    assert f'src="{path}/preview"' in warehouse.get(f"/console/returns/{back.number}").text
    for there in (path, f"{path}/preview"):
        assert warehouse.get(there, buffered=True).status_code == 200
    assert warehouse.get(path[:-1], buffered=True).status_code == 404
    assert f"/orders/{number}/photos" in mine.get(f"/orders/{number}").text


def test_what_strangers_send_takes_no_room_from_colleagues(runtime: Runtime) -> None:
    rules = dataclasses.replace(RULES, matter_bytes=len(a_pdf()))
    with runtime.unit_of_work(SYSTEM) as uow:
        chat, case = make_chat(uow), make_case(uow)
    theirs = upload(runtime, SYSTEM, "conversation:1", content=a_pdf(), key="theirs")
    ours = upload(runtime, SYSTEM, "staff:1", content=a_pdf(), key="ours")
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = Enclosed(scope="conversation:1", ids=[theirs.public_id], rules=rules)
        talking.receive(uow, chat.id, key="m1", text="見てください", enclosed=sent)
    with runtime.unit_of_work(SYSTEM) as uow:
        kept = Enclosed(scope="staff:1", ids=[ours.public_id], rules=rules)
        held = evidence.add(uow, case.id, kept)
    assert [one.public_id for one in held] == [ours.public_id]
