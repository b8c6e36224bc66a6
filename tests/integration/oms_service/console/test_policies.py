"""The shop writes its own policies: versions, words, and rules that are refused by name."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView
from tests.factories.cases import make_agent
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow, "rin@desk.example", name="高橋 凛", role=Role.LEAD)
        make_agent(uow)
    return made


def signed_in(app: Flask, mail: str) -> FlaskClient:
    client = app.test_client()
    send(client, "/staff/sign-in", mail=mail, password=PASSWORD)
    return client


def send(client: FlaskClient, path: str, **values: object):  # type: ignore[no-untyped-def]
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found is not None
    return client.post(path, data={"csrf_token": found.group(1), **values})


def in_force(runtime: Runtime, shop: Shop) -> PolicyView | None:
    with runtime.database.looking() as session:
        return sales.policy(session, shop.channel_id, "returns", at=runtime.clock.now())


PATH = "/console/policies/web/returns"
TERMS = {"text-ja": "30日以内に返品を承ります。", "text-en": "30 days."}


def test_terms_are_versions_and_two_editors_do_not_overwrite_each_other(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    lead = signed_in(app, "rin@desk.example")
    assert "オンラインショップ" in lead.get("/console/policies?lang=ja").text
    values = {**TERMS, "rules": '{"window_days": 30}', "version": "0"}
    assert send(lead, PATH, **values).status_code == 303
    first = in_force(runtime, shop)
    assert first is not None
    assert (first.version, first.text["ja"]) == (1, TERMS["text-ja"])
    assert send(lead, PATH, **{**values, "rules": '{"window_days": 1}'}).status_code == 303
    assert in_force(runtime, shop) == first, "the second form had been opened before"
    assert send(lead, PATH, **{**values, "version": "1"}).status_code == 303
    now = in_force(runtime, shop)
    assert now is not None
    assert now.version == 2


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("{", "読み取れません"),
        ("[]", "読み取れません"),
        ("[" * 100_000, "読み取れません"),
        ('{"window_days": 30, "odd": 1}', "odd"),
        ('{"window_days": 99999999999999999999}', "window_days"),
    ],
)
def test_rules_that_cannot_be_read_are_refused_by_name_and_nothing_is_lost(
    app: Flask, runtime: Runtime, shop: Shop, rules: str, says: str
) -> None:
    lead = signed_in(app, "rin@desk.example")
    answer = send(lead, f"{PATH}?lang=ja", **{**TERMS, "rules": rules, "version": "0"})
    assert answer.status_code == 422
    assert says in answer.text
    assert TERMS["text-ja"] in answer.text
    assert in_force(runtime, shop) is None


def test_agents_do_not_write_policies(app: Flask, shop: Shop) -> None:
    assert signed_in(app, "aoi@desk.example").get(PATH).status_code == 403
    assert signed_in(app, "rin@desk.example").get("/console/policies/x/returns").status_code == 404
