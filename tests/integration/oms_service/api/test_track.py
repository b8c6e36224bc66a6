"""``GET /v1/track``: a true answer for the customer, the same refusal for everybody else."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from oms_service.shipping import service
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.api.conftest import Ask

TOKYO = ZoneInfo("Asia/Tokyo")
WEDNESDAY = "2026-11-22T15:00:00Z"


def track(ask: Ask, order: str = "A-10423", **proof: str) -> Any:
    return ask("GET", "/v1/track", query_string={"order": order, **proof})


def test_the_customer_gets_one_whole_answer(
    ask: Ask, order: MadeOrder, runtime: Runtime, clock: StandingClock
) -> None:
    fact = ScanFact(
        carrier="yamato",
        tracking_number=order.tracking_number,
        event_key="1",
        status=CarrierStatus.IN_TRANSIT,
        occurred_at=clock.now() - timedelta(hours=1),
        place="新宿センター",
        carrier_words="発送",
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_scans(uow, [fact], zone=TOKYO)
    answer = track(ask, mail="Misaki.Sato@example.jp ")
    assert answer.status_code == 200
    said = answer.get_json()
    window = {
        "from": "2026-11-22T15:00:00Z",
        "until": "2026-11-24T15:00:00Z",
        "is_whole_days": True,
    }
    (parcel,) = said.pop("parcels")
    page, calendar = said.pop("page"), said.pop("calendar")
    assert page.startswith("http://localhost:8000/t/")
    assert calendar == f"{page}/delivery.ics"
    explanation = {
        "ja": "11月22日(日)に東京を出発しました。東京までは通常1日です。",
        "en": "It left Tokyo on Sun 22 Nov and usually takes 1 day to Tokyo.",
    }
    median = said.pop("median")
    assert window["from"] <= median <= window["until"]
    assert said == {
        "number": "A-10423",
        "placed_at": "2026-11-22T01:00:00Z",
        "step": "in_transit",
        "next_step": "out_for_delivery",
        "window": window,
        "promised": window,
        "moved": "no",
        "is_late": False,
        "jeopardy": "on_time",
        "why": "lead_time",
        "explanation": explanation,
        "more_to_come": False,
    }
    assert parcel == {
        "carrier": "yamato",
        "carrier_name": {"ja": "ヤマト運輸", "en": "Yamato"},
        "tracking_number": order.tracking_number,
        "link": "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010"
        f"?id={order.tracking_number}",
        "step": "in_transit",
        "window": window,
        "median": median,
        "promised": window,
        "moved": "no",
        "why": "lead_time",
        "explanation": explanation,
        "jeopardy": "on_time",
        "handed_over_at": "2026-11-22T01:00:00Z",
        "delivered_at": None,
        "last_scan": {
            "status": "in_transit",
            "occurred_at": "2026-11-22T00:00:00Z",
            "place": "新宿センター",
            "reason": "",
            "carrier_words": "発送",
        },
    }


@pytest.mark.parametrize("typed", ["a10423", "Ａ－１０４２３", "#A-10423", " 10423 "])
def test_a_number_is_found_however_it_is_typed(ask: Ask, order: MadeOrder, typed: str) -> None:
    assert track(ask, typed, phone="+81 90 1234 5678").status_code == 200


def test_a_postal_code_proves_too(ask: Ask, order: MadeOrder) -> None:
    assert track(ask, postal_code="〒1600022").status_code == 200


def test_unknown_and_not_yours_are_the_very_same_answer(ask: Ask, order: MadeOrder) -> None:
    request_id = {"X-Request-Id": "one-id-for-both"}
    strange = ask(
        "GET",
        "/v1/track",
        query_string={"order": "A-99999", "mail": "misaki.sato@example.jp"},
        headers=request_id,
    )
    foreign = ask(
        "GET",
        "/v1/track",
        query_string={"order": "A-10423", "mail": "somebody@example.jp"},
        headers=request_id,
    )
    assert strange.status_code == foreign.status_code == 404
    assert strange.data == foreign.data
    assert strange.headers.to_wsgi_list() == foreign.headers.to_wsgi_list()


def test_an_order_without_that_proof_on_file_is_not_opened_by_an_empty_one(
    ask: Ask, runtime: Runtime, order: MadeOrder
) -> None:
    assert track(ask, postal_code="-").status_code == 404


@pytest.mark.parametrize(
    "proof", [{}, {"mail": "misaki.sato@example.jp", "phone": "090-1234-5678"}]
)
def test_exactly_one_proof_is_wanted(ask: Ask, order: MadeOrder, proof: dict[str, str]) -> None:
    answer = track(ask, **proof)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.get_json()["errors"]} == {
        "mail",
        "phone",
        "postal_code",
    }


def test_leaving_out_the_prefix_gives_no_further_guesses(ask: Ask, order: MadeOrder) -> None:
    assert order.number == "A-10423"
    for number in ("A-10423", "10423", "a10423", "１０４２３", "#A 10423") * 2:
        query = {"order": number, "postal_code": "100-0001"}
        assert ask("GET", "/v1/track", query_string=query).status_code == 404
    for number in ("A-10423", "10423"):
        query = {"order": number, "postal_code": "160-0022"}
        assert ask("GET", "/v1/track", query_string=query).status_code == 429


def test_after_ten_wrong_proofs_even_the_right_one_waits(ask: Ask, order: MadeOrder) -> None:
    for _ in range(10):
        assert track(ask, postal_code="100-0001").status_code == 404
    answer = track(ask, mail="misaki.sato@example.jp")
    assert answer.status_code == 429
    assert answer.get_json()["code"] == "too-many-requests"
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_right_answers_may_be_asked_for_again_and_again(ask: Ask, order: MadeOrder) -> None:
    answers = {track(ask, mail="misaki.sato@example.jp").status_code for _ in range(15)}
    assert answers == {200}


def test_a_key_without_the_scope_is_refused(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _, secret = keys.create(uow, label="other", scopes=["scans:write"])
    answer = app.test_client().get(
        "/v1/track?order=A&mail=b", headers={"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_no_key_no_answer(app: Flask) -> None:
    answer = app.test_client().get("/v1/track?order=A&mail=b")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_look_up_takes_four_statements_the_key_included(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    track(ask, mail="misaki.sato@example.jp")
    seen: list[str] = []
    engine = runtime.database.reading_engine

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert track(ask, mail="misaki.sato@example.jp").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 4, seen


def test_before_anything_is_sent_the_step_is_known_and_no_date_is_invented(
    ask: Ask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop, number="B-1", is_paid=False)
        make_order(uow, shop, number="B-2")
    unpaid = track(ask, "B-1", mail="misaki.sato@example.jp").get_json()
    paid = track(ask, "B-2", mail="misaki.sato@example.jp").get_json()
    assert (unpaid["step"], unpaid["next_step"]) == ("payment_pending", "preparing")
    assert (paid["step"], paid["next_step"]) == ("preparing", "shipped")
    assert unpaid["window"] is paid["window"] is None
    assert paid["parcels"] == []


def test_an_answer_that_has_not_changed_is_not_sent_again(
    ask: Ask, order: MadeOrder, runtime: Runtime, clock: StandingClock
) -> None:
    first = track(ask, mail="misaki.sato@example.jp")
    assert first.headers["Cache-Control"] == "private, no-cache"
    asked = {"order": "A-10423", "mail": "misaki.sato@example.jp"}
    known = {"If-None-Match": first.headers["ETag"]}
    again = ask("GET", "/v1/track", query_string=asked, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    wrong = {"order": "A-10423", "mail": "other@example.jp"}
    assert ask("GET", "/v1/track", query_string=wrong, headers=known).status_code == 404
    fact = ScanFact(
        carrier="yamato",
        tracking_number=order.tracking_number,
        event_key="2",
        status=CarrierStatus.OUT_FOR_DELIVERY,
        occurred_at=clock.now(),
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_scans(uow, [fact], zone=TOKYO)
    news = ask("GET", "/v1/track", query_string=asked, headers=known)
    assert news.status_code == 200
    assert news.headers["ETag"] != first.headers["ETag"]


def test_what_the_customer_can_do_is_told_where_it_is_asked_for(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    proof = {"mail": "misaki.sato@example.jp", "with_actions": "true"}
    sent = track(ask, **proof).get_json()["actions"]
    assert sent == [
        {
            "action": "choose_delivery",
            "link": "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010"
            f"?id={order.tracking_number}",
        },
        {"action": "contact", "link": "http://localhost:8000/chat"},
    ]


def test_the_page_that_is_named_is_the_orders_own(ask: Ask, order: MadeOrder, app: Flask) -> None:
    page = track(ask, mail="misaki.sato@example.jp").get_json()["page"]
    opened = app.test_client().get(page.removeprefix("http://localhost:8000"))
    assert opened.status_code == 200
    assert "A-10423" in opened.text
