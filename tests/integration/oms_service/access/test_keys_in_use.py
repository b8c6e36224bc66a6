"""A key says when it was used last, to the minute, and may end by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from sqlalchemy import text

from oms_service.access import key_uses, queries
from oms_service.access.keys import create
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.staff import bearer, make_staff, post, sign_in
from tests.fakes.clock import StandingClock


def made(runtime: Runtime, *, days: int | None = None) -> tuple[int, str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        key, secret = create(uow, label="carrier", scopes=["orders:read"], days=days)
    return key.id, secret


def kept(runtime: Runtime, key_id: int) -> queries.KeyView:
    with runtime.database.reading() as connection:
        return next(one for one in queries.all_keys(connection) if one.id == key_id)


def test_the_last_use_is_written_once_a_minute(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    key_id, secret = made(runtime)
    assert kept(runtime, key_id).last_used_at is None
    first = clock.now()
    for passed_s, at in ((0, first), (59, first), (1, first + timedelta(minutes=1))):
        clock.advance(seconds=passed_s)
        assert app.test_client().get("/v1/orders", headers=bearer(secret)).status_code == 200
        assert kept(runtime, key_id).last_used_at == at
    clock.advance(hours=1)
    refused = app.test_client().get("/v1/orders", headers=bearer(secret + "x"))
    assert refused.status_code == 401
    assert kept(runtime, key_id).last_used_at == first + timedelta(minutes=1)


def test_of_many_requests_at_once_one_writes(runtime: Runtime) -> None:
    key_id, _secret = made(runtime)

    def note(_number: int) -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return key_uses.note_use(uow, key_id)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(note, range(40))) == 1


def test_a_key_that_ends_is_warned_of_and_then_opens_nothing(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
    made(runtime)
    key_id, secret = made(runtime, days=30)

    def seen(path: str) -> str:
        client = app.test_client()
        sign_in(client, "operations@shop.example")
        return client.get(path).text

    assert "Ends soon" not in seen("/console/keys")
    assert "API keys that end soon" not in seen("/console")
    clock.advance(days=16)
    assert "1 key ends within two weeks." in seen("/console/keys")
    assert "API keys that end soon" in seen("/console")
    ask = app.test_client().get
    assert ask("/v1/orders", headers=bearer(secret)).status_code == 200
    clock.advance(days=14)
    assert ask("/v1/orders", headers=bearer(secret)).status_code == 401
    assert kept(runtime, key_id).last_used_at == clock.now() - timedelta(days=14)
    page = seen("/console/keys")
    assert "within two weeks" not in page
    assert "Over" in page


def test_the_page_makes_keys_that_end_and_keeps_what_was_chosen(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    wrong = post(client, "/console/keys", {"label": "", "scope": "orders:read", "days": "90"})
    assert (wrong.status_code, '<option value="90" selected' in wrong.text) == (422, True)
    for days, status in (("90", 200), ("", 200), ("-1", 422), ("x", 422), ("99999", 422)):
        said = {"label": f"good for {days}", "scope": "orders:read", "days": days}
        assert post(client, "/console/keys", said).status_code == status
    with runtime.database.reading() as connection:
        found = connection.execute(
            text("SELECT label, expires_at - created_at FROM api_keys ORDER BY id")
        ).all()
    assert [tuple(one) for one in found] == [
        ("good for 90", timedelta(days=90)),
        ("good for", None),
    ]
