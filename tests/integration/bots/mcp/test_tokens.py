"""Tokens of assistants: made and ended on the portal and by program, and what erasure does."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bots.mcp import audit, holders, privacy, tokens
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.infra.privacy import Person
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import settings_for
from tests.factories.orders import MAIL, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import bearer, make_key, post
from tests.fakes.clock import StandingClock

PAGE = "/account/assistants"
URL = "https://desk.shop.example/mcp"


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return replace(settings_for(database_url, redis_url, tmp_path), mcp_url=URL)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_order(uow, made, number="A-10001")
        return made


def signed_in(app: Flask, runtime: Runtime, customer_id: int, language: str) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    client.set_cookie("lang", language)
    return client


def test_a_customer_makes_a_token_that_is_shown_once_and_ends_it(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    mine = signed_in(app, runtime, shop.customer_id, "en")
    assert "No tokens yet" in mine.get(PAGE).text
    assert 'href="/account/assistants"' in mine.get("/account").text
    made = post(mine, PAGE, {"label": "My <b>agent</b>", "may": "read", "days": "30"})
    secret = re.findall(r"omsa_[\w-]{43}", made.text)[0]
    assert URL in made.text
    again = mine.get(PAGE).text
    assert secret not in again
    assert "My &lt;b&gt;agent&lt;/b&gt;" in again
    assert "Only reads" in again
    holder = holders.holder_of(runtime, secret)
    assert holder is not None
    assert (holder.customer_id, holder.may_act) == (shop.customer_id, False)
    for wrong in ({"label": "", "days": "30"}, {"label": "x" * 61, "days": "30"}):
        assert post(mine, PAGE, wrong).status_code == 422
    for days in ("0", "9999999999999999", "", "-1"):
        assert post(mine, PAGE, {"label": "x", "days": days}).status_code == 422
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
        (held,) = tokens.of_customer(uow.session, shop.customer_id)
    theirs = signed_in(app, runtime, stranger, "ja")
    assert "トークンはまだありません" in theirs.get(PAGE).text
    assert post(theirs, f"{PAGE}/{held.public_id}/end").status_code == 404
    assert post(theirs, f"{PAGE}/nothing/end").status_code == 404
    assert holders.holder_of(runtime, secret) == holder
    assert post(mine, f"{PAGE}/{held.public_id}/end").status_code == 303
    assert holders.holder_of(runtime, secret) is None
    act = post(mine, PAGE, {"label": "Two", "may": "act", "days": "7"}).text
    other = re.findall(r"omsa_[\w-]{43}", act)[0]
    clock.advance(days=8)
    assert holders.holder_of(runtime, other) is None
    assert app.test_client().get(PAGE).status_code == 303


def test_programs_make_tokens_for_customers_they_know(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _, key = make_key(uow, "assistants:issue")
        _, reading = make_key(uow, "assistants:read")
    client = app.test_client()
    path, asked = "/v1/assistant-tokens", {"order_number": "A-10001", "label": "My agent"}
    head = {**bearer(key), "Idempotency-Key": "one"}
    assert client.post(path, json=asked, headers=bearer(key)).status_code == 400
    assert client.post(path, json=asked, headers={**head, **bearer(reading)}).status_code == 403
    made = client.post(path, json=asked, headers=head)
    assert made.status_code == 201
    secret = made.get_json()["token"]
    assert made.headers["Cache-Control"] == "no-store"
    again = client.post(path, json=asked, headers=head).get_json()
    assert again == {**made.get_json(), "token": None}
    holder = holders.holder_of(runtime, secret)
    assert holder is not None
    assert (holder.customer_id, holder.may_act) == (shop.customer_id, False)
    by_mail = {"mail": MAIL, "label": "Two", "may_act": True, "days": 365}
    wide = client.post(path, json=by_mail, headers={**head, "Idempotency-Key": "two"})
    assert wide.get_json()["may_act"] is True
    for number, wrong in enumerate(
        (
            {"label": "x"},
            {**asked, "mail": MAIL},
            {**asked, "days": 366},
            {**asked, "days": 10**30},
            {**asked, "label": "\x00"},
            {**asked, "scopes": ["all"]},
        )
    ):
        said = client.post(path, json=wrong, headers={**head, "Idempotency-Key": f"w{number}"})
        assert said.status_code == 422, wrong
    for number, nobody in enumerate(({"order_number": "A-99998"}, {"mail": "nobody@example.jp"})):
        unknown = client.post(
            path,
            json={"label": "x", **nobody},
            headers={**head, "Idempotency-Key": f"n{number}"},
        )
        assert (unknown.status_code, unknown.get_json()["detail"]) == (404, "no such customer")
    one = f"{path}/{made.get_json()['id']}"
    seen = client.get(one, headers=bearer(key))
    assert seen.get_json()["revoked_at"] is None
    assert "token" not in seen.get_json()
    ended = client.post(f"{one}/end", json={}, headers={**head, "Idempotency-Key": "end"})
    assert ended.get_json()["revoked_at"] == "2026-11-22T01:00:00+00:00"
    assert holders.holder_of(runtime, secret) is None
    assert client.get(f"{path}/nothing", headers=bearer(key)).status_code == 404


def test_erasure_ends_tokens_and_old_calls_are_forgotten(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made, secret = tokens.issue(uow, shop.customer_id, label="mine", days=365)
        shown = privacy.export(uow.session, Person((shop.customer_id,)))["assistant_tokens"]
        assert [one["label"] for one in shown] == ["mine"]
    holder = holders.holder_of(runtime, secret)
    assert holder is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
        moved = privacy.move(uow, source=shop.customer_id, to=other)
    now = holders.holder_of(runtime, secret)
    assert now is not None
    assert now.customer_id == other
    with runtime.unit_of_work(SYSTEM) as uow:
        privacy.move_back(uow, moved, source=shop.customer_id, to=other)
        audit.write(
            uow,
            holder,
            tool="stock",
            arguments={},
            outcome="ok",
            conversation_id=None,
            ms=3,
        )
        privacy.erase(uow, Person((shop.customer_id,)))
    assert holders.holder_of(runtime, secret) is None
    with runtime.unit_of_work(SYSTEM) as uow:
        assert tokens.by_public_id(uow.session, made.public_id).label == ""
        assert audit.forget_old(uow) == 0
    clock.advance(days=181)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert audit.forget_old(uow) == 1
