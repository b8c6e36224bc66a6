"""The command palette without a browser: what it finds for whom, and what it never says."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.states import Role, ScopeKind
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.factories.shop import Shop
from tests.integration.cases.test_desk import signed_in
from tests.queries import counted


def found(client: FlaskClient, typed: str, lang: str = "en") -> str:
    answer = client.get("/desk/palette", query_string={"q": typed, "lang": lang})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return answer.text


def test_cases_orders_customers_pages_and_actions_are_found_by_name(
    desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    number = asked.snapshot["number"]
    case, order = f'data-url="/desk/cases/{asked.number}"', f'data-url="/console/orders/{number}"'
    customer = f'data-url="/desk/customers/{shop.customer_id}"'
    for typed, wanted in {
        asked.number.lower(): {case},
        number: {case, order},
        "佐藤": {case},
        "ｻﾄｳ": {case},
        "misaki.sato@example.jp": {case, order, customer},
        "inbox": {'data-url="/desk"', 'data-url="/desk?view=unassigned"'},
        "new order": {'data-url="/console/orders/new"'},
        "away": {'data-url="/desk/presence"'},
        "next case": {'data-url="/desk/next" data-fields='},
    }.items():
        shown = found(desk, typed)
        assert {one for one in (case, order, customer, *wanted) if one in shown} == wanted, typed
    assert 'data-url="/desk/presence"' in found(desk, "離席", "ja")
    assert found(desk, "nothing is called so").strip() == ""


def test_a_number_is_meant_to_the_letter_and_a_word_may_be_mistyped(
    desk: FlaskClient, asked: CaseView
) -> None:
    case = f'data-url="/desk/cases/{asked.number}"'
    number = str(asked.snapshot["number"])
    near = number[:-1] + ("1" if number[-1] != "1" else "2")
    for typed in (near, "misaki.sto@example.jp"):
        assert 'data-url="/desk/cases/' not in found(desk, typed), typed
    assert case in found(desk, "コーヒミル")


def test_with_nothing_typed_it_offers_actions_my_cases_and_pages(
    desk: FlaskClient, lead: FlaskClient, asked: CaseView
) -> None:
    mine = found(desk, "")
    places = [mine.index(f">{one}</p>") for one in ("Actions", "Cases", "Pages")]
    assert places == sorted(places)
    assert asked.number in mine
    assert asked.number not in found(lead, "")


def test_who_sees_masks_finds_numbers_alone_and_who_may_not_finds_nothing(
    runtime: Runtime, app: Flask, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow, "megumi@desk.example", name="中村 恵", role=Role.AUDITOR)
        make_agent(uow, "wada@desk.example", name="和田 翔", role=Role.WAREHOUSE)
        limited = make_agent(uow, "emi@desk.example", name="森 恵美")
        queues = runtime.scopes[ScopeKind.QUEUE](uow.session.connection()).keys()
        staff.limit(uow, limited, queues=queues - {asked.queue_id}, locations=[])
    for mail in ("megumi@desk.example", "wada@desk.example"):
        one = signed_in(app, mail)
        assert found(one, "佐藤").strip() == ""
        assert "佐藤" not in found(one, asked.number)
        assert asked.number in found(one, asked.number)
        assert "/desk/next" not in found(one, "")
        assert "/console/orders/new" not in found(one, "")
    assert f"/desk/cases/{asked.number}" not in found(signed_in(app, "emi@desk.example"), "佐藤")


@pytest.mark.parametrize("typed", ["x" * 5_000, "%", "' OR 1=1 --", "🙈", "#", "_", "\\"])
def test_whatever_is_typed_is_answered(desk: FlaskClient, asked: CaseView, typed: str) -> None:
    found(desk, typed)


def test_without_script_it_is_a_page_that_leads_to_the_same(
    desk: FlaskClient, asked: CaseView
) -> None:
    page = desk.get("/desk/find", query_string={"q": "佐藤", "lang": "en"}).text
    assert f'href="/desk/cases/{asked.number}"' in page
    assert 'value="佐藤"' in page
    start = desk.get("/desk/find?lang=en").text
    assert '<form method="post" action="/desk/next">' in start
    assert 'href="/desk/find"' in desk.get("/console/orders").text


def test_a_stranger_is_led_to_the_entrance(app: Flask) -> None:
    assert "/staff/sign-in" in app.test_client().get("/desk/find?q=x").location
    piece = app.test_client().get("/desk/palette?q=x", headers={"HX-Request": "true"})
    assert piece.status_code == 401


def test_it_asks_no_more_however_much_it_finds(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    found(desk, "佐藤")
    with counted(runtime.database) as first:
        found(desk, "佐藤")
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(8):
            make_case(uow, customer_id=shop.customer_id)
    drain(runtime)
    with counted(runtime.database) as then:
        found(desk, "佐藤")
    assert len(then) <= len(first) <= 28


def test_a_case_stands_beside_the_list_it_was_chosen_from(
    desk: FlaskClient, asked: CaseView
) -> None:
    whole = desk.get(f"/desk/cases/{asked.number}?lang=en").text
    pane = desk.get(f"/desk/cases/{asked.number}/pane?lang=en").text
    assert "<html" not in pane
    assert pane.count("data-split-shown=") == whole.count("data-split-shown=") == 1
    for part in (
        "コーヒーミルの蓋が割れていました。",
        'id="reply-form"',
        'id="order-title"',
        'id="case-here"',
    ):
        assert part in pane
        assert part in whole
    assert desk.get("/desk/cases/C-0/pane").status_code == 404
    column = desk.get("/desk/column?view=mine&lang=en").text
    assert f'id="row-{asked.number}"' in column
    assert "data-inbox-tick" not in column
    assert 'hx-get="/desk/list?view=mine&amp;beside=yes"' in column
    assert "data-inbox-tick" not in desk.get("/desk/list?view=mine&beside=yes").text
    assert "data-inbox-tick" in desk.get("/desk/list?view=mine").text
    assert desk.get("/desk/column?state=nonsense").status_code == 422
